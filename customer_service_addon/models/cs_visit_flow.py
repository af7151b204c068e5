from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext

from ..services.visit_steps import FINISHED, MILESTONES, may_go

TODO = "customer_service_addon.mail_activity_type_cs_visit"


class CsReturnVisit(models.Model):
    """The way of a visit: every button is a move of the one table."""

    _inherit = "cs.return.visit"

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_agree(self):
        """The customer agreed to the appointment that is entered (V-02). Raises UserError without one."""
        self._ensure_desk()
        for visit in self:
            if not visit.appointment_start:
                raise UserError(self.env._("%(visit)s: enter the appointment first.", visit=visit.name))
        self._agree()

    def action_drop_appointment(self):
        """The appointment fell through; the customer is called again."""
        self._ensure_desk()
        self._go_to("planned", appointment_state=False, next_at=fields.Datetime.now())

    def action_report(self):
        """Hand in the report: course, result and assessment (V-04). Raises UserError while one of them is empty."""
        self._ensure_desk()
        for visit in self:
            visit._ensure_reported()
        self._go_to("reported", reported_by_id=self.env.uid)
        self._alarm(
            TODO,
            {visit: visit._reviewers() for visit in self},
            lambda visit: visit.env._("The report on %(visit)s waits for your review.", visit=visit.display_name),
        )

    def action_review(self):
        """Open the dialog of the supervisor's review with his instruction (V-04)."""
        return self._dialog("cs.visit.review", self.env._("Review"))

    def action_decline(self):
        """Open the dialog for what the customer said: he does not want to be asked, now or ever."""
        return self._dialog("cs.visit.end", self.env._("Does Not Want to Be Asked"), default_target="declined")

    def action_cancel(self):
        """Open the dialog for the reason; without one nothing is called off."""
        return self._dialog("cs.visit.end", self.env._("Call Off"), default_target="cancelled")

    def action_reopen(self):
        """Take a finished visit up again: the customer is tried anew."""
        self._ensure_desk()
        now = fields.Datetime.now()
        self._go_to("planned", closed_at=False, cancelled_at=False, attempt_count=0, next_at=now, end_reason=False)

    def action_view_opened_cases(self):
        """Open the cases that came out of the visit."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_case_action")
        cases = self.opened_case_ids
        if len(cases) == 1:
            return action | {"view_mode": "form", "views": [(False, "form")], "res_id": cases.id}
        return action | {"domain": [("id", "in", cases.ids)], "context": {}}

    def action_view_source(self):
        """Open what the customer is asked about: the repair order, complaint or case."""
        self.ensure_one()
        source = self.rework_id or self.complaint_id or self.case_id
        if not source:
            raise UserError(self.env._("%(visit)s stands alone.", visit=self.name))
        return {"type": "ir.actions.act_window", "res_model": source._name, "res_id": source.id, "view_mode": "form"}

    def _form_action(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_return_visit_action")
        if len(self) == 1:
            return action | {"view_mode": "form", "views": [(False, "form")], "res_id": self.id}
        return action | {"domain": [("id", "in", self.ids)], "context": {}}

    def _dialog(self, model, title, **context):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_visit_ids": self.ids, **context},
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _agree(self):
        """Settle the appointments that are entered (checked by the caller); the next try is at their time."""
        for visit in self:
            values = {"appointment_state": "agreed", "next_at": visit.appointment_start}
            if visit.state == "agreed":
                visit._cs_as_server().write(values)
            else:
                visit._go_to("agreed", **values)

    def _end(self, target, reason, for_good=False):
        """Call visits off, or note that the customer declined; ``for_good`` keeps him out of all plans.

        Raises UserError without a reason.
        """
        self._ensure_desk()
        if target not in ("declined", "cancelled"):
            raise UserError(self.env._("Choose whether the customer declined or the visit is called off."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why; those who look at it later want to know."))
        self._go_to(target, end_reason=reason.strip())
        if for_good:
            # sudo: res.partner - the customer said so, whoever may write his file
            self.sudo().commercial_partner_id.write({"cs_no_visits": True, "cs_no_visits_reason": reason.strip()})

    def _review(self, accepted, instruction):
        """Close the reports, or send them back with what is missing. Raises AccessError for all but supervisors."""
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("customer_service_addon.group_cs_supervisor")):
            raise AccessError(self.env._("A supervisor reviews reports."))
        for visit in self:
            if visit.state != "reported":
                raise UserError(self.env._("%(visit)s has no report to review.", visit=visit.name))
            if visit.reported_by_id == self.env.user:
                raise AccessError(self.env._("%(visit)s: somebody else reviews your report.", visit=visit.name))
        if not accepted and not (instruction or "").strip():
            raise UserError(self.env._("Say what is missing in the report."))
        values = {"instruction": instruction, "reviewed_by_id": self.env.uid}
        self.activity_ids.sudo().unlink()
        if accepted:
            self._go_to("closed", reviewed_at=fields.Datetime.now(), **values)
        else:
            self._go_to("answered", keep=True, **values)
            self._sla_restart("reported")
        self._alarm(
            TODO,
            {visit: visit.reported_by_id for visit in self if instruction},
            lambda visit: visit.env._("Instruction on %(visit)s: look at the report.", visit=visit.display_name),
        )

    def _mark_answered(self, moment=None, user=None):
        """The customer has answered (checked by the caller); without a report to come the visit is closed."""
        now = moment or fields.Datetime.now()
        values = {"answered_by_id": user.id if user else False, "held_by_id": False, "held_until": False}
        for visit in self:
            started = {} if visit.contacted_at else {"contacted_at": now}
            visit._go_to("answered", closed_at=False, **values, **started)
            if not visit.sudo().purpose_id.needs_report:
                visit._go_to("closed")
        self.activity_ids.sudo().unlink()

    def _reviewers(self):
        """Return who reviews the report: the leader of the team, else the managers of the company."""
        self.ensure_one()
        # sudo: res.users, res.groups - who leads and manages is no secret
        visit_sudo = self.sudo()
        leader_sudo = visit_sudo.team_id.user_id.filtered("active") - visit_sudo.reported_by_id
        managers_sudo = visit_sudo.env.ref("customer_service_addon.group_cs_manager").all_user_ids.filtered(
            lambda user: user.active and not user.share and visit_sudo.company_id in user.company_ids
        )
        return (leader_sudo or (managers_sudo - visit_sudo.reported_by_id)).with_env(self.env)

    def _is_blank(self, name):
        return not html2plaintext(self[name] or "").strip()

    def _ensure_reported(self):
        self.ensure_one()
        empty = [name for name in ("course", "result", "assessment") if self._is_blank(name)]
        if empty:
            raise UserError(
                self.env._(
                    "%(visit)s: fill in %(fields)s first.",
                    visit=self.name,
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in empty),
                )
            )

    def _go_to(self, state, keep=False, **values):
        """Move the visits to ``state``; ``keep`` leaves the milestone of a state that was reached before."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for visit in self:
            if not may_go(visit.state, state):
                raise UserError(
                    self.env._(
                        "%(visit)s is in “%(old)s” and cannot go to “%(new)s”.",
                        visit=visit.name,
                        old=labels[visit.state],
                        new=labels[state],
                    )
                )
        if state in MILESTONES and not keep:
            values[MILESTONES[state]] = fields.Datetime.now()
        if state in FINISHED:
            values |= {"held_by_id": False, "held_until": False}
        # sudo: cs.return.visit - who may take the step was checked; the fields are the system's
        self.sudo()._cs_as_server().write({"state": state, **values})
