from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    cs_member_ids = fields.One2many("cs.team.member", "user_id", "Customer Service Teams")
