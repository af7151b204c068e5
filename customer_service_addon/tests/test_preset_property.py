import json

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.cs_feature import FEATURES
from .test_preset import FOLDER
from .test_rework import CsReworkCommon


@tagged("post_install", "-at_install")
class TestPresetProperty(CsReworkCommon):
    """The procedure of a property developer, and what a procedure does to features and figures (chapter 10)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.developer = cls.env.ref("customer_service_addon.cs_preset_property_developer")

    def preset(self, name):
        return self.env.ref(f"customer_service_addon.cs_preset_{name}").with_user(self.manager)

    def enabled(self):
        return self.env["cs.feature"]._enabled()

    def clock_of(self, order):
        clocks = self.env["cs.sla.clock"].search(
            [("res_model", "=", "cs.rework"), ("res_id", "=", order.id), ("milestone", "=", "cs.rework/done")]
        )
        return [(clock.amount, clock.unit, clock.run_state) for clock in clocks.filtered("current")]

    def test_one_trade_has_three_days_and_several_seven(self):
        """R-03: from the dispatch to the end of the work."""
        self.preset("property_developer").action_load()
        for trades, days in ((self.plumbing, 3), (self.plumbing | self.painting, 7)):
            order = self.own_order(trade_ids=[Command.set(trades.ids)])
            self.assertEqual(self.clock_of(order), [(days, "wd", "waiting")])
            order.action_dispatch()
            self.assertEqual(self.clock_of(order), [(days, "wd", "running")])

    def test_survey_and_settlement_of_the_procedure(self):
        """R-01: survey within a day, the contractor from 500; R-07: audit above 20 000, then certified."""
        self.preset("property_developer").action_load()
        self.assertEqual(self.company.cs_survey_contractor_from, 500)
        order = self.own_order()
        clocks = self.env["cs.sla.clock"].search([("res_model", "=", "cs.rework"), ("res_id", "=", order.id)])
        survey = clocks.filtered(lambda clock: clock.milestone == "cs.rework/surveyed")
        self.assertRecordValues(survey, [{"amount": 1, "unit": "wd", "run_state": "running"}])
        tiers = self.env["tier.definition"].search([("company_id", "=", self.company.id)])
        figures = {(tier.cs_kind, tier.cs_amount_from, tier.cs_amount_to) for tier in tiers}
        self.assertGreaterEqual(
            figures, {("settlement", 0, 20_000.01), ("settlement", 20_000.01, 0), ("certificate", 0, 0)}
        )

    def test_levels_categories_and_reasons_of_the_trade(self):
        """C-01, C-02: major by its effect, categories from building quality to neighbours."""
        self.preset("property_developer").action_load()
        mine = [("company_id", "=", self.company.id)]
        names = self.env["cs.category"].search(mine).mapped("name")
        for name in ("Building Quality", "Facilities of the Estate", "Charges", "Incident", "Neighbours"):
            self.assertIn(name, names)
        major = self.env["cs.level"].search([*mine, ("code", "=", "M")])
        self.assertTrue(major.is_major and major.needs_warning)
        reasons = self.env["cs.hold.reason"].search(mine)
        self.assertGreaterEqual(set(reasons.mapped("waits_for")), {"parts", "customer"})

    def test_figures_come_once_and_are_the_users_then(self):
        self.company.cs_joint_months = 9
        self.preset("property_developer").action_load()
        self.assertEqual((self.company.cs_joint_months, self.company.cs_plan_lead_days), (3, 7))
        self.company.cs_joint_months = 4
        self.preset("property_developer").action_load()
        self.assertEqual(self.company.cs_joint_months, 4)
        other = self.env["res.company"].create({"name": "Second company"})
        self.developer._load_into(other)
        self.assertEqual((other.cs_joint_months, self.company.cs_joint_months), (3, 4))

    def test_only_figures_of_the_list_are_accepted(self):
        good = json.loads((FOLDER / self.developer.filename).read_text(encoding="utf-8"))
        for settings in (
            {"name": "Evil Ltd"},
            {"currency_id": 1},
            {"cs_joint_months": "3"},
            {"cs_joint_months": True},
            {"cs_portal_file_types": "x"},
        ):
            self.patch(type(self.developer), "_read_file", lambda preset, s=settings: good | {"settings": s})
            with self.subTest(settings=settings), self.assertRaisesRegex(UserError, "no figure"):
                self.developer._load_into(self.company)
        for name in self.env["res.company"]._cs_preset_settings():
            self.assertIn(self.env["res.company"]._fields[name].type, ("integer", "float", "monetary"))

    def test_the_first_procedure_decides_what_is_shown_and_later_ones_only_add(self):
        self.env["cs.preset.item"].search([]).unlink()
        self.assertEqual(self.enabled(), set(FEATURES))
        used = self.env["cs.feature"]._used()
        action = self.preset("test_laboratory").action_load()
        self.assertEqual(self.enabled(), {"complaint", "laboratory", "visit"} | used)
        self.assertEqual(action["params"]["next"]["tag"], "reload")
        self.preset("property_developer").action_load()
        self.assertEqual(self.enabled(), {"complaint", "laboratory", "rework", "retention", "visit"})
        self.env["cs.feature"]._switch({"complaint"})
        self.preset("property_developer").action_load()
        self.assertEqual(self.enabled(), {"complaint"}, "loading again changes nothing the users chose")

    def test_what_people_work_with_is_not_switched_off(self):
        self.env["cs.preset.item"].search([]).unlink()
        self.own_order()
        self.preset("general").action_load()
        self.assertLessEqual({"complaint", "visit", "rework"}, self.enabled())
        self.assertNotIn("retention", self.enabled())

    def test_every_file_names_features_that_exist(self):
        for path in FOLDER.glob("*.json"):
            content = json.loads(path.read_text(encoding="utf-8"))
            with self.subTest(file=path.name):
                self.assertTrue(content["features"])
                self.assertLessEqual(set(content["features"]), set(FEATURES))

    def test_the_deadline_of_a_complaint(self):
        """C-05: the departments answer within three working days, the customer hears within a week."""
        self.preset("property_developer").action_load()
        kind = self.env["cs.case.type"].search([("name", "ilike", "Complaint About Quality")])
        case = self.env["cs.case"].create({"subject": "Leak", "type_id": kind.id, "partner_id": self.customer.id})
        clocks = self.env["cs.sla.clock"].search(
            [("res_model", "=", "cs.complaint"), ("res_id", "=", case.complaint_ids.id)]
        )
        amounts = {clock.milestone.partition("/")[2]: (clock.amount, clock.unit) for clock in clocks}
        self.assertEqual(amounts, {"verified": (3, "wd"), "replied": (7, "d")})
