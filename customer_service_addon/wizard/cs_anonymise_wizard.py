import base64
import json

from odoo import fields, models


class CsAnonymiseWizard(models.TransientModel):
    """Ask why a person's data is taken out of cases. It cannot be undone."""

    _name = "cs.anonymise.wizard"
    _description = "Anonymise Cases"

    case_ids = fields.Many2many("cs.case", string="Cases", required=True)
    reason = fields.Char(required=True, help="Is kept on the case: write no name.")

    def action_confirm(self):
        """Anonymise every case, or none: AccessError or UserError when one may not be."""
        self.ensure_one()
        self.case_ids._anonymise(self.reason)


class CsPersonExport(models.TransientModel):
    """The file with one person's cases; it is gone with the next clean-up."""

    _name = "cs.person.export"
    _description = "Export of a Person's Cases"

    partner_id = fields.Many2one("res.partner", required=True, readonly=True, ondelete="cascade")
    file = fields.Binary(attachment=False, readonly=True)

    def _download(self):
        """Fill the file and return the action that downloads it."""
        self.ensure_one()
        partner = self.partner_id
        content = {
            "name": partner.name,
            "email": partner.email or "",
            "phone": partner.phone or "",
            "exported_at": fields.Datetime.to_string(fields.Datetime.now()),
            "cases": partner._cs_personal_cases()._person_data(),
        }
        text = json.dumps(content, ensure_ascii=False, indent=2)
        self.file = base64.b64encode(text.encode())
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/cases-{partner.id}.json?download=true",
            "target": "download",
        }
