from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..services.coverage_match import is_within, prefixes, reference_key

# A change of these may change which period holds for an order and what it proposes.
_DECIDING = {"partner_id", "order_ref", "object_ref", "date_from", "date_to", "trade_ids", "contractor_id", "active"}


class CsCoverage(models.Model):
    """A free service period (R-12): for whom or what, from when to when, which trades, and who has to repair.

    Whatever is filled in of customer, contract and object has to fit. It proposes class and contractor of orders.
    """

    _name = "cs.coverage"
    _description = "Free Service Period"
    _inherit = ["cs.guard.mixin", "cs.internal.thread"]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True, copy=False)
    partner_id = fields.Many2one(
        "res.partner", "Customer", index="btree_not_null", check_company=True, ondelete="restrict", tracking=True
    )
    order_ref = fields.Char("Contract or Project", tracking=True, help="As it is written in the cases.")
    object_ref = fields.Char(
        "Object",
        tracking=True,
        help="A unit, serial number … or what its reference begins with: “Building 3” contains “Building 3-1202”. "
        "Empty: all objects of the customer or contract.",
    )
    order_key = fields.Char(compute="_compute_keys", store=True, index="btree_not_null")
    object_key = fields.Char(compute="_compute_keys", store=True, index="btree_not_null")
    date_from = fields.Date("From", required=True, tracking=True)
    date_to = fields.Date("To", required=True, tracking=True)
    trade_ids = fields.Many2many("cs.trade", string="Trades", check_company=True, help="Empty: all.")
    contractor_id = fields.Many2one(
        "res.partner",
        "Repaired By",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="The contractor whose warranty it is: his orders are class A. Empty: the own company bears it, class B.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    fee = fields.Monetary(
        "Fee Afterwards",
        tracking=True,
        help="What a repair or upgrade costs the customer when the period is over (R-12).",
    )
    note = fields.Text("What Is Covered")
    state = fields.Selection(
        [("coming", "Not Begun"), ("running", "Running"), ("over", "Over")],
        "Status",
        compute="_compute_state",
        search="_search_state",
    )
    ends_soon = fields.Boolean(compute="_compute_state", search="_search_ends_soon")
    rework_count = fields.Integer("Repair Orders", compute="_compute_rework_count")

    _period = models.Constraint("CHECK(date_to >= date_from)", "A free service period ends after it begins.")
    _fee_positive = models.Constraint("CHECK(fee >= 0)", "A fee cannot be negative.")

    @api.depends("order_ref", "object_ref")
    def _compute_keys(self):
        for coverage in self:
            coverage.order_key = reference_key(coverage.order_ref) or False
            coverage.object_key = reference_key(coverage.object_ref) or False

    @api.depends("date_from", "date_to", "company_id.cs_coverage_warning_days")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for coverage in self:
            began = bool(coverage.date_from) and coverage.date_from <= today
            ended = bool(coverage.date_to) and coverage.date_to < today
            coverage.state = "over" if ended else "running" if began else "coming"
            # sudo: res.company - a figure of the settings
            days = coverage.company_id.sudo().cs_coverage_warning_days
            coverage.ends_soon = coverage.state == "running" and coverage.date_to <= today + timedelta(days=days)

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        of_state = {
            "coming": Domain("date_from", ">", today) & Domain("date_to", ">=", today),
            "running": Domain("date_from", "<=", today) & Domain("date_to", ">=", today),
            "over": Domain("date_to", "<", today),
        }
        return Domain.OR(of_state[state] for state in value if state in of_state)

    def _search_ends_soon(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        today = fields.Date.context_today(self)
        running = Domain("date_from", "<=", today) & Domain("date_to", ">=", today)
        return running & Domain.OR(
            # sudo: res.company - a figure of the settings
            Domain("company_id", "=", company.id)
            & Domain("date_to", "<=", today + timedelta(days=company.sudo().cs_coverage_warning_days))
            for company in self.env.companies
        )

    def _compute_rework_count(self):
        counts = dict(
            self.env["cs.rework"]._read_group([("coverage_id", "in", self.ids)], ["coverage_id"], ["__count"])
        )
        for coverage in self:
            coverage.rework_count = counts.get(coverage, 0)

    @api.depends("partner_id", "order_ref", "object_ref", "date_to")
    def _compute_display_name(self):
        for coverage in self:
            # sudo: res.partner - the name of the customer, as on the screen
            parts = (coverage.partner_id.sudo().name, coverage.order_ref, coverage.object_ref)
            name = " / ".join(filter(None, parts))
            until = format_date(coverage.env, coverage.date_to) if coverage.date_to else ""
            coverage.display_name = f"{name} ({until})" if until else name

    @api.constrains("partner_id", "order_ref", "object_ref")
    def _check_says_for_what(self):
        for coverage in self:
            if not (coverage.partner_id or coverage.order_key or coverage.object_key):
                raise ValidationError(
                    self.env._("Say for which customer, contract or object the free service is (R-12).")
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """The customer is the company as a whole, whichever of its people is chosen."""
        coverages = super().create([self._with_entity(vals) for vals in vals_list])
        coverages._propose_to_drafts()
        return coverages

    def write(self, vals):
        result = super().write(self._with_entity(vals))
        if _DECIDING.intersection(vals):
            self._propose_to_drafts()
        return result

    def _propose_to_drafts(self):
        """A period that is entered or corrected later counts for the orders that are not dispatched yet."""
        # sudo: cs.rework - the proposal follows from the facts, whoever may read the orders
        orders_sudo = self.env["cs.rework"].sudo()
        domain = [("state", "=", "draft"), ("company_id", "in", self.company_id.ids)]
        orders_sudo.search(domain)._propose_coverage()

    def _with_entity(self, vals):
        if not vals.get("partner_id"):
            return vals
        return vals | {"partner_id": self.env["res.partner"].browse(vals["partner_id"]).commercial_partner_id.id}

    def action_view_reworks(self):
        """Open the repair orders this period proposed a class for."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_rework_action")
        return action | {"domain": [("coverage_id", "=", self.id)], "context": {}}

    # ------------------------------------------------------------------
    # Lookup
    # ------------------------------------------------------------------

    @api.model
    def _lookup(self, demands):
        """Return ``[(coverage, class), ...]`` for ``demands``, in one query however many they are.

        A demand is a dict of ``company`` (id), ``partner`` (id of the commercial entity or False), ``order_ref``,
        ``object_ref``, ``trades`` (ids) and ``day`` (date). The class is ``"a"``, ``"b"``, ``"c"`` or False; the most
        specific period counts, object before contract before customer, then the one that began last (R-12).
        """
        found = self._candidates(demands)
        return [self._choose(found, demand) for demand in demands]

    def _candidates(self, demands):
        if not demands:
            return self.browse()
        objects = {prefix for demand in demands for prefix in prefixes(reference_key(demand["object_ref"]))}
        orders = {reference_key(demand["order_ref"]) for demand in demands}
        # sudo: cs.coverage - the proposal is made whoever opens the order; what he may not read he is not shown
        coverages_sudo = self.sudo().with_context(active_test=True)
        return coverages_sudo.search(
            [
                ("company_id", "in", [*{demand["company"] for demand in demands}]),
                ("date_from", "<=", max(demand["day"] for demand in demands)),
                ("partner_id", "in", [False, *{demand["partner"] for demand in demands if demand["partner"]}]),
                ("order_key", "in", [False, *filter(None, orders)]),
                ("object_key", "in", [False, *objects]),
            ]
        )

    def _choose(self, found, demand):
        fitting = found.filtered(lambda coverage: coverage._fits(demand)).sorted(
            key=lambda coverage: (
                *(len(coverage.object_key or ""), bool(coverage.order_key), bool(coverage.partner_id)),
                *(coverage.date_from, coverage.id),
            ),
            reverse=True,
        )
        holding = fitting.filtered(lambda coverage: coverage.date_to >= demand["day"])[:1]
        if holding:
            return holding, "a" if holding.contractor_id else "b"
        return fitting[:1], "c" if fitting else False

    def _fits(self, demand):
        """Return whether the period is about what is demanded and had begun; it may be over."""
        self.ensure_one()
        trades = set(demand["trades"])
        return (
            self.company_id.id == demand["company"]
            and self.date_from <= demand["day"]
            and (not self.partner_id or self.partner_id.id == demand["partner"])
            and (not self.order_key or self.order_key == reference_key(demand["order_ref"]))
            and (not self.object_key or is_within(self.object_key, reference_key(demand["object_ref"])))
            and (not self.trade_ids or (trades and trades <= set(self.trade_ids.ids)))
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_coverage_warning_days = fields.Integer("Free Service Ends Soon: Days Before", default=30)
