import inspect
import io
import json
import re

from pypdf import PdfReader

from odoo import fields
from odoo.exceptions import AccessError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CsCommon

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f00038601805a347d6b0000000049454e44ae426082"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


class PortalCommon(HttpCase, CsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_a = new_test_user(cls.env, login="portal_a", groups="base.group_portal", name="Customer A")
        cls.portal_b = new_test_user(cls.env, login="portal_b", groups="base.group_portal", name="Customer B")
        (cls.portal_a | cls.portal_b).partner_id.email = "portal@portal.example"
        cls.case_a = cls.make_case(partner_id=cls.portal_a.partner_id.id, subject="Brake noise of A")
        cls.case_b = cls.make_case(partner_id=cls.portal_b.partner_id.id, subject="Secret of B")
        cls.note_b = cls.case_b.message_post(body="Between us", subtype_xmlid="mail.mt_note")
        cls.public_b = cls.case_b.message_post(
            body="To B", subtype_xmlid="mail.mt_comment", attachments=[("secret.txt", b"secret text of B")]
        )

    def _csrf(self):
        return re.search(r'csrf_token" value="([^"]+)"', self.url_open("/my/cases/new").text).group(1)

    def _post(self, url, **data):
        return self.url_open(url, data={"csrf_token": self._csrf(), **data})

    def _login(self, user):
        self.authenticate(user.login, user.login)


@tagged("post_install", "-at_install")
class TestPortalAccess(PortalCommon):
    """Must show 4: A can't read, count, close, comment, download or guess anything of B (peers 3.9 #14)."""

    def test_pages_of_another_customer(self):
        self._login(self.portal_a)
        self.assertIn("Brake noise of A", self.url_open("/my/cases").text)
        self.assertNotIn("Secret of B", self.url_open("/my/cases?filterby=all").text)
        for url in (
            f"/my/cases/{self.case_b.id}",
            f"/my/cases/{self.case_b.id}?report_type=pdf",
            f"/my/cases/{self.case_b.id}?access_token=guess",
            f"/my/cases/{self.case_b.id}?access_token={self.case_a._portal_ensure_token()}",
            "/my/cases/999999999",
        ):
            with self.subTest(url=url):
                response = self.url_open(url)
                self.assertTrue(response.url.endswith("/my"))
                self.assertNotIn("Secret of B", response.text)

    def test_actions_on_another_customers_case(self):
        self.case_b._cs_as_server().write({"first_answered_at": "2026-01-01"})
        self.case_b._move_to("solved")
        self._login(self.portal_a)
        for action in ("confirm", "reopen"):
            response = self._post(f"/my/cases/{self.case_b.id}/{action}", reason="Mine")
            self.assertTrue(response.url.endswith("/my"))
        self.assertEqual((self.case_b.meaning, self.case_b.reopen_count), ("solved", 0))

    def test_changes_need_post_and_token(self):
        self.case_a._cs_as_server().write({"first_answered_at": "2026-01-01"})
        self.case_a._move_to("solved")
        self._login(self.portal_a)
        for action in ("confirm", "reopen"):
            self.assertIn(self.url_open(f"/my/cases/{self.case_a.id}/{action}").status_code, (404, 405))
            self.assertEqual(
                self.url_open(f"/my/cases/{self.case_a.id}/{action}", data={"reason": "x"}).status_code, 400
            )
        self.assertEqual(self.case_a.meaning, "solved")

    def test_rpc_reads_only_own_rows_and_listed_fields(self):
        Case = self.env["cs.case"].with_user(self.portal_a)
        self.assertEqual(Case.search([]), self.case_a)
        self.assertEqual(Case.search_count([("subject", "ilike", "Secret")]), 0)
        self.assertFalse(call_kw(Case, "name_search", ["Secret"], {}))
        with self.assertRaises(AccessError):
            self.case_b.with_user(self.portal_a).read(["subject"])
        self.assertEqual(self.case_a.with_user(self.portal_a).read(["subject"])[0]["subject"], "Brake noise of A")
        for name in ("access_token", "assign_reason", "priority", "user_id", "handover_ids", "promise_ids"):
            with self.subTest(name=name):
                with self.assertRaises(AccessError):
                    self.case_a.with_user(self.portal_a).read([name])
                with self.assertRaises(AccessError):
                    Case.search([(name, "!=", False)])
                with self.assertRaises(AccessError):
                    call_kw(Case, "formatted_read_group", [[]], {"groupby": [name], "aggregates": ["__count"]})

    def test_rpc_writes_nothing(self):
        Case = self.env["cs.case"].with_user(self.portal_a)
        with self.assertRaises(AccessError):
            Case.create({"subject": "Forged", "partner_id": self.portal_a.partner_id.id})
        with self.assertRaises(AccessError):
            self.case_a.with_user(self.portal_a).write({"subject": "Changed"})
        for model in ("cs.handover", "cs.promise", "cs.hold", "cs.forward", "cs.turn", "cs.team", "cs.answer"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.portal_a).search([])

    def test_no_public_method_changes_anything_for_a_customer(self):
        """Every method of ours that RPC can reach, called on the customer's own and on a foreign case."""
        self.case_a._cs_as_server().write({"first_answered_at": "2026-01-01"})
        names = [
            name
            for name in dir(type(self.case_a))
            if name.startswith("action_") and callable(getattr(type(self.case_a), name, None))
        ]
        self.assertGreater(len(names), 15)
        for case in (self.case_a, self.case_b):
            before = case.sudo().read(["meaning", "user_id", "team_id", "subject", "partner_id", "confirmation"])
            for name in names:
                method = get_public_method(self.env["cs.case"], name)
                if [p for p in list(inspect.signature(method).parameters.values())[1:] if p.default is p.empty]:
                    continue
                self._call_as_customer(case, name)
            self.env.invalidate_all()
            after = case.sudo().read(["meaning", "user_id", "team_id", "subject", "partner_id", "confirmation"])
            self.assertEqual(before, after)

    def _call_as_customer(self, case, name):
        """Call and forget: what counts is that nothing has changed."""
        try:
            with self.env.cr.savepoint():
                call_kw(case.with_user(self.portal_a), name, [case.ids], {"context": {"_cs_server": True}})
                self.env.flush_all()
        except Exception as error:  # noqa: BLE001
            self.assertTrue(str(error))

    def test_json2_api(self):
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.portal_a)
            ._generate("rpc", "test", fields.Datetime.add(fields.Datetime.now(), hours=1))
        )
        headers = {"Authorization": f"bearer {key}", "Content-Type": "application/json"}

        def call(method, **values):
            return self.url_open(f"/json/2/cs.case/{method}", data=json.dumps(values), headers=headers)

        self.assertEqual(call("search", domain=[]).json(), self.case_a.ids)
        self.assertEqual(call("read", ids=self.case_b.ids, fields=["subject"]).status_code, 403)
        self.assertEqual(call("write", ids=self.case_a.ids, vals={"subject": "x"}).status_code, 403)
        self.assertNotIn("Secret", call("read", ids=self.case_b.ids, fields=["subject"]).text)

    def test_attachments_and_messages_of_another_customer(self):
        attachment = self.public_b.attachment_ids
        self._login(self.portal_a)
        for url in (f"/web/content/{attachment.id}", f"/web/image/{attachment.id}"):
            self.assertNotIn("secret text", self.url_open(url).text)
        with self.assertRaises(AccessError):
            attachment.with_user(self.portal_a).read(["raw"])
        with self.assertRaises(AccessError):
            self.public_b.with_user(self.portal_a).read(["body"])
        self.assertTrue(self.public_b.with_user(self.portal_b).read(["body"]))
        written = self.case_b.message_post(body="We", message_type="comment", subtype_xmlid="mail.mt_note")
        for note in (self.note_b, written):
            with self.subTest(kind=note.message_type), self.assertRaises(AccessError):
                note.with_user(self.portal_b).read(["body"])

    def test_chatter_of_another_customer(self):
        self._login(self.portal_a)
        count = len(self.case_b.message_ids)
        data = {"thread_model": "cs.case", "thread_id": self.case_b.id, "post_data": {"body": "I am B"}}
        with self.assertRaises(Exception):  # noqa: B017 - the client only sees an error
            self.make_jsonrpc_request("/mail/message/post", data)
        self.assertEqual(len(self.case_b.message_ids), count)

    def test_own_chatter_cannot_be_forged(self):
        self._login(self.portal_a)
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "cs.case",
                "thread_id": self.case_a.id,
                "post_data": {
                    "body": "Is it done?",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_note",
                    "rating_value": 5,
                    "partner_ids": self.portal_b.partner_id.ids,
                },
            },
        )
        message = self.case_a.message_ids.sorted("id")[-1:]
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(message.author_id, self.portal_a.partner_id)
        self.assertNotIn(self.portal_b.partner_id, message.partner_ids)
        self.assertFalse(self.case_a.sudo().rating_ids)
        self.assertTrue(self.case_a.last_customer_at)

    def test_scope_of_the_company(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        (self.portal_a | self.portal_b).partner_id.parent_id = firm
        self.assertEqual(self.env["cs.case"].with_user(self.portal_a).search([]), self.case_a)
        with self.assertRaises(AccessError):
            firm.with_user(self.agent).cs_portal_scope = "company"
        firm.with_user(self.supervisor).cs_portal_scope = "company"
        self.assertEqual(self.env["cs.case"].with_user(self.portal_a).search([]), self.case_a | self.case_b)

    def test_token_opens_one_case_for_reading_and_confirming(self):
        self.case_b._cs_as_server().write({"first_answered_at": "2026-01-01"})
        self.case_b._move_to("solved")
        response = self.url_open(self.case_b.get_portal_url())
        self.assertIn("Secret of B", response.text)
        self.assertNotIn("Between us", response.text)
        token = self.case_b.access_token
        csrf = re.search(r'csrf_token" value="([^"]+)"', response.text).group(1)
        self.url_open(f"/my/cases/{self.case_b.id}/confirm?access_token={token}", data={"csrf_token": csrf})
        self.assertEqual((self.case_b.meaning, self.case_b.confirmation), ("closed", "portal"))


@tagged("post_install", "-at_install")
class TestPortalChange(PortalCommon):
    """Binding: token, follower and attachment links of the former customer stop working (peers 3.9 #15)."""

    def test_old_links_die_with_the_customer(self):
        url = self.case_b.get_portal_url()
        attachment = self.public_b.attachment_ids
        token = attachment.generate_access_token()[0]
        raw = attachment._get_raw_access_token()
        links = [
            f"/web/content/{attachment.id}?access_token={token}",
            f"/web/content/{attachment.id}?access_token={raw}",
        ]
        self.assertIn("Secret of B", self.url_open(url).text)
        self.assertIn("secret text", self.url_open(links[0]).text)
        self.assertIn(self.portal_b.partner_id, self.case_b.message_partner_ids)
        self.case_b.partner_id = self.customer
        self.assertNotIn("Secret of B", self.url_open(url).text)
        for link in links:
            self.assertNotIn("secret text", self.url_open(link).text)
        self.assertNotIn(self.portal_b.partner_id, self.case_b.message_partner_ids)
        self.assertIn(self.customer, self.case_b.message_partner_ids)
        self.assertEqual(self.public_b.attachment_ids.mapped("raw"), [b"secret text of B"])
        self._login(self.portal_b)
        self.assertNotIn("Secret of B", self.url_open("/my/cases?filterby=all").text)

    def test_colleagues_keep_following_each_other(self):
        colleague = self.env["res.partner"].create({"name": "Colleague", "parent_id": self.firm.id})
        case = self.make_case()
        case.message_subscribe(colleague.ids)
        case.partner_id = self.firm
        self.assertIn(colleague, case.message_partner_ids)

    def test_token_cannot_be_written(self):
        with self.assertRaises(AccessError):
            self.case_a.with_user(self.agent).write({"access_token": "known"})


@tagged("post_install", "-at_install")
class TestPortalPages(PortalCommon):
    """Pages that answer bad input with a clear message and keep what was typed."""

    def _form(self, **values):
        data = {
            "type_id": self.type_inquiry.id,
            "subject": "Engine light",
            "description": "It came on yesterday",
            "key": "form-1",
            **values,
        }
        files = data.pop("files", None)
        return self.url_open("/my/cases/new", data={"csrf_token": self._csrf(), **data}, files=files)

    def _requests(self):
        return self.env["cs.case"].search([("partner_id", "=", self.portal_a.partner_id.id)]) - self.case_a

    def test_request_with_photo(self):
        self._login(self.portal_a)
        response = self._form(files={"files": ("light.png", PNG, "image/png")}, object_ref="沪A12345")
        case = self._requests()
        self.assertTrue(response.url.endswith(f"/my/cases/{case.id}"))
        self.assertRecordValues(
            case,
            [
                {
                    "subject": "Engine light",
                    "object_ref": "沪A12345",
                    "partner_id": self.portal_a.partner_id.id,
                    "channel_id": self.env.ref("customer_service_addon.cs_channel_portal").id,
                }
            ],
        )
        self.assertTrue(case.user_id and case.team_id)
        self.assertEqual(case.message_ids.attachment_ids.name, "light.png")
        self.assertIn(case.name, response.text)

    def test_the_same_form_twice_is_one_case(self):
        self._login(self.portal_a)
        self._form()
        self._form()
        self.assertEqual(len(self._requests()), 1)

    def test_bad_input_keeps_what_was_typed(self):
        self._login(self.portal_a)
        for values, message in (
            ({"subject": ""}, "in a few words"),
            ({"type_id": "999999"}, "what kind"),
            ({"type_id": self.env.ref("customer_service_addon.cs_case_type_visit").id}, "what kind"),
            ({"requested_date": "yesterday"}, "year-month-day"),
            ({"object_ref": "x" * 101}, "longer than"),
            ({"files": {"files": ("evil.png", SVG, "image/png")}}, "cannot be sent"),
            ({"files": {"files": ("page.html", b"<html><script>1</script></html>", "image/png")}}, "cannot be sent"),
        ):
            with self.subTest(values=values):
                response = self._form(**values)
                self.assertIn(message, response.text)
                self.assertIn("It came on yesterday", response.text)
        self.assertFalse(self._requests())

    def test_limits_of_the_company(self):
        self.company.write({"cs_portal_file_megabytes": 0, "cs_portal_requests_per_day": 1})
        self._login(self.portal_a)
        self.assertIn("larger than", self._form(files={"files": ("a.png", PNG, "image/png")}).text)
        self._form()
        self.assertIn("1 requests today", self._form(key="form-2").text)
        self.assertEqual(len(self._requests()), 1)

    def test_fields_outside_the_form_are_ignored(self):
        self._login(self.portal_a)
        self._form(name="CS-1", user_id=self.agent_2.id, partner_id=self.portal_b.partner_id.id, is_urgent="1")
        case = self._requests()
        self.assertNotEqual(case.name, "CS-1")
        self.assertFalse(case.is_urgent)

    def test_unknown_sorting_and_filter(self):
        self._login(self.portal_a)
        response = self.url_open("/my/cases?sortby=evil&filterby=evil&search_in=evil&search=Brake")
        self.assertEqual(response.status_code, 200)
        self.assertIn("Brake noise of A", response.text)
        self.assertIn("Nothing was found", self.url_open("/my/cases?search=zzzz").text)

    def test_counter_on_the_home_page(self):
        self._login(self.portal_a)
        self.assertEqual(self.make_jsonrpc_request("/my/counters", {"counters": ["case_count"]})["case_count"], 1)

    def test_confirm_and_reopen(self):
        self.case_a._cs_as_server().write({"first_answered_at": "2026-01-01"})
        self.case_a._move_to("solved")
        self._login(self.portal_a)
        url = f"/my/cases/{self.case_a.id}"
        self.assertIn("Please tell us", self._post(f"{url}/reopen", reason=" ").text)
        self._post(f"{url}/reopen", reason="It still squeals")
        self.assertEqual((self.case_a.meaning, self.case_a.reopen_count), ("open", 1))
        self.assertIn("It still squeals", str(self.case_a.message_ids.mapped("body")))
        self.assertIn("Only a solved request", self._post(f"{url}/confirm").text)
        self.case_a._move_to("solved")
        self._post(f"{url}/confirm")
        self.assertEqual((self.case_a.meaning, self.case_a.confirmation), ("closed", "portal"))

    def test_merged_case_leads_its_own_customer_on(self):
        target = self.make_case(partner_id=self.portal_a.partner_id.id, subject="The one that goes on")
        self.case_a.with_user(self.supervisor)._merge_into(target.with_user(self.supervisor), "Twice")
        self._login(self.portal_a)
        self.assertTrue(self.url_open(f"/my/cases/{self.case_a.id}").url.endswith(f"/my/cases/{target.id}"))
        self._login(self.portal_b)
        self.assertTrue(self.url_open(f"/my/cases/{self.case_a.id}").url.endswith("/my"))

    def test_print(self):
        self._login(self.portal_a)
        response = self.url_open(f"/my/cases/{self.case_a.id}?report_type=html")
        self.assertIn(self.case_a.name, response.text)

    def test_print_as_pdf(self):
        """A customer prints his case sheet; nobody else's, not even with the address at hand."""
        self._login(self.portal_a)
        with self.real_prints() as printed:
            response = self.url_open(f"/my/cases/{self.case_a.id}?report_type=pdf&download=true")
        self.assertEqual(printed, [self.case_a.ids])
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)
        self.assertIn(self.case_a.name, text)
        self._login(self.portal_b)
        refused = self.url_open(f"/my/cases/{self.case_a.id}?report_type=pdf&download=true")
        self.assertTrue(refused.url.endswith("/my"))
        self.assertNotIn("application/pdf", refused.headers["Content-Type"])

    def test_list_costs_the_same_with_eighty_cases(self):
        self._login(self.portal_a)
        self.url_open("/my/cases")
        few = self._queries()
        self.env["cs.case"].create(
            [
                {"subject": f"Case {n}", "partner_id": self.portal_a.partner_id.id, "team_id": self.team.id}
                for n in range(70)
            ]
        )
        self.env["cs.case"].search([("partner_id", "=", self.portal_a.partner_id.id)]).mapped("name")
        many = self._queries()
        self.assertLessEqual(many - few, 3, f"2 cases: {few} queries, 71 cases: {many}")

    def _queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(self.url_open("/my/cases").status_code, 200)
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestPortalTour(PortalCommon):
    def test_customer_registers_comments_and_confirms(self):
        self.start_tour("/my/cases", "cs_portal_request", login="portal_a")
        case = self.env["cs.case"].search([("subject", "=", "Rattling door")])
        self.assertEqual(case.partner_id, self.portal_a.partner_id)
        self.assertIn("Any news?", str(case.message_ids.mapped("body")))
        case._cs_as_server().write({"first_answered_at": "2026-01-01"})
        case._move_to("solved")
        self.start_tour("/my/cases", "cs_portal_confirm", login="portal_a")
        self.assertEqual(case.meaning, "closed")
