import re
from contextlib import contextmanager
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import tagged, users

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestPerformance(CsCommon):
    """Budgets that keep volume harmless. Times are measured elsewhere; here only queries count."""

    def _values(self, count):
        return [
            {
                "subject": f"Call {number}",
                "type_id": self.type_inquiry.id,
                "channel_id": self.channel_mail.id,
                "team_id": self.team.id,
                "partner_id": self.customer.id,
                "email_from": f"caller{number}@bluefleet.example",
                "phone": "138 0013 8000",
            }
            for number in range(count)
        ]

    def _queries_of(self, count):
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env["cs.case"].create(self._values(count))
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    @contextmanager
    def _statements(self):
        """Collect the text of every statement sent to the database."""
        statements = []
        execute = Cursor.execute

        def noted(cursor, query, *args, **kwargs):
            statements.append(getattr(query, "code", query))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", noted):
            yield statements

    @users("cs_agent")
    def test_creating_a_hundred_cases_with_assignment(self):
        """At most 40 queries and what followers, log and the mail job need."""
        self._queries_of(2)
        self.env.invalidate_all()
        with self._statements() as statements:
            self.env["cs.case"].create(self._values(100))
            self.env.flush_all()
        mail = [text for text in statements if re.search(r'"mail_|"ir_cron', text)]
        self.assertLessEqual(len(statements) - len(mail), 40)
        self.assertLessEqual(len(mail), 12)

    @users("cs_agent")
    def test_queries_of_a_batch_do_not_grow_with_it(self):
        self._queries_of(10)
        small, large = self._queries_of(50), self._queries_of(90)
        self.assertLessEqual(large - small, 2, f"50 cases: {small} queries, 90 cases: {large}")

    @users("cs_agent")
    def test_default_orders_are_read_from_an_index(self):
        self.env["cs.case"].sudo().create(self._values(300))
        self.env.flush_all()
        self.env.cr.execute("ANALYZE cs_case")
        self.env.cr.execute("SET LOCAL enable_sort = off")
        for where in ("TRUE", "meaning IN ('new', 'open', 'waiting')"):
            self.env.cr.execute(
                f"EXPLAIN SELECT id FROM cs_case WHERE {where} ORDER BY priority DESC, id DESC LIMIT 80"
            )
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            with self.subTest(where=where):
                self.assertIn("order_idx", plan)
