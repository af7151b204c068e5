from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

TAKES = ("deduct", "release")


class CsRetentionEntry(models.TransientModel):
    """Prepare an entry of retention money as a draft: opening amount, deduction, refund or release (R-08)."""

    _name = "cs.retention.entry"
    _description = "Entry of Retention Money"

    retention_id = fields.Many2one("cs.retention", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="retention_id.company_id")
    currency_id = fields.Many2one(related="retention_id.currency_id")
    kind = fields.Selection(
        [
            ("opening", "Opening Amount"),
            ("deduct", "Deduct"),
            ("refund", "Give a Deduction Back"),
            ("release", "Release to the Contractor"),
        ],
        required=True,
        default="release",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    amount = fields.Monetary(required=True)
    reason = fields.Char(required=True)
    counterpart_id = fields.Many2one(
        "account.account",
        compute="_compute_counterpart_id",
        store=True,
        readonly=False,
        domain="[('company_ids', 'parent_of', company_id)]",
    )
    balance = fields.Monetary(related="retention_id.balance")
    pledged = fields.Monetary(related="retention_id.pledged")
    free = fields.Monetary(related="retention_id.free")
    order_ids = fields.Many2many("cs.rework", string="Open Orders", compute="_compute_order_ids")

    _amount_positive = models.Constraint("CHECK(amount > 0)", "Enter an amount above zero.")

    @api.depends("kind", "retention_id")
    def _compute_counterpart_id(self):
        for entry in self:
            # sudo: res.company, res.partner - the usual accounts, which may be changed before the draft is prepared
            entry_sudo = entry.sudo().with_company(entry.retention_id.company_id)
            if entry.kind == "release":
                entry.counterpart_id = entry_sudo.retention_id.partner_id.property_account_payable_id
            elif entry.kind in ("deduct", "refund"):
                entry.counterpart_id = entry_sudo.company_id.cs_recovery_account_id
            else:
                entry.counterpart_id = False

    @api.depends("retention_id")
    def _compute_order_ids(self):
        for entry in self:
            # sudo: cs.rework - the orders that still pledge the money, by number
            pledging_sudo = entry.retention_id.sudo()._pledges().get(entry.retention_id, [])
            entry.order_ids = [Command.set([order.id for order, _amount in pledging_sudo])]

    def action_confirm(self):
        """Prepare the draft and show it to accounting.

        Raises AccessError for anybody but managers and accounting; UserError without counterpart, for a release before
        the warranty ends or above what is free, and for a deduction above what is there.
        """
        self.ensure_one()
        retention = self.retention_id
        retention.check_access("read")
        retention._ensure_manages()
        self._ensure_possible()
        # sudo: account.move - a draft that accounting posts; the right to have it prepared was checked
        move_sudo = self.env["account.move"].sudo().with_company(retention.company_id).create(self._move_values())
        retention.message_post(
            body=self.env._(
                "%(kind)s of %(amount)s prepared: %(reason)s",
                kind=dict(self._fields["kind"]._description_selection(self.env))[self.kind],
                amount=retention.currency_id.format(self.amount),
                reason=self.reason,
            )
        )
        if not self.env["account.move"].has_access("read"):
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": move_sudo.id,
            "view_mode": "form",
        }

    def _ensure_possible(self):
        retention = self.retention_id
        money = retention.currency_id.format
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Switch to %(company)s first.", company=self.company_id.name))
        if not self.counterpart_id:
            raise UserError(self.env._("Choose the account that stands against the retention money."))
        if retention.currency_id.compare_amounts(self.amount, 0) <= 0:
            raise UserError(self.env._("Enter an amount above zero."))
        if self.kind == "release" and retention.warranty_until and self.date <= retention.warranty_until:
            raise UserError(
                self.env._(
                    "The warranty of %(retention)s runs until %(date)s. Release it afterwards.",
                    retention=retention.display_name,
                    date=retention.warranty_until,
                )
            )
        available = retention._available() if self.kind == "deduct" else retention._releasable()
        if self.kind in TAKES and retention.currency_id.compare_amounts(self.amount, available) > 0:
            raise UserError(
                self.env._(
                    "Only %(available)s are free: the balance is %(balance)s, open orders may still cost %(pledged)s.",
                    available=money(max(available, 0)),
                    balance=money(retention.balance),
                    pledged=money(retention.pledged),
                )
            )

    def _move_values(self):
        retention = self.retention_id
        # What is taken from the contractor's money is a debit on the account that owes it to him.
        signed = self.amount if self.kind in TAKES else -self.amount
        kind = {"opening": "opening", "deduct": "deducted", "refund": "deducted", "release": "released"}[self.kind]
        lines = retention._entry_lines(kind, signed, self.counterpart_id, self.reason, self.date)
        return {
            "move_type": "entry",
            "date": self.date,
            "ref": self.reason,
            "partner_id": retention.partner_id.commercial_partner_id.id,
            "journal_id": retention.company_id._cs_money_journal().id,
            "line_ids": [Command.create(line) for line in lines],
        }


class CsRetentionOverdraft(models.TransientModel):
    """Ask that retention money may go below zero (R-08)."""

    _name = "cs.retention.overdraft"
    _description = "Ask to Go Below Zero"

    retention_id = fields.Many2one("cs.retention", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="retention_id.currency_id")
    amount = fields.Monetary("Below Zero By", required=True, help="0 takes back what was approved.")
    reason = fields.Text(required=True)

    _amount_positive = models.Constraint("CHECK(amount >= 0)", "Enter how far below zero as a positive amount.")

    def action_confirm(self):
        """Ask for the approval."""
        self.ensure_one()
        self.retention_id._ask_overdraft(self.amount, self.reason)
