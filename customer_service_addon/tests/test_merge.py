from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestMerge(CsCommon):
    """Two cases about one matter become one, and nothing of them is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target = cls.make_case(subject="Brakes")
        cls.source = cls.make_case(cls.agent_2, subject="Brakes again", is_urgent=True)
        cls.answer = cls.source.message_post(body="To the customer", subtype_xmlid="mail.mt_comment")
        cls.note = cls.source.message_post(
            body="Between us", subtype_xmlid="mail.mt_note", attachments=[("photo.png", b"picture")]
        )
        cls.source.activity_schedule("mail.mail_activity_data_todo", user_id=cls.agent_2.id, summary="Call back")

    def _merge(self, user=None, cases=None, **vals):
        wizard = (
            self.env["cs.case.merge"]
            .with_user(user or self.supervisor)
            .create({"case_ids": (cases or (self.target | self.source)).ids, "reason": "Called twice", **vals})
        )
        self.assertEqual(wizard.target_id, self.target)
        return wizard.action_merge()

    def test_conversation_keeps_its_kinds_and_attachments(self):
        ids = (self.answer | self.note).mapped("message_id")
        self._merge()
        self.assertEqual((self.answer | self.note).mapped("res_id"), [self.target.id] * 2)
        self.assertEqual(self.answer.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(self.note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertEqual((self.answer | self.note).mapped("message_id"), ids)
        self.assertEqual(self.note.attachment_ids.res_id, self.target.id)
        self.assertEqual(self.target.activity_ids.filtered(lambda a: a.summary == "Call back").user_id, self.agent_2)
        self.assertFalse(self.source.activity_ids)

    def test_source_stays_readable_and_points_on(self):
        self._merge()
        self.assertEqual((self.source.merged_into_id, self.source.meaning), (self.target, "cancelled"))
        self.assertIn(self.target.name, self.source.cancel_reason)
        self.assertFalse(self.source.solved_at)
        self.assertIn(self.source.name, str(self.target.message_ids.mapped("body")))
        with self.assertRaisesRegex(UserError, "Go on there"):
            self.source.with_user(self.supervisor).write({"subject": "Once more"})
        with self.assertRaises(UserError):
            self.source.with_user(self.manager).action_reopen()

    def test_target_takes_over_urgency_and_first_reception(self):
        earlier = fields.Datetime.now() - timedelta(minutes=20)
        self.source.received_at = earlier
        self._merge()
        self.assertEqual((self.target.is_urgent, self.target.priority), (True, "2"))
        self.assertEqual(self.target.received_at, self.source.received_at)

    def test_promises_and_questions_go_over(self):
        forward = (
            self.env["cs.forward"]
            .with_user(self.agent_2)
            ._ask(self.source, self.department, self.head, "In stock?", False)
        )
        promises = self.env["cs.promise"].search([("case_id", "=", self.source.id)])
        self.assertTrue(promises)
        self._merge()
        self.assertEqual((promises.case_id, forward.sudo().case_id), (self.target, self.target))

    def test_cases_of_two_customers_are_linked_only(self):
        other = self.make_case(partner_id=self.stranger.id)
        with self.assertRaisesRegex(UserError, "same customer"):
            self._merge(cases=self.target | other)
        wizard = (
            self.env["cs.case.merge"]
            .with_user(self.supervisor)
            .create({"case_ids": (self.target | other).ids, "reason": "Same accident"})
        )
        self.assertFalse(wizard.same_customer)
        wizard.action_link()
        self.assertEqual(
            (other.origin_id, other.origin_kind, other.merged_into_id.id), (self.target, "duplicate", False)
        )

    def test_colleagues_of_one_company_are_one_customer(self):
        colleague = self.env["res.partner"].create({"name": "Colleague", "parent_id": self.firm.id})
        other = self.make_case(partner_id=colleague.id)
        self._merge(cases=self.target | other)
        self.assertEqual(other.merged_into_id, self.target)
        self.assertIn(colleague, self.target.message_partner_ids)

    def test_unknown_callers_are_told_apart_by_number(self):
        values = {"partner_id": False, "partner_name": "Caller"}
        first = self.make_case(phone="139 1111 1111", **values)
        same = self.make_case(phone="0086 13911111111", **values)
        other = self.make_case(phone="139 2222 2222", **values)
        self.assertTrue(same._is_same_caller(first))
        self.assertFalse(other._is_same_caller(first))

    def test_agents_cannot_merge(self):
        with self.assertRaises(AccessError):
            self.source._merge_into(self.target.with_user(self.agent), "I want to")
        with self.assertRaises(AccessError):
            self.env["cs.case.merge"].with_user(self.agent).create({"case_ids": self.source.ids, "reason": "x"})

    def test_form_offers_the_likely_duplicates(self):
        """One case alone brings its duplicates into the dialog; alone it cannot be merged."""
        first = self.make_case(subject="Brake noise left", object_ref="沪A12345")
        second = self.make_case(subject="Brakes", object_ref="沪A 12345")
        wizards = self.env["cs.case.merge"].with_user(self.supervisor)
        wizard = wizards.with_context(default_case_ids=first.ids).create({"reason": "Twice"})
        self.assertEqual(wizard.case_ids, first | second)
        wizard.case_ids = first
        for action in (wizard.action_merge, wizard.action_link):
            with self.assertRaises(UserError):
                action()

    def test_merged_once_is_enough(self):
        self._merge()
        third = self.make_case()
        with self.assertRaisesRegex(UserError, "cannot be merged again"):
            self.source.with_user(self.supervisor)._merge_into(third.with_user(self.supervisor), "Again")
        self.target.with_user(self.supervisor)._merge_into(third.with_user(self.supervisor), "Again")
        self.assertEqual(self.source._merge_target(), third)

    def test_queries_do_not_grow_with_the_conversation(self):
        cases = self.env["cs.case"].create(
            [{"subject": f"Call {n}", "team_id": self.team.id, "partner_id": self.customer.id} for n in range(3)]
        )
        for case in cases:
            case._message_log_batch(bodies={case.id: "x"})
            for _message in range(30):
                case.message_post(body="Note", subtype_xmlid="mail.mt_note")
        self.env.flush_all()
        with self.assertQueryCount(160):
            cases.with_user(self.supervisor)._merge_into(self.target.with_user(self.supervisor), "All the same")
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestFollowUp(CsCommon):
    """C-08: after the window a new case follows the old one."""

    def _closed(self, days):
        case = self.make_case(type_id=self.type_praise.id)
        case.confirmation = "phone"
        case.action_close()
        case._cs_as_server().write({"closed_at": fields.Datetime.now() - timedelta(days=days)})
        return case

    def test_agent_reopens_within_the_window_only(self):
        case = self._closed(days=1)
        case.action_reopen()
        self.assertEqual(case.meaning, "open")
        old = self._closed(days=self.type_praise.reopen_days + 1)
        with self.assertRaisesRegex(UserError, "follow-up"):
            old.action_reopen()
        old.with_user(self.supervisor).action_reopen()
        self.assertEqual(old.meaning, "open")

    def test_follow_up_takes_over_what_is_known(self):
        old = self._closed(days=60)
        action = old.action_follow_up()
        follow_up = self.env["cs.case"].browse(action["res_id"])
        self.assertRecordValues(
            follow_up,
            [
                {
                    "origin_id": old.id,
                    "origin_kind": "follow_up",
                    "partner_id": self.customer.id,
                    "team_id": self.team.id,
                    "meaning": "new",
                    "first_contact_id": self.agent.id,
                }
            ],
        )
        self.assertEqual(old.follow_up_ids, follow_up)

    def test_links_cannot_be_forged(self):
        case, other = self.make_case(), self.make_case()
        for values in ({"origin_id": other.id}, {"merged_into_id": other.id}):
            with self.assertRaises(AccessError):
                case.write(values)
