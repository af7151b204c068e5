from collections import namedtuple
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..services.visit_steps import OPEN
from ..services.visit_times import may_be_called, opens_at

# Results of a try at which the customer was spoken to.
REACHED = ("answered", "later", "declined")
# One visit that is due; the fields say in this order what goes first. ``rank`` is 0 for what the reader holds already,
# then comes what was promised, what is late, and the rest.
Due = namedtuple("Due", "rank class_rank tries next_at id partner_id")


class CsVisitAttempt(models.Model):
    _inherit = "cs.visit.attempt"

    # The counters of the queue: what one person did today.
    _by_person_idx = models.Index("(user_id, tried_at)")


class CsReturnVisit(models.Model):
    """The call queue: the next best customer, held so that no colleague calls him at the same time (V-03)."""

    _inherit = "cs.return.visit"

    _held_idx = models.Index("(held_until) WHERE held_until IS NOT NULL")

    # ------------------------------------------------------------------
    # Called by the screen
    # ------------------------------------------------------------------

    @api.model
    def call_next(self, skipped=None):
        """Hold the next best customer for the reader and return what the screen shows.

        ``{"visit": see call_data(), or False, "counters": see _call_counters(), "next_at": UTC text or False,
        "skipped": how many of the ids ``skipped`` are left aside}``. Moments the customer named come first, then what
        is late by the clock, then class, fewer tries, and whoever waits longest. ``next_at`` says when the next one is
        due while there is none. Raises AccessError for all but agents.
        """
        self._ensure_desk()
        now = fields.Datetime.now()
        aside = set(skipped) if isinstance(skipped, list) else set()
        due, places = self._call_due(now)
        offered = [row for row in due if row.id not in aside]
        visit = self._call_claim(offered, now)
        return {
            "visit": visit.call_data() if visit else False,
            "counters": self._call_counters(now, len(due)),
            "next_at": False if visit else self._call_opens_at(now, places),
            "skipped": len(due) - len(offered),
        }

    @api.model
    def call_skip(self, visit_id, skipped=None):
        """Let the visit ``visit_id`` go and return the next one, without those of ``skipped``; see call_next()."""
        self._ensure_desk()
        self.browse(visit_id).exists().call_release()
        return self.call_next([*(skipped if isinstance(skipped, list) else ()), visit_id])

    def call_start(self):
        """Hold this visit, chosen by hand, and return what the screen shows, as call_next() does.

        Raises AccessError for whoever may not ask, UserError when it is over or a colleague is calling the customer.
        """
        self.ensure_one()
        self._ensure_asks()
        self._ensure_open()
        now = fields.Datetime.now()
        self._call_lock_wait()
        self._ensure_not_held(now)
        self._call_hold(now)
        due, _places = self._call_due(now)
        return {
            "visit": self.call_data(),
            "counters": self._call_counters(now, len(due)),
            "next_at": False,
            "skipped": 0,
        }

    def call_hold(self):
        """Hold the visit longer: the talk goes on. Return whether it is still the reader's; else nothing changes."""
        self.ensure_one()
        self._ensure_asks()
        now = fields.Datetime.now()
        if self.state not in OPEN or self.held_by_id != self.env.user:
            return False
        self._call_hold(now)
        return True

    def call_release(self):
        """Let go of visits the reader holds, when he leaves the screen; those of others stay held."""
        self._ensure_desk()
        mine = self.filtered(lambda visit: visit.held_by_id == self.env.user)
        # sudo: cs.return.visit - the fields are the system's; he lets go of what he held himself
        mine.sudo()._cs_as_server().write({"held_by_id": False, "held_until": False})

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    @api.model
    def _call_domain(self):
        """Return the domain of what the reader may be offered, now or later: his own and his teams' unassigned."""
        me = self.env.uid
        unassigned = Domain("user_id", "=", False) & Domain.OR(
            [
                Domain("team_id", "=", False),
                Domain("team_id.member_ids.user_id", "=", me),
                Domain("team_id.user_id", "=", me),
            ]
        )
        not_himself = Domain("served_user_ids", "not in", [me]) | (
            Domain("is_control", "=", False) & Domain("purpose_id.asked_by_other", "=", False)
        )
        return (
            self._open_domain()
            & Domain("method", "=", "phone")
            & (Domain("user_id", "=", me) | unassigned)
            & not_himself
        )

    def _call_due(self, now):
        """Return ``(due, places)``: a list of Due, those who may be called now, the best first, and where others wait.

        ``places`` is a set of ``(zone name, (from, until))``. One query, however many are due; only columns it needs,
        put in order here, which for thousands is faster than by the database. Record rules hold; of customers only
        the hours to call them are read.
        """
        me = self.env.uid
        free = Domain("held_until", "=", False) | Domain("held_until", "<=", now) | Domain("held_by_id", "=", me)
        self.flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        query = self._search(self._call_domain() & Domain("next_at", "<=", now) & free)
        visit = query.table
        partner = query.join(visit, "partner_id", "res_partner", "id", "partner_id")
        entity = query.join(partner, "commercial_partner_id", "res_partner", "id", "entity_id")
        query.add_where(
            SQL(
                "NOT (COALESCE(%s, FALSE) OR COALESCE(%s, FALSE))", *self._call_columns("cs_no_visits", partner, entity)
            )
        )
        query.add_where(self._call_nobody_else(visit, now, me))
        rows = self.env.execute_query(
            query.select(
                *(SQL.identifier(visit, name) for name in ("id", "partner_id", "class_rank", "next_at", "company_id")),
                SQL("COALESCE(%s, 0)", SQL.identifier(visit, "attempt_count")),
                SQL("%(v)s.held_by_id = %(me)s AND %(v)s.held_until > %(now)s", **self._v(visit, me, now)),
                SQL("%(v)s.sla_deadline < %(now)s", **self._v(visit, me, now)),
                self._call_promised(visit),
                SQL.identifier(visit, "appointment_end"),
                SQL("COALESCE(%s, %s)", *self._call_columns("tz", partner, entity)),
                *self._call_window_columns(partner, entity),
            )
        )
        return self._call_split(rows, now)

    @api.model
    def _v(self, visit, me, now):
        return {"v": SQL.identifier(visit), "me": me, "now": now}

    def _call_columns(self, name, *aliases):
        partners = self.env["res.partner"]
        return [partners._field_to_sql(alias, name) for alias in aliases]

    def _call_window_columns(self, partner, entity):
        """Return the SQL of the hours the customer is called at: his own, else his company's, else NULL."""
        own_to, entity_to = self._call_columns("cs_call_to", partner, entity)
        own_from, entity_from = self._call_columns("cs_call_from", partner, entity)
        return [
            SQL(
                "CASE WHEN %s > 0 THEN COALESCE(%s, 0) WHEN %s > 0 THEN COALESCE(%s, 0) END",
                own_to,
                own,
                entity_to,
                entitys,
            )
            for own, entitys in ((own_from, entity_from), (own_to, entity_to))
        ]

    @api.model
    def _call_promised(self, visit):
        """Return the SQL of whether the customer named the moment: an appointment, or a wish to be called back."""
        return SQL(
            """%(v)s.state = 'agreed' OR (%(v)s.contacted_at IS NOT NULL AND EXISTS (
                SELECT FROM cs_visit_attempt tried WHERE tried.visit_id = %(v)s.id
                   AND tried.result = 'later' AND tried.next_at = %(v)s.next_at))""",
            v=SQL.identifier(visit),
        )

    @api.model
    def _call_nobody_else(self, visit, now, me):
        """Return the SQL condition that no colleague is calling the same person about something else."""
        return SQL(
            """NOT EXISTS (
                SELECT FROM cs_return_visit other WHERE other.held_until > %(now)s AND other.held_by_id <> %(me)s
                   AND other.partner_id = %(v)s.partner_id AND other.state IN %(open)s)""",
            open=OPEN,
            **self._v(visit, me, now),
        )

    def _call_split(self, rows, now):
        """Part ``rows`` by whether the customer may be called now; who named the moment himself may, while it lasts."""
        # sudo: res.company, resource.calendar - figures of the procedure
        companies_sudo = self.env["res.company"].browse({row[4] for row in rows}).sudo()
        windows = {company.id: (company.cs_call_from, company.cs_call_to) for company in companies_sudo}
        holds = {company.id: timedelta(minutes=company.cs_visit_claim_minutes) for company in companies_sudo}
        home = self.env.company.sudo().resource_calendar_id.tz or "UTC"
        known, due = {}, []
        for visit_id, partner_id, class_rank, next_at, company_id, tries, own, late, promised, end, *hours in rows:
            zone, begin, until = hours
            place = (zone or home, windows[company_id] if until is None else (begin, until))
            if place not in known:
                known[place] = may_be_called(now, pytz.timezone(place[0]), place[1])
            lasts = promised and now < max(end or now, next_at + holds[company_id])
            if own or lasts or known[place]:
                rank = 0 if own else 1 if promised else 2 if late else 3
                due.append(Due(rank, class_rank, tries, next_at, visit_id, partner_id))
        return sorted(due), {place for place, is_open in known.items() if not is_open}

    def _call_claim(self, due, now):
        """Hold the first visit of ``due`` that no colleague is taking at this very moment and return it."""
        for row in due:
            if not row.rank or self._call_lock(row.partner_id):
                visit = self.browse(row.id)
                visit._call_hold(now)
                return visit
        return self.browse()

    @api.model
    def _call_lock(self, partner_id):
        """Lock all open visits of a person; return False when a colleague has one of them locked.

        All of them: two agents who take two visits of one person at once would both ring him up.
        """
        query = SQL(
            """WITH person AS (SELECT id FROM cs_return_visit WHERE partner_id = %s AND state IN %s),
                    taken AS (SELECT id FROM cs_return_visit WHERE id IN (SELECT id FROM person)
                                 FOR NO KEY UPDATE SKIP LOCKED)
               SELECT (SELECT count(*) FROM person) = (SELECT count(*) FROM taken)""",
            partner_id,
            OPEN,
        )
        return self.env.execute_query(query)[0][0]

    def _call_lock_wait(self):
        """Wait until nobody else writes the visit; what he wrote is then seen by the repeated request."""
        self.flush_recordset()
        self.env.cr.execute(SQL("SELECT FROM cs_return_visit WHERE id IN %s FOR NO KEY UPDATE", self._ids))

    def _call_hold(self, now):
        # sudo: res.company - a figure of the procedure
        minutes = self.sudo().company_id.cs_visit_claim_minutes
        # sudo: cs.return.visit - the fields are the system's; that the visit is the reader's was checked
        self.sudo()._cs_as_server().write({"held_by_id": self.env.uid, "held_until": now + timedelta(minutes=minutes)})

    def _ensure_not_held(self, now):
        # sudo: cs.return.visit - a colleague may call the person about a visit the reader does not see
        held_sudo = self.sudo().search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("held_until", ">", now),
                ("held_by_id", "!=", self.env.uid),
                ("state", "in", OPEN),
            ],
            limit=1,
        )
        if held_sudo:
            raise UserError(
                self.env._(
                    "%(person)s is calling %(customer)s right now. Take the next customer.",
                    person=held_sudo.held_by_id.name,
                    customer=self.partner_id.name,
                )
            )

    def _call_counters(self, now, due):
        """Return ``{"due", "calls", "asked", "reached", "per_hour"}``: who waits, and what the reader did today.

        ``per_hour`` is the pace between his first and last try of the day, 0 before the second one.
        """
        zone = pytz.timezone(self.env.user.tz or "UTC")
        today = pytz.utc.localize(now).astimezone(zone).date()
        midnight = zone.localize(datetime.combine(today, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
        # sudo: cs.visit.attempt - a person's own tries, those of visits that are another team's by now included
        rows = (
            self.env["cs.visit.attempt"]
            .sudo()
            ._read_group(
                [("user_id", "=", self.env.uid), ("tried_at", ">=", midnight)],
                ["result"],
                ["__count", "tried_at:min", "tried_at:max"],
            )
        )
        counts = {result: count for result, count, _first, _last in rows}
        calls = sum(counts.values())
        hours = (max(row[3] for row in rows) - min(row[2] for row in rows)).total_seconds() / 3600 if rows else 0
        return {
            "due": due,
            "calls": calls,
            "asked": counts.get("answered", 0),
            "reached": sum(counts.get(result, 0) for result in REACHED),
            "per_hour": round((calls - 1) / hours) if hours else 0,
        }

    def _call_opens_at(self, now, places):
        """Return when somebody can be called again (UTC text), or False when nobody waits."""
        moments = [opens_at(now, pytz.timezone(zone), window) for zone, window in places]
        coming = self.search(self._call_domain() & Domain("next_at", ">", now), order="next_at, id", limit=1)
        moments += coming.mapped("next_at")
        return fields.Datetime.to_string(min(moments)) if moments else False
