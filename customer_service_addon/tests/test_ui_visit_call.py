from datetime import datetime

from odoo.tests import HttpCase, tagged

from .common_visit import CsVisitCommon
from .common_visit_plan import CsVisitPlanCommon

CALL = "/odoo/cs-visit-call"


class CsVisitCallCommon(CsVisitCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.ann, self.bea, self.cara = (
            self.plan_visit(
                partner_id=self.env["res.partner"]
                .create({"name": name, "tz": "Asia/Shanghai", "phone": "+86 138 0013 8001"})
                .id,
                due_from=f"2026-06-01 0{hour}:00:00",
            )
            for hour, name in enumerate(("Ann", "Bea", "Cara"))
        )

    def call(self, tour):
        self.start_tour(CALL, tour, login=self.caller.login)


@tagged("post_install", "-at_install")
class TestUiVisitCall(CsVisitCallCommon):
    """V-03 and V-05 in a real browser: the queue, the script, the keyboard."""

    browser_size = "1366x768"

    def test_no_answer_and_then_not_satisfied(self):
        """Must show 1: called, no answer, called again, not satisfied with one item: complaint of its department."""
        self.cara._end("cancelled", "Not today")
        self.call("cs_visit_call_no_answer_tour")
        self.assertEqual(self.ann.attempt_ids.mapped("result"), ["no_answer"])
        self.assertEqual(self.bea.attempt_ids.mapped("result"), ["later"])
        self.at("2026-06-01 05:00:00")
        self.call("cs_visit_call_unhappy_tour")
        self.assertEqual((self.ann.state, self.ann.staff_result), ("closed", "not"))
        self.assertEqual(self.ann.attempt_ids.mapped("result"), ["no_answer", "answered"])
        complaint = self.ann.sudo().opened_case_ids.complaint_ids
        self.assertEqual(complaint.department_line_ids.department_id, self.workshop)
        self.assertEqual(complaint.level_id, self.level)
        why = self.ann.answer_ids.filtered(lambda row: row.question_id == self.why)
        self.assertEqual(why.answer_text, "Still dripping, no better")

    def test_by_keyboard_only(self):
        self.call("cs_visit_call_keyboard_tour")
        self.assertEqual((self.ann.state, self.ann.staff_result), ("closed", "fairly"))
        self.assertEqual(self.ann.answer_ids.mapped("answer_text"), ["Very satisfied", "Fairly satisfied", "10"])
        self.assertFalse(self.ann.sudo().opened_case_ids)
        self.assertEqual((self.bea.state, self.bea.staff_result), ("closed", "not"))
        self.assertEqual((self.cara.state, self.cara.end_reason), ("declined", "No time"))

    def test_a_reload_keeps_what_was_typed(self):
        self.ann.due_from = "2026-06-01 01:30:00"
        self.call("cs_visit_call_reload_tour")
        self.assertEqual(
            self.bea.attempt_ids.mapped(lambda row: (row.result, row.note)), [("answered", "Was in a hurry")]
        )
        self.assertEqual(
            self.bea.answer_ids.mapped("answer_text"), ["Not satisfied", "Fairly satisfied", "Water again"]
        )

    def test_a_dead_connection_loses_nothing(self):
        self.call("cs_visit_call_lost_tour")
        self.assertEqual((self.ann.state, len(self.ann.attempt_ids)), ("closed", 1))

    def test_the_screen_opens_with_the_visit_of_the_form(self):
        """Also after a reload; when the screen is left a colleague may call the customer."""
        self.start_tour(f"/odoo/cs.return.visit/{self.cara.id}", "cs_visit_call_form_tour", login=self.caller.login)
        self.assertFalse(self.cara.held_by_id)
        self.assertFalse(self.ann.held_by_id)


@tagged("post_install", "-at_install")
class TestUiVisitCallOnPhone(CsVisitCallCommon):
    """The same on a phone 360 pixels wide."""

    browser_size = "360x740"
    touch_enabled = True

    def test_not_satisfied(self):
        self.ann._log_attempt("no_answer")
        self.at("2026-06-01 04:30:00")
        (self.bea | self.cara)._end("cancelled", "Not today")
        self.call("cs_visit_call_unhappy_tour")
        self.assertEqual(self.ann.staff_result, "not")


@tagged("post_install", "-at_install")
class TestUiVisitStory(CsVisitPlanCommon, HttpCase):
    """V-01 to V-05 from the end of a repair to the complaint."""

    browser_size = "1366x768"

    def test_from_the_repair_to_the_complaint(self):
        """Must show 1: completed, planned for the next working day, no answer, called again, not satisfied."""
        self.customer.name = "Ann Chen"
        plan = self.make_plan("rework")
        order = self.done_order()
        self.start_tour(f"/odoo/cs.rework/{order.id}", "cs_visit_repair_done_tour", login=self.agent.login)
        self.assertEqual(order.state, "closed")
        visit = self.visits(plan)
        self.assertEqual((visit.rework_id, visit.due_from), (order, datetime(2026, 6, 2, 1)))
        self.at("2026-06-02 01:30:00")
        self.start_tour(CALL, "cs_visit_rang_out_tour", login=self.caller.login)
        self.assertEqual((visit.attempt_count, visit.next_at), (1, datetime(2026, 6, 2, 3, 30)))
        self.at("2026-06-02 03:45:00")
        self.start_tour(CALL, "cs_visit_call_unhappy_tour", login=self.caller.login)
        self.assertEqual((visit.state, visit.staff_result), ("closed", "not"))
        case = visit.sudo().opened_case_ids
        self.assertEqual(case.origin_id, order.case_id)
        self.assertEqual(case.complaint_ids.department_line_ids.department_id, self.workshop)
