from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command, Domain

from ..models.cs_sla_time import Axes
from ..services.clock_math import join_holds
from ..services.clock_row import ClockRow


class CsSlaPreview(models.TransientModel):
    """How many records a policy would have held for lately, and how it would have moved their deadlines.

    Nothing is written until the policy is applied to open records, which is done in the background.
    """

    _name = "cs.sla.preview"
    _description = "Preview of an SLA Policy"

    policy_id = fields.Many2one("cs.sla.policy", required=True, readonly=True, ondelete="cascade")
    days = fields.Integer("Records of the Last (Days)", default=30, required=True)
    limit = fields.Integer("At Most (Records)", default=5000, required=True)
    record_count = fields.Integer("Records Looked At", readonly=True)
    match_count = fields.Integer("Held by This Policy", readonly=True)
    open_count = fields.Integer("Of Them Open", readonly=True)
    line_ids = fields.One2many("cs.sla.preview.line", "preview_id", readonly=True)

    _range = models.Constraint(
        'CHECK(days BETWEEN 1 AND 366 AND "limit" BETWEEN 1 AND 50000)', "Look at 1 to 366 days and 1 to 50000 records."
    )

    def action_compare(self):
        """Fill in the comparison and show it. Raises AccessError for anybody but a manager."""
        self.ensure_one()
        self._ensure_manager()
        records = self._records()
        held = self._held(records)
        self.line_ids.unlink()
        self.write(
            {
                "record_count": len(records),
                "match_count": len(held),
                "open_count": len(held.filtered_domain(held._sla_open_domain())),
                "line_ids": [Command.create(values) for values in self._lines(held)],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What the Policy Moves"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _ensure_manager(self):
        if not self.env.user.has_group("customer_service_addon.group_cs_manager"):
            raise AccessError(self.env._("A manager compares policies and applies them to open records."))
        self.policy_id.check_access("write")

    def _records(self):
        policy = self.policy_id
        since = fields.Datetime.now() - timedelta(days=self.days)
        # sudo: records - a manager sees how many there are and how long they took, nothing of them
        model_sudo = self.env[policy.model].sudo()
        domain = Domain("company_id", "=", policy.company_id.id) & Domain(model_sudo._sla_start_field, ">=", since)
        return model_sudo.search(domain, limit=self.limit, order="id desc")

    def _held(self, records):
        """Return the records this policy would have held for: those no earlier policy fits."""
        policy = self.policy_id
        for plan in self.env["cs.sla.policy"]._plans(policy.model, policy.company_id.id):
            if plan.id == policy.id:
                break
            records -= records.filtered_domain(plan.domain)
        return records.filtered_domain(policy._domain())

    def _lines(self, records):
        """Return the values of one line per target: records concerned, moved deadlines and misses."""
        present = self._present_clocks(records)
        axes = Axes(self.env, fields.Datetime.now())
        holds = {record_id: join_holds(pairs) for record_id, pairs in records._sla_holds().items()}
        plan = self.policy_id._plan()
        return [self._line(plan, target, records, present, axes, holds) for target in plan.targets]

    def _present_clocks(self, records):
        # sudo: cs.sla.clock - compared and counted only
        clocks_sudo = (
            self.env["cs.sla.clock"]
            .sudo()
            .search_fetch(
                [("res_model", "=", records._name), ("res_id", "in", records.ids), ("current", "=", True)],
                ["res_id", "milestone", "deadline", "outcome"],
            )
        )
        return {(clock.res_id, clock.milestone): clock for clock in clocks_sudo}

    def _line(self, plan, target, records, present, axes, holds):
        counts = dict.fromkeys(
            ("records", "earlier", "later", "same", "new", "undated", "missed_now", "missed_then"), 0
        )
        milestone = f"{self.policy_id.model}/{target.goal}"
        for record in records:
            start = record._sla_moment(target.source)
            if not start:
                continue
            counts["records"] += 1
            deadline = self._deadline(plan, target, record, start, axes, holds)
            clock = present.get((record.id, milestone))
            counts["missed_now"] += bool(clock) and clock.outcome == "missed"
            if not deadline:
                counts["undated"] += 1
                continue
            counts["missed_then"] += (record._sla_goal_moment(target.goal) or axes.now) > deadline
            counts[_compare(clock, deadline)] += 1
        return {"target_id": target.id, **counts}

    def _deadline(self, plan, target, record, start, axes, holds):
        clock = ClockRow(
            company_id=record.company_id.id,
            calendar_id=plan.calendar_id or record._sla_calendar().id,
            amount=target.amount,
            unit=target.unit,
            risk_share=plan.risk_share,
        )
        _timeline, reading = axes.reading(clock, start, holds.get(record.id, []))
        return reading.deadline if reading else None

    def action_apply(self):
        """Have the policy applied to the open records, in the background. Raises AccessError for non-managers."""
        self.ensure_one()
        self._ensure_manager()
        self.env["cs.sla.recompute"]._queue(
            [{"kind": "policy", "policy_id": self.policy_id.id, "reason": self.policy_id.name}]
        )
        return {"type": "ir.actions.act_window_close"}


def _compare(clock, deadline):
    if not clock or not clock.deadline:
        return "new"
    if clock.deadline == deadline:
        return "same"
    return "earlier" if deadline < clock.deadline else "later"


class CsSlaPreviewLine(models.TransientModel):
    """One target of a preview."""

    _name = "cs.sla.preview.line"
    _description = "Preview of an SLA Target"

    preview_id = fields.Many2one("cs.sla.preview", index=True, ondelete="cascade")
    target_id = fields.Many2one("cs.sla.target", ondelete="cascade")
    records = fields.Integer()
    earlier = fields.Integer("Deadline Earlier")
    later = fields.Integer("Deadline Later")
    same = fields.Integer("Deadline the Same")
    new = fields.Integer("No Deadline So Far")
    undated = fields.Integer("No Deadline Possible")
    missed_now = fields.Integer("Missed As It Was")
    missed_then = fields.Integer("Missed With This Policy")
