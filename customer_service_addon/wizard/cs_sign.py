from odoo import fields, models
from odoo.exceptions import UserError

from ..models.cs_signature import HOW, ROLES


class CsSign(models.TransientModel):
    """The dialog in which somebody on the spot signs: drawn on the screen, or the name typed."""

    _name = "cs.sign"
    _description = "Sign"

    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference("Document", model_field="res_model", required=True)
    topic = fields.Char(required=True)
    role = fields.Selection(ROLES, "Signs As", required=True, default="customer")
    signer_name = fields.Char("Name", required=True)
    how = fields.Selection([row for row in HOW if row[0] not in ("portal", "login")], required=True, default="tablet")
    image = fields.Image("Signature", max_width=1024, max_height=512)

    def action_confirm(self):
        """Sign. Raises AccessError for whoever may not write the document."""
        self.ensure_one()
        model = self.env.registry.get(self.res_model)
        if model is None or "signature_ids" not in model._fields:
            raise UserError(self.env._("There is nothing to sign here."))
        record = self.env[self.res_model].browse(self.res_id).exists()
        record._ensure_may_sign(self.topic, self.role)
        record._sign(self.topic, self.role, self.signer_name, self.how, self.image)
