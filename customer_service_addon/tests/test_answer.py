from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import BaseCase, Form, tagged

from odoo.addons.customer_service_addon.services.placeholders import fill, generalise, unknown_placeholders

from .test_promise import CsPromiseCommon


@tagged("post_install", "-at_install")
class TestPlaceholders(BaseCase):
    """Plain replacement: nothing is evaluated, nothing is lost."""

    def test_known_ones_are_replaced_and_others_stay(self):
        self.assertEqual(fill("{{a}} {{ b }} {{c}} {x}", {"a": "1", "b": "{{a}}"}), "1 {{a}} {{c}} {x}")

    def test_unknown_ones_are_named(self):
        self.assertEqual(
            unknown_placeholders("{{number}} {{object.env}} {{nmber}}", {"number"}), ["{{nmber}}", "{{", "}}"]
        )
        self.assertEqual(unknown_placeholders("{{number}} }", {"number"}), [])

    def test_names_become_placeholders_outside_of_tags_only(self):
        text = '<a title="Chen Wei">Dear Chen Wei Jr., ask Chen about CS-1 and CS-10</a>尊敬的陈伟先生'
        values = {"customer": "Chen Wei", "number": "CS-1", "owner": "陈伟", "object": "C"}
        self.assertEqual(
            generalise(text, values),
            '<a title="Chen Wei">Dear {{customer}} Jr., ask Chen about {{number}} and CS-10</a>尊敬的{{owner}}先生',
        )


@tagged("post_install", "-at_install")
class TestAnswer(CsPromiseCommon):
    """Answering, and answers worth keeping (I-06, 话术/知识库)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer_return = cls._answer("How to send it back", "<p>Dear {{customer}}, {{number}}: pack it well.</p>")
        cls.for_customer = cls.env.ref("customer_service_addon.cs_hold_reason_customer")

    @classmethod
    def _answer(cls, name, body, approved=True, **values):
        answer = cls.env["cs.answer"].create({"name": name, "body": body, **values})
        if approved:
            answer.with_user(cls.supervisor).action_approve()
        return answer

    def _wizard(self, case, user=None, **values):
        return (
            self.env["cs.answer.wizard"]
            .with_user(user or self.agent)
            .create({"case_id": case.id, "body": "<p>It is ready.</p>", **values})
        )

    def _offered(self, case, text=""):
        found = self.env["cs.answer"].with_user(self.agent).with_context(cs_answer_case_id=case.id).name_search(text)
        return [answer_id for answer_id, _name in found]

    # Answering

    def test_answer_by_phone_solves_and_keeps_the_promise(self):
        case = self.make_case()
        self._wizard(case, how="phone", then="solved").action_confirm()
        self.assertEqual((case.meaning, case.promise_ids.state), ("solved", "kept"))
        self.assertTrue(case.first_answered_at)
        self.assertIn("It is ready.", case.message_ids[:5].mapped("body").__str__())

    def test_what_stays_open_gets_a_new_promise(self):
        case = self.make_case()
        wizard = self._wizard(case, how="phone", then="open")
        self.assertEqual(str(wizard.next_promise_at), "2026-06-02 02:00:00")
        wizard.action_confirm()
        self.assertEqual(case.meaning, "open")
        self.assertEqual(sorted(case.promise_ids.mapped("state")), ["kept", "open"])
        self.assertEqual(str(case.next_promise_at), "2026-06-02 02:00:00")

    def test_staying_open_without_a_new_time_is_refused(self):
        case = self.make_case()
        wizard = self._wizard(case, then="open")
        wizard.next_promise_at = False
        with self.assertRaisesRegex(UserError, "new time"):
            wizard.action_confirm()
        self.assertFalse(case.first_answered_at)

    def test_waiting_for_the_customer_is_a_hold(self):
        case = self.make_case()
        self._wizard(case, how="phone", then="waiting", hold_until="2026-06-05 02:00:00").action_confirm()
        self.assertEqual(case.meaning, "waiting")
        self.assertEqual(case.hold_ids.reason_id.waits_for, "customer")

    def test_empty_answer_is_refused(self):
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "empty"):
            self._wizard(case, body="<p><br></p>").action_confirm()
        self.assertEqual(case.meaning, "new")

    def test_open_work_refuses_solving_and_posts_nothing(self):
        case = self.make_case()
        case.activity_schedule("mail.mail_activity_data_todo", summary="Call the workshop", automated=False)
        count = len(case.message_ids)
        with self.assertRaisesRegex(UserError, "Call the workshop"), self.env.cr.savepoint():
            self._wizard(case, how="phone", then="solved").action_confirm()
        self.env.invalidate_all()
        self.assertEqual((case.meaning, len(case.message_ids)), ("new", count))

    def test_attachments_come_along(self):
        case = self.make_case()
        attachment = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create({"name": "manual.txt", "raw": b"text", "res_model": "cs.answer.wizard", "res_id": 0})
        )
        self._wizard(case, how="phone", attachment_ids=[Command.set(attachment.ids)]).action_confirm()
        self.assertEqual((attachment.res_model, attachment.res_id), ("cs.case", case.id))
        self.assertIn(attachment, case.message_ids.attachment_ids)

    def test_somebody_elses_case_is_not_answered(self):
        case = self.make_case(department_id=self.department.id)
        for user in (self.other_agent, self.head, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._wizard(case, user).action_confirm()
        self.assertFalse(case.first_answered_at)

    def test_chosen_answer_fills_the_text_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.answer_return.with_context(lang="zh_CN").body = "<p>{{customer}}您好，{{number}}：请妥善包装。</p>"
        self.customer.lang = "zh_CN"
        case = self.make_case()
        with Form(self.env["cs.answer.wizard"].with_user(self.agent).with_context(default_case_id=case.id)) as form:
            form.answer_id = self.answer_return
            self.assertIn(f"Chen Wei您好，{case.name}：请妥善包装。", form.body)

    def test_using_an_answer_counts(self):
        case = self.make_case()
        self._wizard(case, how="phone", answer_id=self.answer_return.id).action_confirm()
        self.assertEqual(self.answer_return.use_count, 1)

    def test_values_are_escaped_and_never_rendered(self):
        case = self.make_case(partner_id=False, partner_name="<b>{{number}}</b>", object_ref="<script>1</script>")
        answer = self._answer("Escaped", "<p>{{customer}} {{object}}</p>")
        filled = answer._fill_for(case)
        self.assertIn("&lt;b&gt;{{number}}&lt;/b&gt;", filled)
        self.assertNotIn("<script>", filled)

    # Reusable answers

    def test_unknown_placeholder_is_refused_when_saved(self):
        for body in ("<p>{{object.env.cr}}</p>", "<p>{{nubmer}}</p>", "<p>{{ }}</p>", "<p>{{number</p>"):
            with self.subTest(body=body), self.assertRaisesRegex(ValidationError, "unknown placeholder"):
                self._answer("Wrong", body)

    def test_every_promised_placeholder_is_filled(self):
        case = self.make_case(object_ref="SN-77", phone="021 6000 1234")
        answer = self._answer(
            "All",
            "<p>{{number}}|{{subject}}|{{customer}}|{{company_of_customer}}|{{phone}}|{{object}}|{{owner}}|{{team}}|"
            "{{promise}}|{{verdict}}|{{reason}}</p>",
        )
        filled = answer._fill_for(case)
        self.assertNotIn("{{", filled)
        for part in (
            case.name,
            "Brake noise",
            "Chen Wei",
            "Blue Fleet Ltd",
            "021 6000 1234",
            "SN-77",
            "Hotline",
            "6/2/26",
        ):
            self.assertIn(part, filled)

    def test_offered_by_type_category_and_text(self):
        brakes = self.env["cs.category"].create({"name": "Brakes"})
        pads = self.env["cs.category"].create({"name": "Pads", "parent_id": brakes.id})
        self.env["cs.answer"].search([]).active = False
        general = self._answer("General greeting", "<p>Thank you.</p>")
        typed = self._answer("Inquiry", "<p>An answer.</p>", type_ids=[Command.set(self.type_inquiry.ids)])
        exact = self._answer("Brakes", "<p>Squeaking is normal.</p>", category_ids=[Command.set(brakes.ids)])
        praise = self._answer("Thanks", "<p>Thank you.</p>", type_ids=[Command.set(self.type_praise.ids)])
        case = self.make_case(category_id=pads.id)
        self.assertEqual(self._offered(case), [exact.id, typed.id, general.id])
        self.assertEqual(self._offered(case, "squeaking"), [exact.id])
        self.assertEqual(self._offered(self.make_case(type_id=self.type_praise.id))[0], praise.id)

    def test_two_characters_of_chinese_are_found(self):
        self.env["cs.answer"].search([]).active = False
        brake = self._answer("刹车异响处理", "<p>请到店检查。</p>")
        refund = self._answer("退款流程", "<p>三个工作日内到账，刹车除外。</p>")
        case = self.make_case()
        self.assertEqual(self._offered(case, "刹车"), [brake.id, refund.id])
        self.assertEqual(self._offered(case, "退款"), [refund.id])
        self.assertEqual(self._offered(case, "保险"), [])

    def test_what_is_used_often_comes_first(self):
        self.env["cs.answer"].search([]).active = False
        first, second = self._answer("A", "<p>A</p>"), self._answer("B", "<p>B</p>")
        first._count_use()
        self.assertEqual(self._offered(self.make_case()), [first.id, second.id])

    def test_answers_of_other_teams_and_companies_are_not_offered(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self._answer("Foreign", "<p>F</p>", company_id=other.id, approved=False)
        foreign._cs_as_server().write({"state": "approved"})
        theirs = self._answer("Theirs", "<p>T</p>", team_id=self.other_team.id)
        offered = self._offered(self.make_case())
        self.assertNotIn(foreign.id, offered)
        self.assertNotIn(theirs.id, offered)
        self.assertIn(self.answer_return.id, offered)

    def test_offers_for_a_case_one_cannot_read_are_refused(self):
        case = self.make_case()
        with self.assertRaises(AccessError):
            self.env["cs.answer"].with_user(self.other_agent).with_context(cs_answer_case_id=case.id).name_search("")

    def test_proposed_ones_are_seen_by_author_and_supervisors_only(self):
        answer = self.env["cs.answer"].with_user(self.agent).create({"name": "Mine", "body": "<p>Text</p>"})
        self.assertEqual((answer.state, answer.author_id), ("proposed", self.agent))
        self.assertTrue(answer.with_user(self.supervisor).read(["body"]))
        with self.assertRaises(AccessError):
            answer.with_user(self.agent_2).read(["body"])
        answer.with_user(self.supervisor).action_approve()
        self.assertTrue(answer.with_user(self.agent_2).read(["body"]))
        self.assertEqual(answer.approved_by_id, self.supervisor)

    def test_agents_propose_and_do_not_approve(self):
        answer = self.env["cs.answer"].with_user(self.agent).create({"name": "Mine", "body": "<p>Text</p>"})
        answer.body = "<p>Better text</p>"
        with self.assertRaises(AccessError):
            answer.action_approve()
        with self.assertRaises(AccessError):
            answer.write({"state": "approved"})
        with self.assertRaises(AccessError):
            answer.create({"name": "Forged", "body": "<p>x</p>", "state": "approved"})
        with self.assertRaises(AccessError):
            answer.create({"name": "Forged", "body": "<p>x</p>", "author_id": self.agent_2.id})
        answer.with_user(self.supervisor).action_approve()
        with self.assertRaises(AccessError):
            answer.body = "<p>Changed behind the supervisor's back</p>"
        answer.with_user(self.supervisor).action_withdraw()
        self.assertEqual(answer.state, "proposed")

    def test_scripts_do_not_survive(self):
        answer = self._answer("Script", "<p onclick='x()'>Hi<script>alert(1)</script></p>")
        self.assertNotIn("script", answer.body)
        self.assertNotIn("onclick", answer.body)

    def test_good_answer_becomes_reusable_with_one_click(self):
        case = self.make_case(subject="Order of Blue Fleet Ltd", object_ref="SN-77")
        self.answer(case, "<p>Dear Chen Wei of Blue Fleet Ltd, your SN-77 (%s) is ready.</p>" % case.name)
        action = case.with_user(self.agent).action_make_reusable()
        answer = self.env["cs.answer"].browse(action["res_id"])
        self.assertEqual(
            answer.body,
            "<p>Dear {{customer}} of {{company_of_customer}}, your {{object}} ({{number}}) is ready.</p>",
        )
        self.assertEqual(answer.name, "Order of {{company_of_customer}}")
        self.assertEqual((answer.state, answer.author_id, answer.type_ids), ("proposed", self.agent, self.type_inquiry))

    def test_reusable_from_the_wizard(self):
        case = self.make_case()
        wizard = self._wizard(case, body=f"<p>Dear Chen Wei, {case.name} is ready.</p>")
        wizard.action_make_reusable()
        self.assertEqual(wizard.answer_id.body, "<p>Dear {{customer}}, {{number}} is ready.</p>")
        self.assertIn("Chen Wei", wizard.body)

    def test_without_an_answer_nothing_is_reusable(self):
        case = self.make_case()
        case.message_post(body="Internal remark", subtype_xmlid="mail.mt_note")
        with self.assertRaisesRegex(UserError, "no written answer"):
            case.action_make_reusable()

    # Suggestion

    def test_the_customer_is_told_what_became_of_the_suggestion(self):
        case = self.make_case(type_id=self.type_suggestion.id)
        self.answer(case, "<p>We consider it.</p>")
        self.at("2026-06-02 02:00:00")
        case.write({"verdict": "partly", "verdict_reason": "From next year on"})
        with self.assertRaisesRegex(UserError, "what became"):
            case.action_solve()
        with Form(self.env["cs.answer.wizard"].with_user(self.agent).with_context(default_case_id=case.id)) as form:
            form.how = "phone"
            form.body = "<p>Thank you again.</p>"
        form.record.action_confirm()
        self.assertEqual(case.meaning, "solved")
        body = case._last_answer_message().body
        for part in ("Thank you again.", "Partly Adopted", "From next year on"):
            self.assertIn(part, body)

    def test_the_decision_is_taken_in_the_answer(self):
        case = self.make_case(type_id=self.type_suggestion.id)
        self._wizard(case, how="phone", verdict="rejected", verdict_reason="Too dear", then="solved").action_confirm()
        self.assertEqual((case.verdict, case.verdict_reason, case.meaning), ("rejected", "Too dear", "solved"))
        self.assertEqual(str(case._last_answer_message().body).count("Too dear"), 1)

    def test_the_reason_given_in_the_answer_is_not_repeated(self):
        case = self.make_case(type_id=self.type_suggestion.id)
        values = {"how": "phone", "verdict": "rejected", "verdict_reason": "Too dear", "then": "solved"}
        self._wizard(case, body="<p>Alas, no: Too dear.</p>", **values).action_confirm()
        self.assertEqual(str(case._last_answer_message().body).count("Too dear"), 1)

    def test_a_decision_has_a_reason(self):
        case = self.make_case(type_id=self.type_suggestion.id)
        with self.assertRaisesRegex(ValidationError, "reason"):
            case.verdict = "adopted"
