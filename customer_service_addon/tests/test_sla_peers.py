from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from .common_sla import CsSlaCommon


@tagged("post_install", "-at_install")
class TestSlaPeers(CsSlaCommon):
    """Faults that cost users of other systems their deadlines (peers.md 3.9), each by its number there."""

    def set_hours(self, *pairs, days=range(5), **values):
        """Let the team work from and until ``pairs`` on ``days``."""
        self.team.resource_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Hours",
                "tz": "Asia/Shanghai",
                "company_id": self.company.id,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Work",
                            "dayofweek": str(day),
                            "hour_from": begin,
                            "hour_to": end,
                            "day_period": "morning" if begin < 12 else "afternoon",
                        }
                    )
                    for day in days
                    for begin, end in pairs
                ],
                **values,
            }
        )

    def test_02_around_the_clock_loses_no_minute_at_midnight(self):
        self.set_hours((0, 12), (12, 24), days=range(7))
        policy = self.make_policy("Always", {"answered": (30, "min"), "solved": (72, "wh")}, sequence=-1)
        for moment in ("2026-06-01 15:45:00", "2026-06-05 15:59:59", "2026-06-06 16:00:00"):
            self.at(moment)
            case = self.make_case()
            self.assertEqual(case.sla_policy_id, policy)
            begin = datetime.fromisoformat(moment)
            self.assertEqual(self.clock(case, "answered").deadline, begin + timedelta(minutes=30))
            self.assertEqual(self.clock(case, "solved").deadline, begin + timedelta(hours=72))

    def test_03_lunch_is_no_working_time(self):
        self.set_hours((9, 12), (13, 18))
        self.at("2026-06-01 03:00:00")  # 11:00, an hour before lunch
        case = self.make_case()
        self.assertEqual(self.clock(case, "answered").deadline, datetime(2026, 6, 1, 6))
        self.at("2026-06-01 04:30:00")  # registered during lunch
        case = self.make_case()
        self.assertEqual(self.clock(case, "answered").deadline, datetime(2026, 6, 1, 7))

    def test_04_a_hold_over_a_weekend_with_a_target_in_days(self):
        self.at("2026-06-05 02:00:00")  # Friday, 10:00: until Wednesday 18:00
        case = self.make_case()
        self.assertEqual(self.clock(case, "solved").deadline, datetime(2026, 6, 10, 10))
        self.at("2026-06-05 06:00:00")
        case._hold(self.parts)
        self.at("2026-06-08 06:00:00")  # a working day later: four hours of Friday, five of Monday
        case._resume("resumed")
        self.assertEqual(self.clock(case, "solved").deadline, datetime(2026, 6, 11, 10))
        # On the wall the weekend counts, and the hold with it.
        self.assertEqual(self.clock(case, "closed").deadline, datetime(2026, 6, 18, 2))

    def test_06_time_between_solution_and_reopening_is_not_counted(self):
        self.policy.reopening = "resume"
        case = self.make_case()
        self.answer(case)
        self.at("2026-06-01 06:00:00")
        case.action_solve()
        self.at("2026-06-10 06:00:00")
        case.action_reopen()
        clock = self.clock(case, "solved")
        self.assertRecordValues(clock, [{"round": 2, "outcome": "none", "run_state": "running"}])
        self.at("2026-06-10 07:00:00")
        case.action_solve()
        # Four hours until the first solution, one hour after the reopening.
        self.assertRecordValues(self.clock(case, "solved"), [{"outcome": "met", "consumed_s": 5 * 3600}])

    def test_08_a_note_of_the_customer_restarts_nothing(self):
        case = self.make_case(partner_id=self.customer.id)
        before = self.clock(case, "answered").read(["deadline", "round", "started_at", "run_state", "outcome"])
        self.at("2026-06-01 03:00:00")
        case.message_post(
            body="Any news?", author_id=self.customer.id, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(
            self.clock(case, "answered").read(["deadline", "round", "started_at", "run_state", "outcome"]), before
        )
        self.at("2026-06-01 04:00:01")
        self.fire()
        self.assertEqual(self.clock(case, "answered").outcome, "missed")

    def test_09_what_was_answered_is_not_missed(self):
        case = self.make_case()
        self.add_step("answered", trigger="after", amount=1, whom="owner")
        self.at("2026-06-01 03:00:00")
        self.answer(case)
        self.at("2026-06-01 09:00:00")
        self.fire()
        clock = self.clock(case, "answered")
        self.assertRecordValues(clock, [{"outcome": "met", "missed_at": False}])
        self.assertFalse(clock.alarm_ids.notice_ids)

    def test_16_a_customer_with_many_cases_costs_no_more_queries(self):
        busy, new = self.env["res.partner"].create([{"name": "Busy"}, {"name": "New"}])
        self.env["cs.case"].create([self._values(busy, number) for number in range(300)])
        self.env["cs.case"].create([self._values(partner, 0) for partner in (busy, new)])
        costs = []
        for partner in (new, busy):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["cs.case"].create([self._values(partner, 1)])
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[1], costs[0] + 1)

    def _values(self, partner, number):
        return {
            "subject": f"Call {number}",
            "partner_id": partner.id,
            "team_id": self.team.id,
            "type_id": self.type_inquiry.id,
        }
