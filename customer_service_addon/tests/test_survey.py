import base64
import hashlib
from datetime import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from ..services.survey_steps import NEXT_STATES, STATES
from .common_liability import DRAWN, CsLiabilityCommon
from .test_portal import PNG, SVG
from .test_report import PrintCommon, pdf_images, pdf_text


@tagged("post_install", "-at_install")
class TestSurvey(CsLiabilityCommon):
    """R-01: the survey on the spot, from the appointment to the last signature."""

    def estimated(self, amount, **vals):
        """An order of the contractor estimated at ``amount``."""
        lines = [Command.create({"name": "Work", "kind": "third", "estimated_amount": amount})]
        return self.open_order(contractor_id=self.contractor.id, line_ids=lines if amount else [], **vals)

    # ------------------------------------------------------------------
    # Parties
    # ------------------------------------------------------------------

    def test_planned_in_its_order_with_all_the_procedure_names(self):
        order = self.own_order(contractor_id=self.contractor.id, place="Bathroom")
        survey = self.plan_survey(order)
        self.assertRecordValues(
            survey,
            [{"name": f"{order.name}-S1", "state": "planned", "place": "Bathroom", "trade_ids": order.trade_ids.ids}],
        )
        self.assertEqual(survey.party_ids.mapped("role"), ["desk", "engineering", "leader", "contractor", "customer"])
        self.assertEqual(self.party(survey, "leader").employee_id, self.crew[:1])
        self.assertEqual(self.party(survey, "customer").partner_id, self.customer)
        order.action_plan_survey()
        self.assertEqual(order.survey_ids.mapped("name"), [f"{order.name}-S1", f"{order.name}-S2"])

    def test_nobody_creates_or_deletes_surveys_through_the_api(self):
        order = self.open_order()
        with self.assertRaisesRegex(UserError, "in its repair order"):
            self.env["cs.site.survey"].with_user(self.manager).create({"rework_id": order.id, "name": "X"})
        survey = self.plan_survey(order)
        with self.assertRaises(UserError):
            survey.sudo().unlink()
        for name in ("state", "held_at", "name", "cancel_reason"):
            with self.subTest(name), self.assertRaises(AccessError):
                survey.with_user(self.manager).write({name: survey[name]})
        for name in ("notified_at", "signature_id"):
            with self.subTest(name), self.assertRaises(AccessError):
                survey.party_ids[:1].with_user(self.manager).write({name: False})
        order._end("cancelled", "Twice")
        with self.assertRaisesRegex(UserError, "finished"):
            order.action_plan_survey()

    def test_contractor_attends_from_the_amount(self):
        """R-01: 499.99 he need not come, 500.00 he has to; nobody is let off by an estimate that nobody made."""
        for amount, presence in ((499.99, "not_needed"), (500, "expected"), (500.01, "expected"), (0, "expected")):
            with self.subTest(amount=amount):
                survey = self.plan_survey(self.estimated(amount))
                self.assertEqual(self.party(survey, "contractor").presence, presence)
                others = survey.party_ids - self.party(survey, "contractor")
                self.assertEqual(set(others.mapped("presence")), {"expected"})

    def test_the_amount_is_a_setting(self):
        """Changed in the settings it is followed; surveys that were planned before stay as they were told."""
        before = self.plan_survey(self.estimated(499.99))
        self.env["cs.settings"].with_user(self.manager).create({"cs_survey_contractor_from": 100}).action_save()
        self.assertEqual(self.company.cs_survey_contractor_from, 100)
        self.assertEqual(self.party(before, "contractor").presence, "not_needed")
        self.assertEqual(self.party(self.plan_survey(self.estimated(499.99)), "contractor").presence, "expected")
        self.assertEqual(self.party(self.plan_survey(self.estimated(99.99)), "contractor").presence, "not_needed")
        self.company.cs_survey_contractor_from = 0
        self.assertEqual(self.party(self.plan_survey(self.estimated(0.01)), "contractor").presence, "expected")

    def test_the_contractor_follows_the_estimate_until_he_was_told(self):
        order = self.estimated(499.99)
        survey = self.plan_survey(order)
        contractor = self.party(survey, "contractor")
        order.line_ids.estimated_amount = 500
        self.assertEqual(contractor.presence, "expected")
        survey.estimate = 120
        self.assertEqual(contractor.presence, "not_needed", "what the survey says goes before the lines")
        survey.estimate = 700
        survey.action_notify()
        survey.estimate = 120
        self.assertEqual(contractor.presence, "expected", "he was told to come")
        desk = self.party(survey, "desk")
        desk.presence = "not_needed"
        survey.estimate = 900
        self.assertEqual(desk.presence, "not_needed")

    # ------------------------------------------------------------------
    # Notice
    # ------------------------------------------------------------------

    def test_absent_only_after_notice(self):
        survey = self.plan_survey(self.estimated(800))
        contractor = self.party(survey, "contractor")
        with self.assertRaisesRegex(ValidationError, "not told"):
            contractor.presence = "absent"
        contractor.action_notify()
        contractor.presence = "absent"
        self.assertEqual(contractor.notified_at, datetime(2026, 6, 1, 2))

    def test_a_notice_after_the_appointment_is_none(self):
        survey = self.plan_survey(self.estimated(800))
        contractor = self.party(survey, "contractor")
        self.at("2026-06-02 01:00:00")
        with self.assertRaisesRegex(UserError, "lies ahead"):
            contractor.action_notify()
        contractor._cs_as_server().write({"notified_at": "2026-06-02 01:00:00"})
        with self.assertRaisesRegex(ValidationError, "not told"):
            contractor.presence = "absent"

    def test_another_appointment_is_told_again(self):
        survey = self.plan_survey(self.estimated(800))
        survey.action_notify()
        self.assertTrue(all(survey.party_ids.mapped("notified_at")))
        survey.planned_at = survey.planned_at
        self.assertTrue(all(survey.party_ids.mapped("notified_at")), "it is the same appointment")
        survey.planned_at = "2026-06-03 01:00:00"
        self.assertFalse(any(survey.party_ids.mapped("notified_at")))
        with self.assertRaises(ValidationError):
            self.party(survey, "contractor").presence = "absent"

    def test_contractor_and_customer_get_a_mail_that_is_on_no_thread(self):
        survey = self.plan_survey(self.estimated(800, place="Roof"))
        survey.action_notify()
        mails = self.env["mail.mail"].sudo().search([("model", "=", "cs.survey.party")])
        self.assertEqual(mails.recipient_ids, self.contractor | self.customer)
        self.assertIn("Roof", mails[0].body_html)
        self.assertFalse(survey.message_ids.partner_ids)
        with self.assertRaises(UserError):
            survey.message_subscribe(self.contractor.ids)

    # ------------------------------------------------------------------
    # Held
    # ------------------------------------------------------------------

    def test_held_when_it_is_said_of_everybody_whether_he_came(self):
        order = self.estimated(800)
        survey = self.plan_survey(order)
        with self.assertRaisesRegex(UserError, "not over"):
            survey.action_hold()
        self.at("2026-06-02 02:00:00")
        with self.assertRaisesRegex(UserError, "Engineering"):
            survey.action_hold()
        self.attend(survey)
        with self.assertRaisesRegex(UserError, "name who"):
            survey.action_hold()
        self.party(survey, "engineering").presence = "present"
        with self.assertRaisesRegex(UserError, "name who"):
            survey.action_hold()
        self.party(survey, "engineering").employee_id = self.head_employee
        survey.action_hold()
        self.assertRecordValues(survey, [{"state": "held", "held_at": datetime(2026, 6, 2, 2)}])
        self.assertEqual(order.surveyed_at, datetime(2026, 6, 2, 2))
        with self.assertRaisesRegex(UserError, "stays"):
            survey.planned_at = "2026-06-05 01:00:00"

    def test_within_a_working_day_is_a_target(self):
        """R-01: the first survey that was held is the milestone; a further one changes nothing."""
        target = {"name": "Survey", "to_milestone": "cs.rework/surveyed", "amount": 1, "unit": "wd"}
        self.make_policy("Repairs", {}, model="cs.rework", target_ids=[Command.create(target)])
        order = self.open_order()
        clock = self.env["cs.sla.clock"].search([("res_model", "=", "cs.rework"), ("res_id", "=", order.id)])
        self.assertEqual(clock.run_state, "running")
        self.hold_survey(order)
        first = order.surveyed_at
        self.assertEqual(clock.run_state, "ended")
        self.at("2026-06-05 02:00:00")
        survey = self.plan_survey(order, "2026-06-05 01:00:00")
        self.attend(survey, "desk")
        survey.action_hold()
        self.assertEqual(order.surveyed_at, first)

    def test_called_off_with_its_reason(self):
        survey = self.plan_survey(self.open_order())
        dialog = self.env["cs.survey.cancel"].with_user(self.agent)
        with self.assertRaisesRegex(UserError, "Say why"):
            dialog.create({"survey_ids": survey.ids, "reason": "  "}).action_confirm()
        dialog.create({"survey_ids": survey.ids, "reason": "Nobody at home"}).action_confirm()
        self.assertRecordValues(survey, [{"state": "cancelled", "cancel_reason": "Nobody at home"}])
        with self.assertRaisesRegex(UserError, "called off"):
            survey.findings = "<p>X</p>"
        with self.assertRaisesRegex(UserError, "called off"):
            survey.party_ids[:1].presence = "present"
        with self.assertRaises(UserError):
            survey.action_hold()

    def test_every_move_outside_the_table_is_refused(self):
        survey = self.plan_survey(self.open_order())
        for state in STATES:
            for following in STATES:
                survey._cs_as_server().sudo().write({"state": state})
                with self.subTest(state=state, following=following):
                    if following in NEXT_STATES[state]:
                        survey._go_to(following)
                        self.assertEqual(survey.state, following)
                    else:
                        with self.assertRaises(UserError):
                            survey._go_to(following)

    def test_photos_are_pictures(self):
        survey = self.plan_survey(self.open_order())
        files = self.env["ir.attachment"].with_user(self.agent)
        photo = files.create({"name": "leak.png", "raw": PNG})
        survey.photo_ids = photo
        self.assertEqual((photo.res_model, photo.res_id), ("cs.site.survey", survey.id))
        for raw, mimetype in ((b"%PDF-1.4", "image/png"), (SVG, "image/svg+xml"), (b"text", "image/jpeg")):
            paper = files.create({"name": "fake.png", "raw": raw, "mimetype": mimetype})
            with self.subTest(mimetype), self.assertRaisesRegex(ValidationError, "no picture"):
                survey.photo_ids = [Command.link(paper.id)]

    # ------------------------------------------------------------------
    # Signatures
    # ------------------------------------------------------------------

    def test_finished_when_the_last_one_who_was_present_signed(self):
        survey = self.hold_survey(self.estimated(800), "desk", "contractor", "customer")
        self.sign_survey(survey, "customer", "Chen Wei", how="tablet", image=DRAWN)
        self.sign_survey(survey, "desk", "Agent Anna")
        self.assertEqual((survey.state, survey.signature_state), ("held", "current"))
        self.assertEqual(survey.party_ids.mapped("is_signed"), [True, False, False, False, True])
        self.sign_survey(survey, "contractor", "Sam Solid")
        self.assertEqual(survey.state, "signed")

    def test_each_signature_freezes_the_paper(self):
        survey = self.hold_survey(self.open_order())
        self.sign_survey(survey, "customer", "Chen Wei")
        signature = survey.signature_ids
        content = signature.sudo().document_id.raw
        self.assertEqual(signature.sha256, hashlib.sha256(content).hexdigest())
        self.assertRecordValues(
            signature, [{"role": "customer", "signer_name": "Chen Wei", "how": "typed", "user_id": self.agent.id}]
        )
        with self.assertRaises(AccessError):
            signature.document_id.with_user(self.manager).write({"raw": b"Something else"})

    def test_a_later_change_is_seen_and_signed_again(self):
        survey = self.hold_survey(self.open_order())
        for change in (
            {"findings": "<p>The wall is wet too</p>"},
            {"estimate": 300},
            {"probable_party": "contractor"},
            {"photo_ids": [Command.create({"name": "leak.png", "raw": PNG})]},
        ):
            with self.subTest(change=list(change)):
                self.sign_survey(survey, "customer", "Chen Wei")
                self.sign_survey(survey, "desk", "Agent Anna")
                self.assertEqual((survey.state, survey.signature_state), ("signed", "current"))
                survey.write(change)
                self.assertEqual((survey.state, survey.signature_state), ("held", "changed"))
        self.sign_survey(survey, "customer", "Chen Wei")
        self.assertEqual((survey.state, survey.signature_state), ("held", "changed"))

    def test_a_party_that_came_later_opens_it_again(self):
        survey = self.hold_survey(self.open_order(), "customer")
        self.sign_survey(survey, "customer", "Chen Wei")
        self.assertEqual(survey.state, "signed")
        survey.party_ids = [Command.create({"role": "property", "partner_id": self.stranger.id, "presence": "present"})]
        self.assertEqual((survey.state, survey.signature_state), ("held", "changed"))

    def test_two_contractors_sign_each_for_himself(self):
        survey = self.hold_survey(self.estimated(800), "contractor")
        survey.party_ids = [Command.create({"role": "contractor", "partner_id": self.rival.id, "presence": "present"})]
        self.sign_survey(survey, "contractor", "Dry Walls Ltd")
        own, other = self.party(survey, "contractor")
        self.assertEqual((own.is_signed, other.is_signed, survey.state), (False, True, "held"))
        self.sign_survey(survey, "contractor", "Sam Solid")
        self.assertEqual((own.is_signed, other.is_signed, survey.state), (True, True, "signed"))

    def test_only_who_was_there_signs_what_is_written_down(self):
        survey = self.plan_survey(self.estimated(800))
        with self.assertRaisesRegex(UserError, "record first"):
            self.sign_survey(survey, "customer", "Chen Wei")
        self.attend(survey, "desk", "customer")
        self.at("2026-06-02 02:00:00")
        survey.action_hold()
        with self.assertRaisesRegex(UserError, "Findings"):
            self.sign_survey(survey, "customer", "Chen Wei")
        survey.findings = "<p>Leak</p>"
        with self.assertRaisesRegex(UserError, "Only who was present"):
            self.sign_survey(survey, "contractor", "Sam Solid")
        with self.assertRaises(UserError):
            self.sign_survey(survey, "customer", " ")
        with self.assertRaises(AccessError):
            self.sign_survey(survey, "customer", "Chen Wei", user=self.repairer)
        self.assertFalse(survey.signature_ids)

    def test_who_signed_stays(self):
        survey = self.hold_survey(self.open_order(), "customer")
        self.sign_survey(survey, "customer", "Chen Wei")
        with self.assertRaisesRegex(UserError, "has signed"):
            self.party(survey, "customer").unlink()
        other = self.plan_survey(survey.rework_id)
        with self.assertRaisesRegex(UserError, "stays with its survey"):
            self.party(survey, "customer").survey_id = other

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_rows_of_the_own_teams_only(self):
        survey = self.hold_survey(self.open_order())
        surveys, parties = self.env["cs.site.survey"], self.env["cs.survey.party"]
        for user, visible in (
            (self.agent, True),
            (self.supervisor, True),
            (self.manager, True),
            (self.other_agent, False),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(bool(surveys.with_user(user).search([("id", "=", survey.id)])), visible)
                self.assertEqual(bool(parties.with_user(user).search([("survey_id", "=", survey.id)])), visible)
        for user in (self.portal_solid, self.repairer, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                survey.with_user(user).read(["findings"])


@tagged("post_install", "-at_install")
class TestSurveyPrint(PrintCommon, CsLiabilityCommon):
    """The joint survey form (现场勘察会签表) as real PDF (R-01)."""

    def test_joint_form_as_pdf(self):
        survey = self.hold_survey(self.own_order(contractor_id=self.contractor.id), "desk", "customer", estimate=480)
        survey.write(
            {
                "place": "三楼卫生间",
                "findings": "<p>防水层破损</p>",
                "photo_ids": [Command.create({"name": "leak.png", "raw": PNG})],
            }
        )
        self.sign_survey(survey, "customer", "陈伟", how="tablet", image=DRAWN)
        content = self.print_pdf("site_survey", survey)
        text = pdf_text(content)
        expected = ("JointSurveyForm", survey.name, "三楼卫生间", "防水层破损", "Plumbing", "480.00", "陈伟")
        for part in (*expected, "DrawnontheScreen", "NotNeeded", "Present", "SolidRoofsLtd"):
            with self.subTest(part):
                self.assertIn(part, text)
        self.assertGreaterEqual(len(pdf_images(content)), 2, "the drawing and the photo")
        self.assertNotIn("chen.wei", text)
        survey.estimate = 490
        self.assertIn("Changedaftersigning", pdf_text(self.print_pdf("site_survey", survey)))

    def test_the_frozen_paper_is_a_pdf(self):
        survey = self.hold_survey(self.open_order(), "customer")
        with self.allow_pdf_render(), self.real_prints() as printed:
            self.sign_survey(survey, "customer", "Chen Wei")
        self.assertEqual(printed, [survey.ids])
        self.assertTrue(survey.signature_ids.sudo().document_id.raw.startswith(b"%PDF"))
        self.assertEqual(base64.b64decode(survey.signature_ids.sudo().document_id.datas)[:4], b"%PDF")

    def test_outsiders_print_nothing_themselves(self):
        survey = self.hold_survey(self.open_order())
        reports = self.env["ir.actions.report"].with_user(self.portal_solid)
        with self.assertRaises(AccessError):
            reports._render_qweb_html("customer_service_addon.cs_site_survey_report", survey.ids)


@tagged("post_install", "-at_install")
class TestSurveyPortal(CsLiabilityCommon, HttpCase):
    """Surveys are signed by the customer on the page of his case and by the contractor on his own (R-01)."""

    def csrf(self, page):
        return self.url_open(page).text.partition('csrf_token" value="')[2].partition('"')[0]

    def post(self, url, page="/contactus", **data):
        token = self.csrf(page)
        return self.url_open(url, data={"csrf_token": token, **data})

    def setUp(self):
        super().setUp()
        self.survey = self.hold_survey(self.open_order(contractor_id=self.contractor.id), "contractor", "customer")
        self.survey.photo_ids = [Command.create({"name": "leak.png", "raw": PNG})]
        self.page = self.survey.case_id.sudo().get_portal_url()
        self.sign_url = f"/my/cases/{self.survey.case_id.id}/surveys/{self.survey.id}/sign"

    def test_the_customer_signs_with_the_link_of_his_case(self):
        text = self.url_open(self.page).text
        self.assertIn("The seal leaks", text)
        self.assertIn("data:image/png;base64", text)
        token = f"?access_token={self.survey.case_id.sudo().access_token}"
        self.assertIn(self.url_open(self.sign_url + token).status_code, (404, 405), "not by a link")
        self.post(self.sign_url + token, self.page, signer_name="Chen Wei")
        signature = self.survey.signature_ids
        self.assertRecordValues(
            signature,
            [{"role": "customer", "how": "portal", "signer_name": "Chen Wei", "partner_id": self.customer.id}],
        )
        self.assertTrue(signature.address and signature.sudo().document_id)
        self.assertNotIn("The seal leaks", self.url_open(self.page).text, "there is nothing left to sign")

    def test_the_customer_signs_logged_in(self):
        user = new_test_user(self.env, login="cs_chen", groups="base.group_portal", partner_id=self.customer.id)
        self.authenticate("cs_chen", "cs_chen")
        self.post(self.sign_url, f"/my/cases/{self.survey.case_id.id}", signer_name="Chen Wei")
        self.assertRecordValues(self.survey.signature_ids, [{"role": "customer", "how": "portal", "user_id": user.id}])

    def test_nobody_else_signs_for_him(self):
        other = self.make_case(subject="Somebody else's")
        other_token = other.sudo()._portal_ensure_token()
        for url in (
            self.sign_url,
            f"{self.sign_url}?access_token=guess",
            f"{self.sign_url}?access_token={other_token}",
            f"/my/cases/{other.id}/surveys/{self.survey.id}/sign?access_token={other_token}",
        ):
            with self.subTest(url=url):
                self.post(url, self.page, signer_name="Mallory")
                self.assertFalse(self.survey.signature_ids)

    def test_the_contractor_signs_what_he_was_present_at(self):
        url = f"/my/surveys/{self.survey.id}"
        self.authenticate("cs_rival", "cs_rival")
        self.assertNotIn("The seal leaks", self.url_open(url).text)
        self.post(f"{url}/sign", self.page, signer_name="Rita")
        self.assertFalse(self.survey.signature_ids)
        self.authenticate("cs_solid", "cs_solid")
        self.assertIn(self.survey.name, self.url_open("/my/liability").text)
        self.assertIn("The seal leaks", self.url_open(url).text)
        self.post(f"{url}/sign", url, signer_name="Sam Solid")
        self.assertRecordValues(
            self.survey.signature_ids, [{"role": "contractor", "how": "portal", "partner_id": self.contractor.id}]
        )
        self.assertNotIn("The seal leaks", self.url_open(url).text)
