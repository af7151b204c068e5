from odoo import api, fields, models
from odoo.exceptions import UserError


class CsServicePlanGenerate(models.TransientModel):
    """Generate the plans of a period for the customers of a kind (R-12)."""

    _name = "cs.service.plan.generate"
    _description = "Generate Service Plans"

    template_id = fields.Many2one("cs.service.plan.template", required=True)
    date_from = fields.Date(
        "From", required=True, default=lambda self: self.env["cs.service.plan"]._default_date_from()
    )
    date_to = fields.Date("To", required=True, default=lambda self: self.env["cs.service.plan"]._default_date_to())
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", compute="_compute_partner_ids", store=True, readonly=False
    )

    @api.depends("template_id")
    def _compute_partner_ids(self):
        for wizard in self:
            wizard.partner_ids = wizard.template_id and wizard.template_id._customers()

    def action_generate(self):
        """Create the plans that are missing and show them.

        Raises UserError without customers, or when all of them have their plan; AccessError for agents.
        """
        self.ensure_one()
        if self.date_to < self.date_from:
            raise UserError(self.env._("The period ends before it begins."))
        if not self.partner_ids:
            raise UserError(self.env._("No customer is of the kind the template is for. Choose customers."))
        partners = self.partner_ids.commercial_partner_id
        plans = self.template_id._generate(partners, self.date_from, self.date_to)
        if not plans:
            raise UserError(self.env._("All these customers have their plan of this period already."))
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_service_plan_action")
        return action | {"domain": [("id", "in", plans.ids)], "context": {}}


class CsServicePlanSkip(models.TransientModel):
    """Why a planned service is left out."""

    _name = "cs.service.plan.skip"
    _description = "Skip Planned Services"

    row_ids = fields.Many2many("cs.service.plan.row", string="Services", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Skip the services with the reason."""
        self.ensure_one()
        self.row_ids._skip(self.reason)
