from odoo import api, fields, models
from odoo.tools import SQL

from .cs_sla_clock import OUTCOMES


class CsSlaReport(models.Model):
    """One row per clock that counts: deadlines kept and missed, how far over, by team, policy and month (P-03, P-04).

    A kept deadline counts on the day its milestone was reached, a missed one on the day it was missed, running clocks
    included: neither day ever changes. Days are those of the company's time zone, whoever looks. Clocks that were
    cancelled or are open in time do not count. Hours are those of the clock's own time, working or not.
    """

    _name = "cs.sla.report"
    _description = "Deadlines Kept"
    _auto = False
    _rec_name = "clock_id"
    _order = "decided_on desc, id desc"
    _depends = {
        "cs.sla.clock": ["outcome", "run_state", "missed_at", "reached_at", "overrun_s", "consumed_s"],
        "resource.calendar": ["tz"],
        "res.partner": ["tz"],
        "res.company": ["resource_calendar_id"],
    }

    clock_id = fields.Many2one("cs.sla.clock", readonly=True)
    record_name = fields.Char(related="clock_id.record_name", string="Record")
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("cs.team", readonly=True)
    user_id = fields.Many2one("res.users", "Responsible", readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer Entity", readonly=True)
    policy_id = fields.Many2one("cs.sla.policy", readonly=True)
    target_id = fields.Many2one("cs.sla.target", "SLA Target", readonly=True)
    milestone = fields.Selection("_selection_milestone", readonly=True)
    round = fields.Integer(readonly=True, aggregator=None)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    decided_on = fields.Date(
        "Kept or Missed On", readonly=True, help="The day it was reached or missed, in the company's time zone."
    )
    deadline = fields.Datetime(readonly=True)
    kept = fields.Float("Share Kept", readonly=True, aggregator="avg")
    missed_count = fields.Integer("Missed", readonly=True)
    overrun_hours = fields.Float(
        "Overrun (Hours)", readonly=True, aggregator="avg", help="Of missed deadlines reached since, on average."
    )
    used_hours = fields.Float("Used (Hours)", readonly=True, aggregator="avg", help="Of what was reached, on average.")

    @api.model
    def _selection_milestone(self):
        return self.env["cs.sla.target"]._selection_milestone()

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT k.id, k.id AS clock_id, k.company_id, k.team_id, k.user_id, k.department_id, k.partner_id,
                   k.policy_id, k.target_id, k.milestone, k.round, k.outcome, k.deadline,
                   (COALESCE(k.missed_at, k.reached_at, k.deadline) AT TIME ZONE 'UTC'
                       AT TIME ZONE COALESCE(h.tz, p.tz, 'UTC'))::date AS decided_on,
                   CASE WHEN k.outcome = 'met' THEN 1.0 ELSE 0.0 END AS kept,
                   CASE WHEN k.outcome = 'missed' THEN 1 ELSE 0 END AS missed_count,
                   CASE WHEN k.outcome = 'missed' AND k.run_state = 'ended' THEN k.overrun_s / 3600.0
                   END AS overrun_hours,
                   CASE WHEN k.run_state = 'ended' THEN k.consumed_s / 3600.0 END AS used_hours
              FROM cs_sla_clock k
              JOIN res_company c ON c.id = k.company_id
              JOIN res_partner p ON p.id = c.partner_id
              LEFT JOIN resource_calendar h ON h.id = c.resource_calendar_id
             WHERE k.outcome IN ('met', 'missed')
            """
        )

    def action_open_record(self):
        """Open the record of the row."""
        self.ensure_one()
        return self.clock_id.action_open_record()
