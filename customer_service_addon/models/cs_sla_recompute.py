from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

_PATIENCE = 10


class CsSlaRecompute(models.Model):
    """Open clocks that have to be computed again in the background, and how far that is.

    A changed calendar, holiday, make-up day, team calendar or applied policy leaves one row; the job works through
    the clocks concerned. Ended clocks are never touched.
    """

    _name = "cs.sla.recompute"
    _description = "SLA Recomputation"
    _order = "id desc"
    _rec_name = "reason"

    kind = fields.Selection(
        [
            ("calendar", "Working Time"),
            ("team", "Hours of a Team"),
            ("company", "Hours of a Company"),
            ("policy", "Policy"),
        ],
        required=True,
        readonly=True,
    )
    calendar_id = fields.Many2one("resource.calendar", readonly=True, index="btree_not_null", ondelete="cascade")
    team_id = fields.Many2one("cs.team", readonly=True, index="btree_not_null", ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null", ondelete="cascade")
    policy_id = fields.Many2one("cs.sla.policy", readonly=True, index="btree_not_null", ondelete="cascade")
    reason = fields.Char(readonly=True)
    total = fields.Integer("To Do", readonly=True)
    done = fields.Integer(readonly=True)
    last_id = fields.Integer(readonly=True)
    progress = fields.Float(compute="_compute_progress")
    state = fields.Selection(
        [("pending", "Waiting"), ("running", "Running"), ("done", "Done")],
        default="pending",
        required=True,
        readonly=True,
    )
    finished_at = fields.Datetime(readonly=True)

    _open_idx = models.Index("(id) WHERE state != 'done'")

    @api.depends("total", "done", "state")
    def _compute_progress(self):
        for job in self:
            job.progress = 100 if job.state == "done" else 100 * min(job.done / job.total, 1) if job.total else 0

    # ------------------------------------------------------------------
    # Queue
    # ------------------------------------------------------------------

    @api.model
    def _queue_calendars(self, calendars):
        """Have the open clocks on ``calendars`` computed again; called whenever their working time changed."""
        self._queue(
            [
                {"kind": "calendar", "calendar_id": calendar.id, "reason": calendar.sudo().display_name}
                for calendar in calendars
            ]
        )

    @api.model
    def _queue(self, wanted):
        """Add jobs (a list of values) that are not waiting already, and wake the job up."""
        if not wanted:
            return
        # sudo: cs.sla.recompute - follows from a change the user was allowed to make
        jobs_sudo = self.sudo()
        waiting = {job._subject() for job in jobs_sudo.search([("state", "=", "pending")])}
        fresh = [values for values in wanted if self._subject_of(values) not in waiting]
        if not fresh:
            return
        jobs_sudo.create(fresh)
        self.env.ref("customer_service_addon.ir_cron_cs_sla_recompute").sudo()._trigger()

    @api.model
    def _subject_of(self, values):
        return (
            values["kind"],
            *(values.get(name, False) for name in ("calendar_id", "team_id", "company_id", "policy_id")),
        )

    def _subject(self):
        self.ensure_one()
        return (self.kind, self.calendar_id.id, self.team_id.id, self.company_id.id, self.policy_id.id)

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _cron_recompute(self, batch=2000):
        """Work through the waiting jobs, ``batch`` rows per transaction; a crash goes on where it stopped."""
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count([("state", "!=", "done")]))
        conflicts = 0
        while (job := self.search([("state", "!=", "done")], order="id", limit=1)) and conflicts < _PATIENCE:
            try:
                job._advance(batch)
                self.env.flush_all()
            except (SerializationFailure, LockNotAvailable):
                self.env.cr.rollback()
                self.env.invalidate_all()
                conflicts += 1
                continue
            conflicts = 0
            if not cron._commit_progress(int(job.state == "done")):
                break

    def _advance(self, batch):
        """Compute the next ``batch`` rows of one job."""
        self.ensure_one()
        if self.state == "pending":
            self.write({"state": "running", "total": self._count()})
        ids = self._next_ids(batch)
        if not ids:
            self.write({"state": "done", "finished_at": fields.Datetime.now()})
            return
        engine = self.env["cs.sla.engine"]
        note = self.env._("Working time changed: %(what)s", what=self.reason or "")
        if self.kind == "calendar":
            engine._recompute(ids, note=note)
        elif self.kind == "policy":
            records = self.env[self.policy_id.model].browse(ids)
            engine._follow(records, rematch=True, applying=True, note=self.reason, quiet=True)
        else:
            engine._follow_calendars_of(ids, note=note)
        self.write({"last_id": ids[-1], "done": self.done + len(ids)})

    def _condition(self):
        """Return what the clocks of the job have in common, as :class:`SQL`."""
        if self.kind == "calendar":
            return SQL("calendar_id = %s", self.calendar_id.id)
        if self.kind == "team":
            return SQL("team_id = %s", self.team_id.id)
        return SQL("company_id = %s", self.company_id.id)

    def _record_domain(self):
        """Return the domain of the open records a policy is applied to."""
        domain = Domain("company_id", "=", self.policy_id.company_id.id)
        return domain & self.env[self.policy_id.model]._sla_open_domain()

    def _count(self):
        if self.kind == "policy":
            return self.env[self.policy_id.model].search_count(self._record_domain())
        [(count,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM cs_sla_clock WHERE current AND run_state != 'ended' AND %s", self._condition())
        )
        return count

    def _next_ids(self, batch):
        if self.kind == "policy":
            domain = self._record_domain() & Domain("id", ">", self.last_id)
            return self.env[self.policy_id.model].search(domain, order="id", limit=batch).ids
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM cs_sla_clock
                 WHERE current AND run_state != 'ended' AND id > %s AND %s
                 ORDER BY id LIMIT %s
                """,
                self.last_id,
                self._condition(),
                batch,
            )
        )
        return [row[0] for row in rows]

    @api.autovacuum
    def _gc_done(self):
        """Finished jobs are kept a month."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        self.search([("state", "=", "done"), ("finished_at", "<", limit)]).unlink()
