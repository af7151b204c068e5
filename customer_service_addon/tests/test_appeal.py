import base64
import io

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common_appeal import CsAppealCommon, pdf


@tagged("post_install", "-at_install")
class TestAppeal(CsAppealCommon):
    """C-05: appeal, opinion approved by the quality manager, blind re-test by two, report confirmed or withdrawn."""

    # ------------------------------------------------------------------
    # Appeal form
    # ------------------------------------------------------------------

    def test_the_form_is_filled_in_from_the_call(self):
        _complaint, appeal = self.open_appeal()
        self.assertRecordValues(
            appeal, [{"report_number": "T-2026-77", "sample_ref": "S-1", "reasons": "The strength is *too low*."}]
        )
        self.assertEqual(len(self.open_complaint().appeal_ids), 0)

    def test_too_late_needs_a_reason(self):
        """C-05: up to ten days after the report; the figure is the level's."""
        complaint, appeal = self.open_appeal(report_date=fields.Date.add(fields.Date.today(), days=-12))
        self.assertTrue(appeal.is_late)
        with self.assertRaisesRegex(UserError, "Accepted All the Same"):
            self.triage(complaint, self.appeal_level)
        appeal.late_reason = "Report came late by post"
        complaint.action_triage()
        with self.assertRaisesRegex(UserError, "settled with the step"):
            appeal.reasons = "Others"
        _complaint, in_time = self.open_appeal(report_date=fields.Date.add(fields.Date.today(), days=-9))
        self.assertFalse(in_time.is_late)

    def test_the_form_comes_first(self):
        complaint, appeal = self.open_appeal(report_number=False)
        with self.assertRaisesRegex(UserError, "Contested Report"):
            self.triage(complaint, self.appeal_level)
        self.assertFalse(appeal.report_number)

    # ------------------------------------------------------------------
    # Opinion
    # ------------------------------------------------------------------

    def test_the_quality_manager_approves_the_opinion(self):
        complaint, appeal = self.open_appeal()
        approval = self.review(complaint, appeal, needs_retest="no")
        self.assertIn("Calibrated in May", approval.snapshot)
        for user in (self.handler, self.agent, self.signatory):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                approval.with_user(user).action_approve()
        approval.with_user(self.quality).action_approve()
        self.assertTrue(complaint.opined_at)
        self.assertEqual(complaint.next_step, "ruled")
        self.assertNotIn("retested", complaint._needed_steps())
        with self.assertRaisesRegex(UserError, "settled with the step"):
            appeal.opinion = "<p>Other</p>"

    def test_a_rejected_opinion_is_written_again(self):
        complaint, appeal = self.open_appeal()
        approval = self.review(complaint, appeal)
        approval.with_user(self.quality)._ensure_may_decide()
        approval.with_user(self.quality)._refuse("Too thin")
        self.assertFalse(complaint.opined_at)
        appeal.with_user(self.handler).opinion = "<p>With figures</p>"
        appeal.with_user(self.handler).action_ask_approval()
        self.assertEqual(appeal._approvals("opinion").mapped("state"), ["draft", "rejected"])

    def test_a_changed_opinion_is_asked_for_again(self):
        complaint, appeal = self.open_appeal()
        approval = self.review(complaint, appeal)
        appeal.with_user(self.handler).instruments_reviewed = "Calibrated in April"
        self.assertEqual(approval.state, "cancelled")
        with self.assertRaises(UserError):
            approval.with_user(self.quality).action_approve()
        self.assertTrue(appeal.can_ask_approval)

    def test_an_opinion_says_everything_first(self):
        complaint, appeal = self.open_appeal()
        self.triage(complaint, self.appeal_level)
        with self.assertRaisesRegex(UserError, "before"):
            appeal.action_ask_approval()
        self.sign(complaint)
        self.verify(complaint)
        with self.assertRaisesRegex(UserError, "Raw Records"):
            appeal.action_ask_approval()

    # ------------------------------------------------------------------
    # Re-test
    # ------------------------------------------------------------------

    def test_two_others_test_blindly(self):
        complaint, appeal = self.open_appeal()
        self.review(complaint, appeal).with_user(self.quality).action_approve()
        self.assertEqual(complaint.next_step, "retested")
        rows = self.env["cs.appeal.retest"].with_user(self.handler)
        first = rows.create({"appeal_id": appeal.id, "employee_id": self.testers[0].id, "task": "Strength"})
        tester = self.testers[0].user_id
        blind = first.with_user(tester)
        self.assertEqual(blind.read(["code", "task"])[0]["task"], "Strength")
        for name in ("appeal_id", "sample", "resample_reason"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                blind.read([name])
        for record in (complaint, appeal):
            with self.subTest(record=record), self.assertRaises(AccessError):
                record.with_user(tester).read(["display_name"])
        self.assertEqual(len(blind.activity_ids), 1)
        blind.result = "31.2"
        blind.action_done()
        self.assertFalse(complaint.retested_at, "one is not two")
        second = rows.create({"appeal_id": appeal.id, "employee_id": self.testers[1].id, "task": "Strength"})
        self.assertNotEqual(first.code, second.code)
        self.assertFalse(self.env["cs.appeal.retest"].with_user(self.testers[1].user_id).search([]) - second)
        with self.assertRaises(AccessError):
            second.with_user(self.handler).result = "31.2"
        with self.assertRaises(AccessError):
            second.with_user(self.testers[1].user_id).task = "Nothing"
        with self.assertRaisesRegex(UserError, "write the result"):
            second.with_user(self.testers[1].user_id).action_done()
        second.with_user(self.testers[1].user_id).result = "30.9"
        second.with_user(self.testers[1].user_id).action_done()
        self.assertTrue(complaint.retested_at)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            second.with_user(self.testers[1].user_id).result = "40"

    def test_who_knows_the_sample_does_not_test(self):
        complaint, appeal = self.open_appeal()
        self.review(complaint, appeal).with_user(self.quality).action_approve()
        rows = self.env["cs.appeal.retest"].with_user(self.handler)
        known = self.env["hr.employee"].create({"name": "Agent", "user_id": self.agent.id})
        for employee in (self.first_tester, known):
            with self.subTest(employee=employee.name), self.assertRaises(ValidationError):
                rows.create({"appeal_id": appeal.id, "employee_id": employee.id, "task": "Strength"})
        values = {"appeal_id": appeal.id, "employee_id": self.testers[0].id, "task": "Strength"}
        rows.create(values)
        with self.assertRaisesRegex(ValidationError, "somebody else"):
            rows.create(values)
        with self.assertRaisesRegex(ValidationError, "first sample"):
            rows.create(values | {"employee_id": self.testers[1].id, "sample": "new"})
        with self.assertRaises(AccessError):
            rows.create(values | {"employee_id": self.testers[1].id, "code": "AAA"})

    def test_no_test_before_the_opinion_asks_for_it(self):
        complaint, appeal = self.open_appeal()
        self.review(complaint, appeal, needs_retest="no").with_user(self.quality).action_approve()
        with self.assertRaisesRegex(UserError, "has no step"):
            self.env["cs.appeal.retest"].with_user(self.handler).create(
                {"appeal_id": appeal.id, "employee_id": self.testers[0].id, "task": "Strength"}
            )

    # ------------------------------------------------------------------
    # Outcome
    # ------------------------------------------------------------------

    def test_a_confirmed_report_stands(self):
        complaint, appeal = self.open_appeal()
        self.review(complaint, appeal).with_user(self.quality).action_approve()
        with self.assertRaisesRegex(UserError, "before"):
            appeal.with_user(self.handler).action_confirm_report()
        self.retest(appeal)
        with self.assertRaisesRegex(UserError, "Reason of the Outcome"):
            appeal.with_user(self.handler).action_confirm_report()
        appeal.with_user(self.handler).ruling_note = "<p>Within the uncertainty</p>"
        appeal.with_user(self.handler).action_confirm_report()
        self.assertEqual((appeal.ruling, complaint.finding), ("confirmed", "unjustified"))
        complaint.report_customer = "<p>The report stands.</p>"
        complaint.action_report()
        complaint.explanation = "<p>Within the uncertainty of the method.</p>"
        complaint.action_reply()
        self.assertTrue(appeal.asked_at)
        complaint.action_close()

    def test_a_withdrawn_report_is_void_and_replaced(self):
        complaint, appeal = self.open_appeal(report_file=base64.b64encode(pdf("Strength")), report_file_name="T.pdf")
        self.review(complaint, appeal).with_user(self.quality).action_approve()
        self.retest(appeal)
        own = appeal.with_user(self.handler)
        own.ruling_note = "<p>Wrong load cell</p>"
        own.action_withdraw_report()
        approval = appeal._approvals("withdrawal")
        self.assertIn("31.2", approval.snapshot)
        self.assertFalse(appeal.ruling)
        with self.assertRaises(UserError):
            approval.with_user(self.quality).action_approve()
        approval.with_user(self.signatory).action_approve()
        self.assertRecordValues(appeal, [{"ruling": "withdrawn", "signatory_id": self.signatory.id}])
        self.assertEqual(complaint.finding, "justified")
        stamped = PdfFileReader(io.BytesIO(base64.b64decode(appeal.void_file)))
        self.assertEqual(len(stamped.pages), 2)
        for page in stamped.pages:
            self.assertIn("Strength", page.extract_text())
            self.assertIn("VOID", page.extract_text())
        complaint.report_customer = "<p>The report was wrong.</p>"
        complaint.action_report()
        with self.assertRaisesRegex(UserError, "Replaced By"):
            complaint.action_reply()
        appeal.write({"replacement_number": "T-2026-77-A1", "change_mark": "A1"})
        complaint.action_reply()
        self.assertTrue(complaint.replied_at)

    def test_a_refused_withdrawal_comes_back(self):
        complaint, appeal = self.open_appeal()
        self.review(complaint, appeal, needs_retest="no").with_user(self.quality).action_approve()
        own = appeal.with_user(self.handler)
        own.ruling_note = "<p>Wrong load cell</p>"
        own.action_withdraw_report()
        with self.assertRaisesRegex(UserError, "waits for the authorised signatory"):
            own.action_confirm_report()
        appeal._approvals("withdrawal").with_user(self.signatory)._refuse("The load cell was right")
        self.assertFalse(complaint.ruled_at)
        self.assertTrue(own.can_rule)

    def test_what_is_no_pdf_is_not_stamped_and_stops_nothing(self):
        complaint, appeal = self.open_appeal(report_file=base64.b64encode(b"no pdf at all"), report_file_name="T.pdf")
        self.review(complaint, appeal, needs_retest="no").with_user(self.quality).action_approve()
        own = appeal.with_user(self.handler)
        own.ruling_note = "<p>Wrong load cell</p>"
        own.action_withdraw_report()
        appeal._approvals("withdrawal").with_user(self.signatory).action_approve()
        self.assertEqual(appeal.ruling, "withdrawn")
        self.assertFalse(appeal.void_file)
        self.assertIn("could not be stamped", complaint.sudo().message_ids[0].body)

    def test_nobody_writes_the_outcome(self):
        complaint, appeal = self.open_appeal()
        for values in (
            {"ruling": "confirmed"},
            {"signatory_id": self.agent.id},
            {"voided_at": fields.Datetime.now()},
            {"customer_opinion": "content"},
            {"approval_ids": [Command.clear()]},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                appeal.write(values)
        with self.assertRaises(AccessError):
            complaint.needs_retest = True
        with self.assertRaises(AccessError):
            self.env["cs.appeal"].with_user(self.manager).create({"complaint_id": complaint.id})

    def test_whom_it_is_about_sees_nothing(self):
        """C-07: neither the appeal nor its tests."""
        complaint, appeal = self.open_appeal()
        complaint.person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.assertFalse(self.env["cs.appeal"].with_user(self.technician).search([("id", "=", appeal.id)]))

    # ------------------------------------------------------------------
    # The customer's opinion
    # ------------------------------------------------------------------

    def test_the_customer_is_asked_and_answers_once(self):
        complaint, appeal = self.open_appeal()
        self.review(complaint, appeal, needs_retest="no").with_user(self.quality).action_approve()
        own = appeal.with_user(self.handler)
        own.ruling_note = "<p>By the standard</p>"
        own.action_confirm_report()
        complaint.write({"report_customer": "<p>It stands.</p>", "explanation": "<p>By the standard.</p>"})
        complaint.action_report()
        case_sudo = complaint.case_id.sudo()
        with self.assertRaisesRegex(UserError, "nothing to answer"):
            case_sudo._judge_on_portal("content")
        complaint.action_reply()
        mails = self.env["mail.mail"].sudo().search([("subject", "=like", f"{case_sudo.name}: your opinion%")])
        self.assertEqual(mails.recipient_ids, self.customer)
        with self.assertRaisesRegex(UserError, "say why"):
            case_sudo._judge_on_portal("not", " ")
        case_sudo._judge_on_portal("not", "Not convinced")
        self.assertRecordValues(appeal, [{"customer_opinion": "not", "customer_opinion_text": "Not convinced"}])
        with self.assertRaisesRegex(UserError, "nothing to answer"):
            case_sudo._judge_on_portal("content")
        with self.assertRaises(UserError):
            appeal.action_record_content()
        with self.assertRaises(AccessError):
            appeal.with_user(self.handler).action_record_content()
        todos = complaint.sudo().activity_ids.filtered(lambda todo: "Not convinced" in (todo.note or ""))
        self.assertEqual(todos.user_id, self.agent)

    def test_a_level_with_appeal_has_a_review(self):
        with self.assertRaisesRegex(ValidationError, "review"):
            self.appeal_level.needs_verification = False
