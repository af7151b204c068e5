from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .test_promise import CsPromiseCommon


@tagged("post_install", "-at_install")
class TestSilence(CsPromiseCommon):
    """Solved cases close after working days of silence, never unannounced (peers.md 2.1: 5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.write({"silence_days": 5, "silence_notice_days": 2})

    def _solved(self, **values):
        """A case solved on Monday 1 June, 10:00: announced from Thursday 18:00, closed from Monday 8 June 18:00."""
        case = self.make_case(**values)
        self.answer(case)
        case.action_solve()
        return case

    def _run(self, moment, delivered=True):
        if delivered:
            self.env["mail.mail"].sudo().search([("state", "=", "outgoing")]).state = "sent"
        self.at(moment)
        self.run_cron("ir_cron_cs_silence")

    def _notices(self, case):
        return self.env["mail.mail"].sudo().search([("model", "=", "cs.case"), ("res_id", "=", case.id)])

    def test_announced_then_closed_on_working_days(self):
        case = self._solved()
        self._run("2026-06-04 09:59:00")
        self.assertFalse(case.silence_notice_at)
        self._run("2026-06-04 10:00:00")
        self.assertEqual(case.silence_notice_at, datetime(2026, 6, 4, 10))
        self.assertEqual(self._notices(case).recipient_ids, self.customer)
        self.assertIn(case.name, self._notices(case).subject)
        self.assertIn("auto-generated", self._notices(case).headers)
        self.assertIn(case.access_token, self._notices(case).body_html)
        self._run("2026-06-08 09:59:00")
        self.assertEqual(case.meaning, "solved")
        self._run("2026-06-08 10:00:00")
        self.assertRecordValues(
            case, [{"meaning": "closed", "confirmation": "silence", "closed_at": datetime(2026, 6, 8, 10)}]
        )

    def test_announced_once(self):
        case = self._solved()
        self._run("2026-06-04 10:00:00")
        self._run("2026-06-04 11:00:00")
        self._run("2026-06-05 11:00:00")
        self.assertEqual(len(self._notices(case)), 1)

    def test_a_late_announcement_still_leaves_the_announced_days(self):
        case = self._solved()
        self._run("2026-06-15 02:00:00")
        self.assertEqual(case.meaning, "solved")
        self.assertTrue(case.silence_notice_at)
        self._run("2026-06-17 09:00:00")
        self.assertEqual(case.meaning, "solved")
        self._run("2026-06-17 10:00:00")
        self.assertEqual(case.meaning, "closed")

    def test_nothing_closes_that_could_not_be_announced(self):
        nobody = self.env["res.partner"].create({"name": "No address"})
        case = self._solved(partner_id=nobody.id, email_from=False)
        for day in (4, 10, 20):
            self._run(f"2026-06-{day:02} 11:00:00")
        self.assertEqual((case.meaning, case.silence_notice_at), ("solved", False))

    def test_nothing_closes_while_the_announcement_is_not_sent(self):
        case = self._solved()
        self._run("2026-06-04 10:00:00")
        self._run("2026-06-08 10:00:00", delivered=False)
        self.assertEqual(case.meaning, "solved")
        self._notices(case).state = "exception"
        self._run("2026-06-09 10:00:00")
        self.assertEqual(case.meaning, "solved")
        self._notices(case).state = "sent"
        self._run("2026-06-10 10:00:00")
        self.assertEqual(case.meaning, "closed")

    def test_a_reply_stops_it_and_a_new_silence_is_announced_again(self):
        case = self._solved()
        self._run("2026-06-04 10:00:00")
        self.at("2026-06-05 02:00:00")
        case._cs_as_server().write({"last_customer_at": datetime(2026, 6, 5, 2)})
        self._run("2026-06-09 11:00:00")
        self.assertEqual(case.meaning, "solved")
        self.answer(case)
        self._run("2026-06-15 11:00:00")
        self.assertEqual((case.meaning, len(self._notices(case))), ("solved", 2))
        self._run("2026-06-17 11:00:00")
        self.assertEqual(case.meaning, "closed")

    def test_reopening_forgets_the_announcement(self):
        case = self._solved()
        self._run("2026-06-04 10:00:00")
        case.action_reopen()
        self.assertFalse(case.silence_notice_at)
        self._run("2026-06-20 10:00:00")
        self.assertEqual(case.meaning, "open")

    def test_a_holiday_moves_it(self):
        self.env["resource.calendar.leaves"].create(
            {"name": "Holiday", "date_from": datetime(2026, 6, 1, 16), "date_to": datetime(2026, 6, 2, 16)}
        )
        case = self._solved()
        self._run("2026-06-04 11:00:00")
        self.assertFalse(case.silence_notice_at)
        self._run("2026-06-05 10:00:00")
        self.assertTrue(case.silence_notice_at)

    def test_teams_without_silence_days_close_nothing(self):
        self.team.silence_days = 0
        case = self._solved()
        self._run("2026-07-04 10:00:00")
        self._run("2026-08-04 10:00:00")
        self.assertEqual((case.meaning, case.silence_notice_at), ("solved", False))

    def test_a_calendar_without_hours_closes_nothing(self):
        case = self._solved()
        self.team.resource_calendar_id.attendance_ids.unlink()
        self._run("2026-07-04 10:00:00")
        self.assertEqual((case.meaning, case.silence_notice_at), ("solved", False))

    def test_open_work_keeps_one_open_and_the_others_close(self):
        busy, idle = self._solved(), self._solved()
        busy.activity_schedule("mail.mail_activity_data_todo", summary="Bring the spare key", automated=False)
        self._run("2026-06-04 10:00:00")
        self._run("2026-06-08 10:00:00")
        self.assertEqual((busy.meaning, idle.meaning), ("solved", "closed"))

    def test_more_than_a_batch_in_one_run(self):
        cases = self.env["cs.case"].browse()
        for _number in range(7):
            cases |= self._solved()
        self.at("2026-06-04 10:00:00")
        self.run_job("cs.case", "_cron_silence", batch=3)
        self.assertEqual(set(cases.mapped("silence_notice_at")), {datetime(2026, 6, 4, 10)})
        for case in cases:
            self._notices(case).state = "sent"
        self.at("2026-06-08 10:00:00")
        self.run_job("cs.case", "_cron_silence", batch=3)
        self.assertEqual(set(cases.mapped("meaning")), {"closed"})

    def test_the_notice_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        template = self.env.ref("customer_service_addon.mail_template_cs_silence")
        template.with_context(lang="zh_CN").subject = "{{ object.name }} 即将关闭"
        self.customer.lang = "zh_CN"
        case = self._solved()
        self._run("2026-06-04 10:00:00")
        self.assertIn("即将关闭", self._notices(case).subject)

    def test_notice_days_lie_within_the_silence(self):
        for notice in (0, 5, 6):
            with self.subTest(notice=notice), self.assertRaises(ValidationError):
                self.team.silence_notice_days = notice

    def test_hundred_silent_cases_share_one_calendar(self):
        cases = self.env["cs.case"].create(
            [
                {
                    "subject": f"Call {number}",
                    "team_id": self.team.id,
                    "type_id": self.type_praise.id,
                    "user_id": self.agent.id,
                }
                for number in range(100)
            ]
        )
        cases.action_solve()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(20):
            self.assertEqual(len(cases._silence_dates()), 100)

    def test_close_wizard_is_refused_while_work_is_open(self):
        case = self._solved()
        case.activity_schedule("mail.mail_activity_data_todo", summary="Bring the spare key", automated=False)
        wizard = (
            self.env["cs.close.wizard"]
            .with_user(self.agent)
            .create({"case_ids": [Command.set(case.ids)], "send_mail": False})
        )
        with self.assertRaisesRegex(Exception, "Bring the spare key"):
            wizard.action_confirm()
        self.assertEqual(case.meaning, "solved")
