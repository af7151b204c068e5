"""The way of a hand-over from implementation to service as one table: guards and buttons ask it (R-13)."""

# Collecting the documents, joint handling, service alone; called off it can be taken up again.
NEXT_STATES = {
    "draft": ("joint", "cancelled"),
    "joint": ("service", "draft", "cancelled"),
    "service": (),
    "cancelled": ("draft",),
}
# The moment that is kept when a hand-over reaches a state.
MILESTONES = {"joint": "joint_at", "service": "service_at"}


def may_go(state, following):
    """Return whether a hand-over in ``state`` may go to ``following``."""
    return following in NEXT_STATES[state]
