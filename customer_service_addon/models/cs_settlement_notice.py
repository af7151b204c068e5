from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

NOTICE_STATES = [
    ("waiting", "Waiting"),
    ("confirmed", "Confirmed"),
    ("objected", "Objected"),
    ("silent", "Accepted by Silence"),
    ("void", "Void"),
]


class CsSettlementNotice(models.Model):
    """What one contractor bears of a settlement and what he says to it (R-07)."""

    _name = "cs.settlement.notice"
    _description = "Notice of a Settlement"
    _inherit = ["cs.guard.mixin"]
    _order = "id desc"
    _rec_name = "partner_id"

    settlement_id = fields.Many2one("cs.settlement", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="settlement_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", "Contractor", required=True, readonly=True, ondelete="restrict")
    amount = fields.Monetary("His Part", required=True, readonly=True)
    state = fields.Selection(NOTICE_STATES, required=True, readonly=True, default="waiting", index=True)
    reason = fields.Text("Objection", readonly=True)
    answered_at = fields.Datetime("Answered On", readonly=True)
    answered_by_id = fields.Many2one("res.users", "Recorded By", readonly=True)

    _cs_server_fields = frozenset(
        {"settlement_id", "partner_id", "amount", "state", "reason", "answered_at", "answered_by_id"}
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Notices follow from the check of a settlement."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Contractors are told by the settlement itself."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Notices are proofs and are kept."))

    def action_record_confirmed(self):
        """Record that the contractor has confirmed, e.g. on paper."""
        self.settlement_id._ensure_desk()
        self._answer("confirmed")

    def _answer(self, state, reason=False):
        """Record an answer (checked by the caller); the settlement goes on, or back with the reason (R-07)."""
        for notice in self:
            if notice.state != "waiting" or notice.settlement_id.state != "confirming":
                raise UserError(self.env._("%(settlement)s is answered already.", settlement=notice.settlement_id.name))
        if state == "objected" and not (reason or "").strip():
            raise UserError(self.env._("Say what is wrong; the account goes back with it."))
        # sudo: cs.settlement.notice - the answer was checked by the caller
        self_sudo = self.sudo()._cs_as_server()
        now = fields.Datetime.now()
        self_sudo.write({"state": state, "reason": reason, "answered_at": now, "answered_by_id": self.env.uid})
        for settlement_sudo in self_sudo.settlement_id:
            settlement_sudo._contractor_answered()


class CsSettlement(models.Model):
    _inherit = "cs.settlement"

    notice_ids = fields.One2many("cs.settlement.notice", "settlement_id", "Contractors", copy=False)

    _cs_server_fields = frozenset({"notice_ids"})

    def _notify_contractors(self):
        """Tell each contractor what he bears; what he was told before is void."""
        # sudo: cs.settlement.notice - follows from the check
        notices_sudo = self.env["cs.settlement.notice"].sudo()._cs_as_server()
        self.sudo().notice_ids.filtered(lambda row: row.state == "waiting")._cs_as_server().write({"state": "void"})
        return notices_sudo.create(
            [
                {"settlement_id": settlement.id, "partner_id": part["partner"].id, "amount": part["amount"]}
                for settlement in self
                for part in settlement._parts_of("contractor")
            ]
        )

    def _contractor_answered(self):
        """All agree: to be certified. One objects: back with his reason."""
        self.ensure_one()
        current = self.notice_ids.filtered(lambda row: row.state != "void")
        objection = current.filtered(lambda row: row.state == "objected")[:1]
        if objection:
            (current - objection)._cs_as_server().filtered(lambda row: row.state == "waiting").write({"state": "void"})
            self._send_back(f"{objection.partner_id.name}: {objection.reason}")
        elif "waiting" not in current.mapped("state"):
            self._confirmed()
