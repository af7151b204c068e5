from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..services.visit_steps import OPEN
from ..services.visit_times import earliest_call, retry_at
from .cs_visit_purpose import METHODS

RESULTS = [
    ("answered", "Visit Made"),
    ("no_answer", "Nobody Answers"),
    ("busy", "Busy"),
    ("later", "Call Back Later"),
    ("wrong", "Wrong Number"),
    ("declined", "Does Not Want to Be Asked"),
]
# Tries that were in vain and count towards the limit; a customer who says when to call was reached.
IN_VAIN = ("no_answer", "busy")


class CsVisitAttempt(models.Model):
    """One try to reach a customer: when, by whom and with what result (V-03). The rows are proofs."""

    _name = "cs.visit.attempt"
    _description = "Try to Reach a Customer"
    _inherit = ["cs.guard.mixin"]
    _order = "tried_at, id"
    _rec_name = "result"

    visit_id = fields.Many2one("cs.return.visit", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="visit_id.company_id", store=True, precompute=True)
    tried_at = fields.Datetime("Tried On", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Tried By", readonly=True)
    method = fields.Selection(METHODS, required=True, readonly=True)
    result = fields.Selection(RESULTS, required=True, readonly=True)
    note = fields.Char(readonly=True)
    next_at = fields.Datetime("Tried Again", readonly=True)

    _cs_server_fields = frozenset({"visit_id", "tried_at", "user_id", "method", "result", "note", "next_at"})

    @api.model_create_multi
    def create(self, vals_list):
        """Tries are logged in their visit."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Log the try in its visit."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Tries are proofs and are kept."))


class CsReturnVisit(models.Model):
    """Trying to reach the customer, again and again, until he counts as unreachable (V-03)."""

    _inherit = "cs.return.visit"

    def action_no_answer(self):
        """Log that nobody answered; the visit comes back to the queue, or ends as unreachable."""
        self._log_attempt("no_answer")

    def action_try(self):
        """Open the dialog in which a try without an answer is logged."""
        return self._dialog("cs.visit.try", self.env._("Not Reached"))

    def _log_attempt(self, result, note=False, again_at=None):
        """Log a try in vain, a wrong number, or a wish to be called back at ``again_at`` (naive UTC).

        Returns the new cs.visit.attempt rows. Raises AccessError for whoever may not ask, UserError for a visit
        that is over, an unknown result, or a call-back without a moment to come.
        """
        self._ensure_asks()
        now = fields.Datetime.now()
        if result not in (*IN_VAIN, "later", "wrong"):
            raise UserError(self.env._("Choose what came of the try."))
        if result == "later" and (not again_at or again_at <= now):
            raise UserError(self.env._("Say when the customer wants to be called back; the moment lies ahead."))
        self._ensure_open()
        rows = []
        for visit in self:
            next_at = visit._after_attempt(result, now, again_at)
            rows.append(visit._attempt_values(result, now, note=note, next_at=next_at))
        # sudo: cs.visit.attempt - nobody but the system writes proofs; who asks was checked
        return self.env["cs.visit.attempt"].sudo()._cs_as_server().create(rows).with_env(self.env)

    def _after_attempt(self, result, now, again_at):
        """Move one visit on after a try; return when it is tried again, or False when it is over."""
        self.ensure_one()
        # sudo: cs.visit.purpose, res.company - figures of the procedure
        visit_sudo = self.sudo()
        count = self.attempt_count + (1 if result in IN_VAIN else 0)
        values = {"attempt_count": count, "held_by_id": False, "held_until": False}
        if not self.contacted_at:
            values["contacted_at"] = now
        if result == "wrong" or (result in IN_VAIN and count >= visit_sudo.purpose_id.attempt_limit):
            reason = self.env._("Wrong number") if result == "wrong" else self.env._("No answer after %s tries", count)
            self._go_to("unreachable", end_reason=reason, **values)
            return False
        next_at = again_at if result == "later" else visit_sudo._retry_at(now, count)
        self._go_on(values | {"next_at": next_at})
        return next_at

    def _go_on(self, values):
        # sudo: cs.return.visit - the fields are the system's; who asks was checked
        self.sudo()._cs_as_server().write(values)
        if self.state == "agreed":
            self._go_to("planned", appointment_state=False)

    def _retry_at(self, now, attempt):
        """Return when the customer is tried again (naive UTC) after ``attempt`` tries, in his hours and ours."""
        self.ensure_one()
        timeline = self._visit_timeline(now)
        window = self.partner_id._cs_call_window(self.company_id)
        hours = self.purpose_id._hours_until_retry(attempt)
        return retry_at(timeline, now, hours, self.partner_id._cs_zone(), window)

    def _call_at(self, start):
        """Return the first moment from ``start`` (naive UTC) on that suits the team and the customer."""
        self.ensure_one()
        window = self.partner_id._cs_call_window(self.company_id)
        return earliest_call(self._visit_timeline(start), start, self.partner_id._cs_zone(), window)

    def _visit_timeline(self, start):
        calendar = self._sla_calendar()
        return calendar._cs_timeline(self.company_id, start, start + timedelta(days=60)) if calendar else None

    def _attempt_values(self, result, now, note=False, next_at=False):
        return {
            "visit_id": self.id,
            "tried_at": now,
            "user_id": self.env.uid,
            "method": self.method,
            "result": result,
            "note": note,
            "next_at": next_at,
        }

    def _ensure_open(self):
        for visit in self:
            if visit.state not in OPEN:
                raise UserError(self.env._("%(visit)s is over. Take it up again first.", visit=visit.name))
