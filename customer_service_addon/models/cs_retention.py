from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

RETENTION_KINDS = [
    ("opening", "Opening Amount"),
    ("withheld", "Withheld"),
    ("deducted", "Deducted"),
    ("released", "Released"),
]


class CsRetention(models.Model):
    """Retention money (质量保证金) of one contractor and contract (R-08).

    Withheld, deducted, released and balance are sums of posted journal items that bear the retention, in its currency;
    nothing is stored twice. Pledged is what open orders may still cost the contractor. The balance goes below zero only
    as far as was approved.
    """

    _name = "cs.retention"
    _description = "Retention Money"
    _inherit = ["cs.guard.mixin", "cs.internal.thread", "cs.approval.document", "cs.alarm.mixin"]
    _order = "partner_id, name, id"
    _check_company_auto = True

    name = fields.Char("Contract or Project", required=True, tracking=True)
    partner_id = fields.Many2one("res.partner", "Contractor", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    account_id = fields.Many2one(
        "account.account",
        "Retention Account",
        required=True,
        default=lambda self: self.env.company.cs_retention_account_id,
        domain="[('account_type', '=', 'liability_current'), ('reconcile', '=', True)]",
        check_company=True,
        ondelete="restrict",
        help="A current liability that can be reconciled.",
    )
    percent = fields.Float("Withheld (%)", digits=(5, 2), tracking=True, help="Of the total of each vendor bill.")
    warranty_until = fields.Date(tracking=True, help="What is left is released afterwards.")
    agreement_ids = fields.Many2many(
        "ir.attachment",
        string="Agreements",
        help="Contract and after-sales repair supplement (售后维修补充协议, R-04).",
    )
    note = fields.Text("Remark")
    active = fields.Boolean(default=True, tracking=True)

    move_line_ids = fields.One2many(
        "account.move.line",
        "cs_retention_id",
        "Journal Items",
        readonly=True,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    withheld = fields.Monetary(compute="_compute_balance", compute_sudo=True)
    deducted = fields.Monetary(compute="_compute_balance", compute_sudo=True)
    released = fields.Monetary(compute="_compute_balance", compute_sudo=True)
    balance = fields.Monetary(compute="_compute_balance", compute_sudo=True)
    pledged = fields.Monetary(compute="_compute_pledged", compute_sudo=True, help="What open orders may still cost.")
    free = fields.Monetary(
        "Free to Release", compute="_compute_pledged", compute_sudo=True, help="Balance less what is pledged."
    )
    overdraft = fields.Monetary(
        "May Go Below Zero By", readonly=True, copy=False, tracking=True, help="Only by an approved decision (R-08)."
    )
    overdraft_asked = fields.Monetary("Asked to Go Below Zero By", readonly=True, copy=False)
    overdraft_reason = fields.Text("Reason to Go Below Zero", readonly=True, copy=False)
    posting_count = fields.Integer(
        readonly=True, copy=False, aggregator=None, help="Grows with each posting, so that two at once are noticed."
    )

    _cs_server_fields = frozenset(
        {
            *("overdraft", "overdraft_asked", "overdraft_reason", "posting_count"),
            *("move_line_ids", "approval_ids"),
        }
    )

    _percent_range = models.Constraint("CHECK(percent >= 0 AND percent <= 100)", "Withhold between 0 and 100 percent.")
    _overdraft_positive = models.Constraint("CHECK(overdraft >= 0)", "Enter how far below zero as a positive amount.")

    @api.depends("move_line_ids.amount_currency", "move_line_ids.parent_state", "move_line_ids.cs_retention_kind")
    def _compute_balance(self):
        sums = {
            (retention.id, kind): amount
            for retention, kind, amount in self.env["account.move.line"]
            .sudo()  # sums only: our users have no right to the books
            ._read_group(
                [("cs_retention_id", "in", self.ids), ("parent_state", "=", "posted")],
                ["cs_retention_id", "cs_retention_kind"],
                ["amount_currency:sum"],
            )
        }
        for retention in self:
            currency = retention.currency_id or self.env.company.currency_id
            of_kind = {kind: currency.round(sums.get((retention.id, kind), 0.0)) for kind, _label in RETENTION_KINDS}
            retention.withheld = -of_kind["withheld"] - of_kind["opening"]
            retention.deducted = of_kind["deducted"]
            retention.released = of_kind["released"]
            retention.balance = currency.round(retention.withheld - retention.deducted - retention.released)

    @api.depends("balance")
    def _compute_pledged(self):
        pledges = self._pledges()
        for retention in self:
            retention.pledged = sum(amount for _order, amount in pledges.get(retention, ()))
            retention.free = retention.balance - retention.pledged

    @api.constrains("account_id")
    def _check_account(self):
        for retention in self:
            # sudo: account.account - its kind, whoever chooses it
            account_sudo = retention.sudo().account_id
            if account_sudo.account_type != "liability_current" or not account_sudo.reconcile:
                raise ValidationError(
                    self.env._(
                        "%(account)s cannot hold retention money. Choose a current liability that can be reconciled.",
                        account=account_sudo.display_name,
                    )
                )

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for retention in self:
            retention.display_name = f"{retention.partner_id.name or ''} – {retention.name or ''}"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._ensure_manages()
        return super().create(vals_list)

    def write(self, vals):
        if not self._cs_is_server():
            if set(vals) - {"message_follower_ids", "activity_ids", "message_ids"}:
                self._ensure_manages()
            self._ensure_no_items(vals)
            if vals.get("active") is False:
                self._ensure_empty()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        self._ensure_manages()
        # sudo: account.move.line - only whether there are any
        if self.sudo().move_line_ids:
            raise UserError(self.env._("Retention money with journal items is kept. Archive it when it is released."))

    @api.model
    def _ensure_manages(self):
        """Raise AccessError for whoever neither manages customer service nor keeps the books."""
        groups = ("customer_service_addon.group_cs_manager", "account.group_account_manager")
        if not self.env.su and not any(map(self.env.user.has_group, groups)):
            raise AccessError(self.env._("Retention money is arranged by managers and accounting."))

    def _ensure_no_items(self, vals):
        """What the journal items refer to stays: contractor, account and currency."""
        if not {"partner_id", "account_id", "currency_id", "company_id"}.intersection(vals):
            return
        # sudo: account.move.line - only whether there are any
        used_sudo = self.sudo().filtered("move_line_ids")
        if used_sudo:
            raise UserError(
                self.env._(
                    "%(retention)s has journal items; contractor, account and currency stay. Open another one.",
                    retention=used_sudo[0].display_name,
                )
            )

    def _ensure_empty(self):
        for retention in self:
            if retention.balance or retention.pledged:
                raise UserError(
                    self.env._(
                        "%(retention)s still holds %(balance)s, of which %(pledged)s are pledged. Release it first.",
                        retention=retention.display_name,
                        balance=retention.currency_id.format(retention.balance),
                        pledged=retention.currency_id.format(retention.pledged),
                    )
                )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _pledges(self):
        """Return ``{retention: [(order, amount)]}`` of what unsettled orders may still cost, in its currency."""
        pledges = {}
        # sudo: cs.rework - sums per contractor, no order is shown
        orders_sudo = self.sudo()._open_orders()
        known = orders_sudo._retentions_of(orders_sudo.liability_ids.share_ids.partner_id.commercial_partner_id)
        for order in orders_sudo:
            for retention, amount in order._retention_parts(known).items():
                if retention in self:
                    pledges.setdefault(retention, []).append((order, amount))
        return {retention.with_env(self.env): rows for retention, rows in pledges.items()}

    def _open_orders(self):
        """Return the orders that are not settled and may be charged to one of the contractors."""
        contractors = self.partner_id.commercial_partner_id
        return self.env["cs.rework"].search(
            [
                ("company_id", "in", self.company_id.ids),
                ("state", "!=", "cancelled"),
                ("is_settled", "=", False),
                "|",
                ("retention_id", "in", self.ids),
                ("liability_ids.share_ids.partner_id.commercial_partner_id", "in", contractors.ids),
            ]
        )

    def _ensure_covered(self):
        """Raise UserError when posted items take a balance below zero by more than was approved.

        Writes the row, so that of two processes that post at once one begins anew and sees the other's items.
        """
        if not self:
            return
        # sudo: cs.retention - whoever posts may have no right here; only sums are compared
        retentions_sudo = self.sudo()
        retentions_sudo.flush_recordset()
        self.env.cr.execute(
            "UPDATE cs_retention SET posting_count = COALESCE(posting_count, 0) + 1 WHERE id = ANY(%s)",
            [sorted(self.ids)],
        )
        retentions_sudo.invalidate_recordset(["posting_count", "balance", "withheld", "deducted", "released"])
        for retention in retentions_sudo:
            if retention.currency_id.compare_amounts(retention.balance, -retention.overdraft) < 0:
                raise UserError(
                    self.env._(
                        "%(retention)s would fall to %(balance)s. Withhold first, charge the rest by invoice, or have "
                        "it approved that it may go below zero.",
                        retention=retention.display_name,
                        balance=retention.currency_id.format(retention.balance),
                    )
                )

    def _to_company(self, amount, day):
        self.ensure_one()
        return self.currency_id._convert(amount, self.company_id.currency_id, self.company_id, day)

    def _from_company(self, amount, day):
        self.ensure_one()
        return self.company_id.currency_id._convert(amount, self.currency_id, self.company_id, day)

    def _entry_lines(self, kind, amount, counterpart, label, day, company_amount=None):
        """Return the values of the two lines of a balanced entry.

        ``amount`` (currency of the retention) is positive where it takes from the retention; ``company_amount`` is the
        same in the currency of the company where that is known exactly.
        """
        self.ensure_one()
        company_amount = self._to_company(amount, day) if company_amount is None else company_amount
        shared = {"partner_id": self.partner_id.commercial_partner_id.id, "name": label}
        shared["currency_id"] = self.currency_id.id
        return [
            {
                **shared,
                "account_id": self.account_id.id,
                "amount_currency": amount,
                "balance": company_amount,
                "cs_retention_id": self.id,
                "cs_retention_kind": kind,
            },
            {**shared, "account_id": counterpart.id, "amount_currency": -amount, "balance": -company_amount},
        ]

    def _drafted(self):
        """Return what drafts take already, in its currency: they count before somebody posts them."""
        self.ensure_one()
        # sudo: account.move.line - a sum
        lines_sudo = self.env["account.move.line"].sudo()
        domain = [("cs_retention_id", "=", self.id), ("parent_state", "=", "draft"), ("amount_currency", ">", 0)]
        return sum(lines_sudo.search(domain).mapped("amount_currency"))

    def _available(self):
        """Return what may still be deducted, in its currency: balance and approved overdraft less what drafts take."""
        self.ensure_one()
        return self.currency_id.round(self.balance + self.overdraft - self._drafted())

    def _releasable(self):
        """Return what may be released: what open orders do not pledge and drafts do not take."""
        self.ensure_one()
        return self.currency_id.round(self.free - self._drafted())

    def _available_for_company(self):
        """Return what may still be deducted, in the currency of the company."""
        return max(self._to_company(self._available(), fields.Date.context_today(self)), 0.0)
