from datetime import date, datetime

from odoo.tests import tagged

from .common_sla import CsSlaCommon


@tagged("post_install", "-at_install")
class TestSlaReport(CsSlaCommon):
    """The share of deadlines kept, by team, policy, target and month of the company (P-03, P-04)."""

    def rows(self, case, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env["cs.sla.report"].with_user(user or self.agent)
        clocks = self.clocks(case, "answered") | self.clocks(case, "solved") | self.clocks(case, "closed")
        return report.search([("clock_id", "in", clocks.ids)])

    def test_kept_and_missed(self):
        kept, missed = self.make_case(), self.make_case()
        self.at("2026-06-01 03:30:00")
        self.answer(kept)
        self.at("2026-06-01 05:00:00")
        self.answer(missed)
        row = self.rows(kept)
        self.assertRecordValues(
            row, [{"kept": 1, "missed_count": 0, "used_hours": 1.5, "overrun_hours": 0, "outcome": "met"}]
        )
        self.assertEqual(
            (row.policy_id, row.target_id.name, row.milestone), (self.policy, "Answered", "cs.case/answered")
        )
        self.assertEqual((row.team_id, row.user_id, row.partner_id), (self.team, kept.user_id, self.firm))
        self.assertRecordValues(
            self.rows(missed),
            [{"kept": 0, "missed_count": 1, "used_hours": 3, "overrun_hours": 1, "outcome": "missed"}],
        )
        [(share, overrun, count)] = (
            self.env["cs.sla.report"]
            .with_user(self.agent)
            ._read_group(
                [("id", "in", (self.rows(kept) | self.rows(missed)).ids)],
                aggregates=["kept:avg", "overrun_hours:avg", "__count"],
            )
        )
        self.assertEqual((share, overrun, count), (0.5, 1, 2))

    def test_open_in_time_and_cancelled_do_not_count(self):
        case = self.make_case()
        self.assertFalse(self.rows(case))
        case._cs_as_server().write({"cancelled_at": datetime(2026, 6, 1, 2, 30)})
        self.assertFalse(self.rows(case))

    def test_missed_counts_while_it_runs_and_keeps_its_day(self):
        case = self.make_case()
        self.at("2026-06-02 01:00:00")
        self.fire()
        row = self.rows(case)
        self.assertRecordValues(row, [{"kept": 0, "decided_on": date(2026, 6, 1), "used_hours": 0}])
        self.at("2026-07-02 01:00:00")
        self.answer(case)
        answered = self.rows(case).filtered(lambda row: row.milestone == "cs.case/answered")
        self.assertEqual((answered.decided_on, answered.used_hours > 0), (date(2026, 6, 1), True))

    def test_month_is_that_of_the_company(self):
        """Answered on 1 June at 00:30 in Shanghai: June, though it is 31 May in UTC and for who looks from there."""
        self.policy.target_ids.filtered(lambda target: target.name == "Answered").unit = "d"
        self.at("2026-05-31 14:00:00")
        case = self.make_case()
        self.at("2026-05-31 16:30:00")
        self.answer(case)
        row = self.rows(case)
        self.assertEqual(row.decided_on, date(2026, 6, 1))
        self.agent.tz = "UTC"
        [(month, count)] = (
            self.env["cs.sla.report"]
            .with_user(self.agent)
            .with_context(tz="UTC")
            ._read_group([("id", "in", row.ids)], ["decided_on:month"], ["__count"])
        )
        self.assertEqual((month, count), (date(2026, 6, 1), 1))

    def test_time_zone_of_the_partner_without_hours(self):
        case = self.make_case()
        self.at("2026-06-01 03:00:00")
        self.answer(case)
        self.company.partner_id.tz = "Pacific/Honolulu"
        self.assertEqual(self.rows(case).decided_on, date(2026, 6, 1))
        self.env.cr.execute("UPDATE res_company SET resource_calendar_id = NULL WHERE id = %s", [self.company.id])
        self.env.invalidate_all()
        self.assertEqual(self.rows(case).decided_on, date(2026, 5, 31))

    def test_nobody_counts_what_is_hidden_from_him(self):
        own = self.make_case(department_id=self.department.id)
        foreign = self.make_case(self.other_agent, team_id=self.other_team.id)
        self.at("2026-06-01 03:00:00")
        self.answer(own)
        self.answer(foreign)
        for user, sees in (
            (self.agent, (1, 0)),
            (self.supervisor, (1, 0)),
            (self.other_agent, (0, 1)),
            (self.manager, (1, 1)),
            (self.head, (1, 0)),
        ):
            with self.subTest(user=user.login):
                self.assertEqual((len(self.rows(own, user)), len(self.rows(foreign, user))), sees)

    def test_row_opens_its_record(self):
        case = self.make_case()
        self.at("2026-06-01 03:00:00")
        self.answer(case)
        action = self.rows(case).action_open_record()
        self.assertEqual((action["res_model"], action["res_id"]), ("cs.case", case.id))
