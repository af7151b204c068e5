"""Write a judged batch: a constant number of statements, however many clocks there are."""

from odoo.tools import SQL

from ..services.clock_math import due_moment
from ..services.clock_row import ALARM_COLUMNS, EVENT_COLUMNS, insert_clocks, update_clocks
from ..services.sql_rows import insert_rows, update_rows

_SUMMARY_COLUMNS = ("sla_policy_id", "sla_run", "sla_deadline", "sla_risk_at", "sla_milestone")


def store(batch):
    """Write clocks, events, alarms and the columns on the records of ``batch``."""
    env = batch.env
    known = {id(clock): clock for clock in batch.superseded + batch.changed if clock.id}
    update_clocks(env, list(known.values()))
    insert_clocks(env, batch.added)
    insert_rows(env, "cs_sla_event", EVENT_COLUMNS, batch.event_rows())
    earliest = _store_alarms(batch)
    _store_summaries(batch)
    if batch.added:
        env["cs.sla.engine"]._shut_out(batch.records, [clock.id for clock in batch.added])
    if known or batch.added:
        env["cs.sla.engine"]._forget()
    env["cs.sla.alarm"]._wake_up_at(earliest)


def _store_alarms(batch):
    """Set, move and drop alarms; return the earliest moment one of them is due, or None."""
    ended = [clock.id for clock in batch.silenced]
    if ended:
        batch.env.execute_query(
            SQL(
                """
                UPDATE cs_sla_alarm SET state = 'void', due_at = NULL
                 WHERE state = 'pending' AND clock_id IN %s RETURNING 1
                """,
                tuple(ended),
            )
        )
        batch.env["cs.sla.notice"]._drop_activities(ended)
    due = _move_alarms(batch) + _arm(batch)
    return min(due, default=None)


def _arm(batch):
    """Insert the alarms of clocks that start; each has one at its deadline, whatever its steps."""
    rows = []
    for clock in batch.armed:
        points = [(None, 1.0, 0)]
        points += batch.env["cs.sla.target"]._alarm_points(clock.target_id)
        rows += [_alarm_row(batch, clock, *point) for point in points]
    for clock in batch.rearmed:
        rows.append(_alarm_row(batch, clock, None, 1.0, 0))
    insert_rows(batch.env, "cs_sla_alarm", ALARM_COLUMNS, rows)
    return [row[4] for row in rows if row[4] and row[5] == "pending"]


def _alarm_row(batch, clock, escalation_id, share, offset):
    due = _due(batch, clock, share, offset)
    return (clock.id, escalation_id, share, offset, due, _alarm_state(batch, clock, due))


def _move_alarms(batch):
    """Give the pending alarms of moved clocks their new moment."""
    moved = {clock.id: clock for clock in batch.moved if clock.run_state != "ended"}
    if not moved:
        return []
    rows = batch.env.execute_query(
        SQL(
            "SELECT id, clock_id, share, offset_s FROM cs_sla_alarm WHERE state = 'pending' AND clock_id IN %s",
            tuple(moved),
        )
    )
    values = {}
    for alarm_id, clock_id, share, offset in rows:
        due = _due(batch, moved[clock_id], share, offset)
        values[alarm_id] = (due, _alarm_state(batch, moved[clock_id], due))
    update_rows(batch.env, "cs_sla_alarm", ("due_at", "state"), values)
    return [due for due, state in values.values() if due and state == "pending"]


def _due(batch, clock, share, offset):
    """The moment when ``share`` of the budget plus ``offset`` seconds are used up; None while that is not known."""
    if clock.blocker or clock.run_state == "ended":
        return None
    timeline = batch.axes.of(clock, clock.started_at)
    point = round(clock.budget_s * share) + offset - clock.carried_s
    return due_moment(timeline, clock.started_at, point, batch.holds.get(clock.res_id, []))


def _alarm_state(batch, clock, due):
    """Alarms older than a swap or a recomputation do not flood anybody."""
    hushed = batch.quiet or id(clock) in batch.hushed
    return "void" if hushed and due and due < batch.now else "pending"


def _store_summaries(batch):
    """Write what lists and searches need of the clocks onto the records themselves.

    Nobody may write these columns, so the fields do it: it joins whatever else is still to be saved of the records.
    """
    columns = [batch.records._fields[name] for name in _SUMMARY_COLUMNS]
    for record in batch.records:
        for field, value in zip(columns, _summary(batch, record), strict=True):
            field.write(record, value)


def _summary(batch, record):
    clocks = batch.clocks[record.id]
    policy_id = batch.policies.get(record.id, record.sla_policy_id.id or None)
    going = [clock for clock in clocks if clock.run_state in ("running", "paused")]
    dated = [clock for clock in going if clock.deadline]
    following = min(dated, key=lambda clock: clock.deadline, default=None) or (going[0] if going else None)
    risks = [clock.risk_at for clock in going if clock.risk_at]
    return (
        policy_id,
        _run_state(clocks, going, dated),
        following.deadline if following else None,
        min(risks, default=None),
        following.milestone if following else None,
    )


def _run_state(clocks, going, dated):
    if not clocks:
        return None
    if any(clock.run_state == "paused" for clock in going):
        return "paused"
    if dated:
        return "running"
    if going:
        return "blocked"
    return "waiting" if any(clock.run_state == "waiting" for clock in clocks) else "done"
