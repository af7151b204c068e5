from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.customer_service_addon.models.cs_case_flow import NEXT_MEANINGS

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestCaseFlow(CsCommon):
    """Stages move by what they mean; conditions hold for buttons, drags and RPC alike."""

    def _bring_to(self, case, meaning):
        case._cs_as_server().write({"first_answered_at": fields.Datetime.now()})
        case.write({"confirmation": "phone", "cancel_reason": "Wrong number"})
        route = {"new": (), "closed": ("closed",), "cancelled": ("cancelled",), "solved": ("solved",)}.get(meaning)
        for step in (meaning,) if route is None else route:
            case._move_to(step)

    def test_every_transition_of_the_table_and_none_beside_it(self):
        for source, allowed in NEXT_MEANINGS.items():
            for target in NEXT_MEANINGS:
                if target in (source, "waiting") or source == "waiting":
                    continue  # waiting needs a reason: see the tests of holds
                case = self.make_case()
                self._bring_to(case, source)
                with self.subTest(source=source, target=target):
                    self._try_move(case, target, target in allowed)

    def _try_move(self, case, target, allowed):
        if target == "closed" and allowed:
            case.confirmation = "phone"
        if allowed:
            case.write({"stage_id": self.stage(target).id})
            self.assertEqual(case.meaning, target)
            return
        with self.assertRaisesRegex(UserError, "cannot become"):
            case.write({"stage_id": self.stage(target).id})

    def test_unanswered_inquiry_cannot_be_solved_by_drag_either(self):
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "no answer yet"):
            case.write({"stage_id": self.stage("solved").id})
        self.assertEqual(case.meaning, "new")

    def test_new_case_cannot_start_finished(self):
        for meaning in ("solved", "closed", "cancelled"):
            with self.subTest(meaning=meaning), self.assertRaisesRegex(UserError, "cannot start"):
                self.make_case(stage_id=self.stage(meaning).id)
        self.assertEqual(self.make_case(stage_id=self.stage("open").id).meaning, "open")

    def test_praise_needs_no_answer(self):
        case = self.make_case(type_id=self.type_praise.id)
        case.action_solve()
        self.assertEqual(case.meaning, "solved")

    def test_suggestion_needs_a_decision(self):
        case = self.make_case(type_id=self.type_suggestion.id)
        case._cs_as_server().write({"first_answered_at": fields.Datetime.now()})
        with self.assertRaisesRegex(UserError, "adopted"):
            case.action_solve()
        case.write({"verdict": "partly", "verdict_reason": "From next year on"})
        case._post_answer("Partly adopted, from next year on", how="phone")
        case.action_solve()
        self.assertEqual(case.meaning, "solved")

    def test_closing_needs_the_customers_confirmation(self):
        case = self.make_case(type_id=self.type_praise.id)
        with self.assertRaisesRegex(UserError, "confirmed"):
            case.action_close()
        case.confirmation = "phone"
        case.action_close()
        self.assertTrue(case.closed_at and case.solved_at and case.confirmed_at)

    def test_cancelled_is_not_solved_and_says_why(self):
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "say why"):
            case.action_cancel()
        case.cancel_reason = "Test call"
        case.action_cancel()
        self.assertTrue(case.cancelled_at)
        self.assertFalse(case.solved_at)

    def test_reopening_keeps_the_first_solution_and_counts(self):
        case = self.make_case(type_id=self.type_praise.id)
        case.action_solve()
        first = case.first_solved_at
        case.action_reopen()
        self.assertEqual((case.meaning, case.reopen_count, case.solved_at), ("open", 1, False))
        self.assertEqual(case.first_solved_at, first)

    def test_batch_moves_all_or_nothing(self):
        praise = self.make_case(type_id=self.type_praise.id)
        inquiry = self.make_case()
        with self.assertRaises(UserError):
            (praise | inquiry).action_solve()
        self.assertEqual((praise | inquiry).mapped("meaning"), ["new", "new"])

    def test_reception_time_is_corrected_for_a_while_then_by_supervisors(self):
        case = self.make_case()
        earlier = fields.Datetime.now() - timedelta(hours=2)
        case.received_at = earlier
        case._cs_as_server().write({"registered_at": fields.Datetime.now() - timedelta(days=1)})
        with self.assertRaisesRegex(AccessError, "supervisor"):
            case.received_at = earlier - timedelta(hours=1)
        case.with_user(self.supervisor).received_at = earlier - timedelta(hours=1)
        with self.assertRaisesRegex(UserError, "future"):
            case.with_user(self.supervisor).received_at = fields.Datetime.now() + timedelta(hours=1)

    def test_meaning_of_a_used_stage_stays(self):
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "already used"):
            case.stage_id.with_user(self.manager).meaning = "closed"
