from datetime import timedelta
from math import inf

from odoo import models
from odoo.exceptions import UserError

# A limit that is not used up within ten years limits nothing; no calendar is asked for more.
FARTHEST = timedelta(days=3653)


class CsCase(models.Model):
    """How long a case may wait: the limits of the reason in working time; beyond them a supervisor decides."""

    _inherit = "cs.case"

    def _hold_terms(self, now):
        """Return ``{case: (until, approved)}`` of the holds of ``self`` that begin ``now`` (naive UTC).

        ``until`` is naive UTC or False: a limited pause without an end ends when its limit is used up. ``approved``
        says that it is longer than the reason allows and that the user is a supervisor; for anybody else that raises
        UserError. A calendar without working time uses no limit up.
        """
        terms = {case: (case.hold_until, False) for case in self}
        limited = self.filtered(lambda case: case.hold_reason_id._is_limited())
        left = limited._hold_hours_left()
        for (calendar, company), cases in limited.grouped(
            lambda case: (case._working_calendar(), case.company_id)
        ).items():
            # Half an hour of work a day, weekends included: every usual calendar has more.
            days = 31 + 2 * max(cases.hold_reason_id.mapped(lambda reason: reason.max_hours or reason.total_hours))
            last = now + min(timedelta(days=days), FARTHEST)
            timeline = calendar and calendar._cs_timeline(company, now, last)
            if timeline:
                terms.update((case, case._hold_term(now, timeline, *left[case])) for case in cases)
        return terms

    def _hold_term(self, now, timeline, pause, total):
        """Return ``(until, approved)`` of one case that has ``pause`` and ``total`` working hours left."""
        self.ensure_one()
        begin, until = timeline.elapsed(now), self.hold_until
        allowed = max(round(min(pause, total) * 3600), 0)
        if not until and allowed:
            return timeline.at(begin + allowed) or False, False
        if until and timeline.elapsed(until) - begin <= allowed:
            return until, False
        if not self._is_supervisor():
            self._refuse_hold(pause, total)
        reason = self.hold_reason_id
        return until or timeline.at(begin + round((reason.max_hours or reason.total_hours) * 3600)) or False, True

    def _refuse_hold(self, pause, total):
        reason = self.hold_reason_id
        limit = reason.total_hours if total <= pause else reason.max_hours
        values = {
            "case": self.name,
            "reason": reason.name,
            "limit": f"{limit:g}",
            "left": f"{max(min(pause, total), 0):.4g}",
        }
        if total <= pause:
            raise UserError(
                self.env._(
                    "%(case)s: “%(reason)s” may take %(limit)s working hours of a case in all; %(left)s are left. "
                    "Choose an earlier end, or ask a supervisor to put the case on hold.",
                    **values,
                )
            )
        raise UserError(
            self.env._(
                "%(case)s: “%(reason)s” may take %(limit)s working hours at a time; %(left)s are left. Choose an "
                "earlier end, or ask a supervisor to put the case on hold.",
                **values,
            )
        )

    def _hold_hours_left(self):
        """Return ``{case: (hours left of this pause, of all pauses)}`` for the reasons of ``self``; without limit inf.

        A hold that replaces one for the same reason is the same pause: renewing it does not make it longer.
        """
        # sudo: cs.hold - every pause counts, whoever may see it
        holds_sudo = self.env["cs.hold"].sudo().search([("case_id", "in", self.ids), ("ended_at", "!=", False)])
        earlier = holds_sudo.grouped("case_id")
        left = {}
        for case in self:
            reason, pause, total = case.hold_reason_id, 0.0, 0.0
            unbroken = True
            for hold in earlier.get(case, ()):
                same = hold.reason_id == reason
                unbroken = unbroken and same and hold.ended_how == "replaced"
                total += hold.held_hours if same else 0.0
                pause += hold.held_hours if unbroken else 0.0
            left[case] = (
                reason.max_hours - pause if reason.max_hours else inf,
                reason.total_hours - total if reason.total_hours else inf,
            )
        return left

    def _first_reminders(self, now):
        """Return ``{case: when its customer is reminded first}`` (naive UTC) where the reason wants it."""
        reminded = self.filtered("hold_reason_id.reminder_days")
        ends = reminded._working_day_ends({case: (now, case.hold_reason_id.reminder_days) for case in reminded})
        return {case: end for case, end in ends.items() if end}
