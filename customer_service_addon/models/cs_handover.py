from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..services.sql_rows import insert_records

ACTIVITY = "customer_service_addon.mail_activity_type_cs_handover"


class CsHandover(models.Model):
    """How a case changed hands (I-03): from, to, when, accepted when. Rows are added and settled, never edited.

    Until it is accepted the giver stays the owner.
    """

    _name = "cs.handover"
    _description = "Case Hand-over"
    _inherit = ["cs.guard.mixin"]
    _order = "id desc"
    _rec_name = "case_id"

    case_id = fields.Many2one("cs.case", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(
        [("first", "First Assignment"), ("hand_over", "Hand-over"), ("reassign", "Reassignment")],
        required=True,
        readonly=True,
    )
    from_user_id = fields.Many2one("res.users", "From", readonly=True, index="btree_not_null")
    from_team_id = fields.Many2one("cs.team", readonly=True)
    to_user_id = fields.Many2one("res.users", "To", readonly=True, index="btree_not_null")
    to_team_id = fields.Many2one("cs.team", readonly=True)
    to_department_id = fields.Many2one("hr.department", readonly=True)
    requested_at = fields.Datetime(readonly=True, required=True)
    requested_by_id = fields.Many2one("res.users", readonly=True)
    state = fields.Selection(
        [("pending", "Pending"), ("accepted", "Accepted"), ("declined", "Declined"), ("withdrawn", "Withdrawn")],
        required=True,
        readonly=True,
    )
    accepted_at = fields.Datetime(readonly=True)
    settled_by_id = fields.Many2one("res.users", readonly=True)
    decline_reason = fields.Char(readonly=True)
    note = fields.Char(readonly=True)
    remind_at = fields.Datetime(readonly=True)
    reminded_at = fields.Datetime(readonly=True)
    can_accept = fields.Boolean(compute="_compute_can_accept")

    _cs_server_fields = frozenset(
        {
            "case_id",
            "company_id",
            "kind",
            "from_user_id",
            "from_team_id",
            "to_user_id",
            "to_team_id",
            "to_department_id",
            "requested_at",
            "requested_by_id",
            "state",
            "accepted_at",
            "settled_by_id",
            "decline_reason",
            "note",
            "remind_at",
            "reminded_at",
        }
    )

    _one_pending = models.UniqueIndex(
        "(case_id) WHERE state = 'pending'", "A hand-over of this case is already waiting to be accepted."
    )
    _remind_idx = models.Index("(remind_at) WHERE state = 'pending' AND reminded_at IS NULL")

    @api.depends("state", "to_user_id", "to_team_id")
    @api.depends_context("uid")
    def _compute_can_accept(self):
        for handover in self:
            handover.can_accept = handover.state == "pending" and handover._may_accept(self.env.user)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Hand-overs are the proof of who was responsible. They are never deleted (I-03)."))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_accept(self):
        """Accept: the cases become the target's, in the team and department they were handed to.

        Raises AccessError for anybody but the target, the leader of the target's team or a manager.
        """
        self._ensure_target()
        # sudo: cs.handover, cs.case - the target was checked; before accepting it may have no right to the case
        for (owner, team, department), rows_sudo in self.sudo()._by_target():
            values = {"user_id": owner.id}
            if team:
                values["team_id"] = team.id
            if department:
                values["department_id"] = department.id
            cases_sudo = rows_sudo.case_id
            cases_sudo._cs_as_server().write(values)
            cases_sudo._fit_stage()
            cases_sudo._mark_owned(self.env._("Accepted the hand-over"))
        self._settle("accepted", accepted_at=fields.Datetime.now())

    def _by_target(self):
        return self.grouped(lambda row: (row.to_user_id, row.to_team_id, row.to_department_id)).items()

    def action_decline(self):
        """Open the dialog for the reason; without a reason nothing is declined."""
        self._ensure_target()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decline the Hand-over"),
            "res_model": "cs.handover.decline",
            "view_mode": "form",
            "target": "new",
            "context": {"default_handover_ids": self.ids},
        }

    def action_withdraw(self):
        """Take the hand-over back. Raises AccessError for anybody but the giver or a supervisor of the team."""
        self._ensure_pending()
        for handover in self:
            if not handover._may_withdraw(self.env.user):
                raise AccessError(
                    self.env._("Only who handed the case over, or a supervisor of the team, can take it back.")
                )
        self._settle("withdrawn")

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    @api.model
    def _record(self, rows):
        """Add ``rows`` (list of values) as settled history; the caller has checked the rights."""
        # sudo: cs.case, cs.handover - nobody but the system writes hand-overs
        cases_sudo = self.env["cs.case"].sudo().browse([row["case_id"] for row in rows])
        shape = dict.fromkeys(name for row in rows for name in row) | {"requested_by_id": None, "company_id": None}
        handovers_sudo = insert_records(
            self.sudo(),
            [
                {**shape, "requested_by_id": self.env.uid, "company_id": case.company_id.id, **row}
                for case, row in zip(cases_sudo, rows, strict=True)
            ],
        )
        cases_sudo.invalidate_recordset(["handover_ids"], flush=False)
        return handovers_sudo._cs_as_server()

    def _decline(self, reason):
        """Decline with ``reason`` (not empty): the giver keeps the case and hears why."""
        self._ensure_target()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why you decline, the giver needs to know."))
        self._settle("declined", decline_reason=reason)
        # sudo: cs.handover - the giver is told although the target may no longer see the case
        rows_sudo = {row.case_id: row for row in self.sudo()}
        self.env["cs.case"].sudo()._alarm(
            ACTIVITY,
            {case: row.from_user_id for case, row in rows_sudo.items()},
            lambda case: case.env._(
                "%(name)s declined the hand-over: %(reason)s", name=rows_sudo[case].to_user_id.name, reason=reason
            ),
        )

    def _settle(self, state, **values):
        """Bring pending hand-overs to ``state`` and tell their cases that nothing is pending any more."""
        if not self:
            return
        # sudo: cs.handover, cs.case - the caller checked who may settle
        self_sudo = self.sudo()._cs_as_server()
        self_sudo.write({"state": state, "settled_by_id": self.env.uid, **values})
        self_sudo.case_id.write({"pending_user_id": False})
        self_sudo.case_id.activity_unlink([ACTIVITY])

    def _ensure_pending(self):
        self.check_access("read")
        if any(handover.state != "pending" for handover in self):
            raise UserError(self.env._("This hand-over is no longer pending."))

    def _may_accept(self, user):
        """Whether ``user`` may accept or decline: the target, the leader of the target's team, or a manager."""
        self.ensure_one()
        # sudo: cs.handover - who leads the team the case goes to, whatever the user may read
        row_sudo = self.sudo()
        leader = (row_sudo.to_team_id or row_sudo.case_id.team_id).user_id
        return user in row_sudo.to_user_id | leader or user.has_group("customer_service_addon.group_cs_manager")

    def _may_withdraw(self, user):
        """Whether ``user`` may take it back: who gave it, or a supervisor of the team it came from."""
        self.ensure_one()
        return user in self.from_user_id | self.requested_by_id or self.case_id._may_lead(self.from_team_id)

    def _ensure_target(self):
        self._ensure_pending()
        for handover in self:
            if not handover._may_accept(self.env.user):
                raise AccessError(
                    self.env._(
                        "%(case)s is handed over to %(name)s, not to you.",
                        case=handover.case_id.display_name,
                        name=handover.to_user_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # Scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_remind(self, batch=100):
        """Remind target and giver, once, of hand-overs not accepted in the team's time (working hours)."""
        domain = (
            Domain("state", "=", "pending")
            & Domain("reminded_at", "=", False)
            & Domain("remind_at", "<=", fields.Datetime.now())
        )
        self.env["ir.cron"]._commit_progress(remaining=self.search_count(domain))
        while due := self.search(domain, limit=batch).try_lock_for_update(allow_referencing=True):
            due._cs_as_server().write({"reminded_at": fields.Datetime.now()})
            recipients = {handover.case_id: handover.to_user_id | handover.from_user_id for handover in due}
            due.case_id._alarm(ACTIVITY, recipients, lambda case: case.env._("The hand-over is not accepted yet."))
            if not self.env["ir.cron"]._commit_progress(len(due)):
                break
