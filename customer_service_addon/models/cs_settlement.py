from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..services.settlement_steps import MOMENTS, may_go

SETTLEMENT_STATES = [
    ("draft", "Final Account"),
    ("checking", "Being Checked"),
    ("confirming", "With the Contractor"),
    ("certifying", "To Be Certified"),
    ("certified", "Certified"),
    ("prepared", "With Accounting"),
    ("done", "Settled"),
    ("cancelled", "Called Off"),
]


class CsSettlement(models.Model):
    """Final account (决算书) and settlement statement (结算书) of one or many repair orders (R-07).

    Drawn up by the team leader, checked by tiers of amount, confirmed by the contractors who bear a part, certified,
    then turned into draft documents that accounting posts. Amounts are in the currency of the company.
    """

    _name = "cs.settlement"
    _description = "Settlement"
    _inherit = ["cs.guard.mixin", "cs.internal.thread", "cs.approval.document", "cs.alarm.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, copy=False, default="/")
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    vendor_id = fields.Many2one(
        "res.partner", "Paid To", index="btree_not_null", help="Who did the work and bills it. Empty: own employees."
    )
    period = fields.Char(help="What it is about, e.g. a month.")
    note = fields.Text("Remark")
    state = fields.Selection(
        SETTLEMENT_STATES, required=True, readonly=True, default="draft", copy=False, index=True, tracking=True
    )
    author_id = fields.Many2one(
        "res.users", "Drawn Up By", required=True, readonly=True, copy=False, default=lambda self: self.env.user
    )
    line_ids = fields.One2many("cs.settlement.line", "settlement_id", "Repair Orders", copy=False)
    order_count = fields.Integer("Number of Orders", compute="_compute_totals", store=True)
    total = fields.Monetary("Final Account Total", compute="_compute_totals", store=True)
    settled_total = fields.Monetary(compute="_compute_totals", store=True, tracking=True)
    back_reason = fields.Text("Came Back Because", readonly=True, copy=False)

    submitted_at = fields.Datetime("Submitted On", readonly=True, copy=False)
    checked_at = fields.Datetime("Checked On", readonly=True, copy=False)
    certified_at = fields.Datetime("Certified On", readonly=True, copy=False)
    prepared_at = fields.Datetime("Prepared On", readonly=True, copy=False)
    done_at = fields.Datetime("Settled On", readonly=True, copy=False)
    cancelled_at = fields.Datetime("Called Off On", readonly=True, copy=False)

    can_submit = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_prepare = fields.Boolean(compute="_compute_can")

    _cs_server_fields = frozenset(
        {"name", "company_id", "state", "author_id", "back_reason", "approval_ids", *MOMENTS.values()}
    )

    @api.depends("line_ids.amount", "line_ids.settled_amount")
    def _compute_totals(self):
        for settlement in self:
            settlement.order_count = len(settlement.line_ids)
            settlement.total = sum(settlement.line_ids.mapped("amount"))
            settlement.settled_total = sum(settlement.line_ids.mapped("settled_amount"))

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can(self):
        desk = self._is_desk()
        for settlement in self:
            settlement.can_submit = desk and settlement.state == "draft"
            settlement.can_cancel = desk and may_go(settlement.state, "cancelled")
            settlement.can_prepare = desk and settlement.state == "certified"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Draw settlements up; each gets a number. Raises AccessError for anybody but customer service."""
        self._ensure_desk()
        settlements = super().create(vals_list)
        # sudo: ir.sequence - every settlement has a number
        sequence_sudo = self.env["ir.sequence"].sudo()
        for settlement in settlements._cs_as_server():
            settlement.name = sequence_sudo.next_by_code("cs.settlement") or "/"
        return settlements

    def write(self, vals):
        if not self._cs_is_server() and set(vals) - {"message_follower_ids", "activity_ids", "message_ids"}:
            self._ensure_desk()
            self._ensure_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Settlements are kept. Call it off instead."))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_submit(self):
        """Hand the final accounts in: customer service or, above its limit, audit checks them (R-07).

        Raises UserError for accounts without orders, with orders that are not inspected or with unexplained amounts.
        """
        self._ensure_desk()
        for settlement in self:
            settlement._ensure_complete()
        self._go_to("checking", back_reason=False)
        self._request_approval("settlement")

    def action_refresh(self):
        """Take the costs of the orders over again."""
        self._ensure_desk()
        self._ensure_draft()
        self.line_ids._take_costs()

    def action_cancel(self):
        """Call the settlement off; its orders may be settled again and draft documents go with it.

        Raises UserError once a document is posted.
        """
        self._ensure_desk()
        self._approvals("settlement")._take_back()
        self._approvals("certificate")._take_back()
        self._go_to("cancelled", is_queued=False)
        self._drop_documents()
        self.line_ids._cs_as_server().write({"active": False})
        self.line_ids.flush_model(["active"])

    # ------------------------------------------------------------------
    # Approvals
    # ------------------------------------------------------------------

    def _approval_values(self, kind):
        self.ensure_one()
        return {
            "name": self.name,
            "company_id": self.company_id.id,
            "amount": self.settled_total,
            "author_ids": [Command.set(self.author_id.ids)],
            # The certificate is asked for by itself, not by who checked the account.
            "requested_by_id": self.author_id.id,
        }

    def _approval_content(self, kind):
        self.ensure_one()
        return [
            [self.name, self.vendor_id.id, self.currency_id.name, f"{self.settled_total:.2f}"],
            [[line.rework_id.name, f"{line.amount:.2f}", f"{line.settled_amount:.2f}"] for line in self.line_ids],
            [[part["label"], f"{part['amount']:.2f}"] for part in self._bearers()],
        ]

    def _approval_text(self, kind):
        """Return who is paid, who bears how much, and the orders with what was cut."""
        self.ensure_one()
        money = self.currency_id.format
        head = self.env._(
            "Final account %(total)s, to be settled %(settled)s, for %(count)s orders; paid to %(vendor)s.",
            total=money(self.total),
            settled=money(self.settled_total),
            count=self.order_count,
            vendor=self.vendor_id.name or self.env._("own employees"),
        )
        rows = [(part["label"], money(part["amount"])) for part in self._bearers()]
        rows += [
            (line.rework_id.display_name, f"{money(line.amount)} → {money(line.settled_amount)} {line.note or ''}")
            for line in self.line_ids
        ]
        table = Markup().join(Markup("<tr><td>%s</td><td>%s</td></tr>") % row for row in rows)
        return Markup("<p>%s</p><table class='table table-sm'>%s</table>") % (head, table)

    def _approval_decided(self, approval):
        if approval.state != "approved":
            self._send_back(approval.reason)
        elif approval.kind == "settlement":
            self._checked()
        else:
            self._go_to("certified")
            self._prepare_later()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _checked(self):
        """The final account is right: who bears a part confirms, then it is certified (A and B, R-07)."""
        for settlement in self:
            if settlement._parts_of("contractor"):
                settlement._go_to("confirming")
                settlement._notify_contractors()
            else:
                settlement._confirmed()

    def _confirmed(self):
        """Contractors agree: the certificate is asked for, or nothing of class A and B is in it."""
        for settlement in self:
            if settlement._parts_of("contractor", "company"):
                settlement._go_to("certifying")
                settlement._request_approval("certificate")
            else:
                settlement._go_to("certified")
                settlement._prepare_later()

    def _send_back(self, reason):
        """Back to who drew it up, with the reason."""
        self._go_to("draft", back_reason=reason)
        self._alarm(
            "customer_service_addon.mail_activity_type_cs_rework",
            {settlement: settlement.author_id for settlement in self},
            lambda settlement: settlement.env._("%(settlement)s came back.", settlement=settlement.name),
        )

    def _parts_of(self, *parties):
        return [part for part in self._bearers() if part["party"] in parties]

    def _bearers(self):
        """Return who bears how much: ``[{"party", "partner", "amount", "label", "lines": {line: amount}}]``.

        By the orders' final liability or their class; the parts add up to the settled amounts to the cent. What the
        customer of a class C order pays is its agreed price and is not among them.
        """
        self.ensure_one()
        bearers = {}
        labels = dict(self.env["cs.liability.share"]._fields["party"]._description_selection(self.env))
        for line in self.line_ids:
            for party, partner, amount in line._parts():
                key = (party, partner.commercial_partner_id)
                part = bearers.setdefault(
                    key, {"party": party, "partner": key[1], "amount": 0.0, "label": labels[party], "lines": {}}
                )
                part["amount"] = self.currency_id.round(part["amount"] + amount)
                part["lines"][line] = amount
        for part in bearers.values():
            if part["partner"]:
                part["label"] = f"{part['label']}: {part['partner'].name}"
        return list(bearers.values())

    def _go_to(self, state, **values):
        for settlement in self:
            if not may_go(settlement.state, state):
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(settlement)s is in “%(old)s” and cannot go to “%(new)s”.",
                        settlement=settlement.name,
                        old=labels[settlement.state],
                        new=labels[state],
                    )
                )
        if state in MOMENTS:
            values[MOMENTS[state]] = fields.Datetime.now()
        # sudo: cs.settlement - steps follow from decisions of people who may not write the account
        self.sudo()._cs_as_server().write({"state": state, **values})

    @api.model
    def _is_desk(self):
        return self.env.su or self.env.user.has_group("customer_service_addon.group_cs_agent")

    def _ensure_desk(self):
        self.check_access("write")
        if not self._is_desk():
            raise AccessError(self.env._("Customer service settles repair orders."))

    def _ensure_draft(self):
        for settlement in self:
            if settlement.state != "draft":
                raise UserError(
                    self.env._("%(settlement)s was handed in and stays as it is.", settlement=settlement.name)
                )

    def _ensure_complete(self):
        self.ensure_one()
        if not self.line_ids:
            raise UserError(self.env._("%(settlement)s has no orders.", settlement=self.name))
        unexplained = self.line_ids.filtered(lambda line: line._is_cut() and not (line.note or "").strip())
        if unexplained:
            raise UserError(
                self.env._(
                    "%(order)s: say why another amount is settled than it cost.", order=unexplained[0].rework_id.name
                )
            )

    def _form_action(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_settlement_action")
        if len(self) == 1:
            return action | {"view_mode": "form", "views": [(False, "form")], "res_id": self.id}
        return action | {"domain": [("id", "in", self.ids)], "context": {}}
