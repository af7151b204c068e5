from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_promise import CsPromiseCommon


@tagged("post_install", "-at_install")
class TestClose(CsPromiseCommon):
    """Each case ends with the customer's confirmation and the agent's (I-05)."""

    def _solved(self):
        case = self.make_case()
        self.answer(case)
        case.action_solve()
        return case

    def _wizard(self, cases, user=None, **values):
        return (
            self.env["cs.close.wizard"]
            .with_user(user or self.agent)
            .create({"case_ids": [Command.set(cases.ids)], "send_mail": False, **values})
        )

    def test_result_and_confirmation_are_kept(self):
        case = self._solved()
        self._wizard(case, resolution="New pads", confirmation="person").action_confirm()
        self.assertRecordValues(case, [{"meaning": "closed", "resolution": "New pads", "confirmation": "person"}])
        self.assertTrue(case.confirmed_at)

    def test_the_result_of_one_case_is_proposed(self):
        case = self._solved()
        case.resolution = "New pads"
        self.assertEqual(self._wizard(case).resolution, "New pads")
        self.assertFalse(self._wizard(case | self._solved()).resolution)

    def test_many_cases_keep_their_own_results(self):
        one, two = self._solved(), self._solved()
        one.resolution = "New pads"
        self._wizard(one | two).action_confirm()
        self.assertEqual((one | two).mapped("meaning"), ["closed", "closed"])
        self.assertEqual(one.resolution, "New pads")

    def test_all_or_none(self):
        answered, unanswered = self._solved(), self.make_case()
        with self.assertRaisesRegex(UserError, "no answer yet"), self.env.cr.savepoint():
            self._wizard(answered | unanswered).action_confirm()
        self.env.invalidate_all()
        self.assertEqual((answered | unanswered).mapped("meaning"), ["solved", "new"])
        self.assertFalse(answered.confirmation)

    def test_what_people_planned_is_open_work(self):
        case = self._solved()
        activity = case.activity_schedule(
            "mail.mail_activity_data_todo", summary="Bring the key", user_id=self.agent_2.id, automated=False
        )
        with self.assertRaisesRegex(UserError, r"Bring the key \(Agent Bo\)"):
            self._wizard(case).action_confirm()
        activity.action_feedback()
        self._wizard(case).action_confirm()
        self.assertEqual(case.meaning, "closed")

    def test_automatic_reminders_do_not_keep_it_open(self):
        case = self._solved()
        case.activity_schedule("mail.mail_activity_data_todo", summary="Reminder", user_id=self.agent.id)
        self._wizard(case).action_confirm()
        self.assertEqual(case.meaning, "closed")

    def test_closing_mail_is_queued_only_if_wanted(self):
        quiet, told = self._solved(), self._solved()
        self._wizard(quiet).action_confirm()
        self._wizard(told, send_mail=True).action_confirm()
        self.assertEqual((quiet | told).mapped("closing_notice"), [False, True])

    def test_somebody_elses_case_is_not_closed(self):
        case = self._solved()
        case.sudo().department_id = self.department
        for user in (self.other_agent, self.head):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._wizard(case, user).action_confirm()
