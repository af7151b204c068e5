"""Changes of working hours outside calendars: a team or company that is put on another one."""

from odoo import models


class CsTeam(models.Model):
    _inherit = "cs.team"

    def write(self, vals):
        moved = self.filtered(lambda team: team.resource_calendar_id.id != (vals.get("resource_calendar_id") or False))
        result = super().write(vals)
        if "resource_calendar_id" in vals:
            self.env["cs.sla.recompute"]._queue(
                [{"kind": "team", "team_id": team.id, "reason": team.name} for team in moved]
            )
        return result


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        moved = self.filtered(
            lambda company: company.resource_calendar_id.id != (vals.get("resource_calendar_id") or False)
        )
        result = super().write(vals)
        if "resource_calendar_id" in vals:
            self.env["cs.sla.recompute"]._queue(
                [{"kind": "company", "company_id": company.id, "reason": company.name} for company in moved]
            )
        return result
