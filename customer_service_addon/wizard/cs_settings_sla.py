from odoo import api, fields, models
from odoo.tools.misc import format_datetime


class CsSettings(models.TransientModel):
    """Whether deadlines are watched: the last run of the alarm job, what waits for it and what failed (3.9)."""

    _inherit = "cs.settings"

    sla_last_run = fields.Datetime("Alarms Last Checked", compute="_compute_sla_monitor")
    sla_due_count = fields.Integer("Alarms Due Now", compute="_compute_sla_monitor")
    sla_oldest_due_at = fields.Datetime("Oldest of Them", compute="_compute_sla_monitor")
    sla_failed_count = fields.Integer("Failed Alarms", compute="_compute_sla_monitor")
    sla_last_error = fields.Char("Last Failure", compute="_compute_sla_monitor")
    sla_recomputing = fields.Char("Recomputation", compute="_compute_sla_monitor")

    @api.depends("company_id")
    def _compute_sla_monitor(self):
        """Read the state of the alarm job afresh; alarms are those the manager may see."""
        self._ensure_manager()
        alarms = self.env["cs.sla.alarm"]
        due = [("state", "=", "pending"), ("due_at", "<=", fields.Datetime.now())]
        failed = alarms.search([("state", "=", "failed")], order="fired_at desc, id desc", limit=1)
        values = {
            "sla_last_run": self._sla_last_run(),
            "sla_due_count": alarms.search_count(due),
            "sla_oldest_due_at": alarms.search(due, order="due_at, id", limit=1).due_at,
            "sla_failed_count": alarms.search_count([("state", "=", "failed")]) if failed else 0,
            "sla_last_error": failed and self._sla_failure(failed),
            "sla_recomputing": self._sla_recomputation(),
        }
        for settings in self:
            settings.update(values)

    def _sla_last_run(self):
        # sudo: ir.cron - a manager sees when the job ran last, nothing else of it
        job_sudo = self.env.ref("customer_service_addon.ir_cron_cs_sla_alarm").sudo()
        return job_sudo.lastcall

    def _sla_failure(self, alarm):
        moment = format_datetime(self.env, alarm.fired_at, dt_format="short")
        return self.env._(
            "%(record)s, %(moment)s: %(error)s", record=alarm.record_name, moment=moment, error=alarm.error
        )

    def _sla_recomputation(self):
        jobs = self.env["cs.sla.recompute"].search([("state", "!=", "done")], order="id")
        if not jobs:
            return self.env._("Nothing to compute again")
        job, waiting = jobs[0], len(jobs) - 1
        if job.state == "pending":
            return self.env._("%(reason)s: not begun, %(waiting)s more waiting", reason=job.reason, waiting=waiting)
        return self.env._(
            "%(reason)s: %(done)s of %(total)s done, %(waiting)s more waiting",
            reason=job.reason,
            done=job.done,
            total=job.total,
            waiting=waiting,
        )

    def action_sla_failed(self):
        """Open the alarms that failed."""
        self._ensure_manager()
        return self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_sla_alarm_action_failed")
