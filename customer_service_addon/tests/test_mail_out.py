from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCommon

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestMailOut(MailCommon, CsCommon):
    """Answers, milestones of answers, and who reads what."""

    def test_answer_by_mail_reaches_the_customer_and_sets_the_milestones(self):
        case = self.make_case()
        with self.mock_mail_gateway():
            case._post_answer("We replace the pads on Monday.")
        self.assertSentEmail(self.agent.partner_id, self.customer, subject=f"{case.name} {case.subject}")
        self.assertTrue(case.first_answered_at and case.last_answer_at and case.acknowledged_at)
        self.assertEqual(case.meaning, "open")

    def test_answer_by_phone_counts_but_is_not_mailed(self):
        case = self.make_case()
        with self.mock_mail_gateway():
            message = case._post_answer("Told by phone", how="phone")
            self.assertFalse(self._new_mails)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertTrue(case.first_answered_at)

    def test_internal_note_is_no_answer_and_not_for_the_customer(self):
        case = self.make_case()
        with self.mock_mail_gateway():
            case.message_post(body="He is right", subtype_xmlid="mail.mt_note")
            self.assertFalse(self._new_mails)
        self.assertFalse(case.first_answered_at)

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

    def test_customer_follows_his_case_and_is_suggested(self):
        case = self.make_case()
        self.assertIn(self.customer, case.message_partner_ids)
        suggested = case.with_user(self.agent)._message_get_suggested_recipients()
        self.assertIn(self.customer.id, [row.get("partner_id") for row in suggested] + case.message_partner_ids.ids)

    def test_rating_cannot_be_forged_with_a_message(self):
        case = self.make_case()
        self.assertNotIn("rating_value", case._get_allowed_message_params())
        case.message_post(body="Great", rating_value=5, subtype_xmlid="mail.mt_comment")
        self.assertFalse(case.sudo().rating_ids)

    def test_agent_of_another_team_cannot_answer(self):
        case = self.make_case()
        with self.assertRaises(AccessError):
            case.with_user(self.other_agent)._post_answer("I know better")
