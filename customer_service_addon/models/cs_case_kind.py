from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# A write of one of these may make something known that its people are told at once.
_TOLD_FIELDS = {"type_id", "praised_employee_id", "is_incident"}


class CsCase(models.Model):
    """What single kinds of cases demand: suggestion (I-07), praise (H-04), incident (I-11), visit (I-10)."""

    _inherit = "cs.case"

    verdict_at = fields.Datetime("Decided At", compute="_compute_verdict_at", store=True, copy=False)
    praise_noted_id = fields.Many2one(
        "hr.employee", "Praise Noted For", readonly=True, copy=False, index="btree_not_null"
    )
    incident_at = fields.Datetime("Incident Reported", readonly=True, copy=False)

    _visit_order = models.Constraint(
        "CHECK(visit_end >= visit_start)", "The visitors left before they arrived. Correct the times."
    )
    _visitor_count_positive = models.Constraint(
        "CHECK(visitor_count >= 0)", "The number of visitors cannot be negative."
    )

    @api.depends("verdict", "verdict_reason")
    def _compute_verdict_at(self):
        for case in self:
            case.verdict_at = fields.Datetime.now() if case.verdict else False

    @api.constrains("verdict", "verdict_reason")
    def _check_verdict_reason(self):
        for case in self:
            if case.verdict and not (case.verdict_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "%(case)s: give the reason of the decision; the customer is told (I-07).", case=case.name
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if _TOLD_FIELDS.intersection(vals):
            self._tell_colleagues()
        return result

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _after_intake(self):
        result = super()._after_intake()
        self._tell_colleagues()
        return result

    def _tell_colleagues(self):
        self._tell_of_incidents()
        self._note_praise()

    def _tell_of_incidents(self):
        """Team leader and managers are told of an incident at once, and once (I-11)."""
        incidents = self.filtered(lambda case: case.is_incident and not case.incident_at)
        if not incidents:
            return
        incidents._cs_as_server().write({"incident_at": fields.Datetime.now()})
        told = {case: case._superiors(with_managers=True) for case in incidents}
        incidents._alarm(
            "customer_service_addon.mail_activity_type_cs_incident",
            told,
            lambda case: case.env._("Incident on the premises: %(what)s", what=case.incident_place or case.subject),
        )
        incidents._message_log_batch(
            {
                case.id: self.env._(
                    "Incident reported at once to: %(people)s", people=", ".join(users.sudo().mapped("name"))
                )
                for case, users in told.items()
            }
        )

    def _note_praise(self):
        """A praise is noted with the employee, once, and the manager hears of it (H-04)."""
        praises = self.filtered(
            lambda case: (
                case.kind == "praise" and case.praised_employee_id and case.praised_employee_id != case.praise_noted_id
            )
        )
        if not praises:
            return
        # sudo: hr.employee - an agent who may write the praise need not see personnel files
        employees_sudo = praises.praised_employee_id.sudo()
        for employee_sudo in employees_sudo:
            # One note per employee: a batch of praises has few people, usually one.
            of_employee = praises.filtered(
                lambda case, employee=employee_sudo: case.praised_employee_id.id == employee.id
            )
            note = self.env._("Praised by customers: %(cases)s", cases=", ".join(of_employee.mapped("display_name")))
            employee_sudo.message_post(body=note, subtype_xmlid="mail.mt_note")
            manager_sudo = employee_sudo.parent_id.user_id
            if manager_sudo.active:
                employee_sudo.with_context(mail_activity_quick_update=True).activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Praise for %(employee)s", employee=employee_sudo.name),
                    note=note,
                    user_id=manager_sudo.id,
                )
            of_employee._cs_as_server().write({"praise_noted_id": employee_sudo.id})

    def _after_answer(self, message):
        # Dated now, not when somebody reads it: a decision is older than the answer that tells it.
        self.flush_recordset(["verdict_at"])
        return super()._after_answer(message)

    def _ensure_answered(self, vals):
        """A suggestion is solved only after the customer was told the decision (I-07)."""
        result = super()._ensure_answered(vals)
        for case in self:
            decided = fields.Datetime.now() if {"verdict", "verdict_reason"} & vals.keys() else case.verdict_at
            if (
                case.kind == "suggestion"
                and case.type_id.answer_required
                and (not case.last_answer_at or case.last_answer_at < decided)
            ):
                raise UserError(
                    self.env._(
                        "%(case)s: the customer does not know yet what became of the suggestion. Answer with the "
                        "decision and its reason (I-07).",
                        case=case.name,
                    )
                )
        return result
