import re
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common_money import MoneyCommon


@tagged("post_install", "-at_install")
class TestSettlementPortal(MoneyCommon, HttpCase):
    """R-07: the contractor confirms, objects or is silent; silence counts only after a delivered notice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"cs_contest_amount": 48, "cs_contest_unit": "h"})
        cls.builder.email, cls.roofer.email = "office@builder.example", "office@roofer.example"
        cls.builder_user, cls.roofer_user = (
            new_test_user(cls.env, login=login, groups="base.group_portal") for login in ("st_builder", "st_roofer")
        )
        cls.builder_user.partner_id.parent_id = cls.builder
        cls.roofer_user.partner_id.parent_id = cls.roofer

    def told(self):
        """A settlement whose contractor was written to."""
        order = self.open_class_a(estimate=400)
        self.finish(order, 300)
        settlement = self.draw_up(order)
        settlement.action_submit()
        self.decide(settlement, "settlement")
        return settlement

    def deliver(self, settlement, error=None):
        """The mail queue sends the notices, or fails with ``error``."""
        messages = settlement.sudo().notice_ids.filtered("is_current").mail_message_id
        mails = self.env["mail.mail"].sudo().search([("mail_message_id", "in", messages.ids)])
        self.assertTrue(mails)
        servers = self.registry["ir.mail_server"]
        sent = {"side_effect": error} if error else {"return_value": "<sent@company.example>"}
        with (
            patch.object(servers, "_disable_send", lambda server: False),
            patch.object(servers, "_connect__", lambda *args, **kwargs: None),
            patch.object(servers, "send_email", **sent),
        ):
            mails.send()

    def silence(self):
        self.run_job("ir_cron_cs_settlement_silence")

    def page(self, notice, user, token=""):
        self.authenticate(user and user.login, user and user.login)
        return self.url_open(f"/my/settlements/{notice.id}{token}").text

    def post(self, notice, what, page, **data):
        token = re.search(r'csrf_token" value="([^"]+)"', page)
        return self.url_open(
            f"/my/settlements/{notice.id}/{what}", data={"csrf_token": token and token.group(1), **data}
        )

    def test_confirmed_on_the_portal(self):
        settlement = self.told()
        notice = settlement.sudo().notice_ids
        text = self.page(notice, self.builder_user)
        for part in ("300.00", settlement.line_ids.rework_id.name):
            self.assertIn(part, text)
        self.assertEqual(notice.delivery, "opened")
        self.assertIn(settlement.name, self.url_open("/my/settlements").text)
        self.post(notice, "accept", text)
        self.env.invalidate_all()
        self.assertRecordValues(notice, [{"answer": "accepted", "answered_by_id": self.builder_user.id}])
        self.assertEqual(settlement.state, "certifying")

    def test_objection_on_the_portal(self):
        settlement = self.told()
        notice = settlement.sudo().notice_ids
        text = self.page(notice, self.builder_user)
        self.post(notice, "object", text, reason=" ")
        self.env.invalidate_all()
        self.assertEqual(settlement.state, "confirming")
        self.post(notice, "object", text, reason="Not our pipe")
        self.env.invalidate_all()
        self.assertRecordValues(settlement, [{"state": "draft", "back_reason": "Builder Ltd: Not our pipe"}])
        self.post(notice, "accept", text)
        self.env.invalidate_all()
        self.assertEqual(notice.answer, "contested", "answered once")

    def test_with_the_token_of_the_mail(self):
        settlement = self.told()
        notice = settlement.sudo().notice_ids
        text = self.page(notice, None, f"?access_token={notice.access_token}")
        self.assertIn("300.00", text)
        self.assertNotIn("300.00", self.page(notice, None, "?access_token=guess"))

    def test_nothing_of_another_contractor(self):
        settlement = self.told()
        notice = settlement.sudo().notice_ids
        text = self.page(notice, self.roofer_user)
        self.assertNotIn(settlement.name, text)
        self.assertNotIn(settlement.name, self.url_open("/my/settlements").text)
        home = self.url_open("/my/account").text
        for what in ("accept", "object"):
            self.post(notice, what, home, reason="Mine")
            self.assertEqual(self.url_open(f"/my/settlements/{notice.id}/{what}").status_code, 405)
        self.env.invalidate_all()
        self.assertRecordValues(notice, [{"answer": "none", "delivery": "queued"}])
        for model in ("cs.settlement", "cs.settlement.notice", "cs.settlement.line", "cs.retention"):
            for user in (self.builder_user, self.roofer_user):
                self.assertFalse(self.env[model].with_user(user).has_access("read"))

    def test_colleagues_answer_in_the_settlement_only(self):
        settlement = self.told()
        notice = settlement.sudo().notice_ids
        self.authenticate(self.agent.login, self.agent.login)
        self.page(notice, self.agent, f"?access_token={notice.access_token}")
        self.assertEqual(notice.delivery, "queued", "a colleague who looks at it is no delivery")
        dialog = self.env["cs.settlement.objection"].with_user(self.agent)
        dialog.create({"notice_id": notice.id, "reason": "By phone: not ours"}).action_confirm()
        self.assertEqual(settlement.state, "draft")

    def test_silence_after_a_delivered_notice(self):
        with freeze_time("2026-06-01 08:00:00"):
            settlement = self.told()
            self.deliver(settlement)
        notice = settlement.sudo().notice_ids
        self.assertRecordValues(
            notice, [{"delivery": "sent", "contest_until": fields.Datetime.to_datetime("2026-06-03 08:00:00")}]
        )
        with freeze_time("2026-06-03 07:59:00"):
            self.silence()
        self.assertEqual(notice.answer, "none")
        with freeze_time("2026-06-03 08:00:00"):
            self.silence()
        self.assertEqual((notice.answer, settlement.state), ("silence", "certifying"))

    def test_no_silence_without_delivery(self):
        with freeze_time("2026-06-01 08:00:00"):
            unsent, failed = self.told(), self.told()
            with mute_logger("odoo.addons.mail.models.mail_mail"):
                self.deliver(failed, error=OSError("no connection"))
        with freeze_time("2026-07-01 08:00:00"):
            self.silence()
        for settlement in (unsent, failed):
            self.assertEqual(settlement.state, "confirming")
            self.assertTrue(settlement.activity_ids.filtered(lambda row: row.user_id == self.agent))
        notice = failed.sudo().notice_ids
        self.assertEqual(notice.delivery, "failed")
        with freeze_time("2026-07-02 08:00:00"):
            notice.with_user(self.agent).action_send_again()
            self.deliver(failed)
        with freeze_time("2026-07-04 08:00:00"):
            self.silence()
        self.assertEqual(failed.state, "certifying")
