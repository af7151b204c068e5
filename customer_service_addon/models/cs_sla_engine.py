from odoo import api, fields, models
from odoo.tools import SQL

from ..services.clock_row import EVENT_COLUMNS, event_row, load_clocks
from ..services.sql_rows import insert_rows
from .cs_sla_batch import SlaBatch


class CsSlaEngine(models.AbstractModel):
    """The one way clocks are written. Callers are the mixin, the jobs and buttons that have checked their user."""

    _name = "cs.sla.engine"
    _description = "SLA Engine"

    @api.model
    def _start(self, records):
        """Give the new ``records`` (one model) their policy, clocks and alarms, in a handful of statements."""
        if records:
            batch = SlaBatch(records.sudo(), fields.Datetime.now())
            batch.assign_policies()
            batch.run()

    @api.model
    def _follow(self, records, *, rematch=False, restarted_at=None, applying=False, note=None, quiet=False):
        """Bring the clocks of ``records`` (one model) in line with their milestones, holds and policies.

        ``rematch`` looks for the policy again, ``applying`` also takes over a newer version of it. ``restarted_at``
        (naive UTC) begins further rounds. ``note`` is kept with the events. With ``quiet`` alarms that would be due
        already are not set off. Ended clocks stay as they are.
        """
        if not records:
            return
        batch = SlaBatch(
            records.sudo(), fields.Datetime.now(), restarted_at=restarted_at, applying=applying, note=note, quiet=quiet
        )
        batch.load()
        if rematch:
            batch.assign_policies()
        batch.run()

    @api.model
    def _recompute(self, clock_ids, note=None):
        """Compute open clocks again after their working time changed; ended ones are left alone."""
        clocks = load_clocks(
            self.env,
            SQL("id IN %s AND current AND run_state != 'ended' ORDER BY id FOR NO KEY UPDATE", tuple(clock_ids)),
        )
        by_model = {}
        for clock in clocks:
            by_model.setdefault(clock.res_model, set()).add(clock.res_id)
        for model, ids in by_model.items():
            # sudo: records - a job of the system computes them
            self._follow(self.env[model].sudo().browse(sorted(ids)), note=note, quiet=True)

    @api.model
    def _note_events(self, clock_ids, kind, at, note=None):
        """Write one event of ``kind`` for each clock; its figures stay as they are."""
        clocks = load_clocks(self.env, SQL("id IN %s", tuple(clock_ids)))
        now = fields.Datetime.now()
        rows = [event_row(clock, kind, at, now, self.env.uid, note=note) for clock in clocks]
        insert_rows(self.env, "cs_sla_event", EVENT_COLUMNS, rows)
        self._forget()

    @api.model
    def _forget(self):
        """Drop cached rows; they were written behind the ORM's back."""
        for name in ("cs.sla.clock", "cs.sla.event", "cs.sla.alarm"):
            self.env[name].invalidate_model(flush=False)
