from datetime import datetime

from odoo.tests import tagged

from .common_sla import CsSlaCommon


@tagged("post_install", "-at_install")
class TestSlaClock(CsSlaCommon):
    """Clocks of a case from registration to closing, on the wall and in working time."""

    def test_a_new_case_gets_its_clocks(self):
        case = self.make_case()
        self.assertEqual(case.sla_policy_id, self.policy)
        # 2 working hours from 10:00; Thursday 18:00; ten days on the wall
        self.assertEqual(self.clock(case, "answered").deadline, datetime(2026, 6, 1, 4))
        self.assertEqual(self.clock(case, "solved").deadline, datetime(2026, 6, 4, 10))
        self.assertEqual(self.clock(case, "closed").deadline, datetime(2026, 6, 11, 2))
        self.assertEqual(case.sla_deadline, datetime(2026, 6, 1, 4))
        self.assertEqual(case.sla_milestone, "cs.case/answered")
        self.assertEqual(self.kinds(self.clock(case, "answered")), ["start"])

    def test_reached_in_time_and_late(self):
        case = self.make_case()
        self.at("2026-06-01 03:00:00")
        self.answer(case)
        clock = self.clock(case, "answered")
        self.assertRecordValues(clock, [{"outcome": "met", "run_state": "ended", "consumed_s": 3600, "overrun_s": 0}])
        self.at("2026-06-05 02:00:00")
        case.action_solve()
        self.assertRecordValues(
            self.clock(case, "solved"), [{"outcome": "missed", "run_state": "ended", "overrun_s": 3600}]
        )

    def test_hold_stops_and_resumes(self):
        case = self.make_case()
        reason = self.env.ref("customer_service_addon.cs_hold_reason_parts")
        self.at("2026-06-01 03:00:00")
        case._hold(reason)
        self.assertRecordValues(self.clock(case, "answered"), [{"run_state": "paused", "deadline": False}])
        self.assertEqual(case.sla_run, "paused")
        self.at("2026-06-02 01:00:00")
        case._resume("resumed")
        clock = self.clock(case, "answered")
        self.assertRecordValues(
            clock, [{"run_state": "running", "deadline": datetime(2026, 6, 2, 2), "consumed_s": 3600}]
        )
        self.assertEqual(self.kinds(clock), ["start", "pause", "resume"])

    def test_reopened_keeps_both(self):
        case = self.make_case()
        self.answer(case)
        case.action_solve()
        first = self.clock(case, "solved")
        self.at("2026-06-02 02:00:00")
        case.action_reopen()
        again = self.clock(case, "solved")
        self.assertEqual((first.round, again.round), (1, 2))
        self.assertEqual(first.outcome, "met")
        self.assertEqual(again.deadline, datetime(2026, 6, 5, 10))

    def test_rebuild_agrees(self):
        case = self.make_case()
        self.answer(case)
        clocks = self.env["cs.sla.clock"].search([("res_id", "=", case.id)])
        self.assertEqual(self.env["cs.sla.engine"]._rebuild(clocks), 0)
