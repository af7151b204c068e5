"""The way of a repair order as one table: guards, buttons and clocks ask it (R-01 to R-05)."""

STATES = ("draft", "dispatched", "accepted", "working", "done", "closed", "cancelled")
# From each state, where an order may go. Back to the draft: declined or withdrawn; from done back to work: the customer
# or the inspection did not accept it, which is the next round with clocks of its own.
NEXT_STATES = {
    "draft": ("dispatched", "cancelled"),
    "dispatched": ("accepted", "working", "draft", "cancelled"),
    "accepted": ("working", "draft", "cancelled"),
    "working": ("done", "cancelled"),
    "done": ("working", "closed"),
    "closed": (),
    "cancelled": ("draft",),
}
# The moment that is kept when an order reaches a state.
MILESTONES = {
    "dispatched": "dispatched_at",
    "accepted": "accepted_at",
    "working": "started_at",
    "done": "done_at",
    "closed": "closed_at",
    "cancelled": "cancelled_at",
}
FINISHED = ("closed", "cancelled")


def may_go(state, following):
    """Return whether an order in ``state`` may go to ``following``."""
    return following in NEXT_STATES[state]
