from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_approval import CsApprovalCommon


@tagged("post_install", "-at_install")
class TestComplaintSolution(CsApprovalCommon):
    """C-03: a plan may hold several solutions, the best offered first."""

    def setUp(self):
        super().setUp()
        self.full_level.several_solutions = True
        self.complaint, self.plan = self.draw_up()
        self.plan.write(
            {
                "solution_ids": [
                    Command.create(
                        {"name": "Repair", "sequence": 2, "amount": 900, "customer_text": "<p>We repair it.</p>"}
                    ),
                    Command.create(
                        {"name": "Exchange", "sequence": 1, "amount": 5000, "customer_text": "<p>A new car.</p>"}
                    ),
                ]
            }
        )
        self.exchange, self.repair = self.plan.solution_ids.sorted("sequence")
        for solution in (self.exchange, self.repair):
            self.plan.action_ids = [
                Command.create(
                    {
                        "complaint_id": self.complaint.id,
                        "name": f"Do the {solution.name}",
                        "solution_id": solution.id,
                        "employee_id": self.tech_employee.id,
                        "due_on": "2026-06-20",
                    }
                )
            ]

    def _approve(self):
        approval = self.submit(self.plan)
        approval.with_user(self.chief).action_approve()
        return approval

    def _actions(self):
        return {action.name: action.state for action in self.plan.sudo().action_ids if action.solution_id}

    def test_the_best_is_offered_first_and_the_rest_is_in_reserve(self):
        approval = self._approve()
        self.assertEqual(approval.amount, 5000, "tiers look at the dearest")
        for text in ("A new car", "We repair it"):
            self.assertIn(text, approval.snapshot)
        self.assertEqual((self.exchange.state, self.repair.state), ("offered", "waiting"))
        self.assertIn("A new car", self.plan.offered_text)
        self.assertIn("We replace the brakes", self.plan.offered_text)
        self.assertNotIn("We repair it", self.plan.offered_text)

    def test_accepted_at_once(self):
        self._approve()
        self.plan._answer(True, "phone")
        self.assertEqual((self.exchange.state, self.repair.state), ("accepted", "dropped"))
        self.assertEqual(self._actions(), {"Do the Exchange": "open", "Do the Repair": "dropped"})
        for action in self.plan.action_ids.filtered(lambda action: action.state == "open"):
            action.with_user(self.technician).action_done()
        self.assertEqual(self.complaint.next_step, "effective")

    def test_rejected_the_next_is_offered_without_a_new_round(self):
        self._approve()
        with self.assertRaisesRegex(UserError, "Say why"):
            self.plan._answer(False, "phone", " ")
        self.plan._answer(False, "phone", "I like my car")
        self.assertRecordValues(
            self.exchange | self.repair,
            [{"state": "rejected", "answer_reason": "I like my car"}, {"state": "offered", "answer_reason": False}],
        )
        self.assertEqual((self.plan.state, self.complaint.next_step), ("approved", "accepted"))
        self.assertIn("We repair it", self.plan.offered_text)
        self.assertNotIn("A new car", self.plan.offered_text)
        todos = self.complaint.sudo().activity_ids.filtered(lambda todo: "I like my car" in (todo.note or ""))
        self.assertEqual(todos.user_id, self.agent)
        self.plan._answer(True, "portal")
        self.assertEqual(self._actions(), {"Do the Exchange": "dropped", "Do the Repair": "open"})
        self.assertEqual(self.complaint.next_step, "executed")

    def test_all_rejected_goes_back(self):
        self._approve()
        self.plan._answer(False, "phone", "Not this")
        self.plan._answer(False, "phone", "Nor that")
        self.assertEqual(self.plan.state, "rejected")
        self.assertEqual((self.exchange.answer_reason, self.repair.answer_reason), ("Not this", "Nor that"))
        self.assertNotEqual(self.complaint.next_step, "accepted")

    def test_a_refused_plan_carries_its_solutions_over(self):
        self.reject(self.submit(self.plan), self.chief)
        new = self.new_plan(self.complaint)
        self.assertEqual(new.solution_ids.mapped("name"), ["Exchange", "Repair"])
        self.assertEqual(
            {action.name: action.solution_id.name for action in new.action_ids if action.solution_id},
            {"Do the Exchange": "Exchange", "Do the Repair": "Repair"},
        )
        self.assertFalse(new.solution_ids & self.plan.solution_ids)

    def test_a_changed_solution_is_asked_for_again(self):
        approval = self._approve()
        self.assertTrue(self.plan._is_approved("plan"))
        self.repair._cs_as_server().sudo().write({"amount": 20})
        self.assertFalse(self.plan._is_approved("plan"))
        self.assertEqual(approval.state, "approved")

    def test_without_the_customers_acceptance_the_best_is_done(self):
        self.full_level.needs_acceptance = False
        self._approve()
        self.assertEqual((self.exchange.state, self.repair.state), ("accepted", "dropped"))

    def test_what_cannot_be(self):
        with self.assertRaises(AccessError):
            self.repair.state = "accepted"
        self.repair.customer_text = False
        with self.assertRaisesRegex(UserError, "Repair"):
            self.plan.action_submit()
        self.repair.customer_text = "<p>We repair it.</p>"
        self._approve()
        for change in (
            lambda: self.repair.write({"customer_text": "<p>Less</p>"}),
            lambda: self.plan.solution_ids.create({"plan_id": self.plan.id, "name": "Third"}),
            lambda: self.repair.unlink(),
        ):
            with self.assertRaisesRegex(UserError, "new version"):
                change()

    def test_a_level_with_one_solution_takes_no_others(self):
        self.full_level.several_solutions = False
        other = self.new_plan_of_other()
        with self.assertRaisesRegex(UserError, "asks for one solution"):
            other.solution_ids = [Command.create({"name": "Second"})]
        with self.assertRaisesRegex(UserError, "another plan"):
            other.action_ids[0].solution_id = self.repair

    def new_plan_of_other(self):
        _complaint, plan = self.draw_up()
        return plan

    def test_whom_it_is_about_sees_no_solution(self):
        """C-07"""
        self.complaint.person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.env.flush_all()
        self.assertFalse(self.env["cs.complaint.solution"].with_user(self.technician).search_count([]))
