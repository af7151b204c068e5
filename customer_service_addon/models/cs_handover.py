from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

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
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
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
        index=True,
    )
    accepted_at = fields.Datetime(readonly=True)
    settled_by_id = fields.Many2one("res.users", readonly=True)
    decline_reason = fields.Char(readonly=True)
    note = fields.Char(readonly=True)
    remind_at = fields.Datetime(readonly=True)
    reminded_at = fields.Datetime(readonly=True)

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

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Hand-overs are the proof of who was responsible. They are never deleted (I-03)."))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_accept(self):
        """Accept: the case becomes the acceptor's. Raises AccessError for anybody but the target or a supervisor."""
        self._ensure_target()
        for handover in self:
            # sudo: cs.case - the target was checked; before accepting it may have no right to write the case
            case_sudo = handover.case_id.sudo()._cs_as_server()
            owner = handover.to_user_id
            values = {"user_id": owner.id, "assign_reason": self.env._("Accepted the hand-over")}
            if handover.to_team_id:
                values["team_id"] = handover.to_team_id.id
            if handover.to_department_id:
                values["department_id"] = handover.to_department_id.id
            case_sudo.write(values)
        self._settle("accepted", accepted_at=fields.Datetime.now())

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
        """Take the hand-over back. Raises AccessError for anybody but the giver or a supervisor."""
        self._ensure_pending()
        if not self.env["cs.case"]._is_supervisor() and any(
            self.env.user not in handover.from_user_id | handover.requested_by_id for handover in self
        ):
            raise AccessError(self.env._("Only who handed the case over, or a supervisor, can take it back."))
        self._settle("withdrawn")

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    @api.model
    def _record(self, rows):
        """Add ``rows`` (list of values) as settled history; the caller has checked the rights."""
        # sudo: cs.handover - nobody but the system writes hand-overs
        cases_sudo = self.env["cs.case"].sudo().browse([row["case_id"] for row in rows])
        return (
            self.sudo()
            ._cs_as_server()
            .create(
                [
                    {"requested_by_id": self.env.uid, "company_id": case.company_id.id, **row}
                    for case, row in zip(cases_sudo, rows, strict=True)
                ]
            )
        )

    def _decline(self, reason):
        """Decline with ``reason`` (not empty): the giver keeps the case and hears why."""
        self._ensure_target()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why you decline, the giver needs to know."))
        self._settle("declined", decline_reason=reason)
        for handover in self:
            handover.case_id.sudo()._alarm(
                ACTIVITY,
                {handover.case_id.sudo(): handover.from_user_id},
                lambda case, handover=handover: case.env._(
                    "%(name)s declined the hand-over: %(reason)s", name=handover.to_user_id.name, reason=reason
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
        if any(handover.state != "pending" for handover in self.sudo()):
            raise UserError(self.env._("This hand-over is no longer pending."))

    def _ensure_target(self):
        self._ensure_pending()
        user = self.env.user
        for handover in self.sudo():
            leads = handover.to_team_id.user_id | handover.case_id.team_id.user_id
            if user not in handover.to_user_id | leads and not user.has_group(
                "customer_service_addon.group_cs_manager"
            ):
                raise AccessError(
                    self.env._(
                        "%(case)s is handed over to %(name)s, not to you.",
                        case=handover.case_id.name,
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
