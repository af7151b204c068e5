from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestUiAnalysis(CsCommon):
    """The pivot counts what its reader may see, with the figures of the cases (P-03)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.old = cls.make_case(received_at=cls.now - timedelta(days=3))
        cls.answered = cls.make_case(received_at=cls.now - timedelta(hours=5))
        cls.answered._cs_as_server().write(
            {"first_answered_at": cls.now - timedelta(hours=3), "solved_at": cls.now - timedelta(hours=1)}
        )
        cls.answered._cs_as_server().action_solve()
        cls.hidden = cls.make_case(cls.other_agent, user_id=cls.other_agent.id, team_id=cls.other_team.id)
        cls.env.flush_all()

    def _rows(self, user):
        ours = self.old + self.answered + self.hidden
        return self.env["cs.case.analysis"].with_user(user).search([("case_id", "in", ours.ids)])

    def test_figures_of_a_row(self):
        rows = {row.case_id: row for row in self._rows(self.agent)}
        self.assertAlmostEqual(rows[self.old].open_age, 3, 1)
        self.assertFalse(rows[self.old].answer_hours)
        self.assertAlmostEqual(rows[self.answered].answer_hours, 2, 1)
        self.assertAlmostEqual(rows[self.answered].solve_hours, 4, 1)
        self.assertFalse(rows[self.answered].open_age)

    def test_nobody_counts_what_is_hidden_from_him(self):
        self.assertEqual(self._rows(self.agent).case_id, self.old + self.answered)
        self.assertEqual(self._rows(self.other_agent).case_id, self.hidden)
        self.assertEqual(self._rows(self.manager).case_id, self.old + self.answered + self.hidden)
        self.assertFalse(self._rows(self.head))

    def test_averages_ignore_cases_without_figure(self):
        [(age, answer)] = (
            self.env["cs.case.analysis"]
            .with_user(self.agent)
            ._read_group(
                [("case_id", "in", (self.old + self.answered).ids)], aggregates=["open_age:avg", "answer_hours:avg"]
            )
        )
        self.assertAlmostEqual(age, 3, 1)
        self.assertAlmostEqual(answer, 2, 1)
