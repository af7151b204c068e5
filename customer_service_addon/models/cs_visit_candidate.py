from odoo import api, fields, models
from odoo.tools import SQL

OUTCOMES = [
    ("visit", "Is Visited"),
    ("already", "Visited for This Already"),
    ("recent", "Visited Recently"),
    ("opt_out", "Does Not Want to Be Asked"),
    ("with_sales", "Handed to Sales"),
    ("debtor", "Owes Money"),
    ("no_contact", "No Phone or Email"),
    ("sample", "Not Drawn"),
    ("failed", "Could Not Be Planned"),
]
# What was looked at or planned so long ago is cleared.
KEPT_DAYS = 30


class CsVisitCandidate(models.Model):
    """A customer and an event that a plan found: whether he is visited, and why or why not (V-02).

    The rows of a preview are only looked at; the others are the queue that the job plans visits from. They are
    written by ``cs_visit_finder`` in SQL and never by clients.
    """

    _name = "cs.visit.candidate"
    _description = "Customer Found for a Visit Plan"
    _order = "due_from, id"
    _log_access = False
    _rec_name = "partner_id"

    plan_id = fields.Many2one("cs.visit.plan", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    run = fields.Char(readonly=True, help="What was found together.")
    found_at = fields.Datetime("Found On", readonly=True)
    is_preview = fields.Boolean(readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, ondelete="cascade")
    commercial_partner_id = fields.Many2one(
        "res.partner", "Customer Entity", required=True, readonly=True, ondelete="cascade"
    )
    class_id = fields.Many2one(related="commercial_partner_id.cs_class_id")
    event_key = fields.Char("Event", required=True, readonly=True, help="Source record or period.")
    event_at = fields.Datetime("Happened On", readonly=True)
    due_from = fields.Datetime(readonly=True)
    why = fields.Char("Reason", readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    done = fields.Boolean("Planned", readonly=True)
    error = fields.Char("Could Not Be Planned Because", readonly=True)

    _queue_idx = models.Index("(plan_id, due_from, id) WHERE NOT done AND NOT is_preview AND outcome = 'visit'")

    def action_view_partner(self):
        """Open the file of the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }

    @api.autovacuum
    def _gc_candidates(self):
        """Clear previews and what was planned long ago; what still waits in the queue stays."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM cs_visit_candidate
                 WHERE (is_preview OR done) AND found_at < %s
                """,
                fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS),
            )
        )
        self.invalidate_model(flush=False)
