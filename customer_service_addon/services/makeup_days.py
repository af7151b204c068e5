"""Lists of make-up days as people paste them: one date and the weekday it follows per line; no ORM."""

import re
from datetime import date

_LINE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?[\s,;，；]+(\S+)")  # noqa: RUF001
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHINESE = "一二三四五六日"


def weekday_names():
    """Return ``{name in lower case: weekday}``, 0 for Monday.

    Known are 1 (Monday) to 7, English names (also of three letters) and Chinese ones.
    """
    names = {}
    for weekday, (english, sign) in enumerate(zip(_ENGLISH, _CHINESE, strict=True)):
        names |= dict.fromkeys(
            (str(weekday + 1), english, english[:3], f"周{sign}", f"星期{sign}", f"礼拜{sign}"), weekday
        )
    return names | {"周天": 6, "星期天": 6, "礼拜天": 6}


def read_makeup_days(text, names):
    """Return ``(days, problems)`` of a pasted list; ``names`` as of :func:`weekday_names`.

    ``days`` is ``{date: weekday}``, ``problems`` a list of ``(line number from 1, line, kind)``, the kind being
    "line" (not a date and a weekday), "date" (no such date), "weekday" (no such weekday) or "twice" (the date stands
    in the list before). Empty lines are passed over.
    """
    days, problems = {}, []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip().rstrip(",;，；")  # noqa: RUF001
        if not line:
            continue
        day, weekday, problem = _read_line(line, names)
        if not problem and day in days:
            problem = "twice"
        if problem:
            problems.append((number, line, problem))
        else:
            days[day] = weekday
    return days, problems


def _read_line(line, names):
    match = _LINE.fullmatch(line)
    if not match:
        return None, None, "line"
    try:
        day = date(*map(int, match.groups()[:3]))
    except ValueError:
        return None, None, "date"
    weekday = names.get(match[4].lower())
    return day, weekday, "weekday" if weekday is None else None
