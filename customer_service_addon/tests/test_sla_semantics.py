from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from .common_sla import CsSlaCommon


@tagged("post_install", "-at_install")
class TestSlaSemantics(CsSlaCommon):
    """The worked examples of docs/clocks.md."""

    def test_start_outside_working_time_counts_from_the_next_opening(self):
        self.at("2026-06-05 12:00:00")  # Friday 20:00
        case = self.make_case()
        self.assertEqual(self.clock(case, "answered").deadline, datetime(2026, 6, 8, 3))

    def test_working_days_from_a_saturday(self):
        self.at("2026-06-06 04:00:00")
        case = self.make_case()
        self.assertEqual(self.clock(case, "solved").deadline, datetime(2026, 6, 10, 10))

    def test_working_minutes_of_the_regional_desk(self):
        """C-03: the regional responsible has it within 15 minutes of working time."""
        self.policy.active = False
        self.make_policy("Region", {"accepted": (15, "wmin")})
        self.at("2026-06-01 09:50:00")
        case = self.make_case(channel_id=self.channel_mail.id, user_id=False)
        self.assertEqual(self.clock(case, "accepted").deadline, datetime(2026, 6, 2, 1, 5))

    def test_an_end_before_its_start_uses_nothing(self):
        self.policy.target_ids.filtered(
            lambda t: t.to_milestone == "cs.case/answered"
        ).from_milestone = "cs.case/solved"
        case = self.make_case()
        self.assertEqual(self.clock(case, "answered").run_state, "waiting")
        self.at("2026-06-01 03:00:00")
        self.answer(case)
        self.assertRecordValues(
            self.clock(case, "answered"), [{"run_state": "ended", "outcome": "met", "consumed_s": 0, "overrun_s": 0}]
        )

    def test_a_target_counted_from_another_milestone(self):
        self.policy.target_ids.filtered(lambda t: t.to_milestone == "cs.case/closed").from_milestone = "cs.case/solved"
        case = self.make_case()
        self.answer(case)
        self.assertRecordValues(self.clock(case, "closed"), [{"run_state": "waiting", "deadline": False}])
        self.at("2026-06-02 02:00:00")
        case.action_solve()
        self.assertRecordValues(
            self.clock(case, "closed"), [{"run_state": "running", "deadline": datetime(2026, 6, 12, 2)}]
        )

    def test_hold_in_a_working_day_target(self):
        case = self.make_case()  # until Thursday 18:00
        self.at("2026-06-02 02:00:00")
        case._hold(self.parts)
        self.at("2026-06-03 02:00:00")  # one working day later
        case._resume("resumed")
        self.assertEqual(self.clock(case, "solved").deadline, datetime(2026, 6, 5, 10))

    def test_missed_then_held_then_reached(self):
        case = self.make_case()
        self.at("2026-06-01 05:00:00")
        self.fire()
        self.assertEqual(self.clock(case, "answered").outcome, "missed")
        case._hold(self.parts)
        self.assertRecordValues(
            self.clock(case, "answered"),
            [{"run_state": "paused", "outcome": "missed", "deadline": datetime(2026, 6, 1, 4)}],
        )
        self.at("2026-06-02 05:00:00")
        case._resume("resumed")
        self.at("2026-06-02 06:00:00")
        self.answer(case)
        # One hour until the hold, one after it; the day in between is not overrun.
        self.assertRecordValues(
            self.clock(case, "answered"), [{"outcome": "missed", "overrun_s": 7200, "consumed_s": 4 * 3600}]
        )

    def test_a_hold_that_does_not_stop_the_clocks(self):
        reason = self.env["cs.hold.reason"].create({"name": "Colleague", "waits_for": "internal", "stops_clock": False})
        case = self.make_case()
        case._hold(reason)
        self.assertRecordValues(
            self.clock(case, "answered"), [{"run_state": "running", "deadline": datetime(2026, 6, 1, 4)}]
        )

    def test_cancelled_is_neither_met_nor_missed(self):
        """3.9-10: a case called off leaves the count, whatever its deadline was."""
        case = self.make_case(cancel_reason="Test call")
        self.at("2026-06-08 02:00:00")
        self.fire()
        case.action_cancel()
        for code in ("answered", "solved", "closed"):
            self.assertRecordValues(self.clock(case, code), [{"run_state": "ended", "outcome": "cancelled"}])

    def test_merged_ends_the_clocks_of_the_source_only(self):
        source, target = self.make_case(), self.make_case()
        self.env["cs.case.merge"].with_user(self.supervisor).create(
            {"case_ids": [Command.set((source | target).ids)], "target_id": target.id, "reason": "Same matter"}
        ).action_merge()
        self.assertEqual(self.clock(source, "answered").outcome, "cancelled")
        self.assertEqual(self.clock(target, "answered").run_state, "running")

    def test_closing_ends_what_was_never_reached(self):
        self.type_inquiry.answer_required = False
        case = self.make_case(confirmation="phone")
        self.at("2026-06-03 02:00:00")
        case.action_close()
        self.assertRecordValues(
            self.clock(case, "answered"), [{"run_state": "ended", "outcome": "missed", "reached_at": case.closed_at}]
        )

    def test_reopened_starts_anew(self):
        case = self.make_case()
        self.answer(case)
        case.action_solve()
        self.at("2026-06-10 02:00:00")
        case.action_reopen()
        first, again = self.clocks(case, "solved")
        self.assertRecordValues(first | again, [{"round": 1, "outcome": "met"}, {"round": 2, "outcome": "none"}])
        self.assertEqual(again.deadline, datetime(2026, 6, 15, 10))
        self.at("2026-06-11 02:00:00")
        case.action_solve()
        self.assertEqual(case.first_solved_at, datetime(2026, 6, 1, 2))
        self.assertEqual(case.solved_at, datetime(2026, 6, 11, 2))
        self.assertEqual(case.reopen_count, 1)

    def test_reopened_goes_on_with_what_is_left(self):
        self.policy.reopening = "resume"
        case = self.make_case()
        self.answer(case)
        self.at("2026-06-02 02:00:00")
        case.action_solve()  # one of three and a bit working days is used
        used = self.clock(case, "solved").consumed_s
        self.at("2026-06-10 02:00:00")
        case.action_reopen()
        again = self.clock(case, "solved")
        self.assertEqual((again.round, again.carried_s), (2, used))
        left = again.budget_s - used
        self.assertEqual(left, (8 + 9 + 9) * 3600)
        self.assertEqual(again.deadline, datetime(2026, 6, 12, 10))

    def test_cancelled_and_taken_up_again(self):
        case = self.make_case(cancel_reason="Mistake")
        case.action_cancel()
        self.at("2026-06-02 02:00:00")
        case.action_reopen()
        self.assertRecordValues(
            self.clock(case, "answered"), [{"round": 2, "run_state": "running", "deadline": datetime(2026, 6, 2, 4)}]
        )

    def test_days_on_the_wall_cross_summer_time(self):
        calendar = self.company.resource_calendar_id.copy({"tz": "Europe/Berlin"})
        self.policy.calendar_id = calendar
        self.at("2026-03-27 16:00:00")  # Friday 17:00 in winter time
        case = self.make_case()
        # one hour on Friday until 18:00, one on Monday from 9:00 in summer time
        self.assertEqual(self.clock(case, "answered").deadline, datetime(2026, 3, 30, 8))
        self.assertEqual(self.clock(case, "closed").deadline - case.received_at, timedelta(hours=240))

    def test_without_deadline_and_why(self):
        """3.9-7: intake never fails, and the clock says why it has no deadline."""
        empty = self.env["resource.calendar"].create({"name": "Empty", "attendance_ids": [Command.clear()]})
        flexible = self.env["resource.calendar"].create({"name": "Flexible", "schedule_type": "flexible"})
        endless = self.company.resource_calendar_id.copy({"name": "Endless"})
        self.holiday("2020-01-01 00:00:00", "2099-12-31 00:00:00", calendar=endless)
        for calendar, reason in ((empty, "empty"), (flexible, "flexible"), (endless, "leave")):
            self.policy.calendar_id = calendar
            with self.subTest(reason=reason):
                case = self.make_case()
                self.assertRecordValues(
                    self.clock(case, "answered"), [{"run_state": "running", "deadline": False, "blocker": reason}]
                )
                self.assertEqual(self.clock(case, "closed").deadline, case.received_at + timedelta(hours=240))
        self.policy.calendar_id = False
        self.team.resource_calendar_id = self.company.resource_calendar_id = False
        case = self.make_case()
        self.assertEqual(self.clock(case, "answered").blocker, "no_calendar")
        self.assertIn(case, self.env["cs.case"].search([("sla_state", "in", ["ok", "blocked"])]))
        self.answer(case)
        self.assertRecordValues(self.clock(case, "answered"), [{"run_state": "ended", "outcome": "none"}])


@tagged("post_install", "-at_install")
class TestSlaPolicyMatching(CsSlaCommon):
    """One policy only, the first that fits, and the record says why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.urgent = cls.make_policy(
            "Urgent", {"answered": (1, "wh"), "solved": (1, "wd")}, domain="[('priority', '>=', '2')]", sequence=1
        )

    def test_first_match(self):
        self.assertEqual(self.make_case().sla_policy_id, self.policy)
        case = self.make_case(is_urgent=True)
        self.assertEqual(case.sla_policy_id, self.urgent)
        self.assertIn("first of 2", case.sla_why)

    def test_hold_then_priority_change(self):
        """3.9-5: earlier holds are credited to the policy that takes over."""
        case = self.make_case()
        self.at("2026-06-01 02:30:00")
        case._hold(self.parts)
        self.at("2026-06-02 02:30:00")
        case.is_urgent = True  # swap during the hold
        clock = self.clock(case, "answered")
        self.assertRecordValues(clock, [{"run_state": "paused", "deadline": False, "consumed_s": 1800}])
        self.assertEqual(self.kinds(clock), ["start", "pause"])
        case._resume("resumed")
        self.assertEqual(self.clock(case, "answered").deadline, datetime(2026, 6, 2, 3))
        former = self.clocks(case, "answered") - self.clock(case, "answered")
        self.assertRecordValues(former, [{"current": False, "outcome": "cancelled"}])
        self.assertIn("swapped", self.kinds(former))

    def test_what_was_judged_stays_judged(self):
        case = self.make_case()
        self.answer(case)
        case.is_urgent = True
        answered = self.clock(case, "answered")
        self.assertRecordValues(answered, [{"outcome": "met", "policy_id": self.policy.id}])
        self.assertEqual(self.clock(case, "solved").policy_id, self.urgent)

    def test_stops_matching_and_matches_again(self):
        case = self.make_case(is_urgent=True)
        case.is_urgent = False
        self.assertEqual(case.sla_policy_id, self.policy)
        case.is_urgent = True
        self.assertEqual(case.sla_policy_id, self.urgent)
        self.assertEqual(self.clock(case, "answered").round, 2)
        self.assertEqual(len(self.clock(case, "answered")), 1)

    def test_no_policy_fits(self):
        self.policy.active = False
        case = self.make_case()
        self.assertFalse(case.sla_policy_id or case.sla_run or self.clocks(case, "answered"))
        case.is_urgent = True
        self.assertEqual(self.clock(case, "answered").deadline, datetime(2026, 6, 1, 3))

    def test_old_alarms_do_not_flood_after_a_swap(self):
        self.env["cs.sla.escalation"].create(
            {"target_id": self.urgent.target_ids[0].id, "trigger": "percent", "amount": 50, "whom": "leader"}
        )
        case = self.make_case()
        self.at("2026-06-01 03:45:00")
        case.is_urgent = True
        clock = self.clock(case, "answered")
        self.assertEqual(clock.outcome, "missed")
        self.assertEqual(set(clock.alarm_ids.mapped("state")), {"void"})
        self.fire()
        self.assertFalse(self.alarms(case, "customer_service_addon.mail_activity_type_cs_sla"))

    def test_policies_of_another_company_do_not_match(self):
        """3.9-21"""
        other = self.env["res.company"].create({"name": "Branch"})
        self.urgent.company_id = other
        self.assertEqual(self.make_case(is_urgent=True).sla_policy_id, self.policy)

    def test_a_filter_that_cannot_work_is_refused(self):
        for domain in ("[('no_such_field', '=', 1)]", "[('user_id', '=', uid)]", "nonsense("):
            with self.subTest(domain=domain), self.assertRaisesRegex(Exception, "filter"):
                self.urgent.domain = domain
