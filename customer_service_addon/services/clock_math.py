"""When a clock runs out, how much it has used: arithmetic of one clock on a timeline, free of the ORM.

A *timeline* is a :class:`~.work_timeline.Timeline` or :class:`~.work_timeline.ClockTimeline`. *Holds* are pairs
``(from, until)`` of naive UTC datetimes, sorted and disjoint; only the last may be open (``until`` is None). While
on hold a clock uses nothing up. Amounts are whole seconds on the timeline.
"""

from collections import namedtuple

UNIT_SECONDS = {"min": 60, "h": 3600, "d": 86400, "wmin": 60, "wh": 3600}
WORKING_UNITS = ("wmin", "wh", "wd")

# What a clock looks like at a moment; see :func:`read_clock`.
Reading = namedtuple("Reading", "budget used resumed_at deadline risk_at paused")


def join_holds(pairs):
    """Return ``pairs`` (any order, may overlap) as a list of holds."""
    holds = []
    for start, end in sorted(pairs, key=lambda pair: pair[0]):
        if end is not None and end <= start:
            continue
        if holds and (holds[-1][1] is None or start <= holds[-1][1]):
            last = holds[-1][1]
            holds[-1] = (holds[-1][0], None if last is None or end is None else max(last, end))
        else:
            holds.append((start, end))
    return holds


def due_moment(timeline, start, budget, holds):
    """Return when ``budget`` has been used up since ``start``; None while on hold, or when time does not suffice.

    A budget used up exactly when a hold begins is used up before it. Without budget it is used up at ``start``.
    """
    if budget <= 0:
        return start
    goal = timeline.elapsed(start) + budget
    for begin, until in holds:
        if until is not None and until <= start:
            continue
        begun = timeline.elapsed(max(begin, start))
        if begun >= goal:
            break
        if until is None:
            return None
        goal += timeline.elapsed(until) - begun
    return timeline.at(goal)


def consumed(timeline, start, end, holds):
    """Return the seconds used between ``start`` and ``end``, holds left out (0 when ``end`` is earlier)."""
    if end <= start:
        return 0
    used = timeline.elapsed(end) - timeline.elapsed(start)
    for begin, until in holds:
        begin, until = max(begin, start), end if until is None else min(until, end)
        if begin < until:
            used -= timeline.elapsed(until) - timeline.elapsed(begin)
    return used


def budget_of(timeline, start, amount, unit):
    """Return what ``amount`` of ``unit`` grants from ``start``, or None when the calendar has no such working day.

    N working days (``wd``) grant the working time until the end of the N-th working day after the day of ``start``.
    """
    if unit != "wd":
        return round(amount * UNIT_SECONDS[unit])
    end = timeline.day_end(start, round(amount))
    return None if end is None else timeline.elapsed(end) - timeline.elapsed(start)


def budget_until(timeline, start, moment, agreed_at, carried, holds):
    """Return the budget that runs out at ``moment``, a date agreed on at ``agreed_at``.

    Holds that had begun by then were known and do not move the date; later ones do.
    """
    return carried + consumed(timeline, start, moment, [hold for hold in holds if hold[0] < agreed_at])


def read_clock(timeline, start, budget, carried, holds, risk_share, now):
    """Return the :class:`Reading` of a running clock at ``now``.

    ``carried`` is what former rounds used of the budget, ``risk_share`` the part of the budget (0 to 1) after which
    the clock is at risk. ``used`` is what had been used when the clock last started or stopped, ``resumed_at`` that
    start, or None while it stands still. A clock on hold has a deadline only when it was missed before.
    """
    past = [hold for hold in holds if hold[0] <= now and (hold[1] is None or hold[1] > start)]
    paused = bool(past) and (past[-1][1] is None or past[-1][1] > now)
    deadline = due_moment(timeline, start, budget - carried, holds)
    if paused:
        settled_at = max(past[-1][0], start)
    else:
        settled_at = max(past[-1][1], start) if past else start
    return Reading(
        budget=budget,
        used=carried + consumed(timeline, start, settled_at, holds),
        resumed_at=None if paused else settled_at,
        deadline=deadline,
        risk_at=due_moment(timeline, start, round(budget * risk_share) - carried, holds),
        paused=paused,
    )
