from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from .cs_case_stage import MEANINGS

# From each meaning, where a case may go. The same table guards ``write``, feeds the buttons
# and is shown nowhere else: a drag in the kanban is a write like any other.
NEXT_MEANINGS = {
    "new": ("open", "waiting", "solved", "closed", "cancelled"),
    "open": ("new", "waiting", "solved", "closed", "cancelled"),
    "waiting": ("open", "solved", "closed", "cancelled"),
    "solved": ("open", "closed"),
    "closed": ("open",),
    "cancelled": ("open",),
}
FINISHED = ("solved", "closed", "cancelled")


class CsCase(models.Model):
    _inherit = "cs.case"

    can_open = fields.Boolean(compute="_compute_can_move")
    can_wait = fields.Boolean(compute="_compute_can_move")
    can_solve = fields.Boolean(compute="_compute_can_move")
    can_close = fields.Boolean(compute="_compute_can_move")
    can_cancel = fields.Boolean(compute="_compute_can_move")
    can_reopen = fields.Boolean(compute="_compute_can_move")

    @api.depends("meaning")
    def _compute_can_move(self):
        for case in self:
            following = NEXT_MEANINGS.get(case.meaning, ())
            case.can_open = "open" in following and case.meaning not in FINISHED
            case.can_wait = "waiting" in following
            case.can_solve = "solved" in following
            case.can_close = "closed" in following
            case.can_cancel = "cancelled" in following
            case.can_reopen = "open" in following and case.meaning in FINISHED

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_open(self):
        self._move_to("open")

    def action_solve(self):
        self._move_to("solved")

    def action_close(self):
        self._move_to("closed")

    def action_cancel(self):
        self._move_to("cancelled")

    def action_reopen(self):
        """Take up finished cases again; after the window of their type use :meth:`_follow_up` (C-08)."""
        self._move_to("open")

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _move_to(self, meaning):
        """Put the cases into their team's first stage with ``meaning``.

        Raises UserError when the transition or one of its conditions does not hold; then no case moves.
        """
        for team in self.team_id or [self.env["cs.team"]]:
            cases = self.filtered(lambda case, team=team: case.team_id == team)
            cases.write({"stage_id": self._stage_for(meaning, team).id})

    @api.model
    def _stage_for(self, meaning, team):
        stage = self.env["cs.case.stage"]._for_meaning(meaning, team)
        if not stage:
            raise UserError(
                self.env._(
                    "Team “%(team)s” has no stage that means “%(meaning)s”. A manager adds one under "
                    "Configuration ‣ Stages.",
                    team=team.name or "",
                    meaning=dict(self.env["cs.case.stage"]._fields["meaning"]._description_selection(self.env))[
                        meaning
                    ],
                )
            )
        return stage

    @api.model
    def _ensure_may_start(self, vals_list):
        """A new case is not finished yet: its conditions could not have been checked."""
        stages = self.env["cs.case.stage"].browse({vals["stage_id"] for vals in vals_list if vals.get("stage_id")})
        finished = stages.filtered(lambda stage: stage.meaning in FINISHED)
        if finished:
            raise UserError(
                self.env._(
                    "A new case cannot start as “%(stage)s”. Register it first, then finish it.",
                    stage=finished[0].name,
                )
            )

    def _ensure_can_move(self, vals):
        """Check the move of every case before any of them is written.

        Returns ``{case id: former meaning}`` of the cases whose meaning changes.
        """
        self.check_access("write")
        stage = self.env["cs.case.stage"].browse(vals["stage_id"])
        moved = self.filtered(lambda case: case.meaning != stage.meaning)
        for case in moved:
            if stage.meaning not in NEXT_MEANINGS[case.meaning]:
                labels = dict(self.env["cs.case.stage"]._fields["meaning"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(case)s is “%(old)s” and cannot become “%(new)s”.",
                        case=case.name,
                        old=labels[case.meaning],
                        new=labels[stage.meaning],
                    )
                )
        check = getattr(moved, f"_ensure_can_become_{stage.meaning}", None)
        if moved and check:
            check(vals)
        return {case.id: case.meaning for case in moved}

    def _confirm_by_customer(self, how):
        """Close the cases because their customer is content; ``how`` is a value of ``confirmation`` (I-05).

        The caller has checked that it is the customer who speaks. Raises UserError while work is open.
        """
        self._cs_as_server().write({"confirmation": how, "confirmed_at": fields.Datetime.now()})
        self._move_to("closed")

    def _reopen_by_customer(self, reason):
        """Take the case up again because its customer is not content, and keep his ``reason`` (plain text).

        Returns the case he goes on with: the same one, or a new linked one when the reopening window of its
        type has passed (C-08).
        """
        self.ensure_one()
        if self.meaning not in FINISHED:
            return self
        if self._may_reopen():
            self._move_to("open")
            return self
        return self._follow_up("follow_up", {"subject": self.subject, "description": plaintext2html(reason or "")})

    def _may_reopen(self):
        """Whether the reopening window of the case's type is still open."""
        self.ensure_one()
        finished = self.closed_at or self.cancelled_at or self.solved_at
        return bool(finished) and fields.Datetime.now() <= finished + timedelta(days=self.type_id.reopen_days)

    def _ensure_can_become_open(self, vals):
        for case in self:
            if case.meaning == "closed" and not case._may_reopen() and not self._is_supervisor():
                raise UserError(
                    self.env._(
                        "%(case)s was closed more than %(days)s days ago. Register a follow-up case linked to it "
                        "instead, or ask a supervisor to reopen it (C-08).",
                        case=case.name,
                        days=case.type_id.reopen_days,
                    )
                )

    @api.model
    def _is_supervisor(self):
        return self.env.su or self.env.user.has_group("customer_service_addon.group_cs_supervisor")

    def _ensure_can_become_solved(self, vals):
        self._ensure_answered(vals)
        self._ensure_nothing_open()

    def _ensure_can_become_closed(self, vals):
        self._ensure_answered(vals)
        self._ensure_nothing_open()
        for case in self:
            if not (vals.get("confirmation") or case.confirmation):
                raise UserError(
                    self.env._("%(case)s: record first how the customer confirmed the result (I-05).", case=case.name)
                )

    def _ensure_can_become_cancelled(self, vals):
        self._ensure_nothing_open()
        for case in self:
            if not (vals.get("cancel_reason") or case.cancel_reason):
                raise UserError(
                    self.env._("%(case)s: say why the case is cancelled before you cancel it.", case=case.name)
                )

    def _ensure_answered(self, vals):
        for case in self:
            if case.type_id.answer_required and not case.first_answered_at:
                raise UserError(
                    self.env._(
                        "%(case)s: the customer has no answer yet. Answer by mail or record the answer given by "
                        "phone or in person, then go on (I-06).",
                        case=case.name,
                    )
                )
            if case.kind == "suggestion" and not (vals.get("verdict") or case.verdict):
                raise UserError(
                    self.env._("%(case)s: say whether the suggestion is adopted, and why (I-07).", case=case.name)
                )

    def _ensure_nothing_open(self):
        """Refuse to finish cases with open work; the rooms extend :meth:`_open_work`."""
        for case, labels in self._open_work().items():
            if labels:
                raise UserError(
                    self.env._(
                        "%(case)s cannot be finished, there is open work: %(work)s.",
                        case=case.name,
                        work=", ".join(labels),
                    )
                )

    def _open_work(self):
        """Return ``{case: [label of an open piece of work, ...]}`` for all cases of ``self``."""
        return {case: [] for case in self}

    def _after_move(self, former):
        """Write the milestones of the cases in ``former`` (``{id: old meaning}``)."""
        moved = self.browse(former)
        now = fields.Datetime.now()
        for meaning, _label in MEANINGS:
            cases = moved.filtered(lambda case, meaning=meaning: case.meaning == meaning)
            if not cases:
                continue
            reopened = cases.filtered(lambda case: former[case.id] in FINISHED) if meaning == "open" else self.browse()
            reopened._mark_reopened(now)
            cases._mark_reached(meaning, now)

    def _mark_reached(self, meaning, now):
        if meaning == "cancelled":
            self._cs_as_server().write({"cancelled_at": now})
        if meaning not in ("solved", "closed"):
            return
        for (solved, first, confirmed), cases in self.grouped(
            lambda case: (
                case.solved_at or now,
                case.first_solved_at or case.solved_at or now,
                case.confirmed_at or now,
            )
        ).items():
            values = {"solved_at": solved, "first_solved_at": first}
            if meaning == "closed":
                values.update(closed_at=now, confirmed_at=confirmed)
            cases._cs_as_server().write(values)

    def _mark_reopened(self, now):
        for count, cases in self.grouped("reopen_count").items():
            cases._cs_as_server().write(
                {
                    "reopened_at": now,
                    "reopen_count": count + 1,
                    "solved_at": False,
                    "closed_at": False,
                    "cancelled_at": False,
                    "confirmation": False,
                    "confirmed_at": False,
                }
            )

    def _ensure_may_back_date(self, received_at):
        """``received_at`` may be corrected for a while, afterwards by supervisors, and leaves a trace."""
        moment = fields.Datetime.to_datetime(received_at)
        supervisor = self._is_supervisor()
        for case in self:
            age = (fields.Datetime.now() - case.registered_at).total_seconds() / 60
            if not supervisor and age > case.company_id.cs_correction_minutes:
                raise AccessError(
                    self.env._(
                        "%(case)s was registered more than %(minutes)s minutes ago. A supervisor can correct the time.",
                        case=case.name,
                        minutes=case.company_id.cs_correction_minutes,
                    )
                )
            if not moment or moment > fields.Datetime.now():
                raise UserError(self.env._("%(case)s cannot have been received in the future.", case=case.name))
