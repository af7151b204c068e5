from odoo import api, models
from odoo.tools import is_html_empty


class DefectSummaryPrint(models.AbstractModel):
    """The common defects of a year on paper (R-11): counts, shares and costs with bars, and the conclusions."""

    _name = "report.customer_service_addon.report_cs_defect_summary"
    _inherit = "cs.print.mixin"
    _description = "Printed Common Defects"

    @api.model
    def _get_report_values(self, docids, data=None):
        summaries = self.env["cs.defect.summary"].browse(docids).exists()
        summaries.check_access("read")
        return {
            "doc_ids": docids,
            "docs": summaries,
            "papers": [
                {
                    "summary": summary,
                    "tables": summary._tables(),
                    "facts": [
                        (self._cs_label(summary, name), self._cs_value(summary, name, summary.company_id._cs_tz()))
                        for name in ("company_id", "team_id", "order_count", "cost", "counted_at")
                    ],
                    "conclusion": False if is_html_empty(summary.conclusion) else summary.conclusion,
                }
                for summary in summaries
            ],
        }
