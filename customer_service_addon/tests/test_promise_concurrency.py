from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import tagged
from odoo.tools import SQL

from .common_process import ProcessCase

SUBJECT = "Promise watched by two workers"


@tagged("post_install", "-at_install")
class TestPromiseConcurrency(ProcessCase):
    """Two real connections look for missed promises: each is found once and nobody waits (peers.md 3.9: 12)."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cases = env["cs.case"].create([{"subject": SUBJECT} for _number in range(3)])
            cases._create_promises(dict.fromkeys(cases, fields.Datetime.now() - timedelta(hours=1)), "phone", "")
            self.case_ids = cases.ids

    def _forget(self):
        with self.registry.cursor() as cr:
            self.forget_cases(cr, SUBJECT)

    def _due(self, cr):
        promises = api.Environment(cr, SUPERUSER_ID, {})["cs.promise"]._lock_due(500)
        return promises.filtered(lambda promise: promise.case_id.id in self.case_ids)

    def test_two_workers_never_get_the_same_promise(self):
        with self.registry.cursor() as first, self.registry.cursor() as second:
            mine = self._due(first)
            self.assertEqual(len(mine), 3)
            self.assertFalse(self._due(second))
            mine._mark_missed(fields.Datetime.now())
            mine.env.flush_all()
            first.commit()
            second.rollback()
            self.assertFalse(self._due(second))
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cases = env["cs.case"].browse(self.case_ids)
            alarm = env.ref("customer_service_addon.mail_activity_type_cs_promise")
            for case in cases:
                users = case.activity_ids.filtered(lambda activity: activity.activity_type_id == alarm).user_id
                self.assertTrue(users)
                self.assertEqual(len(case.activity_ids), len(users))

    def test_a_case_being_saved_waits_for_the_next_run(self):
        with self.registry.cursor() as agent, self.registry.cursor() as worker:
            agent.execute(SQL("UPDATE cs_case SET subject = %s WHERE id = %s", SUBJECT, self.case_ids[0]))
            self.assertEqual(self._due(worker).case_id.ids, self.case_ids[1:])
            agent.rollback()
            worker.rollback()
            self.assertEqual(len(self._due(worker)), 3)
            worker.rollback()
