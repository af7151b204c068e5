"""Rows of the clock tables outside the ORM: what a clock is, in the order of its columns.

Clocks, events and alarms prove something, so nobody writes them through the ORM; the engine does in plain statements.
"""

from dataclasses import dataclass, fields
from datetime import datetime

from odoo.tools import SQL

from .sql_rows import insert_rows, update_rows


@dataclass(slots=True)
class ClockRow:
    """One clock: a record's time to a milestone, in one round. Amounts of time are whole seconds."""

    id: int = None
    res_model: str = None
    res_id: int = None
    policy_id: int = None
    policy_version: int = 1
    target_id: int = None
    source: str = None
    milestone: str = None
    round: int = 1
    current: bool = True
    company_id: int = None
    team_id: int = None
    user_id: int = None
    department_id: int = None
    partner_id: int = None
    calendar_id: int = None
    amount: float = 0.0
    unit: str = None
    risk_share: float = 1.0
    started_at: datetime = None
    budget_s: int = 0
    carried_s: int = 0
    consumed_s: int = 0
    resumed_at: datetime = None
    deadline: datetime = None
    risk_at: datetime = None
    reached_at: datetime = None
    missed_at: datetime = None
    overrun_s: int = 0
    run_state: str = "waiting"
    outcome: str = "none"
    blocker: str = None
    extended_to: datetime = None
    extended_at: datetime = None

    def values(self):
        """Return the values of all columns but the id, in their order."""
        return tuple(getattr(self, column) for column in CLOCK_COLUMNS)

    @property
    def goal(self):
        """The code of the milestone that ends the clock."""
        return self.milestone.split("/")[1]


CLOCK_COLUMNS = tuple(field.name for field in fields(ClockRow) if field.name != "id")
EVENT_COLUMNS = (
    "clock_id",
    "kind",
    "at",
    "recorded_at",
    "user_id",
    "policy_version",
    "calendar_id",
    "amount",
    "unit",
    "carried_s",
    "budget_s",
    "consumed_s",
    "deadline",
    "reason_id",
    "note",
)
ALARM_COLUMNS = ("clock_id", "escalation_id", "share", "offset_s", "due_at", "state")


def load_clocks(env, condition):
    """Return the :class:`ClockRow` list for ``condition``, the :class:`SQL` behind ``WHERE``."""
    rows = env.execute_query(
        SQL(
            "SELECT id, %s FROM cs_sla_clock WHERE %s",
            SQL(", ").join(map(SQL.identifier, CLOCK_COLUMNS)),
            condition,
        )
    )
    return [ClockRow(*row) for row in rows]


def insert_clocks(env, clocks):
    """Insert new clocks and give them their ids."""
    ids = insert_rows(env, "cs_sla_clock", CLOCK_COLUMNS, [clock.values() for clock in clocks])
    for clock, clock_id in zip(clocks, ids, strict=True):
        clock.id = clock_id


def update_clocks(env, clocks):
    """Write changed clocks."""
    update_rows(env, "cs_sla_clock", CLOCK_COLUMNS, {clock.id: clock.values() for clock in clocks})


def event_row(clock, kind, at, now, user_id, reason_id=None, note=None):
    """Return the row of one event; it repeats the figures of the clock, so that the clock can be rebuilt."""
    return (
        clock.id,
        kind,
        at,
        now,
        user_id,
        clock.policy_version,
        clock.calendar_id,
        clock.amount,
        clock.unit,
        clock.carried_s,
        clock.budget_s,
        clock.consumed_s,
        clock.deadline,
        reason_id,
        note,
    )
