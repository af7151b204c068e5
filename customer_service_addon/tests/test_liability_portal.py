import re

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common_liability import CsLiabilityCommon
from .test_portal import PNG


class LiabilityPortalCommon(CsLiabilityCommon, HttpCase):
    """Two contractors with a share in the same order."""

    def setUp(self):
        super().setUp()
        survey = self.hold_survey(
            self.own_order(place="Third floor"), "desk", estimate=812.5, findings="<p>The seal leaks</p>"
        )
        survey.photo_ids = [Command.create({"name": "leak.png", "raw": PNG})]
        self.order = survey.rework_id
        self.liability = self.decide(
            self.order,
            ("contractor", self.contractor, 60),
            ("contractor", self.rival, 40),
            told="<p>You mounted it</p>",
            ground="<p>Internal ground</p>",
        )
        self.deliver(self.liability)
        self.solid, self.dry = self.liability.notice_ids.sudo()
        self.token = f"?access_token={self.solid.access_token}"

    def url(self, notice, action="", token=""):
        return f"/my/liability/{notice.id}{action}{token}"

    def post(self, url, page, files=None, **data):
        token = re.search(r'csrf_token" value="([^"]+)"', self.url_open(page).text).group(1)
        return self.url_open(url, data={"csrf_token": token, **data}, files=files)


@tagged("post_install", "-at_install")
class TestLiabilityPortal(LiabilityPortalCommon):
    """R-01: a contractor reads his notice, accepts or contests it, and sees nothing of anybody else's."""

    def test_what_the_contractor_sees(self):
        self.authenticate("cs_solid", "cs_solid")
        listed = self.url_open("/my/liability").text
        self.assertIn(self.liability.name, listed)
        self.assertNotIn(self.url(self.dry), listed)
        text = self.url_open(self.url(self.solid)).text
        for part in (
            self.order.name,
            "Third floor",
            "Plumbing",
            "Water on the ceiling",
            "The seal leaks",
            "You mounted it",
        ):
            with self.subTest(seen=part):
                self.assertIn(part, text)
        self.assertIn("data:image/png;base64", text)
        self.assertIn("60", text)
        self.assertIn("6:00\N{NARROW NO-BREAK SPACE}PM", text, "until the end of work where the case is, not in UTC")
        for part in (
            "Dry Walls",
            "812",
            "Internal ground",
            "Chen Wei",
            "chen.wei",
            "138 0013",
            "Blue Fleet",
            self.dry.access_token,
        ):
            with self.subTest(hidden=part):
                self.assertNotIn(part, text)

    def test_opening_is_delivery(self):
        self.solid._mark_undelivered("bounced", "Unknown")
        self.authenticate(self.agent.login, self.agent.login)
        self.url_open(self.url(self.solid, token=self.token))
        self.assertEqual(self.solid.delivery, "bounced", "a colleague looked at it")
        self.authenticate(None, None)
        self.assertIn("You mounted it", self.url_open(self.url(self.solid, token=self.token)).text)
        self.assertRecordValues(self.solid, [{"delivery": "opened", "opened_at": fields.Datetime.now()}])
        self.assertEqual(self.dry.delivery, "sent")

    def test_no_page_of_another_contractor(self):
        for login in ("cs_rival", None):
            self.authenticate(login, login)
            for url in (
                self.url(self.solid),
                self.url(self.solid, token="?access_token=guess"),
                self.url(self.solid, token="?access_token="),
                self.url(self.solid, token="?access_token=%C3%A9"),
                self.url(self.solid, token=f"?access_token={self.dry.access_token}"),
                self.url(self.solid, token=f"?access_token={self.order.case_id.sudo()._portal_ensure_token()}"),
                "/my/liability/999999999",
            ):
                with self.subTest(login=login, url=url):
                    self.assertNotIn("You mounted it", self.url_open(url).text)
        self.assertEqual(self.solid.delivery, "sent")

    def test_no_answer_for_another_contractor(self):
        own = self.url(self.dry, token=f"?access_token={self.dry.access_token}")
        for login in ("cs_rival", None):
            self.authenticate(login, login)
            for action in ("/accept", "/contest"):
                for token in ("", "?access_token=guess", f"?access_token={self.dry.access_token}"):
                    with self.subTest(login=login, action=action, token=token):
                        self.post(self.url(self.solid, action, token), own, reason="Not me")
                        self.assertEqual(self.solid.answer, "none")
        self.assertEqual(self.dry.answer, "none")

    def test_the_token_of_a_notice_opens_nothing_else(self):
        token = f"?access_token={self.solid.access_token}"
        for url in (
            f"/my/cases/{self.order.case_id.id}{token}",
            f"/my/surveys/{self.liability.survey_id.id}{token}",
            f"/web/content/{self.liability.survey_id.photo_ids.id}{token}",
            f"/web/image/cs.site.survey/{self.liability.survey_id.id}/photo_ids{token}",
        ):
            with self.subTest(url=url):
                response = self.url_open(url)
                self.assertNotIn("The seal leaks", response.text)
                self.assertFalse(response.content.startswith(PNG[:8]) and "content" in url)

    def test_colleagues_do_not_answer_for_him(self):
        self.authenticate(self.manager.login, self.manager.login)
        self.post(self.url(self.solid, "/accept", self.token), self.url(self.solid, token=self.token))
        self.assertEqual(self.solid.answer, "none")

    def test_changes_need_post_and_a_form_of_ours(self):
        self.authenticate("cs_solid", "cs_solid")
        for action in ("/accept", "/contest"):
            with self.subTest(action=action):
                self.assertIn(self.url_open(self.url(self.solid, action)).status_code, (404, 405))
                self.assertEqual(self.url_open(self.url(self.solid, action), data={"reason": "x"}).status_code, 400)
        self.assertEqual(self.solid.answer, "none")

    def test_accepted_by_both_is_final(self):
        self.authenticate("cs_solid", "cs_solid")
        self.post(self.url(self.solid, "/accept"), self.url(self.solid))
        self.assertRecordValues(
            self.solid,
            [{"answer": "accepted", "answered_by_id": self.portal_solid.id, "answered_at": fields.Datetime.now()}],
        )
        self.assertEqual(self.liability.state, "decided")
        self.authenticate(None, None)
        link = self.url(self.dry, token=f"?access_token={self.dry.access_token}")
        self.post(self.url(self.dry, "/accept", f"?access_token={self.dry.access_token}"), link)
        self.assertEqual((self.dry.answer, self.liability.state), ("accepted", "final"))
        self.assertRecordValues(self.order, [{"cost_class": "a", "contractor_id": self.contractor.id}])
        self.assertTrue(self.liability.signature_ids.sudo().document_id)

    def test_contested_with_reason_and_papers(self):
        self.authenticate("cs_solid", "cs_solid")
        page = self.url(self.solid)
        self.assertIn("say why", self.post(self.url(self.solid, "/contest"), page, reason="  ").text)
        self.assertEqual(self.liability.state, "decided")
        papers = [("files", ("plan.png", PNG, "image/png")), ("files", ("letter.txt", b"Not us", "text/plain"))]
        self.post(self.url(self.solid, "/contest"), page, files=papers, reason="The plumber cut it")
        self.assertRecordValues(self.solid, [{"answer": "contested", "reason": "The plumber cut it"}])
        papers = self.solid.paper_ids.with_user(self.agent)
        self.assertEqual({paper.name: paper.raw for paper in papers}, {"plan.png": PNG, "letter.txt": b"Not us"})
        self.assertEqual(self.liability.state, "contested")
        self.assertIn("The plumber cut it", self.todos(self.liability).note)
        self.assertIn("Contested", self.url_open(page).text)
        dry = f"?access_token={self.dry.access_token}"
        again = self.post(self.url(self.solid, "/contest"), self.url(self.dry, token=dry), reason="Once more")
        self.assertIn("nothing to answer", again.text)
        self.assertEqual(self.solid.reason, "The plumber cut it")

    def test_papers_within_the_limits(self):
        self.company.cs_portal_file_count = 1
        self.authenticate("cs_solid", "cs_solid")
        for papers in (
            [("files", ("a.txt", b"A", "text/plain")), ("files", ("b.txt", b"B", "text/plain"))],
            [("files", ("a.png", b"MZ\x90\x00 program", "image/png"))],
        ):
            self.post(self.url(self.solid, "/contest"), self.url(self.solid), files=papers, reason="Not me")
            self.assertEqual((self.solid.answer, self.liability.state), ("none", "decided"))
            self.assertFalse(self.solid.paper_ids)

    def test_late_on_the_portal(self):
        self.solid._cs_as_server().write({"contest_until": "2026-06-02 01:59:59"})
        self.authenticate("cs_solid", "cs_solid")
        page = self.url_open(self.url(self.solid)).text
        self.assertNotIn("cs_contest_reason", page)
        answer = self.post(self.url(self.solid, "/contest"), self.url(self.solid), reason="Not me")
        self.assertIn("time to contest is over", answer.text)
        self.assertEqual((self.solid.answer, self.liability.state), ("none", "decided"))

    def test_a_replaced_notice_says_so(self):
        self.end_liability(self.liability, "cancelled", reason="Wrong survey")
        text = self.url_open(self.url(self.solid, token=self.token)).text
        self.assertIn("does not count any more", text)
        self.assertNotIn("You mounted it", text)
        self.authenticate("cs_solid", "cs_solid")
        self.assertNotIn(self.liability.name, self.url_open("/my/liability").text)

    def test_customers_see_no_notice(self):
        self.portal_solid.partner_id.parent_id = self.firm
        self.authenticate("cs_solid", "cs_solid")
        self.assertNotIn("You mounted it", self.url_open(self.url(self.solid)).text)
        self.assertNotIn(self.liability.name, self.url_open("/my/liability").text)


@tagged("post_install", "-at_install")
class TestLiabilityTour(CsLiabilityCommon, HttpCase):
    """In a real browser: decided, contested by the contractor on his page, decided again, final (R-01)."""

    browser_size = "1366x768"

    def test_decided_contested_and_decided_again(self):
        order = self.own_order()
        liability = self.examine(order, ("contractor", self.contractor, 100))
        liability.action_propose()
        page = f"/odoo/cs-liability/{liability.id}"
        self.start_tour(page, "cs_liability_decide_tour", login=self.supervisor.login)
        self.assertEqual(liability.state, "decided")
        self.deliver(liability)
        notice = liability.notice_ids.sudo()
        self.start_tour(f"/my/liability/{notice.id}?access_token={notice.access_token}", "cs_liability_contest_tour")
        self.assertRecordValues(notice, [{"answer": "contested", "delivery": "opened", "reason": "The plumber cut it"}])
        self.assertEqual(liability.state, "contested")
        liability.share_ids.write({"party": "company", "partner_id": False})
        self.start_tour(page, "cs_liability_decide_tour", login=self.supervisor.login)
        self.assertRecordValues(liability, [{"state": "final", "decided_by_id": self.supervisor.id}])
        self.assertEqual(order.cost_class, "b")
