from odoo import api, fields, models
from odoo.tools import SQL


class ResCompany(models.Model):
    """The figures of return visits, and the numbers of those that belong to no case."""

    _inherit = "res.company"

    cs_visit_quiet_days = fields.Integer(
        "Not Asked Twice Within (Days)",
        default=14,
        help="Whatever the plans say, no customer is planned again within so many days. 0: no limit.",
    )
    cs_call_from = fields.Float("Customers Are Called From", default=9.0, help="In the customer's own time.")
    cs_call_to = fields.Float("Customers Are Called Until", default=18.0, help="In the customer's own time.")
    cs_visit_claim_minutes = fields.Integer(
        "A Call Is Held For (Minutes)", default=15, help="So long no colleague is offered the customer one is calling."
    )
    cs_satisfaction_goal = fields.Float(
        "Goal of Satisfaction (%)", default=90.0, help="What departments are measured against (S-02)."
    )
    cs_index_own_only = fields.Boolean(
        "Index of Customers' Own Answers Only",
        help="Answers that colleagues recorded during a talk are shown beside the index and not counted in it.",
    )

    _cs_call_window = models.Constraint(
        "CHECK(cs_call_from >= 0 AND cs_call_to <= 24 AND cs_call_from < cs_call_to)",
        "Calls begin before they end, within one day.",
    )
    _cs_visit_figures = models.Constraint(
        "CHECK(cs_visit_quiet_days >= 0 AND cs_visit_claim_minutes > 0 AND cs_satisfaction_goal BETWEEN 0 AND 100)",
        "Days and minutes cannot be negative, and a goal lies between 0 and 100 %.",
    )

    @api.model
    def _cs_preset_settings(self):
        return super()._cs_preset_settings() | {
            *("cs_visit_quiet_days", "cs_call_from", "cs_call_to", "cs_satisfaction_goal"),
        }

    def _cs_visit_numbers(self, count):
        """Draw ``count`` numbers of visits without a case (list of str) in one query; gaps are allowed (I-02)."""
        self.ensure_one()
        # sudo: ir.sequence - planning a visit draws a number, whoever plans it
        sequences_sudo = self.env["ir.sequence"].sudo()
        domain = [("code", "=", "cs.return.visit"), ("company_id", "=", self.id)]
        sequence_sudo = sequences_sudo.search(domain, limit=1)
        if not sequence_sudo:
            # Two who draw the very first number collide here; the second begins anew and finds the sequence.
            self.env.execute_query(
                SQL("UPDATE res_company SET write_date = write_date WHERE id = %s RETURNING id", self.id)
            )
        sequence_sudo = sequence_sudo or sequences_sudo.create(
            {
                "name": self.env._("Return visits of %(company)s", company=self.sudo().name),
                "code": "cs.return.visit",
                "prefix": "RV-",
                "padding": 6,
                "implementation": "standard",
                "company_id": self.id,
            }
        )
        prefix, suffix = sequence_sudo._get_prefix_suffix()
        return [f"{prefix}{number:0{sequence_sudo.padding}d}{suffix}" for number in sequence_sudo._cs_draw(count)]
