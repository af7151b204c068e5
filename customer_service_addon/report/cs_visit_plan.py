from odoo import api, models

# Paper of more rows is read by nobody; the list in the system has them all.
PRINTED_ROWS = 500


class VisitPlanForm(models.AbstractModel):
    """The plan of return visits (客户回访计划, V-02): period, customers, purpose, method and who goes."""

    _name = "report.customer_service_addon.report_cs_visit_plan"
    _inherit = "cs.case.form"
    _description = "Printed Visit Plan"

    _cs_doc_model = "cs.visit.plan"

    @api.model
    def _cs_title(self, case):
        return case.env._("Plan of Return Visits")

    @api.model
    def _cs_code_image(self, symbology, value):
        # A plan has a name instead of a number: there is nothing to scan.
        return False

    @api.model
    def _cs_sections(self, case, tz):
        facts = (
            *("start_on", "end_on", "purpose_id", "trigger", "method", "team_id", "user_ids", "class_ids", "state"),
            "visit_count",
        )
        return [(case.env._("Plan"), self._cs_rows(case, facts, tz))]

    @api.model
    def _cs_value(self, record, name, tz):
        if name == "method" and record._name == "cs.visit.plan" and not record.method:
            return super()._cs_value(record.purpose_id, name, tz)
        if name == "visit_count":
            return str(record.visit_count or "")
        return super()._cs_value(record, name, tz)

    @api.model
    def _cs_tables(self, case, tz, files):
        """The visits that are planned; before the first one those the last preview found."""
        visits = self.env["cs.return.visit"].search(
            [("plan_id", "=", case.id), ("state", "!=", "cancelled")], order="due_from, id", limit=PRINTED_ROWS + 1
        )
        names = ("name", "partner_id", "class_id", "phone", "why", "method", "due_from", "user_id", "state")
        rows = visits
        if not visits:
            rows = self.env["cs.visit.candidate"]
            if rows.has_access("read"):
                domain = [("plan_id", "=", case.id), ("is_preview", "=", True), ("outcome", "=", "visit")]
                rows = rows.search(domain, limit=PRINTED_ROWS + 1)
            names = ("partner_id", "class_id", "why", "due_from")
        title = case.env._("Customers")
        if len(rows) > PRINTED_ROWS:
            title = case.env._("The first %s customers", PRINTED_ROWS)
        return [self._cs_table(title, rows[:PRINTED_ROWS].with_env(case.env), names, tz)]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Drawn up by"), case.env._("Approved by")]
