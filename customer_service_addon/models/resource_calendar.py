from datetime import UTC, date, datetime, timedelta

from pytz import timezone

from odoo import fields, models, tools
from odoo.tools.date_utils import float_to_time, localized

from ..services.work_timeline import Timeline
from ..services.working_time import clip_spans, cut_spans, join_spans, local_day, utc_midnight


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    cs_exception_ids = fields.One2many(
        "cs.workday.exception",
        "calendar_id",
        "Make-up Days",
        groups="customer_service_addon.group_cs_agent,customer_service_addon.group_cs_department_head",
    )

    def _cs_work_spans(self, company, start, end):
        """Return the working time between ``start`` and ``end`` (naive UTC) as a list of spans of naive UTC datetimes.

        Lunch and public holidays are left out; holidays of another company than ``company`` do not count. On a
        make-up day the hours of the weekday it follows hold, and nothing else. A flexible calendar says how much,
        not when people work: it has no spans, like one without hours.
        """
        calendar_sudo = self._cs_calendar_sudo()
        if calendar_sudo.schedule_type == "flexible":
            return []
        intervals = calendar_sudo._work_intervals_batch(
            localized(start),
            localized(end),
            domain=[("time_type", "=", "leave"), ("company_id", "in", (False, company.id))],
            tz=timezone(calendar_sudo.tz),
        )[False]
        spans = join_spans((self._cs_naive(begin), self._cs_naive(stop)) for begin, stop, _attendance in intervals)
        return calendar_sudo._cs_with_makeup_days(spans, start, end)

    def _cs_timeline(self, company, first, last):
        """Return the :class:`Timeline` of ``company`` here, at least from ``first`` to ``last`` (naive UTC).

        It covers whole years, so that a batch or one record after another cost no query once it is known. It is
        empty (false) for a flexible calendar and for one without hours.
        """
        self.ensure_one()
        return self._cs_timeline_of_years(company.id, first.year, last.year)

    @tools.ormcache("self.id", "company_id", "first_year", "last_year")
    def _cs_timeline_of_years(self, company_id, first_year, last_year):
        tz = timezone(self._cs_calendar_sudo().tz)
        # Whole local days around the years of UTC: no day is cut, and each ends when its work ends.
        start = utc_midnight(date(first_year, 1, 1) - timedelta(days=1), tz)
        end = utc_midnight(date(last_year + 1, 1, 2), tz)
        return Timeline(self._cs_work_spans(self.env["res.company"].browse(company_id), start, end), tz)

    def _cs_working_day_ends(self, company, requests):
        """Return the end of the N-th working day for each ``(start, N)`` of ``requests`` (naive UTC, N from 1).

        The whole batch shares one timeline. An entry is None where the calendar has no such day within a year more
        than the days asked for.
        """
        starts = [start for start, _count in requests]
        reach = timedelta(days=3 * max(count for _start, count in requests) + 366)
        timeline = self._cs_timeline(company, min(starts), max(starts) + reach)
        return [timeline.day_end(start, count) for start, count in requests]

    def _cs_why_no_time(self, company):
        """Return why no working time was found for ``company``.

        "flexible": the calendar says how much, not when; "empty": it has no hours; "leave": it has hours, but
        leaves take all of them in the time looked at.
        """
        calendar_sudo = self._cs_calendar_sudo()
        if calendar_sudo.schedule_type == "flexible":
            return "flexible"
        return "leave" if calendar_sudo._cs_hours() else "empty"

    def _cs_calendar_sudo(self):
        self.ensure_one()
        # sudo: resource.calendar - portal customers who open a case cannot read calendars; the empty context keeps
        # a caller's time zone out of the arithmetic
        return self.with_env(self.env(su=True, context={}))

    def _cs_hours(self):
        """Return the lines that say when people work, without the breaks and the headings."""
        return self.attendance_ids.filtered(
            lambda line: not line.display_type and line.day_period != "lunch" and line.hour_from < line.hour_to
        )

    def _cs_with_makeup_days(self, spans, start, end):
        """Return ``spans`` with the make-up days between ``start`` and ``end`` (naive UTC) in place of their dates."""
        tz = timezone(self.tz)
        makeup_days = self.env["cs.workday.exception"].search(
            [
                ("calendar_id", "=", self.id),
                ("date", ">=", local_day(start, tz)),
                ("date", "<=", local_day(end, tz)),
            ]
        )
        if not makeup_days:
            return spans
        replaced, worked = [], []
        for makeup_day in makeup_days:
            day = makeup_day.date
            replaced.append((utc_midnight(day, tz), utc_midnight(day + timedelta(days=1), tz)))
            worked += self._cs_pattern(day, makeup_day.weekday, tz)
        kept = cut_spans(spans, join_spans(replaced))
        return join_spans([*kept, *clip_spans(join_spans(worked), start, end)])

    def _cs_pattern(self, day, weekday, tz):
        """Return the hours of ``weekday`` ("0" to "6") laid on the local date ``day``, as pairs of naive UTC."""
        hours = self._cs_hours().filtered(lambda line: line.dayofweek == weekday)
        if self.two_weeks_calendar:
            week_type = hours.get_week_type(day)
            hours = hours.filtered(lambda line: int(line.week_type) == week_type)
        return [
            tuple(
                self._cs_naive(tz.localize(datetime.combine(day, float_to_time(hour))))
                for hour in (line.hour_from, line.hour_to)
            )
            for line in hours
        ]

    def _cs_naive(self, moment):
        """Return an aware ``moment`` as naive UTC.

        Working hours are whole minutes. Odoo ends a day at 23:59:59.999999 and a day off at 23:59:59; both mean
        midnight, and the second between them is no working time.
        """
        naive = moment.astimezone(UTC).replace(tzinfo=None)
        return naive.replace(second=0, microsecond=0) + timedelta(minutes=1) if naive.second == 59 else naive
