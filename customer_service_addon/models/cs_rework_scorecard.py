from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .cs_rework import COST_CLASSES


class CsLiability(models.Model):
    _inherit = "cs.liability"

    was_contested = fields.Boolean(
        "Once Contested",
        readonly=True,
        copy=False,
        help="Stays when the objection is settled: the scorecard counts it.",
    )

    def write(self, vals):
        """Remember that somebody objected, whatever comes after it."""
        if "was_contested" in vals and not self._cs_is_server():
            raise AccessError(self.env._("Whether a liability was contested is written by the system."))
        if vals.get("state") == "contested":
            vals = {**vals, "was_contested": True}
        return super().write(vals)


class CsReworkReport(models.Model):
    """One row per order that left the desk: was it right the first time, how long did who does the work need."""

    _name = "cs.rework.report"
    _description = "Repair Figures"
    _auto = False
    _rec_name = "rework_id"
    _order = "received_at desc, id desc"
    _depends = {
        "cs.rework": ["state", "round", "cost_total", "executor", "contractor_id", "team_id", "cost_class"],
        "cs.inspection": ["result", "round"],
        "cs.rework.time": ["hours", "party"],
    }

    rework_id = fields.Many2one("cs.rework", "Repair Order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("cs.team", readonly=True)
    executor = fields.Selection([("team", "Own Repair Team"), ("contractor", "Contractor")], "Done By", readonly=True)
    contractor_id = fields.Many2one("res.partner", readonly=True)
    cost_class = fields.Selection(COST_CLASSES, "Class", readonly=True)
    received_at = fields.Datetime("Registered On", readonly=True)
    rounds = fields.Integer(readonly=True, aggregator="avg")
    first_fix = fields.Float(
        "First-Fix Rate (%)",
        readonly=True,
        aggregator="avg",
        help="100 where the first inspection accepted the work, 0 where not; what is not inspected does not count.",
    )
    own_hours = fields.Float(
        "Time of Who Does the Work (Working Hours)",
        readonly=True,
        aggregator="avg",
        help="Contractor or own team, from dispatch to done, waiting for parts or the customer left out.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    cost_total = fields.Monetary("Cost", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT r.id, r.id AS rework_id, r.company_id, r.team_id, r.executor, r.cost_class, r.received_at,
                   r.round AS rounds, r.cost_total, c.currency_id,
                   CASE WHEN r.executor = 'contractor' THEN r.contractor_id END AS contractor_id,
                   CASE WHEN i.result = 'accepted' THEN 100.0 WHEN i.result IS NOT NULL THEN 0.0 END AS first_fix,
                   t.own_hours
              FROM cs_rework r
              JOIN res_company c ON c.id = r.company_id
              LEFT JOIN LATERAL (
                   SELECT result FROM cs_inspection WHERE rework_id = r.id AND round = 1 ORDER BY id LIMIT 1
              ) i ON TRUE
              LEFT JOIN LATERAL (
                   SELECT sum(hours) AS own_hours FROM cs_rework_time
                    WHERE rework_id = r.id AND party IN ('contractor', 'technician')
              ) t ON TRUE
             WHERE r.state NOT IN ('draft', 'cancelled')
            """
        )

    def action_open_record(self):
        """Open the order of the row."""
        self.ensure_one()
        return self.rework_id._form_action()


class CsContractorScorecard(models.Model):
    """A contractor's figures in a company: what he takes, how fast, how well, at what cost (R-04)."""

    _name = "cs.contractor.scorecard"
    _description = "Contractor Scorecard"
    _auto = False
    _rec_name = "contractor_id"
    _order = "offers desc, id"
    _depends = {
        "cs.rework.offer": ["outcome", "answer_hours", "contractor_id"],
        "cs.rework": ["state", "cost_total", "contractor_id", "executor"],
        "cs.inspection": ["result", "round"],
        "cs.rework.time": ["hours", "party", "breaches"],
        "cs.liability": ["was_contested"],
    }

    contractor_id = fields.Many2one("res.partner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    offers = fields.Integer(readonly=True, help="How often an order was given to him.")
    accepted = fields.Integer(readonly=True)
    declined = fields.Integer(readonly=True)
    expired = fields.Integer("Not Answered", readonly=True)
    acceptance_rate = fields.Float("Accepted (%)", readonly=True, aggregator="avg")
    answer_hours = fields.Float("Accepts After (Working Hours)", readonly=True, aggregator="avg")
    orders = fields.Integer(readonly=True, help="Orders he has now or has done.")
    own_hours = fields.Float(
        "Own Time per Order (Working Hours)",
        readonly=True,
        aggregator="avg",
        help="What the deadlines of an order took of his time: until he accepted and until it was done.",
    )
    breaches = fields.Integer("Breaches Charged", readonly=True, help="Missed deadlines he used the most time of.")
    first_fix = fields.Float("First-Fix Rate (%)", readonly=True, aggregator="avg")
    objections = fields.Integer(readonly=True, help="Liabilities of his orders that were contested.")
    cost_total = fields.Monetary("Cost", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT o.id, o.contractor_id, o.company_id, c.currency_id, o.offers, o.accepted, o.declined, o.expired,
                   CASE WHEN o.answered > 0 THEN 100.0 * o.accepted / o.answered END AS acceptance_rate,
                   o.answer_hours, COALESCE(f.orders, 0) AS orders, f.own_hours, f.first_fix,
                   COALESCE(f.cost_total, 0) AS cost_total, COALESCE(b.breaches, 0) AS breaches,
                   COALESCE(l.objections, 0) AS objections
              FROM (
                   SELECT min(id) AS id, contractor_id, company_id, count(*) AS offers,
                          count(*) FILTER (WHERE outcome = 'accepted') AS accepted,
                          count(*) FILTER (WHERE outcome = 'declined') AS declined,
                          count(*) FILTER (WHERE outcome = 'expired') AS expired,
                          count(*) FILTER (WHERE outcome IN ('accepted', 'declined', 'expired')) AS answered,
                          avg(answer_hours) FILTER (WHERE outcome = 'accepted') AS answer_hours
                     FROM cs_rework_offer
                    GROUP BY contractor_id, company_id
              ) o
              JOIN res_company c ON c.id = o.company_id
              LEFT JOIN (
                   SELECT contractor_id, company_id, count(*) AS orders, avg(own_hours) AS own_hours,
                          avg(first_fix) AS first_fix, sum(cost_total) AS cost_total
                     FROM (%(figures)s) figures
                    WHERE contractor_id IS NOT NULL
                    GROUP BY contractor_id, company_id
              ) f ON f.contractor_id = o.contractor_id AND f.company_id = o.company_id
              LEFT JOIN (
                   SELECT contractor_id, company_id, sum(breaches) AS breaches
                     FROM cs_rework_time
                    WHERE party = 'contractor'
                    GROUP BY contractor_id, company_id
              ) b ON b.contractor_id = o.contractor_id AND b.company_id = o.company_id
              LEFT JOIN (
                   SELECT r.contractor_id, r.company_id, count(*) AS objections
                     FROM cs_liability w JOIN cs_rework r ON r.id = w.rework_id
                    WHERE w.was_contested AND r.executor = 'contractor'
                    GROUP BY r.contractor_id, r.company_id
              ) l ON l.contractor_id = o.contractor_id AND l.company_id = o.company_id
            """,
            figures=self.env["cs.rework.report"]._table_query,
        )

    def action_open_offers(self):
        """Open what was given to the contractor."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_rework_offer_action")
        return action | {
            "domain": [("contractor_id", "=", self.contractor_id.id), ("company_id", "=", self.company_id.id)]
        }
