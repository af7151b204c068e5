from odoo import api, fields, models

from ..models.cs_feature import FEATURES


class CsSettings(models.TransientModel):
    """Which parts of the product are shown. They hold for all companies of the database."""

    _inherit = "cs.settings"

    cs_coverage_warning_days = fields.Integer(
        "Free Service Ends Soon: Days Before", help="Free service periods that end within so many days are listed."
    )
    cs_plan_lead_days = fields.Integer(
        "Open Planned Services Ahead (Days)", help="So many days before its date the order of a service plan is opened."
    )
    cs_joint_months = fields.Integer(
        "Joint Handling (Months)",
        help="Implementation and service work together so long before service takes over (R-13).",
    )
    feature_complaint = fields.Boolean("Complaints")
    feature_rework = fields.Boolean(
        "Repair Orders", help="With free service periods, service plans and hand-overs from implementation."
    )
    feature_retention = fields.Boolean("Retention and Imprest")
    feature_visit = fields.Boolean("Return Visits")
    feature_laboratory = fields.Boolean("Laboratory", help="Appeals against test reports and blind re-tests.")

    _contracts_positive = models.Constraint(
        "CHECK(cs_coverage_warning_days >= 0 AND cs_plan_lead_days >= 0 AND cs_joint_months >= 0)",
        "Days and months cannot be negative.",
    )

    @api.model
    def default_get(self, fields):
        """Return the figures and switches that the form shows."""
        values = super().default_get(fields)
        enabled = self.env["cs.feature"]._enabled()
        return values | {f"feature_{name}": name in enabled for name in FEATURES if f"feature_{name}" in fields}

    def action_save(self):
        """Write figures and switches; the page is loaded again when a switch changes what is shown."""
        result = super().action_save()
        changed = self.env["cs.feature"]._switch({name for name in FEATURES if self[f"feature_{name}"]})
        return {"type": "ir.actions.client", "tag": "reload"} if changed else result
