from datetime import datetime

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_hold import CsHoldCommon


@tagged("post_install", "-at_install")
class TestHoldCaps(CsHoldCommon):
    """A reason limits one pause and all pauses of a case in working time; beyond that a supervisor decides."""

    def _refused(self, cases, pattern, user=None, **values):
        with self.assertRaisesRegex(UserError, pattern), self.env.cr.savepoint():
            self.hold(cases, user, **values)
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # One pause
    # ------------------------------------------------------------------

    def test_without_an_end_it_ends_when_the_hours_are_used_up(self):
        self.for_parts.max_hours = 16
        case = self.make_case()
        hold = self.hold(case)
        self.assertEqual(hold.until, datetime(2026, 6, 2, 9))
        self.assertEqual(case.hold_until, datetime(2026, 6, 2, 9))
        self.assertFalse(hold.approved_by_id)

    def test_an_agent_chooses_an_earlier_end_or_asks_a_supervisor(self):
        self.for_parts.max_hours = 9
        case = self.make_case()
        self._refused(case, "9 working hours at a time.*earlier end.*supervisor", until="2026-06-02 02:00:01")
        self.assertEqual((case.meaning, case.hold_ids.ids, case.hold_until), ("new", [], False))
        self.assertEqual(self.hold(case, until="2026-06-02 02:00:00").until, datetime(2026, 6, 2, 2))

    def test_nights_and_weekends_use_nothing_up(self):
        self.for_parts.max_hours = 8
        self.at("2026-06-05 02:00:00")
        case = self.make_case()
        self.assertEqual(self.hold(case, until="2026-06-08 01:00:00").until, datetime(2026, 6, 8, 1))

    def test_a_pause_begun_on_a_weekend(self):
        self.for_parts.max_hours = 2
        self.at("2026-06-06 02:00:00")
        self.assertEqual(self.hold(self.make_case()).until, datetime(2026, 6, 8, 3))

    def test_a_supervisor_may_and_is_recorded(self):
        self.for_parts.max_hours = 9
        case, within = self.make_case(), self.make_case()
        hold = self.hold(case, self.supervisor, until="2026-07-01 02:00:00")
        self.assertRecordValues(
            hold,
            [
                {
                    "until": datetime(2026, 7, 1, 2),
                    "approved_by_id": self.supervisor.id,
                    "started_by_id": self.supervisor.id,
                }
            ],
        )
        self.assertFalse(self.hold(within, self.supervisor, until="2026-06-01 05:00:00").approved_by_id)

    def test_renewing_the_same_reason_is_the_same_pause(self):
        self.for_parts.max_hours = 9
        case = self.make_case()
        self.hold(case)
        self.at("2026-06-01 08:00:00")
        self._refused(case, "3 are left", until="2026-06-03 02:00:00")
        self.assertEqual(self.hold(case).until, datetime(2026, 6, 2, 2))
        case.action_resume()
        self.assertEqual(self.hold(case).until, datetime(2026, 6, 2, 8))

    def test_other_reasons_do_not_count(self):
        self.for_parts.max_hours = self.for_parts.total_hours = 9
        case = self.make_case()
        self.hold(case, reason=self.for_customer)
        self.at("2026-06-10 02:00:00")
        self.assertEqual(self.hold(case).until, datetime(2026, 6, 11, 2))

    def test_a_calendar_without_hours_uses_no_limit_up(self):
        self.for_parts.max_hours = 9
        case = self.make_case()
        self.team.resource_calendar_id.attendance_ids.unlink()
        self.assertRecordValues(self.hold(case), [{"until": False, "approved_by_id": False}])

    # ------------------------------------------------------------------
    # All pauses of a case
    # ------------------------------------------------------------------

    def test_earlier_pauses_count_towards_the_total(self):
        self.for_parts.write({"max_hours": 12, "total_hours": 18})
        case, fresh = self.make_case(), self.make_case()
        self.hold(case)
        self.at("2026-06-02 02:00:00")
        case.action_resume()
        self._refused(case, "18 working hours of a case in all; 9 are left", until="2026-06-03 03:00:00")
        self.assertEqual(self.hold(case).until, datetime(2026, 6, 3, 2))
        self.assertEqual(self.hold(fresh).until, datetime(2026, 6, 3, 5))

    def test_what_is_used_up_needs_a_supervisor_even_without_an_end(self):
        self.for_parts.total_hours = 9
        case = self.make_case()
        self.hold(case)
        self.at("2026-06-03 02:00:00")
        case.action_resume()
        self._refused(case, "0 are left")
        hold = self.hold(case, self.supervisor)
        self.assertRecordValues(
            hold, [{"approved_by_id": self.supervisor.id, "until": datetime(2026, 6, 4, 2), "ended_at": False}]
        )

    # ------------------------------------------------------------------
    # Every way into waiting
    # ------------------------------------------------------------------

    def test_drag_and_write_meet_the_same_limit(self):
        self.for_parts.max_hours = 9
        values = {
            "stage_id": self.stage("waiting").id,
            "hold_reason_id": self.for_parts.id,
            "hold_until": "2026-06-12 02:00:00",
        }
        case = self.make_case()
        forged = {"_cs_server": True, "cs_intake": True, "su": True}
        for context in ({}, forged):
            with self.assertRaisesRegex(UserError, "supervisor"), self.env.cr.savepoint():
                case.with_context(**context).write(values)
            self.env.invalidate_all()
        self.assertFalse(case.hold_ids)
        with self.assertRaisesRegex(UserError, "past"):
            case.write({**values, "hold_until": "2026-05-31 02:00:00"})
        case.with_user(self.supervisor).write(values)
        self.assertEqual(case.hold_ids.approved_by_id, self.supervisor)

    def test_registering_as_waiting_meets_the_same_limit(self):
        self.for_parts.max_hours = 9
        values = {"stage_id": self.stage("waiting").id, "hold_reason_id": self.for_parts.id}
        self.assertEqual(self.make_case(**values).hold_until, datetime(2026, 6, 2, 2))
        with self.assertRaisesRegex(UserError, "supervisor"), self.env.cr.savepoint():
            self.make_case(**values, hold_until="2026-06-12 02:00:00")

    def test_of_many_cases_none_waits_when_one_may_not(self):
        self.for_parts.total_hours = 9
        used, fresh = self.make_case(), self.make_case()
        self.hold(used)
        self.at("2026-06-02 02:00:00")
        used.action_resume()
        self._refused(used | fresh, used.name)
        self.assertEqual((used | fresh).mapped("meaning"), ["open", "new"])

    def test_nobody_approves_through_the_api(self):
        hold = self.hold(self.make_case())
        for user in (self.agent, self.supervisor, self.manager, self.env.ref("base.user_admin")):
            for values in (
                {"approved_by_id": user.id},
                {"stops_clock": False},
                {"held_hours": 0},
                {"closing_at": "2026-06-01 03:00:00"},
            ):
                with self.subTest(user=user.login, values=values), self.assertRaises(AccessError):
                    hold.with_user(user).write(values)

    # ------------------------------------------------------------------
    # The reason
    # ------------------------------------------------------------------

    def test_the_hold_keeps_whether_it_stops_the_clocks(self):
        internal = self.env.ref("customer_service_addon.cs_hold_reason_internal")
        internal.stops_clock = False
        stopping, running = self.hold(self.make_case()), self.hold(self.make_case(), reason=internal)
        self.assertEqual((stopping.stops_clock, running.stops_clock), (True, False))
        self.for_parts.stops_clock = False
        self.assertTrue(stopping.stops_clock)

    def test_limits_that_make_no_sense_are_refused(self):
        for reason, values in (
            (self.for_parts, {"reminder_days": 2}),
            (self.for_parts, {"at_end": "close"}),
            (self.for_customer, {"at_end": "close", "close_notice_days": 0}),
            (self.for_customer, {"max_hours": 10, "total_hours": 9}),
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                reason.write(values)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.for_parts.max_hours = -1
            self.env.flush_all()

    def test_another_addressee_takes_the_reminders_out(self):
        self.for_customer.write({"reminder_days": 2, "at_end": "close"})
        with Form(self.for_customer.with_user(self.manager)) as form:
            form.waits_for = "parts"
        self.assertRecordValues(self.for_customer, [{"reminder_days": 0, "at_end": "remind"}])

    def test_the_form_says_the_limits(self):
        self.for_parts.write({"max_hours": 12.5, "total_hours": 40})
        wizard = self.env["cs.hold.wizard"].with_user(self.agent)
        with Form(wizard.with_context(default_case_ids=self.make_case().ids)) as form:
            form.reason_id = self.for_customer
            self.assertFalse(form.limit_text)
            form.reason_id = self.for_parts
            self.assertRegex(form.limit_text, "12.5 working hours at a time.*40 working hours in all.*supervisor")

    # ------------------------------------------------------------------
    # Volume
    # ------------------------------------------------------------------

    def _many(self, count):
        return self.env["cs.case"].create(
            [
                {"subject": f"Call {number}", "team_id": self.team.id, "user_id": self.agent.id}
                for number in range(count)
            ]
        )

    def test_fifty_holds_share_their_queries(self):
        self.for_customer.write({"max_hours": 20, "total_hours": 60, "reminder_days": 2})
        cases = self._many(50).with_user(self.agent)
        self.hold(cases[:1], reason=self.for_customer)
        cases[:1].action_resume()
        self.env.flush_all()
        self.env.invalidate_all()
        now = datetime(2026, 6, 1, 2)
        cases._cs_as_server().write({"hold_reason_id": self.for_customer.id})
        self.env.flush_all()
        with self.assertQueryCount(8):
            self.assertEqual({until for until, _approved in cases._hold_terms(now).values()}, {datetime(2026, 6, 3, 4)})
            self.assertEqual(len(cases._first_reminders(now)), 50)

    def test_fifty_cases_are_put_on_hold(self):
        self.for_customer.write({"max_hours": 20, "total_hours": 60, "reminder_days": 2})
        cases = self._many(50).with_user(self.agent)
        wizard = self.env["cs.hold.wizard"].with_user(self.agent)
        wizard = wizard.create({"case_ids": [Command.set(cases.ids)], "reason_id": self.for_customer.id})
        self.env.flush_all()
        self.env.invalidate_all()
        # Two tracked fields are one message per case, which core writes one by one (odoo19.md, C): 100 of these.
        with self.assertQueryCount(170):
            wizard.action_confirm()
            self.env.flush_all()
        self.at("2026-06-02 02:00:00")
        holds = self.open_hold(cases)
        self.env.invalidate_all()
        with self.assertQueryCount(6):
            holds._end("resumed")
            self.env.flush_all()
        self.assertEqual(set(holds.mapped("held_hours")), {9.0})
