from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CsComplaintLog(models.Model):
    """One entry of the crisis team's log (C-06). Entries are added and never changed."""

    _name = "cs.complaint.log"
    _description = "Crisis Log"
    _inherit = ["cs.guard.mixin"]
    _order = "id desc"
    _rec_name = "text"

    complaint_id = fields.Many2one("cs.complaint", required=True, readonly=True, index=True, ondelete="restrict")
    at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", "By", required=True, readonly=True, default=lambda self: self.env.user)
    text = fields.Text("What Happened", required=True)

    _cs_server_fields = frozenset({"at", "user_id"})

    def write(self, vals):
        if not self._cs_is_server():
            raise AccessError(self.env._("The log of a crisis is not rewritten. Add an entry instead."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of a crisis is not rewritten. Add an entry instead."))


class CsComplaint(models.Model):
    """Major complaints: management is warned in writing, a crisis team keeps a log, legal knows (C-06, C-13)."""

    _inherit = "cs.complaint"

    warning_text = fields.Text("Warning to Management", help="What happened, what it may become, what is done now.")
    legal_informed = fields.Boolean("Legal Is Informed", tracking=True)
    crisis_leader_id = fields.Many2one(
        "res.users", "Crisis Team Led By", domain=[("share", "=", False)], index="btree_not_null"
    )
    crisis_member_ids = fields.Many2many(
        "res.users", "cs_complaint_crisis_rel", "complaint_id", "user_id", "Crisis Team", domain=[("share", "=", False)]
    )
    log_ids = fields.One2many("cs.complaint.log", "complaint_id", "Crisis Log", copy=False)
    legal_hold = fields.Boolean(
        tracking=True,
        copy=False,
        help="Neither closed nor anonymised while a dispute goes on (C-13). Supervisors set it.",
    )
    legal_hold_reason = fields.Char("Reason of the Hold", copy=False)

    def action_inform(self):
        """Send management the written warning. Raises UserError while it says nothing or reaches nobody."""
        self._ensure_can_do("informed")
        for complaint in self:
            if complaint._is_empty("warning_text"):
                complaint._ensure_filled(["warning_text"])
            people = complaint._to_be_warned()
            if not people:
                raise UserError(
                    self.env._(
                        "%(complaint)s: nobody is named whom to warn. A manager names them with the level.",
                        complaint=complaint.name,
                    )
                )
            complaint.message_notify(
                subject=self.env._("Warning: %(complaint)s", complaint=complaint.display_name),
                body=complaint.warning_text,
                partner_ids=people.partner_id.ids,
            )
        return super().action_inform()

    def _to_be_warned(self):
        """Return the users who get the warning: those the level names and the managers, never who it is about."""
        self.ensure_one()
        # sudo: cs.level, res.users - whom to warn is part of the procedure
        people = self.level_id.sudo().told_user_ids | self.case_id.sudo()._superiors(with_managers=True)
        return people.filtered("active") - self.sudo().shut_out_user_ids

    # ------------------------------------------------------------------
    # Legal hold
    # ------------------------------------------------------------------

    def _ensure_may_write(self, vals):
        result = super()._ensure_may_write(vals)
        if {"legal_hold", "legal_hold_reason"}.intersection(vals):
            self._ensure_may_hold(vals)
        if vals.get("active") is False:
            self._ensure_not_held()
        return result

    def _ensure_may_hold(self, vals):
        if not self.case_id._is_supervisor():
            raise AccessError(self.env._("A supervisor puts complaints under legal hold and lifts it."))
        for complaint in self:
            reason = vals.get("legal_hold_reason", complaint.legal_hold_reason)
            if vals.get("legal_hold", complaint.legal_hold) and not (reason or "").strip():
                raise UserError(self.env._("%(complaint)s: say why it is under legal hold.", complaint=complaint.name))

    def _ensure_not_held(self):
        held = self.filtered("legal_hold")
        if held:
            raise UserError(
                self.env._(
                    "%(complaint)s is under legal hold: %(reason)s. A supervisor lifts it when the dispute is over.",
                    complaint=held[0].name,
                    reason=held[0].legal_hold_reason or "",
                )
            )

    def _go_to(self, state):
        if state in ("closed", "cancelled"):
            self._ensure_not_held()
        return super()._go_to(state)


class CsCase(models.Model):
    _inherit = "cs.case"

    def _ensure_may_anonymise(self):
        result = super()._ensure_may_anonymise()
        # sudo: cs.complaint - a hold counts, whoever may read the file
        self.sudo().complaint_ids._ensure_not_held()
        return result

    def _anonymise_rows(self):
        """The file loses its words as well; what was counted stays."""
        result = super()._anonymise_rows()
        placeholder = self.env._("(anonymised)")
        # sudo: cs.complaint and its plan - a manager was checked
        files_sudo = self.sudo().complaint_ids._cs_as_server()
        texts = (
            *("course", "result", "evidence", "explanation", "triage_note", "report_customer", "report_internal"),
            *("warning_text", "effect_note", "visit_note"),
        )
        for name in texts:
            files_sudo.filtered(name).write({name: placeholder})
        files_sudo.appeal_ids._anonymise(placeholder)
        files_sudo.plan_ids.filtered("customer_text")._cs_as_server().write({"customer_text": placeholder})
        files_sudo.plan_ids.solution_ids.filtered("customer_text")._cs_as_server().write({"customer_text": placeholder})
        files_sudo.plan_ids.approval_ids._cs_as_server().write({"snapshot": placeholder})
        files_sudo.approval_ids._cs_as_server().write({"snapshot": placeholder})
        return result
