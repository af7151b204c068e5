from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .cs_case_stage import OPEN_MEANINGS

ACTIVITY = "customer_service_addon.mail_activity_type_cs_forward"
ROLES = "customer_service_addon.group_cs_agent,customer_service_addon.group_cs_department_head"


class CsForward(models.Model):
    """A question the owner of a case puts to the department that knows (I-06, internal liaison note).

    The owner keeps the case and follows it until the customer has the answer.
    """

    _name = "cs.forward"
    _description = "Question to a Department"
    _inherit = ["cs.guard.mixin"]
    _order = "id desc"

    name = fields.Char("Number", required=True, readonly=True, index=True)
    case_id = fields.Many2one("cs.case", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    subject = fields.Char(related="case_id.subject", related_sudo=True)
    owner_id = fields.Many2one(related="case_id.user_id", related_sudo=True, string="Owner of the Case")
    department_id = fields.Many2one("hr.department", required=True, readonly=True, index=True)
    to_user_id = fields.Many2one("res.users", "To", required=True, readonly=True, index=True)
    question = fields.Text(required=True, readonly=True)
    asked_at = fields.Datetime(required=True, readonly=True)
    asked_by_id = fields.Many2one("res.users", required=True, readonly=True)
    due_at = fields.Datetime("Wanted By", readonly=True)
    answer = fields.Text()
    answered_at = fields.Datetime(readonly=True)
    answered_by_id = fields.Many2one("res.users", readonly=True)
    reminded_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("answered", "Answered"), ("withdrawn", "Withdrawn")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    can_answer = fields.Boolean(compute="_compute_can_answer")
    can_withdraw = fields.Boolean(compute="_compute_can_answer")

    _cs_server_fields = frozenset(
        {
            "name",
            "case_id",
            "company_id",
            "department_id",
            "to_user_id",
            "question",
            "asked_at",
            "asked_by_id",
            "due_at",
            "answered_at",
            "answered_by_id",
            "reminded_at",
            "state",
        }
    )

    _name_uniq = models.Constraint(
        "UNIQUE(company_id, name)",
        "Somebody else asked a question about this case at the same moment. Send yours again.",
    )
    _due_idx = models.Index("(due_at) WHERE state = 'open' AND reminded_at IS NULL")

    @api.depends("state", "to_user_id", "department_id")
    @api.depends_context("uid")
    def _compute_can_answer(self):
        for forward in self:
            unanswered = forward.state == "open"
            forward.can_answer = unanswered and self.env.user in forward._answerers()
            forward.can_withdraw = unanswered and forward._may_withdraw(self.env.user)

    def write(self, vals):
        if not self._cs_is_server() and "answer" in vals:
            self._ensure_may_answer()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Questions to departments belong to the file of the case. Withdraw it instead."))

    def action_answer(self):
        """Send the written answer to the owner of the case. Raises UserError while there is no text."""
        self._ensure_may_answer()
        for forward in self:
            if not (forward.answer or "").strip():
                raise UserError(self.env._("Write the answer first."))
        # sudo: cs.forward - the answerer was checked; the department has no right to write the case
        self_sudo = self.sudo()._cs_as_server()
        self_sudo.write({"state": "answered", "answered_at": fields.Datetime.now(), "answered_by_id": self.env.uid})
        self_sudo._close_activities()
        for case_sudo, forwards_sudo in self_sudo.grouped("case_id").items():
            owner = case_sudo.user_id or forwards_sudo.asked_by_id
            case_sudo._alarm(ACTIVITY, {case_sudo: owner}, forwards_sudo._answers_text)

    def _answers_text(self, case):
        """Return the answers (sudo) as plain text in the language of ``case``."""
        return "\n".join(
            case.env._(
                "%(department)s answered %(number)s: %(answer)s",
                department=forward.department_id.name,
                number=forward.name,
                answer=forward.answer,
            )
            for forward in self
        )

    def action_withdraw(self):
        """Take the question back: its asker, the owner of the case or a supervisor of its team."""
        self.check_access("read")
        for forward in self:
            if forward.state != "open":
                raise UserError(self.env._("%(number)s is no longer open.", number=forward.name))
            if not forward._may_withdraw(self.env.user):
                raise AccessError(
                    self.env._("Only the owner of the case can withdraw %(number)s.", number=forward.name)
                )
        # sudo: cs.forward - checked above
        self_sudo = self.sudo()._cs_as_server()
        self_sudo.write({"state": "withdrawn"})
        self_sudo._close_activities()

    @api.model
    def _ask(self, case, department, to_user, question, due_at):
        """Create the question of ``case`` (one, checked by the caller) and tell its addressee; return it.

        ``due_at`` is naive UTC or False. Raises UserError when the case is finished, the date has passed or the
        addressee would not see the question.
        """
        self._ensure_can_ask(case, to_user, due_at)
        # sudo: cs.forward - written by the system only
        forwards_sudo = self.sudo()
        count = forwards_sudo.search_count([("case_id", "=", case.id)])
        forward = forwards_sudo._cs_as_server().create(
            {
                "name": case._file_number("F", count + 1),
                "case_id": case.id,
                "department_id": department.id,
                "to_user_id": to_user.id,
                "question": question,
                "asked_at": fields.Datetime.now(),
                "asked_by_id": self.env.uid,
                "due_at": due_at,
            }
        )
        case._alarm(ACTIVITY, {case: to_user}, lambda record: question)
        return forward.sudo(False)._cs_as_client()

    def _ensure_can_ask(self, case, to_user, due_at):
        if case.meaning not in OPEN_MEANINGS:
            raise UserError(self.env._("%(case)s is finished. Reopen it before you ask about it.", case=case.name))
        if due_at and due_at <= fields.Datetime.now():
            raise UserError(self.env._("The answer cannot be wanted by a time that has passed."))
        # sudo: res.users - roles and companies of the person asked
        user_sudo = to_user.sudo()
        if not user_sudo.active or not user_sudo.has_groups(ROLES) or case.company_id not in user_sudo.company_ids:
            raise UserError(
                self.env._(
                    "%(name)s has no role in customer service of %(company)s and would not see the question. Choose "
                    "somebody else, or have the role “Department Head” given to this person.",
                    name=user_sudo.name,
                    company=case.company_id.name,
                )
            )

    def _answerers(self):
        """The addressee and the manager of the department."""
        self.ensure_one()
        self_sudo = self.sudo()
        return self_sudo.to_user_id | self_sudo.department_id.manager_id.user_id

    def _may_withdraw(self, user):
        """Whether ``user`` may take it back: who asked, the owner of the case, or a supervisor of its team."""
        self.ensure_one()
        # sudo: cs.case - a department may see the question and not the case
        case_sudo = self.case_id.sudo()
        leads = self.env["cs.case"]._may_lead(case_sudo.team_id)
        return leads or user in self.asked_by_id | case_sudo.user_id

    def _ensure_may_answer(self):
        self.check_access("write")
        for forward in self:
            if forward.state != "open":
                raise UserError(self.env._("%(number)s is no longer open.", number=forward.name))
            if self.env.user not in forward._answerers():
                raise AccessError(
                    self.env._("%(number)s was put to %(name)s.", number=forward.name, name=forward.to_user_id.name)
                )

    def _close_activities(self):
        """The to-dos of the addressees are done with, unless they are asked something else about the same case."""
        others = self.search([("case_id", "in", self.case_id.ids), ("state", "=", "open")])
        still_asked = {(forward.case_id.id, forward.to_user_id.id) for forward in others}
        done = {(forward.case_id.id, forward.to_user_id.id) for forward in self} - still_asked
        activities = self.env["mail.activity"].search(
            [
                ("res_model", "=", "cs.case"),
                ("res_id", "in", self.case_id.ids),
                ("user_id", "in", self.to_user_id.ids),
                ("activity_type_id", "=", self.env.ref(ACTIVITY).id),
            ]
        )
        activities.filtered(lambda activity: (activity.res_id, activity.user_id.id) in done).unlink()

    @api.model
    def _cron_remind(self, batch=100):
        """Remind addressee and owner, once, of questions whose date has passed."""
        domain = (
            Domain("state", "=", "open")
            & Domain("reminded_at", "=", False)
            & Domain("due_at", "<=", fields.Datetime.now())
        )
        self.env["ir.cron"]._commit_progress(remaining=self.search_count(domain))
        while due := self.search(domain, limit=batch).try_lock_for_update(allow_referencing=True):
            due._cs_as_server().write({"reminded_at": fields.Datetime.now()})
            recipients = {case: forwards.to_user_id | case.user_id for case, forwards in due.grouped("case_id").items()}
            due.case_id._alarm(ACTIVITY, recipients, lambda case: case.env._("The department has not answered yet."))
            if not self.env["ir.cron"]._commit_progress(len(due)):
                break
