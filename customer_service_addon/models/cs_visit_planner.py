import logging
from datetime import timedelta

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure, UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .cs_visit_batch import FILES
from .cs_visit_plan import NEXT_PLAN_STATES

_logger = logging.getLogger(__name__)
# Somebody else was faster; what was begun is begun anew.
BUSY = (SerializationFailure, LockNotAvailable, DeadlockDetected)
# So often a number or event that somebody else took meanwhile is no mistake.
TRIES = 3


class CsVisitPlan(models.Model):
    """Buttons, progress and job of the plans (V-02)."""

    _inherit = "cs.visit.plan"

    candidate_ids = fields.One2many("cs.visit.candidate", "plan_id", "Customers Found", readonly=True, copy=False)
    next_run_at = fields.Datetime("Looks Next On", readonly=True, copy=False)
    last_run_at = fields.Datetime("Looked Last On", readonly=True, copy=False)
    last_error = fields.Char("Could Not Plan", readonly=True, copy=False)
    preview_at = fields.Datetime("Preview Of", readonly=True, copy=False)
    preview_note = fields.Text("Preview", compute="_compute_preview_note")
    visit_count = fields.Integer("Number of Visits", compute="_compute_visit_count")
    planned_count = fields.Integer("Planned So Far", compute="_compute_progress")
    found_count = fields.Integer("To Plan", compute="_compute_progress")
    progress = fields.Float("Planned (%)", compute="_compute_progress", aggregator=None)
    can_start = fields.Boolean(compute="_compute_can")
    can_stop = fields.Boolean(compute="_compute_can")
    can_finish = fields.Boolean(compute="_compute_can")

    _cs_server_fields = frozenset({"candidate_ids", "next_run_at", "last_run_at", "last_error", "preview_at"})

    _turn_idx = models.Index("(next_run_at) WHERE state = 'running'")

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can(self):
        supervisor = self.env.user.has_group("customer_service_addon.group_cs_supervisor")
        for plan in self:
            following = NEXT_PLAN_STATES[plan.state] if supervisor else ()
            plan.can_start = "running" in following
            plan.can_stop = "stopped" in following
            plan.can_finish = "done" in following

    @api.depends("visit_ids")
    def _compute_visit_count(self):
        """Count the visits the reader may see."""
        counts = dict(
            self.env["cs.return.visit"]._read_group([("plan_id", "in", self.ids)], ["plan_id"], ["__count"])
        )
        for plan in self:
            plan.visit_count = counts.get(plan, 0)

    @api.depends("candidate_ids.done", "candidate_ids.outcome")
    def _compute_progress(self):
        """How far the last run is: of those found, who has his visit."""
        # sudo: cs.visit.candidate - figures give away no customer
        rows = (
            self.env["cs.visit.candidate"]
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("is_preview", "=", False), ("outcome", "=", "visit")],
                ["plan_id", "done"],
                ["__count"],
            )
        )
        counts = {(plan.id, done): count for plan, done, count in rows}
        for plan in self:
            plan.planned_count = counts.get((plan.id, True), 0)
            plan.found_count = plan.planned_count + counts.get((plan.id, False), 0)
            plan.progress = 100.0 * plan.planned_count / plan.found_count if plan.found_count else 0.0

    @api.depends("candidate_ids.outcome", "preview_at")
    @api.depends_context("lang")
    def _compute_preview_note(self):
        """Say in words how many customers would be visited, and how many not for which reason."""
        labels = dict(self.env["cs.visit.candidate"]._fields["outcome"]._description_selection(self.env))
        order = list(labels)
        rows = (
            self.env["cs.visit.candidate"]
            # sudo: cs.visit.candidate - figures give away no customer
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("is_preview", "=", True)],
                ["plan_id", "outcome"],
                ["__count"],
            )
        )
        lines = {plan.id: [] for plan in self}
        for plan, outcome, count in sorted(rows, key=lambda row: order.index(row[1])):
            lines[plan.id].append(f"{labels[outcome]}: {count}")
        for plan in self:
            nobody = self.env._("Nobody would be visited.") if plan.preview_at else False
            plan.preview_note = "\n".join(lines[plan.id]) or nobody

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_start(self):
        """Let the plans run; the job plans the first visits within minutes.

        Raises UserError for a plan whose visits nobody would see: no work says which team they are of.
        """
        for plan in self:
            if plan.trigger not in FILES and not (plan.team_id or plan.user_ids):
                raise UserError(self.env._("“%s”: say which team or which people ask the customers.", plan.name))
        self._go_to("running", next_run_at=fields.Datetime.now(), last_error=False)
        self._wake_job()

    def action_stop(self):
        """Interrupt the plans; what is planned stays, nothing more is planned."""
        self._go_to("stopped")
        self._empty_queue()

    def action_finish(self):
        """Close the plans for good."""
        self._go_to("done")
        self._empty_queue()

    def action_plan_now(self):
        """Have running plans look for customers now. Raises UserError for others."""
        self.check_access("write")
        for plan in self:
            if plan.state != "running":
                raise UserError(self.env._("“%s” is not running. Start it first.", plan.name))
        # sudo: cs.visit.plan - when it looks next is the system's
        self.sudo()._cs_as_server().write({"next_run_at": fields.Datetime.now()})
        self._wake_job()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The visits are being planned. The plan shows how far it is."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_preview(self):
        """Show who would be visited and why, and who not; nothing is planned. For whoever may write the plan."""
        self.ensure_one()
        self.check_access("write")
        # sudo: cs.visit.plan - looking takes the rights of the procedure; the rows are shown with the user's
        plan_sudo = self.sudo()._for_planning(self.env.lang)
        plan_sudo._execute("DELETE FROM cs_visit_candidate WHERE plan_id = %s AND is_preview", self.id)
        plan_sudo._find(preview=True)
        plan_sudo._cs_as_server().write({"preview_at": fields.Datetime.now()})
        return self.action_view_candidates()

    def action_view_candidates(self):
        """Open what the last preview found, by outcome."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_visit_candidate_action")
        return action | {
            "domain": [("plan_id", "=", self.id), ("is_preview", "=", True)],
            "context": {"search_default_by_outcome": 1},
        }

    def action_view_visits(self):
        """Open the visits of the plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_return_visit_action")
        return action | {"domain": [("plan_id", "=", self.id)], "context": {}}

    def _go_to(self, state, **values):
        self.check_access("write")
        labels = dict(self._fields["state"]._description_selection(self.env))
        for plan in self:
            if state not in NEXT_PLAN_STATES[plan.state]:
                raise UserError(
                    self.env._(
                        "“%(plan)s” is “%(old)s” and cannot become “%(new)s”.",
                        plan=plan.name,
                        old=labels[plan.state],
                        new=labels[state],
                    )
                )
        # sudo: cs.visit.plan - who may take the step was checked; the fields are the system's
        self.sudo()._cs_as_server().write({"state": state, **values})

    def _empty_queue(self):
        # sudo: cs.visit.candidate - nobody but the system has rights to write it
        queue_sudo = self.env["cs.visit.candidate"].sudo()
        queue_sudo.search([("plan_id", "in", self.ids), ("is_preview", "=", False), ("done", "=", False)]).unlink()

    @api.model
    def _wake_job(self):
        # sudo: ir.cron - the job is told that there is work, whoever brings it
        self.env.ref("customer_service_addon.ir_cron_cs_visit_plan").sudo()._trigger()

    def _cs_tz(self):
        """Return the name of the zone the plan's days and prints are in."""
        return self._tz().zone

    def _for_planning(self, lang=None):
        """Return the plan as the job sees it: of its company, quiet, with nothing of the caller's context."""
        self.ensure_one()
        lang = lang or self.company_id.partner_id.lang or self.env.lang
        context = {"lang": lang, "tracking_disable": True, "allowed_company_ids": self.company_id.ids}
        return self.with_context(context)

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

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
