from odoo import api, models


class LiaisonNotePrint(models.AbstractModel):
    """The internal liaison note on paper (内部联络单, S-03): figures, items, what customers were not satisfied with."""

    _name = "report.customer_service_addon.report_cs_liaison_note"
    _inherit = "cs.print.mixin"
    _description = "Printed Liaison Note"

    @api.model
    def _get_report_values(self, docids, data=None):
        notes = self.env["cs.liaison.note"].browse(docids).exists()
        notes.check_access("read")
        names = ("department_id", "receiver_id", "company_id", "counted_at", "sent_by_id", "sent_at")
        return {
            "doc_ids": docids,
            "docs": notes,
            "papers": [
                {
                    "note": note,
                    "tables": note._tables(),
                    "rows": self._cs_rows(note, names, note.company_id._cs_tz(), wide=("remark",)),
                    "acknowledged": self._cs_rows(
                        note, ("acknowledged_by_id", "acknowledged_at"), note.company_id._cs_tz()
                    ),
                    "signatures": [self.env._("Customer service"), self.env._("Department"), self.env._("Management")],
                }
                for note in notes
            ],
        }
