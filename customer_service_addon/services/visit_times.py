"""When a customer is called: within the team's working time and within the hours he may be called at where he lives.

Moments are naive UTC datetimes, zones are pytz zones, a window is ``(from, until)`` in hours of the local day.
"""

from datetime import UTC, datetime, time, timedelta

from .working_time import local_day, utc_midnight

# How far ahead a moment is looked for that suits both sides; a customer whose day never meets ours is called when
# we work.
REACH = timedelta(days=14)


def window_on(day, zone, window):
    """Return the ``(from, until)`` of ``window`` on the local date ``day`` of ``zone``."""
    return tuple(_at_hour(day, zone, hours) for hours in window)


def may_be_called(moment, zone, window):
    """Return whether ``moment`` lies within the hours at which a customer of ``zone`` may be called."""
    local = moment.replace(tzinfo=UTC).astimezone(zone)
    begin, end = window
    return begin <= local.hour + local.minute / 60 < end


def opens_at(moment, zone, window):
    """Return when ``window`` opens next after ``moment`` where the customer lives."""
    day = local_day(moment, zone)
    opens, _closes = window_on(day, zone, window)
    return opens if opens > moment else window_on(day + timedelta(days=1), zone, window)[0]


def earliest_call(timeline, start, zone, window):
    """Return the first moment from ``start`` on at which we work and the customer may be called.

    Without one within two weeks it is the next moment we work, without working time ``start`` itself.
    """
    work = timeline.spans(start, start + REACH) if timeline else []
    for begin, finish in work:
        day = local_day(begin, zone)
        while utc_midnight(day, zone) < finish:
            opens, closes = window_on(day, zone, window)
            moment = max(begin, opens)
            if moment < min(finish, closes):
                return moment
            day += timedelta(days=1)
    return work[0][0] if work else start


def day_due(timeline, tz, event_at, delay, unit):
    """Return when the day begins (in ``tz``) on which a visit is due, ``delay`` ``wd``, ``d`` or ``h`` after an event.

    A negative delay lies before the event. Working days that the timeline does not have fall back to days; hours keep
    their time of day.
    """
    if unit == "h":
        return event_at + timedelta(hours=delay)
    if unit == "wd" and delay > 0 and timeline:
        end = timeline.day_end(event_at, delay)
        if end is not None:
            # The end of work may be midnight, which belongs to the next date already.
            return utc_midnight(local_day(end - timedelta(seconds=1), tz), tz)
    if unit == "wd" and delay < 0 and timeline:
        day = timeline.day_before(event_at, -delay)
        if day is not None:
            return utc_midnight(day, tz)
    if not delay:
        return event_at
    return utc_midnight(local_day(event_at, tz) + timedelta(days=delay), tz)


def retry_at(timeline, now, hours, zone, window):
    """Return when the customer is tried again, ``hours`` of working time after ``now``."""
    moment = timeline.at(timeline.elapsed(now) + round(hours * 3600)) if timeline else None
    return earliest_call(timeline, moment or now + timedelta(hours=hours), zone, window)


def _at_hour(day, zone, hours):
    midnight = datetime.combine(day, time.min) + timedelta(hours=hours)
    return zone.localize(midnight).astimezone(UTC).replace(tzinfo=None)
