from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_approval import CsApprovalCommon


@tagged("post_install", "-at_install")
class TestComplaintRecurrence(CsApprovalCommon):
    """The same trouble again after a plan was carried out: counted, and the actions opened again (C-03, C-08)."""

    def setUp(self):
        super().setUp()
        self.company.cs_recurrence_days = 30

    def _carried_out(self):
        """Return a complaint whose plan was carried out on 2 June."""
        self.at("2026-06-02 02:00:00")
        complaint, plan = self.draw_up()
        self.submit(plan).with_user(self.chief).action_approve()
        plan._answer(True, "phone")
        plan.action_ids.with_user(self.technician).action_done()
        self.assertEqual(complaint.next_step, "effective")
        return complaint

    def _prove(self, complaint):
        complaint.effect_note = "No complaint since"
        complaint.with_user(self.agent_2).action_effect_proven()

    def _close(self, complaint):
        self._prove(complaint)
        complaint.report_customer = "<p>The brakes are new.</p>"
        complaint.action_report()
        complaint.sudo().approval_ids[:1].with_user(self.manager).action_approve()
        complaint.action_reply()
        complaint.action_close()

    def test_a_recurrence_opens_the_actions_again(self):
        complaint = self._carried_out()
        self._prove(complaint)
        self.at("2026-06-20 02:00:00")
        later, _plan = self.draw_up()
        self.assertEqual(complaint.recurrence_ids, later)
        action = complaint.plan_id.action_ids
        self.assertRecordValues(action, [{"state": "open", "again_count": 1, "done_at": False}])
        self.assertGreater(str(action.due_on), "2026-06-20")
        self.assertEqual((complaint.next_step, complaint.effective_at), ("executed", False))
        todos = complaint.sudo().activity_ids.filtered(lambda todo: later.name in (todo.note or ""))
        self.assertIn(self.agent, todos.user_id)
        action.with_user(self.technician).action_done()
        self.assertEqual(complaint.next_step, "effective")

    def test_a_closed_file_stays_closed_with_its_open_actions(self):
        complaint = self._carried_out()
        self._close(complaint)
        self.at("2026-06-20 02:00:00")
        self.draw_up()
        action = complaint.plan_id.action_ids
        self.assertEqual((complaint.state, action.state), ("closed", "open"))
        action.with_user(self.technician).action_done()
        self.assertEqual((complaint.state, action.state), ("closed", "done"))

    def test_too_late_another_cause_or_another_matter_is_none(self):
        complaint = self._carried_out()
        self.at("2026-07-10 02:00:00")
        self.draw_up()
        self.assertFalse(complaint.recurrence_ids, "more than thirty days")
        self.at("2026-06-20 02:00:00")
        other_cause = self.env["cs.cause"].create({"name": "Something else"})
        usual, self.cause = self.cause, other_cause
        self.draw_up()
        self.cause = usual
        self.assertFalse(complaint.recurrence_ids, "another cause")
        usual, self.workshop = self.workshop, self.workshop.copy({"name": "Paint Shop"})
        self.draw_up()
        self.workshop = usual
        self.assertFalse(complaint.recurrence_ids, "neither product nor object nor department")
        self.assertEqual(complaint.plan_id.action_ids.state, "done")

    def test_the_days_are_the_companys_and_none_switches_it_off(self):
        complaint = self._carried_out()
        self.company.cs_recurrence_days = 0
        self.at("2026-06-03 02:00:00")
        self.draw_up()
        self.assertFalse(complaint.recurrence_ids)

    def test_before_and_since_are_counted(self):
        self.at("2026-05-20 02:00:00")
        self.draw_up()
        self.at("2026-03-01 02:00:00")
        self.draw_up()
        complaint = self._carried_out()
        self.at("2026-06-20 02:00:00")
        self.draw_up()
        complaint.invalidate_recordset()
        counts = complaint._recurrence_counts()
        self.assertEqual(
            counts,
            {"cause": (1, 1), "product": (0, 0), "object": (0, 0), "department": (1, 1), "recurrence": (1, 1)},
        )
        self.assertIn("Same Cause", complaint.recurrence_table)

    def test_nobody_writes_recurrences(self):
        complaint = self._carried_out()
        with self.assertRaises(AccessError):
            complaint.recurrence_ids = complaint
        with self.assertRaises(UserError):
            complaint.plan_id.action_ids.again_count = 3
