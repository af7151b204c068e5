from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..services.takeover_steps import MILESTONES, NEXT_STATES, may_go

STATES = [
    ("draft", "Collecting Documents"),
    ("joint", "Joint Handling"),
    ("service", "Service Takes Over"),
    ("cancelled", "Called Off"),
]


class CsTakeover(models.Model):
    """The hand-over of a project from implementation to service (交接单, R-13).

    Joint handling starts when all required documents are in and lasts some months; then service takes over and the free
    service period of the project is known to every repair order.
    """

    _name = "cs.takeover"
    _description = "Hand-over from Implementation"
    _inherit = ["cs.guard.mixin", "cs.internal.thread", "hr.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Project", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True, copy=False)
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, check_company=True, ondelete="restrict", tracking=True
    )
    order_ref = fields.Char("Contract or Project Number", help="As it is written in the cases.")
    object_ref = fields.Char("Object", help="Where only a part of the customer's objects is handed over.")
    manager_id = fields.Many2one("hr.employee", "Project Manager", index="btree_not_null", check_company=True)
    implementer_ids = fields.Many2many("hr.employee", string="Implementers", check_company=True)
    team_id = fields.Many2one("cs.team", index="btree_not_null", check_company=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users",
        "Taken Over By",
        index="btree_not_null",
        tracking=True,
        domain=[("share", "=", False)],
        default=lambda self: self.env.user,
    )
    signed_on = fields.Date("Contract Signed")
    started_on = fields.Date("Project Started")
    accepted_on = fields.Date("Accepted by the Customer")
    service_from = fields.Date()
    free_from = fields.Date("Free Service From", tracking=True)
    free_to = fields.Date("Free Service To", tracking=True)
    remark = fields.Text()
    document_ids = fields.One2many("cs.takeover.document", "takeover_id", "Documents", copy=False)
    missing_count = fields.Integer("Documents Missing", compute="_compute_missing_count")
    joint_months = fields.Integer(
        "Joint Handling (Months)", default=lambda self: self.env.company.cs_joint_months, tracking=True
    )
    joint_at = fields.Datetime("Joint Handling Since", readonly=True, copy=False)
    joint_until = fields.Date("Joint Handling Until", compute="_compute_joint_until", store=True, index=True)
    service_at = fields.Datetime("Service Took Over", readonly=True, copy=False)
    state = fields.Selection(
        STATES, "Status", required=True, readonly=True, default="draft", copy=False, index=True, tracking=True
    )
    coverage_id = fields.Many2one(
        "cs.coverage", "Free Service", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    can_start = fields.Boolean(compute="_compute_can")
    can_take_over = fields.Boolean(compute="_compute_can")

    _cs_server_fields = frozenset({"state", "joint_at", "service_at", "coverage_id"})

    _free_period = models.Constraint("CHECK(free_to >= free_from)", "The free service ends before it begins.")
    _project_order = models.Constraint(
        "CHECK(started_on >= signed_on AND accepted_on >= started_on AND accepted_on >= signed_on)",
        "A contract is signed before the project starts, and it starts before it is accepted.",
    )
    _months_positive = models.Constraint("CHECK(joint_months >= 0)", "The months of joint handling are not negative.")

    @api.depends("document_ids.is_required", "document_ids.received_at")
    def _compute_missing_count(self):
        for takeover in self:
            takeover.missing_count = len(takeover._missing())

    @api.depends("joint_at", "joint_months")
    def _compute_joint_until(self):
        for takeover in self:
            takeover.joint_until = takeover.joint_at and takeover._local_day(takeover.joint_at) + relativedelta(
                months=takeover.joint_months
            )

    @api.depends("state", "missing_count", "joint_until")
    def _compute_can(self):
        today = fields.Date.context_today(self)
        for takeover in self:
            following = NEXT_STATES[takeover.state]
            takeover.can_start = "joint" in following and not takeover.missing_count
            takeover.can_take_over = "service" in following and takeover.joint_until <= today

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Each hand-over gets the checklist of its company's documents; the customer is the company as a whole."""
        takeovers = super().create([self._with_entity(vals) for vals in vals_list])
        takeovers.filtered(lambda takeover: not takeover.document_ids)._add_checklist()
        return takeovers

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_open(vals)
        result = super().write(self._with_entity(vals))
        if {"free_from", "free_to"}.intersection(vals):
            self.filtered(lambda takeover: takeover.state == "service")._keep_coverage()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        for takeover in self:
            if takeover.state != "draft":
                raise UserError(
                    self.env._("%(project)s has begun and is kept. Call it off instead.", project=takeover.name)
                )

    def _with_entity(self, vals):
        if not vals.get("partner_id"):
            return vals
        return vals | {"partner_id": self.env["res.partner"].browse(vals["partner_id"]).commercial_partner_id.id}

    def _ensure_open(self, vals):
        """What service took over stays as it was handed over; only the free period and remarks go on."""
        kept = set(vals) - {"active", "free_from", "free_to", "remark", "user_id", "team_id", "message_follower_ids"}
        for takeover in self:
            if takeover.state == "service" and kept:
                raise UserError(
                    self.env._("%(project)s is handed over and stays as it was handed over.", project=takeover.name)
                )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_start_joint(self):
        """Start joint handling. Raises UserError naming the required documents that are not in (R-13)."""
        for takeover in self:
            missing = takeover._missing()
            if missing:
                raise UserError(
                    self.env._(
                        "%(project)s: joint handling starts when these are in: %(documents)s (R-13).",
                        project=takeover.name,
                        documents=", ".join(missing.mapped("name")),
                    )
                )
        self._go_to("joint")

    def action_take_over(self):
        """Service takes over. Raises UserError before the joint handling is over."""
        today = fields.Date.context_today(self)
        for takeover in self:
            if takeover.state == "joint" and takeover.joint_until > today:
                raise UserError(
                    self.env._(
                        "%(project)s is handled jointly until %(date)s. Shorten the months if both agree.",
                        project=takeover.name,
                        date=takeover.joint_until,
                    )
                )
        self._go_to("service")

    def action_back(self):
        """Back to collecting documents: something was missing after all, or it is taken up again."""
        self._go_to("draft", joint_at=False)

    def action_cancel(self):
        """Call the hand-over off."""
        self._go_to("cancelled")

    def action_view_coverage(self):
        """Open the free service period of the project."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_coverage_action")
        return action | {"view_mode": "form", "views": [(False, "form")], "res_id": self.coverage_id.id}

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _go_to(self, state, **values):
        self.check_access("write")
        labels = dict(self._fields["state"]._description_selection(self.env))
        for takeover in self:
            if not may_go(takeover.state, state):
                raise UserError(
                    self.env._(
                        "%(project)s is “%(old)s” and cannot become “%(new)s”.",
                        project=takeover.name,
                        old=labels[takeover.state],
                        new=labels[state],
                    )
                )
        if state in MILESTONES:
            values[MILESTONES[state]] = fields.Datetime.now()
        self._cs_as_server().write({"state": state, **values})
        if state == "service":
            self._keep_coverage()

    def _missing(self):
        """Return the required documents that are not in."""
        return self.document_ids.filtered(lambda document: document.is_required and not document.received_at)

    def _add_checklist(self):
        documents = []
        for company, takeovers in self.grouped("company_id").items():
            types = self.env["cs.takeover.document.type"]._of_company(company)
            documents += [
                {"takeover_id": takeover.id, "type_id": kind.id, "name": kind.name, "is_required": kind.is_required}
                for takeover in takeovers
                for kind in types
            ]
        self.env["cs.takeover.document"].create(documents)

    def _keep_coverage(self):
        """Create or correct the free service periods of projects that service took over and that have one."""
        free = self.filtered(lambda takeover: takeover.free_from and takeover.free_to)
        # sudo: cs.coverage - taking the project over was allowed, its free period is part of it
        coverages_sudo = self.env["cs.coverage"].sudo()
        new = free.filtered(lambda takeover: not takeover.coverage_id)
        for takeover, coverage in zip(
            new, coverages_sudo.create([takeover._coverage_values() for takeover in new]), strict=True
        ):
            takeover._cs_as_server().write({"coverage_id": coverage.id})
        for takeover in free - new:
            takeover.sudo().coverage_id.write({"date_from": takeover.free_from, "date_to": takeover.free_to})

    def _coverage_values(self):
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "order_ref": self.order_ref,
            "object_ref": self.object_ref,
            "date_from": self.free_from,
            "date_to": self.free_to,
            "note": self.name,
        }

    def _cs_tz(self):
        """Return the name of the time zone the days of the hand-over are counted in."""
        self.ensure_one()
        return (self.team_id or self.company_id)._cs_tz()

    def _local_day(self, moment):
        return fields.Datetime.context_timestamp(self.with_context(tz=self._cs_tz()), moment).date()

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_take_over(self, batch=100):
        """Service takes over whatever has been handled jointly long enough."""
        cron = self.env["ir.cron"]
        domain = Domain("state", "=", "joint") & Domain("joint_until", "<=", fields.Date.context_today(self))
        cron._commit_progress(remaining=self.search_count(domain))
        while takeovers := self.search(domain, limit=batch):
            takeovers._go_to("service")
            takeovers._tell_service()
            if not cron._commit_progress(len(takeovers)):
                break

    def _tell_service(self):
        """Give whoever takes the projects over a to-do."""
        for takeover in self.filtered(lambda takeover: takeover.user_id.active):
            takeover.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=takeover.env._("The joint handling is over: the project is yours"),
                user_id=takeover.user_id.id,
            )


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_joint_months = fields.Integer("Joint Handling (Months)", default=3)
