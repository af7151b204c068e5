"""Whose time it was: the life of a repair order split by who had to act, free of the ORM (R-03, R-04)."""

# In this order a breach is charged where two used the same.
PARTIES = ("contractor", "technician", "desk", "survey", "parts", "third", "customer")
# Who has to act in a state; "executor" is the contractor or the own technicians. Nobody has to in the others.
PARTY_OF_STATE = {
    "draft": "desk",
    "dispatched": "executor",
    "accepted": "executor",
    "working": "executor",
    "done": "desk",
}
# Whom the reasons of a hold wait for.
PARTY_OF_HOLD = {"customer": "customer", "parts": "parts", "third_party": "third", "internal": "desk"}


def party_of(state, executor):
    """Return the party that has to act in ``state``, or None when nobody has to."""
    party = PARTY_OF_STATE.get(state)
    if party == "executor":
        return "contractor" if executor == "contractor" else "technician"
    return party


def seconds_by_party(steps, waits, until, elapsed):
    """Return ``{party: seconds}``.

    ``steps``: ``[(moment, party or None)]``, who had to act from then on; ``waits``: ``[(from, until or None,
    party)]``, which come first: while parts are awaited, the technician's time stands still. ``elapsed`` says how many
    seconds were worked until a moment. Moments are naive UTC; what lies behind ``until`` does not count.
    """
    if not steps:
        return {}
    steps = sorted(steps, key=lambda step: step[0])
    bounds = {moment for moment, _party in steps} | {until}
    for begin, end, _party in waits:
        bounds |= {begin, end or until}
    first = steps[0][0]
    points = sorted(point for point in bounds if first <= point <= until)
    totals = {}
    for begin, end in zip(points, points[1:], strict=False):
        party = [party for moment, party in steps if moment <= begin][-1]
        waited = next((who for start, stop, who in waits if start <= begin and (stop is None or end <= stop)), None)
        party = party and (waited or party)
        if party:
            totals[party] = totals.get(party, 0) + elapsed(end) - elapsed(begin)
    return totals


def charged_party(totals):
    """Return who used the most of ``totals`` (``{party: amount}``), or None; a breach is charged to him."""
    used = {party: amount for party, amount in totals.items() if amount > 0}
    return max(PARTIES, key=lambda party: (used.get(party, 0), -PARTIES.index(party))) if used else None
