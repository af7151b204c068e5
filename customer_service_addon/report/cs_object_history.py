from odoo import api, models


class ObjectHistory(models.AbstractModel):
    """The history of an object on paper (维修履历, R-11): its cases and repair orders, the oldest first."""

    _name = "report.customer_service_addon.report_cs_object_history"
    _inherit = "cs.case.form"
    _description = "Printed History of an Object"

    @api.model
    def _cs_title(self, case):
        return case.env._("Repair History")

    @api.model
    def _cs_form(self, case, files):
        return super()._cs_form(case, files) | {"barcode": False}

    @api.model
    def _cs_sections(self, case, tz):
        _cases, orders = case._object_history()
        done = orders.filtered(lambda order: order.state != "cancelled")
        facts = [
            (case.env._("Repair Orders"), str(len(done))),
            (case.env._("Total Cost"), case.company_id.currency_id.format(sum(done.mapped("cost_total")))),
        ]
        return [self._cs_object_section(case, tz), (case.env._("In Total"), [facts])]

    @api.model
    def _cs_tables(self, case, tz, files):
        cases, orders = case._object_history()
        env = case.env
        of_cases = ("name", "received_at", "type_id", "subject", "partner_id", "stage_id")
        of_orders = (
            *("name", "received_at", "trade_ids", "cost_class", "contractor_id", "work_note", "round", "state"),
            *("closed_at", "cost_total"),
        )
        return [
            self._cs_table(env._("Cases"), cases, of_cases, tz),
            self._cs_table(env._("Repair Orders"), orders, of_orders, tz),
        ]


class ReworkHistory(models.AbstractModel):
    """The same, printed from a repair order."""

    _name = "report.customer_service_addon.report_cs_rework_history"
    _inherit = "report.customer_service_addon.report_cs_object_history"
    _description = "Printed History of the Object of an Order"

    _cs_doc_model = "cs.rework"

    @api.model
    def _cs_forms(self, orders):
        return super()._cs_forms(orders.case_id)
