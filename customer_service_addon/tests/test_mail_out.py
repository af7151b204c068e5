from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_mail import CsMailCommon


@tagged("post_install", "-at_install")
class TestMailOut(CsMailCommon):
    """Answers, milestones of answers, and who reads what."""

    def test_answer_by_mail_reaches_the_customer_and_sets_the_milestones(self):
        case = self.make_case()
        with self.mock_mail_gateway():
            case._post_answer("We replace the pads on Monday.")
        mail = self.assertSentEmail(self.agent.partner_id, self.customer, subject=f"{case.name} {case.subject}")
        self.assertIn(self.team.alias_email, mail["reply_to"], "replies come back to the team")
        for text in ("/mail/view?access_token=", f"res_id={case.id}"):
            self.assertIn(text, mail["body"], "the button leads to the case on the portal")
        self.assertTrue(case.first_answered_at and case.last_answer_at and case.acknowledged_at)
        self.assertEqual(case.meaning, "open")

    def test_answer_by_word_of_mouth_counts_but_is_not_mailed(self):
        """Peers 3.9 #8: a note of what was said counts the same as a mail."""
        for how in ("phone", "person", "portal"):
            with self.subTest(how=how):
                case = self.make_case()
                with self.mock_mail_gateway():
                    message = case._post_answer("Told him", how=how)
                    self.assertFalse(self._new_mails.filtered(lambda mail: self.customer in mail.recipient_ids))
                self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
                self.assertTrue(case.first_answered_at)

    def test_internal_note_is_no_answer_and_not_for_the_customer(self):
        case = self.make_case()
        with self.mock_mail_gateway():
            case.message_post(
                body="He is right", subtype_xmlid="mail.mt_note", partner_ids=self.customer.ids, message_type="comment"
            )
            self.assertFalse(self._new_mails.filtered(lambda mail: self.customer in mail.recipient_ids))
        self.assertFalse(case.first_answered_at)

    def test_the_program_itself_neither_answers_nor_reopens(self):
        case = self.make_case()
        case._post_answer("Told", how="phone")
        case.action_solve()
        answered_at = case.last_answer_at
        case._cs_as_server().write({"last_customer_at": False})
        robot = self.env.ref("base.partner_root")
        case.sudo().message_post(
            body="Moved", author_id=robot.id, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual((case.meaning, case.last_answer_at), ("solved", answered_at))
        self.assertFalse(case.last_customer_at)

    def test_no_address_no_mail(self):
        case = self.make_case(partner_id=False, partner_name="Caller", phone="12345678")
        with self.assertRaisesRegex(UserError, "no mail address"):
            case._post_answer("Hello")
        with self.assertRaisesRegex(UserError, "by mail, by phone"):
            case._post_answer("Hello", how="pigeon")
        self.assertFalse(case.first_answered_at)

    def test_caller_without_contact_is_answered_at_the_address_given(self):
        case = self.make_case(partner_id=False, email_from="caller@nowhere.example")
        with self.mock_mail_gateway():
            case._post_answer("Hello")
            self.assertIn("caller@nowhere.example", str(self._mails))

    def test_contact_made_by_answering_becomes_the_customer(self):
        case = self.make_case(partner_id=False, partner_name="New Caller", email_from="caller@nowhere.example")
        suggested = case.with_user(self.agent)._message_get_suggested_recipients()
        [row] = [row for row in suggested if row["email"] == "caller@nowhere.example"]
        self.assertEqual((row["name"], row["partner_id"]), ("New Caller", False))
        contact = self.env["res.partner"].create({"name": "New Caller", "email": "caller@nowhere.example"})
        with self.mock_mail_gateway():
            case.message_post(
                body="Hello", partner_ids=contact.ids, message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        self.assertEqual(case.partner_id, contact)
        self.assertIn(contact, case.message_partner_ids)

    def test_customer_follows_his_case_and_is_offered_as_recipient(self):
        case = self.make_case()
        self.assertIn(self.customer, case.message_partner_ids)
        self.assertIn(self.customer, case._message_add_suggested_recipients()[case.id]["partners"])

    def test_leader_of_the_team_is_not_flooded(self):
        case = self.receive()
        with self.mock_mail_gateway():
            case.with_user(case.user_id)._post_answer("Hello")
            self.assertFalse(self._new_mails.filtered(lambda mail: self.supervisor.partner_id in mail.recipient_ids))
        self.assertNotIn(self.supervisor.partner_id, case.message_partner_ids)

    def test_rating_cannot_be_forged_with_a_message(self):
        case = self.make_case()
        self.assertNotIn("rating_value", case._get_allowed_message_params())
        case.message_post(body="Great", rating_value=5, subtype_xmlid="mail.mt_comment")
        self.assertFalse(case.sudo().rating_ids)

    def test_agent_of_another_team_cannot_answer(self):
        case = self.make_case()
        with self.assertRaises(AccessError):
            case.with_user(self.other_agent)._post_answer("I know better")
