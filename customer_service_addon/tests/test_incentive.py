from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import GROUP
from .test_report import PrintCommon, pdf_text
from .test_rework import CsReworkCommon

POINTS = {"first": 10, "later": 4, "partly": 2, "rejected": -3}


class IncentiveCommon(CsReworkCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_manager = new_test_user(cls.env, login="cs_manager_2", groups=GROUP % "manager")
        cls.rule = (
            cls.env["cs.incentive.rule"]
            .with_user(cls.manager)
            .create(
                {
                    "name": "Repair Team",
                    "amount_per_point": 5,
                    "minimum_orders": 1,
                    "point_ids": [
                        Command.create({"outcome": outcome, "points": points}) for outcome, points in POINTS.items()
                    ],
                }
            )
        )

    def finish(self, *results, crew=None, day="2026-02-16"):
        """Have an order done, inspected with each of ``results`` and closed on ``day``."""
        with freeze_time(f"{day} 04:00:00"):
            order = self.open_order(technician_ids=[Command.set((crew or self.crew[:1]).ids)])
            order.action_dispatch()
            order.action_start()
            order.work_note = "<p>Pipe replaced</p>"
            for result in results:
                order.action_finish()
                self.inspect(order, result, note="See there")
        return order

    def sheet(self, user=None, **vals):
        values = {"rule_id": self.rule.id, "team_id": self.team.id, "date_from": "2026-01-01", "kind": "quarter"}
        return self.env["cs.incentive"].with_user(user or self.supervisor).create(values | vals)

    def lines(self, sheet):
        return {line.technician_id.name: (line.order_count, line.points, line.amount) for line in sheet.sudo().line_ids}


@tagged("post_install", "-at_install")
class TestIncentive(IncentiveCommon):
    """R-10: the incentive from the customers' opinions on the orders, by a rule of data."""

    def test_points_by_outcome(self):
        self.finish("accepted")
        self.finish("rejected", "rejected", "accepted")
        self.finish("partly", crew=self.crew)
        sheet = self.sheet()
        sheet.action_calculate()
        self.assertEqual(self.lines(sheet), {"Repairer 1": (3, 9, 45), "Repairer 2": (1, 1, 5)})
        self.assertEqual(sheet.total, 50)
        self.assertEqual(sheet.sudo().line_ids.mapped("rejected_count"), [2, 0])
        self.rule.is_divided = False
        sheet.action_calculate()
        self.assertEqual(self.lines(sheet), {"Repairer 1": (3, 10, 50), "Repairer 2": (1, 2, 10)})

    def test_minimum_cap_and_never_below_zero(self):
        self.finish("accepted")
        self.finish("rejected", "rejected", "accepted", crew=self.crew[1:])
        sheet = self.sheet()
        for vals, amounts in (
            ({}, (50, 0)),
            ({"cap": 30}, (30, 0)),
            ({"cap": 0, "minimum_orders": 2}, (0, 0)),
        ):
            self.rule.write(vals)
            sheet.action_calculate()
            self.assertEqual(tuple(self.lines(sheet)[name][2] for name in ("Repairer 1", "Repairer 2")), amounts, vals)

    def test_days_of_the_period_are_the_companys(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.finish("accepted", day="2025-12-31")
        inside = self.finish("accepted", day="2026-03-31")
        inside.sudo()._cs_as_server().closed_at = "2026-03-31 15:59:59"
        outside = self.finish("accepted", day="2026-03-31")
        outside.sudo()._cs_as_server().closed_at = "2026-03-31 16:00:00"
        sheet = self.sheet()
        sheet.action_calculate()
        self.assertEqual([row[0] for row in sheet.snapshot["orders"]], [inside.name])
        year = self.sheet(user=self.manager, kind="year", date_from="2026-01-01", rule_id=self.rule.copy().id)
        year.action_calculate()
        self.assertEqual(len(year.snapshot["orders"]), 2)

    def test_orders_of_contractors_and_other_teams_do_not_count(self):
        order = self.finish("accepted")
        order.sudo()._cs_as_server().write({"executor": "contractor", "contractor_id": self.contractor.id})
        other = self.finish("accepted")
        other.sudo()._cs_as_server().team_id = self.other_team
        sheet = self.sheet()
        sheet.action_calculate()
        self.assertFalse(sheet.sudo().line_ids)
        with self.assertRaisesRegex(UserError, "no order"):
            sheet.action_submit()

    def test_approved_by_another_and_frozen(self):
        self.finish("accepted")
        sheet = self.sheet()
        sheet.action_submit()
        self.assertEqual(sheet.state, "submitted")
        self.rule.write({"amount_per_point": 900})
        self.finish("accepted", day="2026-03-02")
        for user in (self.supervisor, self.agent):
            with self.assertRaises(AccessError):
                sheet.with_user(user).action_approve()
        sheet.with_user(self.manager).action_approve()
        self.assertRecordValues(sheet.sudo(), [{"state": "approved", "total": 50, "approved_by_id": self.manager.id}])
        self.assertEqual(sheet.snapshot["terms"]["amount_per_point"], 5)
        for step in ("action_calculate", "action_submit"):
            with self.assertRaises(UserError):
                getattr(sheet, step)()
        with self.assertRaises(UserError):
            sheet.team_id = False
        with self.assertRaises(UserError):
            sheet.unlink()

    def test_a_manager_does_not_approve_his_own(self):
        self.finish("accepted")
        sheet = self.sheet(user=self.manager)
        sheet.action_submit()
        self.assertFalse(sheet.can_approve)
        with self.assertRaises(AccessError):
            sheet.action_approve()
        sheet.with_user(self.other_manager).action_send_back()
        self.assertEqual(sheet.state, "draft")
        sheet.action_submit()
        sheet.with_user(self.other_manager).action_approve()
        self.assertEqual(sheet.state, "approved")

    def test_nobody_is_paid_twice(self):
        self.sheet()
        for vals in ({}, {"kind": "year", "team_id": False}):
            with self.assertRaises(ValidationError):
                self.sheet(user=self.manager, **vals)
        self.sheet(date_from="2026-04-01")
        self.sheet(user=self.manager, team_id=self.other_team.id)
        with self.assertRaisesRegex(ValidationError, "first day"):
            self.sheet(date_from="2025-04-02")

    @freeze_time("2026-03-31 04:00:00")
    def test_only_after_the_period(self):
        self.finish("accepted")
        sheet = self.sheet()
        sheet.action_calculate()
        with self.assertRaisesRegex(UserError, "not over"):
            sheet.action_submit()

    def test_rights(self):
        self.finish("accepted")
        sheet = self.sheet()
        sheet.action_calculate()
        for vals in ({"state": "approved"}, {"snapshot": {}}, {"total": 900}, {"approved_by_id": self.supervisor.id}):
            with self.assertRaises(AccessError):
                sheet.write(vals)
        with self.assertRaises(AccessError):
            sheet.line_ids.amount = 1000
        with self.assertRaises(AccessError):
            sheet.write({"line_ids": [Command.clear()]})
        for user in (self.agent, self.repairer, self.head):
            with self.assertRaises(AccessError):
                sheet.with_user(user).read(["total"])
        foreign = self.sheet(user=self.manager, team_id=self.other_team.id)
        with self.assertRaises(AccessError):
            foreign.with_user(self.supervisor).action_calculate()
        with self.assertRaises(AccessError):
            self.rule.with_user(self.supervisor).amount_per_point = 100

    def test_further_opinions_join_in(self):
        """What later rooms say of an order counts by the same table of points."""
        order = self.finish("accepted")
        model = self.env.registry["cs.incentive"]
        genuine = model._opinions

        def with_visit(sheet, orders):
            opinions = genuine(sheet, orders)
            opinions[order.sudo()].append("later")
            return opinions

        self.patch(model, "_opinions", with_visit)
        sheet = self.sheet()
        sheet.action_calculate()
        self.assertEqual(self.lines(sheet), {"Repairer 1": (1, 14, 70)})

    def test_queries_do_not_grow_with_the_orders(self):
        for _number in range(2):
            self.finish("accepted")
        sheet = self.sheet()
        sheet.action_calculate()
        self.env.flush_all()

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            sheet.action_calculate()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few = count()
        for _number in range(6):
            self.finish("accepted")
        self.env.flush_all()
        self.assertLessEqual(count(), few + 3)

    def test_points_are_compared(self):
        self.finish("accepted", crew=self.crew)
        sheet = self.sheet()
        sheet.action_calculate()
        groups = (
            self.env["cs.incentive.line"]
            .with_user(self.supervisor)
            ._read_group([("sheet_id", "=", sheet.id)], ["technician_id"], ["points:sum"])
        )
        self.assertEqual([points for _technician, points in groups], [5, 5])


@tagged("post_install", "-at_install")
class TestIncentivePrint(PrintCommon, IncentiveCommon):
    """R-10: the sheet on paper, in English and Chinese."""

    def test_sheet_as_pdf(self):
        order = self.finish("accepted")
        sheet = self.sheet()
        sheet.action_submit()
        sheet.with_user(self.manager).action_approve()
        text = pdf_text(self.print_pdf("incentive", sheet, self.supervisor))
        for expected in ("TeamIncentive", "Repairer1", order.name, "AcceptedattheFirstInspection", "50.00"):
            self.assertIn(expected, text)
