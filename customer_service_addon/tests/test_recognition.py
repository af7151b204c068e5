from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import BaseCase, Form, tagged

from odoo.addons.customer_service_addon.services.contact_keys import object_key, phone_e164, phone_tail

from .common import CsCommon

PARTNERS = 200_000


@tagged("post_install", "-at_install")
class TestContactKeys(BaseCase):
    """I-02: a number is the same number however it is typed."""

    def test_ways_to_type_a_chinese_mobile(self):
        for text in ("13800138000", "138 0013 8000", "+86 138-0013-8000", "0086 138 0013 8000", "(86)13800138000"):
            with self.subTest(text=text):
                self.assertEqual(phone_tail(text), "00138000"[-8:])
        for text in ("13800138000", "138 0013 8000", "+86 138-0013-8000", "0086 138 0013 8000"):
            with self.subTest(text=text):
                self.assertEqual(phone_e164(text, "CN"), "+8613800138000")

    def test_landline_with_and_without_area_code(self):
        self.assertEqual(phone_e164("021 6000-1234", "CN"), "+862160001234")
        self.assertEqual(phone_tail("021 6000-1234"), phone_tail("6000 1234"))

    def test_what_is_no_number(self):
        for text in ("", None, "abc", "12", "+", "call me"):
            with self.subTest(text=text):
                self.assertFalse(phone_e164(text, "CN"))
                self.assertFalse(phone_tail(text))

    @settings(max_examples=200, deadline=None)
    @given(st.integers(min_value=13000000000, max_value=19999999999), st.lists(st.sampled_from(" -.()/"), max_size=6))
    def test_separators_never_matter(self, number, separators):
        text = str(number)
        for position, separator in enumerate(separators):
            text = text[: position * 2] + separator + text[position * 2 :]
        self.assertEqual(phone_tail(text), str(number)[-8:])

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=40))
    def test_object_key_is_stable(self, text):
        key = object_key(text)
        self.assertEqual(object_key(key), key)
        self.assertEqual(object_key(f" {text}- "), key)


@tagged("post_install", "-at_install")
class TestRecognition(CsCommon):
    """I-02: the customer's file and open cases are on the screen before anything is typed twice."""

    def _recognise(self, **values):
        return self.env["cs.case"].with_user(self.agent)._recognise(**values)

    def test_found_by_number_address_and_object(self):
        self.assertEqual(self._recognise(phone="0086 138 0013 8000"), self.customer)
        self.assertEqual(self._recognise(phone="00138000"), self.customer)
        self.assertEqual(self._recognise(email="Chen <CHEN.WEI@bluefleet.example>"), self.customer)
        self.make_case(object_ref="沪A-12345")
        self.assertEqual(self._recognise(object_ref="沪 a 12345"), self.customer)
        self.assertFalse(self._recognise(phone="13912345678", email="nobody@nowhere.example", object_ref="X"))

    def test_search_box_finds_numbers_however_they_are_typed(self):
        """The list finds a caller by any way of typing the number, an address, or a part of either."""
        case = self.make_case(phone="+86 138 0013 8000", email_from="Chen Wei <chen.wei@bluefleet.example>")
        other = self.make_case(phone="+86 139 1111 2222", email_from="li@elsewhere.example", partner_id=False)
        cases = self.env["cs.case"].with_user(self.agent)
        for text in (
            "13800138000",
            "0086-138-0013-8000",
            "(138) 0013 8000",
            "chen.wei@bluefleet.example",
            "8000",
            "bluefleet",
        ):
            with self.subTest(text=text):
                found = cases.search([("contact", "ilike", text)])
                self.assertIn(case, found)
                self.assertNotIn(other, found)

    def test_several_people_on_one_number_are_all_offered_archived_ones_not(self):
        wife = self.env["res.partner"].create({"name": "Li Na", "phone": "13800138000"})
        self.env["res.partner"].create({"name": "Left", "phone": "13800138000", "active": False})
        self.assertEqual(self._recognise(phone="138 0013 8000"), self.customer | wife)
        with Form(self.env["cs.case"].with_user(self.agent)) as form:
            form.phone = "138 0013 8000"
            self.assertFalse(form.partner_id)
            self.assertEqual(form.candidate_partner_ids.ids, [self.customer.id, wife.id])
            form.partner_id = wife
            form.subject = "Which of the two"
        self.assertEqual(form.record.partner_name, "Li Na")

    def test_typing_the_number_fills_in_the_customer(self):
        with Form(self.env["cs.case"].with_user(self.agent)) as form:
            form.phone = "0086-13800138000"
            self.assertEqual(form.partner_id, self.customer)
            self.assertEqual(form.email_from, "chen.wei@bluefleet.example")
            self.assertEqual(form.phone, "0086-13800138000", "what was typed stays")
            form.subject = "Brakes"

    def test_panel_before_saving(self):
        known = self.make_case(subject="Brake noise", object_ref="A1")
        hidden = self.make_case(
            self.other_agent, subject="Very secret subject", team_id=self.other_team.id, object_ref="B2"
        )
        form = Form(self.env["cs.case"].with_user(self.agent))
        form.phone = "13800138000"
        form.subject = "Noise of the brake"
        panel = form.customer_panel
        self.assertIn(known.name, panel)
        self.assertIn("Brake noise", panel)
        self.assertIn("Agent of another team", panel)
        self.assertIn(hidden.name, panel)
        self.assertNotIn("Very secret subject", panel)
        self.assertNotIn(f"/odoo/cs.case/{hidden.id}", panel)
        form.object_ref = "a-1"
        self.assertIn("Perhaps registered already", form.customer_panel)

    def test_panel_escapes_what_customers_write(self):
        self.make_case(subject="<script>alert(1)</script>")
        form = Form(self.env["cs.case"].with_user(self.agent))
        form.partner_id = self.customer
        self.assertNotIn("<script>", form.customer_panel)

    def test_panel_is_for_agents_only(self):
        case = self.make_case(department_id=self.department.id)
        self.make_case()
        self.assertFalse(case.with_user(self.head).customer_panel)

    def test_intake_finds_the_customer_only_when_sure(self):
        Case = self.env["cs.case"]
        by_mail, by_phone, unknown = Case.create(
            [
                {"subject": "a", "email_from": "chen.wei@bluefleet.example"},
                {"subject": "b", "phone": "138 0013 8000", "partner_name": "A colleague"},
                {"subject": "c", "phone": "139 9999 9999"},
            ]
        )
        self.assertEqual((by_mail | by_phone).partner_id, self.customer)
        self.assertEqual(by_phone.partner_name, "A colleague")
        self.assertEqual(by_mail.phone, self.customer.phone)
        self.assertFalse(unknown.partner_id)
        self.env["res.partner"].create({"name": "Twin", "email": "chen.wei@bluefleet.example"})
        self.assertFalse(Case.create({"subject": "d", "email_from": "chen.wei@bluefleet.example"}).partner_id)

    def test_caller_becomes_a_contact(self):
        case = self.make_case(partner_id=False, partner_name="Zhao", phone="139 9999 9999")
        case.action_create_customer()
        self.assertEqual((case.partner_id.name, case.partner_id.cs_phone_e164), ("Zhao", "+8613999999999"))
        with self.assertRaisesRegex(UserError, "has a customer"):
            case.action_create_customer()

    def test_counts_on_the_partner(self):
        self.make_case()
        self.make_case(partner_id=self.firm.id)
        self.assertEqual(self.firm.with_user(self.agent).cs_case_count, 2)
        self.assertEqual(self.customer.with_user(self.agent).cs_case_count, 1)
        action = self.firm.with_user(self.agent).action_view_cs_cases()
        self.assertEqual(self.env["cs.case"].with_user(self.agent).search_count(action["domain"]), 2)

    def test_lookups_use_their_index_at_two_hundred_thousand(self):
        cr = self.env.cr
        cr.execute(
            """
            INSERT INTO res_partner (name, complete_name, active, type, phone, cs_phone_e164, cs_phone_tail,
                                     email, email_normalized, autopost_bills, cs_portal_scope)
            SELECT 'P' || n, 'P' || n, TRUE, 'contact', '1' || n, '+861' || n, right('00000000' || n, 8),
                   'p' || n || '@many.example', 'p' || n || '@many.example', 'ask', 'own'
              FROM generate_series(1, %s) AS n
            """,
            [PARTNERS],
        )
        cr.execute("ANALYZE res_partner")
        Partner = self.env["res.partner"].with_user(self.agent)
        for domain in self.env["cs.case"]._recognition_domains("+86 139 0013 8000", "p77@many.example"):
            with self.subTest(domain=domain):
                self.assertFalse(self._scans("res_partner", Partner, domain))
        cr.execute(
            """
            INSERT INTO cs_case (name, subject, company_id, type_id, stage_id, meaning, priority, active, received_at,
                                 registered_at, object_key)
            SELECT 'OLD-' || n, 'x', %s, %s, %s, 'closed', '0', TRUE, now(), now(), 'K' || n
              FROM generate_series(1, %s) AS n
            """,
            [self.company.id, self.type_inquiry.id, self.stage("closed").id, PARTNERS // 4],
        )
        cr.execute("ANALYZE cs_case")
        Case = self.env["cs.case"].sudo()
        self.assertFalse(self._scans("cs_case", Case, [("object_key", "=", "K77"), ("partner_id", "!=", False)]))

    def _scans(self, table, model, domain):
        """Return the plan when it scans ``table`` from end to end, else False."""
        query = model._search(domain, limit=8)
        sql = query.select()
        self.env.cr.execute(f"EXPLAIN {sql.code}", list(sql.params))
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        return f"Seq Scan on {table}" in plan and plan
