from datetime import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common_visit import CsVisitCommon


@tagged("post_install", "-at_install")
class TestVisit(CsVisitCommon):
    """V-01 to V-05: the visit from its plan to its end."""

    def test_a_visit_bears_the_number_of_its_case_or_one_of_its_own(self):
        order = self.done_order()
        self.inspect(order, "accepted")
        first, second = self.plan_visit(source=order), self.plan_visit(source=order)
        alone = self.plan_visit()
        self.assertEqual((first.name, second.name), (f"{order.case_id.name}-V1", f"{order.case_id.name}-V2"))
        self.assertRegex(alone.name, r"^RV-\d{6}$")
        self.assertEqual(first.rework_id, order)
        self.assertEqual(order.case_id.visit_ids, first | second)

    def test_agents_plan_visits_themselves_and_write_no_proof(self):
        values = {"partner_id": self.customer.id, "purpose_id": self.purpose.id, "team_id": self.team.id}
        visit = self.env["cs.return.visit"].with_user(self.caller).create([values])
        self.assertEqual((visit.state, visit.method), ("planned", "phone"))
        for forged in ({"state": "closed"}, {"answered_at": "2026-06-01 00:00:00"}, {"attempt_count": 9}):
            with self.assertRaises(AccessError):
                self.env["cs.return.visit"].with_user(self.caller).create([values | forged])
            with self.assertRaises(AccessError):
                visit.write(forged)
        with self.assertRaises(AccessError):
            self.env["cs.return.visit"].with_user(self.employee_user).create([values])
        with self.assertRaises(AccessError):
            self.env["cs.visit.answer"].with_user(self.manager).create([{"visit_id": visit.id}])

    def test_no_answer_three_times_is_unreachable(self):
        """V-03: tried again after 2 and 8 working hours, then over."""
        visit = self.plan_visit()
        visit._log_attempt("no_answer")
        self.assertEqual(visit.next_at, datetime(2026, 6, 1, 4))
        self.assertEqual((visit.state, visit.attempt_count), ("planned", 1))
        visit._log_attempt("busy")
        self.assertEqual(visit.state, "planned")
        visit._log_attempt("no_answer")
        self.assertEqual((visit.state, visit.next_at and visit.attempt_count), ("unreachable", 3))
        self.assertEqual(visit.attempt_ids.mapped("result"), ["no_answer", "busy", "no_answer"])
        with self.assertRaises(UserError):
            visit._log_attempt("no_answer")
        visit.action_reopen()
        self.assertEqual((visit.state, visit.attempt_count), ("planned", 0))

    def test_who_wants_to_be_called_later_names_the_moment(self):
        visit = self.plan_visit()
        with self.assertRaises(UserError):
            visit._log_attempt("later")
        visit._log_attempt("later", again_at=datetime(2026, 6, 3, 3))
        self.assertEqual((visit.state, visit.next_at, visit.attempt_count), ("planned", datetime(2026, 6, 3, 3), 0))

    def test_a_satisfied_customer_closes_the_visit(self):
        visit = self.plan_visit()
        visit._record_answers("staff", self.answers(work="very", manner="basically", nps="10"), user=self.caller)
        self.assertEqual((visit.state, visit.staff_result, visit.own_result), ("closed", "basically", False))
        self.assertTrue(visit.is_satisfied)
        self.assertFalse(visit.opened_case_ids)
        self.assertEqual(visit.answer_ids.mapped("answer_text"), ["Very satisfied", "Basically satisfied", "10"])
        self.assertEqual(visit.answer_ids[2].nps, 100)

    def test_not_satisfied_becomes_a_complaint_of_the_right_department(self):
        """V-05: nothing is retyped; level from the purpose, department from the item, linked both ways."""
        order = self.done_order()
        self.inspect(order, "accepted")
        visit = self.plan_visit(source=order)
        visit._record_answers("staff", self.answers(work="not", why="Still dripping"), user=self.caller)
        case = visit.sudo().opened_case_ids
        self.assertEqual(len(case), 1)
        self.assertEqual((case.visit_id, case.origin_id), (visit, order.case_id))
        self.assertEqual(case.object_ref, "Flat 1203")
        self.assertIn("Not satisfied", case.description)
        self.assertEqual(case.complaint_ids.level_id, self.level)
        self.assertEqual(case.complaint_ids.department_line_ids.department_id, self.workshop)
        self.assertEqual(visit.answer_ids.filtered(lambda row: row.score == "not").case_id.sudo(), case)
        self.assertFalse(visit.is_satisfied)

    def test_items_of_two_departments_are_two_cases_and_of_one_are_one(self):
        visit = self.plan_visit()
        visit._record_answers("staff", self.answers(work="not", manner="not"), user=self.caller)
        self.assertEqual(len(visit.sudo().opened_case_ids), 2)
        self.item_manner.cs_department_id = self.workshop
        visit = self.plan_visit()
        visit._record_answers("staff", self.answers(work="not", manner="not"), user=self.caller)
        self.assertEqual(len(visit.sudo().opened_case_ids), 1)

    def test_the_customer_writes_the_same_himself_and_no_second_case_is_opened(self):
        visit = self.plan_visit()
        visit._record_answers("staff", self.answers(work="not"), user=self.caller)
        case = visit.sudo().opened_case_ids
        self.purpose.needs_report = True
        again = self.plan_visit()
        again.sudo()._record_answers("customer", self.answers(work="not"))
        self.assertNotEqual(again.sudo().opened_case_ids, case)
        self.assertEqual(visit.sudo().opened_case_ids, case)

    def test_branching_asks_only_what_follows(self):
        asked = self.env["cs.return.visit"]._asked_questions(self.script, self.answers(work="very"))
        self.assertNotIn(self.why, asked)
        asked = self.env["cs.return.visit"]._asked_questions(self.script, self.answers(work="not"))
        self.assertIn(self.why, asked)

    def test_a_changed_script_changes_no_record(self):
        visit = self.plan_visit()
        visit._record_answers("staff", self.answers(work="fairly", manner="fairly"), user=self.caller)
        self.item_work.title = "Something else"
        self.choice(self.item_work, "fairly").write({"value": "Meh", "cs_score": "not"})
        self.item_manner.unlink()
        self.assertEqual(
            visit.answer_ids.mapped("question_text"),
            ["How satisfied are you with the work?", "How satisfied are you with our manner?"],
        )
        self.assertEqual(visit.answer_ids.mapped("answer_text"), ["Fairly satisfied"] * 2)
        self.assertEqual((visit.staff_result, visit.answer_ids.mapped("score")), ("fairly", ["fairly", "fairly"]))

    def test_unknown_and_foreign_answers_are_refused(self):
        visit = self.plan_visit()
        foreign = self.choice(self.item_manner, "very")
        for raw in ({self.item_work.id: ([foreign.id], None)}, {0: ("x", None)}):
            with self.assertRaises(UserError):
                visit._record_answers("staff", raw, user=self.caller)
        self.item_work.constr_mandatory = True
        with self.assertRaises(UserError):
            visit._record_answers("staff", self.answers(work=None), user=self.caller)
        self.assertEqual((visit.state, len(visit.answer_ids)), ("planned", 0))

    def test_nobody_asks_about_what_he_did_himself(self):
        """V-01: employee can't rate himself."""
        order = self.done_order()
        self.inspect(order, "accepted")
        with self.assertRaises(ValidationError):
            self.plan_visit(source=order, user_id=self.repairer.id)
        complaint = self.open_complaint()
        visit = self.plan_visit(source=complaint, user=self.agent)
        self.assertEqual(visit.served_user_ids, self.agent)
        with self.assertRaises(AccessError):
            visit._log_attempt("no_answer")
        self.assertFalse(visit.can_ask)
        easy = self.purpose.copy({"asked_by_other": False})
        for vals in ({"purpose_id": easy.id}, {"is_control": False}):
            with self.assertRaises(AccessError):
                visit.write(vals)
        visit.with_user(self.caller).write({"purpose_id": easy.id})
        self.assertEqual(visit.purpose_id, easy, "a colleague may choose another purpose")
        visit.with_user(self.caller).write({"purpose_id": self.purpose.id})
        self.purpose.asked_by_other = False
        visit.invalidate_recordset()
        self.assertTrue(visit.can_ask)
        visit.sudo().is_control = True
        self.assertFalse(visit.with_user(self.agent).can_ask)

    def test_the_report_is_reviewed_by_a_supervisor(self):
        """V-04: course, result, assessment; reviewed with an instruction, or sent back."""
        self.purpose.needs_report = True
        visit = self.plan_visit()
        visit._record_answers("staff", self.answers(), user=self.caller)
        self.assertEqual(visit.state, "answered")
        with self.assertRaises(UserError):
            visit.action_report()
        visit.write({"course": "<p>Met</p>", "result": "<p>Fine</p>", "assessment": "<p>Good</p>"})
        visit.action_report()
        self.assertEqual(visit.state, "reported")
        self.assertEqual(visit.sudo().activity_ids.user_id, self.supervisor)
        dialog = {"visit_ids": [Command.set(visit.ids)], "decision": "back"}
        with self.assertRaises(AccessError):
            self.env["cs.visit.review"].with_user(self.caller).create(dialog)
        wizard = self.env["cs.visit.review"].with_user(self.supervisor).create(dialog)
        with self.assertRaises(UserError):
            wizard.action_confirm()
        wizard.instruction = "<p>Say who was met</p>"
        wizard.action_confirm()
        self.assertEqual((visit.state, visit.reported_at), ("answered", False))
        visit.action_report()
        self.env["cs.visit.review"].with_user(self.supervisor).create(
            {"visit_ids": [Command.set(visit.ids)], "instruction": "<p>Offer a contract</p>"}
        ).action_confirm()
        self.assertEqual((visit.state, visit.reviewed_by_id), ("closed", self.supervisor))
        self.assertIn("Offer a contract", visit.instruction)

    def test_papers_come_back_or_a_supervisor_approves(self):
        """V-02."""
        visit = self.plan_visit()
        visit.paper_ids = [Command.create({"name": "Contract"}), Command.create({"name": "Sample"})]
        contract, sample = visit.paper_ids
        contract.action_take()
        sample.action_take()
        contract.action_return()
        with self.assertRaises(AccessError):
            sample.action_keep()
        sample.with_user(self.supervisor).action_keep()
        self.assertEqual((contract.state, sample.state), ("returned", "kept"))
        self.assertEqual(sample.approved_by_id, self.supervisor)
        with self.assertRaises(AccessError):
            contract.write({"state": "listed"})

    def test_who_never_wants_to_be_asked_is_not(self):
        visit = self.plan_visit()
        self.env["cs.visit.end"].with_user(self.caller).create(
            {"visit_ids": [Command.set(visit.ids)], "target": "declined", "reason": "No calls", "for_good": True}
        ).action_confirm()
        self.assertEqual((visit.state, visit.end_reason), ("declined", "No calls"))
        self.assertTrue(self.firm.cs_no_visits)

    def test_other_teams_do_not_see_the_visit(self):
        visit = self.plan_visit()
        self.assertFalse(visit.with_user(self.other_agent).has_access("read"))
        self.assertTrue(visit.with_user(self.agent_2).has_access("read"))
        self.assertTrue(visit.with_user(self.manager).has_access("read"))

    def test_a_complaint_that_asks_for_it_has_its_visit(self):
        """The step “return visit” of the complaint is done with what the customer said."""
        level = self.env["cs.level"].create(
            {"name": "Asked", "needs_visit": True, "needs_verification": False, "needs_analysis": False}
        )
        complaint = self.open_complaint()
        self.triage(complaint, level=level, departments=self.env["hr.department"])
        complaint.action_reply()
        visit = self.plan_visit(source=complaint)
        visit._record_answers("staff", self.answers(work="fairly"), user=self.caller)
        self.assertTrue(complaint.visited_at)
        self.assertIn("Fairly satisfied", complaint.visit_note)
