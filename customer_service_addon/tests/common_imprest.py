import base64

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common import GROUP

RECEIPT = base64.b64encode(b"Receipt")


class ImprestCommon(AccountTestInvoicingCommon):
    """A property company with its books, a repair order, a fund, who holds it and who decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("customer_service_addon.group_cs_manager")
        cls.company = cls.company_data["company"]
        cls.currency = cls.company.currency_id
        roles = {
            "holder": GROUP % "agent",
            "technician": GROUP % "technician",
            "supervisor": GROUP % "supervisor",
            "manager": GROUP % "manager",
            "stranger": GROUP % "agent",
            "clerk": "account.group_account_invoice",
            "accountant": "account.group_account_manager",
        }
        for role, groups in roles.items():
            user = new_test_user(
                cls.env,
                login=f"im_{role}",
                groups=groups,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            setattr(cls, role, user)
        cls.team = cls.env["cs.team"].create(
            {
                "name": "Repair Team",
                "company_id": cls.company.id,
                "user_id": cls.supervisor.id,
                "assignment_method": "manual",
                "member_ids": [Command.create({"user_id": user.id}) for user in (cls.holder, cls.technician)],
            }
        )
        case = (
            cls.env["cs.case"]
            .with_user(cls.holder)
            .create(
                {
                    "subject": "Leak",
                    "type_id": cls.env.ref("customer_service_addon.cs_case_type_repair").id,
                    "team_id": cls.team.id,
                    "partner_id": cls.partner_a.id,
                    "user_id": cls.holder.id,
                }
            )
        )
        case.action_open_rework()
        cls.order = case.rework_ids
        cls.repairer = (
            cls.env["hr.employee"]
            .sudo()
            .create({"name": "Repairer", "user_id": cls.technician.id, "company_id": cls.company.id})
        )
        cls.order.sudo().write(
            {
                "cost_class": "b",
                "task": "<p>Find the leak</p>",
                "trade_ids": [Command.set(cls.env.ref("customer_service_addon.cs_trade_plumbing").ids)],
                "technician_ids": [Command.set(cls.repairer.ids)],
            }
        )
        cls.order.action_dispatch()
        cls.foreign = cls.setup_other_currency("EUR", rates=[("2020-01-01", 0.3)])
        cls.fund = cls.make_fund("Imprest")
        cls.euro_fund = cls.make_fund("Euro", cls.foreign)
        cls.account = cls.fund.journal_id.default_account_id

    @classmethod
    def make_fund(cls, name, currency=None, **vals):
        journal = cls.env["account.journal"].create(
            {
                "name": name,
                "type": "cash",
                "company_id": cls.company.id,
                "currency_id": currency.id if currency else False,
            }
        )
        if currency:
            journal.default_account_id.currency_id = currency
        funds = cls.env["cs.imprest"].with_user(cls.accountant)
        return funds.create(
            {
                "name": name,
                "holder_id": cls.holder.id,
                "team_id": cls.team.id,
                "journal_id": journal.id,
                "limit": 1000,
                "expense_account_id": cls.company_data["default_account_expense"].id,
                **vals,
            }
        ).with_env(cls.env)

    def top_up(self, amount=None, fund=None, post=True):
        """Ask for a top-up, have it approved and booked."""
        vals = {"fund_id": (fund or self.fund).id, "date": "2026-05-01"}
        if amount is not None:
            vals["amount"] = amount
        topup = self.env["cs.imprest.topup"].with_user(self.holder).create(vals)
        topup.action_submit()
        topup.with_user(self.supervisor).action_approve()
        if post:
            topup.sudo().move_id.with_user(self.accountant).action_post()
        self.env.invalidate_all()
        return topup

    def use(self, amount, fund=None, user=None, **vals):
        return (
            self.env["cs.imprest.use"]
            .with_user(user or self.holder)
            .create(
                {
                    "fund_id": (fund or self.fund).id,
                    "rework_id": self.order.id,
                    "amount": amount,
                    "purpose": "Sealing ring",
                    "receipt": RECEIPT,
                    "receipt_name": "receipt.jpg",
                    "date": "2026-05-10",
                    **vals,
                }
            )
        )

    def approved(self, amount, fund=None):
        use = self.use(amount, fund)
        use.action_submit()
        use.with_user(self.supervisor).action_approve()
        return use

    def booked(self, amount, fund=None):
        use = self.approved(amount, fund)
        use.sudo().move_id.with_user(self.accountant).action_post()
        self.env.invalidate_all()
        return use

    def by_hand(self, amount, date="2026-05-20", fund=None):
        """An entry that accounting makes by itself on the account of the fund."""
        fund = fund or self.fund
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": date,
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "currency_id": fund.currency_id.id,
                            "amount_currency": value,
                            "name": "By hand",
                        }
                    )
                    for account, value in (
                        (fund.journal_id.default_account_id, amount),
                        (self.company_data["default_account_revenue"], -amount),
                    )
                ],
            }
        )
        move.action_post()
        self.env.invalidate_all()
        return move

    def items(self, fund=None):
        """Return the sum of the posted items of the fund's account, by another way than the fund's."""
        fund = fund or self.fund
        field = "balance" if fund.currency_id == self.currency else "amount_currency"
        self.env.flush_all()
        self.env.cr.execute(
            f"SELECT COALESCE(SUM(l.{field}), 0) FROM account_move_line l JOIN account_move m ON m.id = l.move_id"
            " WHERE l.account_id = %s AND m.state = 'posted'",
            [fund.journal_id.default_account_id.id],
        )
        return float(self.env.cr.fetchone()[0])
