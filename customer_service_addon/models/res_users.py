from odoo import SUPERUSER_ID, fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    cs_member_ids = fields.One2many("cs.team.member", "user_id", "Customer Service Teams")

    def _is_human(self):
        """OdooBot owns nothing."""
        return self.id != SUPERUSER_ID

    def _cs_may_own(self, company):
        """Whether the person can work on cases of ``company``: an active agent, or more, who has that company."""
        self.ensure_one()
        # sudo: res.users - portal customers and colleagues have cases assigned without reading users' settings
        user_sudo = self.sudo()
        return (
            user_sudo.active
            and user_sudo._is_human()
            and company in user_sudo.company_ids
            and user_sudo.has_group("customer_service_addon.group_cs_agent")
        )
