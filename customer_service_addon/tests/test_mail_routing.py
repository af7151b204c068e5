from contextlib import suppress
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common_mail import STRANGER, CsMailCommon


@tagged("post_install", "-at_install")
class TestMailRouting(CsMailCommon):
    """Who takes part writes on the thread, anybody else gets a case of his own (peers 3.6, Zammad #5064)."""

    def _case_and_acknowledgement(self):
        case = self.receive()
        return case, self.run_notices().mail_message_id

    def test_reply_of_the_customer_joins_the_thread(self):
        case, acknowledgement = self._case_and_acknowledgement()
        self.assertFalse(self.receive(headers=self.reference_to(acknowledgement), subject="Re: Brakes"))
        self.assertEqual(len(self.received_on(case)), 2)

    def test_number_in_the_subject_of_a_participant_joins_the_thread(self):
        case = self.receive()
        for subject in (
            f"Question to [{case.name}]",
            f"AW: {case.name}: more",
            f"Any news about {case.name}?",
            case.name.lower(),
            f"回复：【{case.name}】进展",
            f"{case.name}的问题",
            f"The paper {case.name}-F2",
        ):
            with self.subTest(subject=subject):
                self.assertFalse(self.receive(subject=subject))
        self.assertEqual(len(self.received_on(case)), 8)

    def test_number_with_a_chinese_prefix(self):
        self.company._cs_sequence().prefix = "客诉 "
        case = self.receive()
        self.assertTrue(case.name.startswith("客诉 "))
        self.assertFalse(self.receive(subject=f"关于{case.name}号"))

    def test_number_given_before_the_prefix_changed(self):
        case = self.receive()
        self.company._cs_sequence().prefix = "%(year)s/"
        self.assertFalse(self.receive(subject=f"Re: {case.name}"))

    def test_the_own_case_counts_when_several_are_quoted(self):
        foreign = self.receive(sender=STRANGER)
        own = self.receive()
        self.assertFalse(self.receive(subject=f"Like {foreign.name}, see {own.name}"))
        self.assertEqual(len(self.received_on(own)), 2)
        self.assertEqual(len(self.received_on(foreign)), 1)

    def test_participant_writing_to_two_teams_writes_once(self):
        case = self.receive()
        self.assertFalse(self.receive(subject=case.name, to=f"{self.address}, {self.other_address}"))
        self.assertEqual(len(self.received_on(case)), 2)

    def test_stranger_gets_a_case_of_his_own(self):
        """Binding: references or number of somebody else → own linked case that shows nothing of the other."""
        case, acknowledgement = self._case_and_acknowledgement()
        for values in ({"headers": self.reference_to(acknowledgement)}, {"subject": f"About {case.name}"}):
            with self.subTest(values=values):
                own = self.receive(sender=STRANGER, **values)
                self.assertRecordValues(
                    own,
                    [
                        {
                            "partner_id": self.stranger.id,
                            "origin_id": case.id,
                            "origin_kind": "mention",
                            "team_id": case.team_id.id,
                        }
                    ],
                )
                self.assertFalse(self.received_on(own).parent_id)
                self.assertNotIn(self.customer, own.message_partner_ids)
                told = self.run_notices().filtered(lambda mail: mail.recipient_ids == self.stranger)
                self.assertNotIn(case.name, told.body_html.replace(f"About {case.name}", ""))
                self.assertNotIn(self.customer.name, told.body_html)
        self.assertNotIn(self.stranger, case.message_partner_ids | case.message_ids.author_id)
        self.assertEqual(len(self.received_on(case)), 1)

    def test_stranger_stays_with_the_team_he_wrote_to(self):
        case = self.receive()
        own = self.receive(sender=STRANGER, subject=f"About {case.name}", to=self.other_address)
        self.assertEqual((own.team_id, own.origin_id), (self.other_team, case))

    def test_nothing_is_linked_across_companies(self):
        sister = self.env["res.company"].create({"name": "Sister", "alias_domain_id": self.company.alias_domain_id.id})
        team = self.env["cs.team"].create({"name": "Sister Team", "company_id": sister.id, "alias_name": "sister"})
        case, acknowledgement = self._case_and_acknowledgement()
        own = self.receive(
            sender=STRANGER, headers=self.reference_to(acknowledgement), to=f"sister@{self.alias_domain}"
        )
        self.assertEqual((own.company_id, own.team_id, own.origin_id.id), (sister, team, False))
        self.assertNotEqual(own, case)

    def test_whom_the_customer_copies_takes_part(self):
        case = self.receive(headers=[("Cc", "boss@bluefleet.example")])
        message = self.received_on(case)
        self.assertFalse(self.receive(sender="boss@bluefleet.example", headers=self.reference_to(message)))
        self.assertEqual(len(self.received_on(case)), 2)

    def test_whom_we_write_to_takes_part_but_not_who_is_named_in_a_note(self):
        case, _acknowledgement = self._case_and_acknowledgement()
        expert, bystander = self.env["res.partner"].create(
            [
                {"name": "Expert", "email": "expert@lab.example"},
                {"name": "Bystander", "email": "bystander@lab.example"},
            ]
        )
        with self.mock_mail_gateway():
            asked = case.message_post(
                body="Please look", partner_ids=expert.ids, subtype_xmlid="mail.mt_comment", message_type="comment"
            )
            case.message_post(body="Maybe he", partner_ids=bystander.ids, message_type="comment")
        self.assertFalse(self.receive(sender="expert@lab.example", headers=self.reference_to(asked)))
        own = self.receive(sender="bystander@lab.example", headers=self.reference_to(asked))
        self.assertEqual(own.origin_kind, "mention")

    def test_former_customer_is_a_stranger(self):
        """Binding "Customer change": he reaches the case no longer, neither by reference nor by number."""
        case, acknowledgement = self._case_and_acknowledgement()
        case.partner_id = self.stranger
        self.assertEqual((case.partner_name, case.email_normalized), ("Stranger", "stranger@elsewhere.example"))
        with self.freeze_time_later(hours=1):
            for values in ({"headers": self.reference_to(acknowledgement)}, {"subject": case.name}):
                with self.subTest(values=values):
                    self.assertEqual(self.receive(**values).origin_kind, "mention")
        self.assertEqual(len(self.received_on(case)), 1)

    def freeze_time_later(self, **delta):
        return self.mock_datetime_and_now(fields.Datetime.now() + timedelta(**delta))

    def test_colleague_of_the_former_contact_still_takes_part(self):
        case, acknowledgement = self._case_and_acknowledgement()
        case.partner_id = self.firm
        self.assertFalse(self.receive(headers=self.reference_to(acknowledgement)))

    def test_mail_of_a_colleague_is_an_answer(self):
        self.agent.email = "anna@ourselves.example"
        case = self.receive()
        case._cs_as_server().write({"last_customer_at": False})
        self.assertFalse(self.receive(sender="anna@ourselves.example", subject=f"Re: {case.name}"))
        self.assertTrue(case.first_answered_at)
        self.assertFalse(case.last_customer_at)

    def test_vacation_reply_on_the_thread_is_an_internal_note(self):
        case, acknowledgement = self._case_and_acknowledgement()
        case._cs_as_server().write({"last_customer_at": False, "first_answered_at": fields.Datetime.now()})
        case._move_to("solved")
        headers = [*self.reference_to(acknowledgement), ("Auto-Submitted", "auto-replied")]
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(None, self.mail_source(headers=headers))
            self.assertFalse(self._new_mails.filtered(lambda mail: self.customer in mail.recipient_ids))
        self.assertEqual(self.received_on(case)[-1].subtype_id, self.env.ref("mail.mt_note"))
        self.assertFalse(case.last_customer_at, "a machine is not the customer")
        self.assertEqual(case.meaning, "solved", "a machine reopens nothing")

    def test_vacation_reply_to_another_customers_message_is_not_mailed_to_him(self):
        case = self.receive(headers=[("Cc", "boss@bluefleet.example")])
        headers = [*self.reference_to(self.received_on(case)), ("Auto-Submitted", "auto-replied")]
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(
                None, self.mail_source(sender="boss@bluefleet.example", headers=headers)
            )
            self.assertFalse(self._new_mails.filtered(lambda mail: self.customer in mail.recipient_ids))
        self.assertEqual(len(self.received_on(case)), 2)

    def test_reply_to_a_solved_case_reopens_it_later_a_new_one_follows(self):
        case = self.receive()
        case._cs_as_server().write({"first_answered_at": fields.Datetime.now()})
        case._move_to("solved")
        self.assertFalse(self.receive(subject=f"Re: {case.name}"))
        self.assertEqual((case.meaning, case.reopen_count), ("open", 1))
        case._move_to("solved")
        case.channel_id = self.channel_phone
        long_ago = fields.Datetime.now() - timedelta(days=case.type_id.reopen_days + 1)
        case._cs_as_server().write({"solved_at": long_ago, "last_customer_at": long_ago})
        follow_up = self.receive(subject=f"Re: {case.name}", photos=1)
        self.assertRecordValues(
            follow_up,
            [
                {
                    "origin_id": case.id,
                    "origin_kind": "follow_up",
                    "partner_id": self.customer.id,
                    "channel_id": self.channel_mail.id,
                }
            ],
        )
        self.assertEqual((case.meaning, case.last_customer_at), ("solved", long_ago))
        self.assertTrue(follow_up.last_customer_at)
        self.assertIn("squeal", follow_up.description)
        self.assertNotIn("&lt;p", follow_up.description)
        self.assertEqual(self.received_on(follow_up).attachment_ids.mapped("res_id"), follow_up.ids)
        mails = self.run_notices().filtered(lambda mail: "auto-replied" in (mail.headers or ""))
        self.assertIn(follow_up, self.env["cs.case"].browse(mails.mapped("res_id")), "he hears the new number")

    def test_reply_to_a_merged_case_reaches_the_target(self):
        """Binding: a reply to any old Message-Id reaches the target."""
        source, target = self.receive(subject="Source"), self.receive(subject="Target")
        old = (self.run_notices().mail_message_id | source.message_ids).filtered(
            lambda message: message.model == "cs.case" and message.res_id == source.id
        )
        source.with_user(self.manager)._merge_into(target.with_user(self.manager), "Same thing")
        for message in old.filtered(lambda message: message.message_type in ("email", "email_outgoing")):
            self.assertFalse(self.receive(headers=self.reference_to(message)))
        self.assertFalse(self.receive(subject=f"Re: {source.name}"))
        self.assertEqual(len(self.received_on(target)), 2 + 3)

    def test_caller_of_a_merged_case_stays_a_participant(self):
        phone = "+86 139 0000 1111"
        source = self.receive(sender="private@home.example")
        target = self.receive(sender="office@home.example")
        (source | target).phone = phone
        source.with_user(self.manager)._merge_into(target.with_user(self.manager), "Same caller")
        self.assertFalse(self.receive(sender="private@home.example", subject=source.name))
        self.assertEqual(len(self.received_on(target)), 3)

    def test_customer_forges_no_answer_over_rpc(self):
        user = new_test_user(self.env, login="portal_chen", groups="base.group_portal", partner_id=self.customer.id)
        case = self.receive()
        with suppress(AccessError):
            case.with_user(user).message_post(
                body="Done!", author_id=self.agent.partner_id.id, partner_ids=self.stranger.ids, message_type="comment"
            )
        self.assertNotIn(self.agent.partner_id, case.message_ids.author_id)
        self.assertNotIn(self.stranger, case.message_ids.partner_ids)
        self.assertFalse(case.first_answered_at)
