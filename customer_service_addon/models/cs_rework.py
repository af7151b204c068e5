from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import html2plaintext
from odoo.tools.translate import LazyTranslate

from ..services.rework_steps import FINISHED, MILESTONES, NEXT_STATES

_lt = LazyTranslate(__name__)
STATE_LABELS = [
    ("draft", "To Be Dispatched"),
    ("dispatched", "Dispatched"),
    ("accepted", "Accepted"),
    ("working", "At Work"),
    ("done", "Done"),
    ("closed", "Closed"),
    ("cancelled", "Called Off"),
]
COST_CLASSES = [
    ("a", "A: Contractor's Warranty"),
    ("b", "B: Borne by the Company"),
    ("c", "C: Charged to the Customer"),
]
CONSENTS = [("signed", "Signed"), ("mail", "By Email"), ("portal", "On the Portal")]
# What a technician writes of his order; the rest is the desk's.
TECHNICIAN_FIELDS = {"work_note", "line_ids", "message_follower_ids", "activity_ids", "message_ids"}
# What was dispatched stays as it was told to those who do it.
FROZEN_WHEN_DISPATCHED = {"cost_class", "trade_ids", "executor", "technician_ids", "contractor_id", "agreed_amount"}


class CsRework(models.Model):
    """A repair order (工程派工单, R-02): what is repaired, by whom, at whose cost, by when, and the proof of it.

    It belongs to a case, whose number it bears; the customer follows the case. Several orders of a case are possible.
    """

    _name = "cs.rework"
    _description = "Repair Order"
    _inherit = [
        *("cs.guard.mixin", "cs.sla.mixin", "cs.signed.mixin", "cs.internal.thread", "cs.alarm.mixin", "hr.mixin"),
    ]
    _order = "planned_start, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, copy=False, index="trigram")
    case_id = fields.Many2one("cs.case", required=True, readonly=True, index=True, ondelete="restrict")
    complaint_id = fields.Many2one(
        "cs.complaint", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    subject = fields.Char(related="case_id.subject", store=True, precompute=True)
    customer_id = fields.Many2one(
        related="case_id.commercial_partner_id", store=True, string="Customer", index="btree_not_null"
    )
    object_ref = fields.Char(related="case_id.object_ref", string="Object")
    state = fields.Selection(
        STATE_LABELS, required=True, readonly=True, default="draft", copy=False, index=True, tracking=True
    )
    active = fields.Boolean(default=True, copy=False)

    # What
    place = fields.Char(help="Building, floor, room: where the work is done.")
    trade_ids = fields.Many2many("cs.trade", string="Trades")
    trade_count = fields.Integer(compute="_compute_trade_count", store=True, help="One trade or several (R-03).")
    task = fields.Html("What to Do", sanitize=True)
    work_note = fields.Html("What Was Done", sanitize=True, copy=False)

    # Who
    team_id = fields.Many2one("cs.team", index="btree_not_null", check_company=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", "Followed By", index="btree_not_null", tracking=True, domain=[("share", "=", False)]
    )
    executor = fields.Selection(
        [("team", "Own Repair Team"), ("contractor", "Contractor")], "Done By", required=True, default="team"
    )
    technician_ids = fields.Many2many("hr.employee", string="Technicians", check_company=True)
    technician_user_ids = fields.Many2many(
        "res.users", "cs_rework_technician_rel", compute="_compute_technician_user_ids", store=True
    )
    contractor_id = fields.Many2one("res.partner", index="btree_not_null", check_company=True)
    planned_start = fields.Datetime("Planned From")
    planned_end = fields.Datetime("Planned Until")

    # At whose cost
    cost_class = fields.Selection(COST_CLASSES, "Class", tracking=True, help="Who bears the cost (R-02).")
    agreed_amount = fields.Monetary("Agreed Price", help="Class C: what the customer agreed to before work began.")

    # Rounds
    round = fields.Integer(readonly=True, default=1, copy=False, aggregator=None)
    inspection_ids = fields.One2many("cs.inspection", "rework_id", "Inspections", copy=False)

    received_at = fields.Datetime("Registered On", required=True, readonly=True, copy=False, index=True)
    dispatched_at = fields.Datetime("Dispatched On", readonly=True, copy=False)
    accepted_at = fields.Datetime("Accepted On", readonly=True, copy=False)
    started_at = fields.Datetime("Started On", readonly=True, copy=False)
    done_at = fields.Datetime("Done On", readonly=True, copy=False)
    inspected_at = fields.Datetime("Inspected On", readonly=True, copy=False)
    closed_at = fields.Datetime("Closed On", readonly=True, copy=False)
    cancelled_at = fields.Datetime("Called Off On", readonly=True, copy=False)
    end_reason = fields.Char("Declined or Called Off Because", readonly=True, copy=False)

    can_dispatch = fields.Boolean(compute="_compute_can")
    can_accept = fields.Boolean(compute="_compute_can")
    can_start = fields.Boolean(compute="_compute_can")
    can_finish = fields.Boolean(compute="_compute_can")
    can_inspect = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_reopen = fields.Boolean(compute="_compute_can")

    _cs_server_fields = frozenset(
        {
            *("name", "case_id", "complaint_id", "state", "round", "inspection_ids", "received_at", "inspected_at"),
            *("end_reason", "technician_user_ids", "surveyed_at", *MILESTONES.values()),
        }
    )
    _sla_milestones = (
        ("surveyed", _lt("Surveyed"), "surveyed_at"),
        ("dispatched", _lt("Dispatched"), "dispatched_at"),
        ("accepted", _lt("Accepted by the Contractor"), "accepted_at"),
        ("started", _lt("Work Begun"), "started_at"),
        ("done", _lt("Work Done"), "done_at"),
        ("inspected", _lt("Inspected"), "inspected_at"),
        ("closed", _lt("Closed"), "closed_at"),
    )
    _sla_cancelled_field = "cancelled_at"
    _sla_finished_field = "closed_at"
    _sla_copied_fields = {
        "company_id": "company_id",
        "team_id": "team_id",
        "user_id": "user_id",
        "partner_id": "customer_id",
    }

    # What is signed: the price before the work (class C), the work after it.
    _signed_content = {
        "price": (("name", "cost_class", "agreed_amount", "trade_ids", "task"), {}),
        "completion": (
            ("name", "round", "place", "trade_ids", "work_note"),
            {"line_ids": ("kind", "name", "quantity", "product_id"), "photo_ids": ("kind", "name")},
        ),
    }
    _signed_papers = {
        "price": "customer_service_addon.cs_rework_quote_report",
        "completion": "customer_service_addon.cs_rework_completion_report",
    }

    _name_company_uniq = models.Constraint("UNIQUE(company_id, name)", "Two orders cannot have the same number.")
    _amount_positive = models.Constraint("CHECK(agreed_amount >= 0)", "A price cannot be negative.")
    _planned_order = models.Constraint(
        "CHECK(planned_end >= planned_start)", "The work ends before it begins. Correct the planned times."
    )
    _open_idx = models.Index("(planned_start, id) WHERE state NOT IN ('closed', 'cancelled')")

    @api.depends("trade_ids")
    def _compute_trade_count(self):
        for order in self:
            order.trade_count = len(order.trade_ids)

    @api.depends("technician_ids")
    def _compute_technician_user_ids(self):
        for order in self:
            # sudo: hr.employee - the users of the employees, whatever files the reader may open
            order.technician_user_ids = order.technician_ids.sudo().user_id

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for order in self:
            order.display_name = " ".join(filter(None, (order.name, order.subject)))

    @api.depends("state", "executor", "technician_user_ids")
    @api.depends_context("uid")
    def _compute_can(self):
        desk, user = self._is_desk(), self.env.user
        for order in self:
            following = NEXT_STATES[order.state]
            works = desk or user in order.technician_user_ids
            order.can_dispatch = desk and "dispatched" in following
            order.can_accept = desk and order.executor == "contractor" and "accepted" in following
            order.can_start = works and order._may_begin()
            order.can_finish = works and "done" in following
            order.can_inspect = desk and order.state == "done"
            order.can_cancel = desk and "cancelled" in following
            order.can_reopen = desk and order.state == "cancelled"

    @api.constrains("executor", "contractor_id", "technician_ids", "state")
    def _check_executor(self):
        for order in self:
            if order.state in ("draft", "cancelled"):
                continue
            if not (order.contractor_id if order.executor == "contractor" else order.technician_ids):
                raise ValidationError(self.env._("%(order)s: name who does the work.", order=order.name))

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Orders are opened from their case; clients create none, so that each has its number (I-02)."""
        if not self._cs_is_server():
            raise UserError(self.env._("Open a repair order from its case: it belongs to the case's number (I-02)."))
        return super().create(vals_list)

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_may_write(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A repair order is kept. Call it off with its reason instead."))

    def _ensure_may_write(self, vals):
        self.check_access("write")
        desk = self._is_desk()
        for order in self:
            if order.state in FINISHED and set(vals) - {"active", "message_follower_ids"}:
                raise UserError(self.env._("%(order)s is finished and stays as it is.", order=order.name))
            if order.state not in ("draft", "cancelled") and FROZEN_WHEN_DISPATCHED.intersection(vals):
                raise UserError(
                    self.env._(
                        "%(order)s is dispatched. Withdraw it before you change who does what.", order=order.name
                    )
                )
            if not desk and set(vals) - TECHNICIAN_FIELDS:
                raise AccessError(
                    self.env._("%(order)s: you write what was done; the rest is customer service's.", order=order.name)
                )

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    @api.model
    def _is_desk(self):
        return self.env.su or self.env.user.has_group("customer_service_addon.group_cs_agent")

    def _may_begin(self):
        """Work begins with the dispatch, for a contractor with his acceptance."""
        self.ensure_one()
        return self.state == ("accepted" if self.executor == "contractor" else "dispatched")

    def _is_empty(self, name):
        value = self[name]
        return not html2plaintext(value or "").strip() if self._fields[name].type == "html" else not value

    def _ensure_filled(self, *names):
        """Raise UserError naming the fields of ``names`` that say nothing."""
        self.ensure_one()
        empty = [name for name in names if self._is_empty(name)]
        if empty:
            raise UserError(
                self.env._(
                    "%(order)s: fill in %(fields)s first.",
                    order=self.name,
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in empty),
                )
            )

    def _sla_calendar(self):
        return self.team_id.resource_calendar_id or super()._sla_calendar()

    def _sla_is_left_out(self, code):
        """Only a contractor accepts; the own team is told."""
        return code == "accepted" and self.executor != "contractor"
