from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from pytz import UTC, timezone

from odoo.tests import BaseCase, tagged

from odoo.addons.customer_service_addon.services.visit_times import REACH, day_due, earliest_call, retry_at
from odoo.addons.customer_service_addon.services.work_timeline import Timeline
from odoo.addons.customer_service_addon.services.working_time import join_spans, local_day, utc_midnight

from .test_working_time import EPOCH, MINUTE, ZONES, spans_strategy, worked_minutes

HOUR = timedelta(hours=1)
QUARTERS = st.integers(0, 96).map(lambda quarter: quarter / 4)
WINDOWS = st.tuples(QUARTERS, QUARTERS).map(sorted).filter(lambda pair: pair[0] < pair[1]).map(tuple)
MOMENTS = st.integers(-1440, 10 * 1440).map(lambda minute: EPOCH + minute * MINUTE)
CUSTOMERS = [*ZONES, timezone("America/Los_Angeles"), timezone("Asia/Kolkata"), timezone("Pacific/Auckland")]
SHANGHAI = timezone("Asia/Shanghai")
MONDAY = datetime(2026, 6, 1)


def may_be_called(moment, zone, window):
    """Whether the customer's clock on the wall lies within his hours, minute by minute."""
    local = UTC.localize(moment).astimezone(zone)
    return window[0] <= local.hour + local.minute / 60 < window[1]


def first_call(worked, start, zone, window):
    """The obvious way: look at one minute after the other."""
    minutes = sorted(minute for minute in worked if start <= minute < start + REACH)
    return next((minute for minute in minutes if may_be_called(minute, zone, window)), minutes[0] if minutes else start)


@tagged("post_install", "-at_install")
class TestVisitTimes(BaseCase):
    """When a customer is called: in our working time and in the hours of his own day."""

    @settings(max_examples=150, deadline=None, database=None)
    @given(pairs=spans_strategy(), start=MOMENTS, zone=st.sampled_from(CUSTOMERS), window=WINDOWS)
    def test_earliest_call_like_counting_minutes(self, pairs, start, zone, window):
        timeline = Timeline(join_spans(pairs), UTC)
        worked = worked_minutes(pairs)
        self.assertEqual(earliest_call(timeline, start, zone, window), first_call(worked, start, zone, window))

    @settings(max_examples=150, deadline=None, database=None)
    @given(
        pairs=spans_strategy(),
        event_at=MOMENTS,
        tz=st.sampled_from(ZONES),
        delay=st.integers(-6, 6),
        unit=st.sampled_from(["wd", "d", "h"]),
    )
    def test_day_due_like_counting_days(self, pairs, event_at, tz, delay, unit):
        timeline = Timeline(join_spans(pairs), tz)
        worked = sorted({local_day(minute, tz) for minute in worked_minutes(pairs)})
        day = local_day(event_at, tz)
        if unit == "h":
            expected = event_at + delay * HOUR
        elif not delay:
            expected = event_at
        else:
            later, earlier = [d for d in worked if d > day], [d for d in worked if d < day]
            due = day + timedelta(days=delay)
            if unit == "wd" and 0 < delay <= len(later):
                due = later[delay - 1]
            if unit == "wd" and 0 < -delay <= len(earlier):
                due = earlier[delay]
            expected = utc_midnight(due, tz)
        self.assertEqual(day_due(timeline, tz, event_at, delay, unit), expected)

    @settings(max_examples=100, deadline=None, database=None)
    @given(
        pairs=spans_strategy(),
        now=MOMENTS,
        hours=st.integers(1, 40).map(lambda quarter: quarter / 4),
        zone=st.sampled_from(CUSTOMERS),
        window=WINDOWS,
    )
    def test_retry_at_like_counting_minutes(self, pairs, now, hours, zone, window):
        timeline = Timeline(join_spans(pairs), UTC)
        worked = sorted(worked_minutes(pairs))
        ahead = [minute for minute in worked if minute >= now]
        count = round(hours * 60)
        moment = ahead[count - 1] + MINUTE if count <= len(ahead) else now + hours * HOUR
        self.assertEqual(retry_at(timeline, now, hours, zone, window), first_call(worked, moment, zone, window))

    def test_who_rises_when_we_go_to_bed_is_called_when_we_work(self):
        work = [(MONDAY + timedelta(days=day, hours=1), MONDAY + timedelta(days=day, hours=10)) for day in range(5)]
        timeline = Timeline(work, SHANGHAI)
        for zone, window, hour in (
            ("Asia/Shanghai", (9, 18), 3),
            ("Europe/Berlin", (9, 18), 7),
            ("America/New_York", (9, 18), 3),
            ("America/Los_Angeles", (20.5, 21), 3.5),
            ("America/Los_Angeles", (9, 18), 3),
        ):
            with self.subTest(zone=zone, window=window):
                moment = earliest_call(timeline, MONDAY + 3 * HOUR, timezone(zone), window)
                self.assertEqual(moment, MONDAY + hour * HOUR)

    def test_without_working_time(self):
        empty = Timeline([], SHANGHAI)
        for timeline in (None, empty):
            self.assertEqual(earliest_call(timeline, MONDAY, SHANGHAI, (9, 18)), MONDAY)
            self.assertEqual(retry_at(timeline, MONDAY, 2, SHANGHAI, (9, 18)), MONDAY + 2 * HOUR)
            self.assertEqual(
                day_due(timeline, SHANGHAI, MONDAY, 2, "wd"), utc_midnight(datetime(2026, 6, 3).date(), SHANGHAI)
            )

    def test_days_of_a_timeline(self):
        work = [(MONDAY + timedelta(days=day, hours=1), MONDAY + timedelta(days=day, hours=10)) for day in (0, 1, 3)]
        timeline = Timeline(work, SHANGHAI)
        monday = MONDAY.date()
        self.assertEqual(timeline.day_before(MONDAY + timedelta(days=3, hours=2), 1), monday + timedelta(days=1))
        self.assertEqual(timeline.day_before(MONDAY + timedelta(days=9), 3), monday)
        self.assertIsNone(timeline.day_before(MONDAY, 1))
        self.assertEqual(timeline.days(monday, monday + timedelta(days=2)), [monday, monday + timedelta(days=1)])
        self.assertEqual(timeline.days(monday + timedelta(days=4), monday + timedelta(days=9)), [])
