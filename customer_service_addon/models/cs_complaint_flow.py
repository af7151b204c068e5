from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext
from odoo.tools.translate import LazyTranslate

from ..services.complaint_steps import BY_CODE, NEXT_STATES, STEPS, missing_before, needed_steps, state_of

_lt = LazyTranslate(__name__)

LABELS = {
    "taken": _lt("Taken Up"),
    "triaged": _lt("Triage"),
    "informed": _lt("Management Warned"),
    "signed": _lt("Departments Signed"),
    "verified": _lt("Verification"),
    "opined": _lt("First Opinion Approved"),
    "retested": _lt("Re-test"),
    "ruled": _lt("Report Confirmed or Withdrawn"),
    "analysed": _lt("Cause Analysis"),
    "planned": _lt("Plan Submitted"),
    "approved": _lt("Plan Approved"),
    "accepted": _lt("Customer's Acceptance"),
    "executed": _lt("Carried Out"),
    "effective": _lt("Effect Check"),
    "reported": _lt("Report"),
    "released": _lt("Report Approved"),
    "replied": _lt("Customer Answered"),
    "visited": _lt("Return Visit"),
}
# What decides which steps a complaint needs.
DECIDING_FIELDS = ("is_valid", "company_responsible", "scope", "level_id", "finding", "needs_retest")
_BUTTONS = {
    "can_take": "taken",
    "can_triage": "triaged",
    "can_inform": "informed",
    "can_verify": "verified",
    "can_analyse": "analysed",
    "can_effect": "effective",
    "can_report": "reported",
    "can_reply": "replied",
    "can_visit": "visited",
}
# What a department answers for; everything else is customer service's.
_DEPARTMENT_STEPS = {"verified", "opined", "retested", "ruled", "analysed", "planned", "executed"}
_DEPARTMENT_FIELDS = {
    *("course", "result", "evidence", "finding", "employee_ids"),
    *("cause_id", "why_chain", "occurrence_cause", "escape_cause"),
    *("message_follower_ids", "activity_ids", "message_ids"),
}


class CsComplaint(models.Model):
    """The way of a complaint: each button does a step, and the steps say where the file stands."""

    _inherit = "cs.complaint"

    next_step = fields.Selection(lambda self: self._selection_step(), compute="_compute_steps")
    step_ids = fields.Json("Steps", compute="_compute_steps")
    can_take = fields.Boolean(compute="_compute_steps")
    can_triage = fields.Boolean(compute="_compute_steps")
    can_inform = fields.Boolean(compute="_compute_steps")
    can_verify = fields.Boolean(compute="_compute_steps")
    can_analyse = fields.Boolean(compute="_compute_steps")
    can_effect = fields.Boolean(compute="_compute_steps")
    can_report = fields.Boolean(compute="_compute_steps")
    can_reply = fields.Boolean(compute="_compute_steps")
    can_visit = fields.Boolean(compute="_compute_steps")
    can_close = fields.Boolean(compute="_compute_steps")
    can_cancel = fields.Boolean(compute="_compute_steps")
    can_reopen = fields.Boolean(compute="_compute_steps")

    @api.model
    def _selection_step(self):
        translate = self.env._
        return [(code, translate(label)) for code, label in LABELS.items()]

    @api.model
    def _step_label(self, code):
        """Return the name of a step in the language of the reader."""
        return dict(self._selection_step())[code]

    @api.depends("state", *DECIDING_FIELDS, *(step.field for step in STEPS))
    @api.depends_context("uid")
    def _compute_steps(self):
        desk = self._is_desk()
        for complaint in self:
            needed, done = complaint._needed_steps(), complaint._done_steps()
            going = complaint.state not in ("closed", "cancelled")
            complaint.next_step = complaint._next_step(needed, done) if going else False
            complaint.step_ids = complaint._step_rows(needed, done)
            for name, code in _BUTTONS.items():
                complaint[name] = going and (desk or code in _DEPARTMENT_STEPS) and complaint._can_do(code)
            following = NEXT_STATES[complaint.state]
            complaint.can_close = desk and "closed" in following and not missing_before("closed", needed, done)
            complaint.can_cancel = desk and "cancelled" in following
            complaint.can_reopen = desk and not going

    @api.model
    def _next_step(self, needed, done):
        """Return the step that holds the file up; a parallel one only when nothing else is left."""
        left = sorted((code for code in needed if code not in done), key=lambda code: BY_CODE[code].parallel)
        return left[0] if left else False

    def _step_rows(self, needed, done):
        """Return ``[{code, label, done}]`` of the needed steps, for the line of steps on the form."""
        labels = dict(self._selection_step())
        return [
            {
                "code": code,
                "label": labels[code],
                "done": code in done and fields.Datetime.to_string(self[BY_CODE[code].field]),
            }
            for code in needed
        ]

    # ------------------------------------------------------------------
    # The table, asked for one complaint
    # ------------------------------------------------------------------

    def _needed_steps(self):
        """Return the codes of the steps this complaint needs, in order."""
        self.ensure_one()
        chain = self.scope == "departments" and self.is_valid == "valid" and self.company_responsible == "yes"
        return needed_steps(self._level_flags(), chain=chain, refuted=self.finding == "unjustified")

    def _level_flags(self):
        """Return the names of the switches that ask for steps: those of the level, and what the file itself asks."""
        # sudo: cs.level - levels are public within the company
        return self.level_id.sudo()._flags()

    def _done_steps(self):
        self.ensure_one()
        return {step.code for step in STEPS if self[step.field]}

    def _is_done(self, code):
        return bool(self[BY_CODE[code].field])

    def _can_do(self, code):
        """Return whether ``code`` is needed, not done and not waiting for another step."""
        self.ensure_one()
        needed, done = self._needed_steps(), self._done_steps()
        return code in needed and code not in done and not missing_before(code, needed, done)

    def _ensure_can_do(self, code):
        """Raise UserError unless every complaint of ``self`` may do the step ``code`` now."""
        self.check_access("write")
        for complaint in self:
            complaint._ensure_actor(code)
            if complaint.state in ("closed", "cancelled"):
                raise UserError(self.env._("%(complaint)s is finished. Reopen it first.", complaint=complaint.name))
            needed, done = complaint._needed_steps(), complaint._done_steps()
            if code not in needed:
                raise UserError(
                    self.env._(
                        "%(complaint)s has no step “%(step)s”: its level and triage do not ask for it.",
                        complaint=complaint.name,
                        step=self._step_label(code),
                    )
                )
            if code in done:
                raise UserError(
                    self.env._(
                        "%(complaint)s: “%(step)s” is done already.",
                        complaint=complaint.name,
                        step=self._step_label(code),
                    )
                )
            missing = missing_before(code, needed, done)
            if missing:
                raise UserError(
                    self.env._(
                        "%(complaint)s: before “%(step)s” comes “%(missing)s”.",
                        complaint=complaint.name,
                        step=self._step_label(code),
                        missing=self._step_label(missing[0]),
                    )
                )

    @api.model
    def _is_desk(self):
        return self.env.su or self.env.user.has_group("customer_service_addon.group_cs_agent")

    def _ensure_actor(self, code):
        """Departments do what is theirs; everything else is customer service's."""
        if not self._is_desk() and code not in _DEPARTMENT_STEPS:
            raise AccessError(
                self.env._(
                    "%(complaint)s: “%(step)s” is done by customer service.",
                    complaint=self.name,
                    step=self._step_label(code),
                )
            )

    def _ensure_may_write(self, vals):
        super()._ensure_may_write(vals)
        if self._is_desk():
            return
        foreign = set(vals) - _DEPARTMENT_FIELDS
        if foreign:
            raise AccessError(
                self.env._(
                    "Departments fill in verification, cause and plan. %(fields)s is customer service's.",
                    fields=", ".join(sorted(self._fields[name].string for name in foreign if name in self._fields)),
                )
            )

    # ------------------------------------------------------------------
    # Moving
    # ------------------------------------------------------------------

    def _do(self, code):
        """Mark the step ``code`` as done now and go to where the file stands then; every check is the caller's."""
        self._cs_as_server().write({BY_CODE[code].field: fields.Datetime.now()})
        self._advance()

    def _advance(self):
        """Put each complaint into the state of its next step."""
        targets = {complaint: state_of(complaint._needed_steps(), complaint._done_steps()) for complaint in self}
        for state, complaints in self.grouped(targets.get).items():
            complaints._go_to(state)

    def _go_to(self, state):
        moved = self.filtered(lambda complaint: complaint.state != state)
        for complaint in moved:
            if state not in NEXT_STATES[complaint.state]:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(complaint)s is in “%(old)s” and cannot go to “%(new)s”.",
                        complaint=complaint.name,
                        old=labels[complaint.state],
                        new=labels[state],
                    )
                )
        moved._cs_as_server().write({"state": state})

    def _take_back(self, code):
        """Open the step ``code`` and all after it again; their clocks get a further round (C-03, C-08)."""
        codes = [step.code for step in STEPS]
        again = [step for step in codes[codes.index(code) :] if not BY_CODE[step].parallel]
        for step in again:
            self._sla_restart(step)
        self._advance()

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_take(self):
        """The follower has the complaint (C-03: within 15 minutes). Who takes a file without follower becomes it."""
        self._ensure_can_do("taken")
        self.filtered(lambda complaint: not complaint.user_id).user_id = self.env.user
        self._do("taken")

    def action_triage(self):
        """Settle the triage (C-02): valid or not, who is responsible, who settles it, and how grave it is.

        Raises UserError while one of the answers is missing or, for departments, none is named.
        """
        self._ensure_can_do("triaged")
        for complaint in self:
            missing = [name for name in ("is_valid", "company_responsible", "scope", "level_id") if not complaint[name]]
            complaint._ensure_filled(missing)
            if complaint._runs_chain() and not complaint.department_line_ids:
                raise UserError(
                    self.env._("%(complaint)s: name the departments that are to answer.", complaint=complaint.name)
                )
            if not complaint._runs_chain() and complaint.scope == "departments":
                raise UserError(
                    self.env._(
                        "%(complaint)s: what is not valid or not the company's is settled by customer service itself "
                        "(C-02).",
                        complaint=complaint.name,
                    )
                )
        self._do("triaged")
        self.filtered(lambda complaint: complaint._runs_chain()).department_line_ids._tell()
        self._tell_of_level()

    def action_inform(self):
        """Management has the written warning (C-06)."""
        self._ensure_can_do("informed")
        self._do("informed")

    def action_verify(self):
        """Hand in the verification report: course, result and finding (C-03)."""
        self._ensure_can_do("verified")
        for complaint in self:
            complaint._ensure_filled([name for name in ("course", "result", "finding") if complaint._is_empty(name)])
        self._do("verified")
        self.department_line_ids._drop_todos()

    def action_analyse(self):
        """Hand in the cause analysis."""
        self._ensure_can_do("analysed")
        for complaint in self:
            names = ("cause_id", "occurrence_cause", "escape_cause")
            complaint._ensure_filled([name for name in names if complaint._is_empty(name)])
        self._do("analysed")

    def action_reply(self):
        """The customer has his answer. What is not the company's is explained in writing first (C-02)."""
        self._ensure_can_do("replied")
        for complaint in self:
            if complaint._needs_explanation() and complaint._is_empty("explanation"):
                complaint._ensure_filled(["explanation"])
        self._do("replied")

    def action_visit(self):
        """The customer was asked whether he is content. Raises UserError while nobody has written down what he said."""
        self._ensure_can_do("visited")
        for complaint in self:
            complaint._ensure_filled([name for name in ("visit_note",) if complaint._is_empty(name)])
        self._do("visited")

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def _runs_chain(self):
        """Whether departments are involved; only then the whole chain is run (C-02)."""
        self.ensure_one()
        return self.is_valid == "valid" and self.company_responsible == "yes" and self.scope == "departments"

    def _needs_explanation(self):
        self.ensure_one()
        return self.is_valid == "invalid" or self.company_responsible == "no" or self.finding == "unjustified"

    def _is_empty(self, name):
        """Whether ``name`` holds nothing a reader could see."""
        value = self[name]
        if self._fields[name].type == "html":
            return not html2plaintext(value or "").strip()
        return not (value.strip() if isinstance(value, str) else value)

    def _ensure_filled(self, names):
        if names:
            raise UserError(
                self.env._(
                    "%(complaint)s: fill in %(fields)s first.",
                    complaint=self.name,
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in names),
                )
            )
