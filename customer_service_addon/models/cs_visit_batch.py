from collections import deque

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

# The triggers whose events are files of ours, which say who served the customer.
FILES = ("rework", "complaint", "case")


class CsVisitPlan(models.Model):
    """A batch of the queue becomes visits, with a number of queries that does not depend on its size."""

    _inherit = "cs.visit.plan"

    def _plan_rows(self, row_ids):
        """Plan the visits of the locked rows ``row_ids`` of the queue (superuser) and mark them done.

        The rows are looked at once more: somebody may have been asked since. Raises SerializationFailure where
        another transaction plans visits of the same customers.
        """
        self._touch_customers(row_ids)
        rows = self._still_due(row_ids)
        due = [row for row in rows if row["outcome"] == "visit"]
        if due:
            visits = self.env["cs.return.visit"].sudo()._cs_as_server().create(self._visit_values(due))
            self._take_over(visits)
            self.env.flush_all()
        self._settle(rows)

    def _touch_customers(self, row_ids):
        """Write to the customers' row, in one order: two transactions that plan one customer's visits collide here.

        The second one fails with a serialization failure, begins anew and then sees the visit of the first.
        """
        self._execute(
            """
            UPDATE res_partner SET cs_visit_stamp = COALESCE(cs_visit_stamp, 0) + 1
             WHERE id IN (SELECT id FROM res_partner
                           WHERE id IN (SELECT commercial_partner_id FROM cs_visit_candidate WHERE id = ANY(%s))
                           ORDER BY id FOR NO KEY UPDATE)
            """,
            list(row_ids),
        )

    def _still_due(self, row_ids):
        """Return the rows as dicts in the order they are due, each with its outcome as things are now."""
        self.env.flush_all()
        quiet = self.company_id.cs_visit_quiet_days
        names = ("id", "partner_id", "commercial_partner_id", "event_key", "event_at", "due_from", "why", "outcome")
        found = self._execute(
            """
            SELECT c.id, c.partner_id, c.commercial_partner_id, c.event_key, c.event_at, c.due_from, c.why,
                   CASE WHEN EXISTS (SELECT FROM cs_return_visit v WHERE v.plan_id = c.plan_id
                                        AND v.event_key = c.event_key AND v.partner_id = c.partner_id) THEN 'already'
                        WHEN p.cs_no_visits OR e.cs_no_visits THEN 'opt_out'
                        WHEN %s THEN 'recent'
                        ELSE 'visit' END
              FROM cs_visit_candidate c
              JOIN res_partner p ON p.id = c.partner_id
              JOIN res_partner e ON e.id = c.commercial_partner_id
             WHERE c.id = ANY(%s)
             ORDER BY c.due_from, c.id
            """,
            self._recent_sql() if quiet else SQL("FALSE"),
            list(row_ids),
        )
        rows = [dict(zip(names, row, strict=True)) for row in found]
        if quiet:
            visited = [row for row in rows if row["outcome"] == "visit"]
            too_near = set(
                self._too_near([(row["id"], row["commercial_partner_id"], row["due_from"]) for row in visited])
            )
            for row in visited:
                row["outcome"] = "recent" if row["id"] in too_near else "visit"
        return rows

    def _settle(self, rows):
        """Mark the rows done, each with its outcome."""
        by_outcome = {}
        for row in rows:
            by_outcome.setdefault(row["outcome"], []).append(row["id"])
        for outcome, ids in by_outcome.items():
            self._execute("UPDATE cs_visit_candidate SET done = TRUE, outcome = %s WHERE id = ANY(%s)", outcome, ids)
        self.env["cs.visit.candidate"].invalidate_model(flush=False)

    # ------------------------------------------------------------------
    # Values
    # ------------------------------------------------------------------

    def _visit_values(self, rows):
        """Return the values of the visits of ``rows``, in their order."""
        sources = self._source_values_of(rows)
        served = {row["id"]: self._served(sources.get(row["event_key"])) for row in rows}
        if self.is_control and self.trigger not in FILES:
            lately = self._served_lately([row["commercial_partner_id"] for row in rows])
            for row in rows:
                served[row["id"]] = lately.get(row["commercial_partner_id"], ())
        users = self._users_in_turn([self._not_asking(row, served[row["id"]], sources) for row in rows])
        teams = self._teams_of(users)
        values = []
        for row, user_id in zip(rows, users, strict=True):
            source = dict(sources.get(row["event_key"], {}))
            source.pop("shut_out", None)
            values.append(
                {
                    "company_id": self.company_id.id,
                    "purpose_id": self.purpose_id.id,
                    "plan_id": self.id,
                    "event_key": row["event_key"],
                    "partner_id": row["partner_id"],
                    "why": row["why"],
                    "method": self.method or self.purpose_id.method,
                    "is_control": self.is_control,
                    "due_from": row["due_from"],
                    # Clocks of finished work count from its end, others from when the customer is due.
                    "received_at": row["event_at"] if self._is_about_past() else row["due_from"],
                    **source,
                    "served_user_ids": [Command.set(sorted(served[row["id"]]))],
                    "team_id": self.team_id.id or source.get("team_id") or teams.get(user_id, False),
                    "user_id": user_id,
                }
            )
        return values

    def _is_about_past(self):
        return self.trigger in (*FILES, "invoice")

    def _source_values_of(self, rows):
        """Return ``{event key: values taken over from the finished work}``, empty for other triggers."""
        if self.trigger not in FILES:
            return {}
        ids = [int(row["event_key"].split(",")[1]) for row in rows]
        # sudo: files - see _source_values_many
        sources = self.env[self.model_name].sudo().browse(ids)
        values = self.env["cs.return.visit"]._source_values_many(sources)
        return {f"{self.model_name},{source_id}": found for source_id, found in values.items()}

    @staticmethod
    def _served(source):
        return source["served_user_ids"][0][2] if source else ()

    def _served_lately(self, entity_ids):
        """Return ``{entity id: ids of users}``: who worked for these customers within the days the plan looks back."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=self.lookback_days)
        rows = self._execute(
            """
            SELECT commercial_partner_id, user_id FROM cs_case
             WHERE commercial_partner_id = ANY(%(ids)s) AND company_id = %(company)s AND user_id IS NOT NULL
               AND COALESCE(closed_at, received_at) >= %(since)s
             UNION
            SELECT o.customer_id, t.res_users_id FROM cs_rework o
              JOIN cs_rework_technician_rel t ON t.cs_rework_id = o.id
             WHERE o.customer_id = ANY(%(ids)s) AND o.company_id = %(company)s
               AND COALESCE(o.closed_at, o.received_at) >= %(since)s
            """,
            ids=list(set(entity_ids)),
            company=self.company_id.id,
            since=since,
        )
        served = {}
        for entity_id, user_id in rows:
            served.setdefault(entity_id, set()).add(user_id)
        return served

    def _not_asking(self, row, served, sources):
        """Return the ids of users who cannot ask: who served the customer (V-01), who is complained about (C-07)."""
        shut_out = sources.get(row["event_key"], {}).get("shut_out", ())
        return {*shut_out, *served} if self.is_control or self.purpose_id.asked_by_other else set(shut_out)

    def _users_in_turn(self, excluded):
        """Return a user's id, or False, for each set of ``excluded`` ids: the plan's people in turn.

        Whoever cannot ask one customer is the first for the next one.
        """
        people = self.user_ids.filtered(lambda user: user.active and self.company_id in user.company_ids).sorted("id")
        last = self._execute(
            "SELECT user_id FROM cs_return_visit WHERE plan_id = %s AND user_id IS NOT NULL ORDER BY id DESC LIMIT 1",
            self.id,
        )
        turn = deque(people.ids)
        if last and last[0][0] in turn:
            turn.rotate(-turn.index(last[0][0]) - 1)
        chosen = []
        for ids in excluded:
            user_id = next((candidate for candidate in turn if candidate not in ids), False)
            if user_id:
                turn.remove(user_id)
                turn.append(user_id)
            chosen.append(user_id)
        return chosen

    def _teams_of(self, user_ids):
        """Return ``{user id: id of the first team he belongs to}``: its leader sees the visit."""
        members = self.env["cs.team.member"].search(
            [("user_id", "in", [*set(user_ids) - {False}]), ("company_id", "=", self.company_id.id)],
            order="sequence desc, id desc",
        )
        return {member.user_id.id: member.team_id.id for member in members}

    # ------------------------------------------------------------------
    # Consequences
    # ------------------------------------------------------------------

    def _take_over(self, visits):
        """Customer service looks after the customers from now on, with a note in their file (V-01)."""
        if not self.takes_over:
            return
        new = visits.commercial_partner_id.filtered(lambda entity: entity.cs_care_team_id != self.team_id)
        if not new:
            return
        new.write({"cs_care_team_id": self.team_id.id})
        why = {visit.commercial_partner_id.id: visit.why for visit in visits}
        new._message_log_batch(
            bodies={
                entity.id: Markup("<p>%s</p>")
                % self.env._(
                    "%(why)s: looked after by %(team)s from now on.", why=why[entity.id], team=self.team_id.name
                )
                for entity in new
            }
        )


class CsReturnVisit(models.Model):
    _inherit = "cs.return.visit"

    @api.model
    def _source_values_many(self, sources):
        """Return ``{source id: values}`` as :meth:`_source_values` has them, in a constant number of queries.

        Besides, ``shut_out`` are the ids of the users whom the complaint is about. ``sources`` are of one model.
        """
        # sudo: files - who served is compared only, and the visit is planned by the procedure
        sources_sudo = sources.sudo()
        cases_sudo = sources_sudo if sources._name == "cs.case" else sources_sudo.case_id
        # Everything that is asked record by record below is read for all of them here.
        cases_sudo.complaint_ids.mapped("shut_out_user_ids")
        sources_sudo.mapped("user_id")
        if sources._name == "cs.rework":
            sources_sudo.mapped("technician_user_ids")
        found = {}
        for source_sudo in sources_sudo:
            values = self._source_values(source_sudo)
            complaint_sudo = cases_sudo.complaint_ids.browse(values["complaint_id"] or [])
            found[source_sudo.id] = values | {"shut_out": complaint_sudo.shut_out_user_ids.ids}
        return found


class ResPartner(models.Model):
    _inherit = "res.partner"

    cs_care_team_id = fields.Many2one(
        "cs.team",
        "Looked After By",
        index="btree_not_null",
        ondelete="restrict",
        help="The team of customer service that took this customer over from sales (V-01).",
    )
    cs_visit_stamp = fields.Integer(
        "Visits Planned",
        readonly=True,
        copy=False,
        prefetch=False,
        groups=".",
        help="Counted up by whoever plans visits of the customer, so that two at once notice each other.",
    )
