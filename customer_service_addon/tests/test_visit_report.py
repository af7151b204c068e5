from datetime import datetime

from odoo.fields import Command
from odoo.tests import tagged

from .test_satisfaction import SatisfactionCommon


@tagged("post_install", "-at_install")
class TestVisitReport(SatisfactionCommon):
    """V-07, H-03: visits done, reached, in time, with what result, per employee."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["cs.sla.policy"].create(
            {
                "name": "Visits",
                "model": "cs.return.visit",
                "company_id": cls.company.id,
                "target_ids": [
                    Command.create(
                        {"name": "Asked", "to_milestone": "cs.return.visit/answered", "amount": 4, "unit": "wh"}
                    )
                ],
            }
        )

    def rows(self, domain=(), user=None):
        self.env.flush_all()
        return self.env["cs.visit.report"].with_user(user or self.manager).search(list(domain), order="id")

    def sums(self, *names, domain=(), user=None):
        self.env.flush_all()
        [values] = self.env["cs.visit.report"].with_user(user or self.manager)._read_group(list(domain), [], names)
        return values

    def test_asked_reached_and_rates(self):
        done = self.plan_visit()
        self.record(visit=done, moment="2026-06-01 02:00:00", work="not")
        out_of_reach = self.plan_visit()
        out_of_reach._log_attempt("no_answer")
        out_of_reach._log_attempt("wrong")
        self.plan_visit()
        self.plan_visit(due_from=datetime(2026, 6, 20))
        self.plan_visit()._end("declined", "No time")
        self.plan_visit()._end("cancelled", "Twice")
        names = ("planned:sum", "asked:sum", "reached:sum", "unreachable:sum", "declined:sum", "tries:sum")
        self.assertEqual(self.sums(*names), (5, 4, 1, 1, 1, 2))
        self.assertEqual(self.sums("reached_rate:avg"), (25.0,))
        self.assertEqual(self.sums("satisfied:sum", "not_satisfied:sum"), (0, 1))
        self.assertEqual(self.rows().mapped("user_id"), self.caller)

    def test_in_time_is_what_the_clock_says(self):
        early, late, open_visit = self.plan_visit(), self.plan_visit(), self.plan_visit()
        self.record(visit=early, moment="2026-06-01 02:00:00")
        self.at("2026-06-01 09:00:00")
        self.record(visit=late, moment="2026-06-01 09:00:00")
        rows = {row.visit_id: row for row in self.rows()}
        clocks = self.env["cs.sla.clock"].search([("res_model", "=", "cs.return.visit")])
        self.assertEqual(
            {clock.res_id: clock.outcome for clock in clocks if clock.run_state == "ended"},
            {early.id: "met", late.id: "missed"},
        )
        self.assertEqual((rows[early].in_time_rate, rows[late].in_time_rate), (100.0, 0.0))
        self.assertEqual(self.sums("in_time_rate:avg", domain=[("visit_id", "in", (early + late).ids)]), (50.0,))
        self.assertTrue(open_visit in rows)

    def test_own_rating_before_what_was_recorded_and_cases(self):
        self.item_work.cs_follow_up = "case"
        self.record("customer", work="not")
        self.record(work="very")
        self.assertEqual(self.sums("satisfied:sum", "not_satisfied:sum", "case_count:sum"), (1, 1, 1))

    def test_links(self):
        """Whatever was meant to be sent, what left the house counts."""
        sent = {"method": "email", "link_sent_at": "2026-06-01 01:00:00"}
        self.record("customer", visit=self.plan_visit(**sent))
        self.plan_visit(**sent)
        self.plan_visit(method="email")
        self.assertEqual(self.sums("links_sent:sum", "links_answered:sum", "link_rate:avg"), (2, 1, 50.0))

    def test_everybody_counts_his_teams(self):
        self.plan_visit()
        self.plan_visit(team_id=self.other_team.id, user_id=self.other_agent.id)
        for user, count in ((self.caller, 1), (self.other_agent, 1), (self.supervisor, 1), (self.manager, 2)):
            with self.subTest(user=user.login):
                self.assertEqual(len(self.rows(user=user)), count)
        self.assertEqual(len(self.rows(user=self.head)), 0)

    def test_every_view_opens_for_every_reader(self):
        for model in ("cs.visit.report", "cs.satisfaction.report"):
            for user in (self.agent, self.supervisor, self.manager, self.head):
                for kind in ("pivot", "graph", "list", "search"):
                    self.assertTrue(self.env[model].with_user(user).get_views([(False, kind)]))
        for user in (self.supervisor, self.head):
            self.assertTrue(self.env["cs.liaison.note"].with_user(user).get_views([(False, "list"), (False, "form")]))
