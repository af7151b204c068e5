import logging
from datetime import timedelta

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure, UniqueViolation

from odoo import api, fields, models

_logger = logging.getLogger(__name__)
# Somebody else was faster; what was begun is begun anew.
BUSY = (SerializationFailure, LockNotAvailable, DeadlockDetected)
# So often a number or event that somebody else took meanwhile is no mistake.
TRIES = 3


class CsVisitPlan(models.Model):
    """The job: plans look for customers in turn, and visits are planned from what they found, batch by batch."""

    _inherit = "cs.visit.plan"

    @api.model
    def _cron_plan(self, batch=500):
        """Have each running plan whose turn it is look for customers, and plan ``batch`` visits per transaction.

        What was found waits in a queue: after a crash, or beside another worker, the rest of it is planned and
        nothing twice. A visit that cannot be planned says why and stops no other.
        """
        cron = self.env["ir.cron"]
        self._finish_over()
        plans = self._plans_to_run()
        if not cron._commit_progress(remaining=len(plans) + self._queue_size()):
            return
        for plan in plans:
            plan = plan._for_planning()
            plan._look()
            has_time = cron._commit_progress(1, remaining=self._queue_size())
            while has_time and (planned := plan._work_off(batch)):
                has_time = cron._commit_progress(planned)
            if not has_time:
                return
        # What is left is held by another worker.
        cron._commit_progress(remaining=0)

    @api.model
    def _finish_over(self):
        """Close plans whose period is over."""
        for plan in self.search([("state", "=", "running"), ("end_on", "!=", False)]):
            if plan._today() > plan.end_on:
                plan.action_finish()

    @api.model
    def _plans_to_run(self):
        now = fields.Datetime.now()
        waiting = self.env["cs.visit.candidate"]._read_group(self._queue_domain(), ["plan_id"])
        running = self.search([("state", "=", "running")])
        queued = self.browse(plan.id for (plan,) in waiting)
        return running.filtered(lambda plan: plan in queued or (plan.next_run_at or now) <= now)

    @api.model
    def _queue_domain(self):
        return [("is_preview", "=", False), ("done", "=", False), ("outcome", "=", "visit")]

    @api.model
    def _queue_size(self):
        domain = [*self._queue_domain(), ("plan_id.state", "=", "running"), ("plan_id.active", "=", True)]
        return self.env["cs.visit.candidate"].search_count(domain)

    def _look(self):
        """Find customers if it is the plan's turn and nobody else is at it; what goes wrong is noted on the plan."""
        now = fields.Datetime.now()
        try:
            mine = self._execute(
                """
                SELECT id FROM cs_visit_plan
                 WHERE id = %s AND state = 'running' AND COALESCE(next_run_at, %s) <= %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                self.id,
                now,
                now,
            )
            if not mine:
                return
            self._execute("DELETE FROM cs_visit_candidate WHERE plan_id = %s AND NOT is_preview AND done", self.id)
            if not self._execute("SELECT 1 FROM cs_visit_candidate WHERE plan_id = %s AND NOT is_preview", self.id):
                self._find()
            self._note_run(now, False)
        except BUSY as error:
            self.env.cr.rollback()
            _logger.info("Visit plan %s is looked at by another worker: %s", self.id, error)
        # Whatever is wrong with one plan, the others go on.
        except Exception as error:
            self.env.cr.rollback()
            _logger.info("Visit plan %s could not look for customers", self.id, exc_info=True)
            self._note_run(now, str(error)[:500] or type(error).__name__)

    def _note_run(self, now, error):
        following = now + timedelta(hours=self.run_hours)
        self._cs_as_server().write({"last_run_at": now, "next_run_at": following, "last_error": error})

    def _work_off(self, batch):
        """Plan up to ``batch`` visits of the queue; return how many rows are done with, 0 when there are no more."""
        failures = 0
        while True:
            try:
                rows = self._lock_queue(batch)
                if rows:
                    self._plan_each(rows, BUSY if failures >= TRIES else (*BUSY, UniqueViolation))
                return len(rows)
            except (*BUSY, UniqueViolation) as error:
                # Another worker has planned visits of the same customers meanwhile.
                self.env.cr.rollback()
                failures += isinstance(error, UniqueViolation)
                _logger.info("Visits of plan %s are planned again after another worker: %s", self.id, error)

    def _lock_queue(self, batch):
        """Return the ids of up to ``batch`` rows of the queue, locked; what another worker holds is left to him."""
        rows = self._execute(
            """
            SELECT c.id
              FROM cs_visit_candidate c
              JOIN cs_visit_plan p ON p.id = c.plan_id AND p.state = 'running' AND p.active
             WHERE c.plan_id = %s AND NOT c.done AND NOT c.is_preview AND c.outcome = 'visit'
             ORDER BY c.due_from, c.id
             LIMIT %s
               FOR UPDATE OF c SKIP LOCKED
            """,
            self.id,
            batch,
        )
        return [row[0] for row in rows]

    def _plan_each(self, row_ids, busy):
        """Plan the visits of the rows together; if that fails each by itself, keeping the reason of those that fail.

        Errors of ``busy`` (classes) are the caller's, who begins anew.
        """
        try:
            with self.env.cr.savepoint():
                self._plan_rows(row_ids)
            return
        except busy:
            raise
        except Exception:
            _logger.info("A batch of visits of plan %s is planned one by one", self.id, exc_info=True)
            self.env.invalidate_all(flush=False)
        for row_id in row_ids:
            try:
                with self.env.cr.savepoint():
                    self._plan_rows([row_id])
            except busy:
                raise
            # Whatever is wrong with one customer, the others are visited.
            except Exception as error:
                self.env.invalidate_all(flush=False)
                reason = str(error)[:500] or type(error).__name__
                self.env["cs.visit.candidate"].browse(row_id).write(
                    {"done": True, "outcome": "failed", "error": reason}
                )
                self._cs_as_server().write({"last_error": reason})
