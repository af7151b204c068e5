import hashlib
import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .test_rework import CsReworkCommon


@tagged("post_install", "-at_install")
class TestQuote(CsReworkCommon, HttpCase):
    """R-02, class C: agreed and signed by the customer first; a signature freezes what was shown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = new_test_user(cls.env, login="cs_owner", groups="base.group_portal", name="Ann Owner")
        cls.owner.partner_id.parent_id = cls.firm

    def quoted(self):
        order = self.own_order(cost_class="c", agreed_amount=300)
        order.sudo().case_id.partner_id = self.owner.partner_id
        order.action_quote()
        return order

    def page(self, order, user=None):
        self.authenticate(user and user.login, user and user.login)
        return self.url_open(f"/my/cases/{order.case_id.id}").text

    def csrf(self):
        return re.search(r'csrf_token" value="([^"]+)"', self.url_open("/my/cases/new").text).group(1)

    def post(self, order, what, case=None, **data):
        case = case or order.case_id
        return self.url_open(f"/my/cases/{case.id}/quotes/{order.id}/{what}", data={"csrf_token": self.csrf(), **data})

    def test_signed_on_the_portal(self):
        order = self.quoted()
        self.assertEqual(order.price_state, "quoted")
        text = self.page(order, self.owner)
        self.assertIn("o_cs_quote", text)
        self.assertIn("300.00", text)
        self.post(order, "sign", signer_name="Ann Owner")
        order.invalidate_recordset()
        signature = order.signature_ids
        self.assertRecordValues(
            signature,
            [
                {
                    "topic": "price",
                    "role": "customer",
                    "how": "portal",
                    "signer_name": "Ann Owner",
                    "partner_id": self.owner.partner_id.id,
                    "user_id": self.owner.id,
                    "is_current": True,
                }
            ],
        )
        self.assertTrue(signature.address)
        paper = signature.sudo().document_id
        self.assertEqual(signature.sha256, hashlib.sha256(paper.raw).hexdigest())
        self.assertEqual(order.price_state, "signed")
        self.assertNotIn("o_cs_quote", self.page(order, self.owner))
        order.action_dispatch()

    def test_refused_on_the_portal(self):
        order = self.quoted()
        self.page(order, self.owner)
        self.post(order, "refuse", reason=" ")
        self.assertEqual(order.price_state, "quoted")
        self.post(order, "refuse", reason="Too expensive")
        order.invalidate_recordset()
        self.assertRecordValues(order, [{"price_state": "refused", "quote_answer": "Too expensive"}])
        self.assertTrue(order.activity_ids.filtered(lambda row: row.user_id == self.agent))
        order.agreed_amount = 250
        order.action_quote()
        self.assertEqual(order.price_state, "quoted")

    def test_no_other_customer_and_no_other_case(self):
        order = self.quoted()
        stranger = new_test_user(self.env, login="cs_stranger", groups="base.group_portal")
        other = self.make_case(partner_id=stranger.partner_id.id)
        self.page(order, stranger)
        for case in (order.case_id, other):
            self.post(order, "sign", case=case, signer_name="Somebody")
            self.url_open(
                f"/my/cases/{case.id}/quotes/{order.id}/sign?access_token={other.sudo()._portal_ensure_token()}",
                data={"csrf_token": self.csrf(), "signer_name": "Somebody"},
            )
        order.invalidate_recordset()
        self.assertFalse(order.signature_ids)
        self.assertEqual(self.url_open(f"/my/cases/{order.case_id.id}/quotes/{order.id}/sign").status_code, 405)

    def test_a_draft_that_was_not_quoted_is_not_shown(self):
        order = self.own_order(cost_class="c", agreed_amount=300)
        order.sudo().case_id.partner_id = self.owner.partner_id
        self.assertNotIn("o_cs_quote", self.page(order, self.owner))
        self.post(order, "sign", signer_name="Ann Owner")
        self.assertFalse(order.signature_ids)

    def test_the_price_is_signed_at_the_desk(self):
        order = self.quoted()
        with self.assertRaises(UserError):
            self.sign_price(order, user=self.repairer)
        with self.assertRaises(UserError):
            self.sign_price(order, name=" ")
        self.sign_price(order)
        self.assertEqual(order.price_state, "signed")
        for vals in ({"signer_name": "Somebody"}, {"fingerprint": "x"}):
            with self.assertRaises(AccessError):
                order.signature_ids.with_user(self.agent).write(vals)
        with self.assertRaises(UserError):
            order.signature_ids.sudo().unlink()

    def test_only_class_c_is_quoted(self):
        order = self.own_order()
        with self.assertRaises(UserError):
            order.action_quote()
        with self.assertRaises(UserError):
            self.own_order(cost_class="c").action_quote()

    def test_the_customer_is_written_to(self):
        order = self.quoted()
        mails = self.env["mail.mail"].sudo().search([("model", "=", "cs.case"), ("res_id", "=", order.case_id.id)])
        self.assertTrue(mails.filtered(lambda mail: "price of the repair" in (mail.subject or "")))
