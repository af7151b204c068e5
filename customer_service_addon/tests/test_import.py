import base64
import io
from datetime import datetime

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..services.case_file import COLUMNS, read_case_rows
from .common import CsCommon


@tagged("post_install", "-at_install")
class TestImport(CsCommon):
    """Open and old cases come in with their numbers and dates, all or none (section 5, review 1.14)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team._cs_calendar().tz = "Asia/Shanghai"

    def row(self, **values):
        return {"number": "OLD-1", "subject": "Brake noise", "received_at": "2026-03-30 09:05", **values}

    def csv_file(self, *rows, encoding="utf-8"):
        lines = [",".join(COLUMNS)]
        lines += [",".join(f'"{row.get(column, "")}"' for column in COLUMNS) for row in rows]
        return "\r\n".join(lines).encode(encoding)

    def xlsx_file(self, *rows):
        workbook = openpyxl.Workbook()
        workbook.active.append(list(COLUMNS))
        for row in rows:
            workbook.active.append([row.get(column) for column in COLUMNS])
        buffer = io.BytesIO()
        workbook.save(buffer)
        return buffer.getvalue()

    def wizard(self, content, user=None):
        values = {"file": base64.b64encode(content), "filename": "cases.csv", "team_id": self.team.id}
        return self.env["cs.case.import"].with_user(user or self.supervisor).create(values)

    def load(self, *rows, **kwargs):
        """Import ``rows`` and return the cases in the order of their numbers."""
        wizard = self.wizard(self.csv_file(*rows), **kwargs)
        self.assertFalse(wizard.errors)
        wizard.action_import()
        numbers = [row["number"] for row in rows]
        return self.env["cs.case"].search([("name", "in", numbers)], order="name")

    # What comes in

    def test_closed_case_keeps_number_dates_and_stage(self):
        case = self.load(
            self.row(
                stage="closed",
                email="chen.wei@bluefleet.example",
                owner="cs_agent_2",
                channel="phone",
                answered_at="2026-03-30 10:00",
                closed_at="2026/04/01",
                confirmation="phone",
                description="It <squeaks>",
            )
        )
        self.assertEqual((case.name, case.meaning, case.confirmation), ("OLD-1", "closed", "phone"))
        self.assertEqual(case.received_at, datetime(2026, 3, 30, 1, 5), "09:05 in Shanghai")
        self.assertEqual(case.first_answered_at, datetime(2026, 3, 30, 2, 0))
        self.assertEqual((case.closed_at, case.solved_at), (datetime(2026, 3, 31, 16, 0),) * 2)
        self.assertEqual((case.partner_id, case.user_id), (self.customer, self.agent_2))
        self.assertIn("&lt;squeaks&gt;", case.description)

    def test_the_dates_say_the_stage_when_none_is_named(self):
        cases = self.load(
            self.row(number="A-1"),
            self.row(number="A-2", answered_at="2026-03-30 10:00"),
            self.row(number="A-3", solved_at="2026-03-31 10:00"),
            self.row(number="A-4", closed_at="2026-03-31 10:00"),
        )
        self.assertEqual(cases.mapped("meaning"), ["new", "open", "solved", "closed"])
        self.assertEqual(cases[3].confirmation, "none")

    def test_cancelled_and_waiting(self):
        cancelled, waiting = self.load(
            self.row(number="A-1", stage="cancelled", closed_at="2026-03-31 10:00", resolution="Sold the car"),
            self.row(number="A-2", stage="waiting"),
        )
        self.assertEqual((cancelled.meaning, cancelled.cancel_reason), ("cancelled", "Sold the car"))
        self.assertFalse(cancelled.solved_at)
        self.assertEqual(len(waiting.hold_ids), 1)

    def test_nobody_is_told_and_nothing_promised(self):
        before = self.env["mail.mail"].search_count([])
        cases = self.load(
            self.row(number="A-1", email="stranger@elsewhere.example"),
            self.row(number="A-2", email="stranger@elsewhere.example", owner="cs_agent"),
        )
        self.assertEqual(set(cases.mapped("ack_state")), {"none"})
        self.assertFalse(any(cases.mapped("owner_notice")))
        self.assertFalse(cases.promise_ids)
        self.assertFalse(cases.activity_ids)
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
        self.assertNotIn(self.supervisor.partner_id, cases.message_partner_ids)

    def test_open_cases_without_owner_are_assigned_by_the_team(self):
        opened, phoned, closed = self.load(
            self.row(number="A-1"),
            self.row(number="A-2", channel="phone"),
            self.row(number="A-3", closed_at="2026-03-31 10:00"),
        )
        self.assertIn(opened.user_id, self.agent | self.agent_2)
        self.assertIn(phoned.user_id, self.agent | self.agent_2, "Who imports a call did not take it")
        self.assertFalse(closed.user_id)
        self.assertEqual(opened.handover_ids.kind, "first")

    def test_a_reopened_case_is_promised_an_answer_like_any_other(self):
        case = self.load(self.row(closed_at="2026-03-31 10:00"))
        case.with_user(self.supervisor).action_reopen()
        self.assertTrue(case.promise_ids)

    def test_unknown_customers_stay_what_the_caller_said(self):
        case = self.load(self.row(customer_name="Li Na", phone="13900001111"))
        self.assertFalse(case.partner_id)
        self.assertEqual((case.partner_name, case.phone), ("Li Na", "13900001111"))

    # Files

    def test_gbk_bom_semicolon_and_spreadsheet_give_the_same(self):
        row = self.row(subject="刹车异响")
        files = {
            "utf-8": self.csv_file(row),
            "bom": self.csv_file(row, encoding="utf-8-sig"),
            "gbk": self.csv_file(row, encoding="gbk"),
            "semicolon": self.csv_file(row).replace(b",", b";"),
            "xlsx": self.xlsx_file(row),
        }
        for name, content in files.items():
            with self.subTest(name):
                [(line, values)] = read_case_rows(content, 10)
                self.assertEqual((line, values["number"], values["subject"]), (2, "OLD-1", "刹车异响"))

    def test_spreadsheet_numbers_and_dates(self):
        content = self.xlsx_file(self.row(number=2026001, phone=13900001111.0, received_at=datetime(2026, 3, 30, 9, 5)))
        self.wizard(content).action_import()
        case = self.env["cs.case"].search([("name", "=", "2026001")])
        self.assertEqual((case.phone, case.received_at), ("13900001111", datetime(2026, 3, 30, 1, 5)))

    def test_unreadable_files_say_why(self):
        self.company.cs_import_rows = 1
        for content, words in (
            (b"\x00\xff\x00", "cannot be read"),
            (b"\n", "no rows"),
            (b"number,shoe_size\n1,2\n", "shoe_size"),
            (self.csv_file(self.row(), self.row(number="OLD-2")), "more than 1 rows"),
        ):
            with self.subTest(words):
                wizard = self.wizard(content)
                self.assertIn(words, wizard.errors)
                with self.assertRaisesRegex(UserError, words):
                    wizard.action_import()

    def test_template_is_a_valid_file(self):
        wizard = self.wizard(b"")
        wizard.action_template()
        content = base64.b64decode(wizard.template_file)
        self.assertEqual(content.decode("utf-8-sig").splitlines()[0], ",".join(COLUMNS))
        self.assertFalse(self.wizard(content).errors)

    def test_upload_shows_preview_and_errors(self):
        with Form(self.env["cs.case.import"].with_user(self.supervisor)) as form:
            form.team_id = self.team
            form.file = base64.b64encode(self.csv_file(self.row(subject="<b>x</b>"), self.row(number="", stage="?")))
            self.assertEqual((form.row_count, form.error_count), (2, 2))
            self.assertIn("&lt;b&gt;x", form.preview)
            self.assertIn("Line 3: number is missing", form.errors)

    # All or nothing

    def test_every_error_is_named_with_its_line_and_nothing_is_written(self):
        taken = self.make_case()
        rows_and_words = (
            (self.row(number=taken.name), "is in the register already"),
            (self.row(number="OLD-1"), "stands in line 2 already"),
            (self.row(number="E-3", type="Nonsense"), "type “Nonsense”"),
            (self.row(number="E-4", stage="Nowhere"), "stage “Nowhere”"),
            (self.row(number="E-5", team="Nobody"), "team “Nobody”"),
            (self.row(number="E-6", owner="cs_employee"), "owner “cs_employee”"),
            (self.row(number="E-7", channel="Pigeon"), "channel “Pigeon”"),
            (self.row(number="E-8", received_at="soon"), "is no date"),
            (self.row(number="E-9", received_at=""), "received_at is missing"),
            (self.row(number="E-10", closed_at="2026-01-01"), "closed_at is before received_at"),
            (self.row(number="E-11", received_at="2199-01-01"), "lies in the future"),
            (self.row(number="E-12", stage="solved"), "needs solved_at"),
            (self.row(number="E-13", stage="open", closed_at="2026-04-01"), "is open, but there is an end date"),
            (self.row(number="E-14", confirmation="wink"), "confirmation “wink”"),
            (self.row(number="E-15", team=self.other_team.name), "do not lead the team"),
        )
        wizard = self.wizard(self.csv_file(self.row(), *(row for row, _words in rows_and_words)))
        for line, (_row, words) in enumerate(rows_and_words, start=3):
            self.assertRegex(wizard.errors, f"(?m)^Line {line}: .*{words}")
        before = self.env["cs.case"].search_count([])
        with self.assertRaisesRegex(UserError, "Nothing was imported"):
            wizard.action_import()
        self.assertEqual(self.env["cs.case"].search_count([]), before)
        self.assertFalse(self.env["cs.case.import.log"].search([("filename", "=", "cases.csv")]))

    # Numbers

    def test_the_register_never_draws_an_imported_number(self):
        following = self.company._cs_sequence().number_next_actual
        prefix = self.company._cs_sequence().prefix
        self.load(self.row(number=f"{prefix}{following + 50:06d}"), self.row(number="OLD-999999"))
        self.assertEqual(self.make_case().name, f"{prefix}{following + 51:06d}")
        self.load(self.row(number=f"{prefix}000000"))
        self.assertEqual(self.make_case().name, f"{prefix}{following + 52:06d}", "It never goes back")

    def test_a_sequence_without_gaps_is_moved_as_well(self):
        sequence = self.company._cs_sequence()
        sequence.implementation = "no_gap"
        following = sequence.number_next_actual
        self.load(self.row(number=f"{sequence.prefix}{following + 50:06d}"))
        self.assertEqual(self.make_case().name, f"{sequence.prefix}{following + 51:06d}")

    # Who

    def test_supervisors_only(self):
        with self.assertRaises(AccessError):
            self.wizard(self.csv_file(self.row()), user=self.agent)
        wizard = self.wizard(self.csv_file(self.row()))
        with self.assertRaises(AccessError):
            wizard.with_user(self.agent).action_import()
        with self.assertRaises(AccessError):
            self.make_case(import_id=1)
        with self.assertRaises(AccessError):
            self.env["cs.case"].with_user(self.supervisor).with_context(_cs_server=True).create(
                {"subject": "Forged", "name": "CS-1", "team_id": self.team.id}
            )

    def test_the_import_is_kept_for_good(self):
        case = self.load(self.row())
        log = case.import_id.with_user(self.supervisor)
        self.assertEqual((log.user_id, log.filename, log.row_count), (self.supervisor, "cases.csv", 1))
        self.assertEqual((log.number_from, log.number_to), ("OLD-1", "OLD-1"))
        for user in (self.supervisor, self.manager):
            with self.assertRaises(AccessError):
                log.with_user(user).write({"filename": "other.csv"})
            with self.assertRaises(AccessError):
                log.with_user(user).unlink()
        with self.assertRaises(AccessError):
            log.with_user(self.agent).read(["filename"])

    def test_managers_import_into_any_team(self):
        case = self.load(self.row(team=self.other_team.name), user=self.manager)
        self.assertEqual((case.team_id, case.user_id), (self.other_team, self.other_agent))

    def test_one_file_is_one_batch(self):
        self.load(self.row(number="W-1"))
        few = self._queries(range(10))
        self.assertLess(self._queries(range(10, 110)) - few, 30, "The number of queries hardly grows with the rows")

    def _queries(self, numbers):
        wizard = self.wizard(self.csv_file(*(self.row(number=f"Q-{number}") for number in numbers)))
        self.env.flush_all()
        start = self.env.cr.sql_log_count
        wizard.action_import()
        self.env.flush_all()
        return self.env.cr.sql_log_count - start
