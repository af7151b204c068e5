import base64

from odoo.tests import tagged

from .common_mail import PNG, CsMailCommon

MACHINES = (
    ("Auto-Submitted", "auto-replied"),
    ("Auto-Submitted", "auto-generated (vacation)"),
    ("Auto-Submitted", "auto-notified; owner-email=x@bluefleet.example"),
    ("Precedence", "bulk"),
    ("Precedence", "Junk"),
    ("Precedence", "list"),
    ("Precedence", "auto_reply"),
    ("X-Autoreply", "yes"),
    ("X-Autorespond", "away"),
    ("X-Auto-Response-Suppress", "All"),
    ("Return-Path", "<>"),
)


@tagged("post_install", "-at_install")
class TestMailGateway(CsMailCommon):
    """What arrives by mail is registered once and never lost (I-01; peers 3.9 #13)."""

    def test_mail_with_two_photos_becomes_a_case(self):
        case = self.receive(photos=2)
        self.assertRecordValues(
            case,
            [
                {
                    "subject": "Brakes",
                    "partner_id": self.customer.id,
                    "email_normalized": "chen.wei@bluefleet.example",
                    "partner_name": "Chen Wei",
                    "team_id": self.team.id,
                    "company_id": self.company.id,
                    "channel_id": self.channel_mail.id,
                    "meaning": "new",
                }
            ],
        )
        self.assertTrue(case.name.startswith("CS-"))
        self.assertIn(case.user_id, self.agent | self.agent_2)
        self.assertEqual(case.message_partner_ids, self.customer | case.user_id.partner_id)
        photos = self.received_on(case).attachment_ids
        self.assertEqual(sorted(photos.mapped("name")), ["photo0.png", "photo1.png"])
        self.assertEqual(photos[0].raw, base64.b64decode(PNG))
        self.assertIn("squeal", case.description)
        self.assertTrue(case.last_customer_at)

    def test_picture_in_the_text_is_seen_in_the_description(self):
        case = self.receive(photos=1, html='<p>Look:</p><img src="cid:photo0">')
        photo = self.received_on(case).attachment_ids
        self.assertIn(f"/web/image/{photo.id}", case.description)
        self.assertNotIn("cid:", case.description)

    def test_mail_without_subject_and_from_a_stranger(self):
        case = self.receive(sender="new.customer@nowhere.example", subject="")
        self.assertEqual((case.subject, case.partner_id.id), ("(no subject)", False))
        self.assertEqual(case.email_normalized, "new.customer@nowhere.example")
        self.assertIn("squeal", case.description)

    def test_number_in_the_subject_never_becomes_the_number(self):
        case = self.receive(subject="CS-999999")
        self.assertEqual(case.subject, "CS-999999")
        self.assertNotEqual(case.name, "CS-999999")

    def test_each_team_has_its_address(self):
        self.assertEqual(self.receive(to=self.other_address).team_id, self.other_team)

    def test_mail_to_two_teams_is_one_case(self):
        self.assertEqual(len(self.receive(to=f"{self.address}, {self.other_address}")), 1)

    def test_the_same_mail_twice_is_one_case(self):
        source = self.mail_source()
        for expected in (1, 1):
            with self.mock_mail_gateway():
                self.env["mail.thread"].message_process(None, source)
            self.assertEqual(self.env["cs.case"].search_count([("subject", "=", "Brakes")]), expected)

    def test_defaults_of_the_alias_choose_but_prove_nothing(self):
        self.team.alias_id.sudo().alias_defaults = repr(
            {
                "team_id": self.team.id,
                "company_id": self.company.id,
                "type_id": self.type_suggestion.id,
                "name": "FORGED-1",
                "first_answered_at": "2020-01-01 00:00:00",
            }
        )
        case = self.receive()
        self.assertEqual(case.type_id, self.type_suggestion)
        self.assertTrue(case.name.startswith("CS-"))
        self.assertFalse(case.first_answered_at)

    def test_nobody_links_cases_by_calling_the_gateway(self):
        foreign = self.make_case(self.other_agent, team_id=self.other_team.id)
        case = (
            self.env["cs.case"]
            .with_user(self.agent)
            .message_new({"email_from": "chen.wei@bluefleet.example"}, {"cs_mentions": foreign.id, "name": "FORGED-2"})
        )
        self.assertFalse(case.origin_id)
        self.assertTrue(case.name.startswith("CS-"))

    def test_customer_of_another_company_is_a_stranger_here(self):
        other = self.env["res.company"].create({"name": "Sister Company"})
        self.customer.company_id = other
        case = self.receive()
        self.assertEqual(len(case), 1)
        self.assertFalse(case.partner_id)

    def test_machines_open_nothing_and_get_no_answer(self):
        """Must show 3: a vacation reply → nothing. It stays readable as a note of the team."""
        for header in MACHINES:
            with self.subTest(header=header):
                self.assertFalse(self.receive(headers=[header]))
        self.assertFalse(self.receive(sender="MAILER-DAEMON@bluefleet.example"))
        self.assertFalse(self.receive(sender="postmaster@bluefleet.example"))
        self.assertFalse(self.run_notices())
        notes = self.received_on(self.team)
        self.assertEqual(set(notes.subtype_id), {self.env.ref("mail.mt_note")})
        self.assertGreaterEqual(len(notes), len(MACHINES))
        self.assertNotIn(self.customer, self.team.message_partner_ids)

    def test_people_are_no_machines(self):
        for header in (("Auto-Submitted", "no"), ("Precedence", "first-class"), ("Return-Path", "<chen@x.example>")):
            with self.subTest(header=header):
                self.assertEqual(len(self.receive(headers=[header])), 1)

    def test_many_machine_mails_are_not_bounced_either(self):
        for _number in range(25):
            self.assertFalse(self.receive(headers=[("Auto-Submitted", "auto-generated")]))

    def test_twenty_five_mails_in_an_hour(self):
        """Binding: 25 cases, acknowledgements stop, nothing bounces."""
        self.company.cs_acknowledgements_per_day = 5
        cases = self.env["cs.case"].union(*(self.receive(subject=f"Vehicle {number}") for number in range(25)))
        self.assertEqual(len(cases), 25)
        self.assertEqual(len(self.run_notices().filtered(lambda mail: mail.recipient_ids == self.customer)), 5)
        skipped = cases.filtered(lambda case: case.ack_state == "skipped")
        self.assertEqual(len(skipped), 20)
        self.assertEqual(len(skipped.filtered("ack_reason")), 20)
        self.assertFalse(any(skipped.mapped("acknowledged_at")))

    def test_colleague_who_passes_something_on_has_not_answered_it(self):
        self.agent.email = "anna@ourselves.example"
        case = self.receive(sender="anna@ourselves.example")
        self.assertEqual(case.partner_id, self.agent.partner_id)
        self.assertFalse(case.first_answered_at)
        self.assertEqual(case.meaning, "new")
