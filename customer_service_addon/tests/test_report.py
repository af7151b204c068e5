import io
import unicodedata
from datetime import datetime
from unittest.mock import patch

from pypdf import PdfReader

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CsCommon

REPORT = "customer_service_addon.report_cs_%s"


# Radicals that print engines write for Han signs and that NFKC leaves alone.
RADICALS = str.maketrans("⻋⻚⻓", "车页长")


def pdf_text(content):
    """Return the text of a PDF without whitespace and with ordinary Han signs."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return "".join(unicodedata.normalize("NFKC", "".join(pages)).translate(RADICALS).split())


def pdf_images(content):
    return [image for page in PdfReader(io.BytesIO(content)).pages for image in page.images]


class PrintCommon(CsCommon):
    """Prints real PDFs: the print engine fetches its style from the server that runs the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("report.url", HttpCase.base_url())

    def print_pdf(self, report, records, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.agent).with_context(force_report_rendering=True)
        with self.allow_pdf_render():
            return reports._render_qweb_pdf(REPORT % report, records.ids)[0]

    def print_html(self, report, records, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.agent)
        return reports._render_qweb_html(REPORT % report, records.ids)[0].decode()


@tagged("post_install", "-at_install")
class TestReport(PrintCommon):
    """The printed forms (P-01): real PDFs read back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.case = cls.make_case(
            subject="刹车异响",
            description="<p>低速行驶时前轮有异响</p>",
            expectation="Repaired before Friday\nA car meanwhile",
            object_ref="沪A12345",
            is_urgent=True,
            received_at="2026-03-09 01:05:00",
            partner_name="陈伟",
        )
        cls.case.message_post(
            body="We found the worn brake pads", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        cls.case.message_post(body="Supplier was warned before", message_type="comment", subtype_xmlid="mail.mt_note")

    def test_acceptance_form_as_pdf(self):
        content = self.print_pdf("case_acceptance", self.case)
        text = pdf_text(content)
        for expected in (self.case.name, "陈伟", "沪A12345", "低速行驶时前轮有异响", "AgentAnna", "Hotline", "Urgent"):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)
        self.assertIn("03/09/20269:05AM", text, "the hour is that of the team's time zone")
        self.assertIn("Asia/Shanghai", text)
        self.assertGreaterEqual(len(pdf_images(content)), 2, "number as QR and as barcode")
        company = "".join(self.company.name.split())
        self.assertIn(company, text, "the company's layout: page header and footer are printed")

    def test_two_cases_in_one_print(self):
        second = self.make_case(subject="Second caller", partner_name="Li Na")
        content = self.print_pdf("case_acceptance", self.case | second)
        self.assertEqual(len(PdfReader(io.BytesIO(content)).pages), 2)
        for expected in (self.case.name, second.name, "LiNa", "陈伟"):
            self.assertIn(expected, pdf_text(content))

    def test_long_text_wraps_and_nothing_is_cut(self):
        words = [f"word{number:04d}" for number in range(2500)]
        self.case.description = f"<p>{' '.join(words)}</p>"
        content = self.print_pdf("case_acceptance", self.case)
        self.assertGreater(len(PdfReader(io.BytesIO(content)).pages), 1)
        text = pdf_text(content)
        self.assertEqual([word for word in words if word not in text], [])
        self.assertIn("Takenby", text)

    def test_empty_facts_leave_no_boxes(self):
        html = self.print_html("case_acceptance", self.make_case(description=False))
        for label in ("Order or Project", "Description", "What the Customer Expects", "Department"):
            self.assertNotIn(label, html)

    def test_form_prints_without_codes(self):
        """A machine that cannot draw barcodes prints the number as text."""
        target = type(self.env["ir.actions.report"])
        with (
            patch.object(target, "barcode", side_effect=RuntimeError("no renderer")),
            self.assertLogs("odoo.addons.customer_service_addon.report.cs_print_mixin", "WARNING"),
        ):
            html = self.print_html("case_acceptance", self.case)
        self.assertIn(self.case.name, html)
        self.assertNotIn("data:image/png", html.split("cs-form-head")[1].split("</table>")[0])

    def test_acceptance_form_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        self.assertIn("09/03/2026 09:05", self.print_html("case_acceptance", self.case))
        self.assertIn("03/09/2026 9:05", self.print_html("case_sheet", self.case).replace("\u202f", " "))

    def test_internal_sheet_is_complete(self):
        self.case.sudo()._promise(datetime(2030, 3, 11, 2, 0), "phone", "Call back with the date")
        self.env["ir.attachment"].create({"name": "brake.jpg", "res_model": "cs.case", "res_id": self.case.id})
        html = self.print_html("case_sheet", self.case)
        for expected in (
            "We found the worn brake pads",
            "Supplier was warned before",
            "Registered At",
            "(internal)",
            "Call back",
            "03/11/2030",
            "brake.jpg",
        ):
            with self.subTest(expected=expected):
                self.assertIn(expected, html)

    def ask(self):
        wizard = self.env["cs.forward.wizard"].with_user(self.agent)
        values = {"case_id": self.case.id, "department_id": self.department.id, "question": "Are the pads in stock?"}
        wizard.create(values).action_confirm()
        return self.case.forward_ids

    def test_internal_sheet_names_handovers_and_questions(self):
        self.ask()
        html = self.print_html("case_sheet", self.case)
        for expected in ("Hand-overs", self.case.assign_reason, "Are the pads in stock?", self.department.name):
            with self.subTest(expected=expected):
                self.assertIn(expected, html)

    def test_liaison_note(self):
        forward = self.ask()
        text = pdf_text(self.print_pdf("forward", forward, user=self.head))
        for expected in (forward.name, "Arethepadsinstock?", "刹车异响", "Headofthedepartment"):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)
        forward.with_user(self.head).write({"answer": "Ten pairs"})
        forward.with_user(self.head).action_answer()
        self.assertIn("Ten pairs", self.print_html("forward", forward))

    def test_liaison_note_is_refused_to_others(self):
        forward = self.ask()
        portal_user = new_test_user(self.env, login="cs_outsider", groups="base.group_portal")
        for user in (self.other_agent, portal_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["report.customer_service_addon.report_cs_forward"].with_user(user)._get_report_values(
                    forward.ids
                )

    def test_customers_sheet_holds_nothing_internal(self):
        self.case.with_user(self.agent).unfinished_reason = "Waits for the supplier"
        for user in (self.agent, self.env.ref("base.user_root")):
            html = self.print_html("case_customer", self.case, user)
            self.assertIn("We found the worn brake pads", html)
            self.assertNotIn("Supplier was warned before", html)
            self.assertNotIn("Waits for the supplier", html)

    def test_visitor_sheet(self):
        visit = self.make_case(
            channel_id=self.env.ref("customer_service_addon.cs_channel_visit").id,
            subject="Delegation",
            reception_class_id=self.env.ref("customer_service_addon.cs_reception_class_a").id,
            visitor_count=6,
            visit_start="2026-03-09 01:05:00",
            visit_minutes="<p>Quotation is sent</p>",
            host_id=self.head_employee.id,
        )
        visit.activity_schedule("mail.mail_activity_data_todo", summary="Send quotation", user_id=self.agent.id)
        html = self.print_html("visitor_sheet", visit)
        for expected in ("Quotation is sent", "Send quotation", "Hed Department", "03/09/2026", "Front desk"):
            with self.subTest(expected=expected):
                self.assertIn(expected, html)

    def test_unreadable_case_is_not_printed(self):
        for report in ("case_acceptance", "case_sheet", "case_customer", "visitor_sheet"):
            for user in (self.other_agent, self.employee_user):
                with self.subTest(report=report, user=user.login), self.assertRaises(AccessError):
                    self.print_html(report, self.case, user)

    def test_internal_forms_are_refused_to_outsiders_even_with_system_rights(self):
        portal = new_test_user(self.env, login="cs_portal_print", groups="base.group_portal")
        for report in ("case_acceptance", "case_sheet", "visitor_sheet"):
            reports = self.env["ir.actions.report"].with_user(portal).sudo()
            with self.subTest(report=report), self.assertRaises(AccessError):
                reports._render_qweb_html(REPORT % report, self.case.ids)

    def test_forms_stand_in_the_print_menu(self):
        bindings = self.env["ir.actions.actions"].with_user(self.agent).get_bindings("cs.case")
        names = {action["name"] for action in bindings["report"]}
        self.assertLessEqual({"Acceptance Form", "Case Sheet (Internal)", "Case Sheet for the Customer"}, names)
        self.assertEqual(self.case._get_report_base_filename(), self.case.name)

    def test_many_forms_need_no_query_each(self):
        cases = self.env["cs.case"].concat(*(self.make_case(subject=f"Call {n}") for n in range(12)))

        def queries(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.print_html("case_sheet", records)
            return self.env.cr.sql_log_count - before

        queries(cases)
        few, many = queries(cases[:3]), queries(cases)
        self.assertLessEqual(many - few, 2, f"3 forms: {few} queries, 12 forms: {many}")
