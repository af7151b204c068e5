import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestPrivacy(CsCommon):
    """A person's data is found, handed out and taken out; the register's figures stay (section 5)."""

    def finished(self, **vals):
        case = self.make_case(
            email_from="chen.wei@bluefleet.example",
            object_ref="沪A12345",
            description="<p>Call Chen Wei back</p>",
            **vals,
        )
        case.message_post(
            body="I am Chen Wei",
            author_id=self.customer.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=[("passport.txt", b"secret")],
        )
        case.with_user(self.agent)._post_answer("Dear Chen Wei", how="phone")
        case.with_user(self.agent).write({"resolution": "Chen Wei is content", "confirmation": "phone"})
        case.with_user(self.agent).action_close()
        return case.with_user(self.manager)

    def confirm(self, cases, user=None):
        wizard = self.env["cs.anonymise.wizard"].with_user(user or self.manager)
        return wizard.create({"case_ids": cases.ids, "reason": "Asked for by letter"}).action_confirm()

    # Find

    def test_lookup_finds_cases_by_person_mail_phone_and_name(self):
        by_partner = self.make_case()
        by_mail = self.env["cs.case"].create({"subject": "Mail", "email_from": "chen.wei@bluefleet.example"})
        by_mail.sudo().partner_id = False
        by_phone = self.make_case(partner_id=False, phone="138 0013 8000")
        by_phone.sudo().partner_id = False
        by_name = self.make_case(partner_id=False, partner_name="chen wei")
        foreign = self.make_case(partner_id=self.stranger.id)
        lookup = self.env["privacy.lookup.wizard"].create({"name": "Chen Wei", "email": self.customer.email})
        lookup.action_lookup()
        found = lookup.line_ids.filtered(lambda line: line.res_model == "cs.case").mapped("res_id")
        self.assertEqual(len(found), len(set(found)), "No case twice")
        self.assertLessEqual({by_partner.id, by_mail.id, by_phone.id, by_name.id}, set(found))
        self.assertNotIn(foreign.id, found)

    # Take out

    def test_nothing_of_the_person_is_left_but_the_figures(self):
        case = self.finished()
        kept = case.read(["name", "type_id", "received_at", "first_answered_at", "solved_at", "closed_at"])
        attachments = self.env["ir.attachment"].search([("res_model", "=", "cs.case"), ("res_id", "=", case.id)])
        self.assertTrue(attachments)
        self.confirm(case)
        self.assertEqual(
            kept, case.read(["name", "type_id", "received_at", "first_answered_at", "solved_at", "closed_at"])
        )
        self.assertFalse(attachments.exists())
        self.assertFalse(case.partner_id or case.commercial_partner_id or case.email_normalized or case.phone_e164)
        self.env.flush_all()
        everything = str(case.sudo().read()) + str(case.sudo().message_ids.read())
        everything += str(case.sudo().message_ids.tracking_value_ids.read())
        for trace in ("Chen", "chen.wei", "13800138000", "138 0013", "沪A12345", "passport"):
            self.assertNotIn(trace, everything)
        self.assertNotIn(self.customer, case.message_partner_ids)
        self.assertIn(self.agent.partner_id, case.sudo().message_ids.author_id)

    def test_who_and_why_are_kept(self):
        case = self.finished()
        self.confirm(case)
        self.assertTrue(case.anonymised_at)
        message = case.sudo().message_ids[0]
        self.assertIn("Asked for by letter", message.body)
        self.assertEqual(message.author_id, self.manager.partner_id)

    def test_former_customer_is_shut_out(self):
        case = self.finished()
        token = case.sudo()._portal_ensure_token()
        self.confirm(case)
        self.assertNotEqual(case.sudo().access_token, token)

    def test_only_finished_cases_and_all_or_none(self):
        case, unfinished = self.finished(), self.make_case()
        with self.assertRaisesRegex(UserError, unfinished.name):
            self.confirm(case | unfinished)
        self.assertEqual((case.partner_id, case.anonymised_at), (self.customer, False))

    def test_only_managers(self):
        case = self.finished()
        for user in (self.agent, self.supervisor):
            with self.assertRaises(AccessError):
                self.confirm(case, user=user)
            with self.assertRaises(AccessError):
                case.with_user(user).action_anonymise()
            with self.assertRaises(AccessError):
                case.with_user(user).write({"anonymised_at": "2026-01-01 00:00:00"})

    def test_a_batch_and_a_second_time(self):
        cases = self.finished() | self.finished(subject="Second")
        self.confirm(cases)
        self.assertTrue(all(cases.mapped("anonymised_at")))
        messages = len(cases[0].sudo().message_ids)
        self.confirm(cases)
        self.assertEqual(len(cases[0].sudo().message_ids), messages)

    # Hand out

    def test_export_holds_what_the_person_may_read(self):
        case = self.finished()
        case.sudo().message_post(body="Internal: be careful", subtype_xmlid="mail.mt_note")
        unlinked = self.make_case(partner_id=False, email_from="nobody@elsewhere.example")
        unlinked.sudo().write({"email_from": self.customer.email, "partner_id": False})
        self.make_case(partner_id=self.stranger.id, subject="Somebody else's")
        action = self.customer.with_user(self.manager).action_export_cs_data()
        export = self.env["cs.person.export"].browse(int(action["url"].split("/")[4]))
        data = json.loads(base64.b64decode(export.file))
        self.assertEqual({row["name"] for row in data["cases"]}, {case.name, unlinked.name})
        row = next(row for row in data["cases"] if row["name"] == case.name)
        texts = " ".join(message["text"] for message in row["conversation"])
        self.assertIn("I am Chen Wei", texts)
        self.assertIn("Dear Chen Wei", texts)
        self.assertNotIn("Internal", json.dumps(data))
        self.assertNotIn("Somebody else", json.dumps(data))
        self.assertEqual([file["name"] for file in row["conversation"][0]["attachments"]], ["passport.txt"])

    def test_export_is_the_managers(self):
        for user in (self.agent, self.supervisor):
            with self.assertRaises(AccessError):
                self.customer.with_user(user).action_export_cs_data()
