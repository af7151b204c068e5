from odoo import api, models


class ReworkOrder(models.AbstractModel):
    """Repair order (工程派工单 / 售后维修单) on paper: goes with the technician, comes back signed (R-02, R-05)."""

    _name = "report.customer_service_addon.report_cs_rework"
    _inherit = "cs.case.form"
    _description = "Printed Repair Order"

    _cs_doc_model = "cs.rework"

    @api.model
    def _cs_forms(self, orders):
        return [self._rework_form(order) for order in orders.with_context(lang=self._cs_lang(None))]

    @api.model
    def _rework_form(self, order):
        # sudo: cs.case - the paper names customer and object of an order the user may read
        case_sudo = order.sudo().case_id
        tz = case_sudo._cs_tz()
        env = order.env
        facts = (
            *("cost_class", "trade_ids", "executor", "technician_ids", "contractor_id", "planned_start"),
            *("planned_end", "user_id", "agreed_amount"),
        )
        sections = [
            (env._("Order"), self._cs_rows(order, facts, tz, wide=("subject",))),
            self._cs_customer_section(case_sudo, tz),
            (env._("Where"), self._cs_rows(order, ("object_ref", "place"), tz)),
            (env._("Task"), self._cs_rows(order, (), tz, wide=("task",))),
            (env._("Work"), self._cs_rows(order, ("started_at", "done_at"), tz, wide=("work_note",))),
        ]
        names = ("round", "result", "note", "inspected_by_id", "inspected_at")
        inspections = self._cs_table(env._("Inspections"), order.inspection_ids, names, tz)
        return {
            "case": order,
            "lang": env.lang,
            "title": self._cs_title(order),
            "qr": self._cs_code_image("QR", order.name),
            "barcode": self._cs_code_image("Code128", order.name),
            "sections": [section for section in sections if section[1]],
            "tables": [inspections] if inspections["rows"] else [],
            "messages": [],
            "signatures": self._cs_signatures(order),
            "tz": tz,
        }

    @api.model
    def _cs_title(self, case):
        return case.env._("Repair Order")

    @api.model
    def _cs_signatures(self, case):
        return [
            case.env._("Dispatched by"),
            case.env._("Technician"),
            case.env._("Customer"),
            case.env._("Inspected by"),
        ]


class ReworkQuote(models.AbstractModel):
    """Quote of a repair (维修报价单): what the customer of class C signs before anybody works (R-02)."""

    _name = "report.customer_service_addon.report_cs_rework_quote"
    _inherit = "report.customer_service_addon.report_cs_rework"
    _description = "Printed Quote of a Repair"

    @api.model
    def _rework_form(self, order):
        form = super()._rework_form(order)
        # sudo: cs.case - as on the order
        case_sudo = order.sudo().case_id
        tz = case_sudo._cs_tz()
        env = order.env
        sections = [
            (env._("Price"), self._cs_rows(order, ("agreed_amount", "trade_ids", "planned_start"), tz)),
            self._cs_customer_section(case_sudo, tz),
            (env._("Where"), self._cs_rows(order, ("object_ref", "place"), tz)),
            (env._("Task"), self._cs_rows(order, (), tz, wide=("task",))),
        ]
        return form | {"sections": [section for section in sections if section[1]], "tables": []}

    @api.model
    def _cs_title(self, case):
        return case.env._("Quote of a Repair")

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Quoted by"), case.env._("Customer")]
