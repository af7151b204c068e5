from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..models.cs_level import FLAGS
from ..services.complaint_steps import STEPS, needed_steps
from .common_complaint import CsComplaintCommon

PRESETS = ("general", "vehicle_leasing", "manufacturer", "dealer_group", "test_laboratory", "property_developer")


@tagged("post_install", "-at_install")
class TestComplaintPresets(CsComplaintCommon):
    """The levels of the six procedures, read from their data: each asks for its steps and for no others (C-01)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workshop.company_id = False

    def _load(self, name):
        """Load a preset into a company of its own; return its levels."""
        company = self.env["res.company"].create({"name": f"Company of {name}"})
        self.manager.company_ids = [Command.link(company.id)]
        preset = self.env.ref(f"customer_service_addon.cs_preset_{name}").with_user(self.manager)
        preset.with_company(company).action_load()
        return self.env["cs.level"].search([("company_id", "=", company.id)])

    def _complaint_of(self, level, finding):
        """Return a file of ``level`` that departments answer and whose verification said ``finding``."""
        case = self.env["cs.case"].create(
            {
                "subject": f"{level.company_id.name}: {level.name}",
                "company_id": level.company_id.id,
                "order_ref": "T-2026-77",
                "description": "<p>Too low</p>",
                "type_id": self.env["cs.case.type"]
                .search([("company_id", "=", level.company_id.id), ("opens_complaint", "=", True)], limit=1)
                .id,
            }
        )
        complaint = case.complaint_ids
        complaint.appeal_ids.report_date = fields.Date.today()
        self.triage(complaint, level, finding=finding)
        return complaint

    def _clocks(self, complaint):
        return self.env["cs.sla.clock"].search(
            [("res_model", "=", "cs.complaint"), ("res_id", "=", complaint.id), ("current", "=", True)]
        )

    def test_each_level_of_each_preset_asks_for_its_steps(self):
        levels = self.env["cs.level"]
        for name in PRESETS:
            found = self._load(name)
            self.assertGreaterEqual(len(found), 2, name)
            levels |= found
        self.assertEqual(len(levels.company_id), len(PRESETS))
        for level in levels:
            flags = {step.flag for step in STEPS if step.flag in FLAGS and level[step.flag]}
            for finding in ("justified", "unjustified"):
                with self.subTest(company=level.company_id.name, level=level.name, finding=finding):
                    needed = needed_steps(flags, chain=True, refuted=finding == "unjustified")
                    complaint = self._complaint_of(level, finding)
                    self.assertEqual(tuple(complaint._needed_steps()), needed)
                    running = self._clocks(complaint).filtered(lambda clock: clock.outcome == "none")
                    asked = {clock.milestone.partition("/")[2] for clock in running} - {"closed"}
                    self.assertLessEqual(asked, set(needed), "no clock runs for a step that is left out")

    def test_a_repeat_is_major_for_dealers(self):
        """C-08, C-01: what is repeated is major at a dealer group, and warned of (C-06)."""
        levels = self._load("dealer_group")
        normal = levels.filtered(lambda level: level.code == "N")
        self.assertTrue(normal.repeat_level_id.is_major)
        self.assertTrue(normal.repeat_level_id.needs_warning)

    def test_an_appeal_is_answered_in_fifteen_days_and_an_urgent_one_in_three(self):
        """C-05: fifteen days from the acceptance, urgent ones three working days."""
        self._load("test_laboratory")
        kind = self.env["cs.case.type"].search([("name", "=", "Appeal (15 days)")])
        amounts = []
        for urgent in (False, True):
            case = self.env["cs.case"].create(
                {
                    "subject": "Strength of the concrete",
                    "company_id": kind.company_id.id,
                    "type_id": kind.id,
                    "is_urgent": urgent,
                }
            )
            clock = self._clocks(case.complaint_ids).filtered(lambda row: row.milestone == "cs.complaint/replied")
            amounts.append((clock.amount, clock.unit))
        self.assertEqual(amounts, [(15, "d"), (3, "wd")])

    def test_a_step_left_out_is_neither_met_nor_missed_and_comes_back_with_the_level(self):
        """C-03: skipped steps have no clock; a graver level brings it, refuting the complaint ends it."""
        target = {"name": "Approved", "to_milestone": "cs.complaint/approved", "amount": 8, "unit": "wh"}
        self.make_policy("Files", {}, model="cs.complaint", target_ids=[Command.create(target)])
        complaint = self.open_complaint()
        self.assertEqual(self._clocks(complaint).mapped("run_state"), ["running"])
        self.triage(complaint)
        self.assertFalse(complaint.level_id.needs_approval)
        self.assertRecordValues(self._clocks(complaint), [{"run_state": "ended", "outcome": "cancelled"}])
        complaint._cs_as_server().write({"level_id": self.full_level.id})
        self.assertRecordValues(self._clocks(complaint), [{"run_state": "running", "outcome": "none"}])
        self.assertTrue(self._clocks(complaint).deadline)
        self.sign(complaint)
        self.verify(complaint, finding="unjustified")
        self.assertRecordValues(self._clocks(complaint), [{"run_state": "ended", "outcome": "cancelled"}])
