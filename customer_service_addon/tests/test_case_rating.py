import re
from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common_visit import CsVisitCommon


class CsRatingCommon(CsVisitCommon):
    """A closed case of a customer with a login."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, login="cs_rating_a", groups="base.group_portal", name="Customer A")
        cls.stranger_user = new_test_user(cls.env, login="cs_rating_b", groups="base.group_portal", name="Customer B")
        (cls.portal | cls.stranger_user).partner_id.email = "portal@portal.example"

    def closed_case(self, **values):
        case = self.make_case(partner_id=self.portal.partner_id.id, user_id=self.agent.id, **values)
        case.sudo()._cs_as_server().write({"first_answered_at": "2026-06-01 02:00:00", "confirmation": "phone"})
        case._move_to("solved")
        case._move_to("closed")
        return case

    def rate(self, case, value, feedback="", user=None):
        """Rate as the portal does after it has checked who it is."""
        case.with_user(user or self.portal).sudo()._rate(value, feedback, self.portal.partner_id)
        self.env.invalidate_all()

    @staticmethod
    def ratings(case):
        return case.sudo().rating_ids


@tagged("post_install", "-at_install")
class TestCaseRating(CsRatingCommon):
    """S-01: rated once per closing, by the customer, in time."""

    def test_rated_and_changed_within_the_days(self):
        case = self.closed_case()
        self.rate(case, 5, "Quick")
        rating = self.ratings(case)
        self.assertRecordValues(
            rating,
            [
                {
                    "rating": 5.0,
                    "feedback": "Quick",
                    "consumed": True,
                    "partner_id": self.portal.partner_id.id,
                    "rated_partner_id": self.agent.partner_id.id,
                }
            ],
        )
        self.assertEqual((case.meaning, case.rating_last_value, case.is_unhappy), ("closed", 5.0, False))
        self.at(datetime(2026, 6, 7))
        self.rate(case, 4)
        self.assertEqual((self.ratings(case), rating.rating), (rating, 4.0))
        self.at(datetime(2026, 6, 9))
        with self.assertRaises(UserError):
            self.rate(case, 5)
        self.assertEqual(rating.rating, 4.0)

    def test_only_what_is_closed_is_rated_and_with_1_to_5_stars(self):
        case = self.make_case(partner_id=self.portal.partner_id.id)
        with self.assertRaises(UserError):
            self.rate(case, 5)
        closed = self.closed_case()
        for value in (0, 6, -1):
            with self.assertRaises(UserError):
                self.rate(closed, value)
        self.company.cs_rating_days = 0
        with self.assertRaises(UserError):
            self.rate(closed, 5)
        self.assertFalse(self.ratings(case) | self.ratings(closed))

    def test_few_stars_take_the_case_up_again_once(self):
        case = self.closed_case()
        self.rate(case, 1, "Still broken")
        self.assertEqual((case.meaning, case.reopen_count), ("open", 1))
        self.assertTrue(case.is_unhappy)
        self.assertIn(case, self.env["cs.case"].search([("is_unhappy", "=", True)]))
        self.assertTrue(case.message_ids.filtered(lambda message: "Still broken" in message.body))
        # Changed twice while it is worked on: it stays one rating and one reopening.
        self.rate(case, 2)
        self.assertEqual((len(self.ratings(case)), case.reopen_count, self.ratings(case).rating), (1, 1, 2.0))

    def test_each_closing_is_rated_anew(self):
        case = self.closed_case()
        self.rate(case, 1)
        self.at(datetime(2026, 6, 2, 3))
        case.sudo()._cs_as_server().write({"confirmation": "phone"})
        case._move_to("solved")
        case._move_to("closed")
        self.rate(case, 5)
        self.assertEqual(self.ratings(case).sorted("id").mapped("rating"), [1.0, 5.0])
        self.assertEqual((case.meaning, case.rating_last_value), ("closed", 5.0))

    def test_after_the_reopening_window_a_new_case_follows_once(self):
        case = self.closed_case()
        case.sudo().type_id.reopen_days = 1
        self.at(datetime(2026, 6, 4, 3))
        self.rate(case, 2, "Broke again")
        self.rate(case, 1, "Broke again and again")
        follow_up = case.sudo().follow_up_ids
        self.assertEqual((case.meaning, len(follow_up)), ("closed", 1))
        self.assertIn("Broke again", follow_up.description)

    def test_how_few_stars_is_data(self):
        self.company.cs_rating_unhappy_to = 0
        case = self.closed_case()
        self.rate(case, 1)
        self.assertEqual((case.meaning, case.is_unhappy), ("closed", False))

    def test_no_colleague_rates(self):
        case = self.closed_case()
        for user in (self.agent, self.manager, self.employee_user, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                self.rate(case, 5, user=user)
        self.assertFalse(self.ratings(case))

    def test_forged_ratings_over_rpc(self):
        case = self.closed_case()
        values = {
            "res_model_id": self.env["ir.model"]._get_id("cs.case"),
            "res_id": case.id,
            "rating": 5,
            "consumed": True,
            "partner_id": self.portal.partner_id.id,
        }
        for user in (self.agent, self.manager, self.env.ref("base.user_admin")):
            ratings = self.env["rating.rating"].with_user(user)
            with self.assertRaises(AccessError):
                ratings.create(values)
            with self.assertRaises(AccessError):
                ratings.with_context(_cs_server=True).create(values)
            with self.assertRaises(AccessError):
                case.with_user(user).rating_apply(5, rating=ratings)
        self.rate(case, 3)
        rating = self.ratings(case)
        foreign = self.env["rating.rating"].create(
            {"res_model_id": self.env["ir.model"]._get_id("res.partner"), "res_id": self.customer.id}
        )
        for user in (self.agent, self.manager, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                rating.with_user(user).write({"rating": 5})
            with self.assertRaises(AccessError):
                rating.with_user(user).reset()
            with self.assertRaises(AccessError):
                foreign.with_user(user).write({"res_model_id": values["res_model_id"], "res_id": case.id})
        with self.assertRaises(AccessError):
            rating.with_user(self.agent).read(["access_token"])
        with self.assertRaises(UserError):
            rating.unlink()
        self.assertEqual(rating.rating, 3.0)


@tagged("post_install", "-at_install")
class TestCaseRatingPages(CsRatingCommon, HttpCase):
    """Our page and Odoo's own, by whom and when."""

    def csrf(self, url="/my/cases/new"):
        return re.search(r'csrf_token" value="([^"]+)"', self.url_open(url).text).group(1)

    def post(self, case, token=None, page=None, **data):
        query = f"?access_token={token}" if token else ""
        return self.url_open(
            f"/my/cases/{case.id}/rate{query}", data={"csrf_token": self.csrf(page or "/my/cases/new"), **data}
        )

    def test_the_customer_rates_on_the_page_of_his_case(self):
        case = self.closed_case()
        self.authenticate(self.portal.login, self.portal.login)
        self.assertIn("o_cs_rating", self.url_open(f"/my/cases/{case.id}").text)
        page = self.post(case, stars="4", feedback="Good").text
        self.assertIn("★★★★☆", page)
        self.assertEqual((self.ratings(case).rating, self.ratings(case).feedback), (4.0, "Good"))
        for stars in ("9", "x", ""):
            self.assertIn("1 to 5 stars", self.post(case, stars=stars).text)
        self.assertEqual(self.ratings(case).rating, 4.0)
        self.assertIn(self.url_open(f"/my/cases/{case.id}/rate").status_code, (404, 405))
        self.assertEqual(self.url_open(f"/my/cases/{case.id}/rate", data={"stars": "1"}).status_code, 400)

    def test_by_the_link_of_the_closing_mail(self):
        case = self.closed_case()
        token = case._portal_ensure_token()
        self.authenticate(None, None)
        page = f"/my/cases/{case.id}?access_token={token}"
        self.post(case, token=token, page=page, stars="5")
        self.assertEqual((self.ratings(case).rating, self.ratings(case).partner_id), (5.0, self.portal.partner_id))
        self.post(case, token="forged", page=page, stars="1")
        self.assertEqual(self.ratings(case).rating, 5.0)

    def test_strangers_and_colleagues_are_refused(self):
        case, own = self.closed_case(), self.closed_case()
        own.sudo().partner_id = self.stranger_user.partner_id
        self.authenticate(self.stranger_user.login, self.stranger_user.login)
        self.assertTrue(self.post(case, stars="1").url.endswith("/my"))
        self.assertTrue(self.post(case, token=own._portal_ensure_token(), stars="1").url.endswith("/my"))
        self.authenticate(self.agent.login, self.agent.login)
        page = f"/my/cases/{case.id}?access_token={case._portal_ensure_token()}"
        self.post(case, token=case._portal_ensure_token(), page=page, stars="5")
        self.assertFalse(self.ratings(case))

    @mute_logger("odoo.http")
    def test_odoos_own_page_follows_the_same_rules(self):
        """odoo19.md A11: a token that was used votes again only within the days; never for colleagues."""
        case = self.closed_case()
        self.rate(case, 5)
        token = self.ratings(case).access_token
        url = f"/rate/{token}/submit_feedback"
        self.authenticate(None, None)
        csrf = self.csrf(f"/my/cases/{case.id}?access_token={case._portal_ensure_token()}")
        self.url_open(url, data={"csrf_token": csrf, "rate": "3"})
        self.assertEqual(self.ratings(case).rating, 3.0)
        self.authenticate(self.agent.login, self.agent.login)
        csrf = self.csrf(f"/my/cases/{case.id}?access_token={case._portal_ensure_token()}")
        self.assertGreaterEqual(self.url_open(url, data={"csrf_token": csrf, "rate": "5"}).status_code, 400)
        self.assertEqual(self.ratings(case).rating, 3.0)

    def test_odoos_own_page_is_closed_after_the_days(self):
        case = self.closed_case()
        self.rate(case, 5)
        rating = self.ratings(case)
        self.at(datetime(2026, 6, 12))
        system = case.with_user(self.env.ref("base.public_user")).sudo()
        with self.assertRaises(UserError):
            system.rating_apply(1, rating=rating)
        with self.assertRaises(UserError):
            system.rating_apply(1, token=rating.access_token)
        with self.assertRaises(AccessError):
            self.closed_case().with_user(self.env.ref("base.public_user")).sudo().rating_apply(1, rating=rating)
        with self.assertRaises(AccessError):
            system.rating_apply(1, token="forged")
        self.assertEqual(rating.rating, 5.0)
