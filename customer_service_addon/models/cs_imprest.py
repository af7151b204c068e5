from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

ACCOUNTING = "account.group_account_readonly,account.group_account_invoice"
MONEY = "account.group_account_invoice"


class CsImprest(models.Model):
    """An imprest fund (周转金, R-09): cash a person holds to pay small repairs at once, up to a limit.

    What is in it is the sum of the posted items of its cash account, whoever posted them; no amount is kept twice.
    Accounting sets the fund up with its journal; a manager names holder and limit.
    """

    _name = "cs.imprest"
    _description = "Imprest Fund"
    _inherit = ["cs.internal.thread"]
    _order = "name, id"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char("Fund", required=True, translate=False)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True, ondelete="restrict"
    )
    holder_id = fields.Many2one(
        "res.users",
        "Held By",
        required=True,
        index=True,
        tracking=True,
        domain=[("share", "=", False)],
        help="Answers for the cash and counts it every month.",
    )
    team_id = fields.Many2one(
        "cs.team",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="Its members enter what they paid from the fund, too.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Cash Journal",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain=[("type", "=", "cash")],
        groups=ACCOUNTING,
    )
    expense_account_id = fields.Many2one(
        "account.account",
        "Charged To",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain=[("account_type", "in", ("expense", "expense_direct_cost"))],
        groups=ACCOUNTING,
        help="The account of what is paid from the fund. Accounting may change it in each draft.",
    )
    source_account_id = fields.Many2one(
        "account.account",
        "Topped Up From",
        required=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self._default_source_account_id(),
        groups=ACCOUNTING,
        help="Where the money of a top-up comes from: usually the account of transfers between bank and cash.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id", store=True, precompute=True)
    limit = fields.Monetary(required=True, tracking=True, help="A top-up never brings more than this into the fund.")
    balance = fields.Monetary("In the Fund", compute="_compute_balance", help="Sum of the posted items of its account.")
    reserved = fields.Monetary(
        "Set Aside", compute="_compute_balance", help="Uses that are approved and not booked yet."
    )
    available = fields.Monetary(compute="_compute_balance", help="What is in the fund less what is set aside.")
    use_ids = fields.One2many("cs.imprest.use", "fund_id", "Uses")
    topup_ids = fields.One2many("cs.imprest.topup", "fund_id", "Top-ups")
    count_ids = fields.One2many("cs.imprest.count", "fund_id", "Monthly Counts")

    _journal_uniq = models.UniqueIndex("(journal_id)", "This cash journal belongs to another fund already.")
    _limit_positive = models.Constraint('CHECK("limit" > 0)', "The limit of a fund is above zero.")

    @api.model
    def _default_source_account_id(self):
        # sudo: res.company - the account of transfers is the company's setting
        return self.env.company.sudo().transfer_account_id

    @api.depends("journal_id", "company_id")
    def _compute_currency_id(self):
        for fund in self:
            fund.currency_id = fund.journal_id.currency_id or fund.company_id.currency_id

    def _compute_balance(self):
        balances, reserved = self._origin._balances(), self._origin._reserved()
        for fund in self:
            fund.balance = balances.get(fund._origin, 0.0)
            fund.reserved = reserved.get(fund._origin, 0.0)
            fund.available = fund.balance - fund.reserved

    @api.constrains("journal_id", "company_id")
    def _check_journal(self):
        # sudo: account.journal - checked for whoever writes; managers do not read journals
        for fund_sudo in self.sudo():
            journal_sudo = fund_sudo.journal_id
            account_sudo = journal_sudo.default_account_id
            if journal_sudo.type != "cash" or not account_sudo:
                raise ValidationError(self.env._("%s: choose a cash journal that has its account.", fund_sudo.name))
            foreign = fund_sudo.currency_id != fund_sudo.company_id.currency_id
            if foreign and account_sudo.currency_id != fund_sudo.currency_id:
                raise ValidationError(
                    self.env._(
                        "%(fund)s: its cash account has to be kept in %(currency)s, the currency of its journal.",
                        fund=fund_sudo.name,
                        currency=fund_sudo.currency_id.name,
                    )
                )
            others_sudo = fund_sudo.with_context(active_test=False).search(
                [("id", "!=", fund_sudo.id), ("journal_id.default_account_id", "=", account_sudo.id)]
            )
            if fund_sudo.company_id in others_sudo.company_id:
                raise ValidationError(
                    self.env._("%s: each fund needs a cash account of its own, or nobody can count it.", fund_sudo.name)
                )

    def write(self, vals):
        """Journal and company stay once money has moved, or the balance would be another fund's."""
        if {"journal_id", "company_id"} & set(vals) and (self.sudo().use_ids.move_id | self.sudo().topup_ids.move_id):
            raise UserError(self.env._("The fund was used. Set up a new fund for another journal."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        # sudo: cs.imprest - whether anything was entered, also what the user may not see
        for fund_sudo in self.sudo():
            if fund_sudo.use_ids or fund_sudo.topup_ids or fund_sudo.count_ids:
                raise UserError(self.env._("%s was used. Archive it instead.", fund_sudo.name))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_top_up(self):
        """Open a request that fills the fund up to its limit."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Top-up"),
            "res_model": "cs.imprest.topup",
            "view_mode": "form",
            "context": {"default_fund_id": self.id},
        }

    def action_view_uses(self):
        """List what was paid from the fund."""
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_imprest_use_action")
        return action | {"domain": [("fund_id", "in", self.ids)], "context": {"default_fund_id": self[:1].id}}

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def _items_domain(self):
        """Return the domain of the posted items on the cash accounts of the funds (read in sudo)."""
        accounts_sudo = self.sudo().journal_id.default_account_id
        return [
            ("account_id", "in", accounts_sudo.ids),
            ("company_id", "in", self.sudo().company_id.ids),
            ("parent_state", "=", "posted"),
        ]

    def _balances(self):
        """Return ``{fund: sum of its posted items}`` in the currency of each fund."""
        return {fund: fund.currency_id.round(sum(sums.values())) for fund, sums in self._sums().items()}

    def _sums(self):
        """Return ``{fund: {(first day of the month, kind): sum of its posted items}}``, kind: topup, use, other.

        Sums are in the currency of the fund. Who may read a fund knows what is in it, and may not read the books.
        """
        items = self.env["account.move.line"]
        items.flush_model(["account_id", "company_id", "currency_id", "date", "balance", "amount_currency"])
        items.flush_model(["parent_state", "move_id"])
        for name in ("cs.imprest.use", "cs.imprest.topup"):
            self.env[name].flush_model(["move_id"])
        # sudo: account.journal - the accounts only
        funds_sudo = self.sudo()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.account_id, l.company_id, l.currency_id, DATE_TRUNC('month', l.date)::date,
                       CASE WHEN u.id IS NOT NULL THEN 'use' WHEN t.id IS NOT NULL THEN 'topup' ELSE 'other' END,
                       SUM(l.balance), SUM(l.amount_currency)
                  FROM account_move_line l
             LEFT JOIN cs_imprest_use u ON u.move_id = l.move_id
             LEFT JOIN cs_imprest_topup t ON t.move_id = l.move_id
                 WHERE l.account_id = ANY(%s) AND l.parent_state = 'posted'
              GROUP BY 1, 2, 3, 4, 5
                """,
                funds_sudo.journal_id.default_account_id.ids,
            )
        )
        places = {(fund.journal_id.default_account_id.id, fund.company_id.id): fund for fund in funds_sudo}
        sums = {fund: {} for fund in self}
        for account_id, company_id, currency_id, month, kind, balance, amount in rows:
            fund = places.get((account_id, company_id))
            if not fund or not fund._is_home() and currency_id != fund.currency_id.id:
                continue
            total = sums[fund.with_env(self.env)]
            total[month, kind] = total.get((month, kind), 0.0) + float(balance if fund._is_home() else amount)
        return sums

    def _is_home(self):
        """Whether the fund is in the currency of its company."""
        self.ensure_one()
        return self.currency_id == self.company_id.currency_id

    def _reserved(self, without=None):
        """Return ``{fund: approved uses that are not booked}``, the uses ``without`` left out."""
        domain = [
            ("fund_id", "in", self.ids),
            ("state", "in", ("approved", "prepared")),
            ("id", "not in", without.ids if without else []),
        ]
        # sudo: cs.imprest.use - the sum only, also of orders the user may not read
        groups = self.env["cs.imprest.use"].sudo()._read_group(domain, ["fund_id"], ["amount:sum"])
        return {fund.with_env(self.env): amount or 0.0 for fund, amount in groups}

    def _lock(self):
        """Let one decision at a time go on per fund: a second one waits, and is then made again on what is left."""
        if self:
            query = SQL("UPDATE cs_imprest SET write_date = write_date WHERE id IN %s", tuple(sorted(self.ids)))
            self.env.execute_query(query)

    def _ensure_not_negative(self):
        """Raise UserError when what is booked is more than was in the cash box."""
        for fund, balance in self._balances().items():
            if fund.currency_id.compare_amounts(balance, 0) < 0:
                raise UserError(
                    self.env._(
                        "%(fund)s would be at %(balance)s. Book its top-up first.",
                        fund=fund.name,
                        balance=fund.currency_id.format(balance),
                    )
                )
