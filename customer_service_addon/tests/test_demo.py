import csv

from odoo import fields
from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_open


@tagged("post_install", "-at_install", "-standard", "cs_demo")
class TestDemo(TransactionCase):
    """What ``./dev run`` shows: one leasing company and one property developer with two weeks of cases."""

    def test_demo_two_companies_with_two_weeks_of_cases(self):
        for team in ("cs_team_main", "demo_team_site"):
            cases = self.env["cs.case"].search([("team_id", "=", self.env.ref(f"customer_service_addon.{team}").id)])
            with self.subTest(team=team):
                self.assertGreaterEqual(len(cases), 10)
                self.assertGreaterEqual(set(cases.mapped("meaning")), {"new", "open", "waiting", "solved", "closed"})
                days = (max(cases.mapped("received_at")) - min(cases.mapped("received_at"))).days
                self.assertGreaterEqual(days, 12)
                self.assertEqual(len(set(cases.mapped("name"))), len(cases))

    def test_demo_history_is_consistent(self):
        for case in self.env["cs.case"].search([("meaning", "in", ("solved", "closed"))]):
            with self.subTest(case=case.name):
                self.assertLessEqual(case.received_at, case.first_answered_at or case.solved_at)
                self.assertLessEqual(case.received_at, case.solved_at)
                self.assertTrue(case.resolution)

    def test_demo_promises_show_each_outcome(self):
        states = self.env["cs.promise"].search([]).mapped("state")
        self.assertGreaterEqual(set(states), {"open", "kept", "missed"})

    def test_demo_customers_and_users_speak_both_languages(self):
        users = self.env["res.users"].search([("login", "in", ("lin.mei", "li.na"))])
        self.assertEqual(set(users.mapped("lang")), {"en_US", "zh_CN"})
        customers = self.env["cs.case"].search([]).partner_id
        self.assertGreaterEqual(set(customers.mapped("lang")), {"en_US", "zh_CN"})

    def test_demo_logins_work(self):
        with file_open("customer_service_addon/demo/logins.csv") as stream:
            rows = list(csv.DictReader(stream))
        self.assertGreaterEqual(len(rows), 6)
        for row in rows:
            user = self.env["res.users"].search([("login", "=", row["login"])])
            with self.subTest(login=row["login"]):
                user.with_user(user)._check_credentials(
                    {"type": "password", "password": row["password"]}, {"interactive": False}
                )

    def test_demo_writes_to_nobody(self):
        cases = self.env["cs.case"].search([])
        self.assertLessEqual(set(cases.mapped("ack_state")), {"none", "sent"})
        self.assertFalse(cases.filtered(lambda case: case.owner_notice or case.closing_notice))

    def test_demo_mails_nobody(self):
        mails = self.env["mail.mail"].search([("model", "in", ("cs.case", "cs.handover", "cs.forward"))])
        self.assertFalse(mails.filtered(lambda mail: mail.state in ("outgoing", "exception")))

    def test_demo_tells_every_kind_of_event(self):
        self.assertGreaterEqual(
            set(self.env["cs.handover"].search([]).mapped("state")), {"pending", "accepted", "declined"}
        )
        self.assertEqual(set(self.env["cs.forward"].search([]).mapped("state")), {"open", "answered"})
        self.assertGreaterEqual(
            set(self.env["cs.promise"].search([]).mapped("state")), {"open", "kept", "missed", "renewed"}
        )
        cases = self.env["cs.case"].search([])
        self.assertIn("cancelled", cases.mapped("meaning"))
        self.assertTrue(cases.filtered("reopen_count"))
        self.assertTrue(cases.filtered(lambda case: case.origin_kind == "duplicate" or case.merged_into_id))
        self.assertGreaterEqual(self.env["cs.answer"].search_count([]), 3)

    def test_demo_customers_have_a_portal(self):
        for login in ("chen.wei", "zhang.wei"):
            user = self.env["res.users"].search([("login", "=", login)])
            with self.subTest(login=login):
                self.assertTrue(user._is_portal())
                self.assertTrue(self.env["cs.case"].with_user(user).search_count([]))

    def test_demo_speaks_both_languages(self):
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        self.assertGreaterEqual(set(installed), {"en_US", "zh_CN"})
        self.assertEqual(
            self.env.ref("customer_service_addon.cs_team_main").with_context(lang="zh_CN").name, "租赁服务热线"
        )

    def test_demo_shows_complaints_on_their_way(self):
        complaints = self.env["cs.complaint"].search([])
        self.assertGreaterEqual(set(complaints.mapped("state")), {"investigating", "planning", "closed"})
        approvals = self.env["cs.approval"].search([("state", "=", "draft")])
        self.assertEqual(set(approvals.mapped("kind")), {"plan", "opinion", "settlement"})
        for approval in approvals.with_user(self.env["res.users"].search([("login", "=", "helen.zhou")])):
            self.assertTrue(approval.can_decide)
        self.assertTrue(self.env["cs.complaint.action"].search_count([("state", "=", "open")]))

    def test_demo_turns_a_cause_into_an_improvement(self):
        """C-11: a cause, who answers for it, and what changes."""
        improvement = self.env["cs.improvement"].search([])
        self.assertEqual(improvement.mapped("state"), ["accepted"])
        self.assertEqual(improvement.complaint_ids.cause_id, improvement.cause_id)
        self.assertTrue(improvement.complaint_ids.liability_ids.decided_at)

    def test_demo_passes_a_case_on_and_reviews_an_appeal(self):
        """C-14, C-05: the branch has the group's case; the opinion waits for somebody else."""
        branch = self.env["cs.case"].search([("group_case_id", "!=", False)])
        self.assertEqual(branch.group_case_id.branch_state, "passed")
        self.assertNotEqual(branch.company_id, branch.group_company_id)
        appeal = self.env["cs.appeal"].search([])
        self.assertEqual(appeal.complaint_id.next_step, "opined")
        self.assertEqual(appeal.approval_ids.mapped("state"), ["draft"])

    def test_demo_actions_are_gone(self):
        for name in ("demo_history", "demo_events", "demo_complaints", "demo_sla_start", "demo_group", "demo_repairs"):
            self.assertFalse(self.env.ref(f"customer_service_addon.{name}", raise_if_not_found=False))

    def test_demo_shows_deadlines_in_every_state(self):
        clocks = self.env["cs.sla.clock"].search([])
        self.assertGreaterEqual(set(clocks.mapped("outcome")), {"none", "met", "missed", "cancelled"})
        self.assertGreaterEqual(set(clocks.mapped("run_state")), {"running", "paused", "ended"})
        self.assertGreaterEqual(len(clocks.policy_id), 3)
        self.assertEqual(self.env["cs.sla.engine"]._rebuild(clocks), 0)

    def test_demo_shows_repairs_in_every_state(self):
        """An estate with three contractors, retention money, orders in every state and a settlement."""
        orders = self.env["cs.rework"].search([])
        self.assertGreaterEqual(
            set(orders.mapped("state")), {"draft", "dispatched", "working", "done", "closed", "cancelled"}
        )
        self.assertGreaterEqual(set(orders.mapped("cost_class")), {"a", "b", "c"})
        retentions = self.env["cs.retention"].search([])
        self.assertEqual(len(retentions.partner_id), 3)
        self.assertTrue(all(retention.balance > 0 for retention in retentions))
        self.assertTrue(any(retentions.mapped("pledged")))
        self.assertEqual(self.env["cs.liability"].search([]).mapped("state"), ["contested"])
        self.assertEqual(self.env["cs.settlement"].search([]).mapped("state"), ["checking"])
        mails = self.env["mail.mail"].search([("state", "in", ("outgoing", "exception"))])
        self.assertFalse(mails.filtered(lambda mail: (mail.model or "").startswith("cs.")))

    def test_demo_shows_return_visits_of_every_kind(self):
        visits = self.env["cs.return.visit"].search([])
        self.assertGreaterEqual(set(visits.mapped("state")), {"planned", "agreed", "reported", "closed", "unreachable"})
        self.assertTrue(visits.opened_case_ids.complaint_ids.department_line_ids)
        self.assertEqual(set(visits.answer_ids.mapped("source")), {"staff", "customer"})
        self.assertGreaterEqual(set(visits.answer_ids.mapped("score")), {"very", "fairly", "basically", "not", "na"})
        queue = visits.filtered_domain([("state", "=", "planned"), ("next_at", "<=", fields.Datetime.now())])
        self.assertGreaterEqual(len(queue), 4)
