from odoo import fields, models
from odoo.exceptions import AccessError


class ResPartner(models.Model):
    _inherit = "res.partner"

    cs_portal_scope = fields.Selection(
        [("own", "Their Own Cases"), ("company", "All Cases of the Company")],
        "On the Portal They See",
        default="own",
        groups="base.group_user",
        help="Set on the company: what its people see on the portal.",
    )

    def write(self, vals):
        if "cs_portal_scope" in vals and not self.env["cs.case"]._is_supervisor():
            raise AccessError(
                self.env._("Who sees the cases of a whole company is decided by a customer service supervisor.")
            )
        return super().write(vals)
