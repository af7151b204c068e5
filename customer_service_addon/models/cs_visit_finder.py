import json
from datetime import timedelta
from uuid import uuid4

import pytz

from odoo import fields, models
from odoo.tools import SQL

from ..services.visit_steps import OPEN
from ..services.visit_times import day_due, earliest_call

# Triggers whose dates come round by themselves: they are planned so long ahead as the plan says.
BY_CALENDAR = ("rhythm", "inactivity", "contract", "coverage_end")
# So many new rows change how the database goes about the rest.
MANY = 1000
# Working days may lie so much further apart than days of the week.
_SLACK_DAYS = 3


class CsVisitPlan(models.Model):
    """Who of the customers an event brings is visited, and when: a handful of statements, however many they are."""

    _inherit = "cs.visit.plan"

    def _find(self, preview=False, source_ids=None):
        """Write what the plan finds now to ``cs.visit.candidate`` and return the mark of these rows (``run``).

        A preview keeps everybody with the reason why he is not visited, else only who is. ``source_ids`` restricts
        it to records that have just ended.
        """
        self.ensure_one()
        run = uuid4().hex
        self.env.flush_all()
        found = self._placed_sql(source_ids)
        self._execute("%s", self._insert_sql(run, preview, found, self._due_rows(found)))
        if self.env.cr.rowcount > MANY:
            # Without it the next statements would be planned for the few rows that were there before.
            self._execute("ANALYZE cs_visit_candidate")
        if self.trigger in BY_CALENDAR:
            self._drop_later(run)
        self._mark_recent(run)
        self._mark_crowded(run)
        if not preview:
            self._execute("DELETE FROM cs_visit_candidate c WHERE %s AND outcome <> 'visit'", self._of(run))
        self.env["cs.visit.candidate"].invalidate_model(flush=False)
        return run

    # ------------------------------------------------------------------
    # Who
    # ------------------------------------------------------------------

    def _insert_sql(self, run, preview, found, due_rows):
        columns = ("plan_id", "company_id", "run", "found_at", "is_preview", "done")
        return SQL(
            """
            INSERT INTO cs_visit_candidate (%s, partner_id, commercial_partner_id, event_key, event_at, due_from, why,
                                            outcome)
            SELECT %s, partner_id, entity_id, event_key, found.event_at, due.due_from,
                   replace(replace(replace(%s, '{what}', what), '{day}', on_day::text), '  ', ' '), outcome
              FROM (%s) found
              LEFT JOIN json_to_recordset(%s::json) AS due(due_key varchar, event_at timestamp, due_from timestamp)
                ON due.due_key = found.due_key AND due.event_at = found.event_at AND outcome = 'visit'
             WHERE %s
            """,
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(
                SQL("%s", value)
                for value in (self.id, self.company_id.id, run, fields.Datetime.now(), bool(preview), False)
            ),
            self._why(),
            found,
            due_rows,
            SQL("TRUE") if preview else SQL("outcome = 'visit'"),
        )

    def _placed_sql(self, source_ids):
        """Return SQL of what is found; the customers of a campaign are spread over its days."""
        found = self._found_sql(source_ids)
        if self.trigger != "campaign":
            return found
        columns = SQL("partner_id, entity_id, event_key, due_key, what, on_day, outcome")
        return SQL("SELECT %s, %s AS event_at FROM (%s) everybody", columns, self._spread_sql(), found)

    def _found_sql(self, source_ids):
        """Return SQL of the events with their customers' entity, what decides when they are due, and the outcome."""
        company = self.company_id
        return SQL(
            """
            SELECT f.*, e.id AS entity_id,
                   concat(COALESCE(t.resource_calendar_id, %s::int), '|', COALESCE(p.tz, e.tz), '|', %s, '|', %s)
                   AS due_key,
                   %s AS outcome
              FROM (%s) f
              JOIN res_partner p ON p.id = f.partner_id
              JOIN res_partner e ON e.id = p.commercial_partner_id
              LEFT JOIN cs_team t ON t.id = COALESCE(%s, f.team_id)
              %s
             WHERE p.active AND (e.company_id IS NULL OR e.company_id = %s) AND %s
            """,
            company.resource_calendar_id.id or None,
            self._call_sql("cs_call_from", company.cs_call_from),
            self._call_sql("cs_call_to", company.cs_call_to),
            self._outcome_sql(),
            self._events_sql(source_ids),
            self.team_id.id or None,
            self._debtors_sql(),
            company.id,
            self._partner_condition(),
        )

    def _call_sql(self, name, default):
        """Return SQL for the hours at which the customer may be called: his own, his company's, else ours."""
        column = SQL.identifier(name)
        return SQL(
            "CASE WHEN p.cs_call_to > 0 THEN p.%s WHEN e.cs_call_to > 0 THEN e.%s ELSE %s END", column, column, default
        )

    def _partner_condition(self):
        conditions = [SQL("TRUE")]
        if self.class_ids:
            conditions.append(SQL("e.cs_class_id IN %s", tuple(self.class_ids.ids)))
        if self.trigger == "inactivity" and self.only_rhythm:
            conditions.append(
                SQL("e.cs_class_id IN (SELECT id FROM cs_partner_class WHERE rhythm_number > 0 AND active)")
            )
        domain = self._filter("partner_domain")
        if not domain.is_true():
            # sudo: res.partner - the filter was checked when it was saved; the plan is the company's, not the reader's
            conditions.append(SQL("e.id IN %s", self.env["res.partner"].sudo()._search(domain).subselect()))
        return SQL(" AND ").join(conditions)

    def _debtors_sql(self):
        """Return SQL that joins who has overdue receivables, where the plan leaves them out."""
        if not self.except_debtors:
            return SQL()
        return SQL(
            """
            LEFT JOIN (SELECT m.commercial_partner_id AS partner_id
                         FROM account_move_line l
                         JOIN account_move m ON m.id = l.move_id
                         JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                        WHERE l.company_id = %s AND l.parent_state = 'posted' AND NOT COALESCE(l.reconciled, FALSE)
                          AND l.date_maturity < %s
                        GROUP BY m.commercial_partner_id
                       HAVING sum(l.amount_residual) > 0) debtor ON debtor.partner_id = e.id
            """,
            self.company_id.id,
            self._today(),
        )

    def _outcome_sql(self):
        """Return SQL for the first reason not to visit the customer, else ``visit``; ``recent`` follows later."""
        method = self.method or self.purpose_id.method
        no_contact = {"phone": SQL("p.phone"), "message": SQL("p.phone"), "email": SQL("p.email")}.get(method)
        # The same customers are drawn for the same event however often the plan looks.
        drawn = SQL("('x' || substr(md5(concat_ws(':', %s, f.event_key, p.id)), 1, 8))::bit(32)::bigint", str(self.id))
        reasons = [
            (
                SQL(
                    "EXISTS (SELECT FROM cs_return_visit v WHERE v.plan_id = %s AND v.event_key = f.event_key "
                    "AND v.partner_id = p.id)",
                    self.id,
                ),
                "already",
            ),
            (SQL("p.cs_no_visits OR e.cs_no_visits"), "opt_out"),
        ]
        if self.except_with_sales:
            reasons.append((SQL("p.cs_with_sales OR e.cs_with_sales"), "with_sales"))
        if self.except_debtors:
            reasons.append((SQL("debtor.partner_id IS NOT NULL"), "debtor"))
        if no_contact:
            reasons.append((SQL("COALESCE(trim(%s), '') = ''", no_contact), "no_contact"))
        if self.sample_percent < 100:
            reasons.append((SQL("%s %% 1000000 >= %s", drawn, self.sample_percent * 10000), "sample"))
        cases = SQL(" ").join(SQL("WHEN %s THEN %s", condition, outcome) for condition, outcome in reasons)
        return SQL("CASE %s ELSE 'visit' END", cases)

    def _spread_sql(self):
        """Return SQL that gives the customers of a campaign their days, evenly over the working days of its period."""
        days = [self._utc(day) for day in self._campaign_days()]
        nth = SQL("count(*) FILTER (WHERE outcome = 'visit') OVER (ORDER BY entity_id, partner_id)")
        total = SQL("GREATEST(count(*) FILTER (WHERE outcome = 'visit') OVER (), 1)")
        return SQL("(%s::timestamp[])[(1 + GREATEST(%s - 1, 0) * %s / %s)::int]", days, nth, len(days), total)

    def _campaign_days(self):
        """Return the working days that are left of the period, at least one date."""
        first, last = max(self.start_on, min(self._today(), self.end_on)), self.end_on
        timeline = self._timeline(self._calendar(), self._utc(first), self._utc(last))
        return (timeline.days(first, last) if timeline else []) or [first]

    def _why(self):
        """Return the reason in words, with ``{what}`` and ``{day}`` to be filled in."""
        marks = {"what": "{what}", "day": "{day}"}
        reasons = {
            "rework": self.env._("%(what)s completed on %(day)s", **marks),
            "complaint": self.env._("%(what)s closed on %(day)s", **marks),
            "case": self.env._("%(what)s closed on %(day)s", **marks),
            "invoice": self.env._("Invoice %(what)s of %(day)s", **marks),
            "rhythm": self.env._("Regular visit of %(what)s, due %(day)s", **marks),
            "inactivity": self.env._("No invoice since %(day)s", **marks),
            "contract": self.env._("Yearly visit, contract %(what)s since %(day)s", **marks),
            "coverage_end": self.env._("Free service %(what)s ends on %(day)s", **marks),
            "campaign": self.name,
        }
        return reasons[self.trigger]

    # ------------------------------------------------------------------
    # When
    # ------------------------------------------------------------------

    def _due_rows(self, found):
        """Return as JSON when each visit is due; equal events of customers with equal hours are worked out once."""
        pairs = self._execute(
            "SELECT due_key, event_at FROM (%s) found WHERE outcome = 'visit' GROUP BY due_key, event_at", found
        )
        due = self._due_moments(pairs)
        return json.dumps(
            [
                {"due_key": key, "event_at": str(event_at), "due_from": str(due[key, event_at])}
                for key, event_at in pairs
            ]
        )

    def _due_moments(self, pairs):
        """Return ``{(due_key, event_at): due from}`` (naive UTC); one timeline per calendar for all of them."""
        if not pairs:
            return {}
        now, lag = fields.Datetime.now(), self._lag()
        moments = [now, *(event_at for _key, event_at in pairs)]
        timelines, due = {}, {}
        for key, event_at in pairs:
            calendar_id, zone_name, begin, end = key.split("|")
            if calendar_id not in timelines:
                # sudo: resource.calendar - working hours are no secret
                calendar = self.env["resource.calendar"].sudo().browse(int(calendar_id) if calendar_id else [])
                zone = pytz.timezone(calendar.tz or "UTC")
                timelines[calendar_id] = zone, self._timeline(calendar, min(moments), max(moments))
            tz, timeline = timelines[calendar_id]
            own_tz = pytz.timezone(zone_name) if zone_name else self._tz()
            nominal = day_due(timeline, tz, event_at, lag, self.delay_unit)
            due[key, event_at] = earliest_call(timeline, max(nominal, now), own_tz, (float(begin), float(end)))
        return due

    def _timeline(self, calendar, first, last):
        """Return the working time around ``first`` to ``last`` (naive UTC) and the delay, or None without calendar."""
        if not calendar:
            return None
        reach = timedelta(days=60 + _SLACK_DAYS * self._reach())
        return calendar._cs_timeline(self.company_id, first - reach, last + reach)

    def _lag(self):
        """Return how long after its event a visit is due, in units of the plan; negative before it."""
        if self.trigger in ("campaign", "rhythm") or (self.trigger == "inactivity" and self.contacts_per_month):
            return 0
        return -self.delay if self.trigger == "coverage_end" else self.delay

    def _drop_later(self, run):
        horizon = self._utc(self._today() + timedelta(days=self.ahead_days + 1))
        self._execute("DELETE FROM cs_visit_candidate c WHERE %s AND due_from >= %s", self._of(run), horizon)

    # ------------------------------------------------------------------
    # Not too often
    # ------------------------------------------------------------------

    def _mark_recent(self, run):
        """Who was or will be asked within the quiet days of the company is left out, whatever plan it was."""
        if self.company_id.cs_visit_quiet_days:
            self._execute(
                "UPDATE cs_visit_candidate c SET outcome = 'recent' WHERE %s AND outcome = 'visit' AND %s",
                self._of(run),
                self._recent_sql(),
            )

    def _recent_sql(self):
        """Return SQL: another visit of the customer of ``c`` lies within the quiet days of when ``c`` is due."""
        now = fields.Datetime.now()
        quiet = SQL("make_interval(days => %s)", self.company_id.cs_visit_quiet_days)
        # A visit that is late counts as one that comes next.
        asked = SQL(
            "COALESCE(v.answered_at, "
            "CASE WHEN v.state IN %s THEN GREATEST(v.due_from, v.next_at, %s) ELSE v.due_from END)",
            OPEN,
            now,
        )
        return SQL(
            """
            EXISTS (SELECT FROM cs_return_visit v
                     WHERE v.commercial_partner_id = c.commercial_partner_id AND v.state <> 'cancelled'
                       AND v.company_id = c.company_id
                       AND %s > c.due_from - %s AND %s < c.due_from + %s)
            """,
            asked,
            quiet,
            asked,
            quiet,
        )

    def _mark_crowded(self, run):
        """Of several visits of a customer found together, those too near to an earlier one are left out."""
        if not self.company_id.cs_visit_quiet_days:
            return
        rows = self._execute(
            """
            SELECT id, commercial_partner_id, due_from
              FROM (SELECT c.*, count(*) OVER (PARTITION BY commercial_partner_id) AS visits
                      FROM cs_visit_candidate c WHERE %s AND outcome = 'visit') crowd
             WHERE visits > 1
             ORDER BY due_from, id
            """,
            self._of(run),
        )
        crowded = self._too_near(rows)
        if crowded:
            self._execute("UPDATE cs_visit_candidate SET outcome = 'recent' WHERE id = ANY(%s)", crowded)

    def _too_near(self, rows):
        """Return the ids of ``rows`` (``(id, entity, due)`` in order) that follow too soon after one that is kept."""
        quiet = timedelta(days=self.company_id.cs_visit_quiet_days)
        kept, crowded = {}, []
        for row_id, entity_id, due in rows:
            if entity_id in kept and due - kept[entity_id] < quiet:
                crowded.append(row_id)
            else:
                kept[entity_id] = due
        return crowded

    # ------------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------------

    def _of(self, run):
        return SQL("c.plan_id = %s AND c.run = %s", self.id, run)

    def _execute(self, query, *values, **named):
        """Run a statement and return its rows, none for a change."""
        self.env.cr.execute(SQL(query, *values, **named))
        return self.env.cr.fetchall() if self.env.cr.description else []
