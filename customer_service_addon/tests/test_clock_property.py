import os
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import compress, islice
from random import Random
from zoneinfo import ZoneInfo

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.customer_service_addon.services.clock_math import budget_of, consumed, due_moment

from .common import CsCommon
from .test_working_time import make_calendar

CALENDARS, CASES = 40, 300
ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "UTC",
)
# All clocks of these zones are changed within one of the two windows; half of the calendars look at each.
WINDOWS = (datetime(2026, 2, 25), datetime(2026, 9, 20))
DAYS = 62
LENGTH = DAYS * 1440
MINUTE, SECONDS = timedelta(minutes=1), timedelta(seconds=59)
# Hours from and to of a day. Nothing begins or ends between 1 and 3 o'clock, when the clocks are changed.
SHIFTS = (
    [(9, 12), (13, 18)],
    [(8, 16)],
    [(6, 9.5), (11, 14), (16.25, 20)],
    [(9, 13)],
    [(0, 6), (22, 24)],
    [(0, 24)],
    [(20, 24)],
    [(0, 0.5), (3.5, 7)],
    [(12, 12.25)],
    [],
)


class Minutes:
    """The obvious computation: every minute of a window is worked or not, decided from the rows of the database."""

    def __init__(self, calendar, company, begin):
        self.begin = begin
        self.two_weeks = calendar.two_weeks_calendar
        self.patterns = self._patterns(calendar)
        self.makeup = {day.date: int(day.weekday) for day in calendar.cs_exception_ids}
        self.leaves = [
            (leave.date_from, leave.date_to)
            for leave in calendar.env["resource.calendar.leaves"].search([])
            if leave.calendar_id.id in (False, calendar.id)
            and leave.company_id.id in (False, company.id)
            and not leave.resource_id
            and leave.time_type == "leave"
        ]
        self.flags, self.days = bytearray(LENGTH), []
        self.zone = ZoneInfo(calendar.tz)
        # Offsets of zones are whole quarters of an hour: within one no clock is changed and no date begins.
        for quarter in range(0, LENGTH, 15):
            self._decide(quarter)
        self.day_ends = {self.days[minute // 15]: minute + 1 for minute in range(LENGTH) if self.flags[minute]}

    def _patterns(self, calendar):
        """Return which minutes of the day are worked by ``(weekday, week)``."""
        patterns = defaultdict(lambda: bytearray(1440))
        for line in calendar.attendance_ids:
            if line.day_period != "lunch":
                for minute in range(round(line.hour_from * 60), round(line.hour_to * 60)):
                    patterns[int(line.dayofweek), line.week_type][minute] = 1
        return patterns

    def _decide(self, quarter):
        start = self.begin + quarter * MINUTE
        local = start.replace(tzinfo=UTC).astimezone(self.zone)
        day = local.date()
        self.days.append(day)
        week = str((day.toordinal() - 1) // 7 % 2) if self.two_weeks else False
        pattern = self.patterns[self.makeup.get(day, day.weekday()), week]
        for number in range(15):
            in_hours = pattern[local.hour * 60 + local.minute + number]
            if in_hours and (day in self.makeup or not self._on_leave(start + number * MINUTE)):
                self.flags[quarter + number] = 1

    def _on_leave(self, moment):
        return any(first <= moment and moment + SECONDS <= last for first, last in self.leaves)

    def free(self, holds):
        """Return the minutes that are worked and not on hold."""
        flags = bytearray(self.flags)
        for first, until in holds:
            for_good = LENGTH if until is None else until
            first, for_good = max(first, 0), min(max(for_good, 0), LENGTH)
            flags[first:for_good] = bytes(max(for_good - first, 0))
        return flags

    def due(self, start, minutes, holds):
        """Return the minute in which the last of ``minutes`` ends, None without end, LENGTH beyond the window."""
        used = compress(range(start, LENGTH), self.free(holds)[start:])
        last = next(islice(used, minutes - 1, None), None)
        if last is not None:
            return last + 1
        return None if holds and holds[-1][1] is None else LENGTH

    def used(self, start, end, holds):
        """Return the minutes worked and not on hold from ``start`` to ``end``."""
        return sum(self.free(holds)[start : max(start, end)])

    def nth_day(self, start, count):
        """Return the minute in which work ends on the ``count``-th working day after the local day of ``start``.

        None when that day is not wholly in the window.
        """
        later = [end for day, end in self.day_ends.items() if self.days[start // 15] < day < self.days[-1]]
        return later[count - 1] if count <= len(later) else None


@tagged("post_install", "-at_install")
class TestClockProperty(CsCommon):
    """Deadlines of the production code against counting minutes, over random calendars, budgets and holds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.resource = cls.env["resource.resource"].create({"name": "Anna"})
        cls.seed = os.environ.get("CS_CLOCK_SEED", "clock")
        # Holidays of all calendars: of this company, of nobody in particular, and of another company.
        random = Random(f"{cls.seed} common")
        leaves = cls.env["resource.calendar.leaves"]
        for company in (cls.company, cls.company, cls.other_company, cls.other_company):
            for begin in WINDOWS:
                leaves.with_company(company).create(cls.leave_values(random, begin))
        leaves.create(cls.leave_values(random, WINDOWS[0])).company_id = False

    @classmethod
    def leave_values(cls, random, begin):
        first = begin + random.randrange(DAYS * 24) * timedelta(hours=1)
        length = random.choice((timedelta(hours=4), timedelta(minutes=random.randint(1, 3000)), timedelta(days=3)))
        # People's days off end at 23:59:59, as the client proposes.
        return {"name": "Off", "date_from": first, "date_to": first + length - timedelta(seconds=random.randint(0, 1))}

    def _random_calendar(self, random, begin):
        zone = random.choice(ZONES)
        weeks = random.choice((1, 1, 1, 2))
        usual = [random.choice(SHIFTS[:7]) for _week in range(weeks)]
        lines = []
        for week in range(weeks):
            for day in range(random.choice((5, 5, 6, 7))):
                # Part-time days and days with other shifts.
                shifts = usual[week] if random.random() < 0.75 else random.choice(SHIFTS)
                lines += [(day, *shift, str(week) if weeks == 2 else False) for shift in shifts]
        calendar = make_calendar(
            self.company,
            zone,
            [],
            two_weeks_calendar=weeks == 2,
            attendance_ids=[Command.clear()]
            + [
                Command.create(
                    {"name": "W", "dayofweek": str(day), "hour_from": first, "hour_to": last, "week_type": week}
                )
                for day, first, last, week in lines
            ]
            + [Command.create({"name": "L", "dayofweek": "0", "hour_from": 12, "hour_to": 13, "day_period": "lunch"})]
            * (weeks == 1 and (0, 9, 12, False) in lines),
            cs_exception_ids=[
                Command.create({"date": (begin + timedelta(days=number)).date(), "weekday": str(random.randrange(7))})
                for number in random.sample(range(DAYS), random.randint(0, 5))
            ],
        )
        self._random_leaves(random, calendar, begin)
        return calendar

    def _random_leaves(self, random, calendar, begin):
        leaves = self.env["resource.calendar.leaves"]
        own = {"calendar_id": calendar.id}
        leaves.create([self.leave_values(random, begin) | own for _number in range(random.randint(0, 4))])
        leaves.create(self.leave_values(random, begin) | own | {"resource_id": self.resource.id})
        leaves.create(self.leave_values(random, begin) | own | {"time_type": "other"})

    def _random_case(self, random, minutes):
        """Return ``(start, budget, holds, end, working days)`` in minutes; often exactly where work begins or ends."""
        start = random.randrange(LENGTH * 2 // 3)
        if random.random() < 0.3:
            # The next minute that is worked, or the one after the work.
            start = max(minutes.flags.find(random.randint(0, 1), start), start)
        budget = random.choice((random.randint(1, 60), random.randint(1, 600), random.randint(1, 2400)))
        points = set()
        for _number in range(2 * random.choice((0, 0, 1, 1, 2, 3))):
            near = start + random.choice((random.randint(-2000, 12000), random.randint(-30, 600)))
            points.add(near)
        if random.random() < 0.25:
            # A hold that begins exactly when the budget is used up, a minute before or a minute after.
            points.add(minutes.due(start, budget, []) + random.randint(-1, 1))
        points = sorted(points)
        end = min(start + random.randint(-100, 6000), LENGTH)
        holds = [(first, until) for first, until in zip(points[::2], points[1::2], strict=False)]
        if len(points) % 2:
            holds.append((points[-1], points[-1] + random.randint(1, 5000)))
        if holds and random.random() < 0.2:
            holds[-1] = (holds[-1][0], None)
        return start, budget, holds, end, random.randint(1, 8)

    def _moment(self, minutes, minute):
        return None if minute is None else minutes.begin + minute * MINUTE

    def _pairs(self, minutes, holds):
        return [tuple(self._moment(minutes, minute) for minute in hold) for hold in holds]

    def _assert_moment(self, found, minutes, expected):
        """Compare a deadline; where counting leaves the window, it must lie beyond it."""
        if expected == LENGTH:
            self.assertGreaterEqual(found, self._moment(minutes, LENGTH))
        else:
            self.assertEqual(found, self._moment(minutes, expected))

    def _check_case(self, timeline, minutes, case):
        start, budget, holds, end, _count = case
        begin, pairs = self._moment(minutes, start), self._pairs(minutes, holds)
        deadline = due_moment(timeline, begin, budget * 60, pairs)
        self._assert_moment(deadline, minutes, minutes.due(start, budget, holds))
        used = consumed(timeline, begin, self._moment(minutes, end), pairs)
        self.assertEqual(used, 60 * minutes.used(start, end, holds))

    def _check_working_days(self, timeline, minutes, case):
        start, _budget, holds, _end, count = case
        begin, day_end = self._moment(minutes, start), minutes.nth_day(start, count)
        if day_end is None:
            return
        self.assertEqual(timeline.day_end(begin, count), self._moment(minutes, day_end))
        # So many working days, held up: the working time until the end of the last of them.
        granted = budget_of(timeline, begin, count, "wd")
        self.assertEqual(granted, 60 * minutes.used(start, day_end, []))
        deadline = due_moment(timeline, begin, granted, self._pairs(minutes, holds))
        self._assert_moment(deadline, minutes, minutes.due(start, granted // 60, holds))

    def _check_calendar(self, number, begin):
        """Check one random calendar; return the number of cases."""
        random = Random(f"{self.seed} {number}")
        calendar = self._random_calendar(random, begin)
        minutes = Minutes(calendar, self.company, begin)
        end = begin + LENGTH * MINUTE
        spans = calendar._cs_work_spans(self.company, begin, end)
        flags = bytearray(LENGTH)
        for first, last in spans:
            for minute in range((first - begin) // MINUTE, (last - begin) // MINUTE):
                flags[minute] = 1
        self.assertEqual(flags, minutes.flags, f"calendar {number} of seed {self.seed}, {calendar.tz}")
        timeline = calendar._cs_timeline(self.company, begin, end + timedelta(days=200))
        for case_number in range(CASES if spans else 0):
            case = self._random_case(random, minutes)
            try:
                self._check_case(timeline, minutes, case)
                if case_number % 4 == 0:
                    self._check_working_days(timeline, minutes, case)
            except AssertionError as error:
                raise AssertionError(
                    f"{error}\nseed {self.seed}, calendar {number} ({calendar.tz}) from {begin}, minutes {case}"
                ) from error
        return CASES if spans else 0

    def test_deadlines_like_counting_minutes(self):
        checked = sum(self._check_calendar(number, WINDOWS[number % 2]) for number in range(CALENDARS))
        self.assertGreaterEqual(checked, 10000)
