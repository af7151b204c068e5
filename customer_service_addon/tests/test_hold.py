from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_promise import CsPromiseCommon

REMINDER = "customer_service_addon.mail_activity_type_cs_hold"


@tagged("post_install", "-at_install")
class TestHold(CsPromiseCommon):
    """Waiting has a reason: a case waits if and only if it has an open hold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.for_customer = cls.env.ref("customer_service_addon.cs_hold_reason_customer")
        cls.for_parts = cls.env.ref("customer_service_addon.cs_hold_reason_parts")

    def _hold(self, cases, user=None, reason=None, **values):
        wizard = self.env["cs.hold.wizard"].with_user(user or self.agent)
        return wizard.create(
            {"case_ids": [Command.set(cases.ids)], "reason_id": (reason or self.for_parts).id, **values}
        ).action_confirm()

    def _assert_equivalence(self, case):
        open_holds = case.sudo().hold_ids.filtered(lambda hold: not hold.ended_at)
        self.assertEqual(case.meaning == "waiting", len(open_holds) == 1)
        self.assertEqual(bool(case.hold_reason_id), case.meaning == "waiting")
        self.assertLessEqual(len(open_holds), 1)

    def test_hold_records_why_since_when_and_who(self):
        case = self.make_case()
        self._hold(case, until="2026-06-05 02:00:00", note="Pump ordered")
        self.assertEqual(case.meaning, "waiting")
        self.assertRecordValues(
            case.hold_ids,
            [
                {
                    "reason_id": self.for_parts.id,
                    "note": "Pump ordered",
                    "started_at": datetime(2026, 6, 1, 2),
                    "started_by_id": self.agent.id,
                    "until": datetime(2026, 6, 5, 2),
                    "ended_at": False,
                }
            ],
        )
        self.assertEqual(case.hold_reason_id, self.for_parts)

    def test_drag_without_a_reason_is_refused(self):
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "“Wait”"):
            case.write({"stage_id": self.stage("waiting").id})
        self.assertEqual(case.meaning, "new")
        self._assert_equivalence(case)

    def test_reason_in_the_same_write_is_enough(self):
        case = self.make_case()
        case.write({"stage_id": self.stage("waiting").id, "hold_reason_id": self.for_parts.id})
        self.assertEqual(case.hold_ids.reason_id, self.for_parts)
        self._assert_equivalence(case)

    def test_registered_as_waiting_needs_a_reason_too(self):
        with self.assertRaisesRegex(UserError, "“Wait”"):
            self.make_case(stage_id=self.stage("waiting").id)
        case = self.make_case(stage_id=self.stage("waiting").id, hold_reason_id=self.for_parts.id)
        self._assert_equivalence(case)
        with self.assertRaisesRegex(UserError, "does not wait"):
            self.make_case(hold_reason_id=self.for_parts.id)

    def test_leaving_the_stage_ends_the_hold(self):
        for target, how in (("open", "resumed"), ("cancelled", "finished")):
            case = self.make_case(cancel_reason="Withdrawn")
            self._hold(case)
            self.at("2026-06-01 03:00:00")
            with self.subTest(target=target):
                case.write({"stage_id": self.stage(target).id})
                self.assertRecordValues(
                    case.hold_ids,
                    [{"ended_how": how, "ended_by_id": self.agent.id, "ended_at": datetime(2026, 6, 1, 3)}],
                )
                self._assert_equivalence(case)

    def test_resume_button(self):
        case = self.make_case()
        self._hold(case)
        case.action_resume()
        self.assertEqual((case.meaning, case.hold_ids.ended_how), ("open", "resumed"))

    def test_another_reason_is_another_hold(self):
        case = self.make_case()
        self._hold(case)
        self._hold(case, reason=self.for_customer)
        self.assertEqual(
            sorted((hold.reason_id.waits_for, hold.ended_how) for hold in case.hold_ids),
            [("customer", False), ("parts", "replaced")],
        )
        self._assert_equivalence(case)

    def test_what_it_waits_for_is_not_written_beside_the_hold(self):
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "“Wait”"):
            case.write({"hold_reason_id": self.for_parts.id})
        self._hold(case)
        with self.assertRaisesRegex(UserError, "“Wait”"):
            case.write({"hold_reason_id": self.for_customer.id})
        with self.assertRaisesRegex(UserError, "“Wait”"):
            case.write({"hold_until": "2026-07-01"})
        self._assert_equivalence(case)

    def test_customers_reply_ends_the_waiting_for_him_only(self):
        waits_for_him, waits_for_parts = self.make_case(), self.make_case()
        self._hold(waits_for_him, reason=self.for_customer)
        self._hold(waits_for_parts)
        for case in (waits_for_him, waits_for_parts):
            case._after_customer_message(self.env["mail.message"])
            self._assert_equivalence(case)
        self.assertEqual((waits_for_him.meaning, waits_for_him.hold_ids.ended_how), ("open", "customer"))
        self.assertEqual(waits_for_parts.meaning, "waiting")

    def test_a_hold_does_not_end_in_the_past(self):
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "past"):
            self._hold(case, until="2026-06-01 02:00:00")
        self._assert_equivalence(case)

    def test_finished_cases_do_not_wait(self):
        case = self.make_case(cancel_reason="Test call")
        case.action_cancel()
        with self.assertRaisesRegex(UserError, "cannot become"):
            self._hold(case)

    def test_many_cases_at_once(self):
        cases = self.make_case() | self.make_case() | self.make_case()
        self._hold(cases)
        for case in cases:
            self._assert_equivalence(case)
        self.assertEqual(len(cases.hold_ids), 3)

    def test_the_end_of_a_hold_reminds_the_owner_exactly_once(self):
        case = self.make_case(user_id=self.agent.id)
        self._hold(case, until="2026-06-02 02:00:00")
        self.run_cron("ir_cron_cs_hold")
        self.assertFalse(self.alarms(case, REMINDER))
        self.at("2026-06-02 02:00:00")
        self.run_cron("ir_cron_cs_hold")
        self.run_cron("ir_cron_cs_hold")
        self.assertEqual(self.alarms(case, REMINDER).user_id, self.agent)
        self.assertEqual(len(self.alarms(case, REMINDER)), 1)
        case.action_resume()
        self.assertFalse(self.alarms(case, REMINDER))

    def test_more_reminders_than_a_batch(self):
        cases = self.env["cs.case"].browse()
        for _number in range(12):
            cases |= self.make_case(user_id=self.agent.id)
        self._hold(cases, until="2026-06-02 02:00:00")
        self.at("2026-06-02 03:00:00")
        self.run_job("cs.hold", "_cron_remind", batch=5)
        self.assertEqual([len(self.alarms(case, REMINDER)) for case in cases], [1] * 12)

    def test_the_job_wakes_up_at_the_end_of_the_hold(self):
        self._hold(self.make_case(), until="2026-06-02 02:00:00")
        cron = self.env.ref("customer_service_addon.ir_cron_cs_hold")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(datetime(2026, 6, 2, 2), triggers.mapped("call_at"))

    def test_nobody_writes_holds_through_the_api(self):
        case = self.make_case()
        self._hold(case)
        for user in (self.agent, self.supervisor, self.manager, self.env.ref("base.user_admin")):
            hold = case.hold_ids.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    hold.write({"started_at": "2020-01-01"})
                with self.assertRaises(AccessError):
                    hold.unlink()
                with self.assertRaises(AccessError):
                    hold.create({"case_id": case.id, "reason_id": self.for_parts.id, "started_at": "2026-06-01"})

    def test_who_cannot_write_the_case_cannot_hold_or_resume_it(self):
        case = self.make_case(department_id=self.department.id)
        for user in (self.other_agent, self.head):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._hold(case, user)
        self._hold(case)
        for user in (self.other_agent, self.head):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_resume()

    def test_holds_are_read_with_their_case(self):
        case = self.make_case(department_id=self.department.id)
        self._hold(case)
        for user in (self.agent_2, self.supervisor, self.manager, self.head):
            with self.subTest(user=user.login):
                self.assertTrue(self.env["cs.hold"].with_user(user).search([("case_id", "=", case.id)]))
        self.assertFalse(self.env["cs.hold"].with_user(self.other_agent).search([("case_id", "=", case.id)]))

    def test_reasons_are_the_managers(self):
        with self.assertRaises(AccessError):
            self.for_parts.with_user(self.supervisor).name = "Other"
        self.for_parts.with_user(self.manager).name = "Waiting for spare parts"
