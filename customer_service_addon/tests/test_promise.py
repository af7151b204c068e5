from datetime import datetime, timedelta

from freezegun import freeze_time
from markupsafe import Markup

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged, users

from .common import CsCommon

ALARM = "customer_service_addon.mail_activity_type_cs_promise"


class CsPromiseCommon(CsCommon):
    """Monday 1 June 2026, 10:00 in Shanghai; the team works 9-18 on weekdays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = cls.team.resource_calendar_id = cls.env["resource.calendar"].create(
            {
                "name": "9-18",
                "tz": "Asia/Shanghai",
                "company_id": cls.company.id,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {"name": "Work", "dayofweek": str(day), "hour_from": 9, "hour_to": 18, "day_period": "morning"}
                    )
                    for day in range(5)
                ],
            }
        )
        cls.freeze("2026-06-01 02:00:00")
        cls.wizard_of = {"promise": "cs.promise.wizard", "hold": "cs.hold.wizard", "close": "cs.close.wizard"}

    @classmethod
    def freeze(cls, moment):
        """Stop the clock at ``moment`` for the class; :meth:`at` moves it inside a test."""
        freezer = freeze_time(moment)
        freezer.start()
        cls.addClassCleanup(freezer.stop)

    def at(self, moment):
        """Within the test it is ``moment`` (naive UTC) from here on."""
        freezer = freeze_time(moment)
        freezer.start()
        self.addCleanup(freezer.stop)

    def run_cron(self, xmlid):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"customer_service_addon.{xmlid}").with_user(
                self.env.ref("base.user_root")
            ).method_direct_trigger()
        self.env.invalidate_all()

    def run_job(self, model, method, **arguments):
        """Call the method of a scheduled action itself, in a cursor that may commit."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            getattr(self.env(cr=cr)[model], method)(**arguments)
        self.env.invalidate_all()

    def alarms(self, case, xmlid=ALARM):
        return case.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == self.env.ref(xmlid))

    def answer(self, case, body="<p>It is on its way.</p>"):
        return case._post_answer(Markup(body), how="phone")


@tagged("post_install", "-at_install")
class TestPromise(CsPromiseCommon):
    """Every date told to the customer is a row: kept, renewed or missed (I-05, peers.md 4.10)."""

    def test_first_promise_in_clock_hours_from_the_reception(self):
        case = self.make_case(received_at=datetime(2026, 6, 1, 1, 30))
        self.assertRecordValues(
            case.promise_ids,
            [
                {
                    "due_at": datetime(2026, 6, 2, 1, 30),
                    "made_at": datetime(2026, 6, 1, 2),
                    "made_by_id": self.agent.id,
                    "origin": "acknowledgement",
                    "state": "open",
                    "user_id": case.user_id.id,
                    "team_id": self.team.id,
                    "text": self.type_inquiry.next_step,
                }
            ],
        )
        self.assertEqual(case.next_promise_at, datetime(2026, 6, 2, 1, 30))

    def test_first_promise_in_working_days_ends_with_the_day(self):
        case = self.make_case(type_id=self.type_suggestion.id)
        self.assertEqual(case.next_promise_at, datetime(2026, 6, 8, 10))

    def test_nobody_is_promised_a_date_in_the_past(self):
        case = self.make_case(received_at=datetime(2026, 5, 1))
        self.assertEqual(case.next_promise_at, datetime(2026, 6, 2, 2))

    def test_type_without_delay_promises_nothing(self):
        case = self.make_case(type_id=self.type_praise.id)
        self.assertFalse(case.promise_ids)
        self.assertFalse(case.promise_note)

    def test_calendar_without_hours_promises_nothing_and_says_why(self):
        self.team.resource_calendar_id.attendance_ids.unlink()
        case = self.make_case(type_id=self.type_suggestion.id)
        self.assertFalse(case.promise_ids)
        self.assertIn("9-18", case.promise_note)

    def test_no_calendar_at_all_does_not_stop_the_intake(self):
        self.team.resource_calendar_id = False
        self.env.cr.execute("UPDATE res_company SET resource_calendar_id = NULL WHERE id = %s", [self.company.id])
        self.company.invalidate_recordset(["resource_calendar_id"])
        case = self.make_case(type_id=self.type_suggestion.id)
        self.assertFalse(case.promise_ids)
        self.assertIn("neither", case.promise_note)

    def test_answer_in_time_keeps_it(self):
        case = self.make_case()
        self.at("2026-06-02 02:00:00")
        self.answer(case)
        self.assertRecordValues(case.promise_ids, [{"state": "kept", "kept_at": datetime(2026, 6, 2, 2)}])
        self.assertFalse(case.next_promise_at)

    def test_late_answer_misses_it_without_an_alarm_for_what_is_done(self):
        case = self.make_case()
        self.at("2026-06-02 02:00:01")
        self.answer(case)
        self.assertEqual(case.promise_ids.state, "missed")
        self.assertFalse(self.alarms(case))

    def test_new_date_in_time_renews_it(self):
        case = self.make_case()
        first = case.promise_ids
        self.at("2026-06-02 01:00:00")
        self._wizard(case, due_at="2026-06-03 08:00:00", text="Call about the part").action_confirm()
        second = case.promise_ids - first
        self.assertRecordValues(first, [{"state": "renewed", "renewed_by_id": second.id}])
        self.assertRecordValues(
            second, [{"state": "open", "origin": "phone", "text": "Call about the part", "made_by_id": self.agent.id}]
        )
        self.assertEqual(case.next_promise_at, datetime(2026, 6, 3, 8))

    def test_new_date_too_late_does_not_make_it_kept(self):
        case = self.make_case()
        first = case.promise_ids
        self.at("2026-06-02 03:00:00")
        case._promise(datetime(2026, 6, 3), "phone")
        self.assertRecordValues(first, [{"state": "missed", "renewed_by_id": False}])

    def test_a_promise_lies_in_the_future(self):
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "future"):
            self._wizard(case, due_at="2026-06-01 02:00:00").action_confirm()
        self.assertEqual(len(case.promise_ids), 1)

    def _wizard(self, cases, user=None, **values):
        return (
            self.env["cs.promise.wizard"]
            .with_user(user or self.agent)
            .create({"case_ids": [Command.set(cases.ids)], "due_at": "2026-06-05 02:00:00", **values})
        )

    def test_missed_promise_alarms_owner_and_leader_exactly_once(self):
        case = self.make_case()
        self.run_cron("ir_cron_cs_promise")
        self.assertEqual(case.promise_ids.state, "open")
        self.at("2026-06-02 02:00:01")
        self.run_cron("ir_cron_cs_promise")
        self.run_cron("ir_cron_cs_promise")
        self.assertRecordValues(case.promise_ids, [{"state": "missed", "missed_at": datetime(2026, 6, 2, 2, 0, 1)}])
        self.assertFalse(case.next_promise_at)
        self.assertEqual(sorted(self.alarms(case).user_id.ids), sorted((case.user_id | self.supervisor).ids))
        self.assertEqual(len(self.alarms(case)), 2)

    def test_due_now_is_not_missed(self):
        case = self.make_case()
        self.at("2026-06-02 02:00:00")
        self.run_cron("ir_cron_cs_promise")
        self.assertEqual(case.promise_ids.state, "open")

    def test_more_than_a_batch_all_fire_once(self):
        # peers.md 3.9: 11
        cases = self.env["cs.case"].browse()
        for _number in range(2):
            cases |= self.env["cs.case"].create(
                [
                    {
                        "subject": f"Call {number}",
                        "team_id": self.team.id,
                        "type_id": self.type_inquiry.id,
                        "user_id": self.agent.id,
                    }
                    for number in range(60)
                ]
            )
        self.at("2026-06-03 00:00:00")
        self.run_job("cs.promise", "_cron_missed", batch=25)
        self.run_job("cs.promise", "_cron_missed", batch=25)
        self.assertEqual(set(cases.promise_ids.mapped("state")), {"missed"})
        self.assertEqual([len(self.alarms(case)) for case in cases], [2] * 120)

    def test_queries_of_a_batch_of_alarms_do_not_grow_with_it(self):
        values = {"team_id": self.team.id, "type_id": self.type_inquiry.id, "user_id": self.agent.id}
        cases = self.env["cs.case"].create([{**values, "subject": f"Call {number}"} for number in range(150)])
        self.at("2026-06-03 00:00:00")
        counts = []
        for part in (cases[:10], cases[10:50], cases[50:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            part.promise_ids._mark_missed(fields.Datetime.now())
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2] - counts[1], 5, f"40 alarms: {counts[1]} queries, 100 alarms: {counts[2]}")

    def test_a_team_without_leader_alarms_the_managers(self):
        self.team.user_id = False
        case = self.make_case()
        case.with_user(self.manager).write({"user_id": False})
        self.at("2026-06-03 00:00:00")
        self.run_cron("ir_cron_cs_promise")
        self.assertIn(self.manager, self.alarms(case).user_id)

    def test_the_answer_ends_the_alarm(self):
        case = self.make_case()
        self.at("2026-06-03 00:00:00")
        self.run_cron("ir_cron_cs_promise")
        self.answer(case)
        self.assertFalse(self.alarms(case))
        self.assertEqual(case.promise_ids.state, "missed")

    def test_solving_in_time_keeps_and_later_misses(self):
        praise = self.make_case(type_id=self.type_praise.id)
        praise._promise(datetime(2026, 6, 2), "phone")
        late = self.make_case(type_id=self.type_praise.id)
        late._promise(datetime(2026, 6, 1, 3), "phone")
        self.at("2026-06-01 04:00:00")
        (praise | late).action_solve()
        self.assertEqual((praise.promise_ids.state, late.promise_ids.state), ("kept", "missed"))

    def test_cancelled_counts_nowhere(self):
        case = self.make_case(cancel_reason="Wrong number")
        case.action_cancel()
        self.assertEqual(case.promise_ids.state, "cancelled")
        self.at("2026-06-03 00:00:00")
        self.run_cron("ir_cron_cs_promise")
        self.assertFalse(self.alarms(case))

    def test_reopened_case_gets_a_new_date(self):
        case = self.make_case()
        self.answer(case)
        case.action_solve()
        self.at("2026-06-02 00:00:00")
        case.action_reopen()
        self.assertEqual(case.next_promise_at, datetime(2026, 6, 3))

    def test_whoever_owns_the_case_when_it_is_settled_counts(self):
        case = self.make_case(user_id=self.agent.id)
        case.with_user(self.manager).user_id = self.agent_2
        self.answer(case)
        self.assertEqual(case.promise_ids.user_id, self.agent_2)

    def test_counting_by_team_and_result(self):
        kept, open_case = self.make_case(), self.make_case()
        self.answer(kept)
        groups = (
            self.env["cs.promise"]
            .with_user(self.supervisor)
            ._read_group([("case_id", "in", (kept | open_case).ids)], ["team_id", "state"], ["__count"], order="state")
        )
        self.assertEqual(groups, [(self.team, "kept", 1), (self.team, "open", 1)])

    def test_nobody_writes_promises_through_the_api(self):
        case = self.make_case()
        values = {"case_id": case.id, "due_at": "2026-06-03", "made_at": "2026-06-01", "origin": "phone"}
        for user in (self.agent, self.supervisor, self.manager, self.env.ref("base.user_admin")):
            promise = case.promise_ids.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    promise.write({"state": "kept"})
                with self.assertRaises(AccessError):
                    promise.unlink()
                with self.assertRaises(AccessError):
                    promise.create(values)
        with self.assertRaises(AccessError):
            case.write({"promise_ids": [Command.update(case.promise_ids.id, {"state": "kept"})]})
        with self.assertRaises(AccessError):
            case.write({"next_promise_at": "2030-01-01"})

    def test_who_cannot_write_the_case_promises_nothing(self):
        case = self.make_case(department_id=self.department.id)
        with self.assertRaises(AccessError):
            self._wizard(case, self.other_agent).action_confirm()
        with self.assertRaises(AccessError):
            self._wizard(case, self.head).action_confirm()

    def test_promises_are_read_with_their_case(self):
        case = self.make_case(department_id=self.department.id)
        for user in (self.agent, self.agent_2, self.supervisor, self.manager, self.head):
            with self.subTest(user=user.login):
                self.assertEqual(case.promise_ids.with_user(user).search([("case_id", "=", case.id)]), case.promise_ids)
        self.assertFalse(self.env["cs.promise"].with_user(self.other_agent).search([("case_id", "=", case.id)]))
        with self.assertRaises(AccessError):
            case.promise_ids.with_user(self.employee_user).read(["due_at"])

    @users("cs_agent")
    def test_query_budget_of_a_hundred_promises(self):
        values = [
            {"subject": f"Call {number}", "type_id": self.type_inquiry.id, "team_id": self.team.id}
            for number in range(100)
        ]
        self._count_queries(values)
        with_promise = self._count_queries(values)
        self.type_inquiry.promise_delay = 0
        self.assertLessEqual(with_promise - self._count_queries(values), 4)

    def _count_queries(self, values):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env["cs.case"].create(values)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_the_job_wakes_up_when_the_next_promise_is_due(self):
        cron = self.env.ref("customer_service_addon.ir_cron_cs_promise")
        case = self.make_case()
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(case.next_promise_at, triggers.mapped("call_at"))
        later = fields.Datetime.now() + timedelta(days=9)
        case._promise(later, "phone")
        self.run_cron("ir_cron_cs_promise")
        self.assertIn(later, triggers.search([("cron_id", "=", cron.id)]).mapped("call_at"))
