from odoo import models
from odoo.tools.translate import LazyTranslate

from ..services.complaint_steps import BY_CODE, STEPS
from .cs_complaint_flow import DECIDING_FIELDS, LABELS

_lt = LazyTranslate(__name__)


class CsComplaint(models.Model):
    """The deadlines of a complaint: every step is a milestone (C-03, C-05, C-06)."""

    _inherit = "cs.complaint"

    _sla_milestones = (
        *((step.code, LABELS[step.code], step.field) for step in STEPS),
        ("closed", _lt("Closed"), "closed_at"),
    )
    _sla_start_field = "received_at"
    _sla_cancelled_field = "cancelled_at"
    _sla_finished_field = "closed_at"
    _sla_copied_fields = {
        "company_id": "company_id",
        "team_id": "team_id",
        "user_id": "user_id",
        "department_id": "department_id",
        "partner_id": "customer_id",
    }

    def write(self, vals):
        """Steps that a changed level or finding leaves out lose their clocks, those that it asks for get them."""
        result = super().write(vals)
        if vals.keys() & set(DECIDING_FIELDS):
            self.filtered("triaged_at")._sla_follow()
        return result

    def _sla_is_left_out(self, code):
        """Until the triage nobody knows which steps there will be, so that nothing is left out before it (C-02)."""
        return code in BY_CODE and bool(self.triaged_at) and code not in self._needed_steps()

    def _sla_calendar(self):
        return self.team_id.resource_calendar_id or super()._sla_calendar()

    def _sla_shut_out(self):
        return {complaint.id: complaint.shut_out_user_ids.ids for complaint in self}


class CsCase(models.Model):
    _inherit = "cs.case"

    def _sla_shut_out(self):
        return {case.id: case.shut_out_user_ids.ids for case in self}


class CsComplaintDepartment(models.Model):
    _inherit = "cs.complaint.department"

    def _sla_calendar(self):
        return self.complaint_id._sla_calendar()

    def _sla_shut_out(self):
        return {line.id: line.complaint_id.shut_out_user_ids.ids for line in self}
