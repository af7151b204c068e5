from odoo import fields, models
from odoo.tools import SQL

from .cs_case_stage import MEANINGS
from .cs_case_type import KINDS


class CsCaseAnalysis(models.Model):
    """One row per case, ready for pivots: what came in, how long it took, how old the unfinished ones are (P-03).

    Ages and durations are elapsed time (days and hours of the clock, not working time). The rows carry the
    columns of the case that the record rules need, so nobody counts what he may not see.
    """

    _name = "cs.case.analysis"
    _description = "Case Analysis"
    _auto = False
    _rec_name = "name"
    _order = "received_at desc"
    _depends = {
        "cs.case": [
            "name",
            "company_id",
            "active",
            "received_at",
            "first_answered_at",
            "solved_at",
            "meaning",
            "reopen_count",
            "is_incident",
        ]
    }

    name = fields.Char("Number", readonly=True)
    case_id = fields.Many2one("cs.case", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    received_at = fields.Datetime(readonly=True)
    type_id = fields.Many2one("cs.case.type", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    category_id = fields.Many2one("cs.category", readonly=True)
    channel_id = fields.Many2one("cs.channel", readonly=True)
    stage_id = fields.Many2one("cs.case.stage", readonly=True)
    meaning = fields.Selection(MEANINGS, readonly=True)
    team_id = fields.Many2one("cs.team", readonly=True)
    user_id = fields.Many2one("res.users", "Owner", readonly=True)
    pending_user_id = fields.Many2one("res.users", "To Be Accepted By", readonly=True)
    first_contact_id = fields.Many2one("res.users", readonly=True)
    department_id = fields.Many2one("hr.department", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    is_incident = fields.Boolean("Incident", readonly=True)
    open_age = fields.Float("Open Age (Days)", readonly=True, aggregator="avg", help="Of unfinished cases, until now.")
    answer_hours = fields.Float("Hours to First Answer", readonly=True, aggregator="avg")
    solve_hours = fields.Float("Hours to Solution", readonly=True, aggregator="avg")
    reopen_count = fields.Integer("Reopened", readonly=True)
    late_promise_count = fields.Integer("Promises Overdue", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT c.id, c.id AS case_id, c.name, c.company_id, c.received_at, c.type_id, t.kind, c.category_id,
                   c.channel_id, c.stage_id, c.meaning, c.team_id, c.user_id, c.pending_user_id, c.first_contact_id,
                   c.department_id, c.commercial_partner_id, c.product_id, c.is_incident, c.reopen_count,
                   CASE WHEN c.meaning IN ('new', 'open', 'waiting')
                        THEN EXTRACT(EPOCH FROM %(now)s::timestamp - c.received_at) / 86400 END AS open_age,
                   EXTRACT(EPOCH FROM c.first_answered_at - c.received_at) / 3600 AS answer_hours,
                   CASE WHEN c.meaning IN ('solved', 'closed')
                        THEN EXTRACT(EPOCH FROM c.solved_at - c.received_at) / 3600 END AS solve_hours,
                   (c.next_promise_at < %(now)s::timestamp)::int AS late_promise_count
              FROM cs_case c
              JOIN cs_case_type t ON t.id = c.type_id
             WHERE c.active
            """,
            now=fields.Datetime.now(),
        )
