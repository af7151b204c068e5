"""The way of a return visit as one table, and the marks of its answers: guards, buttons, clocks and figures ask it."""

# From each state, where a visit may go. Back to planned: the appointment fell through, or it is taken up again; from
# unreachable to answered: the customer answers by the link after all; from reported back: the supervisor wants more.
NEXT_STATES = {
    "planned": ("agreed", "answered", "unreachable", "declined", "cancelled"),
    "agreed": ("planned", "answered", "unreachable", "declined", "cancelled"),
    "answered": ("reported", "closed"),
    "reported": ("closed", "answered"),
    "closed": (),
    "unreachable": ("planned", "answered"),
    "declined": ("planned",),
    "cancelled": ("planned",),
}
# The moment that is kept when a visit reaches a state.
MILESTONES = {
    "answered": "answered_at",
    "reported": "reported_at",
    "closed": "closed_at",
    "unreachable": "closed_at",
    "declined": "closed_at",
    "cancelled": "cancelled_at",
}
OPEN = ("planned", "agreed")
FINISHED = ("closed", "unreachable", "declined", "cancelled")

# The marks of an item from the best to the worst; only these four are collected in the index (S-02).
SCALE = ("very", "fairly", "basically", "not")
SATISFIED = ("very", "fairly", "basically")


def may_go(state, following):
    """Return whether a visit in ``state`` may go to ``following``."""
    return following in NEXT_STATES[state]


def worst(scores):
    """Return the worst mark of ``scores``, or None when none of them is on the scale."""
    return max((score for score in scores if score in SCALE), key=SCALE.index, default=None)


def retry_hours(text):
    """Return the working hours after which a customer is tried again, from text such as ``"2, 8"``.

    Commas of either script separate the figures. Raises ValueError for anything but positive figures.
    """
    parts = [part.strip() for part in (text or "").replace("，", ",").split(",") if part.strip()]
    hours = [float(part) for part in parts]
    if any(not 0 < hour < 10000 for hour in hours):
        raise ValueError(text)
    return hours
