"""The timelines of a batch of clocks: one per calendar, company and window."""

from datetime import timedelta

from ..services.clock_math import WORKING_UNITS, budget_of, budget_until, read_clock
from ..services.work_timeline import ClockTimeline

_WALL = ClockTimeline()
# How far beyond now working time is looked for: first the usual reach, then once more before giving up.
_REACHES = (timedelta(days=366), timedelta(days=366 * 6))


class Axes:
    """Timelines by calendar and company, made once for a batch at ``now`` (naive UTC)."""

    def __init__(self, env, now):
        self.env = env
        self.now = now
        self._timelines = {}

    def of(self, clock, start, reach=0):
        """Return the timeline that ``clock`` runs on from ``start``, or None without working hours."""
        if clock.unit not in WORKING_UNITS:
            return _WALL
        calendar_id, company_id = _id(clock.calendar_id), _id(clock.company_id)
        if not calendar_id:
            return None
        last = max(start, self.now) + _REACHES[reach]
        key = (calendar_id, company_id, start.year, last.year)
        if key not in self._timelines:
            calendar = self.env["resource.calendar"].browse(calendar_id)
            company = self.env["res.company"].browse(company_id)
            self._timelines[key] = calendar._cs_timeline(company, start, last)
        return self._timelines[key]

    def reading(self, clock, start, holds):
        """Return ``(timeline, Reading)`` of a clock that started at ``start``; ``(None, None)`` without working time.

        A clock on hold has no deadline; one whose time lies beyond the usual reach is looked for further.
        """
        for reach in range(len(_REACHES)):
            timeline = self.of(clock, start, reach)
            if not timeline:
                return None, None
            budget = self._budget(clock, timeline, start, holds)
            if budget is None:
                continue
            reading = read_clock(timeline, start, budget, clock.carried_s, holds, clock.risk_share, self.now)
            if reading.deadline or reading.paused:
                return timeline, reading
        return None, None

    @staticmethod
    def _budget(clock, timeline, start, holds):
        if clock.extended_to:
            return budget_until(timeline, start, clock.extended_to, clock.extended_at, clock.carried_s, holds)
        return clock.budget_s if clock.carried_s else budget_of(timeline, start, clock.amount, clock.unit)

    def blocker(self, clock):
        """Return why ``clock`` has no deadline, a value of its field ``blocker``."""
        if not clock.calendar_id:
            return "no_calendar"
        calendar = self.env["resource.calendar"].browse(clock.calendar_id)
        return calendar._cs_why_no_time(self.env["res.company"].browse(clock.company_id)) or "leave"


def _id(value):
    """Clocks are read as plain rows by the engine and as records by views."""
    return value.id if hasattr(value, "_name") else value
