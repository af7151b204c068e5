from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_process import ProcessCase


@tagged("post_install", "-at_install")
class TestRetentionConcurrency(ProcessCase):
    """R-08, two real connections that post against one retention money: the second begins anew and sees the first."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.account = env["account.account"].create(
                {
                    "code": "299881",
                    "name": "Retention of two workers",
                    "account_type": "liability_current",
                    "reconcile": True,
                    "company_ids": [Command.set(env.company.ids)],
                }
            )
            self.contractor = env["res.partner"].create({"name": "Contractor of two workers"})
            self.retention_id = (
                env["cs.retention"]
                .create(
                    {
                        "name": "Estate of two workers",
                        "partner_id": self.contractor.id,
                        "account_id": self.account.id,
                        "company_id": env.company.id,
                    }
                )
                .id
            )
            self.ids = (self.account.id, self.contractor.id)

    def _forget(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["cs.retention"].browse(self.retention_id).unlink()
            env["account.account"].browse(self.ids[0]).unlink()
            env["res.partner"].browse(self.ids[1]).unlink()

    def _check(self, cr):
        api.Environment(cr, SUPERUSER_ID, {})["cs.retention"].browse(self.retention_id)._ensure_covered()

    def test_the_second_of_two_at_once_begins_anew(self):
        with self.registry.cursor() as first, self.registry.cursor() as second:
            second.execute("SELECT posting_count FROM cs_retention WHERE id = %s", [self.retention_id])
            self._check(first)
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self._check(second)
            second.rollback()
            self._check(second)
            second.commit()
        with self.registry.cursor() as cr:
            retention = api.Environment(cr, SUPERUSER_ID, {})["cs.retention"].browse(self.retention_id)
            self.assertEqual(retention.posting_count, 2)
