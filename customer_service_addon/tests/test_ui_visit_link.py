from odoo.tests import tagged

from .test_case_rating import CsRatingCommon
from .test_visit_portal import CsVisitPortalCommon


@tagged("post_install", "-at_install")
class TestUiVisitLink(CsVisitPortalCommon, CsRatingCommon):
    """Must show 1: what the customer does himself, on the screen of a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_the_customer_answers_his_link(self):
        visit = self.asked()
        url = visit.sudo()._link_path()
        self.start_tour(url, "cs_visit_link_answer_tour", login=None)
        self.env.invalidate_all()
        self.assertEqual((visit.state, visit.link_state, visit.own_result), ("closed", "answered", "not"))
        rows = {row.question_text: row.score for row in visit.answer_ids if row.measure == "satisfaction"}
        self.assertEqual(rows, {self.item_work.title: "fairly", self.item_manner.title: "not"})
        case = visit.sudo().opened_case_ids
        self.assertEqual(case.complaint_ids.department_line_ids.department_id, self.department)

    def test_the_same_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.portal_a.lang = "zh_CN"
        self.item_work.with_context(lang="zh_CN").title = "您对维修满意吗？"
        visit = self.asked()
        self.start_tour(visit.sudo()._link_path(), "cs_visit_link_answer_tour", login=None)
        self.env.invalidate_all()
        self.assertIn("您对维修满意吗？", visit.answer_ids.mapped("question_text"))

    def test_appointment_proposed_otherwise_and_accepted(self):
        visit = self.proposed()
        page = f"/my/visits/{visit.id}?access_token={visit.sudo().access_token}"
        self.start_tour(page, "cs_visit_appointment_propose_tour", login=None)
        self.env.invalidate_all()
        self.assertEqual((visit.appointment_state, str(visit.appointment_start)), ("wanted", "2031-03-04 02:30:00"))
        visit.write({"appointment_end": "2031-03-05 03:00:00", "appointment_start": "2031-03-05 02:00:00"})
        visit.action_propose()
        self.start_tour("/my/visits", "cs_visit_appointment_accept_tour", login=self.portal_a.login)
        self.env.invalidate_all()
        self.assertEqual((visit.state, visit.appointment_state), ("agreed", "agreed"))

    def test_the_customer_rates_his_case(self):
        case = self.closed_case()
        page = f"/my/cases/{case.id}?access_token={case._portal_ensure_token()}"
        self.start_tour(page, "cs_case_rating_tour", login=None)
        self.env.invalidate_all()
        rating = case.sudo().rating_ids
        self.assertEqual((rating.rating, rating.feedback, case.meaning), (2.0, "Took too long", "open"))
