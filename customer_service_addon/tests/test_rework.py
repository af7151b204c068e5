from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..services.rework_steps import FINISHED, MILESTONES, NEXT_STATES, STATES
from .common import GROUP
from .common_complaint import CsComplaintCommon
from .test_report import PrintCommon, pdf_text

BUTTONS = {
    "action_dispatch": {"draft"},
    "action_accept": {"dispatched"},
    "action_start": {"dispatched"},
    "action_finish": {"working"},
}


class CsReworkCommon(CsComplaintCommon):
    """A property company with a repair team of two and a contractor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repairer, cls.repairer_2 = (
            new_test_user(
                cls.env, login=f"cs_repairer_{number}", groups=GROUP % "technician", name=f"Repairer {number}"
            )
            for number in (1, 2)
        )
        cls.crew = cls.env["hr.employee"].create(
            [{"name": user.name, "user_id": user.id} for user in (cls.repairer, cls.repairer_2)]
        )
        cls.contractor = cls.env["res.partner"].create({"name": "Solid Roofs Ltd", "is_company": True})
        cls.plumbing = cls.env.ref("customer_service_addon.cs_trade_plumbing")
        cls.painting = cls.env.ref("customer_service_addon.cs_trade_painting")

    def open_order(self, **vals):
        """Open a repair order from a case of the agent and return it as the agent sees it."""
        case = self.make_case(user_id=self.agent.id, object_ref="Flat 1203", description="<p>Water on the ceiling</p>")
        case.action_open_rework()
        order = case.rework_ids
        order.write({"cost_class": "b", "trade_ids": [Command.set(self.plumbing.ids)], **vals})
        return order

    def own_order(self, **vals):
        return self.open_order(technician_ids=[Command.set(self.crew[:1].ids)], **vals)

    def done_order(self, **vals):
        order = self.own_order(**vals)
        order.action_dispatch()
        own = order.with_user(self.repairer)
        own.action_start()
        own.work_note = "<p>Pipe replaced</p>"
        own.action_finish()
        return order

    def sign_price(self, order, name="Ann Owner", user=None):
        """The customer signs the price at the desk."""
        self.env["cs.sign"].with_user(user or self.agent).create(
            {
                "res_model": order._name,
                "res_id": order.id,
                "topic": "price",
                "role": "customer",
                "signer_name": name,
                "how": "typed",
            }
        ).action_confirm()

    def inspect(self, order, result, **vals):
        dialog = self.env["cs.rework.inspect"].with_user(self.agent)
        dialog.create({"rework_ids": [Command.set(order.ids)], "result": result, **vals}).action_confirm()


@tagged("post_install", "-at_install")
class TestRework(CsReworkCommon):
    """R-02 to R-05: the repair order from the case to the inspection."""

    def test_an_order_bears_the_number_of_its_case(self):
        order = self.open_order()
        self.assertRecordValues(
            order,
            [
                {
                    "name": f"{order.case_id.name}-R1",
                    "state": "draft",
                    "object_ref": "Flat 1203",
                    "customer_id": self.firm.id,
                    "user_id": self.agent.id,
                    "team_id": self.team.id,
                }
            ],
        )
        self.assertIn("Water on the ceiling", order.task)
        order.case_id.action_open_rework()
        self.assertEqual(order.case_id.rework_ids.mapped("name"), [f"{order.case_id.name}-R{n}" for n in (1, 2)])

    def test_nobody_creates_orders_through_the_api(self):
        case = self.make_case()
        with self.assertRaises(UserError):
            self.env["cs.rework"].with_user(self.manager).create({"case_id": case.id, "name": "X"})
        case.sudo().cancel_reason = "Twice"
        case.sudo().action_cancel()
        with self.assertRaisesRegex(UserError, "finished"):
            case.action_open_rework()

    def test_what_is_missing_is_named(self):
        order = self.open_order(cost_class=False)
        with self.assertRaisesRegex(UserError, "Class"):
            order.action_dispatch()
        order.cost_class = "b"
        order.trade_ids = False
        with self.assertRaisesRegex(UserError, "Trades"):
            order.action_dispatch()
        order.trade_ids = self.plumbing
        with self.assertRaisesRegex(UserError, "Technicians"):
            order.action_dispatch()
        order.executor = "contractor"
        with self.assertRaisesRegex(UserError, "Contractor"):
            order.action_dispatch()

    def test_class_c_is_agreed_first(self):
        """R-02: the price is agreed and signed before work begins."""
        order = self.own_order(cost_class="c")
        with self.assertRaisesRegex(UserError, "Agreed"):
            order.action_dispatch()
        order.agreed_amount = 300
        with self.assertRaisesRegex(UserError, "not signed"):
            order.action_dispatch()
        self.sign_price(order)
        order.agreed_amount = 310
        with self.assertRaisesRegex(UserError, "not signed"):
            order.action_dispatch()
        self.assertEqual(order.signature_state, "changed")
        self.sign_price(order)
        order.action_dispatch()
        with self.assertRaisesRegex(UserError, "Withdraw it"):
            order.agreed_amount = 900

    def test_the_own_team_from_dispatch_to_inspection(self):
        order = self.own_order()
        order.action_dispatch()
        self.assertEqual(order.activity_ids.user_id, self.repairer)
        own = order.with_user(self.repairer)
        self.assertTrue(own.can_start)
        own.action_start()
        with self.assertRaisesRegex(UserError, "What Was Done"):
            own.action_finish()
        own.work_note = "<p>Pipe replaced</p>"
        own.action_finish()
        self.assertEqual((order.state, order.sudo().activity_ids.user_id), ("done", self.agent))
        self.inspect(order, "accepted")
        self.assertRecordValues(order, [{"state": "closed", "round": 1}])
        self.assertEqual(order.inspection_ids.mapped("result"), ["accepted"])
        self.assertTrue(order.inspected_at and order.closed_at)

    def test_a_contractor_accepts_before_he_begins(self):
        order = self.open_order(executor="contractor", contractor_id=self.contractor.id)
        order.action_dispatch()
        with self.assertRaisesRegex(UserError, "has not accepted"):
            order.action_start()
        order.action_accept()
        order.action_start()
        self.assertEqual(order.state, "working")
        with self.assertRaisesRegex(UserError, "own team"):
            self.own_order().action_accept()

    def test_declined_goes_back_and_to_somebody_else(self):
        order = self.open_order(executor="contractor", contractor_id=self.contractor.id)
        order.action_dispatch()
        with self.assertRaisesRegex(UserError, "Say why"):
            order._end("draft", " ")
        dialog = self.env["cs.rework.end"].with_user(self.agent)
        dialog.create(
            {"rework_ids": [Command.set(order.ids)], "target": "draft", "reason": "No people this week"}
        ).action_confirm()
        self.assertRecordValues(
            order, [{"state": "draft", "end_reason": "No people this week", "dispatched_at": False}]
        )
        order.write({"executor": "team", "technician_ids": [Command.set(self.crew[:1].ids)]})
        order.action_dispatch()
        self.assertFalse(order.end_reason)

    def test_not_accepted_is_the_next_round(self):
        """R-05: a round of its own, with a clock of its own."""
        target = {"name": "Done", "from_milestone": "cs.rework/dispatched", "to_milestone": "cs.rework/done"}
        self.make_policy(
            "Repairs", {}, model="cs.rework", target_ids=[Command.create(target | {"amount": 3, "unit": "wd"})]
        )
        order = self.done_order()
        with self.assertRaisesRegex(UserError, "what is missing"):
            self.inspect(order, "rejected")
        self.inspect(order, "rejected", note="Still wet")
        self.assertRecordValues(order, [{"state": "working", "round": 2, "done_at": False}])
        clocks = self.env["cs.sla.clock"].search([("res_model", "=", "cs.rework"), ("res_id", "=", order.id)])
        self.assertEqual(sorted(clocks.mapped("round")), [1, 2])
        order.with_user(self.repairer).action_finish()
        self.inspect(order, "accepted")
        self.assertEqual(
            order.inspection_ids.mapped(lambda row: (row.round, row.result)), [(1, "rejected"), (2, "accepted")]
        )

    def test_partly_done_leaves_an_order_for_the_rest(self):
        order = self.done_order(place="Bathroom")
        self.inspect(order, "partly", note="Paint is missing", remainder="<p>Paint the ceiling</p>")
        self.assertEqual(order.state, "closed")
        rest = order.case_id.rework_ids - order
        self.assertRecordValues(
            rest, [{"state": "draft", "place": "Bathroom", "cost_class": "b", "trade_ids": self.plumbing.ids}]
        )
        self.assertIn("Paint the ceiling", rest.task)

    def test_several_trades_have_a_deadline_of_their_own(self):
        """R-03: one trade three working days, several seven: policies by the number of trades."""
        target = {"name": "Done", "from_milestone": "cs.rework/dispatched", "to_milestone": "cs.rework/done"}
        for name, days, domain in (("Several", 7, [("trade_count", ">", 1)]), ("One", 3, [])):
            self.make_policy(
                name,
                {},
                model="cs.rework",
                sequence=days * -1,
                domain=repr(domain),
                target_ids=[Command.create(target | {"amount": days, "unit": "wd"})],
            )
        for trades, days in ((self.plumbing, 3), (self.plumbing | self.painting, 7)):
            order = self.own_order(trade_ids=[Command.set(trades.ids)])
            order.action_dispatch()
            clock = self.env["cs.sla.clock"].search(
                [("res_model", "=", "cs.rework"), ("res_id", "=", order.id), ("current", "=", True)]
            )
            self.assertEqual((clock.amount, clock.run_state), (days, "running"))

    def test_a_department_head_sees_that_there_are_orders(self):
        order = self.own_order()
        order.case_id.sudo().department_id = self.department
        case = order.case_id.with_user(self.head)
        self.assertEqual(case.rework_count, 1)
        with self.assertRaises(AccessError):
            order.with_user(self.head).read(["task"])

    def test_an_open_order_keeps_its_case_open(self):
        order = self.own_order()
        with self.assertRaisesRegex(UserError, order.name):
            order.case_id._ensure_nothing_open()

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_technicians_see_their_dispatched_orders_only(self):
        order = self.own_order()
        mine = self.env["cs.rework"].with_user(self.repairer)
        self.assertFalse(mine.search([]))
        order.action_dispatch()
        self.assertEqual(mine.search([]), order)
        self.assertFalse(self.env["cs.rework"].with_user(self.repairer_2).search([]))
        for values in ({"cost_class": "a"}, {"planned_start": "2026-06-02 01:00:00"}, {"user_id": self.repairer.id}):
            with self.subTest(values=values), self.assertRaises(UserError):
                order.with_user(self.repairer).write(values)
        for method in ("action_dispatch", "action_accept", "action_reopen"):
            with self.subTest(method=method), self.assertRaises(UserError):
                getattr(order.with_user(self.repairer), method)()
        with self.assertRaises(AccessError):
            order.with_user(self.repairer)._inspect("accepted", "Fine")

    def test_every_move_outside_the_table_is_refused(self):
        for state in STATES:
            for following in STATES:
                order = self.own_order()
                order._cs_as_server().sudo().write({"state": state})
                with self.subTest(state=state, following=following):
                    if following in NEXT_STATES[state]:
                        order._go_to(following)
                        self.assertEqual(order.state, following)
                    else:
                        with self.assertRaises(UserError):
                            order._go_to(following)

    def test_state_and_milestones_are_the_servers(self):
        order = self.own_order()
        for name in ("state", "name", "round", "inspected_at", *MILESTONES.values()):
            with self.subTest(name=name), self.assertRaises(AccessError):
                order.with_user(self.manager).write({name: order[name]})
        with self.assertRaises(AccessError):
            self.env["cs.inspection"].with_user(self.manager).create({"rework_id": order.id, "result": "accepted"})
        with self.assertRaises(UserError):
            order.unlink()

    def test_finished_orders_stay(self):
        order = self.done_order()
        self.inspect(order, "accepted")
        for name in ("place", "task"):
            with self.assertRaises(UserError):
                order[name] = "Else"
        self.assertEqual(set(FINISHED), {"closed", "cancelled"})

    def test_no_customer_follows_the_order(self):
        order = self.own_order()
        with self.assertRaises(UserError):
            order.message_subscribe(self.customer.ids)

    def test_times_in_order_and_prices_not_negative(self):
        order = self.own_order()
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            order.write({"planned_start": "2026-06-02 08:00:00", "planned_end": "2026-06-02 07:00:00"})
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestReworkPrint(PrintCommon, CsReworkCommon):
    """The repair order (工程派工单) as real PDF (R-02, P-01)."""

    def test_order_as_pdf(self):
        order = self.done_order(place="三楼卫生间")
        self.inspect(order, "rejected", note="Still wet 仍渗水")
        for user in (self.agent, self.repairer):
            text = pdf_text(self.print_pdf("rework", order, user))
            for expected in (
                "RepairOrder",
                order.name,
                "三楼卫生间",
                "Plumbing",
                "Pipereplaced",
                "仍渗水",
                "Repairer1",
            ):
                with self.subTest(user=user.login, expected=expected):
                    self.assertIn(expected, text)


@tagged("post_install", "-at_install")
class TestReworkTour(CsReworkCommon, HttpCase):
    """A repair order in a real browser: dispatched, done by a technician who has no other right, inspected."""

    browser_size = "1366x768"

    def test_from_the_case_to_the_inspection(self):
        self.type_repair = self.env.ref("customer_service_addon.cs_case_type_repair")
        case = self.make_case(type_id=self.type_repair.id, user_id=self.agent.id, description="<p>Water</p>")
        self.start_tour(f"/odoo/cs-cases/{case.id}", "cs_rework_dispatch_tour", login=self.agent.login)
        order = case.rework_ids
        self.assertRecordValues(order, [{"state": "dispatched", "technician_ids": self.crew[:1].ids}])
        self.start_tour("/odoo/cs-my-repairs", "cs_rework_technician_tour", login=self.repairer.login)
        self.assertEqual(order.state, "done")
        self.assertIn("The pipe is new", order.work_note)
        self.start_tour(f"/odoo/cs-repairs/{order.id}", "cs_rework_inspect_tour", login=self.agent.login)
        self.assertEqual(order.state, "closed")
