"""The way of a settlement as one table: guards and buttons ask it (R-07)."""

STATES = ("draft", "checking", "confirming", "certifying", "certified", "prepared", "done", "cancelled")
# Back to the draft: rejected by a checker, or the contractor objected. From prepared back to certified: accounting
# deleted or cancelled a document, which is prepared once more. From done back: accounting reset one to draft.
NEXT_STATES = {
    "draft": ("checking", "cancelled"),
    "checking": ("draft", "confirming", "certifying", "certified", "cancelled"),
    "confirming": ("draft", "certifying", "certified", "cancelled"),
    "certifying": ("draft", "certified", "cancelled"),
    "certified": ("prepared", "done", "cancelled"),
    "prepared": ("certified", "done", "cancelled"),
    "done": ("prepared", "certified"),
    "cancelled": (),
}
# The moment that is kept when a settlement reaches a state.
MOMENTS = {
    "checking": "submitted_at",
    "confirming": "checked_at",
    "certified": "certified_at",
    "prepared": "prepared_at",
    "done": "done_at",
    "cancelled": "cancelled_at",
}


def may_go(state, following):
    """Return whether a settlement in ``state`` may go to ``following``."""
    return following in NEXT_STATES[state]
