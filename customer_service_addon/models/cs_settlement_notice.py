from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

TODO = "customer_service_addon.mail_activity_type_cs_rework"


class CsSettlementNotice(models.Model):
    """What one contractor bears of a settlement, whether he was reached and what he says to it (R-07)."""

    _name = "cs.settlement.notice"
    _description = "Notice of a Settlement"
    _inherit = ["cs.delivered.notice"]
    _order = "id desc"
    _rec_name = "partner_id"
    _notice_template = "customer_service_addon.mail_template_cs_settlement_notice"

    settlement_id = fields.Many2one("cs.settlement", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="settlement_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary("His Part", required=True, readonly=True)
    can_answer = fields.Boolean(compute="_compute_can_answer")

    _cs_server_fields = frozenset({"settlement_id", "amount"})

    _silence_idx = models.Index("(id) WHERE is_current AND answer = 'none'")

    @api.depends("is_current", "answer", "settlement_id.state")
    def _compute_can_answer(self):
        for notice in self:
            waiting = notice.is_current and notice.answer == "none"
            notice.can_answer = waiting and notice.settlement_id.state == "confirming"

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
        """Record that the contractors have confirmed, e.g. on paper."""
        self.settlement_id._ensure_desk()
        for notice in self:
            notice._answer("accepted")

    def action_record_objected(self):
        """Open the dialog for the contractor's reason; the account goes back with it."""
        self.ensure_one()
        self.settlement_id._ensure_desk()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Objection of the Contractor"),
            "res_model": "cs.settlement.objection",
            "view_mode": "form",
            "target": "new",
            "context": {"default_notice_id": self.id},
        }

    def action_send_again(self):
        """Write to the contractors once more, e.g. after their address was corrected."""
        self.settlement_id._ensure_desk()
        self._ensure_may_send_again()
        # sudo: cs.settlement.notice - written by the system; the right was checked on the settlement
        self.sudo()._cs_as_server()._send()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _answer(self, answer, reason=""):
        """Record an answer (checked by the caller); the settlement goes on, or back with the reason (R-07).

        ``answer``: "accepted" or "contested". Raises UserError for what is answered already or an objection without
        reason.
        """
        self.ensure_one()
        reason = (reason or "").strip()
        if not self.can_answer:
            raise UserError(self.env._("There is nothing to answer any more."))
        if answer == "contested" and not reason:
            raise UserError(self.env._("Please say what is wrong; the account goes back with it."))
        # sudo: cs.settlement.notice - the answer was checked by the caller
        self_sudo = self.sudo()._cs_as_server()
        now = fields.Datetime.now()
        self_sudo.write({"answer": answer, "reason": reason, "answered_at": now, "answered_by_id": self.env.uid})
        self_sudo.settlement_id._contractor_answered()

    def _contest_end(self, start):
        """Return until when may be objected to what was delivered at ``start`` (naive UTC): the company's time."""
        self.ensure_one()
        company_sudo = self.company_id.sudo()
        if company_sudo.cs_contest_unit == "h":
            return start + timedelta(hours=company_sudo.cs_contest_amount)
        case = self.settlement_id.line_ids.rework_id.case_id[:1]
        return case._working_day_ends({case: (start, company_sudo.cs_contest_amount)})[case] or False

    def _alarm_undelivered(self):
        """Who drew the account up has a to-do for a notice that does not reach its contractor, once."""
        new = self.filtered(lambda row: row.is_current and not row.is_alarmed)
        new.settlement_id._alarm(
            TODO,
            {settlement: settlement.author_id for settlement in new.settlement_id},
            lambda settlement: settlement.env._(
                "The notice of %(settlement)s did not reach the contractor. Correct the address and send it again, "
                "or call.",
                settlement=settlement.name,
            ),
        )
        new._cs_as_server().write({"is_alarmed": True})

    def _waiting_domain(self):
        return Domain("settlement_id.state", "=", "confirming")

    def _accept_silently(self):
        """A delivered notice that nobody objected to in time is accepted."""
        for settlement, notices in self.grouped("settlement_id").items():
            notices._cs_as_server().write({"answer": "silence", "answered_at": fields.Datetime.now()})
            settlement._contractor_answered()

    # ------------------------------------------------------------------
    # Portal
    # ------------------------------------------------------------------

    def _portal_url(self):
        """Return the address of the page with its token, for the mail to the contractor."""
        self.ensure_one()
        return f"{self.get_base_url()}/my/settlements/{self.id}?access_token={self.sudo().access_token}"

    def _portal_values(self):
        """Return all that a contractor sees: his own part, order by order; no other party and no cost of others."""
        self.ensure_one()
        # sudo: cs.settlement, cs.rework - the caller checked that the notice is his
        notice_sudo = self.sudo()
        settlement_sudo = notice_sudo.settlement_id
        rows = [
            {"order": line.rework_id.name, "place": line.rework_id.place or line.rework_id.object_ref, "amount": amount}
            for part in settlement_sudo._parts_of("contractor")
            if part["partner"] == notice_sudo.partner_id.commercial_partner_id
            for line, amount in part["lines"].items()
        ]
        return {
            "notice_id": notice_sudo.id,
            "number": settlement_sudo.name,
            "period": settlement_sudo.period,
            "amount": notice_sudo.amount,
            "currency": notice_sudo.currency_id,
            # What he was told stands in his notice; an account that came back is drawn up anew.
            "rows": rows if notice_sudo.is_current else [],
            "answer": notice_sudo.answer,
            "until": notice_sudo.contest_until,
            "is_void": not notice_sudo.is_current,
            "may_answer": notice_sudo.can_answer,
        }


class CsSettlement(models.Model):
    _inherit = "cs.settlement"

    notice_ids = fields.One2many("cs.settlement.notice", "settlement_id", "Contractors", copy=False)

    _cs_server_fields = frozenset({"notice_ids"})

    def _notify_contractors(self):
        """Tell each contractor what he bears; what he was told before counts no more."""
        # sudo: cs.settlement.notice - follows from the check
        notices_sudo = self.env["cs.settlement.notice"].sudo()._cs_as_server()
        self._retire_notices()
        rows = [
            {"settlement_id": settlement.id, "partner_id": part["partner"].id, "amount": part["amount"]}
            for settlement in self
            for part in settlement._parts_of("contractor")
        ]
        notices_sudo.create(rows)._send()

    def _retire_notices(self):
        """Notices of an account that came back or was called off are no longer answered."""
        # sudo: cs.settlement.notice - see above
        self.sudo().notice_ids.filtered("is_current")._cs_as_server().write({"is_current": False})

    def _send_back(self, reason):
        self._retire_notices()
        return super()._send_back(reason)

    def action_cancel(self):
        result = super().action_cancel()
        self._retire_notices()
        return result

    def _contractor_answered(self):
        """All agree: to be certified. One objects: back with his reason."""
        self.ensure_one()
        current = self.notice_ids.filtered("is_current")
        objection = current.filtered(lambda row: row.answer == "contested")[:1]
        if objection:
            self._send_back(f"{objection.partner_id.name}: {objection.reason}")
        elif "none" not in current.mapped("answer"):
            self._confirmed()
