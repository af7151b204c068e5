import random
from datetime import date, datetime, timedelta

import pytz
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common_visit import GROUP, CsVisitCommon

SCALE = ("very", "fairly", "basically", "not")
SATISFIED = ("very", "fairly", "basically")


class SatisfactionCommon(CsVisitCommon):
    """Visits with answers; what is not satisfied is only counted, so that many can be recorded quickly."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.item_work | cls.item_manner).write({"cs_follow_up": "none"})
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"

    def record(self, source="staff", moment="2026-05-20 02:00:00", visit=None, raw=None, **marks):
        """Record one visit's answers as a colleague or the customer gave them; return the visit."""
        visit = visit or self.plan_visit()
        user = self.caller if source == "staff" else None
        answers = self.answers(**marks) if raw is None else raw
        visit.sudo()._record_answers(source, answers, user=user, moment=datetime.fromisoformat(moment))
        return visit

    def total(self, domain=(), user=None, **filters):
        """Return the figures of the view for the manager, over all of it or a domain."""
        self.env.flush_all()
        rows = self.env["cs.satisfaction.report"].with_user(user or self.manager)
        return rows._page_total([("company_id", "=", self.company.id), *domain])


@tagged("post_install", "-at_install")
class TestSatisfaction(SatisfactionCommon):
    """S-01, S-02: the index and what stands beside it."""

    def test_index_is_at_least_basically_by_collected(self):
        self.record(work="basically", manner="not")
        self.record(work="very", manner="na")
        self.record(work=None, manner="fairly")
        total = self.total()
        self.assertEqual((total["collected"], total["satisfied"], total["not_count"]), (4, 3, 1))
        self.assertEqual((total["rate"], total["forms"]), (75.0, 3))
        self.assertEqual((total["not_applicable"], total["no_answer"]), (1, 1))

    def test_the_last_answer_of_a_person_counts_and_a_skipped_item_takes_nothing_back(self):
        order = self.done_order()
        self.inspect(order, "accepted")
        first, second, third = (self.plan_visit(source=order) for _number in range(3))
        self.record(visit=first, work="not", manner="not")
        self.record(visit=second, work="very", manner=None, moment="2026-05-21 02:00:00")
        total = self.total()
        self.assertEqual((total["collected"], total["satisfied"], total["no_answer"]), (2, 1, 0))
        other = self.stranger
        third.sudo()._cs_as_server().partner_id = other
        self.record(visit=third, work="not", manner="not", moment="2026-05-22 02:00:00")
        self.assertEqual(self.total()["collected"], 4, "another person's opinion is his own")

    def test_his_own_answer_goes_before_what_was_recorded(self):
        order = self.done_order()
        self.inspect(order, "accepted")
        self.record(visit=self.plan_visit(source=order), work="very", manner="very")
        # Survey keeps what a customer leaves empty as a line without an answer.
        raw = self.answers(work="not", manner=None) | {self.item_manner.id: (None, None)}
        self.record("customer", visit=self.plan_visit(source=order), raw=raw)
        total = self.total()
        self.assertEqual((total["collected"], total["rate"]), (2, 50.0))
        self.assertEqual((total["staff_collected"], total["staff_rate"]), (2, 100.0))
        self.assertEqual((total["own_collected"], total["own_rate"]), (1, 0.0))
        self.assertEqual((total["both_collected"], total["both_staff_rate"], total["both_own_rate"]), (1, 100.0, 0.0))
        self.company.cs_index_own_only = True
        total = self.total()
        self.assertEqual((total["collected"], total["rate"], total["no_answer"]), (1, 0.0, 1))
        self.assertEqual((total["staff_collected"], total["staff_rate"]), (2, 100.0), "shown beside the index")

    def test_nps_counts_figures_and_no_empty_comments(self):
        for figure in ("10", "9", "8", "3"):
            self.record(nps=figure)
        self.record(raw={self.nps.id: ("", None)} | self.answers())
        visit = self.plan_visit()
        self.nps.comments_allowed = True
        self.record(visit=visit, raw=self.answers() | {self.nps.id: (None, "I do not know")})
        total = self.total()
        self.assertEqual((total["nps"], total["nps_collected"]), (25.0, 4))

    def test_days_are_the_companys(self):
        self.record(moment="2026-05-31 15:59:59")
        self.record(moment="2026-05-31 16:00:00")
        self.env.flush_all()
        rows = self.env["cs.satisfaction.report"].with_user(self.manager).search([("measure", "=", "satisfaction")])
        self.assertEqual(sorted(set(rows.mapped("answered_on"))), [date(2026, 5, 31), date(2026, 6, 1)])

    def test_a_changed_script_keeps_figures_and_names_the_item_by_its_last_wording(self):
        self.record(work="not", manner="very")
        before = self.total()
        self.item_work.title = "Is the work well done?"
        self.choice(self.item_work, "not").value = "Bad"
        self.assertEqual(self.total(), before)
        self.record(work="very", manner="very", moment="2026-05-25 02:00:00")
        rows = self.env["cs.satisfaction.report"].with_user(self.manager)
        _total, _departments, items = rows._page_breakdown([("company_id", "=", self.company.id)])
        self.assertEqual(items[0]["name"], "Is the work well done?")
        self.assertEqual((items[0]["not_count"], items[0]["collected"], items[0]["rate"]), (1, 2, 50.0))

    def test_who_served_is_named_where_one_did(self):
        order = self.done_order()
        self.inspect(order, "accepted")
        self.record(visit=self.plan_visit(source=order))
        self.env.flush_all()
        rows = self.env["cs.satisfaction.report"].with_user(self.manager).search([])
        self.assertEqual(rows.served_user_id, self.repairer)
        self.assertEqual(rows.user_id, self.caller)


@tagged("post_install", "-at_install")
class TestSatisfactionRandom(SatisfactionCommon):
    """Must show 3: the index recomputed from raw answers by a second, obvious computation on random data."""

    def _fill(self, seed, count=90):
        """Record random visits: few events and persons, so that many are asked again, in both ways."""
        dice = random.Random(seed)
        orders = self.env["cs.rework"]
        for _number in range(6):
            order = self.done_order()
            self.inspect(order, "accepted")
            orders |= order
        people = self.customer | self.stranger
        marks = [*SCALE, "na", None]
        for _number in range(count):
            source = dice.choice([*orders, None, None])
            visit = self.plan_visit(source=source, team_id=dice.choice([self.team.id, self.other_team.id]))
            visit.sudo()._cs_as_server().partner_id = dice.choice(people)
            moment = datetime(2026, 3, 30) + timedelta(minutes=dice.randrange(60 * 24 * 60))
            self.record(
                dice.choice(["staff", "staff", "customer"]),
                visit=visit,
                moment=moment.isoformat(sep=" "),
                work=dice.choice(marks),
                manner=dice.choice(marks),
                **({"nps": str(dice.randrange(11))} if dice.random() < 0.5 else {}),
            )

    def _counted(self, own_only):
        """Return the raw answers that count, worked out one by one from all that was ever said."""
        last = {}
        for row in self.env["cs.visit.answer"].sudo().search([("measure", "=", "satisfaction")], order="id"):
            key = (row.event, row.partner_id, row.item, row.source)
            if row.score != "none" or key not in last or last[key].score == "none":
                last[key] = row
        counted = []
        for event, person, item in {key[:3] for key in last}:
            own, staff = (last.get((event, person, item, source)) for source in ("customer", "staff"))
            chosen = own if own_only or (own and own.score != "none") else staff or own
            if chosen:
                counted.append(chosen)
        return counted

    def _index(self, rows):
        """Return ``(collected, satisfied, not applicable, no answer, index)`` of raw answers."""
        scores = [row.score for row in rows]
        collected = [score for score in scores if score in SCALE]
        satisfied = [score for score in collected if score in SATISFIED]
        rate = round(100 * len(satisfied) / len(collected), 1) if collected else None
        return len(collected), len(satisfied), scores.count("na"), scores.count("none"), rate

    def _shown(self, domain=()):
        total = self.total([("measure", "=", "satisfaction"), *domain])
        return tuple(total[name] for name in ("collected", "satisfied", "not_applicable", "no_answer", "rate"))

    def _compare(self, own_only):
        zone = pytz.timezone("Asia/Shanghai")
        counted = self._counted(own_only)
        self.assertEqual(self._shown(), self._index(counted))
        for department in self.workshop | self.department:
            ours = [row for row in counted if row.department_id == department]
            self.assertEqual(self._shown([("department_id", "=", department.id)]), self._index(ours))
        for team in self.team | self.other_team:
            ours = [row for row in counted if row.visit_id.team_id == team]
            self.assertEqual(self._shown([("team_id", "=", team.id)]), self._index(ours))
        for month in (3, 4, 5):
            start, end = date(2026, month, 1), date(2026, month + 1, 1) - timedelta(1)
            ours = [
                row for row in counted if start <= pytz.utc.localize(row.answered_at).astimezone(zone).date() <= end
            ]
            domain = [("answered_on", ">=", str(start)), ("answered_on", "<=", str(end))]
            self.assertEqual(self._shown(domain), self._index(ours))
        self.assertTrue(counted)

    def test_index_equals_the_obvious_computation(self):
        for seed in (1, 2):
            with self.subTest(seed=seed):
                self._fill(seed)
                for own_only in (False, True):
                    self.company.cs_index_own_only = own_only
                    self._compare(own_only)

    def test_both_ways_equals_the_obvious_computation(self):
        self._fill(7)
        last = {}
        for row in self.env["cs.visit.answer"].sudo().search([("measure", "=", "satisfaction")], order="id"):
            if row.score != "none":
                last[row.event, row.partner_id, row.item, row.source] = row.score
        pairs = [
            (score, last[(*key[:3], "customer")])
            for key, score in last.items()
            if key[3] == "staff" and score in SCALE and last.get((*key[:3], "customer")) in SCALE
        ]
        total = self.total()
        self.assertEqual(total["both_collected"], len(pairs))
        self.assertTrue(pairs)
        for place, name in enumerate(("both_staff_rate", "both_own_rate")):
            share = sum(pair[place] in SATISFIED for pair in pairs)
            self.assertEqual(total[name], round(100 * share / len(pairs), 1))


@tagged("post_install", "-at_install")
class TestSatisfactionRights(SatisfactionCommon):
    """Nobody counts what he may not see, C-07 included."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head_workshop = new_test_user(cls.env, login="cs_head_2", groups=GROUP % "department_head")
        cls.workshop.manager_id = cls.env["hr.employee"].create(
            {"name": "Head of Workshop", "user_id": cls.head_workshop.id}
        )

    def _counts(self, user):
        self.env.flush_all()
        rows = self.env["cs.satisfaction.report"].with_user(user).search([("measure", "=", "satisfaction")])
        return len(rows)

    def test_roles_see_their_rows(self):
        self.record(visit=self.plan_visit())
        self.record(visit=self.plan_visit(team_id=self.other_team.id, user_id=self.other_agent.id))
        for user, count in (
            (self.caller, 2),
            (self.agent, 2),
            (self.other_agent, 2),
            (self.supervisor, 2),
            (self.manager, 4),
            (self.head_workshop, 2),
            (self.head, 2),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self._counts(user), count)
        for name in ("cs.satisfaction.report", "cs.visit.report"):
            with self.assertRaises(AccessError):
                self.env[name].with_user(self.employee_user).search([])
        with self.assertRaises(AccessError):
            self.env["cs.satisfaction.report"].with_user(self.employee_user).page_figures()

    def test_shut_out_sees_no_rows_of_the_complaints_visits(self):
        complaint = self.open_complaint()
        self.record(visit=self.plan_visit(source=complaint))
        self.assertEqual(self._counts(self.technician), 2)
        complaint.sudo().person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.assertIn(self.technician, complaint.sudo().shut_out_user_ids)
        self.assertEqual(self._counts(self.technician), 0)
        self.assertEqual(self._counts(self.agent_2), 2)
        visits = self.env["cs.visit.report"]
        self.assertFalse(visits.with_user(self.technician).search([]))
        self.assertTrue(visits.with_user(self.agent_2).search([]))

    def test_another_company_sees_nothing(self):
        self.record()
        company = self.env["res.company"].create({"name": "Foreign"})
        foreign = new_test_user(
            self.env,
            login="cs_foreign",
            groups=GROUP % "manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertEqual(self._counts(foreign), 0)
        self.assertEqual(self.env["cs.visit.report"].with_user(foreign).search_count([]), 0)

    def test_figures_are_read_only(self):
        self.record()
        self.env.flush_all()
        row = self.env["cs.satisfaction.report"].with_user(self.manager).search([], limit=1)
        with self.assertRaises(AccessError):
            row.write({"rate": 100})


@tagged("post_install", "-at_install")
class TestSatisfactionPage(SatisfactionCommon):
    """The page with pictures: figures, goals, periods, rights, queries (P-04)."""

    # Measured: 24, choices of the filters included.
    BUDGET = 30

    def page(self, user=None, **filters):
        self.env.flush_all()
        return self.env["cs.satisfaction.report"].with_user(user or self.manager).page_figures(filters)

    def test_figures_goal_and_trend(self):
        self.workshop.cs_satisfaction_goal = 95
        for mark in ("very", "not", "very", "very"):
            self.record(work=mark, manner="very")
        self.record(work="not", manner="very", moment="2026-04-10 02:00:00")
        page = self.page(date_from="2026-05-15")
        self.assertEqual((page["period"]["date_from"], page["period"]["date_to"]), ("2026-05-01", "2026-05-31"))
        self.assertEqual((page["now"]["rate"], page["now"]["collected"], page["former"]["rate"]), (87.5, 8, 50.0))
        rows = {row["id"]: row for row in page["departments"]}
        self.assertEqual((rows[self.workshop.id]["goal"], rows[self.workshop.id]["rate"]), (95, 75.0))
        self.assertEqual(rows[self.department.id]["goal"], self.company.cs_satisfaction_goal)
        self.assertEqual([row["collected"] for row in page["trend"]][-2:], [2, 8])
        self.assertEqual([row["rate"] for row in page["trend"]][-3:], [None, 50.0, 87.5])
        self.assertEqual([item["not_count"] for item in page["items"]], [1, 0])
        self.assertEqual(self.page(date_from="2026-05-15", department_id=self.workshop.id)["goal"], 95)

    def test_periods(self):
        for filters, bounds in (
            ({"period": "quarter", "date_from": "2026-05-15"}, ("2026-04-01", "2026-06-30")),
            ({"period": "year", "date_from": "2026-05-15"}, ("2026-01-01", "2026-12-31")),
            ({"period": "custom", "date_from": "2026-05-15", "date_to": "2026-05-20"}, ("2026-05-15", "2026-05-20")),
        ):
            period = self.page(**filters)["period"]
            self.assertEqual((period["date_from"], period["date_to"]), bounds)
        self.assertEqual(period["before"], "2026-05-09")
        for bad in (
            {"period": "week"},
            {"period": "custom", "date_from": "2026-05-15", "date_to": "2026-05-01"},
            {"department_id": "x"},
            {"date_from": "yesterday"},
        ):
            with self.subTest(bad=bad), self.assertRaises(UserError):
                self.page(**bad)

    def test_response_and_unfinished_cases(self):
        self.item_work.cs_follow_up = "case"
        self.record(visit=self.plan_visit(due_from=datetime(2026, 5, 20)), work="not")
        self.plan_visit(due_from=datetime(2026, 5, 21))
        self.plan_visit(due_from=datetime(2026, 7, 21))
        page = self.page(date_from="2026-05-15")
        self.assertEqual((page["now"]["asked"], page["now"]["reached"], page["now"]["response"]), (2, 1, 50.0))
        self.assertEqual([(row["id"], row["asked"]) for row in page["purposes"]], [(self.purpose.id, 2)])
        case = self.env["cs.case"].with_user(self.manager).search(page["cases"]["domain"])
        self.assertEqual((page["cases"]["count"], case.visit_id.purpose_id), (1, self.purpose))
        case.complaint_ids.sudo().cause_id = self.cause
        causes = self.page(date_from="2026-05-15")["cases"]["causes"]
        self.assertEqual([(cause["name"], cause["count"]) for cause in causes], [("Worn tool", 1)])

    def test_the_head_of_a_department_reads_the_page_of_his_department(self):
        self.record(work="not", manner="very")
        page = self.page(user=self.head, date_from="2026-05-15")
        self.assertEqual([row["id"] for row in page["departments"]], [self.department.id])
        self.assertFalse(page["can_send"])
        row = self.env["cs.satisfaction.report"].with_user(self.head).search([], limit=1)
        self.assertEqual(row.action_open_record()["res_model"], "cs.satisfaction.report")

    def test_queries_do_not_grow(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.page(date_from="2026-05-15")
            return self.env.cr.sql_log_count - before

        self.record(work="not")
        queries()
        few = queries()
        for _number in range(15):
            self.record(work="not", moment="2026-05-02 02:00:00")
        many = queries()
        self.assertLessEqual(many, self.BUDGET)
        self.assertLessEqual(many, few)


@tagged("post_install", "-at_install")
class TestLiaisonNote(SatisfactionCommon):
    """S-03: the departments are told by an internal liaison note; a goal reached is commended (S-02)."""

    def note(self, user=None, **values):
        self.env.flush_all()
        return (
            self.env["cs.liaison.note"]
            .with_user(user or self.supervisor)
            .create(
                {
                    "department_id": self.workshop.id,
                    "date_from": "2026-05-01",
                    "date_to": "2026-05-31",
                    **values,
                }
            )
        )

    def test_note_is_counted_sent_and_acknowledged(self):
        self.record(raw={self.item_work.id: ([self.choice(self.item_work, "not").id], None)})
        self.record(work="very")
        note = self.note()
        self.assertRecordValues(note, [{"collected": 2, "rate": 50.0, "goal": 90.0, "is_reached": False}])
        self.assertIn("How satisfied are you with the work?", note.figures)
        note.action_send()
        self.assertRecordValues(note, [{"state": "sent", "receiver_id": self.handler.id}])
        self.assertEqual(note.sudo().activity_ids.user_id, self.handler)
        self.record(work="not")
        with self.assertRaises(UserError):
            note.action_count()
        with self.assertRaises(UserError):
            note.write({"date_from": "2026-04-01"})
        self.assertEqual(note.collected, 2, "what was sent stays as it was counted")
        with self.assertRaises(AccessError):
            note.with_user(self.agent).action_acknowledge()
        own = note.with_user(self.handler)
        self.assertTrue(own.can_acknowledge)
        own.action_acknowledge()
        self.assertRecordValues(note, [{"state": "acknowledged", "acknowledged_by_id": self.handler.id}])
        self.assertFalse(note.sudo().activity_ids)

    def test_goal_reached_is_commended(self):
        self.record(work="very")
        note = self.note()
        self.assertTrue(note.is_reached)
        self.assertIn("commendation", note.figures)

    def test_who_may_not_and_what_is_missing(self):
        for user in (self.agent, self.handler, self.employee_user):
            with self.assertRaises(AccessError):
                self.note(user=user)
        for forged in ({"rate": 100}, {"state": "sent"}, {"snapshot": {}}):
            with self.assertRaises(AccessError):
                self.note(**forged)
        note = self.note()
        with self.assertRaisesRegex(UserError, "no answers"):
            note.action_send()
        self.record(work="very")
        nobody = self.env["hr.department"].create({"name": "Nobody's"})
        self.item_work.cs_department_id = nobody
        self.record(work="very")
        with self.assertRaisesRegex(UserError, "Nobody answers"):
            self.note(department_id=nobody.id).action_send()
        self.assertFalse(self.env["cs.liaison.note"].with_user(self.handler).search([]), "a draft is nobody else's")

    def test_hidden_files_are_not_quoted(self):
        """C-07: the note counts what is hidden from somebody, and does not say what it was."""
        complaint = self.open_complaint()
        complaint.sudo().person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.record(visit=self.plan_visit(source=complaint), work="not")
        self.record(work="not")
        note = self.note()
        self.assertEqual((note.collected, len(note.snapshot["unhappy"])), (2, 1))

    def test_a_supervisor_tells_of_his_teams_only(self):
        self.record(work="very")
        self.record(visit=self.plan_visit(team_id=self.other_team.id), work="not")
        self.assertEqual(self.note().collected, 1)
        self.assertEqual(self.note(user=self.manager).collected, 2)


@tagged("post_install", "-at_install")
class TestVisitIncentive(SatisfactionCommon):
    """R-10: the return calls bring points beside the inspections."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        points = {"first": 10, "visit_satisfied": 5, "visit_unsatisfied": -4}
        cls.rule = cls.env["cs.incentive.rule"].create(
            {
                "name": "Repair Team",
                "amount_per_point": 1,
                "point_ids": [
                    Command.create({"outcome": outcome, "points": worth}) for outcome, worth in points.items()
                ],
            }
        )

    def _order(self):
        with freeze_time("2026-02-16 04:00:00"):
            order = self.done_order()
            self.inspect(order, "accepted")
        return order

    def _sheet(self):
        values = {"rule_id": self.rule.id, "team_id": self.team.id, "date_from": "2026-01-01", "kind": "quarter"}
        return self.env["cs.incentive"].with_user(self.supervisor).create(values)

    def _points(self, sheet):
        sheet.action_calculate()
        return sheet.sudo().line_ids.mapped("points")

    def test_points_of_return_visits(self):
        order, sheet = self._order(), self._sheet()
        self.assertEqual(self._points(sheet), [10])
        self.record(visit=self.plan_visit(source=order), work="basically", manner="very")
        self.assertEqual(self._points(sheet), [15])
        self.assertRecordValues(sheet.sudo().line_ids, [{"visit_satisfied_count": 1, "visit_unsatisfied_count": 0}])
        self.record("customer", visit=self.plan_visit(source=order), work="not", manner="very")
        self.assertEqual(self._points(sheet), [6], "what the customer wrote himself goes before the call")
        self.assertRecordValues(sheet.sudo().line_ids, [{"visit_satisfied_count": 0, "visit_unsatisfied_count": 1}])

    def test_visits_after_the_sheet_was_submitted_change_nothing(self):
        order, sheet = self._order(), self._sheet()
        sheet.action_submit()
        self.record(visit=self.plan_visit(source=order), work="not")
        self.assertEqual(sheet.sudo().line_ids.mapped("points"), [10])
        with self.assertRaises(UserError):
            sheet.action_calculate()
        self.assertEqual(sheet.snapshot["orders"][0][2], ["first"])

    def test_not_applicable_and_other_visits_bring_nothing(self):
        order, sheet = self._order(), self._sheet()
        self.record(visit=self.plan_visit(source=order), work="na", manner=None)
        self.record(work="not")
        self.assertEqual(self._points(sheet), [10])

    def test_new_rules_name_every_outcome(self):
        with Form(self.env["cs.incentive.rule"].with_user(self.manager)) as form:
            form.name = "All"
        self.assertLessEqual({"visit_satisfied", "visit_unsatisfied"}, set(form.record.point_ids.mapped("outcome")))
