from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..services.visit_steps import FINISHED, MILESTONES, NEXT_STATES, OPEN, SATISFIED, worst
from .cs_visit_purpose import METHODS

_lt = LazyTranslate(__name__)
STATE_LABELS = [
    ("planned", "To Be Asked"),
    ("agreed", "Appointment"),
    ("answered", "Visit Made"),
    ("reported", "Reported"),
    ("closed", "Closed"),
    ("unreachable", "Unreachable"),
    ("declined", "Declined"),
    ("cancelled", "Called Off"),
]
RESULTS = [
    ("very", "Very Satisfied"),
    ("fairly", "Fairly Satisfied"),
    ("basically", "Basically Satisfied"),
    ("not", "Not Satisfied"),
]
# What is fixed once the customer was asked.
FROZEN_WHEN_ASKED = {"purpose_id", "method", "partner_id", "is_control", "appointment_start", "appointment_end"}
# What decides whether somebody may ask about what he did himself: it is not his to change.
FROZEN_FOR_SERVED = {"purpose_id", "is_control"}
# What may still be written on a finished visit.
FREE_WHEN_FINISHED = {"active", "paper_ids", "message_follower_ids", "activity_ids", "message_ids", "color"}


class CsReturnVisit(models.Model):
    """One customer who is asked afterwards (客户回访): planned, called, answered, reported, reviewed.

    It may belong to what was done for him, a repair order, complaint or case, or stand alone. Other concerns live
    beside this file: ``cs_visit_new`` (what new ones get), ``cs_visit_flow`` (steps), ``cs_visit_attempt`` (tries),
    ``cs_visit_answer`` (answers), ``cs_visit_follow_up`` (not satisfied), ``cs_visit_queue`` and ``cs_visit_script``
    (the talk), ``cs_visit_link`` (the customer's own answers) and ``cs_visit_plan`` (who is asked when).
    """

    _name = "cs.return.visit"
    _description = "Return Visit"
    _inherit = ["cs.guard.mixin", "cs.sla.mixin", "cs.internal.thread", "cs.alarm.mixin", "cs.batch.followers"]
    _order = "next_at, id"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, copy=False, index="trigram", default="/")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True, copy=False)
    state = fields.Selection(
        STATE_LABELS, "Status", required=True, readonly=True, default="planned", copy=False, index=True, tracking=True
    )

    # Why and whom
    purpose_id = fields.Many2one(
        "cs.visit.purpose",
        "Purpose of the Visit",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    plan_id = fields.Many2one("cs.visit.plan", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")
    why = fields.Char("Reason", readonly=True, copy=False, help="What the visit was planned for.")
    event_key = fields.Char("Event", readonly=True, copy=False, help="Source record or period, unique per plan.")
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, check_company=True, tracking=True, ondelete="restrict"
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, string="Customer Entity"
    )
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    class_id = fields.Many2one(
        "cs.partner.class", "Customer Class", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    class_rank = fields.Integer(readonly=True, copy=False, aggregator=None)
    is_control = fields.Boolean("Control Visit", help="Asked by somebody else than who served the customer (V-01).")

    # What was done for him
    case_id = fields.Many2one("cs.case", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")
    complaint_id = fields.Many2one(
        "cs.complaint", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    rework_id = fields.Many2one("cs.rework", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")
    department_id = fields.Many2one(
        "hr.department", "Served by Department", index="btree_not_null", check_company=True, ondelete="restrict"
    )
    served_user_ids = fields.Many2many("res.users", "cs_return_visit_served_rel", string="Served By", readonly=True)

    # Who asks, how and when
    method = fields.Selection(METHODS, required=True, default="phone", tracking=True)
    team_id = fields.Many2one("cs.team", index="btree_not_null", check_company=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", "Visited By", index="btree_not_null", tracking=True, domain=[("share", "=", False)], copy=False
    )
    due_from = fields.Datetime(index=True, required=True, default=fields.Datetime.now)
    next_at = fields.Datetime("Next Try", readonly=True, copy=False)
    appointment_start = fields.Datetime("Appointment", copy=False, tracking=True)
    appointment_end = fields.Datetime("Appointment Until", copy=False)
    appointment_state = fields.Selection(
        [("proposed", "Proposed to the Customer"), ("wanted", "Proposed by the Customer"), ("agreed", "Agreed")],
        "Appointment Is",
        readonly=True,
        copy=False,
    )
    held_by_id = fields.Many2one("res.users", "Being Called By", readonly=True, copy=False)
    held_until = fields.Datetime(readonly=True, copy=False)
    paper_ids = fields.One2many("cs.visit.paper", "visit_id", "Papers", copy=False)

    # What came out
    attempt_ids = fields.One2many("cs.visit.attempt", "visit_id", "Tries", copy=False)
    attempt_count = fields.Integer("Tries in Vain", readonly=True, copy=False, aggregator="avg")
    answer_ids = fields.One2many("cs.visit.answer", "visit_id", "Customer's Answers", copy=False)
    staff_result = fields.Selection(RESULTS, "Recorded Result", compute="_compute_results", store=True)
    own_result = fields.Selection(RESULTS, "Customer's Own Rating", compute="_compute_results", store=True)
    is_satisfied = fields.Boolean("Satisfied", compute="_compute_results", store=True)
    opened_case_ids = fields.One2many("cs.case", "visit_id", "Cases Opened", copy=False)
    opened_case_count = fields.Integer(compute="_compute_opened_case_count")
    course = fields.Html(sanitize=True, copy=False)
    result = fields.Html(sanitize=True, copy=False)
    assessment = fields.Html(sanitize=True, copy=False)
    development = fields.Html(
        "Development Plan", sanitize=True, copy=False, help="What is to be done to win more of this customer (V-04)."
    )
    instruction = fields.Html("Supervisor's Instruction", sanitize=True, readonly=True, copy=False)
    end_reason = fields.Char("Called Off or Declined Because", readonly=True, copy=False)
    needs_report = fields.Boolean(related="purpose_id.needs_report")

    received_at = fields.Datetime("Counted From", required=True, readonly=True, copy=False, index=True)
    contacted_at = fields.Datetime("First Tried On", readonly=True, copy=False)
    answered_at = fields.Datetime("Visit Made On", readonly=True, copy=False, index="btree_not_null")
    answered_by_id = fields.Many2one("res.users", "Recorded By", readonly=True, copy=False)
    reported_at = fields.Datetime("Reported On", readonly=True, copy=False)
    reported_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reviewed_at = fields.Datetime("Reviewed On", readonly=True, copy=False)
    reviewed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    closed_at = fields.Datetime("Closed On", readonly=True, copy=False)
    cancelled_at = fields.Datetime("Called Off On", readonly=True, copy=False)

    can_agree = fields.Boolean(compute="_compute_can")
    can_ask = fields.Boolean(compute="_compute_can")
    can_report = fields.Boolean(compute="_compute_can")
    can_review = fields.Boolean(compute="_compute_can")
    can_end = fields.Boolean(compute="_compute_can")
    can_reopen = fields.Boolean(compute="_compute_can")

    _cs_server_fields = frozenset(
        {
            *("name", "company_id", "state", "plan_id", "why", "event_key", "class_id", "class_rank", "case_id"),
            *("complaint_id", "rework_id", "served_user_ids", "next_at", "appointment_state", "held_by_id"),
            *("held_until", "attempt_ids", "attempt_count", "answer_ids", "opened_case_ids", "instruction"),
            *("end_reason", "received_at", "contacted_at", "answered_by_id", "reported_by_id", "reviewed_at"),
            *("reviewed_by_id", *MILESTONES.values()),
        }
    )
    _sla_milestones = (
        ("contacted", _lt("First Try"), "contacted_at"),
        ("answered", _lt("Visit Made"), "answered_at"),
        ("reported", _lt("Report"), "reported_at"),
        ("reviewed", _lt("Report Reviewed"), "reviewed_at"),
    )
    _sla_cancelled_field = "cancelled_at"
    _sla_finished_field = "closed_at"
    _sla_copied_fields = {
        "company_id": "company_id",
        "team_id": "team_id",
        "user_id": "user_id",
        "department_id": "department_id",
        "partner_id": "commercial_partner_id",
    }

    _name_company_uniq = models.Constraint("UNIQUE(company_id, name)", "Two visits cannot have the same number.")
    # The database itself lets no plan ask a customer twice for the same: no search before the insert could.
    _plan_event_uniq = models.UniqueIndex(
        "(plan_id, event_key, partner_id) WHERE plan_id IS NOT NULL",
        "The plan has asked this customer about it already.",
    )
    _appointment_order = models.Constraint(
        "CHECK(appointment_end >= appointment_start)", "The appointment ends before it begins."
    )
    _queue_idx = models.Index("(next_at, id) WHERE state IN ('planned', 'agreed')")
    _customer_idx = models.Index("(commercial_partner_id, due_from) WHERE state <> 'cancelled'")

    @api.depends("name", "partner_id.name")
    def _compute_display_name(self):
        for visit in self:
            visit.display_name = " ".join(filter(None, (visit.name, visit.partner_id.name)))

    @api.depends("answer_ids.score", "answer_ids.source", "answer_ids.item", "answer_ids.measure")
    def _compute_results(self):
        """The worst mark of what was said at this visit, whatever was said about the same at a later one."""
        for visit in self:
            said = visit.answer_ids.filtered(lambda row: row.measure == "satisfaction").sorted("id")
            rows = said.browse({(row.source, row.item): row.id for row in said}.values())
            by_source = {
                source: worst(rows.filtered(lambda row, source=source: row.source == source).mapped("score"))
                for source in ("staff", "customer")
            }
            visit.staff_result, visit.own_result = by_source["staff"], by_source["customer"]
            # His own answer goes before what was recorded.
            visit.is_satisfied = (by_source["customer"] or by_source["staff"]) in SATISFIED

    @api.depends("opened_case_ids")
    def _compute_opened_case_count(self):
        for visit in self:
            # sudo: cs.case - a count gives away no case
            visit.opened_case_count = len(visit.sudo().opened_case_ids)

    @api.depends("state", "user_id", "served_user_ids", "purpose_id", "is_control")
    @api.depends_context("uid")
    def _compute_can(self):
        desk = self._is_desk()
        supervisor = self.env.user.has_group("customer_service_addon.group_cs_supervisor")
        for visit in self:
            following = NEXT_STATES[visit.state]
            visit.can_agree = desk and visit.state in OPEN
            visit.can_ask = desk and visit.state in OPEN and not visit._served_by_user()
            visit.can_report = desk and visit.needs_report and "reported" in following
            visit.can_review = supervisor and visit.state == "reported"
            visit.can_end = desk and visit.state in OPEN
            visit.can_reopen = desk and "planned" in following and visit.state in FINISHED

    @api.constrains("user_id", "is_control", "purpose_id", "served_user_ids")
    def _check_asked_by_other(self):
        for visit in self:
            if visit.user_id and visit._served_by_user(visit.user_id):
                raise ValidationError(
                    self.env._(
                        "%(person)s served this customer and cannot ask him about it. Choose somebody else (V-01).",
                        person=visit.user_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Plan visits: those of plans and files, and what agents plan themselves. Numbers come in blocks (I-02)."""
        visits = self
        if not self._cs_is_server():
            self._ensure_desk()
            for vals in vals_list:
                self._cs_refuse_server_fields(vals)
            visits = self._cs_without_forged_defaults()._cs_as_server()
        visits._complete_new(vals_list)
        return super(CsReturnVisit, visits).create(vals_list).with_env(self.env)

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_may_write(vals)
        result = super().write(vals)
        if "due_from" in vals:
            self.filtered(lambda visit: visit.state in OPEN)._cs_as_server().write({"next_at": vals["due_from"]})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A return visit is kept. Call it off with its reason instead."))

    def _ensure_may_write(self, vals):
        self.check_access("write")
        for visit in self:
            if visit.state in FINISHED and set(vals) - FREE_WHEN_FINISHED:
                raise UserError(self.env._("%(visit)s is finished and stays as it is.", visit=visit.name))
            if visit.state not in OPEN and FROZEN_WHEN_ASKED.intersection(vals):
                raise UserError(
                    self.env._("%(visit)s: the customer was asked; how and whom stays as it is.", visit=visit.name)
                )
            if FROZEN_FOR_SERVED.intersection(vals) and visit._served_by_user():
                visit._refuse_served()

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    @api.model
    def _is_desk(self):
        return self.env.su or self.env.user.has_group("customer_service_addon.group_cs_agent")

    def _ensure_desk(self):
        self.check_access("write")
        if not self._is_desk():
            raise AccessError(self.env._("Customer service plans and makes return visits."))

    def _ensure_asks(self):
        """Raise AccessError for whoever is no agent, or served the customer himself (V-01)."""
        self._ensure_desk()
        for visit in self:
            if not self.env.su and visit._served_by_user():
                visit._refuse_served()

    def _refuse_served(self):
        raise AccessError(
            self.env._("%(visit)s asks about what you did yourself. A colleague asks the customer.", visit=self.name)
        )

    @api.model
    def _open_domain(self):
        return Domain("state", "in", OPEN)

    def _served_by_user(self, user=None):
        """Return whether ``user`` (the reader) did himself what the customer is asked about, so that he cannot ask."""
        self.ensure_one()
        asked_by_other = self.is_control or self.sudo().purpose_id.asked_by_other
        return asked_by_other and (user or self.env.user) in self.sudo().served_user_ids

    def _sla_calendar(self):
        return self.team_id.resource_calendar_id or super()._sla_calendar()

    def _sla_is_left_out(self, code):
        """A report is drawn up and reviewed where the purpose asks for one."""
        return code in ("reported", "reviewed") and not self.purpose_id.needs_report

    def _sla_shut_out(self):
        return {visit.id: visit.complaint_id.shut_out_user_ids.ids for visit in self}
