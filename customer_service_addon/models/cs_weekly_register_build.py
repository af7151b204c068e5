import logging
from collections import Counter, defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..services.register_week import CaseTimes, week_bounds, week_of, week_of_case
from .cs_case_stage import OPEN_MEANINGS

_logger = logging.getLogger(__name__)

COUNTED = {
    "open_start": "open_start_count",
    "in": "in_count",
    "reopened": "reopened_count",
    "out": "out_count",
    "open_end": "open_end_count",
}
FINISHES = ("solved_at", "closed_at", "cancelled_at")
READ = (
    "team_id",
    "type_id",
    "meaning",
    "user_id",
    "received_at",
    "first_solved_at",
    "reopened_at",
    *FINISHES,
    "unfinished_reason",
)


class CsWeeklyRegister(models.Model):
    _inherit = "cs.weekly.register"

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------

    @api.model
    def _build_last_week(self, teams):
        """Create the registers of the last complete week that ``teams`` lack; returns them.

        However many teams, the number of queries stays the same. A team that is being built elsewhere is skipped.
        """
        now = fields.Datetime.now()
        # sudo: cs.team - rows are locked and counted for people who may only read them
        teams_sudo = teams.sudo().try_lock_for_update(allow_referencing=True)
        weeks = {team: (week_of(now, team._cs_tz()) - timedelta(days=7), team._cs_tz()) for team in teams_sudo}
        weeks = {
            team: (monday, tz) for team, (monday, tz) in weeks.items() if team.create_date < week_bounds(monday, tz)[1]
        }
        mondays = list({monday for monday, _tz in weeks.values()})
        built = self.sudo().search([("team_id", "in", teams_sudo.ids), ("week_start", "in", mondays)])
        done = {(register.team_id, register.week_start) for register in built}
        missing = {team: week for team, week in weeks.items() if (team, week[0]) not in done}
        figures = self._figures({team: week_bounds(*week) for team, week in missing.items()})
        # sudo: cs.weekly.register - nobody but the system creates registers
        return self.sudo().create(
            [
                {"team_id": team.id, "week_start": monday, "tz": tz, **figures[team]}
                for team, (monday, tz) in missing.items()
            ]
        )

    def _rebuild(self):
        """Count the weeks of ``self`` again; the caller has checked who asks."""
        for monday in set(self.mapped("week_start")):  # a query per week, for any number of teams
            registers = self.filtered(lambda register, monday=monday: register.week_start == monday)
            figures = self._figures({register.team_id: register._bounds() for register in registers})
            for register in registers:
                # sudo: cs.weekly.register - written by the system only
                register.sudo().write(figures[register.team_id])

    @api.model
    def _figures(self, weeks):
        """Return ``{team: values of its register}`` for ``weeks``, ``{team: (start, end)}`` in naive UTC.

        Cases count in the team they are in when counting. The number of queries does not depend on that of teams.
        """
        counts = {team: Counter() for team in weeks}
        types = {team: defaultdict(Counter) for team in weeks}
        late = self._late_promises(weeks)
        unfinished = {team: [] for team in weeks}
        for case in self._cases_of(weeks):
            start, end = weeks[case.team_id]
            finished = next((case[name] for name in FINISHES if case[name]), None)
            if case.meaning in OPEN_MEANINGS:
                finished = None
            times = CaseTimes(case.received_at, finished, case.first_solved_at or None, case.reopened_at or None)
            for figure in week_of_case(times, start, end):
                counts[case.team_id][figure] += 1
                types[case.team_id][case.type_id][figure] += 1
            if times.was_open(end):
                unfinished[case.team_id].append(self._line(case, end))
        return {team: self._values(counts[team], types[team], late[team], unfinished[team]) for team in weeks}

    @api.model
    def _cases_of(self, weeks):
        if not weeks:
            return self.env["cs.case"]
        first = min(start for start, _end in weeks.values())
        last = max(end for _start, end in weeks.values())
        recent = [Domain(name, ">=", first) for name in (*FINISHES, "reopened_at")]
        domain = Domain("team_id", "in", [team.id for team in weeks]) & Domain("received_at", "<", last)
        domain &= Domain("meaning", "in", OPEN_MEANINGS) | Domain.OR(recent)
        # sudo: cs.case - a register counts every case of its team
        cases_sudo = self.env["cs.case"].sudo().with_context(active_test=False)
        return cases_sudo.search_fetch(domain, READ, order="received_at, id")

    @api.model
    def _late_promises(self, weeks):
        """Return ``{team: number of promised times of its week at which the customer heard nothing}`` (I-05)."""
        late = Counter()
        if not weeks:
            return late
        # sudo: cs.promise - a register counts every promise of its team
        promises_sudo = (
            self.env["cs.promise"]
            .sudo()
            .search_fetch(
                Domain("case_id.team_id", "in", [team.id for team in weeks])
                & Domain("state", "in", ("missed", "open"))
                & Domain("due_at", ">=", min(start for start, _end in weeks.values()))
                & Domain("due_at", "<", max(end for _start, end in weeks.values())),
                ("case_id", "due_at"),
            )
        )
        for promise in promises_sudo:
            team = promise.case_id.team_id
            start, end = weeks[team]
            late[team] += start <= promise.due_at < end
        return late

    @api.model
    def _line(self, case, end):
        """One unfinished case as kept in the snapshot: facts of that week, no personal data of the customer."""
        told = case.promise_ids.filtered(lambda promise: promise.made_at < end)
        standing = told.filtered(lambda promise: promise.state in ("open", "missed"))
        promised = max(standing.mapped("due_at"), default=None)
        return {
            "case_id": case.id,
            "user_id": case.user_id.id,
            "promised_at": fields.Datetime.to_string(promised) if promised else False,
            "late": bool(promised and promised < end),
            "reason": case.unfinished_reason or "",
        }

    @api.model
    def _values(self, counts, types, late, unfinished):
        ordered = sorted(types.items(), key=lambda item: (item[0].sequence, item[0].id))
        return {
            **{field: counts[figure] for figure, field in COUNTED.items()},
            "late_promise_count": late,
            "no_reason_count": sum(not line["reason"] for line in unfinished),
            "snapshot": {
                "types": [{"type_id": case_type.id, **figures} for case_type, figures in ordered],
                "unfinished": unfinished,
            },
            "built_at": fields.Datetime.now(),
        }

    # ------------------------------------------------------------------
    # Jobs
    # ------------------------------------------------------------------

    @api.model
    def _cron_weekly_register(self):
        """Ask for missing reasons, build last week's registers when a team's week is over, print and mail them.

        Runs every hour, because teams live in different time zones. Each register is printed, mailed and committed
        by itself, so that it is mailed once even when a later one fails; a failed one is tried again next time.
        """
        self._ask_for_reasons()
        self._build_last_week(self.env["cs.team"].search([]))
        cron, domain = self.env["ir.cron"], Domain("attachment_id", "=", False)
        cron._commit_progress(remaining=self.search_count(domain))
        while register := self.search(domain, limit=1).try_lock_for_update(allow_referencing=True):
            try:
                register._print_and_send(send=not register.sent_at)
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Weekly register %s was not printed, it is tried again", register.id)
                domain &= Domain("id", "!=", register.id)
            if not cron._commit_progress(1):
                break

    @api.model
    def _ask_for_reasons(self):
        """Once a week, on the day set for each site office, ask owners why their cases are not finished (I-08)."""
        now = fields.Datetime.now()
        due = self.env["cs.team"]
        for team in self.env["cs.team"].search([("is_site_office", "=", True), ("register_ask_weekday", "!=", False)]):
            monday = week_of(now, team._cs_tz())
            ask_day = monday + timedelta(days=int(team.register_ask_weekday))
            if team.register_asked_week != monday and week_bounds(ask_day, team._cs_tz())[0] <= now:
                team.register_asked_week = monday
                due |= team
        if due:
            self._cases_to_explain(due)._ask_for_reason()

    @api.model
    def _cases_to_explain(self, teams):
        domain = Domain("team_id", "in", teams.ids) & Domain("meaning", "in", OPEN_MEANINGS)
        return self.env["cs.case"].search(domain & Domain("unfinished_reason", "=", False))
