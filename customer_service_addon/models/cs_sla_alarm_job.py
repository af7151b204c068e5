import logging

from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_datetime

from ..services.clock_row import EVENT_COLUMNS, event_row, load_clocks
from ..services.sql_rows import insert_rows, update_rows

_logger = logging.getLogger(__name__)

# So often in a row another worker may have been faster before a run leaves the rest to the next one.
_PATIENCE = 10


class CsSlaAlarm(models.Model):
    """The job that fires alarms: each exactly once, with any number of workers and after a crash in the middle."""

    _inherit = "cs.sla.alarm"

    @api.model
    def _cron_fire(self, batch=500):
        """Fire what is due, batch by batch, then tell each recipient in one message and wake up when the next is due.

        A batch is one transaction and begins with its lock. What somebody else holds is left to the next run.
        Serialization failures lose nothing: the batch is taken again.
        """
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self._count_due())
        postponed, conflicts = [0], 0
        while conflicts < _PATIENCE:
            try:
                rows = self._lock_due(batch, postponed)
                if not rows:
                    break
                postponed += self._fire(rows)
                self.env.flush_all()
            except (SerializationFailure, LockNotAvailable):
                self.env.cr.rollback()
                conflicts += 1
                _logger.info("Alarms: another worker was faster, the batch is taken again.")
                continue
            conflicts = 0
            if not cron._commit_progress(len(rows)):
                break
        self.env["cs.sla.notice"]._send_digests()
        self._wake_up_next()

    @api.model
    def _count_due(self):
        [(count,)] = self.env.execute_query(
            SQL("SELECT count(*) FROM cs_sla_alarm WHERE state = 'pending' AND due_at <= %s", fields.Datetime.now())
        )
        return count

    @api.model
    def _lock_due(self, batch, postponed):
        """Return ``[(alarm id, clock id, step id or None)]`` of due alarms, locked with their clocks."""
        return self.env.execute_query(
            SQL(
                """
                SELECT a.id, a.clock_id, a.escalation_id
                  FROM cs_sla_alarm a
                  JOIN cs_sla_clock c ON c.id = a.clock_id
                 WHERE a.state = 'pending' AND a.due_at <= %s AND a.id NOT IN %s
                 ORDER BY a.due_at, a.id
                 LIMIT %s
                   FOR NO KEY UPDATE OF a, c SKIP LOCKED
                """,
                fields.Datetime.now(),
                tuple(postponed),
                batch,
            )
        )

    @api.model
    def _wake_up_next(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT due_at FROM cs_sla_alarm WHERE state = 'pending' AND due_at > %s ORDER BY due_at, id LIMIT 1",
                fields.Datetime.now(),
            )
        )
        self._wake_up_at(rows[0][0] if rows else None)

    @api.model
    def _fire(self, rows):
        """Fire locked alarms; return the ids of those whose record somebody is saving, to be fired by the next run."""
        clocks = {
            clock.id: clock
            for clock in load_clocks(self.env, SQL("id IN %s", tuple({clock_id for _id, clock_id, _step in rows})))
        }
        self._mark_missed([clocks[clock_id] for _id, clock_id, step in rows if not step])
        steps = {alarm_id: (clocks[clock_id], step) for alarm_id, clock_id, step in rows if step}
        busy = self._busy(steps)
        now = fields.Datetime.now()
        results = {alarm_id: ("fired", now, None) for alarm_id, _clock_id, _step in rows if alarm_id not in busy}
        due = {alarm_id: value for alarm_id, value in steps.items() if alarm_id not in busy}
        told = self._tell(due)
        for alarm_id, error in self._act(due, told).items():
            results[alarm_id] = ("failed", now, error)
        update_rows(self.env, "cs_sla_alarm", ("state", "fired_at", "error"), results)
        self.env["cs.sla.engine"]._forget()
        return list(busy)

    @api.model
    def _mark_missed(self, clocks):
        """The deadline of ``clocks`` has passed without their milestone."""
        missed = [clock for clock in clocks if clock.run_state == "running" and clock.outcome == "none"]
        for clock in missed:
            clock.outcome, clock.missed_at = "missed", clock.deadline
        now = fields.Datetime.now()
        update_rows(
            self.env,
            "cs_sla_clock",
            ("outcome", "missed_at"),
            {clock.id: ("missed", clock.missed_at) for clock in missed},
        )
        rows = [event_row(clock, "missed", clock.deadline, now, self.env.uid) for clock in missed]
        insert_rows(self.env, "cs_sla_event", EVENT_COLUMNS, rows)

    # ------------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------------

    @api.model
    def _tell(self, due):
        """Give everybody concerned a to-do and queue his line of the message; return ``{alarm id: users}``.

        ``due`` is ``{alarm id: (clock, step id)}``.
        """
        steps = self.env["cs.sla.escalation"].browse({step for _clock, step in due.values()})
        by_id = {step.id: step for step in steps}
        audience = Audience(self.env)
        hidden = self.env["cs.sla.engine"]._shut_out_of({clock.id for clock, _step in due.values()})
        told = {
            alarm_id: audience.of(by_id[step], clock, hidden.get(clock.id, ()))
            for alarm_id, (clock, step) in due.items()
        }
        activities = self._create_activities(
            [
                (alarm_id, clock, user)
                for alarm_id, (clock, step) in due.items()
                if by_id[step].activity
                for user in told[alarm_id]
            ]
        )
        now = fields.Datetime.now()
        self.env["cs.sla.notice"].create(
            [
                {
                    "alarm_id": alarm_id,
                    "user_id": user.id,
                    "activity_id": activities.get((alarm_id, user.id)),
                    "mail_state": "queued" if by_id[step].mail else "none",
                    "told_at": now,
                }
                for alarm_id, (_clock, step) in due.items()
                for user in told[alarm_id]
            ]
        )
        return told

    @api.model
    def _create_activities(self, wanted):
        """Create quiet to-dos for ``[(alarm id, clock, user)]``; return ``{(alarm id, user id): activity id}``."""
        activity_type = self.env.ref("customer_service_addon.mail_activity_type_cs_sla")
        models_of = {clock.res_model: self.env["ir.model"]._get_id(clock.res_model) for _alarm, clock, _user in wanted}
        targets = self.env["cs.sla.target"].browse({clock.target_id for _alarm, clock, _user in wanted})
        names = {lang: {t.id: t.name for t in targets.with_context(lang=lang)} for lang in {u.lang for *_, u in wanted}}
        # Activities keep the name of their record; read for all of them at once, else one by one.
        for model in models_of:
            records = self.env[model].browse(
                {clock.res_id for _alarm, clock, _user in wanted if clock.res_model == model}
            )
            records.mapped("display_name")
        today = fields.Date.context_today(self)
        activities = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(
                [
                    {
                        "activity_type_id": activity_type.id,
                        "res_model_id": models_of[clock.res_model],
                        "res_id": clock.res_id,
                        "user_id": user.id,
                        "summary": self._summary(clock, user, names[user.lang][clock.target_id]),
                        "date_deadline": today,
                        "automated": True,
                    }
                    for _alarm_id, clock, user in wanted
                ]
            )
        )
        return {
            (alarm_id, user.id): activity.id
            for (alarm_id, _clock, user), activity in zip(wanted, activities, strict=True)
        }

    @api.model
    def _summary(self, clock, user, name):
        """One line in the language and time zone of ``user``: which deadline, and when."""
        env = self.with_context(lang=user.lang).env
        moment = format_datetime(env, clock.deadline, tz=user.tz or "UTC", dt_format="short", lang_code=user.lang)
        if clock.deadline and clock.deadline < fields.Datetime.now():
            return env._("Late: %(target)s was due %(moment)s", target=name, moment=moment)
        return env._("%(target)s is due %(moment)s", target=name, moment=moment)

    # ------------------------------------------------------------------
    # Acting on the record
    # ------------------------------------------------------------------

    @api.model
    def _busy(self, steps):
        """Return the ids of alarms that would write a record which somebody else is saving."""
        writing = (
            self.env["cs.sla.escalation"]
            .browse({step for _clock, step in steps.values()})
            .filtered(lambda step: step.raise_priority or step.reassign or step.server_action_id)
        )
        wanted = {alarm_id: clock for alarm_id, (clock, step) in steps.items() if step in writing.ids}
        by_model = {}
        for clock in wanted.values():
            by_model.setdefault(clock.res_model, set()).add(clock.res_id)
        locked = {
            model: set(self.env[model].browse(ids).try_lock_for_update(allow_referencing=True).ids)
            for model, ids in by_model.items()
        }
        return {alarm_id for alarm_id, clock in wanted.items() if clock.res_id not in locked[clock.res_model]}

    @api.model
    def _act(self, due, told):
        """Raise, reassign and run server actions; return ``{alarm id: what failed}``. One failure stops nobody else."""
        failed = {}
        steps = self.env["cs.sla.escalation"]
        for alarm_id, (clock, step_id) in due.items():
            step = steps.browse(step_id)
            if not (step.raise_priority or step.reassign or step.server_action_id):
                continue
            record = self.env[clock.res_model].browse(clock.res_id)
            try:
                with self.env.cr.savepoint():
                    self._act_on(record, step, told[alarm_id][:1])
            except (SerializationFailure, LockNotAvailable):
                raise
            except Exception as error:
                _logger.info("Alarm %s failed: %s", alarm_id, error)
                failed[alarm_id] = str(error)[:500] or type(error).__name__
        return failed

    @api.model
    def _act_on(self, record, step, user):
        if step.raise_priority:
            record._sla_raise()
        if step.reassign and user:
            record._sla_reassign(user)
        if step.server_action_id:
            step.server_action_id.with_context(
                active_model=record._name, active_id=record.id, active_ids=record.ids
            ).run()
        self.env.flush_all()


class Audience:
    """Who is told of an alarm. Answers repeat a lot, so each is worked out once per run."""

    def __init__(self, env):
        self.env = env
        self._known = {}

    def of(self, step, clock, shut_out=()):
        """Return the active users whom ``step`` tells about ``clock``; never empty while the company has a manager.

        ``shut_out`` are the ids of users who must not hear of it (C-07); then the next ones up are told.
        """
        key = [step.id, clock.user_id, clock.team_id, clock.department_id, clock.company_id, *sorted(shut_out)]
        if step.whom == "first_contact":
            key += [clock.res_model, clock.res_id]
        key = tuple(key)
        if key not in self._known:
            candidates = (getattr(self, f"_{step.whom}")(step, clock), self._leader(step, clock), self._managers(clock))
            fitting = (
                users.filtered(lambda user: user.active and not user.share and user.id not in shut_out)
                for users in candidates
            )
            self._known[key] = next(filter(None, fitting), self.env["res.users"])
        return self._known[key]

    def _owner(self, step, clock):
        return self.env["res.users"].browse(clock.user_id or [])

    def _leader(self, step, clock):
        return self.env["cs.team"].browse(clock.team_id or []).user_id.filtered("active")

    def _first_contact(self, step, clock):
        record = self.env[clock.res_model].browse(clock.res_id)
        return record.first_contact_id if "first_contact_id" in record._fields else self.env["res.users"]

    def _department(self, step, clock):
        return self._first_with_user(self._department_of(clock).manager_id)

    def _department_parent(self, step, clock):
        return self._first_with_user(self._department_of(clock).manager_id.parent_id)

    def _department_of(self, clock):
        team = self.env["cs.team"].browse(clock.team_id or [])
        return self.env["hr.department"].browse(clock.department_id or []) or team.department_id

    def _first_with_user(self, employee):
        """Climb until somebody can log in."""
        seen = employee.browse()
        while employee and not employee.user_id and employee not in seen:
            seen |= employee
            employee = employee.parent_id
        return employee.user_id

    def _group(self, step, clock):
        company = self.env["res.company"].browse(clock.company_id)
        return step.group_id.all_user_ids.filtered(lambda user: company in user.company_ids)

    def _users(self, step, clock):
        return step.user_ids

    def _managers(self, clock):
        company = self.env["res.company"].browse(clock.company_id)
        managers = self.env.ref("customer_service_addon.group_cs_manager").all_user_ids
        return managers.filtered(lambda user: user.active and not user.share and company in user.company_ids)
