from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..services.rework_steps import FINISHED


class CsReworkLine(models.Model):
    """What an order cost: labour, material, travel and third parties, per trade and round (R-05, R-07).

    ``estimated_amount`` is what was expected, ``amount`` what it came to, both in the currency of the company.
    """

    _name = "cs.rework.line"
    _description = "Cost of a Repair Order"
    _inherit = ["hr.mixin"]
    _order = "rework_id, sequence, id"

    sequence = fields.Integer(default=10)
    rework_id = fields.Many2one("cs.rework", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("labour", "Labour"), ("material", "Material"), ("travel", "Travel"), ("third", "Third Party")],
        required=True,
        default="material",
    )
    trade_id = fields.Many2one("cs.trade", index="btree_not_null", ondelete="restrict")
    round = fields.Integer(
        compute="_compute_round", store=True, readonly=False, precompute=True, required=True, aggregator=None
    )
    name = fields.Char("What", required=True)
    employee_id = fields.Many2one("hr.employee", index="btree_not_null", ondelete="restrict")
    product_id = fields.Many2one("product.product", "Material", index="btree_not_null", ondelete="restrict")
    quantity = fields.Float("Quantity or Hours", default=1.0, digits="Product Unit")
    unit_cost = fields.Float(
        digits="Product Price", compute="_compute_unit_cost", store=True, readonly=False, precompute=True
    )
    amount = fields.Monetary("Cost", compute="_compute_amount", store=True, precompute=True)
    estimated_amount = fields.Monetary("Estimate")
    by_contractor = fields.Boolean(readonly=True, help="Reported by the contractor on the portal.")

    _quantity_positive = models.Constraint(
        "CHECK(quantity >= 0 AND unit_cost >= 0 AND estimated_amount >= 0)", "Quantities and costs are not negative."
    )

    @api.depends("rework_id")
    def _compute_round(self):
        for line in self:
            line.round = line.rework_id.round or 1

    @api.depends("kind", "employee_id", "product_id")
    def _compute_unit_cost(self):
        for line in self:
            if line.kind == "labour" and line.employee_id:
                # sudo: hr.employee - the hour's cost is the line's, the employee's file stays closed
                line.unit_cost = line.employee_id.sudo().hourly_cost
            elif line.kind == "material" and line.product_id:
                # sudo: product.product - technicians choose material and do not read its costs
                line.unit_cost = line.product_id.sudo().with_company(line.company_id).standard_price
            else:
                line.unit_cost = line.unit_cost or 0.0

    @api.depends("quantity", "unit_cost")
    def _compute_amount(self):
        for line in self:
            currency = line.currency_id or line.env.company.currency_id
            line.amount = currency.round(line.quantity * line.unit_cost)

    @api.onchange("employee_id", "product_id")
    def _onchange_what(self):
        for line in self:
            line.name = line.name or line.product_id.display_name or line.employee_id.name

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._ensure_may_change()
        return lines

    def write(self, vals):
        self._ensure_may_change()
        result = super().write(vals)
        if "rework_id" in vals:
            self._ensure_may_change()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_while_open(self):
        self._ensure_may_change()

    def _ensure_may_change(self):
        """Raise unless every order may still get costs from the user: finished or settled ones get none."""
        for order in self.rework_id:
            if order.state in FINISHED:
                raise UserError(
                    self.env._("%(order)s is finished; its costs stay as they are settled.", order=order.name)
                )
            if not order._is_desk() and self.env.user not in order.technician_user_ids:
                raise AccessError(self.env._("%(order)s is not yours.", order=order.name))


class CsRework(models.Model):
    _inherit = "cs.rework"

    line_ids = fields.One2many("cs.rework.line", "rework_id", "Costs", copy=False)
    cost_total = fields.Monetary("Cost", compute="_compute_cost_total", store=True)
    estimate_total = fields.Monetary("Estimate", compute="_compute_cost_total", store=True)

    @api.depends("line_ids.amount", "line_ids.estimated_amount")
    def _compute_cost_total(self):
        for order in self:
            order.cost_total = sum(order.line_ids.mapped("amount"))
            order.estimate_total = sum(order.line_ids.mapped("estimated_amount"))
