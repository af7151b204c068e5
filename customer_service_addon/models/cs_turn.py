from odoo import fields, models


class CsTurn(models.Model):
    """One turn taken, missed or given back (H-02). Rows are only ever added.

    There is no pointer to "the next one" that parallel registrations would fight for: whose turn it is follows
    from the last rows.
    """

    _name = "cs.turn"
    _description = "Turn of a Team Member"
    _inherit = ["cs.guard.mixin"]
    _order = "id desc"
    _cs_server_fields = frozenset({"team_id", "user_id", "kind"})

    team_id = fields.Many2one("cs.team", required=True, readonly=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Person", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="team_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("taken", "Taken"), ("missed", "Missed"), ("given_back", "Given Back")], required=True, readonly=True
    )

    _last_taken_idx = models.Index("(team_id, id DESC) WHERE kind = 'taken'")
    _credit_idx = models.Index("(team_id, user_id) WHERE kind IN ('missed', 'given_back')")
