from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..services.clock_math import WORKING_UNITS
from .cs_sla_time import Axes

# So long a form may stay open and count on by itself, without asking the server.
_AHEAD = timedelta(days=4)


class CsSlaMixin(models.AbstractModel):
    """What the deadline panel of a form shows: one call per record, in a constant number of queries."""

    _inherit = "cs.sla.mixin"

    @api.readonly
    def sla_panel(self):
        """Return the clocks of one record for the panel of its form, or False when no policy concerns it.

        Moments are strings in UTC, amounts of time are seconds on the clock's own time. Whoever may read the record
        sees all of them; raises AccessError for others and for portal users, who are told the promised date only.
        """
        self.ensure_one()
        if self.env.user.share and not self.env.su:
            raise AccessError(self.env._("Deadlines inside the company are not shown to customers."))
        self.check_access("read")
        # sudo: records, cs.sla.clock - who may read the record may know its deadlines and their history
        record_sudo = self.sudo()
        clocks_sudo = self.env["cs.sla.clock"].sudo().search([("res_model", "=", self._name), ("res_id", "=", self.id)])
        if not clocks_sudo and not self.env["cs.sla.policy"]._plans(self._name, record_sudo.company_id.id):
            return False
        now = fields.Datetime.now()
        policy_sudo = record_sudo.sla_policy_id
        return {
            "now": _text(now),
            "policy": policy_sudo.name,
            "version": max(
                (c.policy_version for c in clocks_sudo if c.current and c.policy_id == policy_sudo), default=0
            ),
            "why": record_sudo.sla_why,
            "labels": dict(clocks_sudo._fields["situation"]._description_selection(self.env)),
            "buttons": self._sla_panel_buttons(),
            "clocks": self._sla_panel_clocks(clocks_sudo.sorted(_place), now),
        }

    def _sla_panel_buttons(self):
        """Return the buttons of the panel, ``[{"name": method, "label": text}]``; models that have some say which."""
        return []

    @api.model
    def _sla_panel_clocks(self, clocks_sudo, now):
        axes = Axes(self.env, now)
        events = self._sla_panel_events(clocks_sudo)
        alarms = self._sla_panel_alarms(clocks_sudo)
        return [
            {
                **self._sla_panel_facts(clock_sudo),
                **_figures(clock_sudo, axes),
                "events": events.get(clock_sudo.id, []),
                "alarms": alarms.get(clock_sudo.id, []),
            }
            for clock_sudo in clocks_sudo
        ]

    @api.model
    def _sla_panel_facts(self, clock_sudo):
        """Return what one clock is: moments and texts in the language of the reader."""

        def label(name):
            return dict(clock_sudo._fields[name]._description_selection(self.env)).get(clock_sudo[name]) or False

        milestones = dict(self.env[clock_sudo.res_model]._sla_milestone_labels())
        return {
            "id": clock_sudo.id,
            "name": clock_sudo.target_id.name,
            "round": clock_sudo.round,
            "current": clock_sudo.current,
            "run": clock_sudo.run_state,
            "situation": clock_sudo.situation,
            "outcome": clock_sudo.outcome,
            "outcome_label": label("outcome"),
            "source": milestones.get(clock_sudo.source) or False,
            "granted": f"{clock_sudo.amount:g} {label('unit')}",
            "working": clock_sudo.unit in WORKING_UNITS,
            "blocker": label("blocker"),
            "started_at": _text(clock_sudo.started_at),
            "deadline": _text(clock_sudo.deadline),
            "risk_at": _text(clock_sudo.risk_at),
            "reached_at": _text(clock_sudo.reached_at),
        }

    @api.model
    def _sla_panel_events(self, clocks_sudo):
        """Return ``{clock id: [event]}``, the oldest first."""
        events_sudo = self.env["cs.sla.event"].sudo().search([("clock_id", "in", clocks_sudo.ids)])
        kinds = dict(events_sudo._fields["kind"]._description_selection(self.env))
        found = {}
        for event_sudo in events_sudo:
            found.setdefault(event_sudo.clock_id.id, []).append(
                {
                    "id": event_sudo.id,
                    "what": kinds[event_sudo.kind],
                    "at": _text(event_sudo.at),
                    "who": _person(event_sudo.user_id),
                    "reason": event_sudo.reason_id.name or False,
                    "note": event_sudo.note or False,
                }
            )
        return found

    @api.model
    def _sla_panel_alarms(self, clocks_sudo):
        """Return ``{clock id: [alarm]}`` of the alarms somebody was told of."""
        alarms_sudo = (
            self.env["cs.sla.alarm"]
            .sudo()
            .search(
                [
                    ("clock_id", "in", clocks_sudo.ids),
                    ("state", "in", ("fired", "failed")),
                    ("escalation_id", "!=", False),
                ],
                order="fired_at, id",
            )
        )
        # The button needs the right to read the alarm itself, which the record alone does not give.
        own = set(alarms_sudo.with_env(self.env)._filtered_access("read").ids)
        found = {}
        for alarm_sudo in alarms_sudo:
            open_clock = alarm_sudo.clock_id.run_state != "ended"
            found.setdefault(alarm_sudo.clock_id.id, []).append(
                {
                    "id": alarm_sudo.id,
                    "what": alarm_sudo.escalation_id.display_name,
                    "at": _text(alarm_sudo.fired_at),
                    "told": ", ".join(alarm_sudo.notice_ids.user_id.mapped("name")),
                    "error": alarm_sudo.error or False,
                    "acknowledged_at": _text(alarm_sudo.acknowledged_at),
                    "acknowledged_by": _person(alarm_sudo.acknowledged_by_id),
                    "can_acknowledge": open_clock and alarm_sudo.id in own and alarm_sudo.can_acknowledge,
                }
            )
        return found


class CsCase(models.Model):
    _inherit = "cs.case"

    def action_sla_correct(self):
        """Open the form in which a supervisor sets right when a milestone of the case was reached."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_sla_correction_action")
        return action | {"context": {"default_case_id": self.id}}

    def _sla_panel_buttons(self):
        buttons = super()._sla_panel_buttons()
        if not self.env.user.has_group("customer_service_addon.group_cs_agent") or not self.has_access("write"):
            return buttons
        if self.meaning == "waiting":
            buttons.append({"name": "action_resume", "label": self.env._("Go On"), "icon": "fa-play"})
        elif self.can_wait:
            buttons.append({"name": "action_hold", "label": self.env._("Wait"), "icon": "fa-pause"})
        if self.env.user.has_group("customer_service_addon.group_cs_supervisor"):
            buttons.append({"name": "action_sla_correct", "label": self.env._("Correct a Date"), "icon": "fa-pencil"})
        return buttons


def _figures(clock, axes):
    """Return how much of its time ``clock`` has used, and the spans in which it uses up more from now on."""
    timeline = axes.of(clock, clock.started_at) if clock.run_state == "running" and clock.resumed_at else None
    used, spans = clock.consumed_s, []
    if timeline:
        used += max(timeline.elapsed(axes.now) - timeline.elapsed(clock.resumed_at), 0)
        spans = [(_text(start), _text(end)) for start, end in timeline.spans(axes.now, axes.now + _AHEAD)]
    ended = clock.run_state == "ended"
    return {
        "budget_s": clock.budget_s,
        "used_s": used,
        "left_s": False if ended or not clock.started_at or clock.blocker else clock.budget_s - used,
        "wall_s": round((clock.deadline - axes.now).total_seconds()) if clock.deadline and not ended else False,
        "percent": min(100 * used / clock.budget_s, 100) if clock.budget_s else 0,
        "overrun_s": clock.overrun_s if ended else max(used - clock.budget_s, 0) if clock.started_at else 0,
        "spans": spans,
    }


def _place(clock):
    """The order of clocks in the panel: open before ended, the nearest deadline first, former rounds last."""
    moment = clock.deadline or clock.reached_at
    return (not clock.current, clock.run_state == "ended", not moment, moment or clock.id, clock.id)


def _person(user):
    return user.name if user and not user._is_superuser() else False


def _text(moment):
    return fields.Datetime.to_string(moment) or False
