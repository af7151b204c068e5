from odoo import api, models
from odoo.tools import format_amount


class IncentiveSheet(models.AbstractModel):
    """The incentive sheet on paper (维修班组奖励表, R-10): technicians, the orders and the rule it comes from."""

    _name = "report.customer_service_addon.report_cs_incentive"
    _inherit = "cs.case.form"
    _description = "Printed Incentive Sheet"

    _cs_doc_model = "cs.incentive"

    @api.model
    def _cs_form(self, case, files):
        sheet, env = case, case.env
        tz = sheet.company_id._cs_tz()
        names = (
            *("technician_id", "order_count", "first_count", "later_count", "partly_count", "rejected_count"),
            *("visit_satisfied_count", "visit_unsatisfied_count", "points", "amount"),
        )
        lines = sheet.line_ids.sorted(lambda line: (-line.points, line.id))
        facts = ("team_id", "company_id", "date_from", "date_to", "state", "calculated_at", "submitted_by_id")
        terms = sheet._printed_terms()
        head = [env._("Order"), env._("Technicians"), env._("Opinions"), env._("Points")]
        people = {
            "title": env._("Technicians"),
            "head": [self._cs_label(lines, name) for name in names],
            "rows": [[self._figure(line, name, tz) for name in names] for line in lines],
        }
        return {
            "case": sheet,
            "lang": self._cs_lang(sheet),
            "title": env._("Team Incentive"),
            "qr": False,
            "barcode": False,
            "sections": [
                (env._("Period"), self._cs_rows(sheet, facts, tz)),
                (env._("Rule"), [terms[start : start + 2] for start in range(0, len(terms), 2)]),
                (
                    env._("Approval"),
                    self._cs_rows(sheet, ("submitted_at", "approved_by_id", "approved_at", "total"), tz),
                ),
            ],
            "tables": [people, {"title": env._("Orders"), "head": head, "rows": sheet._printed_orders()}],
            "messages": [],
            "signatures": [env._("Prepared by"), env._("Approved by"), env._("Accounting")],
            "tz": tz,
        }

    @api.model
    def _figure(self, line, name, tz):
        """Return a figure of a technician as text; zeros are said."""
        if line._fields[name].type == "integer":
            return str(line[name])
        if name == "points":
            return f"{line.points:g}"
        if name == "amount":
            return format_amount(line.env, line.amount, line.currency_id)
        return self._cs_value(line, name, tz)
