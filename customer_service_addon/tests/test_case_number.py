from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged, users

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestCaseNumber(CsCommon):
    """I-02: one numbering for the company, given at registration, never reused, never chosen by a client."""

    def test_batch_takes_its_numbers_in_one_query(self):
        cases = self.env["cs.case"].create([{"subject": f"Call {i}", "team_id": self.team.id} for i in range(30)])
        self.assertEqual(len(set(cases.mapped("name"))), 30)
        numbers = [int(name.rpartition("-")[2]) for name in cases.mapped("name")]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 30)))
        self.assertEqual(cases[0].display_name, f"{cases[0].name} Call 0")
        sequence = self.company._cs_sequence()
        with self.assertQueryCount(1):
            self.assertEqual(len(sequence._cs_draw(500)), 500)

    @users("cs_agent")
    def test_client_cannot_choose_a_number(self):
        Case = self.env["cs.case"]
        for forged in ({"name": "CS-1"}, {"first_contact_id": self.env.uid}, {"solved_at": "2020-01-01 00:00:00"}):
            with self.subTest(forged=forged), self.assertRaises(AccessError):
                Case.create({"subject": "Forged", **forged})
        case = Case.create({"subject": "Honest"})
        for forged in ({"name": "CS-1"}, {"acknowledged_at": "2020-01-01 00:00:00"}, {"reopen_count": 0}):
            with self.subTest(forged=forged), self.assertRaises(AccessError):
                call_kw(Case, "write", [[case.id], forged], {"context": {"_cs_server": True}})

    @users("cs_agent")
    def test_default_in_the_context_and_import_are_refused_too(self):
        context = {"default_name": "CS-1", "default_first_answered_at": "2020-01-01 00:00:00"}
        case = self.env["cs.case"].with_context(**context).create({"subject": "Honest"})
        self.assertNotEqual(case.name, "CS-1")
        self.assertFalse(case.first_answered_at)
        result = self.env["cs.case"].load(["subject", "name"], [["Imported", "CS-1"]])
        self.assertFalse(result["ids"])
        self.assertTrue(result["messages"])
        result = self.env["cs.case"].load(["subject"], [["Imported"]])
        self.assertTrue(self.env["cs.case"].browse(result["ids"]).name.startswith("CS-"))

    def test_copy_takes_a_new_number_and_no_history(self):
        case = self.make_case()
        copy = case.copy()
        self.assertNotEqual(copy.name, case.name)
        self.assertFalse(copy.solved_at)
        self.assertEqual(copy.meaning, "new")

    def test_every_company_has_its_own_sequence(self):
        company = self.env["res.company"].create({"name": "Second company"})
        team = self.env["cs.team"].create({"name": "Second team", "company_id": company.id})
        case = self.env["cs.case"].create({"subject": "There", "company_id": company.id, "team_id": team.id})
        self.assertEqual(case.name, "CS-000001")

    def test_date_ranges_would_repeat_numbers_and_are_refused(self):
        self.company._cs_sequence().use_date_range = True
        with self.assertRaisesRegex(UserError, "date ranges"):
            self.make_case()

    def test_gapless_sequence_draws_its_block_in_one_query(self):
        sequence = self.company._cs_sequence()
        sequence.write({"implementation": "no_gap", "number_next": 41, "number_increment": 1})
        self.assertEqual(sequence._cs_draw(3), [41, 42, 43])
        self.assertEqual(self.make_case().name, "CS-000044")

    def test_numbered_case_cannot_be_deleted(self):
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "keeps its number"):
            case.sudo().unlink()
