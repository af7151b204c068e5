from datetime import date, datetime, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.customer_service_addon.services.makeup_days import read_makeup_days, weekday_names

from .common import CsCommon
from .test_working_time import make_calendar

SATURDAY, SUNDAY = date(2026, 6, 6), date(2026, 6, 7)
# Monday to Thursday 9 to 12 and 13 to 18, Friday until 15; a place that is 8 hours ahead.
WEEK = [(day, start, end) for day in range(4) for start, end in ((9, 12), (13, 18))] + [(4, 9, 15)]


class MakeupCommon(CsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = make_calendar(cls.company, "Asia/Shanghai", WEEK)
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})

    def _makeup(self, day=SATURDAY, weekday="4", calendar=None):
        values = {"calendar_id": (calendar or self.calendar).id, "date": day, "weekday": weekday}
        return self.env["cs.workday.exception"].create(values)

    def _leave(self, first, last, company=None, **values):
        leaves = self.env["resource.calendar.leaves"].with_company(company or self.company)
        return leaves.create({"name": "Holiday", "date_from": first, "date_to": last, **values})

    def _hours(self, first, last=None, calendar=None):
        """Return the spans from the local day ``first`` to ``last`` (8 hours ahead) in hours from its midnight."""
        start = datetime.combine(first, datetime.min.time()) - timedelta(hours=8)
        end = datetime.combine(last or first, datetime.min.time()) + timedelta(hours=16)
        spans = (calendar or self.calendar)._cs_work_spans(self.company, start, end)
        return [tuple((moment - start).total_seconds() / 3600 for moment in span) for span in spans]


@tagged("post_install", "-at_install")
class TestMakeupDay(MakeupCommon):
    """Make-up working days (review.md 2, Time): a date worked after another weekday, whatever the calendar says."""

    def test_saturday_worked_like_friday(self):
        self.assertEqual(self._hours(SATURDAY), [])
        self._makeup()
        self.assertEqual(self._hours(SATURDAY), [(9, 15)])
        self.assertEqual(self._hours(date(2026, 6, 5), SUNDAY), [(9, 15), (33, 39)])

    def test_counts_as_a_working_day(self):
        self._makeup()
        friday, ends = datetime(2026, 6, 5, 2), [datetime(2026, 6, 6, 7), datetime(2026, 6, 8, 10)]
        self.assertEqual(self.calendar._cs_working_day_ends(self.company, [(friday, 1), (friday, 2)]), ends)

    def test_replaces_the_hours_of_the_date(self):
        self._makeup(date(2026, 6, 3), "4")
        self.assertEqual(self._hours(date(2026, 6, 3)), [(9, 15)])
        self._makeup(date(2026, 6, 4), "6")
        self.assertEqual(self._hours(date(2026, 6, 4)), [])

    def test_on_a_public_holiday(self):
        self._leave(datetime(2026, 6, 4, 16), datetime(2026, 6, 7, 15, 59, 59))
        self.assertEqual(self._hours(date(2026, 6, 5), SUNDAY), [])
        self._makeup()
        self.assertEqual(self._hours(date(2026, 6, 5), SUNDAY), [(33, 39)])

    def test_on_a_leave_of_another_company(self):
        self._leave(datetime(2026, 6, 4, 16), datetime(2026, 6, 7, 16), self.other_company)
        self._makeup()
        self.assertEqual(self._hours(date(2026, 6, 5), SUNDAY), [(9, 15), (33, 39)])

    def test_window_that_begins_and_ends_within_the_day(self):
        self._makeup()
        spans = self.calendar._cs_work_spans(self.company, datetime(2026, 6, 6, 2), datetime(2026, 6, 6, 3))
        self.assertEqual(spans, [(datetime(2026, 6, 6, 2), datetime(2026, 6, 6, 3))])

    def test_two_weeks_take_the_week_of_the_date(self):
        calendar = make_calendar(
            self.company,
            "Asia/Shanghai",
            [],
            two_weeks_calendar=True,
            attendance_ids=[Command.clear()]
            + [
                Command.create(
                    {"name": "W", "dayofweek": "4", "hour_from": 8, "hour_to": 10 + week, "week_type": str(week)}
                )
                for week in range(2)
            ],
        )
        week = self.env["resource.calendar.attendance"].get_week_type(SATURDAY)
        next_saturday = SATURDAY + timedelta(days=7)
        self._makeup(calendar=calendar)
        self._makeup(next_saturday, calendar=calendar)
        self.assertEqual(self._hours(SATURDAY, calendar=calendar), [(8, 10 + week)])
        self.assertEqual(self._hours(next_saturday, calendar=calendar), [(8, 11 - week)])

    def test_around_the_change_of_the_clocks(self):
        # Berlin, Sunday 29 March 2026: at 2 the clocks go to 3. Monday's night shift ends at 24, the early one at 6.
        berlin = make_calendar(self.company, "Europe/Berlin", [(0, 0, 6), (0, 20, 24)])
        self._makeup(date(2026, 3, 29), "0", berlin)
        spans = berlin._cs_work_spans(self.company, datetime(2026, 3, 28), datetime(2026, 3, 31))
        self.assertEqual(
            spans,
            [
                (datetime(2026, 3, 28, 23), datetime(2026, 3, 29, 4)),
                # The Monday after goes on without a gap at midnight.
                (datetime(2026, 3, 29, 18), datetime(2026, 3, 30, 4)),
                (datetime(2026, 3, 30, 18), datetime(2026, 3, 30, 22)),
            ],
        )

    def test_flexible_and_empty_calendars_stay_without_hours(self):
        for calendar, reason in (
            (make_calendar(self.company, "UTC", []), "empty"),
            (make_calendar(self.company, "UTC", WEEK, schedule_type="flexible"), "flexible"),
        ):
            with self.subTest(reason=reason):
                self._makeup(calendar=calendar)
                self.assertFalse(calendar._cs_timeline(self.company, datetime(2026, 1, 1), datetime(2026, 12, 1)))
                self.assertEqual(calendar._cs_why_no_time(self.company), reason)
        self.assertEqual(self.calendar._cs_why_no_time(self.company), "leave")

    def test_one_per_calendar_and_date(self):
        self._makeup()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._makeup(weekday="0")

    def test_display_name_says_what_is_worked(self):
        self.assertEqual(self._makeup().display_name, "2026-06-06 Friday")

    def test_day_off_around_the_clock_leaves_no_second(self):
        whole = make_calendar(self.company, "Asia/Shanghai", [(day, 0, 24) for day in range(7)])
        self._leave(datetime(2026, 6, 5, 16), datetime(2026, 6, 6, 15, 59, 59))
        self.assertEqual(self._hours(date(2026, 6, 5), SUNDAY, whole), [(0, 24), (48, 72)])


@tagged("post_install", "-at_install")
class TestMakeupRights(MakeupCommon):
    def test_manager_without_other_rights(self):
        day = self._makeup().with_user(self.manager)
        day.weekday = "3"
        day.unlink()
        self.calendar.with_user(self.manager).write(
            {"cs_exception_ids": [Command.create({"date": SATURDAY, "weekday": "4"})]}
        )
        self.assertEqual(self._hours(SATURDAY), [(9, 15)])

    def test_agents_and_department_heads_read(self):
        day = self._makeup()
        for user in (self.agent, self.supervisor, self.head):
            own = day.with_user(user)
            self.assertEqual(own.weekday, "4")
            for operation in (own.unlink, lambda own=own: own.write({"weekday": "1"}), lambda own=own: own.copy()):
                with self.assertRaises(AccessError):
                    operation()
            with self.assertRaises(AccessError):
                self.env["cs.workday.import"].with_user(user).create({"lines": "2026-06-06 5"})

    def test_calendars_of_other_companies(self):
        foreign = make_calendar(self.company, "UTC", WEEK, company_id=self.other_company.id)
        shared = make_calendar(self.company, "UTC", WEEK, company_id=False)
        hidden, seen = self._makeup(calendar=foreign), self._makeup(calendar=shared)
        days = self.env["cs.workday.exception"].with_user(self.manager)
        self.assertEqual(days.search([("calendar_id", "in", (foreign + shared).ids)]), seen)
        with self.assertRaises(AccessError):
            hidden.with_user(self.manager).unlink()
        wizard = self.env["cs.workday.import"].with_user(self.manager)
        with self.assertRaises(AccessError):
            wizard.create({"calendar_ids": [foreign.id], "lines": "2026-07-04 5"}).action_import()

    def test_plain_employees_open_calendars(self):
        self._makeup()
        calendar = self.calendar.with_user(self.employee_user)
        self.assertNotIn("cs_exception_ids", calendar.get_view(view_type="form")["arch"])
        self.assertIn("cs_exception_ids", calendar.with_user(self.manager).get_view(view_type="form")["arch"])


@tagged("post_install", "-at_install")
class TestMakeupImport(MakeupCommon):
    def _import(self, lines, calendars=None, user=None):
        wizard = self.env["cs.workday.import"].with_user(user or self.manager)
        values = {"calendar_ids": (calendars or self.calendar).ids, "lines": lines, "name": "Spring Festival"}
        return wizard.create(values).action_import()

    def _days(self, calendar=None):
        return {day.date.isoformat(): day.weekday for day in (calendar or self.calendar).cs_exception_ids}

    def test_every_way_to_write_it(self):
        second = self.calendar.copy()
        action = self._import(
            "2026-02-14 5\n\n2026/2/28,Saturday\n 2026-05-09;周一 \n2026-09-20\tsun\n"
            "2026年10月10日，星期二\n2026-10-17  THU;",  # noqa: RUF001
            self.calendar + second,
        )
        self.assertEqual(action["res_model"], "cs.workday.exception")
        expected = {
            "2026-02-14": "4",
            "2026-02-28": "5",
            "2026-05-09": "0",
            "2026-09-20": "6",
            "2026-10-10": "1",
            "2026-10-17": "3",
        }
        self.assertEqual(self._days(), expected)
        self.assertEqual(self._days(second), expected)
        self.assertEqual(set(second.cs_exception_ids.mapped("name")), {"Spring Festival"})

    def test_import_again_replaces_the_same_dates(self):
        self._import("2026-02-14 5\n2026-02-28 5")
        self._import("2026-02-14 1")
        self.assertEqual(self._days(), {"2026-02-14": "0", "2026-02-28": "4"})

    def test_every_bad_line_is_told_and_nothing_changes(self):
        self._import("2026-02-14 5")
        lines = "2026-02-14 1\n2026-02-30 5\n\n2026-03-01 8\n2026-03-01\n14.2.2026 5\n2026-03-01 Someday\n2026/2/14 2"
        with self.assertRaises(UserError) as caught:
            self._import(lines)
        text = str(caught.exception)
        for number in (2, 4, 5, 6, 7, 8):
            self.assertIn(f"Line {number}: ", text)
        for number in (1, 3):
            self.assertNotIn(f"Line {number}: ", text)
        self.assertEqual(self._days(), {"2026-02-14": "4"})

    def test_kinds_of_problems(self):
        text = "2026-02-30 5\n2026-03-01 8\nno\n2026-03-01 1\n2026-03-01 2"
        days, problems = read_makeup_days(text, weekday_names())
        self.assertEqual(days, {date(2026, 3, 1): 0})
        self.assertEqual(
            [(number, kind) for number, _line, kind in problems],
            [(1, "date"), (2, "weekday"), (3, "line"), (5, "twice")],
        )

    def test_an_empty_list_is_refused(self):
        with self.assertRaises(UserError):
            self._import("\n \n")

    def test_costs_the_same_for_a_whole_year(self):
        self._import("2026-01-03 1")
        lines = "\n".join(f"{date(2026, 3, 1) + timedelta(days=number)} 5" for number in range(60))
        with self.assertQueryCount(40):
            self._import(lines)
        self.assertEqual(len(self._days()), 61)


@tagged("post_install", "-at_install")
class TestPublishedMakeupDays(TransactionCase):
    def test_actions_open(self):
        for name in ("cs_workday_exception_action", "cs_workday_import_action"):
            action = self.env.ref(f"customer_service_addon.{name}")
            self.env[action.res_model].get_views([(view, mode) for view, mode in action.views])
