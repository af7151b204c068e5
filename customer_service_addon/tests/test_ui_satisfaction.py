from odoo import fields
from odoo.tests import HttpCase, tagged

from .test_satisfaction import SatisfactionCommon


@tagged("post_install", "-at_install")
class TestUiSatisfaction(SatisfactionCommon, HttpCase):
    """The page with pictures in a real browser: a bar, a list and a liaison note (S-02, S-03)."""

    browser_size = "1366x768"

    def test_page_bar_list_and_note(self):
        now = fields.Datetime.to_string(fields.Datetime.now())
        raw = self.answers(work="not", manner="very")
        raw[self.item_work.id] = (raw[self.item_work.id][0], "Still dripping")
        for _number in range(2):
            self.record(raw=raw, moment=now)
        self.env.flush_all()
        self.start_tour("/odoo", "cs_satisfaction_tour", login=self.supervisor.login)
        note = self.env["cs.liaison.note"].search([])
        self.assertRecordValues(
            note, [{"department_id": self.workshop.id, "state": "sent", "collected": 2, "remark": "Train the crew"}]
        )
        self.assertEqual(note.receiver_id, self.handler)

    def test_nothing_to_show_yet(self):
        self.start_tour("/odoo", "cs_satisfaction_empty_tour", login=self.supervisor.login)
