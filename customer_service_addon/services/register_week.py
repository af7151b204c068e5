"""Weeks of the register and what happened to a case in one of them; plain Python, naive UTC moments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytz

from .working_time import local_day, utc_midnight


def week_of(moment, tz):
    """Return the Monday (local date) of the week in which ``moment`` (naive UTC) lies in the zone named ``tz``."""
    day = local_day(moment, pytz.timezone(tz))
    return day - timedelta(days=day.weekday())


def week_bounds(monday, tz):
    """Return the naive UTC moments [start, end) of the local week that begins on ``monday``."""
    zone = pytz.timezone(tz)
    return utc_midnight(monday, zone), utc_midnight(monday + timedelta(days=7), zone)


@dataclass(frozen=True)
class CaseTimes:
    """When a case came, was finished (now), was finished first and was taken up again; None: never."""

    received: datetime
    finished: datetime | None
    first_solved: datetime | None
    reopened: datetime | None

    def was_open(self, moment):
        """Whether the case was open at ``moment``.

        The case keeps its first and its last finish: with more than one reopening the time between the first
        finish and the last reopening counts as finished.
        """
        if self.received >= moment:
            return False
        if self.reopened and self.reopened >= moment:
            return bool(self.first_solved) and self.first_solved >= moment
        return not self.finished or self.finished >= moment


def week_of_case(times, start, end):
    """Return which figures of the week [start, end) the case counts in.

    The set holds some of ``open_start``, ``in``, ``reopened``, ``out``, ``open_end``; over any number of cases
    open_start + in + reopened - out = open_end.
    """
    figures = set()
    if times.was_open(start):
        figures.add("open_start")
    elif start <= times.received < end:
        figures.add("in")
    elif times.received < start and times.reopened and start <= times.reopened < end:
        figures.add("reopened")
    if times.was_open(end):
        figures.add("open_end")
    elif figures:
        figures.add("out")
    return figures
