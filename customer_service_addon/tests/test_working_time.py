from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from pytz import timezone

from odoo.fields import Command
from odoo.tests import BaseCase, tagged

from odoo.addons.customer_service_addon.services.working_time import (
    add_working_seconds,
    end_of_working_day,
    join_spans,
    local_day,
    utc_midnight,
    working_days,
    working_seconds,
)

from .common import CsCommon

ZONES = [timezone(name) for name in ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York")]
# Both changes of the clocks in Berlin (29 March, 25 October) and New York lie in the window.
EPOCH = datetime(2026, 3, 20)
MINUTE = timedelta(minutes=1)


def spans_strategy():
    """Random working time: up to 40 pieces of whole minutes within 16 days, overlapping or touching as they fall."""
    piece = st.tuples(st.integers(0, 16 * 1440), st.integers(1, 1600))
    return st.lists(piece, max_size=40).map(
        lambda pieces: [(EPOCH + start * MINUTE, EPOCH + (start + length) * MINUTE) for start, length in pieces]
    )


def make_calendar(company, tz, attendances, **values):
    """Create working hours of ``company``; ``attendances`` are triples of weekday (0 to 6), hour from and hour to."""
    return company.env["resource.calendar"].create(
        {
            "name": "Test hours",
            "tz": tz,
            "company_id": company.id,
            "attendance_ids": [Command.clear()]
            + [
                Command.create(
                    {
                        "name": "Work",
                        "dayofweek": str(day),
                        "hour_from": start,
                        "hour_to": end,
                        "day_period": "morning",
                    }
                )
                for day, start, end in attendances
            ],
            **values,
        }
    )


def worked_minutes(pairs):
    """The obvious second computation: every single minute that is worked."""
    return {start + number * MINUTE for start, end in pairs for number in range(int((end - start) / MINUTE))}


@tagged("post_install", "-at_install")
class TestWorkingTimeArithmetic(BaseCase):
    """Plain functions against an obvious computation minute by minute."""

    @settings(max_examples=150, deadline=None, database=None)
    @given(pairs=spans_strategy(), first=st.integers(-600, 17 * 1440), length=st.integers(-600, 17 * 1440))
    def test_seconds_between_like_counting_minutes(self, pairs, first, length):
        start, end = EPOCH + first * MINUTE, EPOCH + (first + length) * MINUTE
        expected = 60 * sum(start <= minute < end for minute in worked_minutes(pairs))
        self.assertEqual(working_seconds(join_spans(pairs), start, end), expected)

    @settings(max_examples=150, deadline=None, database=None)
    @given(pairs=spans_strategy(), first=st.integers(-600, 17 * 1440), minutes=st.integers(1, 4000))
    def test_budget_ends_like_counting_minutes(self, pairs, first, minutes):
        start = EPOCH + first * MINUTE
        later = sorted(minute for minute in worked_minutes(pairs) if minute >= start)
        expected = later[minutes - 1] + MINUTE if minutes <= len(later) else None
        self.assertEqual(add_working_seconds(join_spans(pairs), start, minutes * 60), expected)

    @settings(max_examples=150, deadline=None, database=None)
    @given(
        pairs=spans_strategy(),
        first=st.integers(0, 16 * 1440),
        count=st.integers(1, 12),
        tz=st.sampled_from(ZONES),
    )
    def test_nth_working_day_like_counting_minutes(self, pairs, first, count, tz):
        start = EPOCH + first * MINUTE
        ends = {}
        for minute in sorted(worked_minutes(pairs)):
            ends[minute.replace(tzinfo=UTC).astimezone(tz).date()] = minute + MINUTE
        start_day = start.replace(tzinfo=UTC).astimezone(tz).date()
        later = [end for day, end in sorted(ends.items()) if day > start_day]
        expected = later[count - 1] if count <= len(later) else None
        days = working_days(join_spans(pairs), tz)
        self.assertEqual(end_of_working_day(days, local_day(start, tz), count), expected)

    def test_no_day_zero(self):
        with self.assertRaises(ValueError):
            end_of_working_day([(date(2026, 3, 20), EPOCH)], date(2026, 3, 19), 0)

    def test_no_budget_ends_at_once(self):
        self.assertEqual(add_working_seconds([], EPOCH, 0), EPOCH)

    def test_midnight_of_the_local_day(self):
        berlin = timezone("Europe/Berlin")
        self.assertEqual(utc_midnight(date(2026, 3, 29), berlin), datetime(2026, 3, 28, 23))
        self.assertEqual(utc_midnight(date(2026, 3, 30), berlin), datetime(2026, 3, 29, 22))


@tagged("post_install", "-at_install")
class TestWorkingCalendar(CsCommon):
    """Odoo's calendars as lists of spans: lunch, holidays, companies, zones (peers.md 3.9: 2, 3, 7, 21)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.make_calendar(
            "Asia/Shanghai", [(day, 9, 12) for day in range(5)] + [(day, 13, 18) for day in range(5)]
        )

    @classmethod
    def make_calendar(cls, tz, attendances, **values):
        return make_calendar(cls.company, tz, attendances, **values)

    def _leave(self, first, last, company=None):
        leaves = self.env["resource.calendar.leaves"].with_company(company or self.company)
        return leaves.create({"name": "Holiday", "date_from": first, "date_to": last})

    def _ends(self, *requests, calendar=None):
        return (calendar or self.calendar)._cs_working_day_ends(self.company, list(requests))

    def test_lunch_is_no_working_time(self):
        spans = self.calendar._cs_work_spans(self.company, datetime(2026, 6, 1), datetime(2026, 6, 2))
        self.assertEqual(
            spans,
            [(datetime(2026, 6, 1, 1), datetime(2026, 6, 1, 4)), (datetime(2026, 6, 1, 5), datetime(2026, 6, 1, 10))],
        )

    def test_working_days_end_with_the_working_time(self):
        # Monday, Friday evening after work, Saturday: day 1 is the next working day.
        monday, friday, saturday = datetime(2026, 6, 1, 2), datetime(2026, 6, 5, 12), datetime(2026, 6, 6, 2)
        self.assertEqual(
            self._ends((monday, 1), (friday, 1), (saturday, 1), (monday, 5)),
            [
                datetime(2026, 6, 2, 10),
                datetime(2026, 6, 8, 10),
                datetime(2026, 6, 8, 10),
                datetime(2026, 6, 8, 10),
            ],
        )

    def test_the_starting_day_is_the_local_one(self):
        # Sunday 20:00 UTC is Monday in Shanghai: Tuesday is day 1.
        self.assertEqual(self._ends((datetime(2026, 5, 31, 20), 1)), [datetime(2026, 6, 2, 10)])

    def test_public_holiday_is_skipped(self):
        self._leave(datetime(2026, 6, 1, 16), datetime(2026, 6, 2, 16))
        self.assertEqual(self._ends((datetime(2026, 6, 1, 2), 1)), [datetime(2026, 6, 3, 10)])

    def test_half_a_holiday_ends_the_day_earlier(self):
        self._leave(datetime(2026, 6, 2, 4), datetime(2026, 6, 2, 16))
        self.assertEqual(self._ends((datetime(2026, 6, 1, 2), 1)), [datetime(2026, 6, 2, 4)])

    def test_holiday_of_another_company_does_not_count(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        leave = self._leave(datetime(2026, 6, 1, 16), datetime(2026, 6, 2, 16), other)
        self.assertEqual(leave.company_id, other)
        self.assertEqual(self._ends((datetime(2026, 6, 1, 2), 1)), [datetime(2026, 6, 2, 10)])

    def test_summer_time_moves_the_end_in_utc(self):
        berlin = self.make_calendar("Europe/Berlin", [(day, 8, 16) for day in range(5)])
        self.assertEqual(
            self._ends((datetime(2026, 3, 26, 9), 1), (datetime(2026, 3, 27, 9), 1), calendar=berlin),
            [datetime(2026, 3, 27, 15), datetime(2026, 3, 30, 14)],
        )

    def test_around_the_clock_loses_no_minute_at_midnight(self):
        whole = self.make_calendar("Asia/Shanghai", [(day, 0, 24) for day in range(7)])
        spans = whole._cs_work_spans(self.company, datetime(2026, 6, 1), datetime(2026, 6, 8))
        self.assertEqual(spans, [(datetime(2026, 6, 1), datetime(2026, 6, 8))])
        self.assertEqual(self._ends((datetime(2026, 6, 1, 2), 1), calendar=whole), [datetime(2026, 6, 2, 16)])

    def test_empty_flexible_and_blocked_calendars_have_no_day(self):
        empty = self.make_calendar("UTC", [])
        flexible = self.make_calendar("UTC", [(0, 8, 16)], schedule_type="flexible")
        self.assertEqual(self._ends((datetime(2026, 6, 1), 1), calendar=empty), [None])
        self.assertEqual(self._ends((datetime(2026, 6, 1), 1), calendar=flexible), [None])
        self._leave(datetime(2026, 6, 1), datetime(2036, 6, 1))
        self.assertEqual(self._ends((datetime(2026, 6, 1, 2), 1)), [None])

    def test_a_long_holiday_is_looked_beyond(self):
        self._leave(datetime(2026, 6, 1, 16), datetime(2026, 9, 1, 16))
        self.assertEqual(self._ends((datetime(2026, 6, 1, 2), 1)), [datetime(2026, 9, 2, 10)])

    def test_a_callers_time_zone_does_not_reach_the_arithmetic(self):
        calendar = self.calendar.with_context(employee_timezone="America/New_York", tz="America/New_York")
        self.assertEqual(self._ends((datetime(2026, 6, 1, 2), 1), calendar=calendar), [datetime(2026, 6, 2, 10)])

    def test_one_computation_per_batch(self):
        requests = [(datetime(2026, 6, 1) + timedelta(hours=number), 3) for number in range(200)]
        self._ends(*requests)
        self.env.invalidate_all()
        with self.assertQueryCount(6):
            self._ends(*requests)
