from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import GROUP, CsCommon


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
            self.env["cs.forward"]._ask(case, self.department, self.employee_user, "?", False)

    def test_questions_of_other_teams_stay_hidden(self):
        forward = self._forward()
        self.assertFalse(self.env["cs.forward"].with_user(self.other_agent).search([("id", "=", forward.id)]))
        with self.assertRaises(AccessError):
            forward.with_user(self.other_agent).read(["question"])

    def test_person_of_another_team_reads_the_case_and_changes_nothing(self):
        case = self.make_case()
        with self.assertRaises(AccessError):
            case.with_user(self.other_agent).read(["subject"])
        due_at = fields.Datetime.now() + timedelta(hours=2)
        forward = (
            self.env["cs.forward"]
            .with_user(self.agent)
            ._ask(case, self.department, self.other_agent, "Which pads?", due_at)
        )
        self.assertEqual(case.with_user(self.other_agent).subject, "Brake noise")
        with self.assertRaises(AccessError):
            case.with_user(self.other_agent).write({"subject": "Changed"})
        forward = forward.with_user(self.other_agent)
        forward.answer = "Type B"
        forward.action_answer()
        self.assertEqual(forward.state, "answered")

    def test_head_who_is_an_agent_too_gains_no_right_to_write(self):
        self.head.group_ids += self.env.ref("customer_service_addon.group_cs_agent")
        case = self._forward().case_id
        self.assertTrue(case.with_user(self.head).read(["subject"]))
        with self.assertRaises(AccessError):
            case.with_user(self.head).write({"subject": "Changed"})

    def test_manager_of_the_department_answers_for_the_person_asked(self):
        forward = (
            self.env["cs.forward"]
            .with_user(self.agent)
            ._ask(self.make_case(), self.department, self.other_agent, "Which pads?", False)
        )
        self.assertTrue(forward.with_user(self.head).can_answer)
        self.assertTrue(forward.case_id.with_user(self.head).read(["subject"]))
        forward.with_user(self.head).answer = "Type B"
        forward.with_user(self.head).action_answer()
        self.assertEqual(forward.answered_by_id, self.head)

    def test_answer_to_one_question_leaves_the_other_to_do(self):
        case = self.make_case()
        first, second = self._forward(case), self._forward(case)
        for forward, left in ((first, 2), (second, 0)):
            forward.with_user(self.head).answer = "Yes"
            forward.with_user(self.head).action_answer()
            self.assertEqual(len(case.activity_ids.filtered(lambda a: a.user_id == self.head)), left)

    def test_strangers_of_higher_rank_neither_answer_nor_withdraw(self):
        forward = self._forward()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        strangers = [
            new_test_user(self.env, "cs_north", GROUP % "supervisor"),
            new_test_user(self.env, "cs_far", GROUP % "manager", company_id=company.id, company_ids=company.ids),
            self.employee_user,
        ]
        for user in strangers:
            for method, arguments in (("action_withdraw", []), ("action_answer", []), ("write", [{"answer": "No"}])):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    call_kw(self.env["cs.forward"].with_user(user), method, [forward.ids, *arguments], {})
        self.assertEqual((forward.state, forward.answer), ("open", False))

    def test_rows_cannot_be_moved_or_made_by_clients(self):
        forward = self._forward()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        for values in ({"company_id": company.id}, {"to_user_id": self.agent.id}, {"due_at": False}, {"name": "F9"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                call_kw(
                    self.env["cs.forward"].with_user(self.head),
                    "write",
                    [forward.ids, values],
                    {"context": {"_cs_server": True}},
                )
        with self.assertRaises(UserError):
            forward.unlink()

    def test_question_needs_an_open_case_and_a_date_to_come(self):
        case = self.make_case(type_id=self.type_praise.id)
        ask = self.env["cs.forward"].with_user(self.agent)._ask
        with self.assertRaisesRegex(UserError, "has passed"):
            ask(case, self.department, self.head, "?", fields.Datetime.now() - timedelta(minutes=1))
        case.action_solve()
        with self.assertRaisesRegex(UserError, "is finished"):
            ask(case, self.department, self.head, "?", False)

    def test_overdue_questions_remind_everybody_concerned_once(self):
        case = self.make_case()
        now = fields.Datetime.now()
        ask = self.env["cs.forward"].with_user(self.agent)._ask
        for user in (self.head, self.other_agent):
            ask(case, self.department, user, "Which pads?", now + timedelta(hours=1))
        asked = case.activity_ids
        for hours, expected in ((0, 0), (2, 3), (4, 0)):
            with (
                freeze_time(now + timedelta(hours=hours)),
                patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=1),
            ):
                self.env["cs.forward"]._cron_remind()
            added = case.activity_ids - asked
            self.assertEqual(len(added), expected)
            if added:
                self.assertEqual(added.user_id, self.head | self.other_agent | self.agent)
            asked |= added
