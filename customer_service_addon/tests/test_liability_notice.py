from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_liability import CsLiabilityCommon
from .common_mail import CsMailCommon


@tagged("post_install", "-at_install")
class TestLiabilityNotice(CsLiabilityCommon):
    """R-01: contractors are told; silence is consent only after a delivered notice and the time."""

    def test_each_contractor_is_told_by_a_mail_of_his_own(self):
        liability = self.contractors()
        self.assertRecordValues(
            liability.notice_ids,
            [
                {"partner_id": self.contractor.id, "percent": 60, "delivery": "queued", "contest_until": False},
                {"partner_id": self.rival.id, "percent": 40, "delivery": "queued", "contest_until": False},
            ],
        )
        mails = self.env["mail.mail"].sudo().search([("model", "=", "cs.liability.notice")])
        self.assertEqual(len(mails), 2)
        for mail, notice in zip(mails.sorted("res_id"), liability.notice_ids.sudo(), strict=True):
            self.assertEqual(mail.recipient_ids, notice.partner_id)
            self.assertIn(notice.access_token, mail.body_html)
            self.assertIn("3", mail.body_html)
        self.assertFalse(liability.message_ids.partner_ids)
        self.deliver(liability)
        self.assertEqual(set(liability.notice_ids.mapped("delivery")), {"sent"})
        # Monday is told; three working days end on Thursday, 18:00 in Shanghai.
        self.assertEqual(set(liability.notice_ids.mapped("contest_until")), {datetime(2026, 6, 4, 10)})

    def test_the_notice_is_in_the_language_of_the_contractor(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        template = self.env.ref("customer_service_addon.mail_template_cs_liability_notice")
        template.with_context(lang="zh_CN").subject = "{{ object.liability_id.name }}：责任通知"
        self.rival.lang = "zh_CN"
        self.contractors()
        mails = self.env["mail.mail"].sudo().search([("model", "=", "cs.liability.notice")])
        subjects = {mail.recipient_ids: mail.subject for mail in mails}
        self.assertIn("责任通知", subjects[self.rival])
        self.assertIn("share of liability", subjects[self.contractor])

    def test_the_time_to_contest_is_a_setting_and_may_be_agreed(self):
        manager = self.env["cs.settings"].with_user(self.manager)
        manager.create({"cs_contest_amount": 48, "cs_contest_unit": "h"}).action_save()
        liability = self.contractors()
        self.deliver(liability)
        self.assertEqual(liability.notice_ids[0].contest_until, datetime(2026, 6, 3, 2))
        agreed = self.contractors(contest_amount=1, contest_unit="wd")
        self.deliver(agreed)
        self.assertEqual(agreed.notice_ids[0].contest_until, datetime(2026, 6, 2, 10))

    def test_silence_is_consent_after_a_delivered_notice_and_the_time(self):
        liability = self.contractors()
        self.at("2026-06-01 03:00:00")
        self.deliver(liability)
        for moment, state in (("2026-06-04 09:59:00", "decided"), ("2026-06-04 10:00:00", "final")):
            self.at(moment)
            self.silence()
            self.assertEqual(liability.state, state)
        self.assertEqual(set(liability.notice_ids.mapped("answer")), {"silence"})
        self.assertEqual(liability.signature_ids.signer_name, self.supervisor.name)

    def test_unsent_is_never_consent(self):
        liability = self.contractors()
        self.at("2026-06-04 09:00:00")
        self.silence()
        self.assertFalse(self.todos(liability))
        for moment in ("2026-06-04 11:00:00", "2026-06-30 02:00:00"):
            self.at(moment)
            self.silence()
            self.assertEqual((liability.state, set(liability.notice_ids.mapped("answer"))), ("decided", {"none"}))
            self.assertEqual(self.todos(liability).user_id, self.supervisor)
            self.assertEqual(len(self.todos(liability)), 1, "once")
        self.deliver(liability)
        self.silence()
        self.assertEqual(liability.state, "decided", "the time runs from the delivery")
        self.at("2026-07-03 10:00:00")
        self.silence()
        self.assertEqual(liability.state, "final")

    def test_the_queue_is_asked_where_nobody_reported(self):
        liability = self.contractors()
        mails = self.env["mail.mail"].sudo().search([("model", "=", "cs.liability.notice")], order="res_id")
        mails[0].state = "sent"
        mails[1].write({"state": "exception", "failure_reason": "No such mailbox"})
        self.silence()
        self.assertEqual(liability.notice_ids.mapped("delivery"), ["sent", "failed"])
        self.assertEqual(liability.notice_ids[1].failure, "No such mailbox")

    def test_one_undelivered_notice_keeps_it_open(self):
        liability = self.contractors()
        self.deliver(liability)
        self.notice_of(liability, self.rival).sudo()._mark_undelivered("bounced", "Mailbox unknown")
        self.at("2026-06-30 02:00:00")
        self.silence()
        self.assertEqual(liability.notice_ids.mapped("answer"), ["silence", "none"])
        self.assertEqual(liability.state, "decided")
        self.assertIn("Dry Walls Ltd", self.todos(liability).note)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_what_could_not_be_sent_is_a_todo_and_sent_again(self):
        liability = self.contractors()
        self.deliver(liability, error=ValidationError("No connection"))
        self.assertEqual(set(liability.notice_ids.mapped("delivery")), {"failed"})
        self.assertEqual(len(self.todos(liability)), 2)
        self.at("2026-06-30 02:00:00")
        self.silence()
        self.assertEqual(liability.state, "decided")
        with self.assertRaises(AccessError):
            liability.notice_ids.with_user(self.portal_solid).action_send_again()
        liability.notice_ids.action_send_again()
        self.deliver(liability)
        self.assertEqual(set(liability.notice_ids.mapped("delivery")), {"sent"})
        self.assertEqual(liability.notice_ids[0].contest_until, datetime(2026, 7, 3, 10))

    def test_without_an_address_nothing_counts(self):
        self.contractor.email = False
        liability = self.decide(self.own_order(), ("contractor", self.contractor, 100))
        self.assertRecordValues(liability.notice_ids, [{"delivery": "failed", "contest_until": False}])
        self.assertEqual(self.todos(liability).user_id, self.supervisor)
        self.at("2026-06-30 02:00:00")
        self.silence()
        self.assertEqual(liability.state, "decided")

    def test_opened_counts_as_delivered(self):
        liability = self.decide(self.own_order(), ("contractor", self.contractor, 100))
        notice = liability.notice_ids.sudo()
        notice._mark_undelivered("bounced", "Mailbox unknown")
        self.at("2026-06-02 02:00:00")
        notice._mark_opened()
        self.assertRecordValues(
            notice,
            [{"delivery": "opened", "contest_until": datetime(2026, 6, 5, 10), "opened_at": datetime(2026, 6, 2, 2)}],
        )
        notice._mark_undelivered("bounced", "Once more")
        self.assertEqual(notice.delivery, "opened")
        self.at("2026-06-05 10:00:00")
        self.silence()
        self.assertEqual(liability.state, "final")

    def test_without_working_time_silence_never_counts(self):
        liability = self.decide(self.own_order(), ("contractor", self.contractor, 100))
        with patch.object(self.registry["cs.case"], "_working_day_ends", lambda cases, requests: dict.fromkeys(cases)):
            self.deliver(liability)
        self.at("2026-12-30 02:00:00")
        self.silence()
        self.assertRecordValues(liability.notice_ids, [{"delivery": "sent", "contest_until": False, "answer": "none"}])

    def test_the_job_in_batches_and_its_queries(self):
        """Restartable in small batches; what each further liability costs is the freezing of its print."""
        liabilities = self.env["cs.liability"]
        for _number in range(6):
            liabilities += self.decide(self.own_order(), ("contractor", self.contractor, 100))
        for liability in liabilities:
            self.deliver(liability)
        self.at("2026-06-04 10:00:00")
        with patch.object(
            self.registry["ir.actions.report"], "_render_qweb_pdf", lambda *args, **kwargs: (b"%PDF", "pdf")
        ):
            one = self.queries_of(liabilities.notice_ids[:1])
            five = self.queries_of(liabilities.notice_ids[1:])
        self.assertEqual(set(liabilities.mapped("state")), {"final"})
        self.assertLessEqual((five - one) / 4, 45, f"one: {one}, five: {five}")

    def queries_of(self, notices):
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        notices.sudo()._accept_silently()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_the_job_goes_on_after_one_that_cannot_be_final(self):
        bad, good = (self.decide(self.own_order(), ("contractor", self.contractor, 100)) for _number in range(2))
        self.deliver(bad)
        self.deliver(good)
        self.at("2026-06-04 10:00:00")
        finalize = self.registry["cs.liability"]._finalize

        def broken(liabilities):
            return liabilities._stated("") if bad in liabilities.with_env(bad.env) else finalize(liabilities)

        with patch.object(self.registry["cs.liability"], "_finalize", broken):
            self.run_job("cs.liability.notice", "_cron_silence", batch=1)
        self.assertEqual((bad.state, bad.notice_ids.answer, good.state), ("decided", "none", "final"))
        self.silence()
        self.assertEqual(bad.state, "final")


@tagged("post_install", "-at_install")
class TestLiabilityContest(CsLiabilityCommon):
    """R-01: contested, decided again or confirmed; after the time only with a supervisor's decision."""

    def test_contested_then_decided_again_with_other_shares(self):
        liability = self.decide(self.own_order(), ("contractor", self.contractor, 100))
        self.deliver(liability)
        first = liability.notice_ids
        with self.assertRaisesRegex(UserError, "say why"):
            self.record_answer(first, "contested")
        self.record_answer(first, "contested", reason="The plumber cut the seal")
        self.assertRecordValues(first, [{"answer": "contested", "answered_by_id": self.agent.id}])
        self.assertEqual((liability.state, self.todos(liability).user_id), ("contested", self.supervisor))
        liability.share_ids.percent = 60
        liability.share_ids = [Command.create({"party": "contractor", "partner_id": self.rival.id, "percent": 40})]
        liability.with_user(self.supervisor).action_decide()
        self.assertEqual((liability.state, first.is_current), ("decided", False))
        self.assertEqual(liability.notice_ids.filtered("is_current").mapped("percent"), [60, 40])
        with self.assertRaisesRegex(UserError, "nothing to answer"):
            first.sudo()._answer("contested", "Again")
        for notice in liability.notice_ids.filtered("is_current"):
            self.record_answer(notice, "accepted")
        self.assertEqual(liability.state, "final")

    def test_confirmed_although_contested(self):
        liability = self.decide(self.own_order(), ("contractor", self.contractor, 100))
        self.record_answer(liability.notice_ids, "contested", reason="Not me")
        with self.assertRaises(AccessError):
            self.end_liability(liability, "final", user=self.agent)
        with self.assertRaisesRegex(UserError, "Say why"):
            self.end_liability(liability, "final", reason=" ")
        self.end_liability(liability, "final", reason="The photo shows it")
        self.assertRecordValues(liability, [{"state": "final", "end_reason": "The photo shows it"}])
        self.assertRecordValues(
            liability.notice_ids,
            [{"answer": "contested", "overruled_reason": "The photo shows it", "overruled_by_id": self.supervisor.id}],
        )

    def test_confirmed_while_another_may_still_contest(self):
        liability = self.contractors()
        self.deliver(liability)
        self.record_answer(self.notice_of(liability, self.contractor), "contested", reason="Not me")
        self.end_liability(liability, "final", reason="It stands")
        self.assertEqual(liability.state, "decided")
        self.record_answer(self.notice_of(liability, self.rival), "contested", reason="Nor me")
        self.assertEqual(liability.state, "contested")
        self.end_liability(liability, "final", reason="It stands too")
        self.assertEqual(liability.state, "final")
        self.assertEqual(liability.notice_ids.mapped("overruled_reason"), ["It stands", "It stands too"])

    def test_only_contested_ones_are_confirmed(self):
        liability = self.decide(self.own_order(), ("contractor", self.contractor, 100))
        with self.assertRaisesRegex(UserError, "not contested"):
            self.end_liability(liability, "final")
        self.assertEqual(liability.state, "decided")

    def test_a_late_contest_is_the_supervisors_to_admit(self):
        liability = self.contractors()
        self.deliver(liability)
        self.at("2026-06-04 10:00:01")
        notice = self.notice_of(liability, self.contractor)
        with self.assertRaisesRegex(UserError, "time to contest is over"):
            notice.sudo()._answer("contested", "Not me")
        with self.assertRaisesRegex(AccessError, "supervisor"):
            self.record_answer(notice, "contested", reason="Not me", late_reason="He was ill")
        with self.assertRaisesRegex(UserError, "Say why"):
            self.record_answer(notice, "contested", user=self.supervisor, reason="Not me")
        self.assertEqual((notice.answer, liability.state), ("none", "decided"))
        self.record_answer(notice, "contested", user=self.supervisor, reason="Not me", late_reason="He was ill")
        self.assertRecordValues(
            notice, [{"answer": "contested", "late_reason": "He was ill", "late_by_id": self.supervisor.id}]
        )
        self.assertEqual(liability.state, "contested")

    def test_a_late_contest_of_a_final_one_is_a_new_one(self):
        order = self.own_order()
        liability = self.decide(order, ("contractor", self.contractor, 100))
        self.deliver(liability)
        self.at("2026-06-04 10:00:00")
        self.silence()
        notice = liability.notice_ids
        with self.assertRaises(AccessError):
            self.record_answer(notice, "contested", reason="Not me", late_reason="He was ill")
        with self.assertRaisesRegex(UserError, "nothing to accept"):
            self.record_answer(notice, "accepted", user=self.supervisor)
        action = self.record_answer(
            notice, "contested", user=self.supervisor, reason="Not me", late_reason="He was ill"
        )
        new = order.liability_ids - liability
        self.assertEqual((liability.state, new.state, action["res_id"]), ("cancelled", "draft", new.id))
        self.assertEqual(liability.signature_state, "current", "what was final stays as it was")

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_notices_are_the_systems(self):
        liability = self.contractors()
        notices = self.env["cs.liability.notice"]
        for operation in (
            lambda: liability.notice_ids[0].with_user(self.manager).write({"answer": "accepted"}),
            lambda: liability.notice_ids[0].with_user(self.manager).unlink(),
            lambda: notices.with_user(self.manager).create({"liability_id": liability.id, "partner_id": self.rival.id}),
            lambda: liability.notice_ids[0].with_user(self.agent).read(["access_token"]),
            lambda: notices.with_user(self.agent).search([("access_token", "like", "a")]),
            lambda: liability.with_user(self.other_agent).read(["ground"]),
            lambda: liability.notice_ids.with_user(self.other_agent).read(["reason"]),
            lambda: liability.with_user(self.portal_solid).read(["ground"]),
            lambda: notices.with_user(self.portal_solid).search([]),
            lambda: self.record_answer(liability.notice_ids[0], "accepted", user=self.other_agent),
        ):
            with self.assertRaises(AccessError):
                operation()
        self.assertEqual(set(liability.notice_ids.mapped("answer")), {"none"})


@tagged("post_install", "-at_install")
class TestLiabilityBounce(CsMailCommon, CsLiabilityCommon):
    """A notice that comes back was not delivered."""

    def test_a_bounce_through_the_gateway(self):
        liability = self.decide(self.own_order(), ("contractor", self.contractor, 100))
        self.deliver(liability)
        notice = liability.notice_ids
        self.assertEqual(notice.delivery, "sent")
        source = self.mail_source(
            sender="MAILER-DAEMON@solidroofs.example",
            subject="Undelivered Mail Returned to Sender",
            to=f"{self.alias_bounce}@{self.alias_domain}",
            headers=self.reference_to(notice.sudo().mail_message_id),
        )
        source = source.replace(
            "Content-Type: multipart/mixed",
            "Content-Type: multipart/report; report-type=delivery-status",
        ).replace(
            "--cut--",
            "\r\n".join(
                (
                    "--cut",
                    "Content-Type: message/delivery-status",
                    "",
                    "Reporting-MTA: dns; mx.example",
                    "",
                    "Final-Recipient: rfc822; office@solidroofs.example",
                    "Action: failed",
                    "Status: 5.1.1",
                    "",
                    "--cut--",
                )
            ),
        )
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(None, source)
        self.assertRecordValues(notice, [{"delivery": "bounced", "contest_until": False}])
        self.assertEqual(self.todos(liability).user_id, self.supervisor)
        self.at("2026-06-30 02:00:00")
        self.silence()
        self.assertEqual(liability.state, "decided")
