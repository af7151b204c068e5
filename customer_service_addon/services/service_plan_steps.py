"""The way of a service plan as one table (R-12): guards and buttons ask it."""

NEXT_STATES = {
    "draft": ("running",),
    "running": ("closed", "draft"),
    "closed": ("running",),
}


def may_go(state, following):
    """Return whether a plan in ``state`` may go to ``following``."""
    return following in NEXT_STATES[state]
