import base64
import io
from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from ..services.tabular import safe_cell
from .test_report import PrintCommon, pdf_text


@tagged("post_install", "-at_install")
class TestSafeCell(TransactionCase):
    def test_formulas_become_text_and_numbers_stay(self):
        cases = {
            '=HYPERLINK("http://x")': '\'=HYPERLINK("http://x")',
            "  =1+1": "'  =1+1",
            "\n=1+1": "'\n=1+1",
            "@SUM(A1)": "'@SUM(A1)",
            "-2+3": "'-2+3",
            "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0",
            "\t=1": "'\t=1",
            "+86 138 0013 8000": "+86 138 0013 8000",
            "plain": "plain",
            "bell\x07": "bell",
            5: 5,
            False: "",
            None: "",
        }
        for value, expected in cases.items():
            with self.subTest(value=value):
                self.assertEqual(safe_cell(value), expected)


@tagged("post_install", "-at_install")
class TestRegister(PrintCommon):
    """The register ledger (P-02), printed and as spreadsheet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.channel_visit = cls.env.ref("customer_service_addon.cs_channel_visit")
        # 23:30 UTC on 28 February is 07:30 on 1 March in Shanghai; 16:30 UTC on 31 March is already April there.
        cls.first = cls.make_case(subject="=1+2", received_at="2026-02-28 23:30:00")
        cls.april = cls.make_case(subject="April", received_at="2026-03-31 16:30:00")
        cls.visit = cls.make_case(
            cls.agent_2,
            subject="Delegation",
            channel_id=cls.channel_visit.id,
            received_at="2026-03-10 02:00:00",
            visit_start="2026-03-10 02:00:00",
            type_id=cls.type_praise.id,
        )
        cls.foreign = cls.make_case(
            cls.other_agent, subject="Secret", team_id=cls.other_team.id, received_at="2026-03-11 02:00:00"
        )

    def _wizard(self, user=None, **vals):
        values = {"date_from": date(2026, 3, 1), "date_to": date(2026, 3, 31), **vals}
        return self.env["cs.register.wizard"].with_user(user or self.agent).create(values)

    def _rows(self, wizard):
        wizard.action_export()
        sheet = load_workbook(io.BytesIO(base64.b64decode(wizard.file))).active
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
        return rows[0], rows[1:], sheet

    def test_spreadsheet_reads_back(self):
        head, rows, sheet = self._rows(self._wizard())
        self.assertEqual([row[0] for row in rows], [1, 2])
        number, received = head.index("Number"), head.index("Received At")
        self.assertEqual([row[number] for row in rows], [self.first.name, self.visit.name])
        self.assertEqual(rows[0][received], datetime(2026, 3, 1, 7, 30), "hours of the company, not of London")
        self.assertIn("Asia/Shanghai", sheet["A2"].value)

    def test_what_a_customer_typed_is_never_a_formula(self):
        for text in ("=1+2", "=cmd|' /C calc'!A0", "@SUM(1)", "-1+1"):
            self.first.subject = text
            head, rows, sheet = self._rows(self._wizard())
            column = head.index("Subject")
            with self.subTest(text=text):
                self.assertEqual(rows[0][column], f"'{text}")
                self.assertNotEqual(sheet.cell(row=4, column=column + 1).data_type, "f")

    def test_ledger_holds_only_what_the_user_may_see(self):
        teams = [(6, 0, (self.team | self.other_team).ids)]
        head, rows, _sheet = self._rows(self._wizard(self.manager, team_ids=teams))
        subjects = {row[head.index("Subject")] for row in rows}
        self.assertEqual(subjects, {"'=1+2", "Delegation", "Secret"})
        self.assertNotIn("Secret", str(self._rows(self._wizard(team_ids=teams))[1]))
        wizard = self._wizard(self.agent, case_ids=[(6, 0, self.first.ids)])
        wizard.sudo().case_ids |= self.foreign
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual([row[1] for row in self._rows(wizard)[1]], [self.first.name])
        with self.assertRaises(AccessError):
            wizard.with_user(self.agent_2).read(["file"])
        with self.assertRaises(AccessError):
            self._wizard(self.employee_user)
        with self.assertRaises(AccessError):
            self.env["ir.actions.report"].with_user(self.agent_2)._render_qweb_html(
                "customer_service_addon.cs_register_ledger_report", wizard.ids
            )

    def test_kinds_are_calls_and_visits(self):
        for kind, expected in (("calls", self.first), ("visits", self.visit), ("all", self.first | self.visit)):
            wizard = self._wizard(kind=kind)
            with self.subTest(kind=kind):
                self.assertEqual(self.env["cs.case"].search(wizard._domain()) & (self.first | self.visit), expected)
                self.assertEqual(wizard.with_user(self.agent).row_count, len(expected))
        head, rows, _sheet = self._rows(self._wizard(kind="visits"))
        self.assertEqual(rows[0][head.index("Arrival")], datetime(2026, 3, 10, 10, 0))

    def test_groups_and_running_numbers(self):
        head, rows, _sheet = self._rows(self._wizard(group_by="type"))
        self.assertEqual(head[:2], ["Running No.", "Type"])
        self.assertEqual([row[1] for row in rows], [self.type_inquiry.name, self.type_praise.name])
        self.assertEqual([row[0] for row in rows], [1, 2])
        printed = self._wizard(group_by="day")._printed()
        self.assertEqual([label for label, _rows in printed["groups"]], ["03/01/2026", "03/10/2026"])

    def test_a_ledger_that_is_too_long_is_refused_not_cut(self):
        self.company.cs_ledger_export_rows = self.company.cs_ledger_print_rows = 1
        wizard = self._wizard()
        for action in (wizard.action_export, wizard.action_print):
            with self.assertRaisesRegex(UserError, "2 rows, 1 are allowed"):
                action()
        self.assertFalse(wizard.file)
        with self.assertRaises(UserError):
            self.env["ir.actions.report"].with_user(self.agent)._render_qweb_html(
                "customer_service_addon.cs_register_ledger_report", wizard.ids
            )

    def test_empty_and_impossible_periods(self):
        with self.assertRaisesRegex(UserError, "Nothing matches"):
            self._wizard(date_from=date(2020, 1, 1), date_to=date(2020, 1, 2)).action_print()
        with self.assertRaises(ValidationError):
            self._wizard(date_from=date(2026, 3, 2), date_to=date(2026, 3, 1))

    def test_selection_of_the_list_comes_along(self):
        wizard = (
            self.env["cs.register.wizard"]
            .with_user(self.agent)
            .with_context(active_model="cs.case", active_ids=[self.april.id, self.foreign.id])
            .create({"case_ids": [(6, 0, self.april.ids)]})
        )
        _head, rows, _sheet = self._rows(wizard)
        self.assertEqual([row[1] for row in rows], [self.april.name])

    def test_default_period_is_the_companys_month(self):
        with freeze_time("2026-03-31 17:00:00"):
            wizard = self.env["cs.register.wizard"].with_user(self.agent).new()
            self.assertEqual((wizard.date_from, wizard.date_to), (date(2026, 4, 1), date(2026, 4, 1)))

    def test_printed_ledger_as_pdf(self):
        self.first.subject = "刹车异响"
        wizard = self._wizard(group_by="owner")
        action = wizard.action_print()
        self.assertEqual(action["type"], "ir.actions.report")
        self.assertEqual(action["report_name"], "customer_service_addon.report_cs_register_ledger")
        text = pdf_text(self.print_pdf("register_ledger", wizard))
        for expected in ("RegisterofCallsandVisits", self.first.name, "刹车异响", self.visit.name, "AgentBo(1)"):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)
        self.assertNotIn("Secret", text)

    def test_long_ledgers_need_no_query_per_row(self):
        for number in range(30):
            self.make_case(subject=f"Call {number}", received_at="2026-05-02 02:00:00")
        for number in range(4):
            self.make_case(subject=f"Call {number}", received_at="2026-06-02 02:00:00")

        def queries(month):
            wizard = self._wizard(date_from=date(2026, month, 1), date_to=date(2026, month, 20))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with patch.object(type(wizard), "write", lambda *args: True):
                wizard.action_export()
            return self.env.cr.sql_log_count - before

        queries(6)
        few, many = queries(6), queries(5)
        self.assertLessEqual(many - few, 1, f"4 rows: {few} queries, 30 rows: {many}")
