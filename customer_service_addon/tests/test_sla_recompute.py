from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_sla import CsSlaCommon


@tagged("post_install", "-at_install")
class TestSlaRecompute(CsSlaCommon):
    """Changed working time and policies reach open clocks in the background, ended ones never."""

    def jobs(self):
        return self.env["cs.sla.recompute"].search([("state", "!=", "done")])

    def test_a_holiday_moves_running_clocks_only(self):
        """3.9-1"""
        case, done = self.make_case(), self.make_case()
        self.answer(done)
        done.action_solve()
        judged = self.clock(done, "solved")
        before = (judged.deadline, judged.outcome)
        self.holiday("2026-06-01 16:00:00", "2026-06-02 15:59:59")
        self.assertTrue(self.jobs())
        self.recompute()
        self.assertFalse(self.jobs())
        self.assertEqual(self.clock(case, "solved").deadline, datetime(2026, 6, 5, 10))
        self.assertEqual(case.sla_deadline, datetime(2026, 6, 1, 4))
        self.assertIn("recomputed", self.kinds(self.clock(case, "solved")))
        self.assertEqual((judged.deadline, judged.outcome), before)

    def test_a_holiday_of_another_company_changes_nothing(self):
        case = self.make_case()
        other = self.env["res.company"].create({"name": "Branch"})
        self.holiday("2026-06-01 16:00:00", "2026-06-02 15:59:59", company=other)
        self.recompute()
        self.assertEqual(self.clock(case, "solved").deadline, datetime(2026, 6, 4, 10))

    def test_a_holiday_in_the_past_takes_the_miss_back(self):
        case = self.make_case()
        self.at("2026-06-01 05:00:00")
        self.fire()
        self.assertEqual(self.clock(case, "answered").outcome, "missed")
        self.holiday("2026-06-01 02:30:00", "2026-06-01 15:59:59")
        self.recompute()
        clock = self.clock(case, "answered")
        self.assertRecordValues(clock, [{"outcome": "none", "deadline": datetime(2026, 6, 2, 2, 30)}])
        self.at("2026-06-02 03:00:00")
        self.fire()
        self.assertEqual(clock.outcome, "missed")

    def test_a_make_up_day_brings_the_deadline_forward(self):
        self.at("2026-06-05 02:00:00")  # Friday
        case = self.make_case()
        self.env["cs.workday.exception"].create(
            {"calendar_id": self.team.resource_calendar_id.id, "date": "2026-06-06", "weekday": "4"}
        )
        self.recompute()
        self.assertEqual(self.clock(case, "solved").deadline, datetime(2026, 6, 9, 10))

    def test_another_calendar_for_the_team(self):
        case = self.make_case()
        shorter = self.team.resource_calendar_id.copy({"name": "9-10"})
        shorter.attendance_ids.hour_to = 10
        self.team.resource_calendar_id = shorter
        self.recompute()
        clock = self.clock(case, "answered")
        self.assertRecordValues(clock, [{"calendar_id": shorter.id, "deadline": datetime(2026, 6, 3, 2)}])

    def test_a_changed_policy_waits_until_it_is_applied(self):
        case = self.make_case()
        target = self.policy.target_ids.filtered(lambda target: target.to_milestone == "cs.case/answered")
        target.amount = 4
        self.assertEqual(self.policy.version, 2)
        self.assertIn("1 run on this policy", self.policy.change_note.replace("records ", ""))
        self.assertEqual(self.clock(case, "answered").deadline, datetime(2026, 6, 1, 4))
        preview = self.env["cs.sla.preview"].with_user(self.manager).create({"policy_id": self.policy.id})
        preview.action_compare()
        line = preview.line_ids.filtered(lambda line: line.target_id == target)
        self.assertRecordValues(line, [{"records": 1, "later": 1, "earlier": 0, "same": 0}])
        self.assertEqual(self.clock(case, "answered").deadline, datetime(2026, 6, 1, 4))
        preview.action_apply()
        self.recompute()
        clock = self.clock(case, "answered")
        self.assertRecordValues(clock, [{"policy_version": 2, "deadline": datetime(2026, 6, 1, 6)}])
        self.assertEqual(self.make_case().sla_deadline, datetime(2026, 6, 1, 6))

    def test_preview_is_the_managers(self):
        with self.assertRaises(AccessError):
            self.env["cs.sla.preview"].with_user(self.supervisor).create({"policy_id": self.policy.id})

    def test_an_interrupted_job_goes_on(self):
        cases = self.make_case() | self.make_case() | self.make_case()
        calendar = self.team.resource_calendar_id
        self.jobs().unlink()
        self.env["cs.sla.recompute"]._queue_calendars(calendar)
        self.holiday("2026-06-01 16:00:00", "2026-06-02 15:59:59")
        job = self.jobs()[-1:]
        crons = self.registry["ir.cron"]
        progress = crons._commit_progress

        def out_of_time(cron, *arguments, **options):
            progress(cron, *arguments, **options)
            return 0

        with patch.object(crons, "_commit_progress", out_of_time):
            self.run_job("cs.sla.recompute", "_cron_recompute", batch=4)
        self.assertEqual((job.state, job.done, job.total), ("running", 4, 9))
        self.assertEqual(round(job.progress), 44)
        self.recompute()
        self.assertEqual(job.state, "done")
        for case in cases:
            self.assertEqual(self.clock(case, "solved").deadline, datetime(2026, 6, 5, 10))

    def test_rebuild_from_events(self):
        case = self.make_case()
        case._hold(self.parts)
        self.at("2026-06-01 03:00:00")
        case._resume("resumed")
        clock = self.clock(case, "answered")
        self.env.cr.execute(
            "UPDATE cs_sla_clock SET deadline = '2030-01-01', consumed_s = 99 WHERE id = %s", [clock.id]
        )
        clock.invalidate_recordset()
        with self.assertRaises(AccessError):
            clock.with_user(self.agent).action_rebuild()
        clock.with_user(self.supervisor).action_rebuild()
        self.assertRecordValues(clock, [{"deadline": datetime(2026, 6, 1, 5), "consumed_s": 0}])
        self.assertIn("rebuilt", self.kinds(clock))
        self.assertIn("agree", clock.with_user(self.supervisor).action_rebuild()["params"]["message"])
