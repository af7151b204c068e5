from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.customer_service_addon.services.roster import ABSENT, AVAILABLE, BUSY, Roster, Seat

PRESENCE = st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=60)


@tagged("post_install", "-at_install")
class TestRoster(BaseCase):
    """H-02 as plain arithmetic: in turn, absent people skipped, missed turns given back."""

    def _roster(self, presence=(AVAILABLE,) * 3, **values):
        return Roster(seats=[Seat(user_id=index + 1, state=state) for index, state in enumerate(presence)], **values)

    def _hand_out(self, roster, count):
        return [roster.pick("turn")[0].user_id for _case in range(count)]

    def test_in_turn_goes_round(self):
        self.assertEqual(self._hand_out(self._roster(), 7), [1, 2, 3, 1, 2, 3, 1])
        self.assertEqual(self._hand_out(self._roster(last=2), 2), [3, 1])

    def test_absent_member_is_skipped_and_gets_the_turns_back(self):
        roster = self._roster((AVAILABLE, ABSENT, AVAILABLE), giveback_limit=5)
        self.assertEqual(self._hand_out(roster, 4), [1, 3, 1, 3])
        self.assertEqual([turn for turn in roster.turns if turn[1] == "missed"], [(2, "missed"), (2, "missed")])
        roster.seats[1].state = AVAILABLE
        self.assertEqual(self._hand_out(roster, 4), [2, 2, 1, 2])
        self.assertEqual(roster.seats[1].credit, 0)

    def test_turns_given_back_have_a_limit(self):
        roster = self._roster((AVAILABLE, ABSENT, AVAILABLE), giveback_limit=1)
        self._hand_out(roster, 20)
        self.assertEqual(roster.seats[1].credit, 1)

    def test_who_was_passed_over_is_known_until_the_next_choice(self):
        roster = self._roster((AVAILABLE, ABSENT, AVAILABLE), giveback_limit=0, last=1)
        self.assertEqual((self._hand_out(roster, 1), [seat.user_id for seat in roster.passed]), ([3], [2]))
        self.assertEqual((self._hand_out(roster, 1), roster.passed), ([1], []))
        self.assertEqual(roster.turns, [(3, "taken"), (1, "taken")])

    def test_turn_given_back_twice_is_a_debt_and_no_privilege(self):
        """Two registrations at once give the same turn back: the person must not get every case from then on."""
        roster = self._roster(giveback_limit=3)
        roster.seats[1].credit = -1
        self.assertEqual(self._hand_out(roster, 6), [1, 2, 3, 1, 2, 3])
        roster.seats[1].state = ABSENT
        self._hand_out(roster, 2)
        self.assertEqual(roster.seats[1].credit, 0)

    def test_nobody_there(self):
        roster = self._roster((ABSENT, ABSENT, ABSENT), giveback_limit=3)
        for method in ("turn", "load", "category"):
            with self.subTest(method=method):
                self.assertEqual(roster.pick(method), (None, "nobody"))
        self.assertEqual(roster.turns, [])

    def test_off_hours_is_better_than_nobody(self):
        self.assertEqual(self._hand_out(self._roster((ABSENT, BUSY, BUSY)), 3), [2, 3, 2])

    def test_capacity_counts_while_somebody_else_has_room(self):
        roster = self._roster()
        roster.seats[0].capacity = 1
        self.assertEqual(self._hand_out(roster, 4), [1, 2, 3, 2])
        for seat in roster.seats:
            seat.capacity = 1
        self.assertIn(roster.pick("turn")[0].user_id, (1, 2, 3))

    def test_equal_load_goes_round(self):
        """Who solves quickly has no open case again and again: the quickest must not get all of them."""
        roster = self._roster()
        got = []
        for _case in range(4):
            seat, cause = roster.pick("load")
            got.append((seat.user_id, cause))
            seat.load = 0
        self.assertEqual(got, [(1, "load"), (2, "load"), (3, "load"), (1, "load")])

    def test_category_prefers_the_specialist_with_fewest_cases(self):
        roster = self._roster()
        roster.seats[0].category_ids = roster.seats[1].category_ids = frozenset({7})
        roster.seats[0].load = 2
        for categories, expected in ((frozenset({7, 1}), (2, "special")), (frozenset({9}), (3, "general"))):
            seat, cause = roster.pick("category", categories)
            self.assertEqual((seat.user_id, cause), expected)

    def test_own_agent_is_no_turn(self):
        roster = self._roster((AVAILABLE, ABSENT, AVAILABLE), last=2)
        self.assertEqual(roster.own_agent(1).load, 1)
        self.assertIsNone(roster.own_agent(2))
        self.assertEqual((roster.turns, roster.last), ([], 2))

    @settings(max_examples=300, deadline=None)
    @given(PRESENCE)
    def test_nobody_present_falls_behind(self, presence):
        """Whoever comes and goes: the credits left and the turns taken of all members differ by at most one round."""
        roster = self._roster((AVAILABLE,) * 4, giveback_limit=1000)
        got = dict.fromkeys((1, 2, 3, 4), 0)
        for present in presence:
            for seat, here in zip(roster.seats, present, strict=True):
                seat.state = AVAILABLE if here else ABSENT
            seat, _cause = roster.pick("turn")
            if seat is None:
                self.assertFalse(any(present))
                continue
            self.assertTrue(present[seat.user_id - 1])
            got[seat.user_id] += 1
        due = [got[seat.user_id] + seat.credit for seat in roster.seats]
        self.assertLessEqual(max(due) - min(due), 1)

    @settings(max_examples=300, deadline=None)
    @given(PRESENCE, st.integers(min_value=0, max_value=5))
    def test_debts_stay_within_the_limit(self, presence, limit):
        """Nobody is owed more turns than the team allows, whoever comes and goes; only who is there gets a case."""
        roster = self._roster((AVAILABLE,) * 4, giveback_limit=limit)
        for present in presence:
            for seat, here in zip(roster.seats, present, strict=True):
                seat.state = AVAILABLE if here else ABSENT
            seat, _cause = roster.pick("turn")
            self.assertEqual(seat is None, not any(present))
            self.assertTrue(seat is None or present[seat.user_id - 1])
            self.assertTrue(all(0 <= seat.credit <= limit for seat in roster.seats))
