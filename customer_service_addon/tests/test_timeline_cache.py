from datetime import date, datetime

from odoo.fields import Command
from odoo.tests import tagged

from .test_workday_exception import SATURDAY, MakeupCommon
from .test_working_time import make_calendar


@tagged("post_install", "-at_install")
class TestTimelineCache(MakeupCommon):
    """Whatever changes working time changes the next answer; otherwise there is no query."""

    def setUp(self):
        super().setUp()
        self.env["cs.sla.recompute"].search([]).unlink()
        self._worked()

    def _worked(self, calendar=None):
        """Return the hours worked from 1 to 14 June 2026."""
        first, last = datetime(2026, 5, 31, 16), datetime(2026, 6, 14, 16)
        timeline = (calendar or self.calendar)._cs_timeline(self.company, first, last)
        return (timeline.elapsed(last) - timeline.elapsed(first)) / 3600

    def _queued(self):
        jobs = self.env["cs.sla.recompute"].search([])
        calendars = jobs.calendar_id
        jobs.unlink()
        self._worked()
        return calendars

    def test_known_timeline_costs_no_query(self):
        self.env.invalidate_all()
        with self.assertQueryCount(0):
            self.assertEqual(self._worked(), 76)
            self.assertEqual(self._worked(self.calendar.with_user(self.agent)), 76)
        self.assertIs(
            self.calendar._cs_timeline(self.company, datetime(2026, 6, 1), datetime(2026, 6, 2)),
            self.calendar._cs_timeline(self.company, datetime(2026, 1, 1), datetime(2026, 12, 31, 23, 59)),
        )

    def test_whole_years_and_whole_local_days(self):
        whole = make_calendar(self.company, "America/New_York", [(day, 0, 24) for day in range(7)])
        timeline = whole._cs_timeline(self.company, datetime(2026, 12, 1), datetime(2026, 12, 2))
        self.assertEqual(timeline.day_end(datetime(2026, 12, 30, 12), 1), datetime(2027, 1, 1, 5))
        self.assertEqual(timeline.elapsed(datetime(2027, 1, 1)) - timeline.elapsed(datetime(2026, 1, 1)), 365 * 86400)

    def test_holiday_added_moved_and_removed(self):
        leave = self._leave(datetime(2026, 6, 1, 16), datetime(2026, 6, 2, 16))
        self.assertEqual(self._worked(), 68)
        self.assertIn(self.calendar, self._queued())
        leave.write({"date_from": datetime(2026, 6, 2, 4)})
        self.assertEqual(self._worked(), 71)
        self.assertIn(self.calendar, self._queued())
        leave.name = "Renamed"
        self.assertFalse(self._queued())
        leave.unlink()
        self.assertEqual(self._worked(), 76)
        self.assertIn(self.calendar, self._queued())

    def test_holiday_of_one_calendar_moved_to_another(self):
        other = self.calendar.copy()
        self._queued()
        leave = self._leave(datetime(2026, 6, 1, 16), datetime(2026, 6, 2, 16), calendar_id=self.calendar.id)
        self.assertEqual(self._queued(), self.calendar)
        leave.calendar_id = other
        self.assertEqual((self._worked(), self._worked(other)), (76, 68))
        self.assertEqual(self._queued(), self.calendar + other)

    def test_holiday_for_all_concerns_the_calendars_of_its_company(self):
        shared = self.calendar.copy({"company_id": False, "active": False})
        foreign = self.calendar.copy({"company_id": self.other_company.id})
        self._queued()
        self._leave(datetime(2026, 6, 1, 16), datetime(2026, 6, 2, 16))
        queued = self._queued()
        self.assertLessEqual(self.calendar + shared, queued)
        self.assertNotIn(foreign, queued)
        leave = self._leave(datetime(2026, 6, 1, 16), datetime(2026, 6, 2, 16))
        self._queued()
        leave.company_id = False
        self.assertLessEqual(self.calendar + shared + foreign, self._queued())

    def test_holiday_of_another_company_changes_nothing(self):
        self._leave(datetime(2026, 6, 1, 16), datetime(2026, 6, 2, 16), self.other_company)
        self.assertEqual(self._worked(), 76)
        self.assertNotIn(self.calendar, self._queued())

    def test_leave_of_one_person_neither_clears_nor_queues(self):
        resource = self.env["resource.resource"].create({"name": "Anna", "calendar_id": self.calendar.id})
        known = self.calendar._cs_timeline(self.company, datetime(2026, 6, 1), datetime(2026, 6, 2))
        leave = self._leave(datetime(2026, 6, 1, 16), datetime(2026, 6, 2, 16), resource_id=resource.id)
        leave.date_to = datetime(2026, 6, 3, 16)
        self.assertIs(self.calendar._cs_timeline(self.company, datetime(2026, 6, 1), datetime(2026, 6, 2)), known)
        leave.resource_id = False
        self.assertEqual(self._worked(), 60)
        self.assertIn(self.calendar, self._queued())
        leave.resource_id = resource
        self.assertEqual(self._worked(), 76)
        self.assertIn(self.calendar, self._queued())
        leave.unlink()
        self.assertFalse(self._queued())

    def test_hours_changed(self):
        friday = self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "4")
        friday.hour_to = 12
        self.assertEqual(self._worked(), 70)
        self.assertEqual(self._queued(), self.calendar)
        friday.sequence = 99
        self.assertFalse(self._queued())
        self.calendar.attendance_ids = [
            Command.delete(friday.id),
            Command.create({"name": "Saturday", "dayofweek": "5", "hour_from": 8, "hour_to": 9}),
        ]
        self.assertEqual(self._worked(), 66)
        self.assertEqual(self._queued(), self.calendar)

    def test_zone_kind_and_name_of_a_calendar(self):
        known = self.calendar._cs_timeline(self.company, datetime(2026, 6, 1), datetime(2026, 6, 2))
        self.calendar.name = "Renamed"
        self.assertIs(self.calendar._cs_timeline(self.company, datetime(2026, 6, 1), datetime(2026, 6, 2)), known)
        self.calendar.tz = "UTC"
        ends = self.calendar._cs_working_day_ends(self.company, [(datetime(2026, 6, 1, 2), 1)])
        self.assertEqual(ends, [datetime(2026, 6, 2, 18)])
        self.assertEqual(self._queued(), self.calendar)
        self.calendar.flexible_hours = True
        self.assertEqual(self._worked(), 0)
        self.assertEqual(self._queued(), self.calendar)

    def test_makeup_day_added_moved_and_removed(self):
        day = self._makeup()
        self.assertEqual(self._worked(), 82)
        self.assertEqual(self._queued(), self.calendar)
        day.date = date(2026, 7, 4)
        self.assertEqual(self._worked(), 76)
        self.assertEqual(self._queued(), self.calendar)
        day.write({"date": SATURDAY, "weekday": "0"})
        self.assertEqual(self._worked(), 84)
        day.unlink()
        self.assertEqual(self._worked(), 76)
        self.assertEqual(self._queued(), self.calendar)

    def test_holidays_of_a_deleted_calendar_become_those_of_its_company(self):
        other = self.calendar.copy()
        self._leave(datetime(2026, 6, 1, 16), datetime(2026, 6, 2, 16), calendar_id=other.id)
        self.assertEqual(self._worked(), 76)
        other.unlink()
        self.assertEqual(self._worked(), 68)
        self.assertIn(self.calendar, self._queued())
