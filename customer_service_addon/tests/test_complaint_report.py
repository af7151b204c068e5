from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .test_approval import CsApprovalCommon
from .test_report import PrintCommon, pdf_text

SECRETS = ("SECRET", "The bolt was loose", "Tool worn", "No check", "Worn tool", "blame")


@tagged("post_install", "-at_install")
class TestComplaintReport(PrintCommon, CsApprovalCommon):
    """The handling report: drawn up, approved, sent to the customer; he reads his version only (C-03)."""

    def setUp(self):
        super().setUp()
        self.complaint, self.plan = self.draw_up()
        self.submit(self.plan).with_user(self.chief).action_approve()
        self.plan._answer(True, "phone")
        self.plan.action_ids.with_user(self.technician).action_done()
        self.complaint.effect_note = "No complaint since"
        self.complaint.with_user(self.agent_2).action_effect_proven()

    def report(self):
        self.complaint.write(
            {"report_customer": "<p>刹车已更换。 The brakes are new.</p>", "report_internal": "<p>We are to blame.</p>"}
        )
        self.complaint.action_report()
        return self.complaint.sudo().approval_ids[:1]

    def html(self, name, complaint=None, user=None):
        report = self.env["ir.actions.report"].with_user(user or self.agent)
        name = f"customer_service_addon.report_cs_complaint_{name}"
        content, _kind = report._render_qweb_html(name, (complaint or self.complaint).ids)
        return content.decode()

    def test_an_empty_report_is_not_handed_in(self):
        with self.assertRaisesRegex(UserError, "Report to the Customer"):
            self.complaint.action_report()

    def test_from_draft_to_the_customer(self):
        approval = self.report()
        self.assertEqual((approval.kind, self.complaint.next_step), ("report", "released"))
        with self.assertRaises(UserError):
            self.complaint.action_reply()
        with self.assertRaises(UserError):
            approval.with_user(self.agent).action_approve()
        approval.with_user(self.manager).action_approve()
        self.assertEqual(self.complaint.next_step, "replied")
        self.complaint.action_reply()
        message = self.complaint.case_id.message_ids.filtered("attachment_ids")
        self.assertEqual(message.partner_ids, self.customer)
        self.assertEqual(message.attachment_ids.mimetype, "application/pdf")
        self.complaint.action_close()
        self.assertEqual(self.complaint.state, "closed")

    def test_eight_disciplines(self):
        """The same file as 8D report: the actions by kind, the cause, the effect."""
        self.complaint.action_ids._cs_as_server().sudo().write({"kind": "preventive"})
        text = pdf_text(self.print_pdf("complaint_8d", self.complaint))
        for expected in (
            "8DReport",
            "D2Problem",
            "D4RootCause",
            "Toolworn",
            "D6Effect",
            "D7Prevention",
            "Replacethebrakes",
        ):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)
        self.assertNotIn("D3", text, "nothing was contained")

    def test_the_level_asks_for_a_return_visit(self):
        """After the answer somebody asks the customer; before that the file is not closed."""
        self.full_level.write({"needs_visit": True, "needs_report_approval": False})
        self.report()
        with self.assertRaisesRegex(UserError, "Customer Answered"):
            self.complaint.action_visit()
        self.complaint.action_reply()
        with self.assertRaisesRegex(UserError, "Return Visit"):
            self.complaint.action_close()
        with self.assertRaisesRegex(UserError, "What the Return Visit Brought"):
            self.complaint.action_visit()
        self.complaint.visit_note = "He is content"
        with self.assertRaises(AccessError):
            self.complaint.with_user(self.handler).action_visit()
        self.complaint.action_visit()
        self.complaint.action_close()
        self.assertTrue(self.complaint.visited_at)

    def test_not_approved_is_drawn_up_again(self):
        approval = self.report()
        self.reject(approval, self.manager, "Too short")
        self.assertEqual(self.complaint.next_step, "reported")
        self.report().with_user(self.manager).action_approve()
        self.assertEqual(self.complaint.next_step, "replied")

    def test_what_goes_out_is_what_was_approved(self):
        self.report().with_user(self.manager).action_approve()
        with self.assertRaises(UserError):
            self.complaint.report_customer = "<p>Something else</p>"
        self.complaint.sudo()._cs_as_server().write({"report_customer": "<p>Something else</p>"})
        with self.assertRaisesRegex(UserError, "not the one that was approved"):
            self.complaint.action_reply()

    def test_the_customers_version_holds_nothing_internal(self):
        self.report()
        page = self.html("customer")
        for text in ("The brakes are new", "刹车已更换", "We replace the brakes"):
            self.assertIn(text, page)
        for secret in (*SECRETS, self.complaint.name, "No complaint since"):
            self.assertNotIn(secret, page)

    def test_the_internal_version_holds_everything(self):
        self.report()
        page = self.html("handling")
        for text in ("The bolt was loose", "Tool worn", "to blame", "Replace the brakes", "No complaint since"):
            self.assertIn(text, page)

    def test_the_other_forms(self):
        self.assertIn("The bolt was loose", self.html("verification"))
        self.assertIn("Replace the brakes", self.html("capa"))
        self.assertIn("Workshop", self.html("acceptance"))

    def test_skipped_steps_are_not_printed(self):
        complaint = self.open_complaint()
        self.triage(complaint, level=self.env.ref("customer_service_addon.cs_level_simple"))
        self.assertNotIn(">Verification<", self.html("handling", complaint))

    def test_nobody_outside_prints(self):
        portal = new_test_user(self.env, login="cs_portal_print", groups="base.group_portal")
        for user in (portal, self.other_agent):
            with self.assertRaises(AccessError):
                self.html("customer", user=user)

    def test_a_hundred_reports_in_one_file(self):
        """Must show 6: read back from the PDF, Chinese included."""
        cases = self.env["cs.case"].create(
            [
                {
                    "subject": f"刹车异响 {number:03}",
                    "type_id": self.type_complaint.id,
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                }
                for number in range(100)
            ]
        )
        text = pdf_text(self.print_pdf("complaint_handling", cases.complaint_ids))
        for number in (0, 42, 99):
            self.assertIn(f"刹车异响{number:03}", text)

    def test_the_list_costs_the_same_for_many(self):
        """Must show 7: badges of deadlines included."""
        fields = dict.fromkeys(
            ("name", "subject", "customer_id", "level_id", "department_id", "user_id", "sla_state", "state"), {}
        )
        costs = []
        for count in (5, 60):
            self.env["cs.case"].create(
                [
                    {
                        "subject": f"Call {number}",
                        "type_id": self.type_complaint.id,
                        "team_id": self.team.id,
                        "user_id": self.agent.id,
                    }
                    for number in range(count)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["cs.complaint"].with_user(self.agent).web_search_read([], fields, limit=80)
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[1], costs[0])

    def test_opening_many_files_costs_few_queries(self):
        costs = []
        for count in (10, 100):
            values = [
                {
                    "subject": f"Call {number}",
                    "type_id": self.type_complaint.id,
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                }
                for number in range(count)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["cs.case"].create(values)
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[1], costs[0] + 10)
