from odoo import http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common_appeal import CsAppealCommon
from .test_report import PrintCommon, pdf_text

INTERNAL = ("Calibrated in May", "Doubtful", "By the standard")


@tagged("post_install", "-at_install")
class TestAppealForms(PrintCommon, CsAppealCommon):
    """The forms of an appeal, read back from real PDFs (C-05, P-01)."""

    def test_appeal_form(self):
        """抱怨申诉登记表"""
        _complaint, appeal = self.open_appeal(grounds="Own measurement 28.1 MPa 自测数据")
        text = pdf_text(self.print_pdf("appeal", appeal))
        for expected in ("AppealForm", "T-2026-77", "S-1", "28.1", "自测数据", appeal.complaint_id.case_id.name):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)

    def test_notice_of_withdrawal(self):
        """检测报告作废通知: void, replaced by which, with which mark, signed by whom."""
        complaint, appeal = self.open_appeal()
        self.review(complaint, appeal, needs_retest="no").with_user(self.quality).action_approve()
        own = appeal.with_user(self.handler)
        own.write({"ruling_note": "<p>Doubtful</p>", "replacement_number": "T-2026-77-A1", "change_mark": "MarkA1"})
        with self.assertRaisesRegex(UserError, "not withdrawn"):
            self.print_html("appeal_void", appeal)
        own.action_withdraw_report()
        appeal._approvals("withdrawal").with_user(self.signatory).action_approve()
        text = pdf_text(self.print_pdf("appeal_void", appeal))
        for expected in ("T-2026-77", "T-2026-77-A1", "MarkA1", "Signatory"):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)
        for internal in INTERNAL:
            self.assertNotIn(internal.replace(" ", ""), text)

    def test_opinion_and_handling_forms(self):
        """投诉处理结果客户反馈登记表 for the customer, 客户投诉处理登记表 for the file."""
        complaint, appeal = self.open_appeal()
        self.confirm(complaint, appeal)
        complaint.case_id.sudo()._judge_on_portal("not", "Still too low 仍不合格")
        text = pdf_text(self.print_pdf("appeal_opinion", appeal))
        for expected in ("T-2026-77", "Confirmed", "仍不合格"):
            self.assertIn(expected, text)
        for internal in INTERNAL:
            self.assertNotIn(internal.replace(" ", ""), text)
        handling = pdf_text(self.print_pdf("complaint_handling", complaint))
        for internal in INTERNAL:
            self.assertIn(internal.replace(" ", ""), handling)
        acceptance = pdf_text(self.print_pdf("complaint_acceptance", complaint))
        self.assertIn("T-2026-77", acceptance)

    def test_retests_are_on_the_handling_form(self):
        complaint, appeal = self.open_appeal()
        self.review(complaint, appeal).with_user(self.quality).action_approve()
        self.retest(appeal)
        text = pdf_text(self.print_pdf("complaint_handling", complaint))
        for row in appeal.retest_ids:
            self.assertIn(row.code, text)
            self.assertIn(row.result, text)


@tagged("post_install", "-at_install")
class TestAppealPortal(CsAppealCommon, HttpCase):
    """The customer says on his page what he thinks of the outcome: by POST only, once (C-05)."""

    def test_opinion_on_the_portal(self):
        login = new_test_user(self.env, "cs_portal_appeal", "base.group_portal", partner_id=self.customer.id)
        complaint, appeal = self.open_appeal()
        self.confirm(complaint, appeal)
        self.authenticate(login.login, login.login)
        page = self.url_open(f"/my/cases/{complaint.case_id.id}").text
        self.assertIn("T-2026-77", page)
        self.assertIn("stands", page)
        for internal in INTERNAL[:2]:
            self.assertNotIn(internal, page)
        path = f"/my/cases/{complaint.case_id.id}/opinion"
        self.assertEqual(self.url_open(path).status_code, 405)
        self.assertFalse(appeal.customer_opinion)
        token = http.Request.csrf_token(self)
        self.url_open(path, data={"csrf_token": token, "opinion": "not", "text": ""})
        self.assertFalse(appeal.customer_opinion)
        self.url_open(path, data={"csrf_token": token, "opinion": "content", "text": "Thank you"})
        self.assertRecordValues(appeal, [{"customer_opinion": "content", "customer_opinion_text": "Thank you"}])
        self.assertNotIn("o_cs_opinion", self.url_open(f"/my/cases/{complaint.case_id.id}").text)
