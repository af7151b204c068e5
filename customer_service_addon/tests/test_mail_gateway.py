import base64
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCommon

from .common import CsCommon

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@tagged("post_install", "-at_install")
class TestMailGateway(MailCommon, CsCommon):
    """What arrives by mail is registered once, answered once, and never lost (I-01, I-05; peers 3.9 #13)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.alias_name = "hotline"
        cls.address = f"hotline@{cls.alias_domain}"
        cls.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 20)

    def _mail(self, sender="Chen Wei <chen.wei@bluefleet.example>", subject="Brakes", number=None, photos=0, **headers):
        lines = [
            f"From: {sender}",
            f"To: {self.address}",
            f"Subject: {subject}",
            f"Message-Id: <{number or fields.Datetime.now().timestamp()}.{self._testMethodName}@bluefleet.example>",
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
            "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="cut"',
            "",
            "--cut",
            "Content-Type: text/plain; charset=utf-8",
            "",
            "The brakes squeal.",
        ]
        for photo in range(photos):
            lines += [
                "--cut",
                f'Content-Type: image/png; name="photo{photo}.png"',
                f'Content-Disposition: attachment; filename="photo{photo}.png"',
                "Content-Transfer-Encoding: base64",
                "",
                PNG,
            ]
        return "\r\n".join([*lines, "--cut--", ""])

    def _receive(self, **values):
        """Let the gateway process a mail; return the cases it opened."""
        before = self.env["cs.case"].search([])
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(None, self._mail(**values))
            self.assertFalse(self._new_mails.filtered(lambda mail: "bounce" in (mail.references or "")))
        self.flush_tracking()
        return self.env["cs.case"].search([]) - before

    def _run_job(self):
        with (
            self.mock_mail_gateway(),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=1),
        ):
            self.env["cs.case"]._cron_notices()
            return self._new_mails

    def test_mail_with_two_photos_becomes_a_case(self):
        case = self._receive(photos=2)
        self.assertRecordValues(
            case,
            [
                {
                    "subject": "Brakes",
                    "partner_id": self.customer.id,
                    "email_normalized": "chen.wei@bluefleet.example",
                    "partner_name": "Chen Wei",
                    "team_id": self.team.id,
                    "channel_id": self.channel_mail.id,
                    "meaning": "new",
                }
            ],
        )
        self.assertTrue(case.name.startswith("CS-"))
        self.assertIn(case.user_id, self.agent | self.agent_2)
        self.assertEqual(case.message_partner_ids, self.customer | case.user_id.partner_id)
        photos = case.message_ids.attachment_ids
        self.assertEqual(sorted(photos.mapped("name")), ["photo0.png", "photo1.png"])
        self.assertEqual(photos[0].raw, base64.b64decode(PNG))
        self.assertIn("squeal", case.description)

    def test_mail_without_subject_and_from_a_stranger(self):
        case = self._receive(sender="new.customer@nowhere.example", subject="")
        self.assertEqual((case.subject, case.partner_id.id), ("(no subject)", False))
        self.assertEqual(case.email_normalized, "new.customer@nowhere.example")

    def test_acknowledgement_says_number_owner_next_step_and_date(self):
        self.customer.lang = "en_US"
        self.team.alias_defaults = repr({"type_id": self.type_inquiry.id})
        case = self._receive()
        self.assertEqual(case.ack_state, "queued")
        mail = self._run_job()
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn(case.name, mail.subject)
        for text in (case.name, case.user_id.name, self.type_inquiry.next_step, "Follow your request"):
            self.assertIn(text, mail.body_html)
        self.assertIn(case._acknowledged_date(), mail.body_html)
        self.assertEqual(mail.reply_to, self.team.alias_email)
        self.assertIn("auto-replied", mail.headers)
        self.assertEqual(case.ack_state, "sent")
        self.assertTrue(case.acknowledged_at)
        self.assertFalse(case.first_answered_at, "an automatic mail is no answer")
        self.assertFalse(self._run_job(), "acknowledged once")

    def test_acknowledgement_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        template = self.env.ref("customer_service_addon.mail_template_cs_acknowledgement")
        template.with_context(lang="zh_CN").subject = "受理 {{ object.name }}"
        case = self._receive()
        self.assertEqual(self._run_job().subject, f"受理 {case.name}")

    def test_machines_open_nothing_and_get_no_answer(self):
        for number, headers in enumerate(
            (
                {"Auto_Submitted": "auto-replied"},
                {"Auto_Submitted": "auto-generated (vacation)"},
                {"Precedence": "bulk"},
                {"X_Autoreply": "yes"},
                {"Return_Path": "<>"},
            )
        ):
            with self.subTest(headers=headers):
                self.assertFalse(self._receive(number=number + 1, **headers))
        self.assertFalse(self._receive(sender="MAILER-DAEMON@bluefleet.example"))
        self.assertFalse(self._run_job())

    def test_vacation_reply_on_the_thread_is_an_internal_note(self):
        case = self._receive()
        message = self._run_job().mail_message_id
        case._cs_as_server().write({"last_customer_at": False})
        self.assertFalse(self._receive(References=message.message_id, Auto_Submitted="auto-replied", number=2))
        note = case.message_ids.sorted("id")[-1:]
        self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertFalse(case.last_customer_at, "a machine is not the customer")

    def test_reply_of_the_customer_joins_the_thread(self):
        case = self._receive()
        acknowledgement = self._run_job().mail_message_id
        self.assertFalse(self._receive(References=acknowledgement.message_id, subject="Re: Brakes", number=2))
        self.assertTrue(case.last_customer_at)
        self.assertEqual(len(case.message_ids.filtered(lambda message: message.message_type == "email")), 2)

    def test_number_in_the_subject_of_a_participant_joins_the_thread(self):
        case = self._receive()
        for number, subject in enumerate((f"Question to [{case.name}]", f"AW: {case.name}: more"), start=2):
            self.assertFalse(self._receive(subject=subject, number=number))
        self.assertEqual(len(case.message_ids.filtered(lambda message: message.message_type == "email")), 3)

    def test_stranger_gets_a_case_of_his_own(self):
        case = self._receive()
        acknowledgement = self._run_job().mail_message_id
        stranger = "Stranger <stranger@elsewhere.example>"
        for number, values in enumerate(
            ({"References": acknowledgement.message_id}, {"subject": f"About {case.name}"}), start=2
        ):
            with self.subTest(values=values):
                own = self._receive(sender=stranger, number=number, **values)
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
                self.assertNotIn(self.customer, own.message_partner_ids)
        self.assertNotIn(self.stranger, case.message_partner_ids | case.message_ids.author_id)

    def test_mail_of_a_colleague_is_an_answer(self):
        self.agent.email = "anna@ourselves.example"
        case = self._receive()
        case._cs_as_server().write({"last_customer_at": False})
        self.assertFalse(self._receive(sender="anna@ourselves.example", subject=f"Re: {case.name}", number=2))
        self.assertTrue(case.first_answered_at)
        self.assertFalse(case.last_customer_at)

    def test_twenty_five_mails_in_an_hour(self):
        """Binding: 25 cases, acknowledgements stop, nothing bounces."""
        self.company.cs_acknowledgements_per_day = 5
        cases = self.env["cs.case"]
        for number in range(25):
            cases += self._receive(number=number + 1, subject=f"Vehicle {number}")
        self.assertEqual(len(cases), 25)
        self.assertEqual(len(self._run_job().filtered(lambda mail: mail.recipient_ids == self.customer)), 5)
        self.assertEqual(sorted(set(cases.mapped("ack_state"))), ["sent", "skipped"])
        self.assertTrue(cases.filtered(lambda case: case.ack_state == "skipped").mapped("ack_reason"))

    def test_reply_to_a_solved_case_reopens_it_later_a_new_one_follows(self):
        case = self._receive()
        case._cs_as_server().write({"first_answered_at": fields.Datetime.now()})
        case._move_to("solved")
        self.assertFalse(self._receive(subject=f"Re: {case.name}", number=2))
        self.assertEqual((case.meaning, case.reopen_count), ("open", 1))
        case._move_to("solved")
        long_ago = fields.Datetime.now() - timedelta(days=case.type_id.reopen_days + 1)
        case._cs_as_server().write({"solved_at": long_ago})
        follow_up = self._receive(subject=f"Re: {case.name}", number=3)
        self.assertRecordValues(
            follow_up, [{"origin_id": case.id, "origin_kind": "follow_up", "partner_id": self.customer.id}]
        )
        self.assertEqual(case.meaning, "solved")
        self.assertIn("squeal", follow_up.message_ids.filtered(lambda m: m.message_type == "email").body)

    def test_reply_to_a_merged_case_reaches_the_target(self):
        case, target = self._receive(), self._receive(number=2)
        acknowledgement = self._run_job().mail_message_id.filtered(lambda message: message.res_id == case.id)
        case.cancel_reason = "Merged"
        case._cs_as_server().write({"merged_into_id": target.id})
        self.assertFalse(self._receive(References=acknowledgement.message_id, number=3))
        self.assertEqual(len(target.message_ids.filtered(lambda message: message.message_type == "email")), 2)

    def test_owner_hears_of_a_new_case_in_one_activity(self):
        case = self._receive()
        self._run_job()
        self.assertEqual(case.activity_ids.user_id, case.user_id)
        self.assertFalse(case.owner_notice)
        own = self.make_case()
        self.assertFalse(own.owner_notice, "who registers a case for himself need not be told")

    def test_queries_of_the_job_do_not_grow_fast(self):
        cases = self.env["cs.case"].create(
            [
                {"subject": f"Mail {number}", "team_id": self.team.id, "email_from": f"c{number}@many.example"}
                for number in range(40)
            ]
        )
        self.env.flush_all()
        cases[:20]._send_acknowledgement()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        cases[20:]._send_acknowledgement()
        self.env.flush_all()
        self.assertLessEqual((self.env.cr.sql_log_count - before) / 20, 4)
