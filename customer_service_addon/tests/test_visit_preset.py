from datetime import timedelta

from odoo.tests import tagged

from ..services.visit_steps import SCALE
from .common_visit import CsVisitCommon

INDUSTRIES = (
    *("general_company", "manufacturer", "property_developer", "vehicle_leasing", "dealer_group", "test_laboratory"),
)


@tagged("post_install", "-at_install")
class TestVisitPreset(CsVisitCommon):
    """Presets of all industries bring plans and scripts, in English and Chinese (V-03)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")

    def load(self, industry):
        """Load the procedure into a company of its own as its manager; return the company's plans."""
        company = self.env["res.company"].create({"name": industry, "resource_calendar_id": False})
        self.manager.company_ids |= company
        preset = self.env["cs.preset"].search([("filename", "=", f"{industry}.json")])
        preset.with_user(self.manager).with_company(company)._load_into(company)
        return self.env["cs.visit.plan"].search([("company_id", "=", company.id)])

    def test_every_industry_has_scripts_and_plans(self):
        for industry in INDUSTRIES:
            with self.subTest(industry):
                plans = self.load(industry)
                self.assertGreaterEqual(len(plans), 3)
                self.assertIn("complaint", plans.mapped("trigger"))
                self.assertEqual(plans.filtered("is_control").mapped("state"), ["draft"])
                purposes = self.env["cs.visit.purpose"].search([("company_id", "=", plans.company_id.id)])
                for survey in purposes.survey_id:
                    self._check_script(survey)

    def _check_script(self, survey):
        self.assertEqual(survey.access_mode, "token")
        self.assertIn("{{customer}}", survey.with_context(lang="en_US").cs_wording)
        self.assertIn("您好", survey.with_context(lang="zh_CN").cs_wording)
        items = survey.question_ids.filtered(lambda question: question.cs_measure == "satisfaction")
        self.assertTrue(items)
        for item in items:
            self.assertEqual(item.suggested_answer_ids.mapped("cs_score"), [*SCALE, "na"])
            self.assertEqual(item.with_context(lang="zh_CN").suggested_answer_ids[3].value, "不满意")
        why = survey.question_ids.filtered("triggering_answer_ids")[:1]
        self.assertEqual(set(why.triggering_answer_ids.mapped("cs_score")), {"not"})
        self.assertEqual(why.triggering_answer_ids.question_id, items)
        for question in survey.question_ids:
            chinese = question.with_context(lang="zh_CN").title
            self.assertNotEqual(chinese, question.with_context(lang="en_US").title)

    def test_a_repair_is_asked_about_within_a_working_day(self):
        """V-01, R: the property developer's plan and clock."""
        plans = self.load("property_developer")
        plan = plans.filtered(lambda plan: plan.trigger == "rework" and not plan.is_control)
        self.assertEqual((plan.delay, plan.delay_unit), (1, "wd"))
        policy = self.env["cs.sla.policy"].search(
            [("company_id", "=", plan.company_id.id), ("model", "=", "cs.return.visit")], limit=1
        )
        target = policy.target_ids.filtered(lambda target: target.to_milestone == "cs.return.visit/answered")
        self.assertEqual((target.amount, target.unit), (1, "wd"))

    def test_who_is_not_satisfied_is_called_back_within_48_hours(self):
        """V-05: the case has its own clock."""
        self.env["cs.preset"].search([("filename", "=", "general_company.json")])._load_into(self.company)
        visit = self.plan_visit()
        visit._record_answers("staff", self.answers(work="not"), user=self.caller)
        case = visit.sudo().opened_case_ids
        clock = self.env["cs.sla.clock"].search(
            [("res_model", "=", "cs.case"), ("res_id", "=", case.id), ("milestone", "=", "cs.case/answered")]
        )
        self.assertEqual(clock.deadline, case.received_at + timedelta(hours=48))

    def test_visits_have_their_clocks(self):
        """V-04: asked, reported the next working day, reviewed."""
        self.env["cs.preset"].search([("filename", "=", "general_company.json")])._load_into(self.company)
        self.purpose.needs_report = True
        visit = self.plan_visit()
        codes = self.env["cs.sla.clock"].search([("res_model", "=", "cs.return.visit"), ("res_id", "=", visit.id)])
        self.assertEqual(
            set(codes.mapped("milestone")), {f"cs.return.visit/{code}" for code in ("answered", "reported", "reviewed")}
        )
        visit._record_answers("staff", self.answers(), user=self.caller)
        report = codes.filtered(lambda clock: clock.milestone == "cs.return.visit/reported")
        self.assertEqual((report.run_state, str(report.deadline)), ("running", "2026-06-02 10:00:00"))
