from collections import defaultdict

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ..services.roster import ABSENT, AVAILABLE, BUSY, Roster, Seat
from ..services.sql_rows import insert_records


class CsTeam(models.Model):
    _inherit = "cs.team"

    def _assign(self, demands, without=None):
        """Choose an owner for each of ``demands``, keep the turns, return ``[(user, reason)]`` in their order (H-02).

        A demand is ``{"category_id": id or False, "commercial_partner_id": id or False}``. ``self`` is one team.
        ``without`` are users who do not come into question, e.g. those who hand over. ``reason`` is a sentence for
        "why this person" in this person's language. The user is empty only when neither the team nor the company has
        anybody and no agent is asking.
        """
        self.ensure_one()
        # sudo: cs.team - whoever registers a case, also a customer, has it assigned by the team's rule
        team_sudo = self.sudo()
        excluded = without or self.env["res.users"]
        roster = team_sudo._roster(excluded)
        own_agents = team_sudo._own_agents(
            [demand["commercial_partner_id"] for demand in demands], [seat.user_id for seat in roster.seats]
        )
        lineages = team_sudo._category_lineages([demand["category_id"] for demand in demands])
        people_sudo = team_sudo.env["res.users"].browse([seat.user_id for seat in roster.seats])
        people_sudo.mapped("name")
        reasons = {}
        chosen = [
            team_sudo._choose(
                roster,
                people_sudo,
                reasons,
                excluded,
                own_agents.get(demand["commercial_partner_id"]),
                lineages.get(demand["category_id"], frozenset()),
            )
            for demand in demands
        ]
        team_sudo._keep_turns(roster.turns)
        return [(user.with_env(self.env), reason) for user, reason in chosen]

    def _choose(self, roster, people, reasons, excluded, own_agent_id, category_ids):
        """Return ``(user, reason)``; ``reasons`` remembers the sentences written before in this batch."""
        users = people.browse().with_prefetch(people.ids)
        before = users.browse(roster.last or [])
        if self.own_agent_first and own_agent_id and roster.own_agent(own_agent_id):
            user, cause = users.browse(own_agent_id), "own_agent"
        elif self.assignment_method == "manual":
            user, cause = self._stand_in(excluded), "manual"
        else:
            seat, cause = roster.pick(self.assignment_method, category_ids)
            user = users.browse(seat.user_id) if seat else self._stand_in(excluded)
        passed = roster.passed if cause == "turn" else []
        key = (cause, before.id, user.lang, user.tz, *((seat.user_id, seat.until) for seat in passed))
        if key not in reasons:
            reader = self.with_context(lang=user.lang or self.env.lang, tz=user.tz or self.env.context.get("tz"))
            reasons[key] = reader._why(cause, before, passed)
        return user, reasons[key]

    def _why(self, cause, before, passed):
        """Return the sentence for ``cause``; ``before`` took the turn before, ``passed`` are the absent seats."""
        reasons = {
            "own_agent": self.env._("Looked after this customer before"),
            "manual": self.env._("The team leader distributes"),
            "nobody": self.env._("Nobody of the team is there"),
            "turn": self.env._("In turn"),
            "given_back": self.env._("A missed turn is given back"),
            "load": self.env._("Fewest open cases"),
            "special": self.env._("Knows about the category"),
            "general": self.env._("Fewest open cases; nobody is named for the category"),
        }
        reason = reasons[cause]
        if cause == "turn" and before:
            reason = self.env._("In turn after %(name)s", name=before.name)
        for seat in passed:
            reason = self.env._("%(reason)s; %(absence)s", reason=reason, absence=self._absence_text(seat))
        return reason

    def _absence_text(self, seat):
        name = self.env["res.users"].browse(seat.user_id).name
        if not seat.until:
            return self.env._("%(name)s is away", name=name)
        until = format_datetime(self.env, seat.until, dt_format="short")
        return self.env._("%(name)s is away until %(until)s", name=name, until=until)

    def _stand_in(self, excluded):
        """Never unassigned: the team leader, else a manager of the company, else the agent who registers the case."""
        if self.user_id and self.user_id not in excluded and self.user_id._cs_may_own(self.company_id):
            return self.user_id
        managers = self.env.ref("customer_service_addon.group_cs_manager").all_user_ids
        fitting = ((managers | self.env.user) - excluded).filtered(lambda user: user._cs_may_own(self.company_id))
        return fitting[:1]

    def _keep_turns(self, turns):
        insert_records(
            self.env["cs.turn"],
            [
                {"team_id": self.id, "company_id": self.company_id.id, "user_id": user_id, "kind": kind}
                for user_id, kind in turns
            ],
        )

    # ------------------------------------------------------------------
    # Facts, each one query for the whole batch
    # ------------------------------------------------------------------

    def _roster(self, excluded):
        members = self.member_ids.filtered(
            lambda member: member.user_id not in excluded and member.user_id._cs_may_own(self.company_id)
        )
        absences = self._absences(members)
        loads = self._loads(members)
        credits = self._credits()
        seats = [
            Seat(
                user_id=member.user_id.id,
                state=absences[member][0],
                until=absences[member][1],
                load=loads.get(member.user_id.id, 0),
                credit=credits.get(member.user_id.id, 0),
                capacity=member.capacity,
                category_ids=frozenset(member.category_ids.ids),
            )
            for member in members
        ]
        last = self.env["cs.turn"].search_fetch(
            [("team_id", "=", self.id), ("kind", "=", "taken"), ("user_id", "in", members.user_id.ids)],
            ["user_id"],
            limit=1,
        )
        return Roster(seats=seats, last=last.user_id.id, giveback_limit=self.giveback_limit)

    def _loads(self, members):
        """Return ``{user id: open cases}``; nothing where the turn alone decides and nobody is ever full."""
        if self.assignment_method == "turn" and not any(members.mapped("capacity")):
            return {}
        cases = self.env["cs.case"]
        domain = cases._open_domain() & Domain("user_id", "in", members.user_id.ids)
        return {user.id: count for user, count in cases._read_group(domain, ["user_id"], ["__count"])}

    def _credits(self):
        groups = self.env["cs.turn"]._read_group(
            [("team_id", "=", self.id), ("kind", "in", ("missed", "given_back"))], ["user_id", "kind"], ["__count"]
        )
        credits = defaultdict(int)
        for user, kind, count in groups:
            credits[user.id] += count if kind == "missed" else -count
        return credits

    def _absences(self, members):
        """Return ``{member: (state, until)}`` now; ``until`` is the end of an absence (naive UTC) or None.

        Who says to be away or is on leave is absent; who is outside the own working hours only steps back behind
        those on duty. A person without an employee record in the company is always on duty.
        """
        now = fields.Datetime.now()
        resources = self._resources(members.user_id)
        leave_ends = self._leave_ends(resources.values(), now)
        on_duty = {}
        result = {}
        for member in members:
            resource = resources.get(member.user_id.id)
            if member._is_away(now):
                result[member] = (ABSENT, member.away_until or None)
            elif resource and resource.id in leave_ends:
                result[member] = (ABSENT, leave_ends[resource.id])
            elif resource and not self._is_on_duty(resource.calendar_id, now, on_duty):
                result[member] = (BUSY, None)
            else:
                result[member] = (AVAILABLE, None)
        return result

    def _resources(self, users):
        """Return ``{user id: resource}`` of the employees of the team's company."""
        employees = self.env["hr.employee"].search(
            [("user_id", "in", users.ids), ("company_id", "=", self.company_id.id)]
        )
        return {employee.user_id.id: employee.resource_id for employee in employees}

    def _leave_ends(self, resources, now):
        """Return ``{resource id: end of the leave or public holiday}``; other companies' holidays do not count."""
        calendar_ids = {resource.calendar_id.id for resource in resources}
        leaves = self.env["resource.calendar.leaves"].search(
            Domain("time_type", "=", "leave")
            & Domain("company_id", "in", (False, self.company_id.id))
            & Domain("date_from", "<=", now)
            & Domain("date_to", ">", now)
            & (
                Domain("resource_id", "in", [resource.id for resource in resources])
                | (Domain("resource_id", "=", False) & Domain("calendar_id", "in", [False, *calendar_ids]))
            )
        )
        ends = {}
        for resource in resources:
            for leave in leaves:
                common = not leave.resource_id and leave.calendar_id.id in (False, resource.calendar_id.id)
                if common or leave.resource_id == resource:
                    ends[resource.id] = max(leave.date_to, ends.get(resource.id, leave.date_to))
        return ends

    def _is_on_duty(self, calendar, now, known):
        """Whether ``now`` is working time of ``calendar``; a person without fixed hours is always on duty."""
        if not calendar or calendar.schedule_type == "flexible":
            return True
        if calendar.id not in known:
            soon = fields.Datetime.add(now, minutes=1)
            known[calendar.id] = bool(calendar._cs_work_spans(self.company_id, now, soon))
        return known[calendar.id]

    def _own_agents(self, commercial_partner_ids, member_user_ids):
        """Return ``{commercial partner id: user id}`` of the member who owned the customer's latest case.

        One index look-up per customer and member, however long their history is.
        """
        customer_ids = list({partner_id for partner_id in commercial_partner_ids if partner_id})
        if not customer_ids or not member_user_ids or not self.own_agent_first:
            return {}
        self.env["cs.case"].flush_model(["commercial_partner_id", "user_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (customer.id) customer.id, latest.user_id
                  FROM unnest(%s) AS customer(id)
                 CROSS JOIN unnest(%s) AS member(user_id)
                 CROSS JOIN LATERAL (
                       SELECT id, user_id
                         FROM cs_case
                        WHERE commercial_partner_id = customer.id AND user_id = member.user_id
                        ORDER BY id DESC
                        LIMIT 1) AS latest
                 ORDER BY customer.id, latest.id DESC
                """,
                customer_ids,
                list(member_user_ids),
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
