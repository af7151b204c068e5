from odoo import api, fields, models
from odoo.tools import SQL


class CsTurn(models.Model):
    """One turn taken, missed or given back (H-02). Clients neither add nor change rows.

    There is no pointer to "the next one" that parallel registrations would fight for: whose turn it is follows
    from the last rows. The lasting proof of who got a case is its first ``cs.handover``; these rows are the
    memory of the rule, and what it no longer needs is cleared daily.
    """

    _name = "cs.turn"
    _description = "Turn of a Team Member"
    _inherit = ["cs.guard.mixin"]
    _order = "id desc"
    _log_access = False
    _cs_server_fields = frozenset({"team_id", "user_id", "company_id", "kind"})

    team_id = fields.Many2one("cs.team", required=True, readonly=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Person", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    kind = fields.Selection(
        [("taken", "Taken"), ("missed", "Missed"), ("given_back", "Given Back")], required=True, readonly=True
    )

    _last_taken_idx = models.Index("(team_id, id DESC) WHERE kind = 'taken'")
    _credit_idx = models.Index("(team_id, user_id) WHERE kind IN ('missed', 'given_back')")

    @api.autovacuum
    def _gc_spent_turns(self):
        """Keep each person's last turn and what is still to be given back, so that choosing costs the same always."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM cs_turn
                 WHERE id IN (
                       SELECT id
                         FROM (SELECT id, row_number() OVER (PARTITION BY team_id, user_id ORDER BY id DESC) AS age
                                 FROM cs_turn
                                WHERE kind = 'taken') AS taken
                        WHERE age > 1
                       UNION ALL
                       SELECT id
                         FROM (SELECT id, kind,
                                      row_number() OVER (PARTITION BY team_id, user_id, kind ORDER BY id) AS age,
                                      count(*) FILTER (WHERE kind = 'missed') OVER person AS missed,
                                      count(*) FILTER (WHERE kind = 'given_back') OVER person AS given_back
                                 FROM cs_turn
                                WHERE kind IN ('missed', 'given_back')
                               WINDOW person AS (PARTITION BY team_id, user_id)) AS settled
                        WHERE age <= least(missed, given_back))
                """
            )
        )
        self.invalidate_model(flush=False)
