from odoo import api, fields, models
from odoo.exceptions import UserError

from .cs_case_flow import FINISHED

_HOLD_FIELDS = {"hold_reason_id", "hold_until", "hold_note"}


class CsCase(models.Model):
    _inherit = "cs.case"

    hold_ids = fields.One2many("cs.hold", "case_id", "Holds")
    hold_reason_id = fields.Many2one(
        "cs.hold.reason",
        "Waits For",
        copy=False,
        tracking=True,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty unless the case waits.",
    )
    hold_until = fields.Datetime("Waits Until", copy=False)
    hold_note = fields.Char("Waiting: Note", copy=False)

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_hold(self):
        """Open the form that asks why, and until when, the cases wait."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Wait"),
            "res_model": "cs.hold.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    def action_resume(self):
        """Go on with waiting cases."""
        self.check_access("write")
        self._resume("resumed")

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _hold(self, reason, until=None, note=None):
        """Put the cases on hold for ``reason`` (one ``cs.hold.reason``) until a naive UTC datetime, or open end.

        Cases that wait already wait for the new reason from now on. Raises UserError when ``until`` has passed or
        lies beyond what the reason allows, see ``_hold_terms``.
        """
        if not reason:
            raise UserError(self.env._("Say what the case waits for: choose a reason."))
        self._ensure_hold_ends_later(until)
        waiting = self.filtered(lambda case: case.meaning == "waiting")
        waiting._end_holds("replaced")
        values = {"hold_reason_id": reason.id, "hold_until": until, "hold_note": note}
        self._cs_as_server().write(values)
        waiting._start_holds()
        (self - waiting)._move_to("waiting")

    def _resume(self, how):
        """Go on with the waiting cases of ``self``; ``how`` is a value of ``cs.hold.ended_how``."""
        waiting = self.filtered(lambda case: case.meaning == "waiting")
        waiting._end_holds(how)
        if waiting:
            waiting._move_to("open")

    def _start_holds(self):
        """Insert the open hold of each case; the only way into waiting, whoever writes the stage (RPC, board)."""
        now = fields.Datetime.now()
        terms = self._hold_terms(now)
        reminders = self._first_reminders(now)
        for until, cases in self.grouped(lambda case: terms[case][0]).items():
            cases.filtered(lambda case, until=until: case.hold_until != until)._cs_as_server().write(
                {"hold_until": until}
            )
        # sudo: cs.hold - nobody writes holds but this model, see the docstring of cs.hold
        holds_sudo = (
            self.env["cs.hold"]
            .sudo()
            .create(
                [
                    {
                        "case_id": case.id,
                        "team_id": case.team_id.id,
                        "reason_id": case.hold_reason_id.id,
                        "stops_clock": case.hold_reason_id.stops_clock,
                        "note": case.hold_note,
                        "until": terms[case][0],
                        "started_at": now,
                        "started_by_id": self.env.uid,
                        "approved_by_id": self.env.uid if terms[case][1] else False,
                        "reminder_at": reminders.get(case, False),
                    }
                    for case in self
                ]
            )
        )
        if moments := {hold.until for hold in holds_sudo if hold.until}:
            # sudo: ir.cron - whoever puts a case on hold is reminded of it
            self.env.ref("customer_service_addon.ir_cron_cs_hold").sudo()._trigger(at=moments)

    def _end_holds(self, how):
        # sudo: cs.hold, mail.activity - ending a hold is part of moving the case on
        holds_sudo = self.env["cs.hold"].sudo().search([("case_id", "in", self.ids), ("ended_at", "=", False)])
        holds_sudo._end(how)
        self.sudo().activity_unlink(["customer_service_addon.mail_activity_type_cs_hold"])
        self._cs_as_server().write(dict.fromkeys(_HOLD_FIELDS, False))

    def _ensure_may_write(self, vals):
        super()._ensure_may_write(vals)
        if not _HOLD_FIELDS.intersection(vals):
            return
        stage = self.env["cs.case.stage"].browse(vals.get("stage_id"))
        if stage.meaning != "waiting" or any(case.meaning == "waiting" for case in self):
            raise UserError(
                self.env._("What a case waits for is set when it is put on hold. Press “Wait” to change it.")
            )

    def _ensure_can_become_waiting(self, vals):
        for case in self:
            if not (vals.get("hold_reason_id") or case.hold_reason_id):
                raise UserError(
                    self.env._(
                        "%(case)s: say what it waits for. Press “Wait” and choose a reason; a case without a "
                        "reason does not wait.",
                        case=case.name,
                    )
                )
            self._ensure_hold_ends_later(vals.get("hold_until") or case.hold_until)

    @api.model
    def _ensure_hold_ends_later(self, until):
        if until and fields.Datetime.to_datetime(until) <= fields.Datetime.now():
            raise UserError(self.env._("The waiting ends in the past. Choose a later time or leave it empty."))

    def _after_intake(self):
        waiting = self.filtered(lambda case: case.meaning == "waiting")
        waiting._ensure_can_become_waiting({})
        waiting._start_holds()
        if any(case.hold_reason_id for case in self - waiting):
            raise UserError(self.env._("A case that does not wait has no reason for waiting. Leave it out."))
        return super()._after_intake()

    def _after_move(self, former):
        result = super()._after_move(former)
        moved = self.browse(former)
        moved.filtered(lambda case: case.meaning == "waiting")._start_holds()
        left = moved.filtered(lambda case: former[case.id] == "waiting" and case.hold_reason_id)
        for how, cases in left.grouped(lambda case: "finished" if case.meaning in FINISHED else "resumed").items():
            cases._end_holds(how)
        return result

    def _after_customer_message(self, message):
        result = super()._after_customer_message(message)
        # sudo: cs.case - a customer's reply ends the waiting for him; he himself may not move cases
        self.sudo().filtered(lambda case: case.hold_reason_id.waits_for == "customer")._resume("customer")
        return result
