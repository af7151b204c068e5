import io
from datetime import datetime

from pypdf import PdfReader

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common_visit import CsVisitCommon
from .test_report import REPORT, pdf_text


@tagged("post_install", "-at_install")
class TestVisitForms(CsVisitCommon, HttpCase):
    """Record, report, papers to take along and questionnaire on paper (V-02 to V-04, S-01), read back from PDFs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param("report.url", HttpCase.base_url())
        cls.purpose.needs_report = True
        cls.nps.write({"scale_min_label": "Never", "scale_max_label": "Certainly"})

    def setUp(self):
        super().setUp()
        self.order = self.done_order()
        self.inspect(self.order, "accepted")
        self.visit = self.plan_visit(source=self.order)

    def print_pdf(self, report, records, user=None, lang=None):
        context = {"force_report_rendering": True, "lang": lang or "en_US"}
        reports = self.env["ir.actions.report"].with_user(user or self.caller).with_context(**context)
        return reports._render_qweb_pdf(REPORT % report, records.ids)[0]

    def text(self, report, records, **kwargs):
        # The print engine writes one sign of “customer” as a radical of the old script.
        return pdf_text(self.print_pdf(report, records, **kwargs)).replace("戶", "户")

    def answer(self):
        self.visit._log_attempt("no_answer", note="Rang ten times")
        raw = self.answers(work="not", manner="fairly", nps="9")
        raw[self.item_work.id] = (raw[self.item_work.id][0], "Still dripping")
        self.visit._record_answers("staff", raw, user=self.caller)

    def report_in(self):
        self.visit.write({"course": "<p>Called at noon</p>", "result": "<p>Unhappy</p>", "assessment": "<p>Urgent</p>"})
        self.visit.action_report()

    def assert_in(self, text, *parts):
        for part in parts:
            with self.subTest(part=part):
                self.assertIn("".join(part.split()), text)

    def test_record(self):
        self.answer()
        text = self.text("visit_record", self.visit)
        self.assert_in(
            text,
            *("Return Visit Record", self.visit.name, "Chen Wei", "After a Repair", "Caller Cao", "Still dripping"),
            *("How satisfied are you with the work?", "Not Satisfied", "Fairly Satisfied", "Rang ten times"),
            *("Nobody Answers", "Cases Opened", self.visit.opened_case_ids.name, "Asia/Shanghai", "Supervisor"),
        )

    def test_record_to_be_filled_in_by_hand(self):
        text = self.text("visit_record", self.visit)
        self.assert_in(text, "1. How satisfied are you with the work?", "Very satisfied", "□")

    def test_report(self):
        self.answer()
        self.report_in()
        self.env["cs.visit.review"].with_user(self.supervisor).create(
            {"visit_ids": [Command.set(self.visit.ids)], "instruction": "<p>Offer a contract</p>"}
        ).action_confirm()
        text = self.text("visit_report", self.visit)
        self.assert_in(
            text,
            *("Return Visit Report", "Called at noon", "Unhappy", "Urgent", "Offer a contract", "Sue Supervisor"),
            *("Development Plan", "Reported by", "Filed by"),
        )

    def test_papers_to_take_along(self):
        self.answer()
        other = self.plan_visit(due_from=datetime(2026, 6, 2), method="onsite")
        other.paper_ids = [Command.create({"name": "Contract copy"})]
        self.env["cs.coverage"].create(
            {"partner_id": self.firm.id, "order_ref": "K-7", "date_from": "2026-01-01", "date_to": "2026-12-31"}
        )
        text = self.text("visit_pack", other)
        self.assert_in(
            text,
            *("Papers to Take Along", "Contract copy", "Chen Wei", "Blue Fleet Ltd", "K-7", self.order.name),
            *(self.visit.name, self.visit.opened_case_ids.name, "Questionnaire", "Would you recommend us?"),
            *("Certainly", "Former Visits", "Open Cases", "Good morning Chen Wei, this is Caller Cao."),
        )
        self.assertNotIn("OpenInvoices", text, "an agent does not see money")

    def test_open_invoices_for_who_may_see_them(self):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.firm.id,
                "invoice_date": "2026-01-05",
                "invoice_date_due": "2026-02-05",
                "invoice_line_ids": [Command.create({"name": "Repair", "price_unit": 1234, "tax_ids": False})],
            }
        )
        invoice.action_post()
        self.supervisor.group_ids += self.env.ref("account.group_account_readonly")
        text = self.text("visit_pack", self.visit, user=self.supervisor)
        self.assert_in(text, "Open Invoices", "1,234.00, overdue")

    def test_questionnaires(self):
        text = self.text("visit_questionnaire", self.visit)
        self.assert_in(
            text,
            *("Customer Satisfaction Questionnaire", "Chen Wei", "1. How satisfied are you with the work?"),
            *("2. How satisfied are you with our manner?", "only if: Not satisfied", "□10", "Never"),
        )
        text = self.text("purpose_questionnaire", self.purpose)
        self.assert_in(text, "Customer Satisfaction Questionnaire", "Phone or Email", "4. Would you recommend us?")
        self.assertNotIn("ChenWei", text)

    def test_many_visits_in_one_print(self):
        second = self.plan_visit(partner_id=self.stranger.id)
        for report, pages in (("visit_record", 2), ("visit_report", 2), ("visit_pack", 4), ("visit_questionnaire", 2)):
            content = self.print_pdf(report, self.visit | second)
            with self.subTest(report=report):
                self.assertGreaterEqual(len(PdfReader(io.BytesIO(content)).pages), pages)
                self.assert_in(pdf_text(content), self.visit.name, second.name, "Stranger")

    def test_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["customer_service_addon"], ["zh_CN"])
        self.answer()
        self.report_in()
        self.assert_in(self.text("visit_record", self.visit, lang="zh_CN"), "客户回访记录表", "问题", "Still dripping")
        self.assert_in(self.text("visit_report", self.visit, lang="zh_CN"), "客户回访报告表", "经过", "Called at noon")
        self.assert_in(self.text("visit_pack", self.visit, lang="zh_CN"), "携带资料", "客户档案")
        self.customer.lang = "zh_CN"
        self.assert_in(self.text("visit_questionnaire", self.visit), "顾客满意度调查表", "□")

    def test_not_for_others(self):
        for user in (self.other_agent, self.employee_user):
            with self.assertRaises(AccessError):
                self.print_pdf("visit_record", self.visit, user=user)

    def test_liaison_note(self):
        self.answer()
        self.env.flush_all()
        values = {"department_id": self.workshop.id, "date_from": "2026-06-01", "date_to": "2026-06-30"}
        note = self.env["cs.liaison.note"].with_user(self.supervisor).create(values | {"remark": "Train the crew"})
        note.action_send()
        text = self.text("liaison_note", note, user=self.handler)
        self.assert_in(
            text,
            *("Internal Liaison Note", "Workshop", "Handler Han", "Train the crew", "Still dripping", "0.0 %"),
            *("90.0 %", "How satisfied are you with the work?", self.visit.opened_case_ids.name),
        )

    def test_history_of_many_visits_costs_no_more(self):
        def queries(visits):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            visits._pack_history()
            visits._pack_money()
            return self.env.cr.sql_log_count - before

        many = self.visit
        for _number in range(8):
            many |= self.plan_visit(partner_id=self.env["res.partner"].create({"name": "Somebody"}).id)
        queries(self.visit)
        self.assertLessEqual(queries(many), queries(self.visit) + 1)
