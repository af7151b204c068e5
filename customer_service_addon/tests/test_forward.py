from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestForward(CsCommon):
    """I-06: what the first contact cannot answer is put to the department and followed until it is answered."""

    def _forward(self, case=None):
        case = case or self.make_case()
        action = case.with_user(self.agent).action_forward()
        form = Form(self.env[action["res_model"]].with_user(self.agent).with_context(action["context"]))
        form.department_id = self.department
        self.assertEqual(form.to_user_id, self.head)
        form.question = "Which brake pads are in stock?"
        form.save().action_confirm()
        return case.forward_ids[:1]

    def test_question_carries_the_number_of_the_case(self):
        case = self.make_case()
        first, second = self._forward(case), self._forward(case)
        self.assertEqual((first.name, second.name), (f"{case.name}-F1", f"{case.name}-F2"))
        self.assertEqual(case.user_id, self.agent)
        self.assertTrue(first.due_at > first.asked_at)
        self.assertEqual(case.activity_ids.user_id, self.head)

    def test_head_reads_the_case_and_answers(self):
        forward = self._forward()
        case = forward.case_id
        self.assertEqual(case.with_user(self.head).subject, "Brake noise")
        with self.assertRaises(AccessError):
            case.with_user(self.head).write({"subject": "Changed"})
        forward = forward.with_user(self.head)
        self.assertTrue(forward.can_answer)
        with self.assertRaisesRegex(UserError, "Write the answer"):
            forward.action_answer()
        forward.answer = "Type B, 40 sets"
        forward.action_answer()
        self.assertEqual((forward.state, forward.answered_by_id), ("answered", self.head))
        told = case.activity_ids.filtered(lambda activity: activity.user_id == self.agent)
        self.assertIn("Type B, 40 sets", told.note)
        self.assertFalse(case.activity_ids.filtered(lambda activity: activity.user_id == self.head))

    def test_nobody_else_answers(self):
        forward = self._forward()
        for user in (self.agent, self.supervisor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                forward.with_user(user).answer = "I say so"
        with self.assertRaises(AccessError):
            forward.with_user(self.head).write({"state": "answered"})
        with self.assertRaises(AccessError):
            forward.with_user(self.head).write({"question": "Another one"})

    def test_open_question_keeps_the_case_open(self):
        case = self.make_case(type_id=self.type_praise.id)
        forward = self._forward(case)
        with self.assertRaisesRegex(UserError, "F1 to Engineering"):
            case.action_solve()
        forward.with_user(self.agent).action_withdraw()
        case.action_solve()
        self.assertEqual(case.meaning, "solved")

    def test_withdrawing_is_for_the_asker(self):
        forward = self._forward()
        with self.assertRaises(AccessError):
            forward.with_user(self.head).action_withdraw()
        forward.with_user(self.agent).action_withdraw()
        with self.assertRaisesRegex(UserError, "no longer open"):
            forward.with_user(self.agent).action_withdraw()
        self.assertFalse(forward.case_id.activity_ids)

    def test_addressee_needs_a_role(self):
        self.department.manager_id.user_id = self.employee_user
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "no role"):
            self.env["cs.forward"]._ask(case, self.department, self.employee_user, "?", fields.Datetime.now())

    def test_questions_of_other_teams_stay_hidden(self):
        forward = self._forward()
        self.assertFalse(self.env["cs.forward"].with_user(self.other_agent).search([("id", "=", forward.id)]))
        with self.assertRaises(AccessError):
            forward.with_user(self.other_agent).read(["question"])
