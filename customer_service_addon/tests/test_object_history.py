from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .test_report import PrintCommon, pdf_text
from .test_rework import CsReworkCommon


class HistoryCommon(CsReworkCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cause = cls.env["cs.cause"].create({"name": "Bad Sealing"})
        cls.tap = cls.env["product.product"].create({"name": "Tap"})

    def order_of(self, object_ref, user=None, **vals):
        case = self.make_case(
            user=user,
            user_id=(user or self.agent).id,
            team_id=(self.other_team if user == self.other_agent else self.team).id,
            object_ref=object_ref,
            product_id=self.tap.id,
            description="<p>Water</p>",
        )
        case.action_open_rework()
        order = case.rework_ids
        order.write({"cost_class": "b", "trade_ids": [Command.set(self.plumbing.ids)], **vals})
        return order

    def cost(self, order, amount, trade=None):
        self.env["cs.rework.line"].with_user(self.agent).create(
            {
                "rework_id": order.id,
                "kind": "third",
                "name": "Work",
                "quantity": 1,
                "unit_cost": amount,
                "trade_id": trade and trade.id,
            }
        )

    def rows(self, user=None, **domain):
        self.env.flush_all()
        report = self.env["cs.defect.report"].with_user(user or self.manager)
        return report.search([(name, "=", value) for name, value in domain.items()])


@tagged("post_install", "-at_install")
class TestObjectHistory(HistoryCommon):
    """R-11: repairs are in the history of the object and product."""

    def test_other_spellings_are_the_same_object(self):
        first, second = self.order_of("Flat 12-03"), self.order_of("flat 1203")
        self.order_of("Flat 1204")
        self.assertEqual((second.object_order_count, second.object_case_count), (1, 2))
        self.assertEqual((first.case_id.object_order_count, first.case_id.object_case_count), (2, 1))
        found = self.env["cs.rework"].with_user(self.agent).search(second.action_view_object_orders()["domain"])
        self.assertEqual(found, first | second)
        cases = self.env["cs.case"].with_user(self.agent).search(first.case_id.action_view_object_cases()["domain"])
        self.assertEqual(cases, (first | second).case_id)

    def test_without_an_object_there_is_no_history(self):
        order = self.order_of(False)
        self.order_of(False)
        self.assertEqual((order.object_order_count, order.object_case_count), (0, 0))
        self.assertEqual((order.case_id.object_order_count, order.case_id.object_case_count), (0, 0))
        self.assertFalse(self.env["cs.rework"].search(order.action_view_object_orders()["domain"]))

    def test_only_what_one_may_see_is_counted(self):
        mine = self.order_of("Flat 1203", technician_ids=[Command.set(self.crew[:1].ids)])
        self.order_of("Flat 1203", user=self.other_agent)
        self.assertEqual((mine.object_order_count, mine.case_id.object_order_count), (0, 1))
        self.assertEqual(mine.with_user(self.manager).object_order_count, 1)
        mine.action_dispatch()
        own = mine.with_user(self.repairer)
        self.assertEqual((own.object_order_count, own.object_case_count), (0, 0))
        self.assertEqual(
            self.env["cs.rework"].with_user(self.repairer).search(own.action_view_object_orders()["domain"]), own
        )
        with self.assertRaises(AccessError):
            own.action_view_object_cases()

    def test_product_on_the_order(self):
        order = self.order_of("Flat 1203")
        self.assertEqual(order.product_id, self.tap)
        self.assertIn(order, self.env["cs.rework"].with_user(self.agent).search([("product_id", "=", self.tap.id)]))

    def test_queries_do_not_grow_with_the_list(self):
        orders = self.order_of("Flat 1203")
        for number in range(8):
            orders |= self.order_of(f"Flat 12{number:02}")
        self.env.flush_all()

        def count(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.mapped("object_order_count")
            return self.env.cr.sql_log_count - before

        cases = orders.case_id
        for records in (orders.browse(orders.ids), cases.browse(cases.ids)):
            count(records)
            self.assertLessEqual(count(records), count(records.browse(records[0].id)) + 1)


@tagged("post_install", "-at_install")
class TestCommonDefects(HistoryCommon):
    """R-11: common defects are summarised."""

    def test_an_order_of_several_trades_is_counted_once(self):
        order = self.order_of("Green Hill 3-1203", trade_ids=[Command.set((self.plumbing | self.painting).ids)])
        self.cost(order, 100, self.plumbing)
        self.cost(order, 30)
        self.cost(order, 7, self.env.ref("customer_service_addon.cs_trade_electric"))
        rows = self.rows(rework_id=order.id)
        self.assertEqual(
            {row.trade_id: (row.order_count, row.cost) for row in rows},
            {self.plumbing: (0.5, 118.5), self.painting: (0.5, 18.5)},
        )
        self.assertEqual(sum(rows.mapped("cost")), order.cost_total)
        self.assertEqual(set(rows.mapped("project")), {"Green Hill 3"})

    def test_rows_say_what_is_counted(self):
        order = self.order_of("GH1203", trade_ids=[Command.clear()])
        self.cost(order, 12.5)
        self.assertRecordValues(
            self.rows(rework_id=order.id),
            [
                {
                    "trade_id": False,
                    "product_id": self.tap.id,
                    "project": "GH",
                    "order_count": 1,
                    "cost": 12.5,
                    "round": 1,
                    "state": "draft",
                }
            ],
        )

    def test_the_cause_is_that_of_the_complaint(self):
        order = self.order_of("Flat 1203")
        self.assertFalse(self.rows(rework_id=order.id).cause_id)
        case = self.make_case(user_id=self.agent.id, type_id=self.type_complaint.id)
        case.action_open_rework()
        case.sudo().complaint_ids._cs_as_server().cause_id = self.cause
        self.assertEqual(self.rows(rework_id=case.rework_ids.id).cause_id, self.cause)

    def test_nobody_counts_what_he_may_not_see(self):
        mine, theirs = self.order_of("Flat 1"), self.order_of("Flat 1", user=self.other_agent)
        ids = (mine | theirs).ids
        for user, seen in ((self.agent, mine), (self.supervisor, mine), (self.manager, mine | theirs)):
            self.env.flush_all()
            rows = self.env["cs.defect.report"].with_user(user).search([("rework_id", "in", ids)])
            self.assertEqual(rows.rework_id.sudo(), seen.sudo(), user.login)
        for user in (self.head, self.employee_user, self.repairer):
            with self.assertRaises(AccessError):
                self.env["cs.defect.report"].with_user(user).search([])

    def test_a_year_is_kept_as_it_was_counted(self):
        before = self.env["cs.defect.report"].sudo().search_count([("state", "!=", "cancelled")])
        self.assertFalse(before)
        first = self.order_of("Flat 1")
        self.cost(first, 80)
        self.order_of("Flat 2", trade_ids=[Command.set(self.painting.ids)])
        self.order_of("Flat 3", user=self.other_agent)
        self.env["cs.rework"].browse(self.order_of("Flat 4").id).with_user(self.agent)._end("cancelled", "Twice")
        self.env.flush_all()
        year = first.received_at.year
        summary = self.env["cs.defect.summary"].with_user(self.supervisor).create({"year": year})
        self.assertRecordValues(summary, [{"order_count": 3, "cost": 80}])
        trades = next(table for table in summary._tables() if table["title"] == "By Trade")["rows"]
        self.assertEqual(
            [(row["label"], row["orders"], row["share"], row["bar"]) for row in trades],
            [("Plumbing", "2", "66.7 %", 100), ("Painting", "1", "33.3 %", 50)],
        )
        self.order_of("Flat 5")
        self.assertEqual(summary.order_count, 3)
        summary.action_count()
        self.assertEqual(summary.order_count, 4)
        summary.team_id = self.other_team
        self.assertEqual(summary.order_count, 1)
        self.assertIn("Plumbing", summary.tables)

    def test_summaries_are_the_supervisors(self):
        summary = self.env["cs.defect.summary"].with_user(self.supervisor).create({"year": 2025})
        self.assertEqual(summary.with_user(self.agent).order_count, 0)
        for vals in ({"snapshot": {}}, {"order_count": 5}, {"cost": 5}):
            with self.assertRaises(AccessError):
                summary.write(vals)
        with self.assertRaises(AccessError):
            summary.with_user(self.agent).action_count()
        with self.assertRaises(AccessError):
            self.env["cs.defect.summary"].with_user(self.agent).create({"year": 2025})
        for year in (1999, 2999):
            with self.assertRaises(ValidationError):
                summary.year = year


@tagged("post_install", "-at_install")
class TestHistoryPrint(PrintCommon, HistoryCommon):
    """R-11: the history of an object (维修履历) and the common defects on paper."""

    def test_history_as_pdf(self):
        first, second = self.order_of("Flat 1203"), self.order_of("flat 1203")
        self.cost(first, 80.5)
        for report, record in (("object_history", second.case_id), ("rework_history", second)):
            text = pdf_text(self.print_pdf(report, record))
            for expected in ("RepairHistory", first.name, second.name, "Plumbing", "80.50", "Tap"):
                with self.subTest(report=report, expected=expected):
                    self.assertIn(expected, text)

    def test_history_holds_what_one_may_see(self):
        mine, theirs = self.order_of("Flat 1203"), self.order_of("Flat 1203", user=self.other_agent)
        html = self.print_html("object_history", mine.case_id)
        self.assertIn(mine.name, html)
        self.assertNotIn(theirs.name, html)

    def test_year_as_pdf(self):
        order = self.order_of("Flat 1203")
        self.env.flush_all()
        summary = (
            self.env["cs.defect.summary"]
            .with_user(self.supervisor)
            .create({"year": order.received_at.year, "conclusion": "<p>Another sealing</p>"})
        )
        text = pdf_text(self.print_pdf("defect_summary", summary))
        for expected in ("CommonDefects", "ByTrade", "Plumbing", "100.0%", "Anothersealing"):
            self.assertIn(expected, text)
