from collections import defaultdict

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ..services.roster import ABSENT, AVAILABLE, BUSY, Roster, Seat


class CsTeam(models.Model):
    _inherit = "cs.team"

    def _assign(self, demands):
        """Choose an owner for each of ``demands`` and return ``[(user, reason, turns)]`` in their order (H-02).

        A demand is ``{"category_id": id or False, "commercial_partner_id": id or False}``. ``self`` is one team.
        ``reason`` is a sentence for "why this person"; ``turns`` are ``(user id, kind)`` rows for ``cs.turn``. The
        user is empty only when neither the team nor the company has anybody.
        """
        self.ensure_one()
        # sudo: cs.team - whoever registers a case, also a customer, has it assigned by the team's rule
        team_sudo = self.sudo()
        absences = team_sudo._absences()
        roster = team_sudo._roster(absences)
        own_agents = team_sudo._own_agents([demand["commercial_partner_id"] for demand in demands])
        lineages = team_sudo._category_lineages([demand["category_id"] for demand in demands])
        chosen = []
        for demand in demands:
            roster.turns = []
            own_agent = own_agents.get(demand["commercial_partner_id"])
            user, reason = team_sudo._choose(roster, own_agent, lineages.get(demand["category_id"], frozenset()))
            chosen.append((user, reason, roster.turns))
        return chosen

    def _choose(self, roster, own_agent_id, category_ids):
        users = self.env["res.users"]
        if self.own_agent_first and own_agent_id and roster.own_agent(own_agent_id):
            return users.browse(own_agent_id), self.env._("Looked after this customer before")
        if self.assignment_method == "manual":
            return self._fallback(self.env._("The team leader distributes"))
        if self.assignment_method == "turn":
            seat = roster.in_turn()
            reason = self.env._("In turn")
            if seat and roster.turns[-1][1] == "given_back":
                reason = self.env._("A missed turn is given back")
        elif self.assignment_method == "category":
            seat = roster.least_loaded(category_ids)
            reason = self.env._("Knows about the category")
            if seat and not seat.category_ids & category_ids:
                reason = self.env._("Fewest open cases; nobody is named for the category")
        else:
            seat = roster.least_loaded()
            reason = self.env._("Fewest open cases")
        if not seat:
            return self._fallback(self.env._("Nobody of the team is there"))
        return users.browse(seat.user_id), self._with_absentees(reason, roster)

    def _with_absentees(self, reason, roster):
        missed = [user_id for user_id, kind in roster.turns if kind == "missed"]
        if not missed:
            return reason
        names = ", ".join(self.env["res.users"].browse(missed).mapped("name"))
        return self.env._("%(reason)s; absent: %(names)s", reason=reason, names=names)

    def _fallback(self, reason):
        """Never unassigned: the team leader, else a customer service manager of the company."""
        leader = self.user_id.filtered("active")
        if leader:
            return leader, reason
        managers = self.env.ref("customer_service_addon.group_cs_manager").all_user_ids.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids and user._is_human()
        )
        return managers[:1], reason

    # ------------------------------------------------------------------
    # Facts, each one query for the whole batch
    # ------------------------------------------------------------------

    def _roster(self, absences):
        members = self.member_ids.filtered(lambda member: member.user_id.active)
        open_cases = self.env["cs.case"]._read_group(
            self.env["cs.case"]._open_domain() & Domain("user_id", "in", members.user_id.ids),
            ["user_id"],
            ["__count"],
        )
        loads = {user.id: count for user, count in open_cases}
        credits = self._credits()
        seats = [
            Seat(
                user_id=member.user_id.id,
                state=absences[member.user_id.id][0],
                load=loads.get(member.user_id.id, 0),
                credit=credits.get(member.user_id.id, 0),
                capacity=member.capacity,
                category_ids=frozenset(member.category_ids.ids),
            )
            for member in members
        ]
        last = self.env["cs.turn"].search_fetch(
            [("team_id", "=", self.id), ("kind", "=", "taken")], ["user_id"], limit=1
        )
        return Roster(seats=seats, last=last.user_id.id, giveback_limit=self.giveback_limit)

    def _credits(self):
        groups = self.env["cs.turn"]._read_group(
            [("team_id", "=", self.id), ("kind", "in", ("missed", "given_back"))], ["user_id", "kind"], ["__count"]
        )
        credits = defaultdict(int)
        for user, kind, count in groups:
            credits[user.id] += count if kind == "missed" else -count
        return credits

    def _absences(self):
        """Return ``{user id: (state, reason)}`` of the members now: away, on leave, off hours or available."""
        now = fields.Datetime.now()
        members = self.member_ids
        resources = self._resources(members.user_id)
        on_leave = self._resources_on_leave(resources, now)
        working = {}
        result = {}
        for member in members:
            user = member.user_id
            resource = resources.get(user.id)
            if member._is_away(now):
                until = member.away_until
                label = format_datetime(self.env, until) if until else self.env._("further notice")
                result[user.id] = (ABSENT, self.env._("away until %(until)s", until=label))
            elif resource and (resource.id in on_leave or resource.calendar_id.id in on_leave.get("calendars", ())):
                result[user.id] = (ABSENT, self.env._("on leave"))
            elif resource and not self._is_working(resource.calendar_id, now, working):
                result[user.id] = (BUSY, self.env._("outside working hours"))
            else:
                result[user.id] = (AVAILABLE, "")
        return result

    def _resources(self, users):
        """Return ``{user id: resource}`` of the employees of the team's company."""
        employees = self.env["hr.employee"].search(
            [("user_id", "in", users.ids), ("company_id", "=", self.company_id.id)]
        )
        return {employee.user_id.id: employee.resource_id for employee in employees}

    def _resources_on_leave(self, resources, now):
        """Return ``{resource id: True, "calendars": {calendar id}}``; other companies' holidays do not count."""
        ids = [resource.id for resource in resources.values()]
        calendar_ids = [resource.calendar_id.id for resource in resources.values()]
        leaves = self.env["resource.calendar.leaves"].search(
            [
                ("time_type", "=", "leave"),
                ("company_id", "in", (False, self.company_id.id)),
                ("date_from", "<=", now),
                ("date_to", ">", now),
                "|",
                ("resource_id", "in", ids),
                "&",
                ("resource_id", "=", False),
                ("calendar_id", "in", [False, *calendar_ids]),
            ]
        )
        closed = set()
        for leave in leaves.filtered(lambda leave: not leave.resource_id):
            closed.update(calendar_ids if not leave.calendar_id else leave.calendar_id.ids)
        return {**dict.fromkeys(leaves.resource_id.ids, True), "calendars": closed}

    def _is_working(self, calendar, now, known):
        """Whether ``now`` is working time of ``calendar``; a person without fixed hours always works."""
        if not calendar or calendar.schedule_type == "flexible":
            return True
        if calendar.id not in known:
            known[calendar.id] = bool(
                calendar._cs_work_spans(self.company_id, now, fields.Datetime.add(now, minutes=1))
            )
        return known[calendar.id]

    def _own_agents(self, commercial_partner_ids):
        """Return ``{commercial partner id: user id}`` of the last owner in this team."""
        ids = list({partner_id for partner_id in commercial_partner_ids if partner_id})
        if not ids or not self.own_agent_first:
            return {}
        self.env["cs.case"].flush_model(["commercial_partner_id", "team_id", "user_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT customer.id, latest.user_id
                  FROM unnest(%s) AS customer(id)
                 CROSS JOIN LATERAL (
                       SELECT user_id
                         FROM cs_case
                        WHERE commercial_partner_id = customer.id AND team_id = %s AND user_id IS NOT NULL
                        ORDER BY id DESC
                        LIMIT 1) AS latest
                """,
                ids,
                self.id,
            )
        )
        return dict(rows)

    def _category_lineages(self, category_ids):
        """Return ``{category id: frozenset of its own and its ancestors' ids}``."""
        categories = self.env["cs.category"].browse({category_id for category_id in category_ids if category_id})
        return {
            category.id: frozenset(int(part) for part in category.parent_path.split("/") if part)
            for category in categories
        }


class ResUsers(models.Model):
    _inherit = "res.users"

    def _is_human(self):
        """OdooBot owns nothing."""
        return self != self.env.ref("base.user_root")
