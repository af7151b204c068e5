import pytz

from odoo import api, fields, models

from ..services.visit_times import may_be_called

ROLES = "customer_service_addon.group_cs_agent"


class ResPartner(models.Model):
    """How a customer is visited: his class, when he may be called, and whether he wants it at all."""

    _inherit = "res.partner"

    cs_class_id = fields.Many2one("cs.partner.class", "Customer Class", index="btree_not_null", ondelete="restrict")
    cs_registered_on = fields.Date(
        "Registered On", help="When the customer was registered (备案, F-02). No expenses are paid for others (V-06)."
    )
    cs_no_visits = fields.Boolean("Does Not Want to Be Asked", help="No plan visits this customer any more.")
    cs_no_visits_reason = fields.Char("Why Not Asked")
    cs_with_sales = fields.Boolean("Handed to Sales", help="Sales looks after this customer itself (V-01).")
    cs_call_from = fields.Float("Best Called From", help="In the customer's own time. 0 to 0: as the company says.")
    cs_call_to = fields.Float("Best Called Until")
    cs_visit_ids = fields.One2many("cs.return.visit", "commercial_partner_id", "Return Visits", groups=ROLES)
    cs_visit_count = fields.Integer("Number of Return Visits", compute="_compute_cs_visit_count", groups=ROLES)

    _cs_call_window = models.Constraint(
        "CHECK(COALESCE(cs_call_from, 0) >= 0 AND COALESCE(cs_call_to, 0) <= 24 "
        "AND COALESCE(cs_call_from, 0) <= COALESCE(cs_call_to, 0))",
        "The best time to call begins before it ends, within one day.",
    )

    @api.depends("cs_visit_ids")
    def _compute_cs_visit_count(self):
        """Count the visits the reader may see, of the whole company for a person."""
        counts = dict(
            self.env["cs.return.visit"]._read_group(
                [("commercial_partner_id", "in", self.commercial_partner_id.ids)],
                ["commercial_partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.cs_visit_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_cs_visits(self):
        """Open the return visits of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_return_visit_action")
        entity = self.commercial_partner_id
        return action | {
            "domain": [("commercial_partner_id", "=", entity.id)],
            "context": {"default_partner_id": self.id},
        }

    def _cs_zone(self):
        """Return the pytz zone the customer lives in: his own, else the company's calendar's, else UTC."""
        self.ensure_one()
        calendar_sudo = self.env.company.sudo().resource_calendar_id
        return pytz.timezone(self.tz or self.commercial_partner_id.tz or calendar_sudo.tz or "UTC")

    def _cs_call_window(self, company):
        """Return ``(from, until)`` in hours of the customer's own day within which he may be called."""
        self.ensure_one()
        for partner in (self, self.commercial_partner_id):
            if partner.cs_call_to:
                return partner.cs_call_from, partner.cs_call_to
        return company.cs_call_from, company.cs_call_to

    def _cs_may_be_called(self, company, moment):
        """Return whether ``moment`` (naive UTC) lies within the hours at which the customer may be called."""
        return may_be_called(moment, self._cs_zone(), self._cs_call_window(company))
