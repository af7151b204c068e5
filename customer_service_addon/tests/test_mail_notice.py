from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common_mail import CsMailCommon

TEMPLATE = "customer_service_addon.mail_template_cs_acknowledgement"


@tagged("post_install", "-at_install")
class TestMailNotice(CsMailCommon, CronMixinCase):
    """What the procedure itself tells customers and owners: once, bundled, outside the user's transaction (I-05)."""

    def _solved(self, **vals):
        case = self.make_case(**vals)
        with self.mock_mail_gateway():
            case._post_answer("Told on the phone", how="phone")
        case.action_solve()
        return case

    # ------------------------------------------------------------------
    # Acknowledgement
    # ------------------------------------------------------------------

    def test_acknowledgement_says_number_owner_next_step_and_date(self):
        self.customer.lang = "en_US"
        case = self.receive()
        case.type_id = self.type_inquiry
        self.assertEqual(case.ack_state, "queued")
        self.assertFalse(case.acknowledged_at)
        mail = self.run_notices()
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn(case.name, mail.subject)
        for text in (case.name, case.user_id.name, self.type_inquiry.next_step, f"/my/cases/{case.id}"):
            self.assertIn(text, mail.body_html)
        self.assertTrue(case._acknowledged_date())
        self.assertIn(case._acknowledged_date(), mail.body_html)
        self.assertEqual(mail.reply_to, self.team.alias_email)
        self.assertEqual(mail.email_from, f'"Hotline" <{self.team.alias_email}>')
        self.assertEqual(case.ack_state, "sent")
        self.assertTrue(case.acknowledged_at)
        self.assertFalse(case.first_answered_at, "an automatic mail is no answer")
        self.assertEqual(case.meaning, "new")
        self.assertFalse(self.run_notices(), "acknowledged once")

    def test_acknowledgement_is_marked_as_automatic_on_the_wire(self):
        self.receive()
        self.run_notices(deliver=True)
        [mail] = [mail for mail in self._mails if "chen.wei@bluefleet.example" in str(mail["email_to"])]
        self.assertEqual(mail["headers"]["Auto-Submitted"], "auto-replied")
        self.assertEqual(mail["headers"]["Precedence"], "auto_reply")

    def test_acknowledgement_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        self.env.ref(TEMPLATE).with_context(lang="zh_CN").subject = "受理 {{ object.name }}"
        self.type_inquiry.with_context(lang="zh_CN").next_step = "我们会尽快回复您。"
        case = self.make_case()
        mail = self.run_notices().filtered(lambda mail: mail.recipient_ids == self.customer)
        self.assertEqual(mail.subject, f"受理 {case.name}")
        self.assertIn("我们会尽快回复您。", mail.body_html)

    def test_caller_with_a_known_address_is_acknowledged(self):
        case = self.make_case(email_from=False)
        self.assertEqual(self.run_notices().recipient_ids, self.customer)
        self.assertEqual(case.ack_state, "sent")

    def test_caller_without_contact_is_acknowledged_at_the_address_given(self):
        self.make_case(partner_id=False, email_from="caller@nowhere.example")
        self.assertEqual(self.run_notices().email_to, "caller@nowhere.example")

    def test_who_is_not_acknowledged(self):
        visit = self.env.ref("customer_service_addon.cs_channel_visit")
        for values in ({"partner_id": False, "phone": "12345678"}, {"channel_id": visit.id}):
            with self.subTest(values=values):
                self.assertEqual(self.make_case(**values).ack_state, "none")
        self.assertFalse(self.run_notices())

    def test_answered_by_mail_before_needs_none_told_by_phone_still_gets_the_number(self):
        mailed, told = self.make_case(), self.make_case()
        with self.mock_mail_gateway():
            mailed._post_answer("We come on Monday")
            told._post_answer("We come on Monday", how="phone")
        self.assertEqual(self.run_notices().mapped("res_id"), told.ids)
        self.assertEqual(mailed.ack_state, "none")
        self.assertTrue(mailed.acknowledged_at)

    def test_limit_of_a_sender_is_a_setting_and_ends_with_the_day(self):
        self.company.cs_acknowledgements_per_day = 1
        first, second = self.receive(), self.receive()
        other = self.receive(sender="somebody.else@nowhere.example")
        self.run_notices()
        self.assertEqual((first | second | other).mapped("ack_state"), ["sent", "skipped", "sent"])
        first._cs_as_server().write({"acknowledged_at": fields.Datetime.subtract(fields.Datetime.now(), days=1)})
        third = self.receive()
        self.run_notices()
        self.assertEqual(third.ack_state, "sent")

    # ------------------------------------------------------------------
    # What goes wrong
    # ------------------------------------------------------------------

    def test_one_case_that_cannot_be_written_spoils_no_other(self):
        cases = self.env["cs.case"].union(*(self.receive(subject=f"Car {number}") for number in range(5)))
        bad = cases[2]
        template = self.env.ref(TEMPLATE)
        template.body_html = f"<p t-out=\"object.name + (object.id == {bad.id} and missing.name or '')\" />"
        mails = self.run_notices()
        self.assertEqual(sorted(mails.mapped("res_id")), sorted((cases - bad).ids))
        self.assertEqual(bad.ack_state, "failed")
        self.assertEqual(bad.ack_reason, "KeyError: 'missing'")
        self.assertFalse(bad.acknowledged_at)
        self.assertFalse(self.run_notices(), "no retry storm")

    def test_deleted_template_is_reported_on_the_case(self):
        self.env.ref(TEMPLATE).unlink()
        case = self.receive()
        self.assertFalse(self.run_notices())
        self.assertEqual((case.ack_state, case.ack_reason), ("failed", "The mail template was deleted"))

    def test_mail_that_does_not_leave_the_house_shows_on_the_case(self):
        case = self.receive()
        mail = self.run_notices()
        mail.failure_reason = "Mailbox unknown"
        mail._postprocess_sent_message([], [], failure_reason="Mailbox unknown", failure_type="mail_smtp")
        self.assertEqual((case.ack_state, case.ack_reason), ("failed", "Mailbox unknown"))
        self.assertFalse(case.acknowledged_at)
        self.assertIn("Mailbox unknown", case.message_ids[0].body)
        mail._postprocess_sent_message(self.customer.ids, [])
        self.assertEqual((case.ack_state, case.ack_reason), ("sent", False))
        self.assertTrue(case.acknowledged_at)

    def test_answers_of_people_are_not_reported_as_notices(self):
        case = self.make_case()
        self.run_notices()
        with self.mock_mail_gateway():
            case._post_answer("Hello")
            self._new_mails._postprocess_sent_message([], [], failure_reason="Refused", failure_type="mail_smtp")
        self.assertEqual(case.ack_state, "sent")

    # ------------------------------------------------------------------
    # End of a case
    # ------------------------------------------------------------------

    def test_customer_hears_of_the_solution_once_and_how_to_reopen(self):
        case = self._solved(resolution="New pads")
        mail = self.run_notices().filtered(lambda mail: "auto-generated" in (mail.headers or ""))
        self.assertEqual(mail.recipient_ids, self.customer)
        for text in (case.name, "New pads", f"{case.type_id.reopen_days}", "take it up again"):
            self.assertIn(text, mail.body_html)
        case.confirmation = "phone"
        case.action_close()
        self.assertFalse(self.run_notices(), "told once")

    def test_mailed_answer_that_solves_needs_no_closing_mail(self):
        case = self.make_case()
        self.run_notices()
        with self.mock_mail_gateway():
            self.env["cs.answer.wizard"].with_user(self.agent).create(
                {"case_id": case.id, "how": "mail", "body": "<p>New pads</p>", "then": "solved"}
            ).action_confirm()
        self.assertEqual(case.meaning, "solved")
        self.assertFalse(self.run_notices())

    def test_closing_wizard_decides_about_the_closing_mail(self):
        quiet, told = self._solved(), self._solved()
        self.run_notices()
        for case, send_mail in ((quiet, False), (told, True)):
            self.env["cs.close.wizard"].with_user(self.agent).create(
                {"case_ids": case.ids, "confirmation": "phone", "send_mail": send_mail}
            ).action_confirm()
        self.assertEqual(self.run_notices().mapped("res_id"), told.ids)

    def test_who_confirms_on_the_portal_knows_and_who_reopens_hears_nothing(self):
        confirmed, reopened = self.make_case(), self.make_case()
        self.run_notices()
        for case in confirmed | reopened:
            with self.mock_mail_gateway():
                case._post_answer("Told", how="phone")
        confirmed._confirm_by_customer("portal")
        reopened.action_solve()
        reopened.action_open()
        self.assertFalse(self.run_notices().filtered(lambda mail: mail.recipient_ids == self.customer))

    def test_finished_before_the_job_runs(self):
        case = self._solved()
        mails = self.run_notices()
        self.assertEqual(case.ack_state, "skipped")
        self.assertEqual(len(mails), 1, "one mail that it is solved, none that it was registered")

    # ------------------------------------------------------------------
    # Owner
    # ------------------------------------------------------------------

    def _notices_of(self, case):
        kind = self.env.ref("customer_service_addon.mail_activity_type_cs_assigned")
        return case.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    def test_owner_hears_of_a_new_case_in_one_activity(self):
        case = self.receive()
        self.run_notices()
        self.assertEqual(self._notices_of(case).user_id, case.user_id)
        self.assertFalse(case.owner_notice)
        own = self.make_case()
        self.assertFalse(own.owner_notice, "who registers a case for himself need not be told")

    def test_cases_given_to_somebody_are_no_mail_each(self):
        cases = self.env["cs.case"].union(*(self.make_case() for _number in range(5)))
        self.run_notices()
        with self.mock_mail_gateway():
            cases.with_user(self.supervisor).write({"user_id": self.agent_2.id})
            self.assertFalse(self._new_mails)
        self.assertFalse(self.run_notices().filtered(lambda mail: self.agent_2.partner_id in mail.recipient_ids))
        self.assertEqual(self._notices_of(cases).user_id, self.agent_2)
        self.assertEqual(len(self._notices_of(cases)), 5)

    def test_notice_ends_when_the_case_is_taken_up_or_given_on(self):
        case, given_on = self.receive(), self.receive()
        self.run_notices()
        case.action_open()
        self.assertFalse(self._notices_of(case))
        other = (self.agent | self.agent_2) - given_on.user_id
        given_on.with_user(self.supervisor).user_id = other
        self.run_notices()
        self.assertEqual(self._notices_of(given_on).user_id, other)

    # ------------------------------------------------------------------
    # Rights and volume
    # ------------------------------------------------------------------

    def test_manager_edits_the_templates(self):
        manager = new_test_user(
            self.env, login="cs_only_manager", groups="customer_service_addon.group_cs_manager", name="Only Manager"
        )
        for name in ("acknowledgement", "closed", "silence"):
            template = self.env.ref(f"customer_service_addon.mail_template_cs_{name}").with_user(manager)
            template.subject = f"{name} {{{{ object.name }}}}"
            self.assertFalse(template.use_default_to)
            self.assertTrue(template.lang)

    def test_nobody_writes_the_queue(self):
        case = self.make_case()
        for values in ({"ack_state": "none"}, {"closing_notice": True}, {"owner_notice": True}):
            with self.subTest(values=values), self.assertRaisesRegex(Exception, "written by the system only"):
                case.with_user(self.manager).write(values)

    def test_the_real_job_works_through_all_batches(self):
        cases = self.env["cs.case"].union(*(self.receive(sender=f"caller{number}@many.example") for number in range(5)))
        self.assertEqual(set(cases.mapped("ack_state")), {"queued"})
        with self.mock_mail_gateway(), self.enter_registry_test_mode(), self.registry.cursor() as cursor:
            self.env(cr=cursor)["cs.case"]._cron_notices(batch=2)
        self.env.invalidate_all()
        self.assertEqual(set(cases.mapped("ack_state")), {"sent"})
        self.assertFalse(any(cases.mapped("owner_notice")))

    def test_the_job_and_the_mail_queue_are_woken_up(self):
        with self.capture_triggers("customer_service_addon.ir_cron_cs_notices") as notices:
            self.receive()
        self.assertTrue(notices.records)
        with self.capture_triggers("mail.ir_cron_mail_scheduler_action") as queue:
            self.run_notices()
        self.assertTrue(queue.records, "told at once, not with the next hourly run of the mail queue")

    def _acknowledge(self, count):
        cases = self.env["cs.case"].create(
            [
                {"subject": f"Mail {number}", "team_id": self.team.id, "email_from": f"c{number}.{count}@many.example"}
                for number in range(count)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        cases._send_acknowledgement()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries_of_an_acknowledgement_do_not_grow(self):
        self._acknowledge(2)
        ten, forty = self._acknowledge(10), self._acknowledge(40)
        self.assertLessEqual(ten, 35)
        self.assertLessEqual(forty - ten, 3, f"{ten} queries for 10 mails, {forty} for 40")
