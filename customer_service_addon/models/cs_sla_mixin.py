from datetime import datetime, time, timedelta

from pytz import UTC, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

SITUATIONS = {
    "late": _lt("Late"),
    "risk": _lt("At Risk"),
    "today": _lt("Due Today"),
    "ok": _lt("In Time"),
    "hold": _lt("On Hold"),
    "blocked": _lt("No Deadline"),
    "waiting": _lt("Not Started"),
    "done": _lt("Ended"),
}
RUNS = [
    ("running", "Running"),
    ("paused", "On Hold"),
    ("blocked", "No Deadline"),
    ("waiting", "Not Started"),
    ("done", "Ended"),
]
# Columns on the record that the engine keeps.
OWNED = frozenset({"sla_policy_id", "sla_run", "sla_deadline", "sla_risk_at", "sla_milestone"})


class CsSlaMixin(models.AbstractModel):
    """Deadlines for the records of a model.

    A model lists its milestones as ``(code, label, datetime field)`` in ``_sla_milestones`` and gets policies, clocks,
    alarms, list columns, filters and the deadline panel. A milestone is reached when its field is set, by whatever
    code; the fields are the server's and are best listed in ``_cs_server_fields``. The model needs ``company_id``.
    """

    _name = "cs.sla.mixin"
    _description = "Deadlines"

    # ((code, label, name of the datetime field), ...); labels may be lazy translations.
    _sla_milestones = ()
    # Names of the fields that say when the clocks start, were called off, are over for good and begin again.
    _sla_start_field = "received_at"
    _sla_cancelled_field = None
    _sla_finished_field = None
    _sla_restarted_field = None
    # Columns of the clock and the fields they are copied from.
    _sla_copied_fields = {"company_id": "company_id"}

    sla_policy_id = fields.Many2one("cs.sla.policy", "SLA Policy", readonly=True, copy=False, index="btree_not_null")
    sla_run = fields.Selection(RUNS, "Clocks", readonly=True, copy=False)
    sla_deadline = fields.Datetime("Next Deadline", readonly=True, copy=False, index="btree_not_null")
    sla_risk_at = fields.Datetime("At Risk From", readonly=True, copy=False)
    sla_milestone = fields.Selection(
        lambda self: self._selection_sla_milestone(), "Next Due", readonly=True, copy=False
    )
    sla_state = fields.Selection(
        lambda self: self._selection_sla_state(), "Deadline", compute="_compute_sla_state", search="_search_sla_state"
    )
    sla_why = fields.Char("Why This Policy", compute="_compute_sla_why")

    # ------------------------------------------------------------------
    # Declaration
    # ------------------------------------------------------------------

    @api.model
    def _sla_models(self):
        """Return the names of the models that take the mixin and have milestones."""
        registry = self.env.registry
        return sorted(
            name
            for name in registry.descendants(["cs.sla.mixin"], "_inherit")
            if not registry[name]._abstract and registry[name]._sla_milestones
        )

    @api.model
    def _sla_milestone_labels(self):
        """Return ``[(code, label)]`` of the model in the language of the reader."""
        translate = self.env._
        return [(code, translate(label)) for code, label, _field in self._sla_milestones]

    @api.model
    def _selection_sla_milestone(self):
        return [(f"{self._name}/{code}", label) for code, label in self._sla_milestone_labels()]

    @api.model
    def _selection_sla_state(self):
        translate = self.env._
        return [(situation, translate(label)) for situation, label in SITUATIONS.items()]

    @api.model
    def _sla_fields(self):
        """Return ``{code: datetime field}``."""
        return {code: field for code, _label, field in self._sla_milestones}

    # ------------------------------------------------------------------
    # What the engine asks a record
    # ------------------------------------------------------------------

    def _sla_moment(self, code):
        """Return when milestone ``code`` was reached (naive UTC), or False; without code when the record began."""
        return self[self._sla_fields()[code] if code else self._sla_start_field]

    def _sla_goal_moment(self, code):
        """Return when a clock up to ``code`` ends: the milestone, or the end of the whole record."""
        finished = self._sla_finished_field and self[self._sla_finished_field]
        return self._sla_moment(code) or finished

    def _sla_cancelled_at(self):
        return self._sla_cancelled_field and self[self._sla_cancelled_field]

    def _sla_is_left_out(self, code):
        """Return whether the record does not need milestone ``code``: its clock counts neither as met nor as missed."""
        return False

    def _sla_restarted_at(self):
        return self._sla_restarted_field and self[self._sla_restarted_field]

    def _sla_calendar(self):
        """Return the calendar of the record's working time, empty if there is none."""
        return self.company_id.resource_calendar_id

    def _sla_calendar_id(self):
        """Return the id of the calendar of the record's clocks: of its policy, else its own; None without one."""
        return self.sla_policy_id.calendar_id.id or self._sla_calendar().id or None

    def _sla_copied_values(self):
        """Return ``{column of the clock: id or None}``."""
        return {column: self[field].id or None for column, field in self._sla_copied_fields.items()}

    @api.model
    def _sla_open_domain(self):
        """Return the domain of the records whose clocks may still run."""
        names = (self._sla_cancelled_field, self._sla_finished_field)
        return Domain.AND(Domain(name, "=", False) for name in names if name)

    def _sla_quiet(self):
        """Return whether the past of the record is known, so that its old alarms tell nobody anything."""
        return False

    def _sla_holds(self):
        """Return ``{record id: [(from, until or None)]}`` of the holds that stop clocks (naive UTC)."""
        return {}

    def _sla_hold_reasons(self):
        """Return ``{record id: id of the cs.hold.reason}`` of the holds that are open."""
        return {}

    def _sla_owner(self):
        """Return the user who answers for the record."""
        return self.user_id if "user_id" in self._fields else self.env["res.users"]

    def _sla_raise(self):
        """Raise the priority or level of the record; models that have one say how."""

    def _sla_reassign(self, user):
        """Hand the record to ``user``; models that have an owner say how."""

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Start the clocks of the new records. Clients send neither milestones nor columns of the clocks."""
        self._sla_refuse(*vals_list)
        records = super(CsSlaMixin, self._sla_without_forged_defaults()).create(vals_list).with_env(self.env)
        self.env["cs.sla.engine"]._start(records)
        return records

    def write(self, vals):
        self._sla_refuse(vals)
        result = super().write(vals)
        self._sla_after_write(vals)
        return result

    def _sla_refuse(self, *vals_list):
        """The columns that follow the clocks are written by nobody through the ORM, the system included."""
        for vals in vals_list:
            if OWNED.intersection(vals):
                raise AccessError(self.env["cs.sla.sealed"]._refusal())

    def _sla_without_forged_defaults(self):
        forged = {f"default_{name}" for name in OWNED}.intersection(self.env.context)
        return self.with_context({k: v for k, v in self.env.context.items() if k not in forged}) if forged else self

    def _sla_after_write(self, vals):
        """Follow with the clocks what a write of ``vals`` changed; a write that concerns no clock costs nothing."""
        watched = self.env["cs.sla.policy"]._watched_fields(self._name)
        turning = {self._sla_start_field, self._sla_cancelled_field, self._sla_finished_field}
        turning.update(self._sla_fields().values())
        if watched.intersection(vals):
            self.env["cs.sla.engine"]._follow(self, rematch=True)
        elif turning.intersection(vals):
            self.env["cs.sla.engine"]._follow(self)
        if set(self._sla_copied_fields.values()).intersection(vals):
            self.env["cs.sla.engine"]._copy_columns(self)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _sla_follow(self):
        """Bring the clocks in line after something outside the record changed, such as its holds."""
        self.env["cs.sla.engine"]._follow(self)

    def _sla_restart(self, code):
        """Open milestone ``code`` again: its clock gets a further round that begins now, the old one is kept."""
        now = fields.Datetime.now()
        field = self._sla_fields()[code]
        again = self.filtered(field)
        server = again._cs_as_server() if hasattr(again, "_cs_as_server") else again
        server.write({field: False})
        self.env["cs.sla.engine"]._follow(again, restarted_at=now)

    def _sla_correct(self, code, moment, reason):
        """Set the date of a milestone that was reached, or ``received_at`` without code (supervisors).

        ``moment`` is naive UTC and lies between the start and now; ``reason`` is kept with the event. The clocks that
        end or begin there are judged again. Raises AccessError for agents, UserError for a moment that cannot be.
        """
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("customer_service_addon.group_cs_supervisor")):
            raise AccessError(self.env._("A supervisor can correct when a milestone was reached."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the date is corrected."))
        for record in self:
            if code and not record._sla_moment(code):
                raise UserError(self.env._("What has not been reached has no date to correct."))
            start = record._sla_moment(None)
            if not moment or moment > fields.Datetime.now() or (code and start and moment < start):
                raise UserError(self.env._("Choose a moment between the beginning of the record and now."))
        self.env["cs.sla.engine"]._correct(self, code, moment, reason)

    # ------------------------------------------------------------------
    # What lists show
    # ------------------------------------------------------------------

    @api.depends("sla_run", "sla_deadline", "sla_risk_at")
    def _compute_sla_state(self):
        now, day_end = fields.Datetime.now(), self._sla_end_of_today()
        for record in self:
            record.sla_state = self._sla_situation(
                record.sla_run, record.sla_deadline, record.sla_risk_at, now, day_end
            )

    @api.model
    def _sla_end_of_today(self):
        """Return the end of the reader's day in naive UTC."""
        zone = timezone(self.env.tz.zone if self.env.tz else "UTC")
        today = datetime.now(UTC).astimezone(zone).date()
        return zone.localize(datetime.combine(today + timedelta(days=1), time.min)).astimezone(UTC).replace(tzinfo=None)

    @api.model
    def _sla_situation(self, run, deadline, risk_at, now, day_end):
        """Return the value of ``sla_state``; what depends on the clock on the wall is never stored."""
        if run != "running" or not deadline:
            return "hold" if run == "paused" else run if run != "running" else "blocked"
        if deadline < now:
            return "late"
        if risk_at and risk_at <= now:
            return "risk"
        return "today" if deadline < day_end else "ok"

    def _search_sla_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        run = {name: Domain("sla_run", "=", name) for name, _label in RUNS}
        return self._sla_situation_domain(value, run, "sla_deadline", "sla_risk_at")

    @api.model
    def _sla_situation_domain(self, values, run, deadline, risk_at):
        """Return the domain of the situations ``values``; ``run`` maps each value of ``sla_run`` to its domain."""
        now, day_end = fields.Datetime.now(), self._sla_end_of_today()
        risky = Domain(risk_at, "!=", False) & Domain(risk_at, "<=", now)
        ahead = run["running"] & Domain(deadline, ">=", now)
        domains = {
            "late": run["running"] & Domain(deadline, "<", now),
            "risk": ahead & risky,
            "today": ahead & ~risky & Domain(deadline, "<", day_end),
            "ok": ahead & ~risky & Domain(deadline, ">=", day_end),
            "hold": run["paused"],
            "blocked": run["blocked"],
            "waiting": run["waiting"],
            "done": run["done"],
        }
        return Domain.OR(domains[value] for value in values if value in domains)

    @api.depends("sla_policy_id")
    def _compute_sla_why(self):
        for record in self:
            plans = self.env["cs.sla.policy"]._plans(self._name, record.company_id.id)
            place = next((n for n, plan in enumerate(plans, 1) if plan.id == record.sla_policy_id.id), 0)
            if not record.sla_policy_id:
                record.sla_why = self.env._("None of the %(count)s policies of the company fits.", count=len(plans))
            elif place:
                record.sla_why = self.env._(
                    "The first of %(count)s policies whose filter fits (number %(place)s).",
                    count=len(plans),
                    place=place,
                )
            else:
                record.sla_why = self.env._("It fitted when the clocks started; it is no longer in use.")
