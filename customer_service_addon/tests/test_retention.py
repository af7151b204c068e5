from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common_money import MoneyCommon

# Every sequence begins with money that is there and a repair at the contractor's cost, so that the rest has effects.
BEGINNING = [("withhold", 60_000, 0), ("order", 20_000, 0), ("finish", 15_000, 0), ("settle", 1, 0)]
STEPS = (
    *("withhold", "opening", "deduct", "release", "refund", "hand", "order", "finish", "settle"),
    *("draft", "cancel", "reverse", "repost"),
)


@tagged("post_install", "-at_install")
class TestRetention(MoneyCommon):
    """R-08: withheld, pledged, deducted, balance, released; figures are sums of posted journal items."""

    def test_withheld_from_a_bill(self):
        bill = self.withhold(100_000)
        self.assertEqual(bill.amount_total, 95_000, "the contractor is paid the rest")
        self.assert_amounts(withheld=5_000.0, balance=5_000.0, deducted=0.0, free=5_000.0)
        bill.button_draft()
        self.assert_amounts(balance=0.0)
        bill.action_cs_withhold()
        self.assertEqual(bill.amount_total, 95_000, "withheld once, however often the button is pressed")

    def test_vat_stays_on_the_whole_amount(self):
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.builder.id,
                "invoice_date": "2026-05-01",
                "cs_retention_id": self.retention.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Building",
                            "price_unit": 1000,
                            "tax_ids": [Command.set(self.company_data["default_tax_purchase"].ids)],
                        }
                    )
                ],
            }
        )
        tax = bill.amount_tax
        gross = bill.amount_total
        bill.action_cs_withhold()
        self.assertEqual(bill.amount_tax, tax)
        self.assertEqual(bill.amount_total, gross - self.currency.round(gross * 0.05))

    def test_drafts_do_not_count(self):
        self.entry("opening", 800)
        self.assert_amounts(balance=0.0)
        self.withhold(10_000)
        draft = self.entry("deduct", 500)
        self.assert_amounts(balance=500.0, deducted=0.0)
        with self.assertRaisesRegex(UserError, "Only .* are free"):
            self.entry("deduct", 0.01)
        draft.action_post()
        self.assert_amounts(balance=0.0, deducted=500.0)

    def test_never_below_zero(self):
        bill = self.withhold(10_000)
        self.entry("deduct", 500).action_post()
        with self.assertRaisesRegex(UserError, "would fall to"):
            bill.button_draft()
        hand = self.hand_made(0.01)
        with self.assertRaisesRegex(UserError, "would fall to"):
            hand.action_post()

    def test_below_zero_by_an_approved_decision(self):
        self.retention.with_user(self.manager)._ask_overdraft(300, "The contractor is insolvent")
        approval = self.retention.sudo().approval_ids
        self.assertIn("insolvent", approval.snapshot)
        with self.assertRaises(UserError):
            self.entry("deduct", 300)
        with self.assertRaises(UserError):
            approval.with_user(self.manager).action_approve()
        approval.with_user(self.other_manager).action_approve()
        self.entry("deduct", 300).action_post()
        self.assert_amounts(balance=-300.0)
        with self.assertRaises(UserError):
            self.entry("deduct", 0.01)

    def test_nobody_writes_the_figures(self):
        for vals in ({"overdraft": 100}, {"posting_count": 3}, {"overdraft_asked": 5}):
            with self.assertRaises(AccessError):
                self.retention.with_user(self.manager).write(vals)
        for user in (self.agent, self.technician):
            with self.assertRaises(AccessError):
                self.retention.with_user(user).write({"percent": 0})
            with self.assertRaises(AccessError):
                self.entry("release", 1, user=user)

    def test_released_after_the_warranty_with_what_is_pledged_kept_back(self):
        self.withhold(20_000)
        self.retention.warranty_until = "2026-12-31"
        with self.assertRaisesRegex(UserError, "warranty"):
            self.entry("release", 100, date="2026-12-31")
        order = self.open_class_a(estimate=400)
        self.assert_amounts(balance=1_000.0, pledged=400.0, free=600.0)
        dialog = self.env["cs.retention.entry"].with_user(self.manager)
        dialog = dialog.new({"retention_id": self.retention.id, "kind": "release"})
        self.assertEqual(dialog.order_ids._origin, order.with_user(self.manager))
        with self.assertRaisesRegex(UserError, "open orders may still cost"):
            self.entry("release", 600.01, date="2027-01-01")
        self.entry("release", 600, date="2027-01-01").action_post()
        self.assert_amounts(balance=400.0, released=600.0, free=0.0)

    def test_items_must_fit_the_retention(self):
        with self.assertRaises(ValidationError):
            self.hand_made(10, account=self.recovery_account)
        with self.assertRaises(ValidationError):
            self.hand_made(10, partner=self.roofer)

    def test_what_items_refer_to_stays(self):
        self.withhold(100)
        for vals in ({"partner_id": self.roofer.id}, {"account_id": self.recovery_account.id}):
            with self.assertRaises(UserError):
                self.retention.with_user(self.manager).write(vals)
        with self.assertRaises(UserError):
            self.retention.with_user(self.manager).active = False
        with self.assertRaises(UserError):
            self.retention.with_user(self.manager).unlink()

    def test_only_an_account_that_can_hold_it(self):
        with self.assertRaises(ValidationError):
            self.open_retention(self.roofer, account_id=self.recovery_account.id)

    def test_query_budget_of_the_list(self):
        many = self.env["cs.retention"].create(
            [
                {
                    "name": f"Lot {number}",
                    "partner_id": self.roofer.id,
                    "company_id": self.company.id,
                    "account_id": self.retention_account.id,
                }
                for number in range(40)
            ]
        )
        self.env.flush_all()
        names = ["partner_id", "name", "withheld", "deducted", "released", "balance", "pledged", "free"]
        few = self._queries(many[:4].with_user(self.manager), names)
        self.assertLessEqual(self._queries(many.with_user(self.manager), names), few + 1)

    def _queries(self, retentions, names):
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        retentions.read(names)
        return self.cr.sql_log_count - before

    # ------------------------------------------------------------------
    # Random sequences
    # ------------------------------------------------------------------

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 60_000), st.integers(0, 5)), min_size=4, max_size=14),
        st.booleans(),
    )
    def test_random_sequences(self, steps, is_foreign):
        """Must show 2: ledger, journal items and displayed balances agree; nothing below zero; moves balanced."""
        with self.cr.savepoint() as savepoint:
            self._play(steps, is_foreign)
            savepoint.rollback()
        self.env.invalidate_all()

    def _play(self, steps, is_foreign):
        retention = self.retention
        if is_foreign:
            dollar = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5), ("2026-01-01", 0.4)])
            retention = self.open_retention(self.roofer, currency_id=dollar.id)
        moves, orders, settlements = self.env["account.move"], self.env["cs.rework"], self.env["cs.settlement"]
        for step, cents, place in BEGINNING + steps:
            amount = cents / 100
            try:
                with self.cr.savepoint():
                    moves, orders, settlements = self._step(step, amount, place, retention, moves, orders, settlements)
            except UserError:
                # Refused is fine; the figures must agree all the same.
                self.env.invalidate_all()
            self._assert_agrees(retention, moves.exists(), settlements)

    def _step(self, step, amount, place, retention, moves, orders, settlements):
        chosen = moves.exists().sorted("id")
        chosen = chosen[place % len(chosen)] if chosen else chosen
        if step == "withhold":
            moves |= self.withhold(amount * 20, retention)
        elif step in ("opening", "deduct", "release", "refund"):
            moves |= self.entry(step, amount, retention)
            moves.sorted("id")[-1].action_post()
        elif step == "hand":
            moves |= self.hand_made(amount * (-1) ** place, retention=retention)
            moves.sorted("id")[-1].action_post()
        elif step == "order":
            orders |= self.open_class_a(estimate=amount, retention=retention)
        elif step == "finish" and orders:
            self.finish(orders[place % len(orders)], amount)
        elif step == "settle":
            closed = orders.filtered(lambda order: order.state == "closed" and not order.settlement_id)
            if closed:
                settlements |= self.settle(closed[:2])
                moves |= settlements.sudo().move_ids
        elif step == "draft" and chosen:
            chosen.button_draft()
        elif step == "cancel" and chosen:
            chosen.button_draft()
            chosen.button_cancel()
        elif step == "reverse" and chosen.state == "posted":
            reversal = chosen._reverse_moves([{"date": chosen.date, "invoice_date": chosen.date}], cancel=False)
            reversal.action_post()
            moves |= reversal
        elif step == "repost" and chosen.state == "draft":
            chosen.invoice_date = chosen.invoice_date or "2026-05-02"
            chosen.action_post()
        return moves, orders, settlements

    def _assert_agrees(self, retention, moves, settlements):
        self.env.invalidate_all()
        items = self.env["account.move.line"].search(
            [("account_id", "=", retention.account_id.id), ("parent_state", "=", "posted")]
        )
        items = items.filtered(lambda line: line.cs_retention_id == retention)
        shown = retention.with_user(self.manager)
        self.assertAlmostEqual(shown.balance, -sum(items.mapped("amount_currency")), 2)
        self.assertAlmostEqual(shown.withheld - shown.deducted - shown.released, shown.balance, 2)
        self.assertGreaterEqual(retention.currency_id.compare_amounts(shown.balance, 0), 0, "never below zero")
        self.assertGreaterEqual(retention.currency_id.compare_amounts(shown.pledged, 0), 0)
        for move in items.move_id | moves:
            self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0, 2)
        for settlement in settlements:
            standing = settlement.sudo().move_ids._cs_counting()
            bills = standing.filtered(lambda move: move.cs_settlement_role == "bill")
            self.assertLessEqual(len(bills), 1, "never billed twice")
            charged = standing.filtered(lambda move: move.cs_settlement_role in ("deduction", "charge"))
            part = sum(row["amount"] for row in settlement.sudo()._parts_of("contractor"))
            limit = part + 0.01 * len(charged)
            self.assertLessEqual(sum(charged.mapped("cs_amount")), limit, "never charged more than the part")

    def hand_made(self, amount, retention=None, account=None, partner=None):
        """An entry an accountant types in the journal; ``amount`` > 0 takes from the retention money."""
        retention = retention or self.retention
        day = "2026-05-03"
        lines = retention._entry_lines(False, amount, self.recovery_account, "By hand", retention.env.cr.now().date())
        lines[0]["cs_retention_kind"] = False
        if account:
            lines[0]["account_id"] = account.id
        if partner:
            lines[0]["partner_id"] = partner.id
        return (
            self.env["account.move"]
            .with_user(self.accountant)
            .create({"move_type": "entry", "date": day, "line_ids": [Command.create(line) for line in lines]})
        )
