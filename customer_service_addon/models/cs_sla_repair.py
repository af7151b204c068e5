from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import SQL

from ..services.clock_math import join_holds
from ..services.clock_row import EVENT_COLUMNS, event_row, load_clocks, update_clocks
from ..services.sql_rows import insert_rows, update_rows
from .cs_sla_judge import settle_end
from .cs_sla_time import Axes


class CsSlaEngine(models.AbstractModel):
    """Corrections: columns that follow their record, dates set right, clocks made again from their events."""

    _inherit = "cs.sla.engine"

    @api.model
    def _copy_columns(self, records):
        """Have open clocks follow team, owner … of their record; ended ones keep who answered for them."""
        records_sudo = records.sudo()
        columns = {record.id: record._sla_copied_values() for record in records_sudo}
        names = list(records_sudo._sla_copied_fields)
        clocks = self.env.execute_query(
            SQL(
                "SELECT id, res_id FROM cs_sla_clock WHERE res_model = %s AND res_id IN %s AND current"
                " AND run_state != 'ended'",
                records._name,
                tuple(records.ids),
            )
        )
        update_rows(
            self.env,
            "cs_sla_clock",
            tuple(names),
            {clock_id: tuple(columns[res_id][name] for name in names) for clock_id, res_id in clocks},
        )
        self._forget()

    @api.model
    def _follow_calendars_of(self, clock_ids, note=None):
        """Put open clocks on the calendar that holds for their records now and compute them again."""
        clocks = load_clocks(self.env, SQL("id IN %s AND current AND run_state != 'ended'", tuple(clock_ids)))
        by_model = {}
        for clock in clocks:
            by_model.setdefault(clock.res_model, {}).setdefault(clock.res_id, []).append(clock.id)
        for model, by_record in by_model.items():
            # sudo: records - a job of the system computes them
            records_sudo = self.env[model].sudo().browse(sorted(by_record))
            calendars = {
                clock_id: (record._sla_calendar_id(),) for record in records_sudo for clock_id in by_record[record.id]
            }
            update_rows(self.env, "cs_sla_clock", ("calendar_id",), calendars)
            self._follow(records_sudo, note=note, quiet=True)

    @api.model
    def _correct(self, records, code, moment, reason):
        """Write the date of milestone ``code`` and judge again the clocks it ends or begins, with an event each."""
        records_sudo = records.sudo()
        field = records_sudo._sla_fields()[code] if code else records_sudo._sla_start_field
        server = records_sudo._cs_as_server() if hasattr(records_sudo, "_cs_as_server") else records_sudo
        milestone = f"{records._name}/{code}"
        clocks = load_clocks(
            self.env,
            SQL(
                "res_model = %s AND res_id IN %s AND current AND run_state = 'ended' AND outcome != 'cancelled'"
                " AND (milestone = %s OR source IS NOT DISTINCT FROM %s) AND round = 1",
                records._name,
                tuple(records.ids),
                milestone,
                code,
            ),
        )
        reopened = [
            replace(clock, run_state="running", outcome="none", missed_at=None, overrun_s=0) for clock in clocks
        ]
        now = fields.Datetime.now()
        update_clocks(self.env, reopened)
        insert_rows(
            self.env,
            "cs_sla_event",
            EVENT_COLUMNS,
            [event_row(clock, "corrected", moment, now, self.env.uid, note=reason) for clock in clocks],
        )
        server.write({field: moment})
        self._follow(records, note=reason)

    @api.model
    def _extend(self, records, code, moment, note):
        """Have the open clocks up to milestone ``code`` end at ``moment`` (naive UTC), and keep that they do.

        A deadline that has passed stays passed: only what was agreed on before counts (R-03). Returns the ids of the
        records whose deadline moved.
        """
        clocks = load_clocks(
            self.env,
            SQL(
                "res_model = %s AND res_id IN %s AND current AND run_state IN ('running', 'paused') AND milestone = %s"
                " AND outcome = 'none' ORDER BY id FOR NO KEY UPDATE",
                records._name,
                tuple(records.ids),
                f"{records._name}/{code}",
            ),
        )
        now = fields.Datetime.now()
        extended = [
            replace(clock, extended_to=moment, extended_at=now)
            for clock in clocks
            if not (clock.deadline and clock.deadline < now)
        ]
        update_clocks(self.env, extended)
        rows = [
            event_row(replace(clock, deadline=moment), "extended", now, now, self.env.uid, note=note)
            for clock in extended
        ]
        insert_rows(self.env, "cs_sla_event", EVENT_COLUMNS, rows)
        self._follow(records, note=note)
        return {clock.res_id for clock in extended}

    # ------------------------------------------------------------------
    # Rebuilding
    # ------------------------------------------------------------------

    @api.model
    def _rebuild(self, clocks):
        """Make the figures of ``clocks`` again from their events alone; return how many differed and were corrected."""
        rows = load_clocks(self.env, SQL("id IN %s ORDER BY id FOR NO KEY UPDATE", tuple(clocks.ids or [0])))
        # sudo: cs.sla.event - whoever rebuilds may read the clocks; events are read whole
        events = (
            self.env["cs.sla.event"].sudo().search([("clock_id", "in", clocks.ids)], order="id").grouped("clock_id")
        )
        now = fields.Datetime.now()
        axes = Axes(self.env, now)
        wrong = []
        for row in rows:
            history = events.get(self.env["cs.sla.clock"].browse(row.id))
            rebuilt = _from_events(row, history, axes) if history else row
            if rebuilt != row:
                wrong.append(rebuilt)
        update_clocks(self.env, wrong)
        insert_rows(
            self.env,
            "cs_sla_event",
            EVENT_COLUMNS,
            [event_row(row, "rebuilt", now, now, self.env.uid) for row in wrong],
        )
        self._forget()
        return len(wrong)


def _from_events(row, history, axes):
    """Return the clock that ``history`` (its events in order) tells of; identity and copied columns are taken over."""
    first, last = history[0], history[-1]
    if first.kind not in ("start", "pause"):
        return row
    started_at = [event.at for event in history if event.kind in ("start", "corrected") and not _is_goal(event, row)][
        -1
    ]
    rebuilt = replace(
        row,
        started_at=started_at,
        amount=last.amount,
        unit=last.unit,
        carried_s=last.carried_s,
        calendar_id=last.calendar_id.id or None,
    )
    extended = [event for event in history if event.kind == "extended"]
    if extended:
        rebuilt = replace(rebuilt, extended_to=extended[-1].deadline, extended_at=extended[-1].at)
    endings = [event for event in history if event.kind in ("met", "late", "cancelled", "swapped")]
    _read_again(rebuilt, _holds_of(history), endings[-1] if endings else None, axes)
    return rebuilt


def _is_goal(event, row):
    """Whether a correction was of the end of the clock, not of its beginning."""
    return event.kind == "corrected" and bool(row.reached_at) and event.at >= row.reached_at


def _holds_of(history):
    holds, begun = [], None
    for event in history:
        if event.kind == "pause" and begun is None:
            begun = event.at
        elif event.kind == "resume" and begun is not None:
            holds.append((begun, event.at))
            begun = None
    if begun is not None:
        holds.append((begun, None))
    return join_holds(holds)


def _read_again(clock, holds, ending, axes):
    """Fill in the figures of ``clock`` from its start, its holds and the event that ended it."""
    timeline, reading = axes.reading(clock, clock.started_at, holds)
    if not reading:
        return
    clock.budget_s, clock.deadline, clock.risk_at = reading.budget, reading.deadline, reading.risk_at
    if ending is None:
        clock.run_state = "paused" if reading.paused else "running"
        clock.consumed_s, clock.resumed_at = reading.used, reading.resumed_at
        clock.reached_at, clock.overrun_s = None, 0
        return
    clock.run_state, clock.resumed_at = "ended", None
    if ending.kind in ("cancelled", "swapped"):
        clock.outcome, clock.deadline, clock.risk_at, clock.reached_at = "cancelled", None, None, None
        return
    settle_end(clock, timeline, ending.at, holds)
