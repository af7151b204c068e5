from itertools import combinations

from odoo.tests import BaseCase, tagged

from ..services.complaint_steps import BY_CODE, NEXT_STATES, STATES, STEPS, missing_before, needed_steps, state_of

FLAGS = sorted({step.flag for step in STEPS if step.flag})


@tagged("post_install", "-at_install")
class TestComplaintSteps(BaseCase):
    """The table of steps by itself: whatever a level leaves out, the way leads to the end (C-02, C-03)."""

    def _ways(self):
        for count in range(len(FLAGS) + 1):
            for flags in combinations(FLAGS, count):
                for chain in (True, False):
                    for refuted in (True, False):
                        yield needed_steps(set(flags), chain=chain, refuted=refuted)

    def test_every_way_leads_to_the_end_one_step_after_the_other(self):
        for needed in set(self._ways()):
            done = set()
            state = "registered"
            for code in needed:
                self.assertEqual(missing_before(code, needed, done), [])
                done.add(code)
                following = state_of(needed, done)
                self.assertIn(following, (state, *NEXT_STATES[state]))
                state = following
            self.assertEqual(missing_before("closed", needed, done), [])
            self.assertIn("closed", NEXT_STATES[state])

    def test_nothing_is_done_before_what_comes_before(self):
        for needed in set(self._ways()):
            for place, code in enumerate(needed):
                before = [step for step in needed[:place] if not BY_CODE[step].parallel]
                self.assertEqual(missing_before(code, needed, set()), before)

    def test_only_departments_run_the_chain(self):
        self.assertEqual(
            needed_steps(set(FLAGS), chain=False, refuted=False), ("taken", "triaged", "informed", "replied", "visited")
        )

    def test_a_refuted_complaint_needs_no_plan(self):
        needed = needed_steps(set(FLAGS), chain=True, refuted=True)
        appeal = ("opined", "retested", "ruled")
        self.assertEqual(
            needed,
            (
                *("taken", "triaged", "informed", "signed", "verified", *appeal),
                *("reported", "released", "replied", "visited"),
            ),
        )

    def test_the_warning_holds_nobody_up_before_the_end(self):
        needed = needed_steps({"needs_warning"}, chain=True, refuted=False)
        done = set(needed) - {"informed"}
        self.assertEqual(missing_before("replied", needed, done - {"replied"}), [])
        self.assertEqual(missing_before("closed", needed, done), ["informed"])

    def test_the_states_are_all_in_the_table(self):
        self.assertEqual(set(NEXT_STATES), set(STATES))
        self.assertEqual({state for following in NEXT_STATES.values() for state in following} - set(STATES), set())
