import base64
import re

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged

from .test_portal import PNG, SVG, PortalCommon
from .test_rework import CsReworkCommon
from .test_rework_offers import CsContractorCommon

# Every route of the contractor that changes something, with what it is sent.
ROUTES = {
    "accept": {},
    "decline": {"reason": "No people"},
    "propose": {"start": "2030-06-08T09:00", "reason": "Busy"},
    "arrive": {},
    "material": {"name": "Pipe", "quantity": "2"},
    "photo": {"kind": "before"},
    "done": {"note": "All done"},
}


class RepairPortalCommon(HttpCase, CsContractorCommon):
    def csrf(self, order):
        """Return a token of the session, from the page of the order or the home page's forms."""
        page = self.url_open(f"/my/repairs/{order.id}").text
        found = re.search(r'csrf_token" value="([^"]+)"', page) or re.search(r'csrf_token: "([^"]+)"', page)
        return found.group(1)

    def login(self, user):
        self.authenticate(user.login, user.login)

    def post(self, order, action, files=None, page=None, **data):
        token = self.csrf(page or order)
        return self.url_open(
            f"/my/repairs/{order.id}/{action}", data={"csrf_token": token, **data}, files=files, timeout=60
        )


@tagged("post_install", "-at_install")
class TestReworkPortal(RepairPortalCommon):
    """R-04: a contractor does on the portal all that his order needs."""

    def test_from_the_invitation_to_done(self):
        order = self.contractor_order(place="三楼卫生间", planned_start="2030-06-01 02:00:00")
        self.login(self.user_1)
        self.assertIn(order.name, self.url_open("/my/repairs").text)
        page = self.url_open(f"/my/repairs/{order.id}").text
        for expected in (order.name, "三楼卫生间", "Flat 1203", "Water on the ceiling", "Plumbing", "Chen Wei"):
            self.assertIn(expected, page)
        self.post(order, "accept")
        self.assertEqual((order.state, order.offer_ids.outcome), ("accepted", "accepted"))
        self.post(order, "photo", kind="before", files={"photos": ("wet.png", PNG, "image/png")})
        self.post(order, "arrive")
        self.assertEqual(order.state, "working")
        self.post(order, "material", name="Pipe", quantity="2,5")
        line = order.line_ids
        self.assertRecordValues(
            line, [{"name": "Pipe", "quantity": 2.5, "by_contractor": True, "kind": "material", "amount": 0}]
        )
        self.post(order, "photo", kind="after", line_id=str(line.id), files={"photos": ("dry.png", PNG, "image/png")})
        self.assertEqual(
            order.photo_ids.sorted("id").mapped(lambda row: (row.kind, row.line_id, row.by_contractor)),
            [("before", line.browse(), True), ("after", line, True)],
        )
        photo = self.url_open(f"/my/repairs/{order.id}/photo/{order.photo_ids[0].id}")
        self.assertEqual((photo.status_code, photo.headers["Content-Type"]), (200, "image/png"))
        self.assertIn("write what you did", self.post(order, "done", note=" ").text)
        self.post(order, "done", note="Pipe replaced\nand painted")
        self.assertEqual((order.state, order.activity_ids.user_id), ("done", self.agent))
        self.assertIn("Pipe replaced", order.work_note)
        self.assertIn("Pipe replaced", self.url_open(f"/my/repairs/{order.id}").text)

    def test_declined_is_gone_from_his_pages(self):
        order = self.contractor_order()
        self.login(self.user_1)
        response = self.post(order, "decline", reason="No people this week")
        self.assertTrue(response.url.endswith("/my/repairs"))
        self.assertEqual(self.outcomes(order), [(self.contractor, "declined"), (self.contractor_2, "open")])
        self.assertNotIn(order.name, self.url_open("/my/repairs?filterby=all").text)
        self.login(self.user_2)
        self.assertIn(order.name, self.url_open("/my/repairs").text)

    def test_declined_needs_a_reason(self):
        order = self.contractor_order()
        self.login(self.user_1)
        self.assertIn("why you do not take", self.post(order, "decline", reason=" ").text)
        self.assertEqual(order.state, "dispatched")

    def test_he_proposes_a_date_in_the_time_zone_of_the_team(self):
        order = self.contractor_order()
        self.login(self.user_1)
        for start in ("2030-06-08", "tomorrow", "2020-01-01T10:00", ""):
            if start != "2030-06-08":
                self.assertIn("date in the future", self.post(order, "propose", start=start).text)
        self.post(order, "propose", start="2030-06-08T09:00", reason="Busy")
        self.assertRecordValues(order.offer_ids, [{"proposal_reason": "Busy", "proposal_state": "waiting"}])
        self.assertEqual(str(order.offer_ids.proposed_start), "2030-06-08 01:00:00")
        self.assertEqual(order.activity_ids.user_id, self.agent)
        self.assertIn("not been answered", self.post(order, "propose", start="2030-06-09T09:00").text)
        order.action_take_proposal()
        self.assertEqual(order.state, "accepted")

    def test_what_cannot_be_sent_is_said_and_changes_nothing(self):
        order = self.contractor_order()
        self.login(self.user_1)
        self.assertIn("not possible now", self.post(order, "done", note="Done").text)
        self.post(order, "accept")
        for files, kind in (
            ({"photos": ("x.svg", SVG, "image/svg+xml")}, "before"),
            ({"photos": ("x.txt", b"text", "text/plain")}, "before"),
            ({"photos": ("x.png", PNG, "image/png")}, "during"),
            (None, "before"),
        ):
            self.assertIn("alert-warning", self.post(order, "photo", kind=kind, files=files).text)
        for quantity in ("many", "-1", "0", "", "nan", "1e9"):
            self.assertIn("no quantity", self.post(order, "material", name="Pipe", quantity=quantity).text)
        self.assertFalse(order.photo_ids | order.line_ids.photo_ids)
        self.assertFalse(order.line_ids)

    def test_contact_only_while_the_order_is_open(self):
        order = self.contractor_order()
        self.login(self.user_1)
        self.assertIn("138 0013 8000", self.url_open(f"/my/repairs/{order.id}").text)
        for action in ("accept", "arrive"):
            self.post(order, action)
        self.post(order, "done", note="Done")
        self.assertNotIn("138 0013 8000", self.url_open(f"/my/repairs/{order.id}").text)

    def test_he_reads_nothing_beyond_the_job(self):
        """Must show 4: no prices of ours, no conversation, no technicians' material, no other contractor."""
        order = self.contractor_order()
        case = order.case_id
        case.message_post(body="The customer is difficult", subtype_xmlid="mail.mt_comment")
        case.sudo().subject = "Threatens with a lawyer"
        self.env["cs.rework.line"].create(
            {"rework_id": order.id, "name": "Our own spare part", "quantity": 1, "unit_cost": 4711}
        )
        order._message_log(body="Internal remark")
        self.login(self.user_1)
        page = self.url_open(f"/my/repairs/{order.id}").text
        for secret in (
            "difficult",
            "lawyer",
            "spare part",
            "4711",
            "4,711",
            "Internal remark",
            "Quick Pipes",
            self.customer.email,
        ):
            with self.subTest(secret=secret):
                self.assertNotIn(secret, page)

    def test_the_list_asks_the_same_number_of_questions_for_many(self):
        self.login(self.user_1)
        counts = []
        for number in (2, 10):
            for _order in range(number):
                self.contractor_order()
            self.env.flush_all()
            self.url_open("/my/repairs")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.url_open("/my/repairs").status_code, 200)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3, counts)
        self.assertLess(counts[1], 80, counts)


@tagged("post_install", "-at_install")
class TestReworkPortalAccess(RepairPortalCommon):
    """Must show 4: contractor A reaches nothing of B, by whatever route, id or method."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_1, cls.order_2 = cls.env["cs.rework"], cls.env["cs.rework"]

    def setUp(self):
        super().setUp()
        self.order_1 = self.contractor_order()
        self.order_2 = self.contractor_order(self.contractor_2, place="Secret place of B")

    def at_work(self, order, user):
        own = order.with_user(user)
        own._contractor_accept()
        own._contractor_arrive()
        own._contractor_add_material("Pipe of B", 1)
        own._contractor_add_photo("before", PNG, "Photo of B")

    def snapshot(self, order):
        self.env.invalidate_all()
        return (
            order.state,
            order.contractor_id,
            order.offer_ids.mapped(lambda row: (row.outcome, row.proposal_state)),
            order.line_ids.ids,
            order.photo_ids.ids,
            order.work_note,
        )

    def test_pages_and_routes_of_another_contractor(self):
        self.login(self.user_1)
        self.assertNotIn("Secret place", self.url_open("/my/repairs?filterby=all").text)
        for state in ("dispatched", "working"):
            if state == "working":
                self.at_work(self.order_2, self.user_2)
            before = self.snapshot(self.order_2)
            response = self.url_open(f"/my/repairs/{self.order_2.id}")
            self.assertTrue(response.url.endswith("/my"))
            self.assertNotIn("Secret place", response.text)
            for action, data in ROUTES.items():
                with self.subTest(state=state, action=action):
                    files = {"photos": ("x.png", PNG, "image/png")} if action == "photo" else None
                    response = self.post(self.order_2, action, files=files, page=self.order_1, **data)
                    self.assertTrue(response.url.endswith("/my"))
                    self.assertEqual(self.snapshot(self.order_2), before)
                    self.assertIn(self.url_open(f"/my/repairs/{self.order_2.id}/{action}").status_code, (404, 405))
            self.assertEqual(self.snapshot(self.order_2), before)

    def test_children_through_the_own_order(self):
        """A photo or a line of B is not reached with the number of an order of A, nor the other way round."""
        self.at_work(self.order_2, self.user_2)
        own = self.order_1.with_user(self.user_1)
        own._contractor_accept()
        photo, line = self.order_2.photo_ids, self.order_2.line_ids
        self.login(self.user_1)
        for order in (self.order_1, self.order_2):
            url = f"/my/repairs/{order.id}/photo/{photo.id}"
            self.assertEqual(self.url_open(url).status_code, 404)
            self.post(order, f"material/{line.id}/remove", page=self.order_1)
            self.assertIn(self.url_open(f"/my/repairs/{order.id}/material/{line.id}/remove").status_code, (404, 405))
            self.assertTrue(line.exists())
            self.post(
                order,
                "photo",
                page=self.order_1,
                kind="after",
                line_id=str(line.id),
                files={"photos": ("x.png", PNG, "image/png")},
            )
        self.assertFalse(self.order_1.photo_ids)
        self.assertEqual(self.order_2.photo_ids, photo)

    def test_a_line_of_ours_is_not_his_to_remove_or_photograph(self):
        own = self.order_1.with_user(self.user_1)
        own._contractor_accept()
        line = self.env["cs.rework.line"].create({"rework_id": self.order_1.id, "name": "Ours", "quantity": 1})
        self.login(self.user_1)
        self.post(self.order_1, f"material/{line.id}/remove")
        self.assertTrue(line.exists())
        with self.assertRaises(UserError):
            own._contractor_add_photo("after", PNG, line_id=line.id)
        photo = self.order_1._add_photo("before", PNG, "Ours")
        self.assertEqual(self.url_open(f"/my/repairs/{self.order_1.id}/photo/{photo.id}").status_code, 404)

    def test_withdrawn_orders_are_gone(self):
        self.login(self.user_1)
        self.order_1._end("draft", "A mistake")
        self.assertTrue(self.url_open(f"/my/repairs/{self.order_1.id}").url.endswith("/my"))

    def test_posting_needs_the_token_of_the_session(self):
        self.login(self.user_1)
        response = self.url_open(f"/my/repairs/{self.order_1.id}/accept", data={"name": "x"})
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.order_1.state, "dispatched")

    def test_nobody_without_login(self):
        for url in ("/my/repairs", f"/my/repairs/{self.order_1.id}"):
            self.assertIn("/web/login", self.url_open(url).url)

    def test_customers_and_colleagues_have_no_contractors_page(self):
        for user in (self.agent, self.repairer, self.employee_user):
            self.assertFalse(self.env["cs.rework"].with_user(user)._contractor_order(self.order_1.id))

    def test_rpc_reaches_nothing(self):
        """Neither models nor methods: a portal user has no way around the pages."""
        self.at_work(self.order_2, self.user_2)
        env = self.env(user=self.user_1)
        order_1, order_2 = self.order_1.with_env(env), self.order_2.with_env(env)
        for model in (
            *("cs.rework", "cs.rework.line", "cs.rework.photo", "cs.rework.offer", "cs.rework.extension"),
            *("cs.rework.step", "cs.rework.time", "cs.rework.timer", "cs.rework.report", "cs.contractor.scorecard"),
            *("cs.contractor.rank", "cs.inspection", "cs.signature", "cs.liability", "cs.rework.end", "cs.sign"),
        ):
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(model=model, operation=operation):
                    self.assertFalse(env[model].has_access(operation))
        for method in (
            *("action_accept", "action_start", "action_finish", "action_timer_start", "action_take_proposal"),
            *("action_dispatch", "action_reopen", "action_refuse_proposal", "phone_order"),
        ):
            for order in (order_1, order_2):
                with self.subTest(method=method), self.assertRaises(AccessError):
                    call_kw(env["cs.rework"], method, [order.ids], {})
        with self.assertRaises(AccessError):
            call_kw(env["cs.rework"], "phone_send", [order_1.ids, [{"key": "a", "kind": "note", "text": "x"}]], {})
        with self.assertRaises(AccessError):
            call_kw(env["cs.rework"], "phone_orders", [], {})
        for method in ("_contractor_accept", "_contractor_finish", "_contractor_order"):
            with self.assertRaises(AccessError):
                call_kw(env["cs.rework"], method, [order_1.ids], {})

    def test_methods_check_the_contractor_themselves(self):
        self.at_work(self.order_2, self.user_2)
        other = self.order_2.with_user(self.user_1)
        for call in (
            other._contractor_accept,
            other._contractor_arrive,
            lambda: other._contractor_decline("No"),
            lambda: other._contractor_propose(fields.Datetime.to_datetime("2030-01-01 10:00:00")),
            lambda: other._contractor_add_material("Pipe", 1),
            lambda: other._contractor_remove_material(self.order_2.line_ids.id),
            lambda: other._contractor_add_photo("before", PNG),
            lambda: other._contractor_finish("Done"),
            lambda: self.order_2.with_user(self.agent)._contractor_accept(),
        ):
            with self.assertRaises(AccessError):
                call()
        self.assertFalse(other._contractor_photo(self.order_2.photo_ids.id))

    def test_files_of_orders_are_not_found_through_web_image(self):
        self.at_work(self.order_2, self.user_2)
        photo = self.order_2.photo_ids
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "cs.rework.photo"), ("res_id", "=", photo.id), ("res_field", "=", "image")]
        )
        self.login(self.user_1)
        self.assertNotEqual(self.url_open(f"/web/content/{attachment.id}").status_code, 200)
        content = self.url_open(f"/web/image/cs.rework.photo/{photo.id}/image").content
        self.assertNotEqual(content, base64.b64decode(photo.image))
        reports = self.env["ir.actions.report"].with_user(self.user_1)
        for name in ("cs_rework", "cs_rework_completion"):
            with self.assertRaises(AccessError):
                reports._render_qweb_html(f"customer_service_addon.report_{name}", self.order_1.ids)


@tagged("post_install", "-at_install")
class TestReworkSignOnPortal(PortalCommon, CsReworkCommon):
    """R-05: the customer signs the completion on the page of his case, nobody else does."""

    def order_of(self, case):
        case.action_open_rework()
        order = case.rework_ids
        order.write({"cost_class": "b", "trade_ids": self.plumbing.ids, "technician_ids": self.crew[:1].ids})
        order.task = "<p>Repair the pipe</p>"
        order.action_dispatch()
        own = order.with_user(self.repairer)
        own.action_start()
        own.work_note = "<p>Pipe replaced</p>"
        own.action_finish()
        return order

    def test_he_signs(self):
        order = self.order_of(self.case_a)
        self._login(self.portal_a)
        page = self.url_open(f"/my/cases/{self.case_a.id}").text
        self.assertIn("Pipe replaced", page)
        self.assertIn(
            "type the name", self._post(f"/my/cases/{self.case_a.id}/repairs/{order.id}/sign", name=" ").text.lower()
        )
        with freeze_time("2026-06-01 05:00:00"):
            self._post(f"/my/cases/{self.case_a.id}/repairs/{order.id}/sign", name="Customer A")
        signature = order.signature_ids
        self.assertRecordValues(
            signature,
            [
                {
                    "topic": "completion",
                    "role": "customer",
                    "how": "portal",
                    "signer_name": "Customer A",
                    "partner_id": self.portal_a.partner_id.id,
                    "is_current": True,
                }
            ],
        )
        self.assertTrue(signature.document_id and signature.sha256 and signature.address)
        self.assertNotIn("o_cs_repair_sign", self.url_open(f"/my/cases/{self.case_a.id}").text)

    def test_he_signs_with_the_link_of_his_mail(self):
        order = self.order_of(self.case_a)
        token = self.case_a._portal_ensure_token()
        page = self.url_open(f"/my/cases/{self.case_a.id}?access_token={token}").text
        csrf = re.search(r'csrf_token" value="([^"]+)"', page).group(1)
        self.url_open(
            f"/my/cases/{self.case_a.id}/repairs/{order.id}/sign?access_token={token}",
            data={"csrf_token": csrf, "name": "Customer A"},
        )
        self.assertRecordValues(
            order.signature_ids, [{"how": "portal", "partner_id": self.portal_a.partner_id.id, "is_current": True}]
        )

    def test_nobody_signs_for_another(self):
        order = self.order_of(self.case_b)
        self._login(self.portal_a)
        self.assertNotIn("Pipe replaced", self.url_open(f"/my/cases/{self.case_b.id}").text)
        token = self.case_a._portal_ensure_token()
        for case in (self.case_a, self.case_b):
            for query in ("", f"?access_token={token}"):
                self._post(f"/my/cases/{case.id}/repairs/{order.id}/sign{query}", name="Customer A")
        self.assertIn(self.url_open(f"/my/cases/{self.case_b.id}/repairs/{order.id}/sign").status_code, (404, 405))
        self.assertFalse(order.signature_ids)


@tagged("post_install", "-at_install")
class TestReworkPortalTour(RepairPortalCommon):
    """The contractor on his phone, from the invitation to done."""

    browser_size = "390x844"

    def test_contractor(self):
        order = self.contractor_order()
        self.start_tour("/my/repairs", "cs_contractor_portal_tour", login=self.user_1.login)
        self.assertEqual((order.state, order.line_ids.quantity), ("done", 12))
        self.assertIn("Twelve tiles", order.work_note)
        self.assertEqual(order.photo_ids.mapped("kind"), ["after"])
