"""The way of an on-site survey as one table: guards and buttons ask it (R-01)."""

STATES = ("planned", "held", "signed", "cancelled")
# Signed is back to held when something that was signed is changed: whoever was present signs again.
NEXT_STATES = {
    "planned": ("held", "cancelled"),
    "held": ("signed",),
    "signed": ("held",),
    "cancelled": (),
}


def may_go(state, following):
    """Return whether a survey in ``state`` may go to ``following``."""
    return following in NEXT_STATES[state]
