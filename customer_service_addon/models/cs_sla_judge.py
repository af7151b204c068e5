"""What a clock says: whether it waits, runs, stands still or has ended, and how."""

from dataclasses import replace
from datetime import timedelta

from ..services.clock_math import consumed


def judge_clock(batch, clock, record, holds):
    """Bring ``clock`` in line with ``record``; notes changes and events on ``batch`` (a :class:`SlaBatch`).

    ``holds`` are the record's holds that stop clocks. An ended clock is never rewritten: when its milestone is open
    again, a further round begins.
    """
    if clock.run_state == "ended":
        clock = _next_round(batch, clock, record)
        if not clock:
            return
    before = clock.values()
    goal = record._sla_goal_moment(clock.goal)
    source = clock.started_at if clock.round > 1 and clock.started_at else record._sla_moment(clock.source)
    if record._sla_cancelled_at():
        _cancel(batch, clock, record._sla_cancelled_at())
    elif not goal and record._sla_is_left_out(clock.goal):
        _cancel(batch, clock, batch.now)
    elif source:
        _run(batch, clock, source, goal, holds)
    elif goal and record._sla_moment(clock.goal):
        # It ended before it began: nothing of its time was used.
        _run(batch, clock, goal, goal, holds)
    elif goal:
        _cancel(batch, clock, goal)
    if clock.id and clock.values() != before:
        batch.changed.append(clock)


def _next_round(batch, clock, record):
    """Return the clock of the next round when the milestone of an ended one is open again, else None."""
    over = record._sla_goal_moment(clock.goal) or record._sla_cancelled_at()
    if over or record._sla_is_left_out(clock.goal):
        return None
    plan = batch.env["cs.sla.policy"]._plan_of(clock.policy_id)
    resumed = plan.reopening == "resume"
    following = replace(
        clock,
        id=None,
        round=clock.round + 1,
        started_at=batch.restarted_at or record._sla_restarted_at() or batch.now,
        carried_s=clock.consumed_s if resumed else 0,
        budget_s=clock.budget_s if resumed else 0,
        consumed_s=0,
        resumed_at=None,
        deadline=None,
        risk_at=None,
        reached_at=None,
        missed_at=None,
        overrun_s=0,
        run_state="waiting",
        outcome="none",
        blocker=None,
        extended_to=None,
        extended_at=None,
        **record._sla_copied_values(),
    )
    clock.current = False
    batch.superseded.append(clock)
    batch.clocks[record.id].remove(clock)
    batch.clocks[record.id].append(following)
    batch.added.append(following)
    if resumed:
        batch.hushed.add(id(following))
    return following


def _cancel(batch, clock, at):
    """A cancelled record leaves its clocks neither met nor missed."""
    clock.run_state, clock.outcome = "ended", "cancelled"
    clock.deadline = clock.risk_at = clock.resumed_at = None
    clock.reached_at = None
    batch.silenced.append(clock)
    batch.emit(clock, "cancelled", at)


def _run(batch, clock, source, goal, holds):
    """A clock whose start is known: started, running, on hold or ended."""
    was, had = clock.run_state, clock.deadline
    fresh = was == "waiting"
    corrected = not fresh and clock.started_at != source
    clock.started_at = source
    timeline, reading = batch.axes.reading(clock, source, holds)
    clock.blocker = None if reading else batch.axes.blocker(clock)
    if fresh:
        batch.emit(clock, "start", source)
    if reading:
        clock.budget_s = reading.budget
        clock.consumed_s, clock.resumed_at = reading.used, reading.resumed_at
        clock.deadline, clock.risk_at = reading.deadline, reading.risk_at
        clock.run_state = "paused" if reading.paused else "running"
    else:
        clock.deadline = clock.risk_at = clock.resumed_at = None
        clock.run_state = "running"
    _note_holds(batch, clock, holds, was, goal or batch.now + timedelta(seconds=1))
    if goal:
        _end(batch, clock, timeline, goal, holds)
        return
    if fresh or was == "ended":
        batch.armed.append(clock)
    elif had != clock.deadline or was != clock.run_state:
        batch.moved.append(clock)
    if corrected:
        batch.emit(clock, "corrected", source, note=batch.note)
    elif not fresh and had != clock.deadline and was == clock.run_state:
        batch.emit(clock, "recomputed", batch.now, note=batch.note)
    _judge_open(batch, clock)


def _judge_open(batch, clock):
    """A running clock is missed or not as its deadline says; old misses are stated quietly where that was asked."""
    late = bool(clock.deadline) and clock.deadline < batch.now
    if clock.outcome == "missed" and not late and not (clock.run_state == "paused" and clock.deadline):
        clock.outcome, clock.missed_at = "none", None
        batch.rearmed.append(clock)
    elif clock.outcome == "none" and late and (batch.quiet or id(clock) in batch.hushed):
        clock.outcome, clock.missed_at = "missed", clock.deadline
        batch.emit(clock, "missed", clock.deadline, note=batch.note)


def _end(batch, clock, timeline, goal, holds):
    """The milestone is reached at ``goal``."""
    known = clock.missed_at
    settle_end(clock, timeline, goal, holds)
    batch.silenced.append(clock)
    if clock.outcome == "missed" and not known:
        batch.emit(clock, "missed", clock.deadline)
    batch.emit(clock, "late" if clock.outcome == "missed" else "met", goal)


def settle_end(clock, timeline, goal, holds):
    """Settle what ``clock`` used until ``goal`` (naive UTC) and whether that was in time; without hours neither."""
    late = bool(clock.deadline) and goal > clock.deadline
    clock.run_state, clock.reached_at, clock.resumed_at = "ended", goal, None
    clock.missed_at = clock.deadline if late else None
    clock.outcome = "none"
    if timeline:
        clock.consumed_s = clock.carried_s + consumed(timeline, clock.started_at, goal, holds)
        clock.overrun_s = max(clock.consumed_s - clock.budget_s, 0)
        clock.outcome = "missed" if late else "met"


def _note_holds(batch, clock, holds, was, until):
    """Write down stops and starts; a clock that begins late in the life of its record is credited earlier holds."""
    seen = [hold for hold in holds if hold[0] < until and (hold[1] is None or hold[1] > clock.started_at)]
    if was == "running":
        seen = seen[-1:] if clock.run_state == "paused" else []
    elif was == "paused":
        if clock.run_state == "running":
            # A hold of no length is none any more, but the pause that was noted needs its end.
            batch.emit(clock, "resume", seen[-1][1] if seen and seen[-1][1] else batch.now)
        return
    for begin, end in seen:
        batch.emit(clock, "pause", max(begin, clock.started_at), reason_id=batch.reasons.get(clock.res_id))
        if end is not None and end <= until:
            batch.emit(clock, "resume", end)
