from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common_complaint import CsComplaintCommon


@tagged("post_install", "-at_install")
class TestComplaintShutOut(CsComplaintCommon):
    """C-07: the person complained about neither handles nor sees the complaint, whatever the way in."""

    def setUp(self):
        super().setUp()
        self.complaint = self.open_complaint()
        self.case = self.complaint.case_id

    def accuse(self, **vals):
        self.complaint.person_ids = [Command.create({"employee_id": self.tech_employee.id, **vals})]
        self.env.flush_all()

    def _visible(self, model, domain):
        return self.env[model].with_user(self.technician).search_count(domain)

    def test_sees_the_file_until_he_is_named(self):
        self.assertTrue(self._visible("cs.complaint", [("id", "=", self.complaint.id)]))
        self.accuse()
        self.assertFalse(self._visible("cs.complaint", []))

    def test_does_not_answer_for_a_department(self):
        self.accuse()
        self.complaint.department_line_ids = [Command.create({"department_id": self.workshop.id})]
        with self.assertRaisesRegex(ValidationError, "cannot answer it"):
            self.complaint.department_line_ids.user_id = self.technician

    def test_not_even_a_row_in_the_panel_of_the_caller(self):
        """The panel shows cases of the caller that one may not open; not those about oneself."""
        other = self.make_case(user=self.technician, user_id=self.technician.id, subject="Brake noise again")
        rows = lambda: other.with_user(self.technician)._cases_of_caller()  # noqa: E731
        self.assertIn(self.case.name, [row["number"] for row in rows()["open"] + rows()["duplicates"]])
        self.accuse(hide_case=True)
        self.assertNotIn(self.case.name, [row["number"] for row in rows()["open"] + rows()["duplicates"]])

    def test_search_count_name_and_groups(self):
        self.accuse()
        files = self.env["cs.complaint"].with_user(self.technician)
        self.assertEqual(files.name_search(self.complaint.name), [])
        self.assertEqual(files.search_count([]), 0)
        self.assertEqual(files._read_group([], [], ["__count"]), [(0,)])
        with self.assertRaises(AccessError):
            files.browse(self.complaint.id).read(["subject"])
        with self.assertRaises(AccessError):
            files.browse(self.complaint.id).course = "<p>Not me</p>"

    def test_the_case_as_well(self):
        self.accuse()
        for model in ("cs.case", "cs.promise", "cs.case.analysis", "cs.handover"):
            domain = [("id" if model == "cs.case" else "case_id", "=", self.case.id)]
            with self.subTest(model):
                self.assertFalse(self._visible(model, domain))
                self.assertTrue(self.env[model].with_user(self.agent).search_count(domain))

    def test_not_when_the_case_is_his_own_contact(self):
        case = self.make_case(user=self.technician, type_id=self.type_complaint.id, user_id=self.agent.id)
        self.assertEqual(case.first_contact_id, self.technician)
        case.complaint_ids.person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.assertFalse(case.complaint_ids.person_ids.hide_case)
        self.assertTrue(self._visible("cs.case", [("id", "=", case.id)]))
        self.assertFalse(self._visible("cs.complaint", [("case_id", "=", case.id)]))

    def test_clocks_alarms_and_figures(self):
        self.env["cs.sla.policy"].create(
            {
                "name": "Complaints",
                "model": "cs.complaint",
                "company_id": self.company.id,
                "target_ids": [
                    Command.create(
                        {
                            "name": "Verified",
                            "to_milestone": "cs.complaint/verified",
                            "amount": 1,
                            "unit": "wh",
                            "escalation_ids": [
                                Command.create({"whom": "users", "user_ids": [Command.link(self.technician.id)]})
                            ],
                        }
                    )
                ],
            }
        )
        self.complaint._cancel("again")
        self.case.action_open_complaint()
        self.complaint = (self.case.complaint_ids - self.complaint).with_user(self.agent)
        self.accuse()
        self.at("2026-06-01 05:00:00")
        self.fire()
        clocks = self.env["cs.sla.clock"].search([("res_model", "=", "cs.complaint")])
        self.assertEqual(clocks.filtered("current").shut_out_user_ids, self.technician)
        alarms = clocks.alarm_ids.filtered("escalation_id")
        self.assertTrue(alarms.notice_ids)
        self.assertNotIn(self.technician, alarms.notice_ids.user_id)
        for model in ("cs.sla.clock", "cs.sla.event", "cs.sla.alarm", "cs.sla.report"):
            with self.subTest(model):
                self.assertFalse(self._visible(model, []))

    def test_a_new_round_is_hidden_too(self):
        self.accuse()
        self.env["cs.sla.engine"]._follow(self.case.sudo(), restarted_at=None)
        self.case.sudo().is_urgent = True
        clocks = self.env["cs.sla.clock"].search([("res_model", "=", "cs.case"), ("res_id", "=", self.case.id)])
        self.assertTrue(clocks)
        self.assertEqual(clocks.filtered(lambda clock: self.technician not in clock.shut_out_user_ids), clocks.browse())

    def test_messages_attachments_and_followers(self):
        self.complaint.message_subscribe(self.technician.partner_id.ids)
        self.case.message_subscribe(self.technician.partner_id.ids)
        message = self.complaint.message_post(body="He was rude")
        attachment = self.env["ir.attachment"].create(
            {"name": "statement.txt", "raw": b"rude", "res_model": "cs.complaint", "res_id": self.complaint.id}
        )
        self.accuse()
        self.assertNotIn(self.technician.partner_id, self.complaint.message_partner_ids)
        self.assertNotIn(self.technician.partner_id, self.case.message_partner_ids)
        for record in (message, attachment):
            with self.assertRaises(AccessError):
                record.with_user(self.technician).read(["display_name"])
        with self.assertRaises(AccessError):
            self.complaint.message_subscribe(self.technician.partner_id.ids)
        with self.assertRaises(AccessError):
            self.complaint.message_post(body="x", partner_ids=self.technician.partner_id.ids)

    def test_his_case_goes_to_somebody_else(self):
        case = self.make_case(user=self.agent, type_id=self.type_complaint.id, user_id=self.technician.id)
        case.complaint_ids.person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.assertNotIn(self.technician, case.user_id | case.complaint_ids.user_id)
        self.assertTrue(case.user_id)
        self.assertTrue(case.complaint_ids.user_id)

    def test_he_cannot_be_made_its_follower_nor_handler(self):
        self.accuse()
        with self.assertRaises(ValidationError):
            self.complaint.user_id = self.technician
        self.workshop.cs_handler_id = self.technician
        self.workshop.cs_stand_in_id = self.head
        self.triage(self.complaint)
        self.assertEqual(self.complaint.department_line_ids.user_id, self.head)

    def test_taken_back_he_sees_it_again(self):
        self.accuse()
        self.complaint.person_ids.unlink()
        self.env.flush_all()
        self.assertTrue(self._visible("cs.complaint", []))
        self.assertTrue(self._visible("cs.sla.clock", [("res_model", "=", "cs.case"), ("res_id", "=", self.case.id)]))


@tagged("post_install", "-at_install")
class TestComplaintInternal(CsComplaintCommon):
    """No customer and no contractor follows, is suggested on or is mailed from the internal file."""

    def setUp(self):
        super().setUp()
        self.complaint = self.open_complaint(partner_id=self.customer.id)

    def test_no_outsider_follows(self):
        for model in (self.complaint, self.complaint.sudo()):
            with self.assertRaises(AccessError):
                model.message_subscribe(self.customer.ids)
        self.assertFalse(self.complaint.message_partner_ids.filtered("partner_share"))

    def test_none_is_suggested(self):
        suggested = self.complaint._message_get_suggested_recipients()
        self.assertNotIn(self.customer.id, [row.get("partner_id") for row in suggested])
        self.assertFalse([row for row in suggested if not row.get("partner_id")])

    def test_none_is_mailed(self):
        with self.assertRaises(AccessError):
            self.complaint.message_post(body="Hello", partner_ids=self.customer.ids)
        with self.assertRaises(AccessError):
            self.complaint.message_post(body="Hello", outgoing_email_to="somebody@else.example")
        with self.assertRaises(AccessError):
            self.complaint.message_notify(body="Hello", partner_ids=self.customer.ids)
        composer = self.env["mail.compose.message"].with_user(self.agent)
        with self.assertRaises(AccessError):
            composer.create(
                {
                    "model": "cs.complaint",
                    "res_ids": str(self.complaint.ids),
                    "body": "<p>Hello</p>",
                    "partner_ids": [Command.link(self.customer.id)],
                }
            )._action_send_mail()
