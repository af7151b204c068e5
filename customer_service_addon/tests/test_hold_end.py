from datetime import datetime
from unittest.mock import patch

from odoo.tests import tagged

from .common_hold import OWNER_ALARM, CsHoldCommon

REMINDER = "waiting for your reply"
NOTICE = "closed soon"


@tagged("post_install", "-at_install")
class TestHoldEnd(CsHoldCommon):
    """Customers are reminded on the working calendar; at its end a hold reminds, resumes or closes, once each."""

    def _waits(self, until="2026-06-02 02:00:00", **values):
        """A case that was answered and waits for its customer, who may be closed out by silence."""
        case = self.make_case(user_id=self.agent.id, **values)
        self.answer(case)
        self.hold(case, reason=self.for_customer, until=until)
        return case

    # ------------------------------------------------------------------
    # Reminders to the customer
    # ------------------------------------------------------------------

    def test_reminders_in_working_days(self):
        self.for_customer.reminder_days = 2
        case = self._waits(until=False)
        hold = self.open_hold(case)
        for moment, count in (
            ("2026-06-03 09:59:00", 0),
            ("2026-06-03 10:00:00", 1),
            ("2026-06-03 10:30:00", 1),
            ("2026-06-05 10:00:00", 2),
            ("2026-06-07 10:00:00", 2),
            ("2026-06-09 09:59:00", 2),
            ("2026-06-09 10:00:00", 3),
        ):
            self.wait(moment)
            with self.subTest(moment=moment):
                self.assertEqual((hold.reminder_count, len(self.mails(case, REMINDER))), (count, count))
        mail = self.mails(case, REMINDER)[0]
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn("auto-generated", mail.headers)
        self.assertIn(case.access_token, mail.body_html)

    def test_a_job_that_was_late_reminds_once(self):
        self.for_customer.reminder_days = 2
        case = self._waits(until=False)
        self.wait("2026-06-10 03:00:00")
        self.wait("2026-06-10 04:00:00")
        self.assertRecordValues(self.open_hold(case), [{"reminder_count": 1, "reminder_at": datetime(2026, 6, 12, 10)}])

    def test_a_reply_stops_the_reminders(self):
        self.for_customer.reminder_days = 2
        case, resumed = self._waits(until=False), self._waits(until=False)
        case._after_customer_message(self.env["mail.message"])
        resumed.action_resume()
        self.wait("2026-06-03 10:00:00")
        self.assertFalse(self.mails(case | resumed, REMINDER))
        self.assertEqual(case.hold_ids.ended_how, "customer")

    def test_nobody_without_an_address_is_reminded(self):
        self.for_customer.reminder_days = 2
        nobody = self.env["res.partner"].create({"name": "No address"})
        case = self._waits(until=False, partner_id=nobody.id, email_from=False)
        self.wait("2026-06-03 10:00:00")
        self.assertRecordValues(self.open_hold(case), [{"reminder_count": 0, "reminder_at": False, "ended_at": False}])
        self.assertFalse(self.mails(case, REMINDER))

    def test_whose_time_is_over_is_not_reminded(self):
        self.for_customer.reminder_days = 2
        case = self._waits(until="2026-06-04 02:00:00")
        self.wait("2026-06-04 03:00:00")
        self.wait("2026-06-09 10:00:00")
        self.assertFalse(self.mails(case, REMINDER))
        self.assertFalse(self.open_hold(case).reminder_at)

    def test_the_reminder_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        template = self.env.ref("customer_service_addon.mail_template_cs_hold_reminder")
        template.with_context(lang="zh_CN").subject = "{{ object.name }} 等待您的回复"
        self.customer.lang = "zh_CN"
        self.for_customer.reminder_days = 2
        case = self._waits(until=False)
        self.wait("2026-06-03 10:00:00")
        self.assertTrue(self.mails(case, "等待您的回复"))

    # ------------------------------------------------------------------
    # The time is over
    # ------------------------------------------------------------------

    def test_remind_leaves_it_waiting(self):
        case = self._waits()
        self.wait("2026-06-02 02:00:00")
        self.wait("2026-06-02 03:00:00")
        self.assertEqual((case.meaning, self.alarms(case, OWNER_ALARM).user_id), ("waiting", self.agent))
        self.assertEqual(len(self.alarms(case, OWNER_ALARM)), 1)

    def test_the_team_leader_hears_of_a_limit_used_up(self):
        self.for_customer.max_hours = 9
        case = self._waits(until=False)
        self.wait("2026-06-02 02:00:00")
        self.assertEqual(self.alarms(case, OWNER_ALARM).user_id, self.agent | self.supervisor)

    def test_resume_goes_on_and_tells_the_owner(self):
        self.for_parts.at_end = "resume"
        case = self.make_case(user_id=self.agent.id)
        self.hold(case, until="2026-06-02 02:00:00")
        self.wait("2026-06-02 01:59:00")
        self.assertEqual(case.meaning, "waiting")
        self.wait("2026-06-02 02:00:00")
        self.wait("2026-06-02 03:00:00")
        self.assertRecordValues(case, [{"meaning": "open", "hold_reason_id": False, "hold_until": False}])
        self.assertRecordValues(case.hold_ids, [{"ended_how": "expired", "held_hours": 9.0}])
        self.assertEqual(self.alarms(case, OWNER_ALARM).user_id, self.agent)
        self.assertEqual(len(self.alarms(case, OWNER_ALARM)), 1)

    def test_a_case_that_cannot_go_on_reminds_its_owner(self):
        self.for_parts.at_end = "resume"
        case = self.make_case(user_id=self.agent.id)
        self.hold(case, until="2026-06-02 02:00:00")
        self.env["cs.case.stage"].search([("meaning", "=", "open")]).team_ids = self.other_team
        self.wait("2026-06-02 02:00:00")
        self.wait("2026-06-02 03:00:00")
        self.assertEqual((case.meaning, len(self.alarms(case, OWNER_ALARM))), ("waiting", 1))

    def test_more_ends_than_a_batch_and_a_job_that_dies(self):
        self.for_customer.write({"at_end": "close", "reminder_days": 1})
        cases = self.env["cs.case"].union(*(self._waits(until="2026-06-04 02:00:00") for _number in range(8)))
        self.at("2026-06-02 10:00:00")
        mail_customers, calls = type(cases)._mail_customers, []

        def dying(records, template):
            calls.append(len(records))
            if len(calls) == 2:
                raise RuntimeError("killed")
            return mail_customers(records, template)

        with patch.object(type(cases), "_mail_customers", dying):
            try:
                self.run_job("cs.hold", "_cron_remind", batch=3)
            except RuntimeError:
                self.env.invalidate_all()
        self.assertEqual(calls, [3, 3])
        self.assertEqual(sum(cases.hold_ids.mapped("reminder_count")), 3)
        self.run_job("cs.hold", "_cron_remind", batch=3)
        self.assertEqual([len(self.mails(case, REMINDER)) for case in cases], [1] * 8)
        self.assertEqual(cases.hold_ids.mapped("reminder_count"), [1] * 8)
        self.at("2026-06-04 02:00:00")
        self.run_job("cs.hold", "_cron_remind", batch=3)
        self.assertEqual([len(self.mails(case, NOTICE)) for case in cases], [1] * 8)
        self.assertEqual([len(self.mails(case, REMINDER)) for case in cases], [1] * 8)

    # ------------------------------------------------------------------
    # Closing after a notice
    # ------------------------------------------------------------------

    def test_announced_then_closed(self):
        self.for_customer.at_end = "close"
        case = self._waits()
        hold = self.open_hold(case)
        self.wait("2026-06-02 02:00:00")
        self.assertRecordValues(hold, [{"closing_at": datetime(2026, 6, 4, 10), "ended_at": False}])
        self.assertEqual(self.mails(case, NOTICE).recipient_ids, self.customer)
        self.assertIn("2", self.mails(case, NOTICE).body_html)
        self.wait("2026-06-04 09:59:00")
        self.assertEqual(case.meaning, "waiting")
        self.wait("2026-06-04 10:00:00")
        self.assertRecordValues(
            case, [{"meaning": "closed", "confirmation": "silence", "closed_at": datetime(2026, 6, 4, 10)}]
        )
        self.assertRecordValues(
            hold, [{"ended_how": "closed", "ended_at": datetime(2026, 6, 4, 10), "held_hours": 35.0}]
        )
        self.assertEqual(len(self.mails(case, NOTICE)), 1)
        self.assertFalse(self.alarms(case, OWNER_ALARM))

    def test_a_reply_ends_the_closing(self):
        self.for_customer.at_end = "close"
        case = self._waits()
        self.wait("2026-06-02 02:00:00")
        case._after_customer_message(self.env["mail.message"])
        self.wait("2026-06-05 02:00:00")
        self.assertEqual((case.meaning, case.hold_ids.ended_how), ("open", "customer"))

    def test_nothing_closes_while_the_notice_is_not_sent(self):
        self.for_customer.at_end = "close"
        case = self._waits()
        self.wait("2026-06-02 02:00:00")
        self.at("2026-06-04 10:00:00")
        self.run_cron("ir_cron_cs_hold")
        self.assertEqual((case.meaning, self.open_hold(case).closing_at), ("waiting", False))
        self.assertIn("not sent", self.alarms(case, OWNER_ALARM).note)

    def test_open_work_keeps_one_open_and_the_others_close(self):
        self.for_customer.at_end = "close"
        busy, idle = self._waits(), self._waits()
        busy.activity_schedule("mail.mail_activity_data_todo", summary="Bring the spare key", automated=False)
        self.wait("2026-06-02 02:00:00")
        self.wait("2026-06-04 10:00:00")
        self.wait("2026-06-04 11:00:00")
        self.assertEqual((busy.meaning, idle.meaning), ("waiting", "closed"))
        self.assertRecordValues(self.open_hold(busy), [{"closing_at": False, "ended_how": False}])
        self.assertEqual(busy.confirmation, False)
        self.assertIn("Bring the spare key", self.alarms(busy, OWNER_ALARM).note)

    def test_who_cannot_be_told_is_not_closed(self):
        self.for_customer.at_end = "close"
        nobody = self.env["res.partner"].create({"name": "No address"})
        case = self._waits(partner_id=nobody.id, email_from=False)
        self.wait("2026-06-02 02:00:00")
        self.wait("2026-06-20 02:00:00")
        self.assertEqual((case.meaning, self.open_hold(case).closing_at), ("waiting", False))
        self.assertEqual(self.alarms(case, OWNER_ALARM).user_id, self.agent)

    # ------------------------------------------------------------------
    # Time on hold
    # ------------------------------------------------------------------

    def test_held_hours_are_working_time(self):
        self.at("2026-06-05 09:00:00")
        case, waiting = self.make_case(), self.make_case()
        self.hold(case, self.supervisor)
        self.hold(waiting)
        self.at("2026-06-08 02:00:00")
        case.action_resume()
        self.assertEqual((case.hold_ids.held_hours, waiting.hold_ids.held_hours), (2.0, 0.0))
        self.hold(case, reason=self.for_customer)
        self.at("2026-06-08 05:30:00")
        case.action_resume()
        holds = self.env["cs.hold"].with_user(self.manager)
        domain = [("case_id", "in", (case | waiting).ids), ("ended_at", "!=", False)]
        for group, figures in (
            ("reason_id", {self.for_parts: 2.0, self.for_customer: 3.5}),
            ("started_by_id", {self.supervisor: 2.0, self.agent: 3.5}),
            ("team_id", {self.team: 5.5}),
        ):
            with self.subTest(group=group):
                self.assertEqual(dict(holds._read_group(domain, [group], ["held_hours:sum"])), figures)

    def test_a_holiday_is_not_held_time(self):
        self.env["resource.calendar.leaves"].create(
            {"name": "Holiday", "date_from": datetime(2026, 6, 1, 16), "date_to": datetime(2026, 6, 2, 16)}
        )
        case = self.make_case()
        self.hold(case)
        self.at("2026-06-03 02:00:00")
        case.action_resume()
        self.assertEqual(case.hold_ids.held_hours, 9.0)

    def test_the_report_opens_for_every_role_that_reads_holds(self):
        action = self.env.ref("customer_service_addon.cs_hold_report_action")
        for user in (self.agent, self.supervisor, self.manager):
            views = [(False, view_type) for view_type in (*action.view_mode.split(","), "search")]
            found = self.env["cs.hold"].with_user(user).get_views(views)["views"]
            with self.subTest(user=user.login):
                self.assertIn("held_hours", found["graph"]["arch"])
                self.assertIn("held_hours", found["pivot"]["arch"])
