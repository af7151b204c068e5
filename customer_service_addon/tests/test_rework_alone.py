from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .test_rework import GROUP, CsReworkCommon


@tagged("post_install", "-at_install")
class TestReworkAlone(CsReworkCommon):
    """A repair order without a case makes the case; from a complaint it keeps the complaint's rules (I-02, C-07)."""

    def dialog(self, user=None, **vals):
        wizard = self.env["cs.rework.new"].with_user(user or self.agent)
        return wizard.create({"partner_id": self.customer.id, "subject": "Gutter hangs", **vals})

    def opened(self, action):
        return self.env["cs.rework"].with_user(self.agent).browse(action["res_id"])

    def test_the_case_is_made_with_its_number(self):
        action = self.env["cs.rework"].with_user(self.agent).action_new()
        self.assertEqual(action["res_model"], "cs.rework.new")
        with Form(self.env["cs.rework.new"].with_user(self.agent)) as form:
            form.partner_id = self.customer
            form.subject = "Gutter hangs"
            form.object_ref = "Flat 1203"
            form.place = "North side"
            form.trade_ids = self.plumbing
            form.task = "<p>Fix the gutter</p>"
        order = self.opened(form.record.action_open())
        case = order.case_id
        self.assertRecordValues(
            case,
            [
                {
                    "subject": "Gutter hangs",
                    "kind": "repair",
                    "partner_id": self.customer.id,
                    "object_ref": "Flat 1203",
                    "user_id": self.agent.id,
                }
            ],
        )
        self.assertRecordValues(
            order,
            [
                {
                    "name": f"{case.name}-R1",
                    "state": "draft",
                    "place": "North side",
                    "trade_ids": self.plumbing.ids,
                    "user_id": self.agent.id,
                    "customer_id": self.firm.id,
                }
            ],
        )
        self.assertIn("Fix the gutter", order.task)
        case.action_open_rework()
        self.assertEqual(len(case.rework_ids), 2, "several orders per case")

    def test_its_coverage_is_proposed(self):
        self.env["cs.coverage"].create(
            {
                "object_ref": "Flat 12",
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
                "trade_ids": [Command.set(self.plumbing.ids)],
                "contractor_id": self.contractor.id,
            }
        )
        wizard = self.dialog(object_ref="Flat 12-03", trade_ids=[Command.set(self.plumbing.ids)])
        self.assertEqual(self.opened(wizard.action_open()).cost_class, "a")

    def test_agents_only(self):
        for user in (self.head, self.handler, self.repairer, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.dialog(user=user).action_open()
        with self.assertRaises(AccessError):
            self.dialog().with_user(self.head).action_open()

    # ------------------------------------------------------------------
    # From a complaint
    # ------------------------------------------------------------------

    def test_an_order_of_a_complaint(self):
        complaint = self.open_complaint(object_ref="Flat 1203")
        order = self.opened(complaint.action_open_rework())
        self.assertRecordValues(
            order,
            [{"complaint_id": complaint.id, "case_id": complaint.case_id.id, "name": f"{complaint.case_id.name}-R1"}],
        )
        complaint.action_open_rework()
        self.assertEqual((complaint.rework_count, len(complaint.rework_ids)), (2, 2))
        self.assertEqual(len(self.env["cs.rework"].search(complaint.action_view_reworks()["domain"])), 2)

    def test_not_of_a_finished_complaint_and_not_by_a_department(self):
        complaint = self.open_complaint()
        self.triage(complaint)
        with self.assertRaisesRegex(AccessError, "Customer service opens"):
            complaint.with_user(self.handler).action_open_rework()
        self.assertEqual(complaint.with_user(self.handler).rework_count, 0)
        complaint.sudo()._cs_as_server().write({"state": "cancelled"})
        with self.assertRaisesRegex(UserError, "finished"):
            complaint.action_open_rework()

    def test_a_handling_agent_of_another_team_follows_the_order(self):
        handler = new_test_user(self.env, login="cs_both", groups=f"{GROUP % 'agent'},{GROUP % 'department_head'}")
        self.workshop.cs_handler_id = handler
        complaint = self.open_complaint()
        self.triage(complaint)
        action = complaint.with_user(handler).action_open_rework()
        order = self.env["cs.rework"].with_user(handler).browse(action["res_id"])
        self.assertEqual((order.user_id, order.complaint_id.id), (handler, complaint.id))

    def test_the_person_complained_about_has_no_part_in_it(self):
        complaint = self.open_complaint()
        complaint.person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        with self.assertRaises(AccessError):
            complaint.with_user(self.technician).action_open_rework()
        order = self.opened(complaint.action_open_rework())
        with self.assertRaises(AccessError):
            order.with_user(self.technician).read(["task"])
        with self.assertRaisesRegex(ValidationError, "has no part"):
            order.technician_ids = self.tech_employee
        with self.assertRaisesRegex(ValidationError, "has no part"):
            order.user_id = self.technician

    def test_who_is_named_later_is_taken_off_the_order(self):
        self.make_policy(
            "Repairs",
            {},
            model="cs.rework",
            target_ids=[Command.create({"name": "Done", "to_milestone": "cs.rework/done", "amount": 3, "unit": "wd"})],
        )
        complaint = self.open_complaint()
        alone, together = (self.opened(complaint.action_open_rework()) for _ in range(2))
        shared = {"cost_class": "b", "trade_ids": [Command.set(self.plumbing.ids)], "task": "<p>Pipe</p>"}
        alone.write({**shared, "technician_ids": [Command.set(self.tech_employee.ids)], "user_id": self.technician.id})
        together.write({**shared, "technician_ids": [Command.set((self.tech_employee | self.crew[:1]).ids)]})
        (alone | together).action_dispatch()
        complaint.person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.assertRecordValues(
            alone, [{"state": "draft", "user_id": self.agent.id, "technician_ids": [], "dispatched_at": False}]
        )
        self.assertIn("C-07", alone.end_reason)
        self.assertRecordValues(together, [{"state": "dispatched", "technician_ids": self.crew[:1].ids}])
        orders = (alone | together).sudo()
        self.assertNotIn(self.technician, orders.activity_ids.user_id)
        clocks = self.env["cs.sla.clock"].search([("res_model", "=", "cs.rework"), ("res_id", "in", orders.ids)])
        self.assertEqual(clocks.shut_out_user_ids, self.technician)


@tagged("post_install", "-at_install")
class TestReworkAloneTour(CsReworkCommon, HttpCase):
    """The dialog in a real browser."""

    browser_size = "1366x768"

    def test_new_order_from_the_list(self):
        self.start_tour("/odoo/cs-repairs", "cs_rework_alone_tour", login=self.agent.login)
        order = self.env["cs.rework"].search([("subject", "=", "Gutter hangs down")])
        self.assertRecordValues(order, [{"place": "North side", "state": "draft", "trade_ids": self.plumbing.ids}])
        self.assertEqual(order.case_id.partner_id, self.firm)
