"""Whose turn it is: plain Python, no ORM (H-02).

A *roster* is the people of one team at one moment. It hands out cases one by one and remembers within the
batch who got what, so that a hundred cases are shared as if they had come one after the other.
"""

from dataclasses import dataclass, field

AVAILABLE, BUSY, ABSENT = 0, 1, 2


@dataclass
class Seat:
    """A member of the team. ``credit``: missed turns still to be given back. ``load``: open cases."""

    user_id: int
    state: int = AVAILABLE
    load: int = 0
    credit: int = 0
    capacity: int = 0
    category_ids: frozenset = frozenset()

    def has_room(self):
        return not self.capacity or self.load < self.capacity


@dataclass
class Roster:
    """``seats`` in the order of the team, ``last`` the user id who took the last regular turn (or None)."""

    seats: list
    last: int | None = None
    giveback_limit: int = 0
    turns: list = field(default_factory=list)

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

    def own_agent(self, user_id):
        """Return the seat of a returning customer's agent if the person can take the case; it is no turn."""
        seat = next((seat for seat in self.candidates() if seat.user_id == user_id), None)
        return self._give(seat)

    def in_turn(self):
        """Return the seat whose turn it is, and note turns taken, missed and given back in ``turns``."""
        candidates = self.candidates()
        if not candidates:
            return None
        owed = [seat for seat in candidates if seat.credit]
        if owed:
            seat = max(owed, key=lambda seat: seat.credit)
            seat.credit -= 1
            self.turns.append((seat.user_id, "given_back"))
            return self._give(seat)
        for seat in self._circle():
            if seat in candidates:
                self.turns.append((seat.user_id, "taken"))
                self.last = seat.user_id
                return self._give(seat)
            if seat.state == ABSENT and seat.credit < self.giveback_limit:
                seat.credit += 1
                self.turns.append((seat.user_id, "missed"))
        return None

    def least_loaded(self, category_ids=None):
        """Return the seat with the fewest open cases; with ``category_ids`` among those who know one of them.

        Someone who names no category knows about everything, but a specialist comes first.
        """
        candidates = self.candidates()
        if category_ids is not None:
            special = [seat for seat in candidates if seat.category_ids & category_ids]
            general = [seat for seat in candidates if not seat.category_ids]
            candidates = special or general or candidates
        return self._give(min(candidates, key=lambda seat: seat.load, default=None))

    def _circle(self):
        """The seats, beginning behind the one who took the last turn."""
        start = next((index + 1 for index, seat in enumerate(self.seats) if seat.user_id == self.last), 0)
        return self.seats[start:] + self.seats[:start]

    def _give(self, seat):
        if seat:
            seat.load += 1
        return seat
