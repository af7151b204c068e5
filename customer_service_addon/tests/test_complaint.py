from datetime import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..services.complaint_steps import STEPS
from .common_complaint import CsComplaintCommon


@tagged("post_install", "-at_install")
class TestComplaint(CsComplaintCommon):
    """From the case to the closed file (C-02, C-03, C-15)."""

    def test_a_complaining_case_gets_its_file_once(self):
        complaint = self.open_complaint()
        case = complaint.case_id
        self.assertEqual(complaint.name, f"{case.name}-C1")
        self.assertRecordValues(
            complaint,
            [{"state": "registered", "user_id": self.agent.id, "team_id": self.team.id, "level_id": self.level.id}],
        )
        self.assertEqual(complaint.received_at, case.received_at)
        case.type_id = self.type_inquiry
        case.type_id = self.type_complaint
        self.assertEqual(len(case.complaint_ids), 1)
        with self.assertRaisesRegex(UserError, "open complaint already"):
            case.action_open_complaint()

    def test_an_agent_opens_one_by_hand_and_again_when_it_is_over(self):
        case = self.make_case(user=self.agent, user_id=self.agent.id).with_user(self.agent)
        self.assertFalse(case.complaint_ids)
        case.action_open_complaint()
        first = case.complaint_ids
        first._cancel("A misunderstanding")
        self.assertEqual((first.state, first.cancel_reason), ("cancelled", "A misunderstanding"))
        case.action_open_complaint()
        self.assertEqual(set(case.complaint_ids.mapped("name")), {f"{case.name}-C1", f"{case.name}-C2"})

    def test_nobody_creates_files_through_the_api(self):
        case = self.make_case(user=self.agent, user_id=self.agent.id)
        for user in (self.agent, self.supervisor, self.manager):
            with self.assertRaises(UserError):
                self.env["cs.complaint"].with_user(user).create(
                    {"name": "CS-1-C1", "case_id": case.id, "received_at": "2026-06-01 02:00:00"}
                )

    def test_milestones_and_state_are_the_servers(self):
        complaint = self.open_complaint()
        for name in ("state", "name", "received_at", "closed_at", "shut_out_user_ids", *(step.field for step in STEPS)):
            for user in (self.agent, self.manager):
                with self.subTest(name, user=user.name), self.assertRaises(AccessError):
                    complaint.with_user(user).with_context(_cs_server=True).write({name: complaint[name]})

    def test_settled_by_customer_service_itself(self):
        """C-02: only what goes to departments runs the chain."""
        complaint = self.open_complaint()
        self.triage(complaint, departments=self.workshop.browse())
        self.assertEqual((complaint.state, complaint.next_step), ("reporting", "replied"))
        complaint.action_reply()
        complaint.action_close()
        self.assertEqual(complaint.state, "closed")

    def test_not_the_companys_is_explained_first(self):
        complaint = self.open_complaint()
        self.triage(complaint, departments=self.workshop.browse(), company_responsible="no")
        with self.assertRaisesRegex(UserError, "Explanation"):
            complaint.action_reply()
        complaint.explanation = "<p>The tyre was bought elsewhere; we name you a workshop.</p>"
        complaint.action_reply()
        self.assertTrue(complaint.can_close)

    def test_the_triage_is_answered_whole(self):
        complaint = self.open_complaint()
        with self.assertRaisesRegex(UserError, "before “Triage” comes “Taken Up”"):
            complaint.action_triage()
        complaint.action_take()
        with self.assertRaisesRegex(UserError, "fill in"):
            complaint.action_triage()
        complaint.write({"is_valid": "valid", "company_responsible": "yes", "scope": "departments"})
        with self.assertRaisesRegex(UserError, "name the departments"):
            complaint.action_triage()
        complaint.write({"is_valid": "invalid"})
        with self.assertRaisesRegex(UserError, "settled by customer service itself"):
            complaint.action_triage()
        self.assertFalse(complaint.triaged_at)

    def test_what_a_step_settled_is_not_changed_afterwards(self):
        complaint = self.open_complaint()
        self.triage(complaint)
        with self.assertRaisesRegex(UserError, "settled with the step"):
            complaint.scope = "desk"

    def test_the_chain_of_a_normal_level(self):
        complaint = self.open_complaint()
        self.triage(complaint)
        self.assertEqual((complaint.state, complaint.next_step), ("investigating", "signed"))
        line = complaint.department_line_ids
        self.assertRecordValues(line, [{"user_id": self.handler.id, "told_at": datetime(2026, 6, 1, 2)}])
        self.assertEqual(len(self.alarms(complaint, "customer_service_addon.mail_activity_type_cs_complaint")), 1)
        with self.assertRaisesRegex(UserError, "comes “Departments Signed”"):
            complaint.action_verify()
        self.sign(complaint)
        self.assertEqual(line.signed_by_id, self.handler)
        self.assertTrue(complaint.signed_at)
        with self.assertRaisesRegex(UserError, "fill in"):
            complaint.with_user(self.handler).action_verify()
        self.verify(complaint)
        self.assertFalse(self.alarms(complaint, "customer_service_addon.mail_activity_type_cs_complaint"))
        self.analyse(complaint)
        self.assertEqual((complaint.state, complaint.next_step), ("planning", "planned"))

    def test_not_justified_ends_without_a_plan(self):
        complaint = self.open_complaint()
        self.triage(complaint, level=self.full_level)
        self.sign(complaint)
        self.verify(complaint, finding="unjustified")
        self.assertNotIn("planned", complaint._needed_steps())
        self.assertEqual(complaint.next_step, "reported")

    def test_several_departments_all_sign(self):
        second = self.env["hr.department"].create({"name": "Fleet", "cs_handler_id": self.head.id})
        complaint = self.open_complaint()
        self.triage(complaint, departments=self.workshop | second)
        mine = complaint.department_line_ids.filtered(lambda line: line.user_id == self.handler)
        mine.with_user(self.handler).action_sign()
        self.assertFalse(complaint.signed_at)
        with self.assertRaises(AccessError):
            (complaint.department_line_ids - mine).with_user(self.handler).action_sign()
        (complaint.department_line_ids - mine).with_user(self.head).action_sign()
        self.assertTrue(complaint.signed_at)

    def test_the_stand_in_answers_when_the_handler_is_gone(self):
        """C-15"""
        self.workshop.cs_stand_in_id = self.head
        self.handler.active = False
        complaint = self.open_complaint()
        self.triage(complaint)
        self.assertEqual(complaint.department_line_ids.user_id, self.head)

    def test_departments_write_their_part_only(self):
        complaint = self.open_complaint()
        self.triage(complaint)
        as_handler = complaint.with_user(self.handler)
        as_handler.course = "<p>It broke.</p>"
        as_handler.employee_ids = [Command.link(self.tech_employee.id)]
        self.assertEqual(complaint.sudo().employee_ids, self.tech_employee)
        for vals in ({"explanation": "<p>x</p>"}, {"level_id": self.full_level.id}, {"user_id": self.head.id}):
            with self.assertRaises(UserError):
                as_handler.write(vals)
        self.assertFalse(as_handler.can_cancel)
        with self.assertRaises(AccessError):
            as_handler._cancel("No time")
        self.assertEqual(complaint.case_id.with_user(self.handler).subject, "Brake noise")
        for method in ("action_reply", "action_take", "action_inform", "action_close", "action_reopen"):
            with self.assertRaises(UserError):
                getattr(as_handler, method)()

    def test_who_sees_the_file(self):
        complaint = self.open_complaint()
        self.assertFalse(complaint.with_user(self.handler).search([]))
        self.triage(complaint)
        for user, sees in (
            (self.agent, True),
            (self.agent_2, True),
            (self.other_agent, False),
            (self.supervisor, True),
            (self.manager, True),
            (self.handler, True),
            (self.head, False),
        ):
            with self.subTest(user.name):
                self.assertEqual(bool(self.env["cs.complaint"].with_user(user).search_count([])), sees)
        with self.assertRaises(AccessError):
            self.env["cs.complaint"].with_user(self.employee_user).search([])

    def test_an_open_file_keeps_its_case_open(self):
        complaint = self.open_complaint()
        case = complaint.case_id
        self.answer(case)
        with self.assertRaisesRegex(UserError, complaint.name):
            case.action_solve()
        complaint._cancel("Taken back by the customer")
        case.action_solve()
        self.assertEqual(case.meaning, "solved")

    def test_reopened_goes_back_to_the_verification(self):
        """C-08: each round has clocks of its own."""
        self.env["cs.sla.policy"].create(
            {
                "name": "Complaints",
                "model": "cs.complaint",
                "company_id": self.company.id,
                "target_ids": [
                    Command.create(
                        {"name": "Verified", "to_milestone": "cs.complaint/verified", "amount": 1, "unit": "wh"}
                    )
                ],
            }
        )
        level = self.env["cs.level"].create({"name": "Verified only", "needs_analysis": False, "needs_plan": False})
        complaint = self.open_complaint()
        self.triage(complaint, level=level)
        self.sign(complaint)
        self.verify(complaint)
        complaint.action_reply()
        complaint.action_close()
        complaint.action_reopen()
        self.assertRecordValues(
            complaint, [{"state": "investigating", "verified_at": False, "closed_at": False, "next_step": "verified"}]
        )
        clocks = self.env["cs.sla.clock"].search([("res_model", "=", "cs.complaint"), ("res_id", "=", complaint.id)])
        self.assertEqual(sorted(clocks.mapped("round")), [1, 2])

    def test_files_are_kept(self):
        complaint = self.open_complaint()
        for user in (self.agent, self.manager):
            with self.assertRaises(UserError):
                complaint.with_user(user).unlink()
        with self.assertRaises(UserError):
            complaint.sudo().unlink()

    def test_levels_make_sense(self):
        with self.assertRaises(ValidationError):
            self.env["cs.level"].create({"name": "X", "needs_plan": False, "needs_approval": True})
        with self.assertRaises(ValidationError):
            self.env["cs.level"].create({"name": "X", "silence_days": 3})
