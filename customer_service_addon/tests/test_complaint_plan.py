from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .test_approval import CsApprovalCommon


@tagged("post_install", "-at_install")
class TestComplaintPlan(CsApprovalCommon):
    """Plan in versions, the customer's answer, actions and their effect (C-03, C-08)."""

    def approved(self, **level):
        self.full_level.write(level)
        complaint, plan = self.draw_up()
        self.submit(plan).with_user(self.chief).action_approve()
        return complaint, plan

    def answer_plan(self, plan, accepted, user=None, **vals):
        self.env["cs.plan.answer"].with_user(user or self.agent).create(
            {"plan_id": plan.id, "accepted": "yes" if accepted else "no", "how": "phone", **vals}
        ).action_confirm()

    def test_incomplete_plans_are_not_submitted(self):
        _complaint, plan = self.draw_up()
        plan.customer_text = "<p><br></p>"
        with self.assertRaisesRegex(UserError, "text the customer reads"):
            plan.action_submit()
        plan.customer_text = "<p>x</p>"
        plan.action_ids.unlink()
        with self.assertRaisesRegex(UserError, "what is to be done"):
            plan.action_submit()

    def test_a_submitted_plan_stays_as_it_is(self):
        _complaint, plan = self.draw_up()
        self.submit(plan)
        for vals in ({"customer_text": "<p>y</p>"}, {"amount": 1}, {"state": "accepted"}, {"answered_how": "phone"}):
            with self.assertRaises(UserError):
                plan.write(vals)
        with self.assertRaises(UserError):
            plan.action_ids.name = "Something else"
        with self.assertRaises(UserError):
            self.env["cs.complaint.action"].with_user(self.handler).create(
                {
                    "complaint_id": plan.complaint_id.id,
                    "plan_id": plan.id,
                    "name": "One more",
                    "employee_id": self.tech_employee.id,
                    "due_on": "2026-06-05",
                }
            )

    def test_nobody_creates_plans_through_the_api(self):
        complaint, _plan = self.draw_up()
        with self.assertRaises(UserError):
            self.env["cs.complaint.plan"].with_user(self.manager).create(
                {"name": "x", "complaint_id": complaint.id, "version": 9, "author_id": self.agent.id}
            )

    def test_offered_by_mail_without_anything_internal(self):
        _complaint, plan = self.approved()
        self.assertTrue(plan.offered_at)
        mail = self.env["mail.mail"].search([("subject", "like", "our proposal")], limit=1)
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertNotIn("SECRET", mail.body_html)
        self.assertIn("access_token", mail.body_html)

    def test_the_customer_accepts_by_phone(self):
        complaint, plan = self.approved()
        self.assertTrue(plan.with_user(self.agent).can_answer)
        with self.assertRaises(UserError):
            self.answer_plan(plan, True, how="portal")
        self.answer_plan(plan, True)
        self.assertRecordValues(plan, [{"state": "accepted", "answered_how": "phone", "answer_by_id": self.agent.id}])
        self.assertEqual((complaint.state, complaint.next_step), ("executing", "executed"))

    def test_departments_do_not_speak_for_the_customer(self):
        _complaint, plan = self.approved()
        self.env["ir.model.access"].search([("model_id.model", "=", "cs.plan.answer")]).group_id = False
        with self.assertRaises(AccessError):
            self.answer_plan(plan, True, user=self.handler)

    def test_the_customer_rejects_back_to_where_the_level_says(self):
        for target in ("verified", "analysed", "planned"):
            with self.subTest(target):
                complaint, plan = self.approved(rejected_back_to=target)
                with self.assertRaises(UserError):
                    self.answer_plan(plan, False)
                self.answer_plan(plan, False, reason="Too late")
                self.assertEqual((plan.state, plan.answer_reason), ("rejected", "Too late"))
                self.assertEqual(complaint.next_step, target)
                self.assertFalse(complaint.accepted_at)

    def test_silence_is_consent_only_after_a_reminder(self):
        complaint, plan = self.approved(reminder_days=2, silence_days=5)
        run = lambda: self.run_job("cs.complaint.plan", "_cron_silence")  # noqa: E731
        self.at("2026-06-02 12:00:00")
        run()
        self.assertFalse(plan.reminded_at)
        self.at("2026-06-03 12:00:00")
        run()
        self.assertTrue(plan.reminded_at)
        self.at("2026-06-09 12:00:00")
        run()
        self.assertEqual(plan.state, "approved", "the reminder has not left the house")
        self.env["mail.mail"].search([("model", "=", "cs.case")]).write({"state": "sent"})
        run()
        self.assertRecordValues(plan, [{"state": "accepted", "answered_how": "silence"}])
        self.assertEqual(complaint.next_step, "executed")

    def test_silence_never_counts_where_the_level_does_not_say_so(self):
        _complaint, plan = self.approved(reminder_days=2)
        self.at("2026-07-20 12:00:00")
        self.run_job("cs.complaint.plan", "_cron_silence")
        self.assertEqual(plan.state, "approved")

    def test_actions_begin_when_the_plan_holds(self):
        complaint, plan = self.approved()
        action = plan.action_ids.with_user(self.technician)
        self.assertEqual(action.user_id, self.technician)
        with self.assertRaisesRegex(UserError, "not approved and accepted"):
            action.action_done()
        self.answer_plan(plan, True)
        action.evidence = "<p>Photo</p>"
        action.action_done()
        self.assertRecordValues(action, [{"state": "done", "done_by_id": self.technician.id}])
        self.assertEqual((complaint.state, complaint.next_step), ("executing", "effective"))
        with self.assertRaises(UserError):
            action.evidence = "<p>Another</p>"

    def test_a_colleague_without_customer_service_does_his_own_action(self):
        plumber = new_test_user(self.env, login="cs_plumber", groups="base.group_user", name="Plumber")
        employee = self.env["hr.employee"].create({"name": "Plumber", "user_id": plumber.id})
        _complaint, plan = self.draw_up()
        plan.action_ids.employee_id = employee
        self.submit(plan).with_user(self.chief).action_approve()
        self.answer_plan(plan, True)
        action = plan.action_ids.with_user(plumber)
        action.evidence = "<p>Done</p>"
        with self.assertRaises(AccessError):
            action.due_on = "2027-01-01"
        action.action_done()
        self.assertEqual(action.sudo().state, "done")
        with self.assertRaises(AccessError):
            plan.with_user(plumber).read(["customer_text"])

    def test_reminders_before_and_every_day_after(self):
        complaint, plan = self.draw_up()
        action = plan.action_ids
        remind = lambda: self.run_job("cs.complaint.action", "_cron_remind")  # noqa: E731
        self.at("2026-06-03 02:00:00")
        remind()
        self.assertFalse(action.activity_ids)
        self.at("2026-06-04 02:00:00")
        remind()
        self.assertEqual(action.activity_ids.user_id, self.technician)
        remind()
        self.assertEqual(len(action.activity_ids), 1)
        for day in ("2026-06-06 02:00:00", "2026-06-07 02:00:00"):
            self.at(day)
            before = len(self.env["mail.notification"].search([("res_partner_id", "=", self.technician.partner_id.id)]))
            remind()
            after = len(self.env["mail.notification"].search([("res_partner_id", "=", self.technician.partner_id.id)]))
            self.assertEqual(after, before + 1)
        self.assertIn(complaint.user_id, action.activity_ids.user_id)

    def test_the_effect_is_checked_by_somebody_else(self):
        complaint, plan = self.approved()
        self.answer_plan(plan, True)
        plan.action_ids.with_user(self.technician).action_done()
        complaint.effect_note = "Two weeks without a complaint"
        with self.assertRaisesRegex(AccessError, "did not carry"):
            complaint.with_user(self.technician).action_effect_proven()
        complaint.with_user(self.agent_2).action_effect_missing()
        self.assertEqual((plan.action_ids.state, complaint.next_step), ("open", "executed"))
        plan.action_ids.with_user(self.technician).action_done()
        complaint.with_user(self.agent_2).action_effect_proven()
        self.assertRecordValues(complaint, [{"effect_by_id": self.agent_2.id, "next_step": "reported"}])

    def test_the_person_complained_about_sees_neither_plan_nor_action(self):
        complaint, _plan = self.draw_up()
        complaint.person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.env.flush_all()
        for model in ("cs.complaint.plan", "cs.complaint.action"):
            self.assertFalse(self.env[model].with_user(self.technician).search_count([]))


@tagged("post_install", "-at_install")
class TestPlanOnPortal(CsApprovalCommon, HttpCase):
    """The customer reads his text and nothing else, and answers with POST only."""

    def setUp(self):
        super().setUp()
        self.complaint, self.plan = self.draw_up()
        self.submit(self.plan).with_user(self.chief).action_approve()
        self.case = self.complaint.case_id
        self.url = f"/my/cases/{self.case.id}"
        self.token = self.case.sudo()._portal_ensure_token()
        self.env.flush_all()

    def _post(self, path, token=None, **data):
        page = self.url_open(f"{self.url}?access_token={self.token}").text
        csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(f"{self.url}/{path}?access_token={token or self.token}", data={"csrf_token": csrf, **data})

    def test_reads_his_text_and_nothing_else(self):
        page = self.url_open(f"{self.url}?access_token={self.token}").text
        self.assertIn("We replace the brakes", page)
        for secret in ("SECRET", "Replace the brakes</", "The bolt was loose", "Tool worn", self.complaint.name):
            self.assertNotIn(secret, page)

    def test_reads_in_plain_words_what_was_done(self):
        """What the customer may know of the way, no internal step among it."""
        self._post("accept")
        self.env.invalidate_all()
        page = self.url_open(f"{self.url}?access_token={self.token}").text
        words = (
            "Somebody follows your complaint",
            "We know who has to deal",
            "We have checked what happened",
            "We have found the cause",
            "Our proposal is agreed",
        )
        for text in words:
            self.assertIn(text, page)
        for text in ("has been carried out", "You have our answer", "Departments Signed", "Plan Approved"):
            self.assertNotIn(text, page)
        self.assertEqual(len(self.case._portal_complaint_steps()), len(words))

    def test_a_case_without_complaint_tells_no_steps(self):
        case = self.make_case(user=self.agent, user_id=self.agent.id)
        self.assertEqual(case._portal_complaint_steps(), [])

    def test_a_link_alone_accepts_nothing(self):
        self.url_open(f"{self.url}/accept?access_token={self.token}")
        self.env.invalidate_all()
        self.assertEqual(self.plan.state, "approved")

    def test_accepts(self):
        self._post("accept")
        self.env.invalidate_all()
        self.assertRecordValues(self.plan, [{"state": "accepted", "answered_how": "portal"}])
        self.assertNotIn("We replace the brakes", self.url_open(f"{self.url}?access_token={self.token}").text)

    def test_rejects_with_a_reason(self):
        self._post("reject", reason=" ")
        self.env.invalidate_all()
        self.assertEqual(self.plan.state, "approved")
        self._post("reject", reason="I want a new car")
        self.env.invalidate_all()
        self.assertRecordValues(self.plan, [{"state": "rejected", "answer_reason": "I want a new car"}])

    def test_a_stranger_answers_nothing(self):
        self._post("accept", token="forged")
        self.env.invalidate_all()
        self.assertEqual(self.plan.state, "approved")
