from odoo import models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)


class CsCase(models.Model):
    """The case and its deadlines: acknowledged, accepted, first answer, solved, closed (I-05, I-09, C-05)."""

    _name = "cs.case"
    _inherit = ["cs.case", "cs.sla.mixin"]

    _sla_milestones = (
        ("acknowledged", _lt("Acknowledged"), "acknowledged_at"),
        ("accepted", _lt("Accepted"), "accepted_at"),
        ("answered", _lt("First Answer"), "first_answered_at"),
        ("solved", _lt("Solved"), "solved_at"),
        ("reported", _lt("Reported to the Group"), "reported_at"),
        ("closed", _lt("Closed"), "closed_at"),
    )
    _sla_start_field = "received_at"
    _sla_cancelled_field = "cancelled_at"
    _sla_finished_field = "closed_at"
    _sla_restarted_field = "reopened_at"
    _sla_copied_fields = {
        "company_id": "company_id",
        "team_id": "team_id",
        "user_id": "user_id",
        "department_id": "department_id",
        "partner_id": "commercial_partner_id",
    }

    def _sla_calendar(self):
        return self._working_calendar()

    def _sla_holds(self):
        # sudo: cs.hold - the engine computes for whoever moves the case
        holds_sudo = (
            self.env["cs.hold"]
            .sudo()
            .search_fetch(
                [("case_id", "in", self.ids), ("stops_clock", "=", True)],
                ["case_id", "started_at", "ended_at"],
                order="started_at, id",
            )
        )
        holds = {}
        for hold in holds_sudo:
            holds.setdefault(hold.case_id.id, []).append((hold.started_at, hold.ended_at or None))
        return holds

    def _sla_hold_reasons(self):
        return {case.id: case.hold_reason_id.id for case in self if case.hold_reason_id}

    def _sla_quiet(self):
        return bool(self.import_id)

    def _sla_raise(self):
        self._cs_as_server().write({"is_urgent": True})

    def _sla_reassign(self, user):
        self.filtered(lambda case: case.user_id != user).write({"user_id": user.id})

    def _start_holds(self):
        result = super()._start_holds()
        self._sla_follow()
        return result

    def _end_holds(self, how):
        result = super()._end_holds(how)
        self._sla_follow()
        return result
