from calendar import monthrange
from datetime import timedelta

import pytz

from odoo import fields, models
from odoo.tools import SQL

from ..services.working_time import local_day, utc_midnight

# Working days may lie so much further apart than days; what is found too early is sorted out by its exact date.
_SLACK = 3


class CsVisitPlan(models.Model):
    """Which events of each trigger start a visit, as SQL for thousands of customers at once (V-01).

    Every ``_events_<trigger>(source_ids)`` returns a SELECT of ``partner_id, event_key, event_at`` (naive UTC),
    ``team_id, what, on_day``. ``source_ids`` restricts it to records that have just ended.
    """

    _inherit = "cs.visit.plan"

    def _events_sql(self, source_ids=None):
        self.ensure_one()
        return getattr(self, f"_events_{self.trigger}")(source_ids)

    # ------------------------------------------------------------------
    # Finished work
    # ------------------------------------------------------------------

    def _events_rework(self, source_ids):
        source = SQL("cs_rework o JOIN cs_case c ON c.id = o.case_id")
        return self._work_sql(source, SQL("o.state = 'closed'"), SQL("c.team_id"), source_ids)

    def _events_complaint(self, source_ids):
        source = SQL("cs_complaint o JOIN cs_case c ON c.id = o.case_id")
        return self._work_sql(source, SQL("o.state = 'closed'"), SQL("COALESCE(o.team_id, c.team_id)"), source_ids)

    def _events_case(self, source_ids):
        source = SQL("cs_case o JOIN cs_case c ON c.id = o.id")
        ended = SQL("o.meaning = 'closed' AND o.merged_into_id IS NULL")
        return self._work_sql(source, ended, SQL("c.team_id"), source_ids)

    def _work_sql(self, source, ended, team, source_ids):
        return SQL(
            """
            SELECT c.partner_id, %s || o.id AS event_key, o.closed_at AS event_at, %s AS team_id, o.name AS what,
                   %s AS on_day
              FROM %s
             WHERE o.company_id = %s AND %s AND o.closed_at >= %s AND o.active AND c.partner_id IS NOT NULL AND %s
            """,
            f"{self.model_name},",
            team,
            self._local_date(SQL("o.closed_at")),
            source,
            self.company_id.id,
            ended,
            self._since(),
            self._source_condition(source_ids),
        )

    def _events_invoice(self, source_ids):
        return SQL(
            """
            SELECT o.partner_id, 'account.move,' || o.id AS event_key, %s AS event_at, NULL::int AS team_id,
                   o.name AS what, o.invoice_date AS on_day
              FROM account_move o
             WHERE o.company_id = %s AND o.move_type = 'out_invoice' AND o.state = 'posted'
               AND o.invoice_date >= %s AND o.partner_id IS NOT NULL AND %s
            """,
            self._midnight(SQL("o.invoice_date")),
            self.company_id.id,
            local_day(self._since(), self._tz()),
            self._source_condition(source_ids),
        )

    def _since(self):
        """Return the moment (naive UTC) before which nothing is asked about any more."""
        since = fields.Datetime.now() - timedelta(days=self.lookback_days + self._reach())
        return max(since, utc_midnight(self.start_on, self._tz())) if self.start_on else since

    def _reach(self):
        """Return in how many days, roughly, the delay is over."""
        return 1 + self.delay // 24 if self.delay_unit == "h" else self.delay * (2 if self.delay_unit == "wd" else 1)

    def _source_condition(self, source_ids):
        condition = SQL("TRUE") if source_ids is None else SQL("o.id IN %s", tuple(source_ids) or (0,))
        domain = self._filter("source_domain")
        if domain.is_true():
            return condition
        # sudo: sources - who may write the plan was checked; nothing of them but name and customer is used
        found = self.env[self.model_name].sudo()._search(domain)
        return SQL("%s AND o.id IN %s", condition, found.subselect())

    # ------------------------------------------------------------------
    # Customers
    # ------------------------------------------------------------------

    def _events_rhythm(self, source_ids):
        """The next date of each customer: the rhythm of his class after he was last asked or is to be asked."""
        last = SQL(
            """
            SELECT commercial_partner_id, max(%s) AS last_on
              FROM cs_return_visit
             WHERE company_id = %s
               AND (state IN ('planned', 'agreed', 'answered', 'reported', 'closed') OR plan_id = %s)
             GROUP BY commercial_partner_id
            """,
            self._local_date(SQL("COALESCE(answered_at, due_from)")),
            self.company_id.id,
            self.id,
        )
        return SQL(
            """
            SELECT partner_id, 'rhythm:' || due_on AS event_key, %s AS event_at, NULL::int AS team_id, what,
                   due_on AS on_day
              FROM (SELECT e.id AS partner_id, COALESCE(k.name ->> %s, k.name ->> 'en_US') AS what,
                           (COALESCE(v.last_on, %s)
                            + k.rhythm_number * ('1 ' || k.rhythm_unit)::interval)::date AS due_on
                      FROM res_partner e
                      JOIN cs_partner_class k ON k.id = e.cs_class_id AND k.rhythm_number > 0
                      LEFT JOIN (%s) v ON v.commercial_partner_id = e.id
                     WHERE %s) next_date
             WHERE due_on <= %s
            """,
            self._midnight(SQL("due_on")),
            self.env.lang or "en_US",
            self.start_on or self._today(),
            last,
            self._entity_condition(),
            min(filter(None, (self._today() + timedelta(days=self.ahead_days), self.end_on))),
        )

    def _events_campaign(self, source_ids):
        return SQL(
            """
            SELECT e.id AS partner_id, 'campaign' AS event_key, %s::timestamp AS event_at, NULL::int AS team_id,
                   '' AS what, %s::date AS on_day
              FROM res_partner e
             WHERE %s
            """,
            utc_midnight(self.start_on, self._tz()),
            self.start_on,
            self._entity_condition(),
        )

    def _entity_condition(self):
        """Customers as a whole; neither the own companies nor colleagues."""
        return SQL(
            "e.commercial_partner_id = e.id AND e.partner_share AND e.id NOT IN (SELECT partner_id FROM res_company)"
        )

    def _events_inactivity(self, source_ids):
        """Who has not ordered for so many days: once, or so often a month as long as it lasts."""
        today = self._today()
        reached = self._midnight(SQL("last_on + %s", self.inactive_days))
        slots = self._contact_slots() if self.contacts_per_month else [("", None, None)]
        rows = SQL(", ").join(SQL("(%s, %s::timestamp, %s::timestamp)", *slot) for slot in slots)
        return SQL(
            """
            SELECT l.partner_id, 'inactive:' || last_on || slot.suffix AS event_key,
                   GREATEST(slot.begins, %s) AS event_at, NULL::int AS team_id, '' AS what, last_on AS on_day
              FROM (SELECT partner_id, max(last_on) AS last_on FROM (%s) t GROUP BY partner_id) l
             CROSS JOIN (VALUES %s) AS slot(suffix, begins, ends)
             WHERE last_on <= %s AND (%s = 0 OR last_on > %s) AND (slot.ends IS NULL OR slot.ends > %s)
            """,
            reached,
            self._last_trade_sql(),
            rows,
            today - timedelta(days=self.inactive_days),
            self.inactive_until_days,
            today - timedelta(days=self.inactive_until_days),
            reached,
        )

    def _last_trade_sql(self):
        """Return a SELECT of ``(partner_id, last_on)``: commercial partners and dates on which they bought.

        Bridges to other kinds of orders add theirs with UNION ALL; the latest date of a customer counts.
        """
        return SQL(
            """
            SELECT commercial_partner_id AS partner_id, max(invoice_date) AS last_on
              FROM account_move
             WHERE company_id = %s AND move_type = 'out_invoice' AND state = 'posted'
               AND commercial_partner_id IS NOT NULL AND invoice_date IS NOT NULL
             GROUP BY commercial_partner_id
            """,
            self.company_id.id,
        )

    def _contact_slots(self):
        """Return ``[(suffix of the key, begin, end)]``, naive UTC, of the contacts that are due now or soon."""
        today, horizon = self._today(), self._today() + timedelta(days=self.ahead_days)
        first = today.replace(day=1)
        following = first + timedelta(days=monthrange(first.year, first.month)[1])
        slots = []
        for month in (first, following):
            length = monthrange(month.year, month.month)[1]
            edges = [
                month + timedelta(days=number * length // self.contacts_per_month)
                for number in range(self.contacts_per_month + 1)
            ]
            for number, (begin, end) in enumerate(zip(edges, edges[1:], strict=False), 1):
                if begin <= horizon and end > today:
                    slots.append((f":{month:%Y-%m}:{number}", self._utc(begin), self._utc(end)))
        return slots

    # ------------------------------------------------------------------
    # Contracts
    # ------------------------------------------------------------------

    def _events_contract(self, source_ids):
        """Each year of a running contract, counted from its beginning."""
        today, reach = self._today(), self._reach()
        return SQL(
            """
            SELECT o.partner_id, 'contract:' || o.id || ':' || extract(year FROM y.begins) AS event_key,
                   %s AS event_at, NULL::int AS team_id, COALESCE(o.order_ref, '') AS what, y.begins AS on_day
              FROM cs_coverage o
             CROSS JOIN LATERAL (
                   SELECT (o.date_from + make_interval(years => n))::date AS begins
                     FROM generate_series(0, extract(year FROM age(o.date_to, o.date_from))::int) n) y
             WHERE o.company_id = %s AND o.active AND o.partner_id IS NOT NULL AND o.date_to >= %s
               AND y.begins <= LEAST(o.date_to, %s::date) AND y.begins >= %s AND %s
            """,
            self._midnight(SQL("y.begins")),
            self.company_id.id,
            today,
            today + timedelta(days=self.ahead_days),
            max(today - timedelta(days=self.lookback_days), self.start_on or today - timedelta(days=36500))
            - timedelta(days=reach),
            self._source_condition(source_ids),
        )

    def _events_coverage_end(self, source_ids):
        today = self._today()
        return SQL(
            """
            SELECT o.partner_id, 'coverage_end:' || o.id AS event_key, %s AS event_at, NULL::int AS team_id,
                   COALESCE(o.order_ref, '') AS what, o.date_to AS on_day
              FROM cs_coverage o
             WHERE o.company_id = %s AND o.active AND o.partner_id IS NOT NULL
               AND o.date_from <= %s AND o.date_to >= %s AND o.date_to <= %s AND %s
            """,
            self._midnight(SQL("o.date_to")),
            self.company_id.id,
            today,
            today,
            today + timedelta(days=self.ahead_days + self._reach() + _SLACK),
            self._source_condition(source_ids),
        )

    # ------------------------------------------------------------------
    # Days
    # ------------------------------------------------------------------

    def _calendar(self):
        """Return the calendar (sudo) the delays of the plan count on: its team's, else the company's."""
        # sudo: cs.team, resource.calendar - working hours are no secret
        plan_sudo = self.sudo()
        return plan_sudo.team_id.resource_calendar_id or plan_sudo.company_id.resource_calendar_id

    def _tz(self):
        """Return the pytz zone whose days the plan means."""
        return pytz.timezone(self._calendar().tz or "UTC")

    def _today(self):
        return local_day(fields.Datetime.now(), self._tz())

    def _utc(self, day):
        return utc_midnight(day, self._tz())

    def _midnight(self, day):
        """Return SQL for when the local date ``day`` begins, as naive UTC."""
        return SQL("(((%s)::timestamp AT TIME ZONE %s) AT TIME ZONE 'UTC')", day, self._tz().zone)

    def _local_date(self, moment):
        """Return SQL for the local date of ``moment`` (naive UTC)."""
        return SQL("((%s AT TIME ZONE 'UTC') AT TIME ZONE %s)::date", moment, self._tz().zone)
