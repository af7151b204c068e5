from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

# What customers said of an order; further rooms add theirs with the opinions they bring.
OUTCOMES = [
    ("first", "Accepted at the First Inspection"),
    ("later", "Accepted in a Later Round"),
    ("partly", "Partly Done"),
    ("rejected", "Not Accepted"),
]


class CsIncentiveRule(models.Model):
    """How the incentive of repair teams is calculated (R-10): points per outcome, money per point, all of it data."""

    _name = "cs.incentive.rule"
    _description = "Incentive Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True, ondelete="restrict"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    point_ids = fields.One2many(
        "cs.incentive.point", "rule_id", "Points", copy=True, default=lambda self: self._default_point_ids()
    )
    amount_per_point = fields.Monetary(help="What a point is worth.")
    minimum_orders = fields.Integer(
        "Orders at Least", help="Who finished fewer orders in the period gets no incentive."
    )
    cap = fields.Monetary("At Most per Technician", help="0: without limit.")
    is_divided = fields.Boolean(
        "Divided Among the Technicians", default=True, help="Else each technician of an order gets its points in full."
    )

    _not_negative = models.Constraint(
        "CHECK(amount_per_point >= 0 AND minimum_orders >= 0 AND cap >= 0)",
        "Amounts and numbers of orders are not negative.",
    )

    @api.model
    def _default_point_ids(self):
        """Return a line per outcome, so that none is forgotten; the points are the manager's to say."""
        outcomes = self.env["cs.incentive.point"]._fields["outcome"].get_values(self.env)
        return [
            Command.create({"outcome": outcome, "sequence": 10 * place}) for place, outcome in enumerate(outcomes, 1)
        ]

    @api.constrains("point_ids")
    def _check_points(self):
        for rule in self:
            if not rule.point_ids:
                raise ValidationError(self.env._("%s: say how many points each outcome brings.", rule.name))

    def _points(self):
        """Return ``{outcome: points}``."""
        self.ensure_one()
        return {point.outcome: point.points for point in self.point_ids}

    def _amount(self, points, orders):
        """Return the incentive of a technician in the company's currency: never below zero, never above the cap."""
        self.ensure_one()
        if orders < self.minimum_orders:
            return 0.0
        amount = max(self.currency_id.round(points * self.amount_per_point), 0.0)
        return min(amount, self.cap) if self.cap else amount

    def _terms(self):
        """Return the figures of the rule as JSON, to be kept with what was calculated by them."""
        self.ensure_one()
        return {
            "rule": self.name,
            "points": self._points(),
            "amount_per_point": self.amount_per_point,
            "minimum_orders": self.minimum_orders,
            "cap": self.cap,
            "is_divided": self.is_divided,
        }


class CsIncentivePoint(models.Model):
    """The points an outcome brings, above or below zero."""

    _name = "cs.incentive.point"
    _description = "Points of an Outcome"
    _order = "rule_id, sequence, id"
    _rec_name = "outcome"

    rule_id = fields.Many2one("cs.incentive.rule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="rule_id.company_id", store=True, precompute=True)
    sequence = fields.Integer(default=10)
    outcome = fields.Selection(OUTCOMES, required=True)
    points = fields.Float(digits=(16, 2), required=True)

    _outcome_uniq = models.UniqueIndex("(rule_id, outcome)", "Each outcome has its points once.")
