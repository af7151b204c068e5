from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..services.complaint_steps import STEPS

STATE_LABELS = [
    ("registered", "Registered"),
    ("investigating", "Investigation"),
    ("planning", "Plan"),
    ("executing", "Execution"),
    ("reporting", "Report"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
]
FINDINGS = [("justified", "Justified"), ("partly", "Partly Justified"), ("unjustified", "Not Justified")]
# What belongs to a step cannot be changed any more once the step is done.
FROZEN_AFTER = {
    "triaged": {"is_valid", "company_responsible", "scope", "level_id", "triage_note"},
    "verified": {"course", "result", "evidence", "finding"},
    "analysed": {"cause_id", "why_chain", "occurrence_cause", "escape_cause"},
    "reported": {"report_customer", "report_internal"},
    "replied": {"explanation"},
    "visited": {"visit_note"},
}


class CsComplaint(models.Model):
    """What happens in the house after "I want to complain" (chapter 2): the internal file under a case.

    The customer sees the case; nothing of this file reaches him except what is prepared for him on purpose. Which
    steps a complaint needs follows from its triage and its level; see ``services/complaint_steps.py``.
    """

    _name = "cs.complaint"
    _description = "Complaint"
    _inherit = ["cs.guard.mixin", "cs.sla.mixin", "cs.internal.thread", "hr.mixin"]
    _order = "received_at desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, copy=False, index="trigram")
    case_id = fields.Many2one("cs.case", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True, index=True)
    subject = fields.Char(related="case_id.subject", store=True, precompute=True)
    customer_id = fields.Many2one(
        related="case_id.commercial_partner_id", store=True, string="Customer", index="btree_not_null"
    )
    category_id = fields.Many2one(related="case_id.category_id", store=True, index="btree_not_null")
    active = fields.Boolean(default=True, copy=False)
    state = fields.Selection(
        STATE_LABELS, required=True, readonly=True, default="registered", copy=False, index=True, tracking=True
    )
    level_id = fields.Many2one("cs.level", tracking=True, check_company=True, ondelete="restrict", index=True)
    is_major = fields.Boolean(related="level_id.is_major", store=True)

    # Who
    team_id = fields.Many2one("cs.team", index="btree_not_null", tracking=True, check_company=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users",
        "Followed By",
        index="btree_not_null",
        tracking=True,
        domain=[("share", "=", False)],
        help="Customer service's person who tracks the complaint to its end (C-15).",
    )
    department_line_ids = fields.One2many("cs.complaint.department", "complaint_id", "Departments", copy=False)
    department_id = fields.Many2one(
        "hr.department", "Leading Department", compute="_compute_department_id", store=True, index="btree_not_null"
    )
    person_ids = fields.One2many("cs.complaint.person", "complaint_id", "Complained About", copy=False)
    shut_out_user_ids = fields.Many2many(
        "res.users",
        "cs_complaint_shut_out_rel",
        "complaint_id",
        "user_id",
        "Shut Out",
        compute="_compute_shut_out_user_ids",
        store=True,
        help="The person complained about sees nothing of the file (C-07).",
    )

    # Triage
    is_valid = fields.Selection(
        [("valid", "Valid"), ("invalid", "Not Valid")],
        "Complaint Is",
        tracking=True,
        help="Valid: it is about the content, the promises or the quality of the service (C-02).",
    )
    company_responsible = fields.Selection(
        [("yes", "The Company"), ("no", "Somebody Else")], "Responsible Party", tracking=True
    )
    scope = fields.Selection(
        [("desk", "Customer Service Itself"), ("departments", "Departments")], "Settled By", tracking=True
    )
    triage_note = fields.Text("Reason of the Triage")
    explanation = fields.Html(
        "Explanation to the Customer",
        sanitize=True,
        help="Why the complaint is not the company's, politely, with the help that is possible (C-02).",
    )

    # Verification
    course = fields.Html("Course of Events")
    result = fields.Html("Result of the Verification")
    evidence = fields.Html(help="Photos, records, statements; files belong into the attachments.")
    finding = fields.Selection(FINDINGS, tracking=True)
    employee_ids = fields.Many2many("hr.employee", string="People Concerned", check_company=True)

    # Analysis
    cause_id = fields.Many2one("cs.cause", index="btree_not_null", check_company=True, ondelete="restrict")
    why_chain = fields.Text("Why, Why, Why …", help="One answer per line, each asks why of the one above.")
    occurrence_cause = fields.Text("Why It Happened")
    escape_cause = fields.Text("Why It Was Not Noticed")

    # Return visit
    visit_note = fields.Text("What the Return Visit Brought", copy=False)

    # Milestones
    received_at = fields.Datetime("Registered On", required=True, readonly=True, copy=False, index=True)
    taken_at = fields.Datetime("Taken Up", readonly=True, copy=False)
    triaged_at = fields.Datetime("Triaged On", readonly=True, copy=False)
    informed_at = fields.Datetime("Management Warned", readonly=True, copy=False)
    signed_at = fields.Datetime("Departments Signed", readonly=True, copy=False)
    verified_at = fields.Datetime("Verified On", readonly=True, copy=False)
    analysed_at = fields.Datetime("Cause Found", readonly=True, copy=False)
    planned_at = fields.Datetime("Plan Submitted", readonly=True, copy=False)
    approved_at = fields.Datetime("Plan Approved", readonly=True, copy=False)
    accepted_at = fields.Datetime("Accepted by the Customer", readonly=True, copy=False)
    executed_at = fields.Datetime("Carried Out", readonly=True, copy=False)
    effective_at = fields.Datetime("Effect Verified", readonly=True, copy=False)
    reported_at = fields.Datetime("Report Drawn Up", readonly=True, copy=False)
    released_at = fields.Datetime("Report Approved", readonly=True, copy=False)
    replied_at = fields.Datetime("Customer Answered", readonly=True, copy=False)
    visited_at = fields.Datetime("Visited Again", readonly=True, copy=False)
    closed_at = fields.Datetime("Closed On", readonly=True, copy=False)
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    cancel_reason = fields.Char(readonly=True, copy=False)

    _cs_server_fields = frozenset(
        {"name", "case_id", "state", "received_at", "closed_at", "cancelled_at", "cancel_reason", "shut_out_user_ids"}
        | {step.field for step in STEPS}
        | {
            "effect_by_id",
            "report_by_id",
            "approval_ids",
            "repeat_of_id",
            "needs_retest",
            "appeal_ids",
            "recurrence_ids",
        }
    )

    _name_company_uniq = models.Constraint("UNIQUE(company_id, name)", "Two complaints cannot have the same number.")
    _open_idx = models.Index("(received_at, id) WHERE state NOT IN ('closed', 'cancelled')")

    @api.depends("department_line_ids.is_leading", "department_line_ids.department_id")
    def _compute_department_id(self):
        for complaint in self:
            lines = complaint.department_line_ids
            complaint.department_id = (lines.filtered("is_leading") or lines)[:1].department_id

    @api.depends("person_ids.user_id")
    def _compute_shut_out_user_ids(self):
        for complaint in self:
            complaint.shut_out_user_ids = complaint.person_ids.user_id

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for complaint in self:
            complaint.display_name = " ".join(filter(None, (complaint.name, complaint.subject)))

    @api.constrains("user_id", "person_ids")
    def _check_follower(self):
        for complaint in self:
            # sudo: cs.complaint - who follows may be the very person who can no longer read it
            if complaint.user_id and complaint.user_id in complaint.sudo().shut_out_user_ids:
                raise ValidationError(
                    self.env._(
                        "%(complaint)s is about %(person)s, who cannot follow it. Choose somebody else (C-07).",
                        complaint=complaint.name,
                        person=complaint.user_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Files are opened from their case, see :meth:`CsCase.action_open_complaint`; clients create none."""
        if not self._cs_is_server():
            raise UserError(self.env._("Open a complaint from its case: the file belongs to the case's number (I-02)."))
        return super().create(vals_list)

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_may_write(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A complaint is a file that is kept (C-12). Cancel it with its reason instead."))

    def _ensure_may_write(self, vals):
        """Refuse what a finished step has settled, and what a department has no part in."""
        self.check_access("write")
        for complaint in self:
            if complaint.state in ("closed", "cancelled") and set(vals) - {"active", "message_follower_ids"}:
                raise UserError(
                    self.env._("%(complaint)s is finished. Reopen it before you change it.", complaint=complaint.name)
                )
            for code, names in FROZEN_AFTER.items():
                if complaint._is_done(code) and names.intersection(vals):
                    raise UserError(
                        self.env._(
                            "%(complaint)s: this was settled with the step “%(step)s”. Take the step back first.",
                            complaint=complaint.name,
                            step=self._step_label(code),
                        )
                    )

    @api.model
    def _open_domain(self):
        return Domain("state", "not in", ("closed", "cancelled"))
