from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext

PLAN_STATES = [
    ("draft", "Draft"),
    ("submitted", "To Be Approved"),
    ("approved", "Approved"),
    ("accepted", "Accepted by the Customer"),
    ("refused", "Not Approved"),
    ("rejected", "Rejected by the Customer"),
    ("replaced", "Replaced"),
]
NEXT_PLAN_STATES = {
    "draft": ("submitted", "approved", "replaced"),
    "submitted": ("approved", "refused", "replaced"),
    "approved": ("accepted", "rejected", "replaced"),
    "accepted": ("replaced",),
    "refused": ("replaced",),
    "rejected": ("replaced",),
    "replaced": (),
}
HOW = [
    ("portal", "On the Portal"),
    ("phone", "By Phone"),
    ("mail", "By Email"),
    ("person", "In Person"),
    ("silence", "By Silence"),
]


class CsComplaintPlan(models.Model):
    """What is done about a complaint, in versions: what was rejected stays in the file (C-03, C-08).

    The text for the customer is a field of its own; nothing else of the plan reaches him.
    """

    _name = "cs.complaint.plan"
    _description = "Plan of a Complaint"
    _inherit = ["cs.guard.mixin", "cs.approval.document"]
    _order = "complaint_id, version desc"

    name = fields.Char(required=True, readonly=True)
    complaint_id = fields.Many2one("cs.complaint", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    version = fields.Integer(required=True, readonly=True, aggregator=None)
    state = fields.Selection(PLAN_STATES, required=True, readonly=True, default="draft", index=True)
    author_id = fields.Many2one("res.users", required=True, readonly=True)
    customer_text = fields.Html(
        "Text for the Customer", sanitize=True, help="Everything the customer gets to read of the plan."
    )
    note = fields.Html("Internal Remarks", sanitize=True)
    amount = fields.Monetary("Estimated Cost", help="In the currency of the company; tiers of the approval ask for it.")
    action_ids = fields.One2many("cs.complaint.action", "plan_id", "Actions")
    submitted_at = fields.Datetime("Submitted", readonly=True)
    answered_at = fields.Datetime("Customer's Answer On", readonly=True)
    answered_how = fields.Selection(HOW, "Answered", readonly=True)
    answer_reason = fields.Text("Reason of the Rejection", readonly=True)
    answer_by_id = fields.Many2one("res.users", "Recorded By", readonly=True)
    can_submit = fields.Boolean(compute="_compute_can_submit")
    can_answer = fields.Boolean(compute="_compute_can_submit")

    _cs_server_fields = frozenset(
        {
            *("name", "complaint_id", "version", "state", "author_id", "submitted_at", "approval_ids"),
            *("answered_at", "answered_how", "answer_reason", "answer_by_id", "offered_at", "reminded_at"),
        }
    )

    _version_uniq = models.Constraint("UNIQUE(complaint_id, version)", "This version of the plan is there already.")
    _amount_positive = models.Constraint("CHECK(amount >= 0)", "An estimated cost cannot be negative.")

    @api.depends("state", "complaint_id.state")
    @api.depends_context("uid")
    def _compute_can_submit(self):
        for plan in self:
            complaint = plan.complaint_id
            plan.can_submit = plan.state == "draft" and complaint._can_do("planned")
            plan.can_answer = plan.state == "approved" and complaint._is_desk() and complaint._can_do("accepted")

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Plans are drawn up in their complaint, see :meth:`CsComplaint.action_new_plan`."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Draw the plan up in its complaint."))
        return super().create(vals_list)

    def write(self, vals):
        if not self._cs_is_server():
            for plan in self:
                if plan.state != "draft":
                    raise UserError(
                        self.env._(
                            "%(plan)s was submitted and stays as it is. Draw up a new version instead.", plan=plan.name
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Plans stay in the file, also those that were rejected."))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_submit(self):
        """Submit: to the approvers if the level wants them, else straight to the customer or to work.

        Raises UserError while actions or the text for the customer are missing.
        """
        for plan in self:
            complaint = plan.complaint_id
            complaint._ensure_can_do("planned")
            if plan.state != "draft":
                raise UserError(self.env._("%(plan)s was submitted already.", plan=plan.name))
            plan._ensure_complete()
            # sudo: cs.complaint - that the user may do this step was checked
            complaint_sudo = complaint.sudo()
            complaint_sudo._do("planned")
            plan._go_to("submitted", submitted_at=fields.Datetime.now())
            if "approved" in complaint._needed_steps():
                plan._request_approval("plan")
            else:
                plan._become_approved()

    def _form_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def _ensure_complete(self):
        self.ensure_one()
        if not self.action_ids:
            raise UserError(self.env._("%(plan)s: write down what is to be done, by whom and by when.", plan=self.name))
        asks_customer = "accepted" in self.complaint_id._needed_steps()
        if asks_customer and not self._tells_customer():
            raise UserError(
                self.env._("%(plan)s: write the text the customer reads before you submit it.", plan=self.name)
            )

    def _tells_customer(self):
        """Whether there is something for the customer to read."""
        return bool(html2plaintext(self.customer_text or "").strip())

    # ------------------------------------------------------------------
    # Moving
    # ------------------------------------------------------------------

    def _go_to(self, state, **values):
        for plan in self:
            if state not in NEXT_PLAN_STATES[plan.state]:
                raise UserError(self.env._("%(plan)s cannot go on from where it is.", plan=plan.name))
        # sudo: cs.complaint.plan - the step was checked with the complaint
        self.sudo()._cs_as_server().write({"state": state, **values})

    def _become_approved(self):
        """The plan may be offered to the customer, or carried out if he is not asked."""
        self._go_to("approved")
        # sudo: cs.complaint - the approval decided
        complaints_sudo = self.sudo().complaint_id
        if any("accepted" in complaint._needed_steps() for complaint in complaints_sudo):
            self._offer()

    def _answer(self, accepted, how, reason=False):
        """Record the customer's answer to approved plans; ``how`` is a value of ``answered_how``.

        The caller has checked who speaks. Raises UserError for a rejection without reason.
        """
        self._ensure_can_be_answered(accepted, reason)
        values = {"answered_at": fields.Datetime.now(), "answered_how": how, "answer_by_id": self.env.uid}
        # sudo: cs.complaint - who speaks for the customer was checked
        complaints_sudo = self.sudo().complaint_id
        if accepted:
            self._go_to("accepted", **values)
            complaints_sudo._do("accepted")
            return
        self._go_to("rejected", answer_reason=reason.strip(), **values)
        for complaint_sudo in complaints_sudo:
            complaint_sudo._take_back(complaint_sudo._step_after_rejection())
            complaint_sudo._tell(
                {complaint_sudo: complaint_sudo.user_id | complaint_sudo.department_line_ids.user_id},
                lambda complaint: complaint.env._("The customer rejects the plan: %(reason)s", reason=reason.strip()),
            )

    def _ensure_can_be_answered(self, accepted, reason):
        for plan in self:
            if plan.state != "approved":
                raise UserError(self.env._("%(plan)s does not wait for an answer.", plan=plan.name))
            if not accepted and not (reason or "").strip():
                raise UserError(self.env._("Say why the plan is rejected; the next one has to be better."))

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------

    def _approval_values(self, kind):
        self.ensure_one()
        return self.complaint_id._approval_frame(self.name, self.author_id) | {"amount": self.amount}

    def _approval_content(self, kind):
        self.ensure_one()
        return {
            "customer_text": self.customer_text or "",
            "note": self.note or "",
            "amount": self.amount,
            "actions": [
                [action.kind, action.name, action.employee_id.id, str(action.due_on)]
                for action in self.action_ids.sorted("id")
            ],
        }

    def _approval_text(self, kind):
        self.ensure_one()
        kinds = dict(self.env["cs.complaint.action"]._fields["kind"]._description_selection(self.env))
        rows = Markup().join(
            Markup("<li>%s: %s (%s, %s)</li>")
            % (kinds[action.kind], action.name, action.employee_id.sudo().name or "", action.due_on or "")
            for action in self.action_ids
        )
        return Markup("<div>%s</div><ul>%s</ul><div>%s</div>") % (
            Markup(self.customer_text or ""),
            rows,
            Markup(self.note or ""),
        )

    def _approval_decided(self, approval):
        """Approved: on it goes. Rejected: drawn up again, with clocks of its own (C-03)."""
        if approval.state == "approved":
            self.complaint_id._do("approved")
            self._become_approved()
            return
        self._go_to("refused")
        self.complaint_id._take_back("planned")
        self.complaint_id._tell(
            {self.complaint_id: self.author_id},
            lambda complaint: complaint.env._("The plan is not approved: %(reason)s", reason=approval.reason or ""),
        )


class CsComplaint(models.Model):
    _inherit = "cs.complaint"

    plan_ids = fields.One2many("cs.complaint.plan", "complaint_id", "Plans", copy=False)
    plan_id = fields.Many2one("cs.complaint.plan", "Present Plan", compute="_compute_plan_id")
    can_plan = fields.Boolean(compute="_compute_plan_id")

    @api.depends("plan_ids.state", "plan_ids.version", "state", "analysed_at", "planned_at")
    @api.depends_context("uid")
    def _compute_plan_id(self):
        for complaint in self:
            present = complaint.plan_ids.filtered(
                lambda plan: plan.state in ("draft", "submitted", "approved", "accepted")
            )
            complaint.plan_id = present.sorted("version")[-1:]
            complaint.can_plan = complaint._can_do("planned") and complaint.plan_id.state != "draft"

    def action_new_plan(self):
        """Draw up the next version of the plan; it begins with the texts and actions of the one before."""
        self.ensure_one()
        self._ensure_can_do("planned")
        former = self.plan_ids.sorted("version")[-1:]
        if former.state == "draft":
            raise UserError(self.env._("%(plan)s is being drawn up already.", plan=former.name))
        version = former.version + 1
        # sudo: cs.complaint.plan - nobody but the system creates it; the step was checked
        plan_sudo = (
            self.env["cs.complaint.plan"]
            .sudo()
            ._cs_as_server()
            .create(
                {
                    "name": self.env._("%(complaint)s plan %(version)s", complaint=self.name, version=version),
                    "complaint_id": self.id,
                    "version": version,
                    "author_id": self.env.uid,
                    "customer_text": former.customer_text,
                    "note": former.note,
                    "amount": former.amount,
                }
            )
        )
        former.action_ids.filtered(lambda action: action.state == "open")._carry_over(plan_sudo)
        if former and "replaced" in NEXT_PLAN_STATES[former.state] and former.state in ("submitted", "approved"):
            former._go_to("replaced")
        plan = plan_sudo.with_env(self.env)
        return plan._form_action()

    def _step_after_rejection(self):
        """Return where a complaint goes back to when the customer rejects its plan, as its level says (C-03)."""
        self.ensure_one()
        needed = self._needed_steps()
        wanted = self.level_id.sudo().rejected_back_to
        return wanted if wanted in needed else "planned"


class CsLevel(models.Model):
    _inherit = "cs.level"

    rejected_back_to = fields.Selection(
        [("verified", "Verification"), ("analysed", "Cause Analysis"), ("planned", "Plan")],
        "A Rejected Plan Goes Back To",
        default="analysed",
        required=True,
    )
