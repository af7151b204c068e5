from odoo import api, fields, models
from odoo.exceptions import UserError

COST_COLUMNS = {"labour": "labour", "material": "material", "travel": "travel", "third": "third_party"}


class CsSettlementLine(models.Model):
    """One order of a settlement: what it cost by kind, and what is settled."""

    _name = "cs.settlement.line"
    _description = "Order of a Settlement"
    _inherit = ["cs.guard.mixin"]
    _order = "settlement_id, id"
    _rec_name = "rework_id"

    settlement_id = fields.Many2one("cs.settlement", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="settlement_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    rework_id = fields.Many2one("cs.rework", "Repair Order", required=True, index=True, ondelete="restrict")
    active = fields.Boolean(default=True, readonly=True)
    cost_class = fields.Selection(related="rework_id.cost_class")
    trade_ids = fields.Many2many(related="rework_id.trade_ids")
    labour = fields.Monetary(readonly=True)
    material = fields.Monetary(readonly=True)
    travel = fields.Monetary(readonly=True)
    third_party = fields.Monetary(readonly=True)
    estimate = fields.Monetary(readonly=True)
    amount = fields.Monetary("Final Account", compute="_compute_amount", store=True, precompute=True)
    settled_amount = fields.Monetary(compute="_compute_settled_amount", store=True, readonly=False)
    note = fields.Char("Why Another Amount")

    _cs_server_fields = frozenset({"active", "labour", "material", "travel", "third_party", "estimate"})

    _once = models.UniqueIndex("(rework_id) WHERE active", "This order is in a settlement already.")
    _settled_positive = models.Constraint("CHECK(settled_amount >= 0)", "A settled amount cannot be negative.")

    @api.depends("labour", "material", "travel", "third_party")
    def _compute_amount(self):
        for line in self:
            line.amount = line.labour + line.material + line.travel + line.third_party

    @api.depends("amount")
    def _compute_settled_amount(self):
        for line in self:
            line.settled_amount = line.amount

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._ensure_not_settled(self.env["cs.rework"].browse(vals["rework_id"] for vals in vals_list))
        lines = super().create(vals_list)
        lines.settlement_id._ensure_desk()
        lines.settlement_id._ensure_draft()
        lines._ensure_may_be_settled()
        lines._take_costs()
        return lines

    def write(self, vals):
        if not self._cs_is_server():
            self.settlement_id._ensure_draft()
            if {"settlement_id", "rework_id"}.intersection(vals):
                raise UserError(self.env._("Take the order out of the settlement and add the other one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_while_draft(self):
        self.settlement_id._ensure_draft()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    @api.model
    def _ensure_not_settled(self, orders):
        # sudo: cs.settlement - only its number is told
        settled_sudo = orders.sudo().filtered("settlement_id")[:1]
        if settled_sudo:
            raise UserError(
                self.env._(
                    "%(order)s is in %(settlement)s already.",
                    order=settled_sudo.name,
                    settlement=settled_sudo.settlement_id.name,
                )
            )

    def _ensure_may_be_settled(self):
        for line in self:
            order = line.rework_id
            if order.state != "closed":
                raise UserError(
                    self.env._("%(order)s is not inspected and accepted yet (R-05).", order=order.display_name)
                )
            if order._payee() != line.settlement_id.vendor_id.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%(order)s was done by somebody else. A settlement is with one who is paid.", order=order.name
                    )
                )

    def _take_costs(self):
        """Copy what the orders cost by kind, in one query."""
        costs = {
            (order.id, kind): amount
            for order, kind, amount in self.env["cs.rework.line"]._read_group(
                [("rework_id", "in", self.rework_id.ids)], ["rework_id", "kind"], ["amount:sum"]
            )
        }
        for line in self._cs_as_server():
            line.update(
                {column: costs.get((line.rework_id.id, kind), 0.0) for kind, column in COST_COLUMNS.items()}
                | {"estimate": line.rework_id.estimate_total}
            )

    def _is_cut(self):
        self.ensure_one()
        return bool(self.currency_id.compare_amounts(self.amount, self.settled_amount))

    def _parts(self):
        """Return ``[(party, partner, amount)]`` of the settled amount; a class C order's customer pays its price."""
        self.ensure_one()
        order = self.rework_id
        return [
            (party, partner, amount)
            for party, partner, amount in order._cost_parts(self.settled_amount)
            if amount
            and not (party == "contractor" and order._is_repaired_by(partner))
            and not (party == "customer" and order.cost_class == "c")
        ]

    def _payable(self):
        """Return what is paid for the work: a contractor is not paid for the part that is his own fault."""
        self.ensure_one()
        order = self.rework_id
        own_fault = sum(
            amount
            for party, partner, amount in order._cost_parts(self.settled_amount)
            if party == "contractor" and order._is_repaired_by(partner)
        )
        return self.currency_id.round(self.settled_amount - own_fault)

    def _company_part(self):
        """Return what the company bears of what is paid, for its analytic account."""
        self.ensure_one()
        return sum(amount for party, _partner, amount in self._parts() if party == "company")


class CsRework(models.Model):
    _inherit = "cs.rework"

    def _payee(self):
        """Return who is paid for the work: the contractor, or the company the own team belongs to (R-07)."""
        self.ensure_one()
        payee = self.contractor_id if self.executor == "contractor" else self.team_id.vendor_id
        return payee.commercial_partner_id


class CsLiability(models.Model):
    _inherit = "cs.liability"

    def _void(self, reason, replace=False):
        """What a settlement was drawn up from stays while it stands; see the liability itself."""
        for order in self.rework_id:
            settlement = order.sudo().settlement_id
            if settlement.state not in (False, "draft"):
                raise UserError(
                    self.env._(
                        "%(order)s is settled by %(settlement)s. Call the settlement off before its liability changes.",
                        order=order.name,
                        settlement=settlement.name,
                    )
                )
        return super()._void(reason, replace)
