import json
import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .test_visit_link import CRON, CsLinkCommon


class CsVisitPortalCommon(CsLinkCommon, HttpCase):
    """Two customers of different companies with logins; the pages count in real time, and so do the visits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_a = new_test_user(cls.env, login="cs_visit_a", groups="base.group_portal", name="Customer A")
        cls.portal_b = new_test_user(cls.env, login="cs_visit_b", groups="base.group_portal", name="Customer B")
        for user, firm in ((cls.portal_a, "Firm A"), (cls.portal_b, "Firm B")):
            user.partner_id.write(
                {
                    "email": f"{user.login}@portal.example",
                    "parent_id": cls.env["res.partner"].create({"name": firm, "is_company": True}).id,
                    "tz": "Asia/Shanghai",
                }
            )

    def run_job(self):
        self.env.ref(CRON).method_direct_trigger()

    def asked(self, user=None, **values):
        """Return a visit whose questionnaire was sent to ``user`` (default: A)."""
        visit = self.plan_visit(partner_id=(user or self.portal_a).partner_id.id, **values)
        self.send_link(visit)
        return visit

    def proposed(self, user=None):
        visit = self.plan_visit(partner_id=(user or self.portal_a).partner_id.id)
        start = fields.Datetime.now().replace(microsecond=0) + timedelta(days=2)
        visit.write({"appointment_end": start + timedelta(hours=1), "appointment_start": start})
        visit.action_propose()
        return visit

    def login(self, user=None):
        self.authenticate(*((user.login, user.login) if user else (None, None)))

    def csrf(self, url):
        page = self.url_open(url).text
        found = re.search(r'csrf_token" value="([^"]+)"', page) or re.search(r'csrf_token: "([^"]+)"', page)
        return found.group(1)

    def post(self, visit, action, page, token=None, **data):
        query = f"?access_token={token}" if token else ""
        return self.url_open(f"/my/visits/{visit.id}/{action}{query}", data={"csrf_token": self.csrf(page), **data})


@tagged("post_install", "-at_install")
class TestVisitSurvey(CsVisitPortalCommon):
    """The questionnaire on survey's own pages: once, in time, by the customer alone."""

    def links(self, visit):
        answer = visit.sudo().link_input_ids
        return answer, self.script.access_token, answer.access_token

    def rpc(self, route, answer, **params):
        url = f"/survey/{route}/{answer.survey_id.access_token}/{answer.access_token}"
        return self.url_open(
            url, data=json.dumps({"params": params}), headers={"Content-Type": "application/json"}
        ).json()

    def submit(self, answer, **choices):
        """Begin and answer as the page does; ``choices``: mark by item."""
        self.rpc("begin", answer)
        posted = {
            str(getattr(self, item).id): str(self.choice(getattr(self, item), mark).id)
            for item, mark in choices.items()
        }
        return self.rpc("submit", answer, **posted)["result"][1]

    def test_answered_without_login_and_shown_as_done(self):
        visit = self.asked()
        answer, survey_token, token = self.links(visit)
        self.login()
        page = self.url_open(f"/survey/start/{survey_token}?answer_token={token}")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("error", self.submit(answer, item_work="fairly", item_manner="not"))
        self.env.invalidate_all()
        self.assertEqual((visit.state, visit.own_result, visit.link_state), ("closed", "not", "answered"))
        self.assertEqual(len(visit.sudo().opened_case_ids), 1)
        # The procedure speaks, not the visitor of the page.
        self.assertNotIn(self.env.ref("base.public_partner"), visit.sudo().opened_case_ids.message_ids.author_id)
        self.assertIn("Thank you", self.url_open(f"/survey/start/{survey_token}?answer_token={token}").text)

    def test_no_second_answer(self):
        visit = self.asked()
        answer, survey_token, token = self.links(visit)
        self.login()
        self.submit(answer, item_work="very", item_manner="very")
        self.assertEqual(self.submit(answer, item_work="not"), {"error": "unauthorized"})
        page = self.url_open(f"/survey/retry/{survey_token}/{token}")
        self.assertIn("Thank you", page.text)
        for url in (f"/survey/start/{survey_token}", f"/survey/start/{survey_token}?answer_token=guess"):
            self.opener.cookies.clear()
            self.url_open(url)
        self.assertEqual(self.env["survey.user_input"].search([("survey_id", "=", self.script.id)]), answer)
        self.assertEqual(visit.own_result, "very")

    def test_a_retry_before_the_answer_makes_no_second_participation(self):
        visit = self.asked()
        answer, survey_token, token = self.links(visit)
        self.script.write({"is_attempts_limited": True, "attempts_limit": 5})
        self.login()
        self.url_open(f"/survey/retry/{survey_token}/{token}")
        self.assertEqual(self.env["survey.user_input"].search([("survey_id", "=", self.script.id)]), answer)

    def test_expired(self):
        visit = self.asked()
        answer, survey_token, token = self.links(visit)
        answer.deadline = fields.Datetime.now() - timedelta(minutes=1)
        self.login()
        page = self.url_open(f"/survey/start/{survey_token}?answer_token={token}").text
        self.assertIn("o_cs_link_over", page)
        self.assertIn("is over", page)
        self.assertEqual(self.submit(answer, item_work="very"), {"error": "answer_deadline"})
        self.assertEqual((answer.state, visit.own_result), ("new", False))

    def test_tokens_of_others(self):
        """A link of visit A answers neither visit B nor another questionnaire."""
        visit = self.asked()
        other_script = self.script.copy({"access_mode": "token"})
        other = self.env["cs.visit.purpose"].create({"name": "Other", "survey_id": other_script.id})
        foreign = self.asked(self.portal_b, purpose_id=other.id)
        answer, survey_token, _token = self.links(visit)
        foreign_token = foreign.sudo().link_input_ids.access_token
        self.login()
        for url in (
            f"/survey/start/{survey_token}?answer_token={foreign_token}",
            f"/survey/{survey_token}/{foreign_token}",
            f"/survey/{other_script.access_token}/{answer.access_token}",
        ):
            self.assertNotIn("o_survey_form", self.url_open(url).text)
        response = self.url_open(
            f"/survey/submit/{survey_token}/{foreign_token}",
            data=json.dumps({"params": {}}),
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual(response.json()["result"][1], {"error": "token_wrong"})

    def test_forged_ids_change_nothing(self):
        visit = self.asked()
        answer = visit.sudo().link_input_ids
        foreign = self.script.copy({"access_mode": "token"}).question_ids[0]
        self.login()
        self.rpc("begin", answer)
        very = str(self.choice(self.item_work, "very").id)
        for posted in (
            {str(foreign.id): str(foreign.suggested_answer_ids[0].id)},
            {str(self.item_work.id): str(self.choice(self.item_manner, "very").id)},
            {str(self.item_work.id): [very, "999999999"]},
            {str(self.item_work.id): {very: very}},
            {str(self.nps.id): "77", str(self.item_work.id): very},
            {"question_id": str(foreign.id), str(self.item_work.id): very},
            {"page_id": "x", str(self.item_work.id): very},
            {"previous_page_id": str(foreign.id)},
        ):
            with self.subTest(posted=posted):
                self.assertEqual(self.rpc("submit", answer, **posted)["result"][1], {"error": "unauthorized"})
        self.assertEqual((answer.state, len(answer.user_input_line_ids), visit.state), ("in_progress", 0, "planned"))

    def test_colleagues_and_other_customers_do_not_answer(self):
        visit = self.asked()
        answer, survey_token, token = self.links(visit)
        for user in (self.agent, self.caller, self.manager, self.env.ref("base.user_admin"), self.portal_b):
            with self.subTest(user=user.login):
                self.login(user) if user.login != "admin" else self.authenticate("admin", "admin")
                page = self.url_open(f"/survey/start/{survey_token}?answer_token={token}").text
                self.assertIn("sent to somebody else", page)
                self.assertEqual(self.submit(answer, item_work="very"), {"error": "answer_wrong_user"})
        self.assertEqual((answer.state, visit.state), ("new", "planned"))

    def test_an_employee_who_is_the_customer_does_not_rate_himself(self):
        self.caller.partner_id.email = "caller@own.example"
        order = self.done_order()
        self.inspect(order, "accepted")
        visit = self.plan_visit(source=order, partner_id=self.repairer.partner_id.id, user_id=False)
        self.repairer.partner_id.email = "repairer@own.example"
        answer = self.send_link(visit.with_user(self.manager))
        self.assertIn(self.repairer, visit.sudo().served_user_ids)
        self.login(self.repairer)
        self.assertEqual(self.submit(answer, item_work="very"), {"error": "answer_wrong_user"})
        self.assertEqual(answer.state, "new")


@tagged("post_install", "-at_install")
class TestVisitPortal(CsVisitPortalCommon):
    """Questionnaires and appointments on the customer's pages."""

    def test_his_own_are_listed_and_counted(self):
        mine, appointment, foreign = self.asked(), self.proposed(), self.asked(self.portal_b)
        untold = self.plan_visit(partner_id=self.portal_a.partner_id.id)
        self.login(self.portal_a)
        page = self.url_open("/my/visits").text
        for visit in (mine, appointment):
            self.assertIn(visit.name, page)
        for visit in (foreign, untold):
            self.assertNotIn(visit.name, page)
        self.assertIn(mine.sudo().link_input_ids.access_token, page)
        self.assertNotIn(self.purpose.name, page)
        self.assertEqual(self.make_jsonrpc_request("/my/counters", {"counters": ["visit_count"]}), {"visit_count": 2})
        self.assertIn("Return Visits", self.url_open("/my").text)

    def test_those_of_his_company_where_its_file_says_so(self):
        colleague = self.portal_b
        colleague.partner_id.parent_id = self.portal_a.partner_id.parent_id
        visit = self.asked(colleague)
        self.login(self.portal_a)
        self.assertNotIn(visit.name, self.url_open("/my/visits").text)
        self.assertTrue(self.url_open(f"/my/visits/{visit.id}").url.endswith("/my"))
        self.portal_a.partner_id.parent_id.with_user(self.supervisor).cs_portal_scope = "company"
        page = self.url_open("/my/visits").text
        self.assertIn(visit.name, page)
        # Seen, not answered: the questionnaire is the person's.
        self.assertNotIn(visit.sudo().link_input_ids.access_token, page)

    def test_every_route_is_refused_for_another_customer(self):
        visit, own = self.proposed(), self.proposed(self.portal_b)
        asked = self.asked()
        start, token = fields.Datetime.to_string(visit.appointment_start), own.sudo().access_token
        self.login(self.portal_b)
        page = f"/my/visits/{own.id}"
        for target in (visit, asked):
            for query in ("", "?access_token=", "?access_token=guess", f"?access_token={token}"):
                response = self.url_open(f"/my/visits/{target.id}{query}")
                self.assertTrue(response.url.endswith("/my"), response.url)
                self.assertNotIn(target.name, response.text)
            for action, data in (("accept", {"start": start}), ("propose", {"wish": "2030-01-01T10:00"})):
                for key in (None, "guess", token):
                    self.assertTrue(self.post(target, action, page, token=key, **data).url.endswith("/my"))
        self.assertTrue(self.url_open("/my/visits/999999999").url.endswith("/my"))
        self.assertEqual((visit.appointment_state, asked.appointment_state), ("proposed", False))

    def test_changes_need_post_token_and_no_colleague(self):
        visit = self.proposed()
        start = fields.Datetime.to_string(visit.appointment_start)
        self.login(self.portal_a)
        for action in ("accept", "propose"):
            url = f"/my/visits/{visit.id}/{action}"
            self.assertIn(self.url_open(url).status_code, (404, 405))
            self.assertEqual(self.url_open(url, data={"start": start}).status_code, 400)
        self.login(self.agent)
        token = visit.sudo().access_token
        page = f"/my/visits/{visit.id}?access_token={token}"
        self.post(visit, "accept", page, token=token, start=start)
        self.assertEqual(visit.appointment_state, "proposed")

    def test_accepted_with_login(self):
        visit = self.proposed()
        start = fields.Datetime.to_string(visit.appointment_start)
        self.login(self.portal_a)
        page = f"/my/visits/{visit.id}"
        self.assertIn("Please look at it again", self.post(visit, "accept", page, start="2026-01-01 00:00:00").text)
        self.assertEqual(visit.state, "planned")
        self.assertIn("is agreed", self.post(visit, "accept", page, start=start).text)
        self.env.invalidate_all()
        self.assertEqual((visit.state, visit.appointment_state), ("agreed", "agreed"))
        self.assertEqual(visit.sudo().activity_ids.user_id, self.caller)

    def test_another_time_proposed_by_the_link(self):
        visit = self.proposed()
        token = visit.sudo().access_token
        self.login()
        page = f"/my/visits/{visit.id}?access_token={token}"
        self.assertIn("lies ahead", self.post(visit, "propose", page, token=token, wish="2020-01-01T10:00").text)
        self.post(visit, "propose", page, token=token, wish="2030-01-02T10:00")
        self.env.invalidate_all()
        self.assertEqual(
            (visit.appointment_state, fields.Datetime.to_string(visit.appointment_start)),
            ("wanted", "2030-01-02 02:00:00"),
        )
        self.assertNotIn(self.customer, visit.message_partner_ids)

    def test_customers_have_no_rights_on_visits(self):
        visit = self.proposed()
        for user in (self.portal_a, self.env.ref("base.public_user")):
            for model in ("cs.return.visit", "cs.visit.answer", "survey.user_input"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
            for name in ("action_send_link", "action_propose", "action_agree"):
                with self.assertRaises(AccessError):
                    getattr(visit.with_user(user), name)()
        self.assertEqual(visit.appointment_state, "proposed")

    @mute_logger("odoo.http")
    def test_the_page_of_the_list_needs_a_login(self):
        self.login()
        self.assertIn("/web/login", self.url_open("/my/visits").url)

    def test_a_hundred_visits_cost_no_more_queries_than_ten(self):
        counts = {}
        self.login(self.portal_a)
        for number in (10, 90):
            made = self.visits.concat(
                *(self.plan_visit(partner_id=self.portal_a.partner_id.id) for _number in range(number))
            )
            made.sudo()._send_links()
            self.env.flush_all()
            self.url_open("/my/visits")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.visits.sudo().search(
                self.visits._portal_domain(self.portal_a), order="id desc", limit=80
            )._portal_rows(own=self.portal_a.partner_id)
            counts[number] = self.env.cr.sql_log_count - before
        self.assertLessEqual(counts[90], counts[10] + 2)
        self.assertLessEqual(counts[90], 25)
