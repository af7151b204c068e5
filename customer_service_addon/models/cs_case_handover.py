from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import groupby

from .cs_case_stage import OPEN_MEANINGS
from .cs_handover import ACTIVITY


class CsCase(models.Model):
    """Hand-over and reassignment (I-03): a case never changes hands silently, and never without an owner between."""

    _inherit = "cs.case"

    can_accept = fields.Boolean(compute="_compute_can_hand_over")
    can_hand_over = fields.Boolean(compute="_compute_can_hand_over")
    can_take = fields.Boolean(compute="_compute_can_hand_over")
    can_withdraw = fields.Boolean(compute="_compute_can_hand_over")

    @api.depends("pending_user_id", "user_id", "team_id", "meaning")
    @api.depends_context("uid")
    def _compute_can_hand_over(self):
        user = self.env.user
        pending = {row.case_id.id: row for row in self.filtered("pending_user_id")._pending_rows()}
        for case in self:
            row = pending.get(case._origin.id)
            unfinished = case.meaning in OPEN_MEANINGS
            leads = self._may_lead(case.team_id)
            case.can_accept = bool(row) and row._may_accept(user)
            case.can_withdraw = bool(row) and row.sudo(False)._may_withdraw(user)
            case.can_hand_over = unfinished and not row and (leads or case.user_id.id in (False, user.id))
            case.can_take = unfinished and case.user_id != user and (not case.user_id or leads)

    def write(self, vals):
        if self._cs_is_server() or not {"user_id", "team_id"}.intersection(vals):
            return super().write(vals)
        former = {case.id: (case.user_id.sudo(), case.team_id.sudo()) for case in self}
        self._ensure_may_reassign(vals)
        result = super().write(vals)
        self._after_reassign(former, vals)
        return result

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_hand_over(self):
        """Open the dialog that hands the cases to a person, a team or a department (I-03)."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand Over"),
            "res_model": "cs.handover.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    def action_forward(self):
        """Open the dialog that asks a department a question; the case stays with its owner (I-06)."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Forward to a Department"),
            "res_model": "cs.forward.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_accept_handover(self):
        """Accept the pending hand-overs of the cases: from now on they are the target's."""
        self._pending_handovers().action_accept()

    def action_decline_handover(self):
        """Open the dialog that asks why the hand-over is declined."""
        return self._pending_handovers().action_decline()

    def action_withdraw_handover(self):
        """Take the pending hand-overs back."""
        self._pending_handovers().action_withdraw()

    def action_take(self):
        """Become the owner: anybody of a case without owner, supervisors of any case of their teams."""
        self.write({"user_id": self.env.uid})

    # ------------------------------------------------------------------
    # Hand-over
    # ------------------------------------------------------------------

    def _hand_over(self, user, note="", team=None, department=None):
        """Ask ``user`` to accept the cases of ``self``; until then their owners keep them (I-03).

        ``team`` and ``department`` are where the cases go with the acceptance. Raises UserError or AccessError, and
        changes nothing, when one of the cases cannot be handed over by the current user or not to this one.
        """
        self._ensure_can_hand_over(user)
        now = fields.Datetime.now()
        teams = team or self.team_id
        remind_at = {one: one._cs_after_working_hours(now, one.handover_hours) for one in teams}
        rows = [
            {
                "case_id": case.id,
                "kind": "hand_over",
                "from_user_id": case.user_id.id or self.env.uid,
                "from_team_id": case.team_id.id,
                "to_user_id": user.id,
                "to_team_id": team.id if team else False,
                "to_department_id": department.id if department else False,
                "requested_at": now,
                "remind_at": remind_at.get(team or case.team_id),
                "state": "pending",
                "note": note,
            }
            for case in self
        ]
        # sudo: cs.case - who may hand over was checked above
        self.sudo()._cs_as_server().write({"pending_user_id": user.id})
        self.env["cs.handover"]._record(rows)
        self._alarm(
            ACTIVITY, dict.fromkeys(self, user), lambda case: note or case.env._("Please accept or decline the case.")
        )

    def _ensure_can_hand_over(self, user):
        self.check_access("write")
        for company in self.company_id:
            self._ensure_can_own(user, company)
        for case in self:
            if case.meaning not in OPEN_MEANINGS:
                raise UserError(self.env._("%(case)s is finished and stays with its owner.", case=case.name))
            if case.pending_user_id:
                raise UserError(
                    self.env._(
                        "%(case)s waits to be accepted by %(name)s. Withdraw that hand-over first.",
                        case=case.name,
                        name=case.pending_user_id.name,
                    )
                )
            if user == case.user_id:
                raise UserError(self.env._("%(case)s belongs to %(name)s already.", case=case.name, name=user.name))
            if case.user_id and case.user_id != self.env.user and not self._may_lead(case.team_id):
                raise AccessError(
                    self.env._(
                        "%(case)s belongs to %(name)s. Only %(name)s or a supervisor of the team hands it over.",
                        case=case.name,
                        name=case.user_id.name,
                    )
                )

    def _pending_rows(self):
        # sudo: cs.handover - rows are written by the system only; who may act is checked by the caller
        return self.env["cs.handover"].sudo().search([("case_id", "in", self.ids), ("state", "=", "pending")])

    def _pending_handovers(self):
        self.check_access("read")
        pending = self._pending_rows().sudo(False)
        if not pending:
            raise UserError(self.env._("No hand-over is waiting to be accepted."))
        return pending

    def _open_work(self):
        result = super()._open_work()
        for handover in self._pending_rows():
            result[handover.case_id.with_env(self.env)].append(
                self.env._("hand-over to %(name)s", name=handover.to_user_id.name)
            )
        # sudo: cs.forward - open questions count whoever asked them
        forwards_sudo = self.env["cs.forward"].sudo().search([("case_id", "in", self.ids), ("state", "=", "open")])
        for forward in forwards_sudo:
            result[forward.case_id.with_env(self.env)].append(
                self.env._("%(number)s to %(department)s", number=forward.name, department=forward.department_id.name)
            )
        return result

    # ------------------------------------------------------------------
    # Reassignment
    # ------------------------------------------------------------------

    @api.model
    def _may_lead(self, teams):
        """Whether the current user supervises one of ``teams``: as manager, or as supervisor leading or in it."""
        user = self.env.user
        if self.env.su or user.has_group("customer_service_addon.group_cs_manager"):
            return True
        if not user.has_group("customer_service_addon.group_cs_supervisor"):
            return False
        # sudo: cs.team - who leads a team decides about rights, whatever the user may read
        teams_sudo = teams.sudo()
        return not teams or user in teams_sudo.user_id | teams_sudo.member_ids.user_id

    def _ensure_may_reassign(self, vals):
        """Owner and team change by hand-over; only supervisors of the teams concerned write them directly."""
        if self.env.su:
            return
        user = self.env.user
        new_team = self.env["cs.team"].browse(vals.get("team_id") or [])
        new_owner = self.env["res.users"].browse(vals.get("user_id") or [])
        for case in self:
            same_team = "team_id" not in vals or new_team == case.team_id
            same_user = "user_id" not in vals or new_owner == case.user_id
            taken = not case.user_id and new_owner == user
            if same_team and same_user:
                continue
            if not (same_team and taken) and not self._may_lead(case.team_id | new_team):
                raise AccessError(
                    self.env._(
                        "%(case)s changes hands by hand-over, so that it is recorded and accepted. Use “Hand Over” "
                        "(I-03).",
                        case=case.name,
                    )
                )
            if new_owner and not same_user:
                self._ensure_can_own(new_owner, case.company_id)

    def _after_reassign(self, former, vals):
        """Record direct reassignments; cases that changed their team without a new owner are assigned there."""
        # sudo: cs.case - the rights were checked before; afterwards the case may be out of the supervisor's sight
        changed_sudo = self.sudo().filtered(lambda case: (case.user_id, case.team_id) != former[case.id])
        moved_sudo = changed_sudo.filtered(lambda case: case.team_id != former[case.id][1])
        moved_sudo._fit_stage()
        if "user_id" not in vals:
            moved_sudo.filtered(lambda case: case.meaning in OPEN_MEANINGS)._assign_in_team()
        elif vals["user_id"] == self.env.uid:
            changed_sudo._mark_owned(self.env._("Took it"))
        else:
            changed_sudo._mark_owned(self.env._("Reassigned by %(name)s", name=self.env.user.name))
        changed_sudo._pending_rows()._settle("withdrawn")
        now = fields.Datetime.now()
        self.env["cs.handover"]._record(
            [
                {
                    "case_id": case.id,
                    "kind": "reassign",
                    "from_user_id": former[case.id][0].id,
                    "from_team_id": former[case.id][1].id,
                    "to_user_id": case.user_id.id,
                    "to_team_id": case.team_id.id,
                    "requested_at": now,
                    "accepted_at": now,
                    "state": "accepted",
                    "note": case.assign_reason,
                }
                for case in changed_sudo
            ]
        )

    def _assign_in_team(self):
        """Have the rule of their (new) team choose the owners of the cases; several cases in one batch."""
        for team, cases in self.grouped("team_id").items():
            if not team:
                continue
            chosen = team._assign([case._demand() for case in cases])
            for (user, reason), group in groupby(zip(cases, chosen, strict=True), key=lambda pair: pair[1]):
                owned = cases.browse(case.id for case, _chosen in group)
                owned._cs_as_server().write({"user_id": user.id})
                owned._mark_owned(reason)

    def _fit_stage(self):
        """Put cases whose stage is not offered by their (new) team into one of the same meaning."""
        for case in self:
            offered = case.stage_id.team_ids
            if case.team_id and offered and case.team_id not in offered:
                case._cs_as_server().write({"stage_id": self._stage_for(case.meaning, case.team_id).id})
