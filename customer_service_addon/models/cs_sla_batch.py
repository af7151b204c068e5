"""One pass over the clocks of a batch of records: load, judge, store. No query per record anywhere."""

from collections import defaultdict

from odoo.tools import SQL

from ..services.clock_math import join_holds
from ..services.clock_row import ClockRow, event_row, load_clocks
from .cs_sla_judge import judge_clock
from .cs_sla_store import store
from .cs_sla_time import Axes


class SlaBatch:
    """The work on ``records`` (sudo, one model) at ``now`` (naive UTC); see ``cs.sla.engine`` for the options."""

    def __init__(self, records, now, *, restarted_at=None, applying=False, note=None, quiet=False):
        self.env = records.env
        self.records = records
        self.model = records._name
        self.now = now
        self.restarted_at = restarted_at
        self.applying = applying
        self.note = note
        self.quiet = quiet
        self.clocks = defaultdict(list)  # record id: its current clocks
        self.added, self.changed, self.superseded = [], [], []
        self.events = []  # (clock, kind, at, hold reason id, note)
        self.moved = []  # clocks whose alarms move
        self.armed, self.rearmed = [], []  # clocks that get their alarms, or the one at their deadline again
        self.silenced = []  # clocks whose pending alarms go
        self.policies = {}  # record id: policy id or None, where it was looked for
        self.axes = Axes(self.env, now)
        self.holds, self.reasons = {}, {}
        self.hushed = set()  # id() of clocks whose past alarms are not set off

    # ------------------------------------------------------------------
    # Load
    # ------------------------------------------------------------------

    def load(self):
        """Read the current clocks of the records."""
        clocks = load_clocks(
            self.env, SQL("res_model = %s AND res_id IN %s AND current", self.model, tuple(self.records.ids))
        )
        for clock in clocks:
            self.clocks[clock.res_id].append(clock)

    def assign_policies(self):
        """Find the policy of each record, the first that fits; one that changed takes its open clocks over."""
        for record, plan in self._match().items():
            plan_id = plan.id if plan else None
            self.policies[record.id] = plan_id
            running = [clock for clock in self.clocks[record.id] if clock.run_state != "ended"]
            foreign = [clock for clock in running if clock.policy_id != plan_id]
            stale = [clock for clock in running if plan and clock.policy_version != plan.version]
            settled = self.clocks[record.id] and not foreign and not (stale and self.applying)
            if settled and (not plan or record.sla_policy_id.id == plan_id):
                continue
            for clock in foreign or stale:
                self._swap_out(clock)
            if plan:
                self._start_plan(record, plan)

    def _match(self):
        """Return ``{record: Plan or None}``; the first policy of the record's company whose filter fits."""
        found = {}
        for company, records in self.records.grouped("company_id").items():
            left = records
            for plan in self.env["cs.sla.policy"]._plans(self.model, company.id):
                if not left:
                    break
                fitting = left.filtered_domain(plan.domain) if plan.domain else left
                found.update(dict.fromkeys(fitting, plan))
                left -= fitting
            found.update(dict.fromkeys(left))
        return found

    def _swap_out(self, clock):
        clock.run_state, clock.outcome, clock.current = "ended", "cancelled", False
        clock.deadline = clock.risk_at = clock.resumed_at = None
        self.superseded.append(clock)
        self.silenced.append(clock)
        self.events.append((clock, "swapped", self.now, None, self.note))
        self.clocks[clock.res_id].remove(clock)

    def _start_plan(self, record, plan):
        """Add the clocks of ``plan``; what was judged under another policy stays judged."""
        judged = {clock.milestone for clock in self.clocks[record.id] if clock.run_state == "ended"}
        swapped = any(clock.res_id == record.id for clock in self.superseded)
        late = bool(self.clocks[record.id]) or swapped or self.applying
        present = {clock.target_id for clock in self.clocks[record.id]}
        calendar_id = plan.calendar_id or record._sla_calendar().id
        shared = record._sla_copied_values()
        # A date the customer agreed to holds under another policy, too.
        agreed = {
            clock.milestone: {"extended_to": clock.extended_to, "extended_at": clock.extended_at}
            for clock in self.superseded
            if clock.res_id == record.id and clock.extended_to
        }
        for target in plan.targets:
            milestone = f"{self.model}/{target.goal}"
            if milestone in judged or target.id in present:
                continue
            if late and record._sla_moment(target.goal):
                continue
            clock = ClockRow(
                res_model=self.model,
                res_id=record.id,
                policy_id=plan.id,
                policy_version=plan.version,
                target_id=target.id,
                source=target.source or None,
                milestone=milestone,
                round=self._next_round(record, target),
                calendar_id=calendar_id or None,
                amount=target.amount,
                unit=target.unit,
                risk_share=plan.risk_share,
                **agreed.get(milestone, {}),
                **shared,
            )
            if late or self.quiet or record._sla_quiet():
                self.hushed.add(id(clock))
            self.clocks[record.id].append(clock)
            self.added.append(clock)

    def _next_round(self, record, target):
        """A target that comes back to a record after another policy held counts its rounds on."""
        if not self._has_history:
            return 1
        return self._rounds.get((record.id, target.id), 0) + 1

    @property
    def _has_history(self):
        return bool(self.superseded) or any(self.clocks.values())

    @property
    def _rounds(self):
        if not hasattr(self, "_rounds_cache"):
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT res_id, target_id, max(round) FROM cs_sla_clock
                     WHERE res_model = %s AND res_id IN %s GROUP BY 1, 2
                    """,
                    self.model,
                    tuple(self.records.ids),
                )
            )
            self._rounds_cache = {(res_id, target_id): number for res_id, target_id, number in rows}
        return self._rounds_cache

    # ------------------------------------------------------------------
    # Judge and store
    # ------------------------------------------------------------------

    def run(self):
        """Judge every clock of the batch and write what changed."""
        self.holds = holds = {record_id: join_holds(pairs) for record_id, pairs in self.records._sla_holds().items()}
        self.reasons = self.records._sla_hold_reasons() if holds else {}
        by_id = {record.id: record for record in self.records}
        for record_id, clocks in list(self.clocks.items()):
            record = by_id[record_id]
            for clock in list(clocks):
                judge_clock(self, clock, record, holds.get(record_id, []))
        store(self)

    def emit(self, clock, kind, at, reason_id=None, note=None):
        """Note an event; it is written once its clock has an id."""
        self.events.append((clock, kind, at, reason_id, note))

    def event_rows(self):
        uid = self.env.uid
        return [
            event_row(clock, kind, at, self.now, uid, reason_id=reason_id, note=note)
            for clock, kind, at, reason_id, note in self.events
        ]
