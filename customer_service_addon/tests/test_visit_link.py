from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCommon

from .common_visit import CsVisitCommon

CRON = "customer_service_addon.ir_cron_cs_visit_links"


class CsLinkCommon(MailCommon, CsVisitCommon):
    """Questionnaires sent by mail; the mail queue is run by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.alias_name = "hotline"
        cls.visits = cls.env["cs.return.visit"]

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref(CRON).method_direct_trigger()

    def send_queue(self):
        """Let the written mails leave the house and return them (as superuser)."""
        mails_sudo = self.outgoing()
        with self.mock_mail_gateway():
            mails_sudo.send()
        return mails_sudo

    def outgoing(self):
        """Return the mails to customers that wait in the queue (as superuser); they belong to no thread."""
        return self.env["mail.mail"].sudo().search([("state", "=", "outgoing"), ("model", "=", False)])

    def send_link(self, visit):
        """Send one visit's questionnaire as its agent does, and return the participation (as superuser)."""
        visit.action_send_link()
        self.run_job()
        self.send_queue()
        self.assertEqual(visit.link_state, "sent", visit.link_failure)
        return visit.sudo().link_input_ids

    @classmethod
    def fill_in(cls, answer_sudo, work="very", manner="very"):
        """Answer as survey's pages do and finish."""
        answer_sudo._mark_in_progress()
        for question, score in ((cls.item_work, work), (cls.item_manner, manner)):
            choice = cls.choice(question, score).id if score else False
            answer_sudo._save_lines(question, str(choice) if choice else "")
        answer_sudo._mark_done()


@tagged("post_install", "-at_install")
class TestVisitLink(CsLinkCommon):
    """The questionnaire that the customer answers himself."""

    def test_sent_answered_and_recorded_as_his_own(self):
        visit = self.plan_visit()
        answer = self.send_link(visit)
        self.assertEqual((answer.partner_id, answer.deadline - visit.link_sent_at), (self.customer, timedelta(days=7)))
        self.assertEqual((visit.contacted_at, visit.next_at), (visit.link_sent_at, visit.link_until))
        self.fill_in(answer, work="fairly", manner="basically")
        self.assertEqual((visit.state, visit.link_state), ("closed", "answered"))
        self.assertEqual((visit.own_result, visit.staff_result), ("basically", False))
        self.assertEqual(set(visit.answer_ids.mapped("source")), {"customer"})
        self.assertFalse(visit.answer_ids.recorded_by_id)
        # Survey's own figures go on.
        self.assertEqual((answer.state, self.script.answer_done_count), ("done", 1))

    def test_not_satisfied_opens_a_case_and_what_he_wrote_is_in_it(self):
        visit = self.plan_visit()
        answer = self.send_link(visit)
        answer._mark_in_progress()
        answer._save_lines(self.item_work, str(self.choice(self.item_work, "not").id))
        answer._save_lines(self.item_manner, "")
        answer._save_lines(self.why, "Still dripping")
        answer._save_lines(self.nps, "0")
        answer._mark_done()
        case = visit.sudo().opened_case_ids
        self.assertEqual((len(case), case.complaint_ids.department_line_ids.department_id), (1, self.workshop))
        rows = {row.question_text: row for row in visit.answer_ids}
        self.assertEqual(rows["What was not right?"].answer_text, "Still dripping")
        self.assertEqual(rows["How satisfied are you with our manner?"].score, "none")
        self.assertEqual(
            (rows["Would you recommend us?"].nps, rows["Would you recommend us?"].answer_text), (-100, "0")
        )

    def test_his_own_rating_stands_beside_what_was_recorded(self):
        """Staff recorded “very”, the customer writes “not”: both are kept, the state stays, a case is opened."""
        visit = self.plan_visit()
        answer = self.send_link(visit)
        visit._record_answers("staff", self.answers(), user=self.caller)
        self.assertEqual((visit.state, visit.answered_by_id), ("closed", self.caller))
        self.fill_in(answer, work="not", manner="very")
        self.assertEqual((visit.state, visit.staff_result, visit.own_result), ("closed", "very", "not"))
        self.assertEqual((visit.answered_by_id, visit.is_satisfied), (self.caller, False))
        self.assertEqual(len(visit.sudo().opened_case_ids), 1)

    def test_whatever_became_of_the_visit_his_answer_is_recorded(self):
        expected = {
            "planned": "closed",
            "agreed": "closed",
            "unreachable": "closed",
            "declined": "declined",
            "cancelled": "cancelled",
        }
        for state, after in expected.items():
            with self.subTest(state=state):
                visit = self.plan_visit()
                answer = self.send_link(visit)
                if state == "agreed":
                    visit.appointment_start = "2026-06-03 02:00:00"
                    visit.action_agree()
                elif state in ("declined", "cancelled"):
                    visit._end(state, "No time")
                elif state == "unreachable":
                    visit._log_attempt("wrong")
                self.assertEqual(visit.state, state)
                self.fill_in(answer)
                self.assertEqual((visit.state, visit.link_state), (after, "answered"))
                self.assertEqual(visit.own_result, "very")

    def test_a_record_that_refuses_loses_nothing(self):
        """The answers stay with the participation, the visit says so, and the job records them later."""
        visit = self.plan_visit()
        answer = self.send_link(visit)
        refusal = UserError("Not now")
        with patch.object(self.registry["cs.return.visit"], "_follow_up_answers", side_effect=refusal):
            self.fill_in(answer, work="fairly")
        self.assertEqual((answer.state, answer.cs_failure, visit.link_state), ("done", "Not now", "answered"))
        self.assertEqual((visit.link_failure, len(visit.answer_ids), visit.state), ("Not now", 0, "planned"))
        self.run_job()
        self.assertFalse(answer.cs_failure or visit.link_failure)
        self.assertEqual((visit.own_result, visit.state), ("fairly", "closed"))
        self.run_job()
        self.assertEqual(len(visit.answer_ids.filtered("is_last")), len(visit.answer_ids))

    def test_one_participation_per_visit(self):
        visit = self.plan_visit()
        answer = self.send_link(visit)
        with self.assertRaisesRegex(UserError, "has the questionnaire already"):
            visit.action_send_link()
        visit.sudo()._mark_links_undelivered("bounced", "No such user")
        self.assertEqual((visit.link_state, visit.link_failure), ("bounced", "No such user"))
        self.assertEqual(self.send_link(visit), answer)
        self.fill_in(answer)
        with self.assertRaises(UserError):
            visit.action_send_link()
        with self.assertRaises(AccessError):
            self.env["survey.user_input"].create({"survey_id": self.script.id, "cs_visit_id": visit.id})
        with self.assertRaises(AccessError):
            answer.with_user(self.env.ref("base.user_admin")).write({"cs_visit_id": False})

    def test_what_cannot_be_sent_is_said_and_changes_nothing(self):
        good, bare = self.plan_visit(), self.plan_visit(partner_id=self.customer.copy({"email": False}).id)
        bare.partner_id.name = "No Mail Ltd"
        with self.assertRaisesRegex(UserError, "No Mail Ltd"):
            (good | bare).action_send_link()
        self.assertEqual((good | bare).mapped("link_state"), ["none", "none"])
        mute = self.env["cs.visit.purpose"].create({"name": "Silent"})
        with self.assertRaisesRegex(UserError, "Silent"):
            self.plan_visit(purpose_id=mute.id).action_send_link()
        self.firm.cs_no_visits = True
        with self.assertRaisesRegex(UserError, "does not want to be asked"):
            good.action_send_link()
        with self.assertRaises(AccessError):
            good.with_user(self.employee_user).action_send_link()
        with self.assertRaises(AccessError):
            good.with_user(self.other_agent).action_send_link()
        for forged in ({"link_state": "answered"}, {"access_token": "x"}, {"link_until": "2030-01-01"}):
            with self.assertRaises(AccessError):
                good.write(forged)

    def test_a_script_open_to_everybody_is_no_script(self):
        open_script = self.script.copy({"access_mode": "public"})
        with self.assertRaises(ValidationError):
            self.purpose.survey_id = open_script
        with self.assertRaises(ValidationError):
            self.script.access_mode = "public"

    def test_foreign_questions_and_choices_are_refused(self):
        other = self.script.copy()
        foreign = other.question_ids[0]
        answer = self.send_link(self.plan_visit())
        answer._mark_in_progress()
        bad = (
            (foreign, str(foreign.suggested_answer_ids[0].id)),
            (self.item_work, str(self.choice(self.item_manner, "very").id)),
            (self.item_work, "abc"),
            (self.nps, "99"),
        )
        for question, given in bad:
            with self.assertRaises(UserError):
                answer._save_lines(question, given)
        self.assertFalse(answer.user_input_line_ids)

    def test_email_visits_are_sent_when_due_and_once(self):
        self.purpose.method = "email"
        due = self.visits.concat(*(self.plan_visit() for _number in range(5)))
        later = self.plan_visit(due_from=datetime(2026, 6, 9))
        by_phone = self.plan_visit(method="phone")
        self.run_job()
        self.run_job()
        mails = self.send_queue()
        self.assertEqual(len(mails), 5)
        self.assertEqual(set(due.mapped("link_state")), {"sent"})
        self.assertEqual((later | by_phone).mapped("link_state"), ["none", "none"])
        self.run_job()
        self.assertFalse(self.send_queue())

    def test_the_job_goes_on_where_it_was_stopped(self):
        self.purpose.method = "email"
        visits = self.visits.concat(*(self.plan_visit() for _number in range(5)))
        self.env.ref(CRON).code = "model._cron_send_links(batch=2)"
        self.run_job()
        self.assertEqual(len(self.send_queue()), 5)
        self.assertEqual(set(visits.mapped("link_state")), {"sent"})

    def test_who_has_no_address_fails_and_keeps_no_other_from_it(self):
        self.purpose.method = "email"
        good, bad = self.plan_visit(), self.plan_visit(partner_id=self.customer.copy({"email": "nonsense"}).id)
        self.run_job()
        self.send_queue()
        self.assertEqual((good.link_state, bad.link_state), ("sent", "failed"))
        self.assertIn("mail address", bad.link_failure)
        self.assertFalse(bad.sudo().link_input_ids)

    def test_reminded_once_and_never_after_an_answer_or_when_not_wanted(self):
        visits = self.visits.concat(*(self.plan_visit() for _number in range(4)))
        answered, silent, declined, opted = visits
        for visit in visits:
            self.send_link(visit)
        opted.partner_id = self.customer.copy({"parent_id": False, "cs_no_visits": True, "email": "o@o.example"})
        self.fill_in(answered.sudo().link_input_ids)
        declined._end("declined", "No")
        self.at(datetime(2026, 6, 4, 1))
        self.run_job()
        self.assertFalse(self.send_queue())
        self.at(datetime(2026, 6, 4, 3))
        self.run_job()
        mails = self.send_queue()
        self.assertEqual(mails.recipient_ids, self.customer)
        self.assertEqual((len(mails), bool(silent.link_reminded_at)), (1, True))
        for day in (4, 6):
            self.at(datetime(2026, 6, day, 4))
            self.run_job()
            self.assertFalse(self.send_queue())
        self.at(datetime(2026, 6, 9, 3))
        self.run_job()
        self.assertEqual((silent.link_state, answered.link_state), ("expired", "answered"))

    def test_the_mail_is_no_part_of_the_thread(self):
        """Nobody becomes a follower, colleagues do not read the link, a reply becomes a case."""
        visit = self.plan_visit()
        visit.action_send_link()
        self.run_job()
        mail = self.outgoing()
        answer = visit.sudo().link_input_ids
        self.assertEqual(
            (len(mail), mail.recipient_ids, mail.reply_to), (1, self.customer, f"hotline@{self.alias_domain}")
        )
        self.assertIn(answer.access_token, mail.body_html)
        self.assertIn("auto-generated", mail.headers)
        self.assertNotIn(self.customer, visit.message_partner_ids)
        self.assertFalse(visit.message_ids.filtered(lambda message: answer.access_token in (message.body or "")))
        with self.assertRaises(AccessError):
            mail.mail_message_id.with_user(self.caller).read(["body"])
        self.send_queue()
        before = self.env["cs.case"].search([])
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(
                None,
                f"From: Chen Wei <chen.wei@bluefleet.example>\r\nTo: hotline@{self.alias_domain}\r\n"
                f"Subject: Re: {mail.subject}\r\nMessage-Id: <reply@bluefleet.example>\r\n"
                f"In-Reply-To: {mail.message_id}\r\nReferences: {mail.message_id}\r\n\r\nI am not content.",
            )
        case = self.env["cs.case"].search([]) - before
        self.assertEqual((len(case), case.partner_id), (1, self.customer))

    def test_a_mail_that_fails_or_comes_back_is_seen(self):
        visit = self.plan_visit()
        visit.action_send_link()
        self.run_job()
        mail = self.outgoing()
        mail._postprocess_sent_message([], [], failure_reason="Server is gone", failure_type="mail_smtp")
        self.assertEqual((visit.link_state, visit.link_failure), ("failed", "Server is gone"))
        self.send_link(visit)
        message = visit.sudo().link_message_id
        with self.mock_mail_gateway():
            self.env["mail.thread"]._routing_handle_bounce(
                None,
                {
                    "bounced_email": self.customer.email,
                    "bounced_partner": self.customer,
                    "bounced_msg_ids": [message.message_id],
                    "bounced_message": message,
                    "subject": "Undeliverable",
                    **dict.fromkeys(("email_from", "to", "message_id", "body"), ""),
                },
            )
        self.assertEqual((visit.link_state, visit.link_failure), ("bounced", "Undeliverable"))

    def test_the_customer_is_asked_in_his_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        self.item_work.with_context(lang="zh_CN").title = "您对维修满意吗？"
        visit = self.plan_visit()
        answer = self.send_link(visit)
        self.assertEqual(answer.lang_id.code, "zh_CN")
        self.fill_in(answer)
        self.assertIn("您对维修满意吗？", visit.answer_ids.mapped("question_text"))

    def test_progress_of_a_campaign(self):
        plan = self.env["cs.visit.plan"].create(
            {
                "name": "Spring",
                "purpose_id": self.purpose.id,
                "trigger": "campaign",
                "start_on": "2026-06-01",
                "end_on": "2026-06-30",
            }
        )
        visits = [self.plan_visit(plan_id=plan.id, event_key=f"k{number}", method="email") for number in range(4)]
        self.run_job()
        self.send_queue()
        self.fill_in(visits[0].sudo().link_input_ids)
        visits[1].sudo()._mark_links_undelivered("bounced", "x")
        visits[2].sudo()._expire_links()
        plan.invalidate_recordset()
        self.assertEqual(
            (
                *(plan.link_sent_count, plan.link_answered_count, plan.link_bounced_count, plan.link_expired_count),
                *(plan.link_waiting_count, plan.link_progress),
            ),
            (4, 1, 1, 1, 0, 25.0),
        )

    def test_a_hundred_links_in_few_queries(self):
        self.purpose.method = "email"
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}", "email": f"c{number}@many.example"} for number in range(100)]
        )
        visits = self.visits.concat(*(self.plan_visit(partner_id=partner.id) for partner in partners))
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.visits.search([("id", "in", visits.ids)])
        before = self.env.cr.sql_log_count
        found.sudo()._send_links()
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(set(visits.mapped("link_state")), {"queued"})
        self.assertLessEqual(queries, 60)


@tagged("post_install", "-at_install")
class TestVisitAppointment(CsLinkCommon):
    """V-02: proposed, accepted or proposed otherwise, agreed."""

    def propose(self, start="2026-06-03 02:00:00", **values):
        visit = self.plan_visit(**values)
        visit.write({"appointment_start": start, "appointment_end": "2026-06-03 03:00:00"})
        visit.action_propose()
        return visit

    def test_proposed_by_mail_with_a_page_of_his_own(self):
        visit = self.propose()
        mail = self.outgoing()
        self.assertEqual((visit.appointment_state, mail.recipient_ids), ("proposed", self.customer))
        self.assertIn(visit.sudo().access_token, mail.body_html)
        self.assertFalse(visit.can_propose)
        visit.appointment_start = "2026-06-04 02:00:00"
        self.assertFalse(visit.appointment_state)
        self.assertTrue(visit.can_propose)

    def test_needs_a_moment_ahead_and_an_address(self):
        visit = self.plan_visit()
        with self.assertRaises(UserError):
            visit.action_propose()
        visit.write({"appointment_start": "2026-05-01 02:00:00", "appointment_end": "2026-05-01 03:00:00"})
        with self.assertRaises(UserError):
            visit.action_propose()
        visit.write({"appointment_end": "2026-06-05 03:00:00", "appointment_start": "2026-06-05 02:00:00"})
        self.customer.email = False
        with self.assertRaisesRegex(UserError, "Chen Wei"):
            visit.action_propose()
        with self.assertRaises(AccessError):
            visit.with_user(self.employee_user).action_propose()
        self.assertFalse(visit.appointment_state)

    def test_he_accepts_what_he_was_shown(self):
        visit = self.propose()
        with self.assertRaises(UserError):
            visit.sudo()._accept_on_portal("2026-06-03 05:00:00")
        visit.sudo()._accept_on_portal("2026-06-03 02:00:00")
        self.assertEqual((visit.state, visit.appointment_state), ("agreed", "agreed"))
        self.assertEqual(visit.next_at, datetime(2026, 6, 3, 2))
        self.assertEqual(visit.sudo().activity_ids.user_id, self.caller)

    def test_he_proposes_in_his_own_time_and_we_agree(self):
        self.customer.tz = "America/New_York"
        visit = self.propose()
        for bad in ("", "tomorrow", "2026-05-30T10:00", "2026-13-01T10:00"):
            with self.assertRaises(UserError):
                visit.sudo()._propose_on_portal(bad)
        visit.sudo()._propose_on_portal("2026-06-04T10:00")
        self.assertEqual((visit.appointment_state, visit.appointment_start), ("wanted", datetime(2026, 6, 4, 14)))
        self.assertEqual(visit.appointment_end, datetime(2026, 6, 4, 15))
        self.assertEqual(len(visit.sudo().activity_ids), 1)
        self.send_queue()
        visit.action_agree()
        self.assertEqual((visit.state, visit.appointment_state), ("agreed", "agreed"))
        self.assertEqual(self.outgoing().recipient_ids, self.customer)

    def test_nothing_is_accepted_late_or_twice(self):
        visit = self.propose()
        self.at(datetime(2026, 6, 3, 3))
        with self.assertRaises(UserError):
            visit.sudo()._accept_on_portal("2026-06-03 02:00:00")
        visit._end("cancelled", "Moved")
        with self.assertRaises(UserError):
            visit.sudo()._accept_on_portal("2026-06-03 02:00:00")

    def test_an_agreed_appointment_is_moved_by_a_new_proposal(self):
        visit = self.propose()
        visit.sudo()._accept_on_portal("2026-06-03 02:00:00")
        visit.sudo()._propose_on_portal("2026-06-05T10:00")
        self.assertEqual((visit.state, visit.appointment_state), ("planned", "wanted"))
