from odoo import api, models


class ComplaintEightD(models.AbstractModel):
    """The file as 8D report, for customers and suppliers who work by eight disciplines; an internal form."""

    _name = "report.customer_service_addon.report_cs_complaint_8d"
    _inherit = "cs.complaint.form"
    _description = "8D Report"

    @api.model
    def _cs_title(self, case):
        return case.env._("8D Report")

    @api.model
    def _complaint_sections(self, complaint, case, tz):
        env = complaint.env
        cause = ("why_chain", "occurrence_cause", "escape_cause")
        return [
            self._registration(complaint, case, tz),
            (env._("D1 Team"), self._cs_rows(complaint, ("department_id", "user_id", "employee_ids"), tz)),
            (env._("D2 Problem"), self._problem(complaint, case, tz)),
            (env._("D4 Root Cause"), self._cs_rows(complaint, ("cause_id",), tz, wide=cause)),
            (env._("D8 Closing"), self._cs_rows(complaint, ("closed_at",), tz, wide=("report_internal",))),
        ]

    @api.model
    def _problem(self, complaint, case, tz):
        object_rows = self._cs_rows(case, ("object_ref", "product_id", "order_ref", "received_at"), tz)
        told = self._cs_rows(case, (), tz, wide=("subject", "description"))
        return [*object_rows, *told, *self._cs_rows(complaint, (), tz, wide=("course", "result", "evidence"))]

    @api.model
    def _complaint_tables(self, complaint, tz):
        env = complaint.env
        actions = complaint.action_ids.filtered(lambda action: action.state != "dropped").grouped("kind")
        none = self.env["cs.complaint.action"]
        planned = ("name", "employee_id", "due_on")
        effect = ("effective_at", "effect_by_id", "effect_note")
        corrective = actions.get("corrective", none)
        return [
            self._cs_table(env._("D3 Containment"), actions.get("immediate", none), (*planned, "done_at"), tz),
            self._cs_table(env._("D5 Corrective Actions Chosen"), corrective, planned, tz),
            self._cs_table(
                env._("D6 Corrective Actions Carried Out"),
                corrective.filtered("done_at"),
                ("name", "done_at", "evidence"),
                tz,
            ),
            self._cs_table(env._("D6 Effect"), complaint.filtered("effective_at"), effect, tz),
            self._cs_table(env._("D7 Prevention"), actions.get("preventive", none), (*planned, "done_at"), tz),
        ]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Team leader"), case.env._("Quality"), case.env._("Management")]
