import hashlib
from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..services.liability_steps import NEXT_STATES, STATES, are_whole, class_of, largest
from .common_liability import CsLiabilityCommon
from .test_report import PrintCommon, pdf_text


@tagged("post_install", "-at_install")
class TestLiability(CsLiabilityCommon):
    """R-01, R-02: shares are proposed by one, decided by another, told, contested or not, and final."""

    # ------------------------------------------------------------------
    # Shares
    # ------------------------------------------------------------------

    def test_shares_are_whole_within_the_rounding_of_their_rows(self):
        for percents, whole in (
            ([100], True),
            ([33.33, 33.33, 33.33], True),
            ([33.34, 33.33, 33.33], True),
            ([50, 50], True),
            ([50, 49.99], False),
            ([99.99], False),
            ([33.34, 33.34, 33.34], False),
            ([60, 60], False),
            ([33.33, 33.33, 33.32], False),
            ([], False),
        ):
            with self.subTest(percents=percents):
                self.assertEqual(are_whole(percents), whole)

    def test_three_thirds_split_to_the_cent(self):
        order = self.own_order()
        liability = self.decide(
            order, ("company", None, 33.33), ("customer", None, 33.33), ("supplier", self.rival, 33.33)
        )
        self.assertEqual(liability.state, "final")
        self.assertEqual(sorted(part for _party, _partner, part in order._cost_parts(100)), [33.33, 33.33, 33.34])

    def test_what_is_missing_is_named(self):
        order = self.own_order()
        liability = self.examine(order)
        with self.assertRaisesRegex(UserError, "ground and the shares"):
            liability.action_propose()
        liability.share_ids = [Command.create({"party": "contractor", "percent": 60})]
        with self.assertRaisesRegex(UserError, "60.00 percent"):
            liability.action_propose()
        liability.share_ids = [Command.create({"party": "company", "percent": 40})]
        with self.assertRaisesRegex(UserError, "name the contractor"):
            liability.action_propose()
        liability.share_ids[0].partner_id = self.contractor
        liability.ground = "<p><br></p>"
        with self.assertRaisesRegex(UserError, "ground"):
            liability.action_propose()
        liability.ground = "<p>Seal</p>"
        liability.share_ids[1].write({"party": "contractor", "partner_id": self.contractor.id})
        with self.assertRaisesRegex(UserError, "twice"):
            liability.action_propose()
        self.assertEqual(liability.state, "draft")

    def test_one_at_a_time(self):
        order = self.own_order()
        liability = self.examine(order)
        self.assertEqual(liability.name, f"{order.name}-L1")
        with self.assertRaisesRegex(UserError, "Declare it void"):
            order.action_open_liability()
        self.assertFalse(order.can_examine)
        with self.assertRaisesRegex(UserError, "in its repair order"):
            self.env["cs.liability"].with_user(self.manager).create({"rework_id": order.id, "name": "X"})
        with self.assertRaises(UserError):
            liability.sudo().unlink()

    def test_the_survey_is_of_the_same_order(self):
        other = self.hold_survey(self.open_order())
        liability = self.examine(self.own_order())
        with self.assertRaisesRegex(UserError, "another order"):
            liability.survey_id = other
        own = self.hold_survey(self.open_order())
        self.assertEqual(self.examine(own.rework_id).survey_id, own)

    # ------------------------------------------------------------------
    # Two people
    # ------------------------------------------------------------------

    def test_who_drew_it_up_does_not_decide(self):
        """Whoever's rights: not even the manager decides what he proposed or changed."""
        liability = self.examine(self.own_order(), ("company", None, 100))
        with self.assertRaisesRegex(AccessError, "supervisor decides"):
            liability.action_decide()
        liability.with_user(self.manager).action_propose()
        self.assertEqual(liability.author_ids, self.agent | self.manager)
        for user in (self.agent, self.agent_2):
            with self.subTest(user=user.login), self.assertRaisesRegex(AccessError, "supervisor decides"):
                liability.with_user(user).action_decide()
        with self.assertRaisesRegex(AccessError, "Somebody else"):
            liability.with_user(self.manager).action_decide()
        with self.assertRaisesRegex(AccessError, "Somebody else"):
            liability.with_user(self.manager).sudo().action_decide()
        self.assertEqual(
            [liability.with_user(user).can_decide for user in (self.agent, self.manager, self.supervisor)],
            [False, False, True],
        )
        self.assertEqual(self.todos(liability).user_id, self.supervisor)
        liability.with_user(self.supervisor).action_decide()
        self.assertRecordValues(liability, [{"state": "final", "decided_by_id": self.supervisor.id}])
        self.assertFalse(self.todos(liability))

    def test_who_changes_the_shares_does_not_decide(self):
        for change in (
            lambda row: row.share_ids[0].write({"percent": 100}),
            lambda row: row.write({"share_ids": [Command.update(row.share_ids.id, {"percent": 100})]}),
            lambda row: row.write({"ground": "<p>Else</p>"}),
        ):
            liability = self.examine(self.own_order(), ("company", None, 100))
            liability.action_propose()
            change(liability.with_user(self.supervisor))
            with self.assertRaisesRegex(AccessError, "Somebody else"):
                liability.with_user(self.supervisor).action_decide()
            liability.with_user(self.manager).action_decide()
            self.assertEqual(liability.state, "final")

    def test_sent_back_with_a_reason(self):
        liability = self.examine(self.own_order(), ("company", None, 100))
        liability.action_propose()
        with self.assertRaises(AccessError):
            self.end_liability(liability, "draft", user=self.agent)
        with self.assertRaisesRegex(UserError, "Say why"):
            self.end_liability(liability, "draft", reason=" ")
        self.end_liability(liability, "draft", reason="Look at the contract")
        self.assertRecordValues(liability, [{"state": "draft", "end_reason": "Look at the contract"}])

    def test_server_fields_and_the_table(self):
        liability = self.examine(self.own_order(), ("company", None, 100))
        for name in ("state", "decided_by_id", "decided_at", "final_at", "author_ids", "name", "end_reason"):
            with self.subTest(name), self.assertRaises(AccessError):
                liability.with_user(self.manager).write({name: False})
        with self.assertRaises(AccessError):
            liability.with_context(_cs_server=True).write({"state": "final"})
        for state in STATES:
            for following in STATES:
                liability._cs_as_server().sudo().write({"state": state})
                with self.subTest(state=state, following=following):
                    if following in NEXT_STATES[state]:
                        liability._go_to(following)
                        self.assertEqual(liability.state, following)
                    else:
                        with self.assertRaises(UserError):
                            liability._go_to(following)

    # ------------------------------------------------------------------
    # Final
    # ------------------------------------------------------------------

    def test_without_a_contractor_it_is_final_at_once(self):
        liability = self.decide(self.own_order(), ("company", None, 80), ("customer", None, 20))
        self.assertRecordValues(liability, [{"state": "final", "final_at": datetime(2026, 6, 1, 2)}])
        self.assertFalse(liability.notice_ids)

    def test_final_is_frozen_with_its_print(self):
        files = self.env["ir.attachment"].with_user(self.agent)
        evidence = files.create({"name": "contract.txt", "raw": b"Paragraph 7"})
        liability = self.decide(self.own_order(), ("company", None, 100), evidence_ids=[Command.set(evidence.ids)])
        signature = liability.signature_ids
        self.assertRecordValues(
            signature, [{"role": "decider", "topic": "decision", "signer_name": self.supervisor.name, "how": "login"}]
        )
        self.assertEqual(signature.sha256, hashlib.sha256(signature.sudo().document_id.raw).hexdigest())
        self.assertEqual(liability.signature_state, "current")
        manager = liability.with_user(self.manager)
        for values in (
            {"ground": "<p>Else</p>"},
            {"told": "<p>Else</p>"},
            {"evidence_ids": [Command.clear()]},
            {"survey_id": False},
            {"contest_amount": 9},
            {"share_ids": [Command.clear()]},
            {"share_ids": [Command.create({"party": "customer", "percent": 10})]},
        ):
            with self.subTest(values=values), self.assertRaisesRegex(AccessError, "is decided"):
                manager.write(values)
        share = manager.share_ids
        for change in (lambda: share.write({"percent": 50}), share.unlink):
            with self.assertRaisesRegex(AccessError, "is decided"):
                change()
        with self.assertRaisesRegex(AccessError, "is decided"):
            self.env["cs.liability.share"].with_user(self.manager).create(
                {"liability_id": liability.id, "party": "customer", "percent": 10}
            )
        for change in (
            lambda: evidence.with_user(self.agent).write({"raw": b"Else"}),
            evidence.with_user(self.manager).unlink,
        ):
            with self.assertRaises(AccessError):
                change()
        self.assertEqual(evidence.with_user(self.agent).raw, b"Paragraph 7", "it may still be read")

    def test_a_share_is_not_moved_out_of_a_final_one(self):
        final = self.decide(self.own_order(), ("company", None, 100))
        draft = self.examine(self.own_order(), ("customer", None, 100))
        for share, target in ((final.share_ids, draft), (draft.share_ids, final)):
            with self.subTest(share=share), self.assertRaisesRegex(AccessError, "is decided"):
                share.with_user(self.manager).liability_id = target

    def test_nobody_signs_a_decision_by_hand(self):
        liability = self.examine(self.own_order(), ("company", None, 100))
        values = {"res_model": liability._name, "res_id": liability.id, "topic": "decision", "role": "decider"}
        dialog = self.env["cs.sign"].with_user(self.manager)
        with self.assertRaisesRegex(UserError, "by the system"):
            dialog.create(values | {"signer_name": "Max", "how": "typed"}).action_confirm()

    def test_void_and_replaced(self):
        order = self.own_order()
        liability = self.decide(order, ("company", None, 100))
        with self.assertRaises(AccessError):
            self.end_liability(liability, "cancelled", user=self.agent)
        with self.assertRaisesRegex(UserError, "Say why"):
            self.end_liability(liability, "cancelled", reason="")
        self.assertEqual(order.liability_id, liability)
        self.end_liability(liability, "cancelled", reason="Wrong contract", replace=True)
        self.assertRecordValues(liability, [{"state": "cancelled", "end_reason": "Wrong contract"}])
        new = order.liability_ids - liability
        self.assertRecordValues(new, [{"name": f"{order.name}-L2", "state": "draft", "replaces_id": liability.id}])
        self.assertEqual(new.share_ids.mapped(lambda row: (row.party, row.percent)), [("company", 100)])
        self.assertFalse(order.liability_id)
        with self.assertRaises(AccessError):
            liability.ground = "<p>Else</p>"

    def test_the_agent_drops_what_is_not_decided(self):
        liability = self.examine(self.own_order(), ("company", None, 100))
        self.end_liability(liability, "cancelled", reason="Too early", user=self.agent)
        self.assertEqual(liability.state, "cancelled")
        self.assertTrue(liability.rework_id.can_examine)

    # ------------------------------------------------------------------
    # Class
    # ------------------------------------------------------------------

    def test_class_of_the_largest_share(self):
        self.assertEqual(
            [class_of(party) for party in ("contractor", "customer", "company", "supplier", "insurer")], [*"acbbb"]
        )
        self.assertEqual([largest(row) for row in ([1, 99], [50, 50], [20, 60, 20])], [1, 0, 1])

    def test_the_class_of_the_order_follows(self):
        """R-02: the contractor bears most: A and his; the customer: C; the company: B."""
        for shares, cost_class in (
            ((("customer", None, 100),), "c"),
            ((("company", None, 100),), "b"),
            ((("customer", None, 60), ("company", None, 40)), "c"),
            ((("company", None, 60), ("customer", None, 40)), "b"),
            ((("insurer", None, 100),), "b"),
        ):
            with self.subTest(shares=shares):
                order = self.own_order(cost_class=False)
                self.decide(order, *shares)
                self.assertEqual(order.cost_class, cost_class)
        order = self.own_order(cost_class="b")
        liability = self.decide(order, ("contractor", self.rival, 70), ("contractor", self.contractor, 30))
        self.assertEqual(order.cost_class, "b", "nothing follows before it is final")
        for notice in liability.notice_ids:
            self.record_answer(notice, "accepted")
        self.assertRecordValues(order, [{"cost_class": "a", "contractor_id": self.rival.id, "executor": "team"}])

    def test_the_class_of_a_dispatched_order_stays(self):
        order = self.own_order(cost_class="b")
        order.action_dispatch()
        self.decide(order, ("customer", None, 100))
        self.assertEqual(order.cost_class, "b")
        self.assertIn("money follows the shares", order.message_ids[0].body)
        self.assertEqual(order._cost_parts(50)[0][0], "customer")


@tagged("post_install", "-at_install")
class TestLiabilityPrint(PrintCommon, CsLiabilityCommon):
    """The liability decision (责任认定书) as real PDF."""

    def test_decision_as_pdf(self):
        liability = self.decide(
            self.own_order(),
            ("contractor", self.contractor, 60),
            ("company", None, 40),
            ground="<p>防水层未施工</p>",
            evidence_ids=[Command.create({"name": "contract.txt", "raw": b"Paragraph 7"})],
        )
        self.record_answer(liability.notice_ids, "accepted")
        text = pdf_text(self.print_pdf("liability", liability))
        for part in (
            *("LiabilityDecision", liability.name, "防水层未施工", "SolidRoofsLtd", "60", "40", "contract.txt"),
            *("SueSupervisor", "Accepted", "Final"),
        ):
            with self.subTest(part):
                self.assertIn(part, text)
