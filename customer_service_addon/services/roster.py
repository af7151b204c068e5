"""Whose turn it is: plain Python, no ORM (H-02).

A *roster* is the people of one team at one moment. It hands out cases one by one and remembers within the
batch who got what, so that a hundred cases are shared as if they had come one after the other.
"""

from dataclasses import dataclass, field
from datetime import datetime

AVAILABLE, BUSY, ABSENT = 0, 1, 2


@dataclass(eq=False)
class Seat:
    """A member of the team. ``credit``: missed turns still to be given back. ``load``: open cases.

    ``until`` (naive UTC) is the end of an absence, as far as it is known. The credit is below zero when two
    registrations at the same moment gave the same turn back; the next missed turn evens that out.
    """

    user_id: int
    state: int = AVAILABLE
    load: int = 0
    credit: int = 0
    capacity: int = 0
    category_ids: frozenset = frozenset()
    until: datetime | None = None

    def has_room(self):
        return not self.capacity or self.load < self.capacity


@dataclass
class Roster:
    """``seats`` in the order of the team, ``last`` the user id who took the last regular turn (or None).

    ``turns`` collects ``(user id, kind)`` of the turns taken, missed and given back; ``passed`` are the absent
    seats that the last choice passed over.
    """

    seats: list
    last: int | None = None
    giveback_limit: int = 0
    turns: list = field(default_factory=list)
    passed: list = field(default_factory=list)

    def candidates(self):
        """Return the seats that may get a case now: available with room, else present, else nobody."""
        for fits in (
            lambda seat: seat.state == AVAILABLE and seat.has_room(),
            lambda seat: seat.state == AVAILABLE,
            lambda seat: seat.state == BUSY,
        ):
            found = [seat for seat in self.seats if fits(seat)]
            if found:
                return found
        return []

    def pick(self, method, category_ids=frozenset()):
        """Return ``(seat, cause)`` by ``method``: turn, load or category. The seat is None when nobody is there.

        ``cause`` says why: turn, given_back, load, special, general or nobody.
        """
        self.passed = []
        if method == "turn":
            return self.in_turn()
        if method == "category":
            return self.by_category(category_ids)
        return self._give_by_load(self.candidates(), "load")

    def own_agent(self, user_id):
        """Return the seat of a returning customer's agent if the person can take the case; it is no turn."""
        self.passed = []
        seat = next((seat for seat in self.candidates() if seat.user_id == user_id), None)
        if seat:
            seat.load += 1
        return seat

    def in_turn(self):
        """Choose whose turn it is; an absent member passed over gets the turn back later, up to the limit."""
        candidates = self.candidates()
        owed = max(candidates, key=lambda seat: (seat.credit, -seat.load), default=None)
        if owed and owed.credit > 0:
            owed.credit -= 1
            owed.load += 1
            self.turns.append((owed.user_id, "given_back"))
            return owed, "given_back"
        for seat in self._circle() if candidates else ():
            if seat in candidates:
                return self._take(seat), "turn"
            if seat.state == ABSENT:
                self._pass_over(seat)
        return None, "nobody"

    def by_category(self, category_ids):
        """Choose who knows one of ``category_ids``, else a generalist (no category named), else anybody."""
        candidates = self.candidates()
        special = [seat for seat in candidates if seat.category_ids & category_ids]
        general = [seat for seat in candidates if not seat.category_ids]
        return self._give_by_load(special or general or candidates, "special" if special else "general")

    def _give_by_load(self, candidates, cause):
        """Give to the fewest open cases; among equals to who comes next behind the last one."""
        circle = [seat for seat in self._circle() if seat in candidates]
        if not circle:
            return None, "nobody"
        return self._take(min(circle, key=lambda seat: seat.load)), cause

    def _circle(self):
        """The seats, beginning behind the one who took the last turn."""
        start = next((index + 1 for index, seat in enumerate(self.seats) if seat.user_id == self.last), 0)
        return self.seats[start:] + self.seats[:start]

    def _take(self, seat):
        self.turns.append((seat.user_id, "taken"))
        self.last = seat.user_id
        seat.load += 1
        return seat

    def _pass_over(self, seat):
        self.passed.append(seat)
        if seat.credit < self.giveback_limit:
            seat.credit += 1
            self.turns.append((seat.user_id, "missed"))
