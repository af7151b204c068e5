from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from pytz import timezone

from odoo.tests import BaseCase, tagged

from odoo.addons.customer_service_addon.services.work_timeline import (
    ClockTimeline,
    Timeline,
    to_moment,
    to_seconds,
)
from odoo.addons.customer_service_addon.services.working_time import clip_spans, cut_spans, join_spans

from .test_working_time import EPOCH, MINUTE, ZONES, spans_strategy, worked_minutes

MONDAY = datetime(2026, 6, 1)


def hours(*pairs):
    return [(MONDAY + timedelta(hours=start), MONDAY + timedelta(hours=end)) for start, end in pairs]


@tagged("post_install", "-at_install")
class TestWorkTimeline(BaseCase):
    """Elapsed working time and its inverse, without the database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.timeline = Timeline(hours((9, 12), (13, 18), (33, 36)), timezone("UTC"))

    def test_elapsed_stands_still_outside_working_time(self):
        expected = {0: 0, 9: 0, 10: 1, 12: 3, 12.5: 3, 13: 3, 18: 8, 30: 8, 34: 9, 36: 11, 99: 11}
        for hour, worked in expected.items():
            with self.subTest(hour=hour):
                self.assertEqual(self.timeline.elapsed(MONDAY + timedelta(hours=hour)), worked * 3600)

    def test_at_the_end_of_a_span_and_not_at_the_next_beginning(self):
        for worked, hour in {0: 9, 1: 10, 3: 12, 4: 14, 8: 18, 9: 34, 11: 36}.items():
            with self.subTest(worked=worked):
                self.assertEqual(self.timeline.at(worked * 3600), MONDAY + timedelta(hours=hour))

    def test_more_than_the_window_holds(self):
        self.assertIsNone(self.timeline.at(11 * 3600 + 1))
        self.assertIsNone(self.timeline.at(-1))

    def test_nobody_works(self):
        empty = Timeline([], timezone("UTC"))
        self.assertFalse(empty)
        self.assertTrue(self.timeline)
        self.assertEqual(empty.elapsed(MONDAY), 0)
        self.assertIsNone(empty.at(0))
        self.assertIsNone(empty.day_end(MONDAY, 1))

    def test_end_of_the_working_day(self):
        self.assertEqual(self.timeline.day_end(MONDAY - timedelta(days=1), 1), MONDAY + timedelta(hours=18))
        self.assertEqual(self.timeline.day_end(MONDAY, 1), MONDAY + timedelta(hours=36))
        self.assertIsNone(self.timeline.day_end(MONDAY, 2))

    def test_the_wall_clock_never_stands_still(self):
        wall = ClockTimeline()
        self.assertTrue(wall)
        self.assertEqual(wall.at(wall.elapsed(MONDAY) + 3600), MONDAY + timedelta(hours=1))

    def test_seconds_and_back(self):
        self.assertEqual(to_seconds(datetime(1970, 1, 2)), 86400)
        self.assertEqual(to_moment(to_seconds(MONDAY)), MONDAY)

    @settings(max_examples=150, deadline=None, database=None)
    @given(pairs=spans_strategy(), first=st.integers(-600, 18 * 1440), minutes=st.integers(1, 4000))
    def test_like_counting_minutes(self, pairs, first, minutes):
        moment = EPOCH + first * MINUTE
        timeline = Timeline(join_spans(pairs), timezone("UTC"))
        worked = sorted(worked_minutes(pairs))
        self.assertEqual(timeline.elapsed(moment), 60 * sum(minute < moment for minute in worked))
        expected = worked[minutes - 1] + MINUTE if minutes <= len(worked) else None
        self.assertEqual(timeline.at(minutes * 60), expected)

    @settings(max_examples=100, deadline=None, database=None)
    @given(pairs=spans_strategy(), first=st.integers(0, 16 * 1440), tz=st.sampled_from(ZONES))
    def test_day_end_counts_from_the_local_day(self, pairs, first, tz):
        start = EPOCH + first * MINUTE
        ends = {minute.replace(tzinfo=UTC).astimezone(tz).date(): minute for minute in sorted(worked_minutes(pairs))}
        start_day = start.replace(tzinfo=UTC).astimezone(tz).date()
        later = [minute + MINUTE for day, minute in ends.items() if day > start_day]
        timeline = Timeline(join_spans(pairs), tz)
        self.assertEqual(timeline.day_end(start, 1), later[0] if later else None)

    @settings(max_examples=150, deadline=None, database=None)
    @given(pairs=spans_strategy(), others=spans_strategy())
    def test_cut_and_clip_like_sets_of_minutes(self, pairs, others):
        spans, cuts = join_spans(pairs), join_spans(others)
        left = cut_spans(spans, cuts)
        self.assertEqual(worked_minutes(left), worked_minutes(spans) - worked_minutes(cuts))
        self.assertEqual(left, join_spans(left))
        for start, end in cuts[:1]:
            clipped = worked_minutes(clip_spans(spans, start, end))
            self.assertEqual(clipped, {minute for minute in worked_minutes(spans) if start <= minute < end})
