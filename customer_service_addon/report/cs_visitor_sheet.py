from odoo import api, models


class VisitorSheet(models.AbstractModel):
    """Visitor registration (来访登记表): class, host, times, needs and minutes with their actions (I-10)."""

    _name = "report.customer_service_addon.report_cs_visitor_sheet"
    _inherit = "cs.case.form"
    _description = "Visitor Sheet"

    @api.model
    def _cs_title(self, case):
        return case.env._("Visitor Sheet")

    @api.model
    def _cs_sections(self, case, tz):
        env = case.env
        reception_class = case.reception_class_id
        return [
            (
                env._("Visit"),
                self._cs_rows(case, ("visit_start", "visit_end", "visitor_count", "reception_class_id"), tz)
                + self._cs_rows(reception_class, ("room",), tz, wide=("rules",)),
            ),
            self._cs_customer_section(case, tz),
            (
                env._("Reception"),
                self._cs_rows(
                    case, ("host_id", "department_id", "first_contact_id", "user_id"), tz, wide=("visit_needs",)
                ),
            ),
            (env._("Purpose"), self._cs_rows(case, (), tz, wide=("subject", "description", "expectation"))),
            (env._("Minutes"), self._cs_rows(case, (), tz, wide=("visit_minutes",))),
        ]

    @api.model
    def _cs_tables(self, case, tz, files):
        names = ("summary", "user_id", "date_deadline", "date_done")
        activities = case.with_context(active_test=False).activity_ids
        return [self._cs_table(case.env._("Actions"), activities, names, tz)]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Visitor"), case.env._("Front desk"), case.env._("Host")]
