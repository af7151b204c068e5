from odoo import api, models


class ServicePlanForm(models.AbstractModel):
    """The services of a year for a customer, to agree on and to tick off (R-12, R-14)."""

    _name = "report.customer_service_addon.report_cs_service_plan"
    _inherit = "cs.case.form"
    _description = "Printed Service Plan"

    _cs_doc_model = "cs.service.plan"

    @api.model
    def _cs_title(self, case):
        return case.env._("Service Plan")

    @api.model
    def _cs_code_image(self, symbology, value):
        # A plan has a name instead of a number: there is nothing to scan.
        return False

    @api.model
    def _cs_lang(self, case):
        """The plan goes to the customer, in his language; a batch in the user's."""
        # sudo: res.partner - the language the customer reads
        return (case and case.sudo().partner_id.lang) or super()._cs_lang(case)

    @api.model
    def _cs_sections(self, case, tz):
        facts = ("partner_id", "category_ids", "order_ref", "object_ref", "date_from", "date_to", "team_id", "state")
        return [
            (case.env._("Plan"), self._cs_rows(case, facts, tz, wide=("note",))),
        ]

    @api.model
    def _cs_tables(self, case, tz, files):
        names = ("planned_on", "name", "kind", "trade_ids", "team_id", "case_id", "state", "skip_reason")
        return [self._cs_table(case.env._("Services"), case.row_ids, names, tz)]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Customer service"), case.env._("Customer")]


class TakeoverForm(models.AbstractModel):
    """The hand-over form of a project (交接单, R-13): dates, people, free service and the documents with their days."""

    _name = "report.customer_service_addon.report_cs_takeover"
    _inherit = "cs.case.form"
    _description = "Printed Hand-over Form"

    _cs_doc_model = "cs.takeover"

    @api.model
    def _cs_title(self, case):
        return case.env._("Hand-over from Implementation to Service")

    @api.model
    def _cs_code_image(self, symbology, value):
        # A hand-over has the project's name instead of a number: there is nothing to scan.
        return False

    @api.model
    def _cs_sections(self, case, tz):
        project = (
            *("partner_id", "order_ref", "object_ref", "manager_id", "implementer_ids", "signed_on", "started_on"),
            "accepted_on",
        )
        service = (
            *("user_id", "team_id", "service_from", "free_from", "free_to", "joint_at", "joint_until", "service_at"),
            "state",
        )
        return [
            (case.env._("Project"), self._cs_rows(case, project, tz)),
            (case.env._("Service"), self._cs_rows(case, service, tz, wide=("remark",))),
        ]

    @api.model
    def _cs_tables(self, case, tz, files):
        names = ("name", "is_required", "received_at", "received_by_id", "file_name", "note")
        return [self._cs_table(case.env._("Documents"), case.document_ids, names, tz)]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Project manager"), case.env._("Customer service"), case.env._("Customer")]
