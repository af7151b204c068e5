"""Working-time arithmetic on plain lists, free of the ORM.

A *span* is a pair ``(start, end)`` of naive UTC datetimes with ``start < end``. A *list of spans* is sorted and
disjoint (see :func:`join_spans`); it is computed once per calendar and window and shared by a whole batch. Time
zones are pytz zones; a working day is a local date of the calendar's zone that has working time.
"""

from bisect import bisect_right
from datetime import UTC, datetime, time, timedelta
from operator import itemgetter


def join_spans(pairs):
    """Return ``pairs`` (any order, may overlap or touch, may be empty) as a list of spans."""
    spans = []
    for start, end in sorted(pairs):
        if start >= end:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def cut_spans(spans, cuts):
    """Return the list of spans that is left of ``spans`` without ``cuts``, a list of spans too."""
    left, index = [], 0
    for start, end in spans:
        while index < len(cuts) and cuts[index][1] <= start:
            index += 1
        begin, at = start, index
        while at < len(cuts) and cuts[at][0] < end:
            if begin < cuts[at][0]:
                left.append((begin, cuts[at][0]))
            begin, at = max(begin, cuts[at][1]), at + 1
        if begin < end:
            left.append((begin, end))
    return left


def clip_spans(spans, start, end):
    """Return the part of ``spans`` between ``start`` and ``end`` (naive UTC) as a list of spans."""
    return join_spans((max(begin, start), min(stop, end)) for begin, stop in spans)


def local_day(moment, tz):
    """Return the date that ``moment`` (naive UTC) has in ``tz``."""
    return moment.replace(tzinfo=UTC).astimezone(tz).date()


def utc_midnight(day, tz):
    """Return the naive UTC datetime at which the local date ``day`` begins in ``tz``."""
    return tz.localize(datetime.combine(day, time.min)).astimezone(UTC).replace(tzinfo=None)


def working_days(spans, tz):
    """Return ``[(local date, end of its working time as naive UTC)]``, one entry per working day, in order.

    A span over midnight belongs to both dates.
    """
    ends = {}
    for start, end in spans:
        day = local_day(start, tz)
        last = local_day(end - timedelta(microseconds=1), tz)
        while day < last:
            ends[day] = utc_midnight(day + timedelta(days=1), tz)
            day += timedelta(days=1)
        ends[last] = end
    return sorted(ends.items())


def end_of_working_day(days, start_day, count):
    """Return the end (naive UTC) of the ``count``-th working day after ``start_day``, a local date.

    ``days`` comes from :func:`working_days`. The starting day never counts, whether it is worked or not: from a
    Friday as from a Saturday, day 1 is the next working day. Returns None when ``days`` does not reach that far.
    """
    if count < 1:
        raise ValueError("count starts at 1")
    index = bisect_right(days, start_day, key=itemgetter(0)) + count - 1
    return days[index][1] if index < len(days) else None


def working_seconds(spans, start, end):
    """Return the seconds of working time between ``start`` and ``end`` (naive UTC; 0.0 if ``end`` is earlier)."""
    first = max(bisect_right(spans, start, key=itemgetter(0)) - 1, 0)
    total = timedelta()
    for span_start, span_end in spans[first:]:
        if span_start >= end:
            break
        total += max(min(span_end, end) - max(span_start, start), timedelta())
    return total.total_seconds()


def add_working_seconds(spans, start, seconds):
    """Return the moment (naive UTC) when ``seconds`` of working time have passed since ``start``.

    A budget used up exactly at the end of a span ends there, not at the beginning of the next one; nothing to
    wait for (0) ends at ``start``. Returns None when ``spans`` do not hold that much working time.
    """
    if seconds <= 0:
        return start
    left = timedelta(seconds=seconds)
    first = max(bisect_right(spans, start, key=itemgetter(0)) - 1, 0)
    for span_start, span_end in spans[first:]:
        begin = max(span_start, start)
        if span_end - begin >= left:
            return begin + left
        left -= max(span_end - begin, timedelta())
    return None
