"""Working time as one axis: how much has passed at a moment, and at which moment so much has passed.

A timeline is made once per calendar and window and shared by a whole batch; every question costs a binary search.
Moments are naive UTC datetimes, amounts are whole seconds.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from operator import itemgetter

from .working_time import end_of_working_day, local_day, working_days

_EPOCH = datetime(1970, 1, 1)


def to_seconds(moment):
    """Return ``moment`` (naive UTC) as whole seconds since 1970."""
    return round((moment - _EPOCH).total_seconds())


def to_moment(seconds):
    """Return the naive UTC datetime ``seconds`` after the beginning of 1970."""
    return _EPOCH + timedelta(seconds=seconds)


class Timeline:
    """The working time of a list of spans (see :mod:`.working_time`), in the pytz zone ``tz``.

    It knows nothing outside the window of its spans: before it nothing has been worked, after it nothing more is.
    It never changes once made, so that it may be cached.
    """

    def __init__(self, spans, tz):
        self._starts, self._ends, self._before = [], [], []
        total = 0
        for start, end in spans:
            begin, finish = to_seconds(start), to_seconds(end)
            self._starts.append(begin)
            self._ends.append(finish)
            self._before.append(total)
            total += finish - begin
        self._total = total
        self._days = working_days(spans, tz)
        self._tz = tz

    def __bool__(self):
        """Return whether anybody ever works."""
        return bool(self._total)

    def elapsed(self, moment):
        """Return the seconds worked until ``moment`` since the beginning of the window."""
        at = to_seconds(moment)
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return 0
        return self._before[index] + min(at, self._ends[index]) - self._starts[index]

    def at(self, seconds):
        """Return the first moment at which ``seconds`` have been worked; None when the window has not so many.

        What is used up exactly at the end of a span ends there, not at the beginning of the next one. For nothing
        (0) it is the beginning of the first span.
        """
        if not 0 <= seconds <= self._total or not self._total:
            return None
        index = max(bisect_left(self._before, seconds) - 1, 0)
        return to_moment(self._starts[index] + seconds - self._before[index])

    def spans(self, start, end):
        """Return the ``[(from, until)]`` worked between ``start`` and ``end`` (naive UTC), in order."""
        low, high = to_seconds(start), to_seconds(end)
        first, last = bisect_right(self._ends, low), bisect_left(self._starts, high)
        pairs = zip(self._starts[first:last], self._ends[first:last], strict=True)
        return [(to_moment(max(begin, low)), to_moment(min(finish, high))) for begin, finish in pairs]

    def day_end(self, start, count):
        """Return when work ends (naive UTC) on the ``count``-th working day, from 1, after the local day of ``start``.

        None when the window has not so many working days.
        """
        return end_of_working_day(self._days, local_day(start, self._tz), count)

    def day_before(self, start, count):
        """Return the ``count``-th working day (a local date), from 1, before the local day of ``start``.

        None when the window has not so many working days.
        """
        index = bisect_left(self._days, local_day(start, self._tz), key=itemgetter(0)) - count
        return self._days[index][0] if index >= 0 else None

    def days(self, first, last):
        """Return the working days between the local dates ``first`` and ``last``, both included, in order."""
        return [day for day, _end in self._days if first <= day <= last]


class ClockTimeline:
    """Time on the wall, day and night: the axis of targets in minutes, hours and days."""

    def __bool__(self):
        """Return True: there is always time."""
        return True

    def elapsed(self, moment):
        """Return the seconds until ``moment`` (naive UTC) since 1970."""
        return to_seconds(moment)

    def at(self, seconds):
        """Return the moment ``seconds`` after the beginning of 1970."""
        return to_moment(seconds)

    def spans(self, start, end):
        """Return all the time between ``start`` and ``end`` (naive UTC) as one span."""
        return [(start, end)]
