from datetime import UTC, timedelta

from pytz import timezone

from odoo import models
from odoo.tools.date_utils import localized

from ..services.working_time import end_of_working_day, join_spans, local_day, utc_midnight, working_days


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _cs_work_spans(self, company, start, end):
        """Return the working time between ``start`` and ``end`` (naive UTC) as a list of spans of naive UTC datetimes.

        Lunch and public holidays are left out; holidays of another company than ``company`` do not count. A
        flexible calendar says how much, not when people work: it has no spans, like one without hours.
        """
        self.ensure_one()
        # sudo: resource.calendar - portal customers who open a case cannot read calendars; the empty context keeps
        # a caller's time zone out of the arithmetic
        calendar_sudo = self.with_env(self.env(su=True, context={}))
        if calendar_sudo.schedule_type == "flexible":
            return []
        intervals = calendar_sudo._work_intervals_batch(
            localized(start),
            localized(end),
            domain=[("time_type", "=", "leave"), ("company_id", "in", (False, company.id))],
            tz=timezone(calendar_sudo.tz),
        )[False]
        return join_spans((self._cs_naive(begin), self._cs_naive(stop)) for begin, stop, _attendance in intervals)

    def _cs_naive(self, moment):
        """Return an aware ``moment`` as naive UTC; Odoo ends a day at 23:59:59.999999, we at midnight."""
        naive = moment.astimezone(UTC).replace(tzinfo=None)
        return naive + timedelta(microseconds=1) if naive.microsecond == 999999 else naive

    def _cs_working_day_ends(self, company, requests):
        """Return the end of the N-th working day for each ``(start, N)`` of ``requests`` (naive UTC, N from 1).

        The whole batch shares one list of working days. An entry is None where the calendar has no such day within
        a year more than the days asked for.
        """
        self.ensure_one()
        tz = timezone(self.sudo().tz)
        days = [(local_day(start, tz), count) for start, count in requests]
        first = utc_midnight(min(day for day, _count in days), tz)
        reach = max(count for _day, count in days)
        ends = []
        for slack in (31, 366):
            horizon = max(day for day, _count in days) + timedelta(days=3 * reach + slack)
            worked = working_days(self._cs_work_spans(company, first, utc_midnight(horizon, tz)), tz)
            ends = [end_of_working_day(worked, day, count) for day, count in days]
            if None not in ends:
                break
        return ends
