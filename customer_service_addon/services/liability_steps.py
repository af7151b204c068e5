"""The way of a liability as one table, and what its shares say (R-01, R-02)."""

from decimal import Decimal

STATES = ("draft", "proposed", "decided", "contested", "final", "cancelled")
# Decided: the contractors are told and may contest. Contested: decided again with other shares, or confirmed.
NEXT_STATES = {
    "draft": ("proposed", "cancelled"),
    "proposed": ("draft", "decided", "cancelled"),
    "decided": ("contested", "final", "cancelled"),
    "contested": ("decided", "final", "cancelled"),
    "final": ("cancelled",),
    "cancelled": (),
}
# Where shares, ground and evidence may still be changed.
OPEN = ("draft", "proposed", "contested")
CLASS_OF_PARTY = {"contractor": "a", "customer": "c"}
_WHOLE = Decimal(100)
# A row is written with two decimals, so it may be half of the last one away from what is meant.
_ROW_ROUNDING = Decimal("0.005")


def may_go(state, following):
    """Return whether a liability in ``state`` may go to ``following``."""
    return following in NEXT_STATES[state]


def are_whole(percents):
    """Return whether ``percents`` are 100 together, as far as rows rounded to cents can say: 33.33 three times is."""
    rows = [Decimal(f"{percent:.2f}") for percent in percents]
    return bool(rows) and (sum(rows) == _WHOLE or abs(sum(rows) - _WHOLE) < _ROW_ROUNDING * len(rows))


def largest(percents):
    """Return the place of the largest share, the first of equal ones."""
    return max(range(len(percents)), key=lambda place: (percents[place], -place))


def class_of(party):
    """Return the class of an order whose largest share is ``party``'s: A contractor, C customer, else B (R-02)."""
    return CLASS_OF_PARTY.get(party, "b")
