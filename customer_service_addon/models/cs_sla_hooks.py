"""Changes of working hours outside calendars: a team or company that is put on another one."""

from odoo import models


class CsTeam(models.Model):
    _inherit = "cs.team"

    def write(self, vals):
        former = {team: team.resource_calendar_id for team in self}
        result = super().write(vals)
        self.env["cs.sla.recompute"]._queue(
            [
                {"kind": "team", "team_id": team.id, "reason": team.name}
                for team in self
                if team.resource_calendar_id != former[team]
            ]
        )
        return result


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        former = {company: company.resource_calendar_id for company in self}
        result = super().write(vals)
        self.env["cs.sla.recompute"]._queue(
            [
                {"kind": "company", "company_id": company.id, "reason": company.name}
                for company in self
                if company.resource_calendar_id != former[company]
            ]
        )
        return result
