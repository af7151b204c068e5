from collections import Counter

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .cs_rework import COST_CLASSES, STATE_LABELS


class CsCase(models.Model):
    """What happened to the same object before (R-11), found by the key its reference is recognised by."""

    _inherit = "cs.case"

    object_order_count = fields.Integer("Orders of the Object", compute="_compute_object_counts")
    object_case_count = fields.Integer("Cases of the Object", compute="_compute_object_counts")

    @api.depends("object_key", "company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_object_counts(self):
        """Count what the reader may see; other files of the object are not his."""
        cases, orders = self._object_counts()
        for case in self:
            place = (case.company_id.id, case.object_key)
            case.object_case_count = max(cases.get(place, 0) - 1, 0)
            case.object_order_count = orders.get(place, 0)

    def _object_counts(self):
        """Return ``{(company id, key): count}`` of the cases and of the orders of the objects that the reader sees."""
        # sudo: cs.case - the keys of the objects; what is counted is what the reader may read
        domain = self.sudo()._object_domain()
        may_read = {name: self.env[name].has_access("read") for name in ("cs.case", "cs.rework")}
        cases, orders = {}, Counter()
        if may_read["cs.case"]:
            groups = self.env["cs.case"]._read_group(domain, ["company_id", "object_key"], ["__count"])
            cases = {(company.id, key): count for company, key, count in groups}
        if may_read["cs.rework"]:
            seen = self.env["cs.rework"].search_fetch(self._orders_of(domain), ["case_id"])
            of_orders = (order_sudo.case_id for order_sudo in seen.sudo())
            orders.update((case_sudo.company_id.id, case_sudo.object_key) for case_sudo in of_orders)
        return cases, orders

    def _object_domain(self):
        """Return the domain of all cases of the objects of ``self``."""
        keys = [key for key in set(self.mapped("object_key")) if key]
        return Domain("object_key", "in", keys) & Domain("company_id", "in", self.company_id.ids)

    @api.model
    def _orders_of(self, domain):
        """Return the domain of the orders of the cases of ``domain``, whoever may read the cases."""
        # sudo: cs.case - a technician sees orders of his, and no cases
        return Domain("case_id", "in", self.env["cs.case"].sudo().search(domain).ids)

    def action_view_object_orders(self):
        """List the repair orders of the same object."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_rework_action")
        return action | {"domain": list(self._orders_of(self._object_domain())), "context": {}}

    def action_view_object_cases(self):
        """List the cases of the same object."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_case_action")
        return action | {"domain": list(self._object_domain()), "context": {}}

    def _object_history(self):
        """Return ``(cases, orders)`` of the object that the user may read, the oldest first."""
        self.ensure_one()
        if not self.object_key:
            return self, self.rework_ids
        domain = self._object_domain()
        orders = self.env["cs.rework"].search(self._orders_of(domain), order="received_at, id")
        return self.env["cs.case"].search(domain, order="received_at, id"), orders


class CsRework(models.Model):
    _inherit = "cs.rework"

    product_id = fields.Many2one(related="case_id.product_id")
    object_order_count = fields.Integer("Orders of the Object", compute="_compute_object_counts")
    object_case_count = fields.Integer("Cases of the Object", compute="_compute_object_counts")

    @api.depends("case_id.object_key")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_object_counts(self):
        """As in the case: the other orders and the cases of the object that the reader may see."""
        # sudo: cs.case - the key of the object, also for technicians who read no cases
        cases, orders = self.sudo().case_id.sudo(False)._object_counts()
        for order, order_sudo in zip(self, self.sudo(), strict=True):
            place = (order_sudo.case_id.company_id.id, order_sudo.case_id.object_key)
            order.object_order_count = max(orders.get(place, 0) - 1, 0)
            order.object_case_count = cases.get(place, 0)

    def action_view_object_orders(self):
        """List the repair orders of the same object."""
        self.ensure_one()
        self.check_access("read")
        # sudo: cs.case - the key of the object; what is listed is what the user may read
        domain = self.env["cs.case"]._orders_of(self.sudo().case_id._object_domain())
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_rework_action")
        return action | {"domain": list(domain), "context": {}}

    def action_view_object_cases(self):
        """List the cases of the same object."""
        self.ensure_one()
        return self.case_id.action_view_object_cases()


class CsDefectReport(models.Model):
    """Common defects (R-11): one row per order and trade, ready for pivots.

    An order of several trades is counted once: its rows share it, and its costs go to the trade they are entered for,
    else in equal parts. The rows carry the columns that the record rules need, so nobody counts what he may not see.
    """

    _name = "cs.defect.report"
    _description = "Common Defects"
    _auto = False
    _rec_name = "rework_id"
    _order = "received_at desc, id desc"
    _depends = {
        "cs.rework": ["case_id", "state", "trade_ids", "trade_count", "round", "received_at", "cost_class", "team_id"],
        "cs.rework.line": ["amount", "trade_id", "rework_id"],
        "cs.case": ["category_id", "product_id", "object_ref"],
        "cs.complaint": ["cause_id", "case_id"],
    }

    rework_id = fields.Many2one("cs.rework", "Repair Order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    team_id = fields.Many2one("cs.team", readonly=True)
    user_id = fields.Many2one("res.users", "Followed By", readonly=True)
    customer_id = fields.Many2one("res.partner", readonly=True)
    contractor_id = fields.Many2one("res.partner", readonly=True)
    state = fields.Selection(STATE_LABELS, "Status", readonly=True)
    cost_class = fields.Selection(COST_CLASSES, "Class", readonly=True)
    received_at = fields.Datetime("Registered On", readonly=True)
    trade_id = fields.Many2one("cs.trade", readonly=True)
    category_id = fields.Many2one("cs.category", readonly=True)
    cause_id = fields.Many2one("cs.cause", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    object_ref = fields.Char("Object", readonly=True)
    project = fields.Char("Project or Building", readonly=True, help="What stands before the last part of the object.")
    order_count = fields.Float("Orders", readonly=True, digits=(16, 2))
    round = fields.Integer("Rounds", readonly=True, aggregator="avg")
    cost = fields.Monetary(readonly=True, aggregator="sum")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT (o.id::bigint << 16) + COALESCE(t.cs_trade_id, 0) AS id, o.id AS rework_id, o.company_id, o.team_id,
                   o.user_id, o.customer_id, o.contractor_id, o.state, o.cost_class, o.received_at, o.round,
                   t.cs_trade_id AS trade_id, c.category_id, cause.cause_id, c.product_id, c.object_ref,
                   TRIM(CASE WHEN c.object_ref ~ '[-/# ]' THEN REGEXP_REPLACE(c.object_ref, '[-/# ]+[^-/# ]*$', '')
                        ELSE SUBSTRING(c.object_ref FROM '^[^0-9]+') END) AS project,
                   1.0 / GREATEST(o.trade_count, 1) AS order_count, COALESCE(costs.cost, 0) AS cost
              FROM cs_rework o
              JOIN cs_case c ON c.id = o.case_id
         LEFT JOIN cs_rework_cs_trade_rel t ON t.cs_rework_id = o.id
         LEFT JOIN LATERAL (
                   SELECT p.cause_id FROM cs_complaint p
                    WHERE p.case_id = o.case_id AND p.cause_id IS NOT NULL
                 ORDER BY p.id = o.complaint_id DESC NULLS LAST, p.id LIMIT 1) cause ON TRUE
         LEFT JOIN LATERAL (
                   SELECT SUM(CASE WHEN l.trade_id = t.cs_trade_id THEN l.amount
                                   WHEN l.trade_id IS NULL OR NOT EXISTS (
                                        SELECT 1 FROM cs_rework_cs_trade_rel r
                                         WHERE r.cs_rework_id = o.id AND r.cs_trade_id = l.trade_id)
                                   THEN l.amount / GREATEST(o.trade_count, 1)
                                   ELSE 0 END) AS cost
                     FROM cs_rework_line l WHERE l.rework_id = o.id) costs ON TRUE
            """
        )
