from collections import Counter, defaultdict
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import date_utils

from ..services.working_time import utc_midnight
from .cs_incentive_rule import OUTCOMES

INCENTIVE_STATES = [("draft", "Draft"), ("submitted", "To Be Approved"), ("approved", "Approved")]
NEXT_INCENTIVE_STATES = {"draft": ("submitted",), "submitted": ("approved", "draft"), "approved": ()}


class CsIncentive(models.Model):
    """The incentive of repair teams at the end of a quarter or year (R-10), from the customers' opinions on the orders.

    The sheet is calculated as a draft, submitted, and approved by another one. It keeps the orders and the figures of
    the rule it was calculated by, and what was submitted does not change with them.
    """

    _name = "cs.incentive"
    _description = "Incentive Sheet"
    _inherit = ["cs.guard.mixin", "cs.internal.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char("Sheet", compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True, ondelete="restrict"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    rule_id = fields.Many2one(
        "cs.incentive.rule",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self.env["cs.incentive.rule"].search([("company_id", "=", self.env.company.id)], limit=1),
    )
    team_id = fields.Many2one(
        "cs.team", index="btree_not_null", check_company=True, ondelete="restrict", help="Empty: of all teams."
    )
    kind = fields.Selection([("quarter", "Quarter"), ("year", "Year")], "Period", required=True, default="quarter")
    date_from = fields.Date("From", required=True, default=lambda self: self._default_date_from())
    date_to = fields.Date("To", compute="_compute_date_to", store=True, precompute=True)
    state = fields.Selection(
        INCENTIVE_STATES, "Status", required=True, readonly=True, default="draft", copy=False, index=True, tracking=True
    )
    line_ids = fields.One2many("cs.incentive.line", "sheet_id", "Technicians", readonly=True, copy=False)
    total = fields.Monetary("Total Incentive", compute="_compute_total", store=True)
    snapshot = fields.Json("Orders and Rule", readonly=True, copy=False)
    calculated_at = fields.Datetime("Calculated On", readonly=True, copy=False)
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    submitted_at = fields.Datetime("Submitted On", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime("Approved On", readonly=True, copy=False)
    can_approve = fields.Boolean(compute="_compute_can_approve")

    _cs_server_fields = frozenset(
        {
            *("state", "line_ids", "total", "snapshot", "calculated_at", "submitted_by_id", "submitted_at"),
            *("approved_by_id", "approved_at", "date_to"),
        }
    )

    @api.model
    def _default_date_from(self):
        """Return the first day of the quarter that has ended."""
        this = date_utils.start_of(fields.Date.context_today(self), "quarter")
        return date_utils.start_of(this - timedelta(1), "quarter")

    @api.depends("kind", "date_from")
    def _compute_date_to(self):
        for sheet in self:
            sheet.date_to = sheet.date_from and date_utils.end_of(sheet.date_from, sheet.kind or "quarter")

    @api.depends("kind", "date_from", "team_id")
    def _compute_name(self):
        for sheet in self:
            day = sheet.date_from
            period = f"{day.year}" + (f" Q{(day.month + 2) // 3}" if sheet.kind == "quarter" else "") if day else ""
            sheet.name = " ".join(filter(None, (period, sheet.team_id.name)))

    @api.depends("name")
    def _compute_display_name(self):
        for sheet in self:
            sheet.display_name = sheet.name

    @api.depends("line_ids.amount")
    def _compute_total(self):
        for sheet in self:
            sheet.total = sum(sheet.line_ids.mapped("amount"))

    @api.depends("state", "submitted_by_id")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        for sheet in self:
            sheet.can_approve = sheet.state == "submitted" and sheet._may_approve()

    @api.onchange("kind", "date_from")
    def _onchange_period(self):
        for sheet in self.filtered("date_from"):
            sheet.date_from = date_utils.start_of(sheet.date_from, sheet.kind or "quarter")

    @api.constrains("kind", "date_from", "team_id", "rule_id", "company_id")
    def _check_period(self):
        for sheet in self:
            if sheet.date_from != date_utils.start_of(sheet.date_from, sheet.kind):
                raise ValidationError(self.env._("The period begins with the first day of its quarter or year."))
            others = self.sudo().search(
                [
                    ("id", "!=", sheet.id),
                    ("rule_id", "=", sheet.rule_id.id),
                    ("date_from", "<=", sheet.date_to),
                    ("date_to", ">=", sheet.date_from),
                ]
            )
            for other in others:
                if not other.team_id or not sheet.team_id or other.team_id == sheet.team_id:
                    raise ValidationError(
                        self.env._("%s covers these orders already; nobody is paid for them twice.", other.name)
                    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    def write(self, vals):
        if not self._cs_is_server() and set(vals) - {"message_follower_ids", "activity_ids", "message_ids"}:
            self._ensure_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_draft(self):
        self._ensure_draft()

    def _ensure_draft(self):
        for sheet in self:
            if sheet.state != "draft":
                raise UserError(self.env._("%s was submitted and stays as it is.", sheet.name))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_calculate(self):
        """Calculate the lines from the opinions of the period; what stood there is replaced."""
        self.check_access("write")
        self._ensure_draft()
        for sheet in self:
            sheet._calculate()

    def action_submit(self):
        """Calculate once more and ask for the approval. Raises UserError before the period ends or without orders."""
        self.check_access("write")
        self._ensure_draft()
        for sheet in self:
            if sheet.date_to >= fields.Date.context_today(sheet):
                raise UserError(self.env._("%s: the period is not over.", sheet.name))
            sheet._calculate()
            if not sheet.line_ids:
                raise UserError(self.env._("%s: no order was finished in the period.", sheet.name))
        self._go_to("submitted", submitted_by_id=self.env.uid, submitted_at=fields.Datetime.now())

    def action_approve(self):
        """Approve the figures as they were submitted; by a manager who did not submit them."""
        self._ensure_approves()
        self._go_to("approved", approved_by_id=self.env.uid, approved_at=fields.Datetime.now())

    def action_send_back(self):
        """Send the sheet back to be calculated again."""
        self._ensure_approves()
        self._go_to("draft", submitted_by_id=False, submitted_at=False)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _may_approve(self):
        self.ensure_one()
        user = self.env.user
        return user != self.submitted_by_id and user.has_group("customer_service_addon.group_cs_manager")

    def _ensure_approves(self):
        self.check_access("write")
        for sheet in self:
            if not sheet._may_approve():
                raise AccessError(self.env._("%s is approved by a manager who did not submit it.", sheet.name))

    def _go_to(self, state, **values):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for sheet in self:
            if state not in NEXT_INCENTIVE_STATES[sheet.state]:
                raise UserError(
                    self.env._(
                        "%(sheet)s is “%(old)s” and cannot become “%(new)s”.",
                        sheet=sheet.name,
                        old=labels[sheet.state],
                        new=labels[state],
                    )
                )
        self._cs_as_server().write({"state": state, **values})

    def _orders(self):
        """Return the orders of the own team that were closed in the days of the company's period (in sudo)."""
        self.ensure_one()
        zone = pytz.timezone(self.company_id._cs_tz())
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "closed"),
            ("executor", "=", "team"),
            ("closed_at", ">=", utc_midnight(self.date_from, zone)),
            ("closed_at", "<", utc_midnight(self.date_to + timedelta(1), zone)),
        ]
        if self.team_id:
            domain.append(("team_id", "=", self.team_id.id))
        # sudo: cs.rework - the incentive counts every order of the team, also what the supervisor does not see
        return self.env["cs.rework"].sudo().with_context(active_test=False).search(domain, order="closed_at, id")

    def _opinions(self, orders):
        """Return ``{order: [outcome, …]}``: what the customers said of the ``orders``.

        From the inspections: one outcome per inspection. Rooms that ask customers afterwards (return visits) extend
        this with outcomes of their own, which they add to the selection ``outcome`` of ``cs.incentive.point``.
        """
        opinions = defaultdict(list)
        for inspection in orders.inspection_ids.sorted("id"):
            outcome = inspection.result
            if outcome == "accepted":
                outcome = "first" if inspection.round == 1 else "later"
            opinions[inspection.rework_id].append(outcome)
        return opinions

    def _calculate(self):
        """Replace the lines and keep the orders and the terms they come from."""
        orders = self._orders()
        opinions, terms = self._opinions(orders), self.rule_id._terms()
        totals, details = defaultdict(Counter), []
        for order in orders:
            points = sum(terms["points"].get(outcome, 0.0) for outcome in opinions[order])
            crew = order.technician_ids
            share = points / len(crew) if crew and terms["is_divided"] else points
            for technician in crew:
                totals[technician.id].update(opinions[order])
                totals[technician.id].update({"orders": 1, "points": share})
            details.append([order.name, ", ".join(crew.mapped("name")), opinions[order], points])
        lines = [self._line_values(technician, total) for technician, total in totals.items()]
        # sudo: cs.incentive.line - nobody but the system writes it; calculating was checked
        sheet_sudo = self.sudo()._cs_as_server()
        sheet_sudo.line_ids.unlink()
        self.env["cs.incentive.line"].sudo().create(lines)
        sheet_sudo.write({"snapshot": {"terms": terms, "orders": details}, "calculated_at": fields.Datetime.now()})

    def _line_values(self, technician_id, total):
        points = round(total["points"], 4)
        return {
            "sheet_id": self.id,
            "technician_id": technician_id,
            "order_count": total["orders"],
            "first_count": total["first"],
            "later_count": total["later"],
            "partly_count": total["partly"],
            "rejected_count": total["rejected"],
            "points": points,
            "amount": self.rule_id._amount(points, total["orders"]),
        }

    def _printed_terms(self):
        """Return the rule's figures the sheet was calculated by as ``[(label, text)]``."""
        self.ensure_one()
        terms = (self.snapshot or {}).get("terms")
        if not terms:
            return []
        outcomes = dict(self.env["cs.incentive.point"]._fields["outcome"]._description_selection(self.env))
        rule, money = self.env["cs.incentive.rule"], self.currency_id.format
        label = self.env["cs.print.mixin"]._cs_label
        rows = [(outcomes.get(code, code), f"{points:g}") for code, points in terms["points"].items()]
        rows.append((label(rule, "amount_per_point"), money(terms["amount_per_point"])))
        rows.append((label(rule, "minimum_orders"), str(terms["minimum_orders"])))
        rows.append((label(rule, "cap"), money(terms["cap"]) if terms["cap"] else self.env._("without limit")))
        return rows

    def _printed_orders(self):
        """Return the orders the sheet was calculated from as rows of text."""
        self.ensure_one()
        outcomes = dict(self.env["cs.incentive.point"]._fields["outcome"]._description_selection(self.env))
        return [
            [number, crew, ", ".join(outcomes.get(code, code) for code in said), f"{points:g}"]
            for number, crew, said, points in (self.snapshot or {}).get("orders", [])
        ]


class CsIncentiveLine(models.Model):
    """What one technician gets, and from what."""

    _name = "cs.incentive.line"
    _description = "Incentive of a Technician"
    _inherit = ["hr.mixin"]
    _order = "sheet_id, points desc, id"
    _rec_name = "technician_id"

    sheet_id = fields.Many2one("cs.incentive", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="sheet_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="sheet_id.currency_id")
    team_id = fields.Many2one(related="sheet_id.team_id")
    date_from = fields.Date(related="sheet_id.date_from", store=True, precompute=True, string="From")
    state = fields.Selection(related="sheet_id.state", store=True, string="Status")
    technician_id = fields.Many2one("hr.employee", required=True, index=True, ondelete="restrict")
    order_count = fields.Integer("Orders")
    first_count = fields.Integer(OUTCOMES[0][1])
    later_count = fields.Integer(OUTCOMES[1][1])
    partly_count = fields.Integer(OUTCOMES[2][1])
    rejected_count = fields.Integer(OUTCOMES[3][1])
    points = fields.Float(digits=(16, 2))
    amount = fields.Monetary("Incentive")

    _technician_uniq = models.UniqueIndex("(sheet_id, technician_id)", "Each technician is on a sheet once.")
