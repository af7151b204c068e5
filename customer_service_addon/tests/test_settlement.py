from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..services.settlement_steps import NEXT_STATES, STATES
from .common_money import GROUP, MoneyCommon


@tagged("post_install", "-at_install")
class TestSettlement(MoneyCommon):
    """R-07: final account, check, confirmation, certificate, documents; exact to the cent, nothing twice."""

    def moves(self, settlement, role=None):
        moves = settlement.sudo().move_ids
        return moves.filtered(lambda move: move.cs_settlement_role == role) if role else moves

    # ------------------------------------------------------------------
    # The way
    # ------------------------------------------------------------------

    def test_class_b_from_the_account_to_the_books(self):
        orders = self.finished_order(120.5) | self.finished_order(79.5, estimate=100)
        settlement = self.draw_up(orders)
        self.assertRecordValues(
            settlement,
            [{"vendor_id": self.property_company.id, "order_count": 2, "settled_total": 200, "state": "draft"}],
        )
        self.assertEqual(settlement.line_ids.mapped("material"), [120.5, 79.5])
        settlement.action_submit()
        self.assertEqual(settlement.state, "checking")
        self.decide(settlement, "settlement")
        self.assertEqual(settlement.state, "certifying", "no contractor bears a part; the certificate is asked for")
        self.decide(settlement, "certificate")
        self.assertRecordValues(settlement, [{"state": "certified", "is_queued": True, "document_total": 1}])
        self.prepare()
        bill = self.moves(settlement)
        self.assertRecordValues(
            bill,
            [
                {
                    "move_type": "in_invoice",
                    "partner_id": self.property_company.id,
                    "amount_total": 200,
                    "state": "draft",
                }
            ],
        )
        self.assertEqual(
            bill.invoice_line_ids.mapped("analytic_distribution"), [{str(self.analytic.id): 100}] * 2, "class B"
        )
        self.assertRecordValues(settlement, [{"state": "prepared", "progress": 100, "is_queued": False}])
        self.assertIn("Draft at accounting", settlement.document_note)
        bill.invoice_date = "2026-06-01"
        bill.with_user(self.accountant).action_post()
        self.env.invalidate_all()
        self.assertEqual(settlement.state, "done")
        self.assertTrue(all(orders.mapped("is_settled")))
        self.assertIn(bill.name, settlement.document_note)

    def test_class_a_is_deducted_once_the_contractor_has_confirmed(self):
        self.withhold(10_000)
        order = self.open_class_a(estimate=400)
        self.finish(order, 300)
        self.assert_amounts(pledged=300.0, free=200.0)
        settlement = self.draw_up(order)
        settlement.action_submit()
        self.decide(settlement, "settlement")
        notice = settlement.notice_ids
        self.assertRecordValues(notice, [{"partner_id": self.builder.id, "amount": 300, "answer": "none"}])
        notice.with_user(self.agent).action_record_confirmed()
        self.decide(settlement, "certificate")
        self.prepare()
        deduction = self.moves(settlement, "deduction")
        self.assertAlmostEqual(sum(deduction.line_ids.mapped("balance")), 0)
        self.assertRecordValues(
            deduction.line_ids.sorted("balance"),
            [
                {"account_id": self.recovery_account.id, "balance": -300, "cs_retention_id": False},
                {"account_id": self.retention_account.id, "balance": 300, "cs_retention_id": self.retention.id},
            ],
        )
        self.assertFalse(
            any(self.moves(settlement, "bill").invoice_line_ids.mapped("analytic_distribution")), "not our cost"
        )
        self.assert_amounts(balance=500.0, pledged=300.0)
        deduction.action_post()
        bill = self.moves(settlement, "bill")
        bill.invoice_date = "2026-06-01"
        bill.action_post()
        self.assert_amounts(balance=200.0, deducted=300.0, pledged=0.0, free=200.0)
        self.assertEqual(settlement.state, "done")

    def test_what_retention_money_does_not_cover_is_charged(self):
        self.withhold(2_000)
        order = self.open_class_a(estimate=400)
        self.finish(order, 300)
        settlement = self.settle(order)
        self.assertEqual(self.moves(settlement, "deduction").cs_amount, 100)
        charge = self.moves(settlement, "charge")
        self.assertRecordValues(
            charge, [{"move_type": "out_invoice", "partner_id": self.builder.id, "amount_total": 200}]
        )

    def test_each_contract_bears_its_own_orders(self):
        """R-08: retention money is per contractor and contract; what one lacks is charged, not taken from another."""
        other = self.open_retention(self.builder, name="Hill Side")
        self.withhold(10_000)
        self.withhold(1_000, other)
        orders = self.env["cs.rework"]
        for retention, cost in ((self.retention, 120), (other, 80), (self.retention, 30)):
            order = self.open_class_a(estimate=cost, retention=retention)
            self.finish(order, cost)
            orders |= order
        self.assert_amounts(pledged=150.0)
        self.assert_amounts(other, pledged=80.0)
        settlement = self.settle(orders)
        deductions = self.moves(settlement, "deduction")
        taken = {move.line_ids.cs_retention_id: move.cs_amount for move in deductions}
        self.assertEqual(taken, {self.retention: 150, other: 50})
        self.assertEqual(self.moves(settlement, "charge").amount_total, 30)
        deductions.filtered(lambda move: move.line_ids.cs_retention_id == other).unlink()
        settlement.action_prepare()
        self.prepare()
        again = self.moves(settlement, "deduction") - deductions
        self.assertEqual((again.line_ids.cs_retention_id, again.cs_amount), (other, 50))
        self.assertEqual(self.moves(settlement, "charge").amount_total, 30)

    def test_three_thirds_to_the_cent(self):
        """Largest remainder: three parties at 33.33 bear a total that is not divisible by three."""
        self.withhold(10_000)
        order = self.finished_order(100, cost_class="b")
        self.share(order, [("contractor", self.builder), ("supplier", self.roofer), ("company", None)], [33.33] * 3)
        settlement = self.draw_up(order)
        parts = {part["party"]: part["amount"] for part in settlement._bearers()}
        self.assertEqual(parts, {"contractor": 33.34, "supplier": 33.33, "company": 33.33})
        settlement = self._settle_drawn_up(settlement)
        self.assertEqual(self.moves(settlement, "bill").amount_total, 100)
        self.assertEqual(self.moves(settlement, "deduction").cs_amount, 33.34)
        self.assertEqual(self.moves(settlement, "charge").amount_total, 33.33)
        ours = self.moves(settlement, "bill").invoice_line_ids.filtered("analytic_distribution")
        self.assertEqual(sum(ours.mapped("price_subtotal")), 33.33)

    def test_what_a_settlement_is_drawn_up_from_stays(self):
        order = self.finished_order(100)
        liability = self.share(order, [("company", None)], [100])
        settlement = self.draw_up(order)
        settlement.action_submit()
        with self.assertRaisesRegex(UserError, "Call the settlement off"):
            liability.with_user(self.manager)._void("New facts")
        settlement.action_cancel()
        liability.with_user(self.manager)._void("New facts")
        self.assertEqual(liability.state, "cancelled")

    def test_a_contractor_is_not_paid_for_his_own_fault(self):
        order = self.finished_order(
            500, "a", executor="contractor", contractor_id=self.builder.id, technician_ids=[Command.clear()]
        )
        settlement = self.draw_up(order)
        self.assertEqual(settlement.vendor_id, self.builder)
        self.assertFalse(settlement._bearers())
        settlement.action_submit()
        self.decide(settlement, "settlement")
        self.prepare()
        self.assertRecordValues(settlement, [{"state": "done"}])
        self.assertFalse(self.moves(settlement))

    def test_class_c_is_invoiced_over_the_agreed_price(self):
        product = self.env["product.product"].create(
            {"name": "Repair", "type": "service", "taxes_id": [Command.set(self.excluded.ids)]}
        )
        self.company.cs_repair_product_id = product
        order = self.finished_order(80, "c", agreed_amount=199.99)
        settlement = self._settle_drawn_up(self.draw_up(order))
        invoice = self.moves(settlement, "invoice")
        self.assertRecordValues(
            invoice, [{"move_type": "out_invoice", "partner_id": self.partner_a.id, "amount_total": 199.99}]
        )
        self.assertGreater(invoice.amount_tax, 0)
        self.assertEqual(self.moves(settlement, "bill").amount_total, 80)
        self.assertEqual(order.invoice_note, "Draft at accounting")
        invoice.action_post()
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {}
        )._create_payments()
        order.invalidate_recordset()
        self.assertIn("Paid", order.invoice_note)
        with self.assertRaises(UserError):
            order.action_invoice()

    def test_an_invoice_before_the_settlement_is_not_made_twice(self):
        order = self.finished_order(80, "c", agreed_amount=200)
        order.action_invoice()
        invoice = order.sudo().invoice_id
        settlement = self._settle_drawn_up(self.draw_up(order))
        self.assertEqual(self.moves(settlement).mapped("cs_settlement_role"), ["bill"])
        invoice.button_cancel()
        order.invalidate_recordset()
        self.assertTrue(order.can_invoice, "cancelled by accounting: it may be invoiced again")

    # ------------------------------------------------------------------
    # Refusals and returns
    # ------------------------------------------------------------------

    def test_objection_goes_back_with_its_reason(self):
        order = self.open_class_a(estimate=400)
        self.finish(order, 300)
        settlement = self.draw_up(order)
        settlement.action_submit()
        self.decide(settlement, "settlement")
        notice = settlement.sudo().notice_ids
        with self.assertRaises(UserError):
            notice._answer("contested", " ")
        notice._answer("contested", "The pipe was not ours")
        self.assertRecordValues(settlement, [{"state": "draft", "back_reason": "Builder Ltd: The pipe was not ours"}])
        settlement.line_ids.write({"settled_amount": 250})
        with self.assertRaisesRegex(UserError, "say why"):
            settlement.action_submit()
        settlement.line_ids.note = "The pipe is ours"
        settlement.action_submit()
        self.decide(settlement, "settlement")
        self.assertEqual(settlement.sudo().notice_ids.sorted("id").mapped("amount"), [300, 250])

    def test_rejected_by_the_check(self):
        settlement = self.draw_up(self.finished_order(10))
        settlement.action_submit()
        approval = settlement.sudo().approval_ids
        self.env["cs.approval.reject"].with_user(self.manager).create(
            {"approval_id": approval.id, "reason": "Too many hours"}
        ).action_confirm()
        self.assertRecordValues(settlement, [{"state": "draft", "back_reason": "Too many hours"}])

    def test_limits_of_the_check_are_tiers(self):
        """R-07: customer service up to 20 000, audit above it; whoever changes the figure changes the way."""
        check, audit = (
            new_test_user(
                self.env,
                login=login,
                groups=GROUP % "manager",
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            for login in ("st_check", "st_audit")
        )
        tiers = self.env["tier.definition"].with_user(self.manager)
        below = tiers.create(
            {
                "name": "Customer service",
                "cs_kind": "settlement",
                "cs_amount_to": 20_000.01,
                "review_type": "individual",
                "reviewer_id": check.id,
                "company_id": self.company.id,
            }
        )
        above = tiers.create(
            {
                "name": "Audit",
                "cs_kind": "settlement",
                "cs_amount_from": 20_000.01,
                "review_type": "individual",
                "reviewer_id": audit.id,
                "company_id": self.company.id,
            }
        )
        for amount, asked in ((20_000, check), (20_000.01, audit)):
            settlement = self.draw_up(self.finished_order(amount))
            settlement.action_submit()
            self.assertEqual(settlement.sudo().approval_ids._deciders(), asked, amount)
        below.cs_amount_to = above.cs_amount_from = 500
        for amount, asked in ((499.99, check), (500, audit)):
            settlement = self.draw_up(self.finished_order(amount))
            settlement.action_submit()
            self.assertEqual(settlement.sudo().approval_ids._deciders(), asked, amount)

    def test_only_inspected_orders_of_one_payee_and_once(self):
        open_order = self.open_class_a(estimate=100)
        with self.assertRaisesRegex(UserError, "not inspected"):
            self.draw_up(open_order)
        order = self.finished_order(10)
        settlement = self.draw_up(order)
        with self.assertRaises(UserError):
            settlement.copy({"line_ids": [Command.create({"rework_id": order.id})]})
        with self.assertRaisesRegex(UserError, "already"):
            self.draw_up(order)
        self.team.vendor_id = self.roofer
        with self.assertRaisesRegex(UserError, "somebody else"):
            settlement.write({"line_ids": [Command.create({"rework_id": self.finished_order(5).id})]})

    def test_nobody_writes_steps_or_costs(self):
        settlement = self.draw_up(self.finished_order(10))
        for vals in ({"state": "certified"}, {"author_id": self.manager.id}, {"is_queued": True}, {"name": "X"}):
            with self.assertRaises(AccessError):
                settlement.write(vals)
        with self.assertRaises(AccessError):
            settlement.line_ids.write({"material": 1})
        with self.assertRaises(AccessError):
            self.env["cs.settlement"].with_user(self.agent).create({"state": "done"})
        forged = {"rework_id": self.finished_order(7).id, "active": False}
        with self.assertRaises(AccessError):
            self.env["cs.settlement"].with_user(self.agent).create(
                {"vendor_id": self.property_company.id, "line_ids": [Command.create(forged)]}
            )
        mine = (
            self.env["cs.settlement"].with_user(self.agent).with_context(default_author_id=self.manager.id).create({})
        )
        self.assertEqual(mine.author_id, self.agent)
        with self.assertRaises(AccessError):
            self.env["cs.settlement.notice"].with_user(self.manager).sudo(False).create(
                {"settlement_id": settlement.id, "partner_id": self.builder.id, "amount": 1}
            )
        settlement.action_submit()
        for record, vals in ((settlement, {"note": "x"}), (settlement.line_ids, {"settled_amount": 1})):
            with self.assertRaises(UserError):
                record.write(vals)

    def test_who_drew_it_up_does_not_decide(self):
        settlement = self.draw_up(self.finished_order(10)).with_user(self.agent)
        settlement.action_submit()
        with self.assertRaises(UserError):
            settlement.sudo().approval_ids.with_user(self.agent).action_approve()

    def test_who_sees_what(self):
        settlement = self.draw_up(self.finished_order(10))
        stranger = new_test_user(
            self.env,
            login="st_agent_2",
            groups=GROUP % "agent",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        found = self.env["cs.settlement"].search([("id", "=", settlement.id)])
        self.assertFalse(found.with_user(stranger).search([("id", "=", settlement.id)]))
        for user in (self.agent, self.manager, self.accountant):
            self.assertTrue(found.with_user(user).search([("id", "=", settlement.id)]))
        with self.assertRaises(AccessError):
            settlement.with_user(self.accountant).write({"note": "x"})
        with self.assertRaises(AccessError):
            settlement.with_user(self.agent).read(["move_ids"])

    # ------------------------------------------------------------------
    # Calling off at every step
    # ------------------------------------------------------------------

    def test_cancelling_at_any_step_leaves_no_orphan(self):
        self.withhold(10_000)
        for stop in ("draft", "checking", "confirming", "certifying", "certified", "prepared"):
            with self.subTest(stop=stop):
                order = self.open_class_a(estimate=50)
                self.finish(order, 40)
                settlement = self._until(stop, order)
                self.assertEqual(settlement.state, stop)
                known = self.moves(settlement)
                settlement.action_cancel()
                self.assertFalse(known.exists(), "drafts go with it")
                self.assertFalse(order.settlement_id)
                waiting = settlement.sudo().approval_ids.filtered(lambda row: row.state == "draft")
                self.assertFalse(waiting)
                self.assert_amounts(balance=500.0, deducted=0.0)
                self.assertTrue(self.draw_up(order), "it may be settled again")

    def test_posted_documents_keep_it_from_being_called_off(self):
        settlement = self.settle(self.finished_order(10))
        bill = self.moves(settlement)
        bill.invoice_date = "2026-06-01"
        bill.action_post()
        self.assertFalse(settlement.can_cancel)
        bill.button_draft()
        self.env.invalidate_all()
        self.assertEqual(settlement.state, "prepared")
        settlement.action_cancel()
        self.assertFalse(bill.exists())

    def test_deleted_cancelled_and_reversed_documents_are_missing(self):
        settlement = self.settle(self.finished_order(10))
        first = self.moves(settlement)
        first.unlink()
        self.env.invalidate_all()
        self.assertRecordValues(settlement, [{"state": "certified", "can_prepare": True}])
        settlement.action_prepare()
        self.prepare()
        second = self.moves(settlement)
        second.button_cancel()
        self.env.invalidate_all()
        self.assertEqual(settlement.state, "certified")
        settlement.action_prepare()
        self.prepare()
        third = self.moves(settlement) - second
        third.invoice_date = "2026-06-01"
        third.action_post()
        self.env.invalidate_all()
        self.assertEqual(settlement.state, "done")
        third._reverse_moves([{"invoice_date": third.invoice_date}], cancel=True)
        self.env.invalidate_all()
        self.assertEqual(settlement.state, "certified", "reversed: nothing is billed any more")

    def test_every_move_outside_the_table_is_refused(self):
        settlement = self.draw_up(self.finished_order(10)).sudo()
        for state in STATES:
            for following in STATES:
                if following in NEXT_STATES[state]:
                    continue
                settlement._cs_as_server().state = state
                with self.assertRaises(UserError):
                    settlement._go_to(following)

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def share(self, order, parties, percents):
        """Give ``order`` a final liability of these shares."""
        liabilities = self.env["cs.liability"].sudo()._cs_as_server()
        liability = liabilities.create(
            {
                "name": f"{order.name}-L1",
                "rework_id": order.id,
                "share_ids": [
                    Command.create({"party": party, "partner_id": partner and partner.id, "percent": percent})
                    for (party, partner), percent in zip(parties, percents, strict=True)
                ],
            }
        )
        liability._cs_as_server().write({"state": "final"})
        order.invalidate_recordset()
        return liability

    def _settle_drawn_up(self, settlement):
        settlement.action_submit()
        self.decide(settlement, "settlement")
        settlement.sudo().notice_ids.with_user(self.agent).action_record_confirmed()
        if settlement.state == "certifying":
            self.decide(settlement, "certificate")
        self.prepare()
        return settlement

    def _until(self, stop, order):
        settlement = self.draw_up(order)
        steps = {
            "checking": settlement.action_submit,
            "confirming": lambda: self.decide(settlement, "settlement"),
            "certifying": lambda: settlement.sudo().notice_ids.with_user(self.agent).action_record_confirmed(),
            "certified": lambda: self.decide(settlement, "certificate"),
            "prepared": self.prepare,
        }
        for state, step in steps.items():
            if settlement.state == stop:
                break
            step()
            self.assertEqual(settlement.state, state)
        return settlement


@tagged("post_install", "-at_install")
class TestSettlementBatch(MoneyCommon):
    """Must show 5: a thousand orders in one batch; progress; restarted after a crash without double documents."""

    def many_orders(self, count, **vals):
        """Orders that are inspected, with a cost line each, made in bulk."""
        case = self.complaint.case_id
        orders = self.env["cs.rework"].sudo()._cs_as_server()
        return orders.create(
            [
                {
                    "name": f"BULK-{number}",
                    "case_id": case.id,
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                    "cost_class": "b",
                    "trade_ids": [Command.set(self.trade.ids)],
                    "technician_ids": [Command.set(self.worker.ids)],
                    "received_at": "2026-05-01 08:00:00",
                    "closed_at": "2026-05-02 08:00:00",
                    "line_ids": [Command.create({"name": "Pipe", "quantity": 1, "unit_cost": 10 + number % 7})],
                    **vals,
                }
                for number in range(count)
            ]
        )

    def close(self, orders):
        orders.sudo()._cs_as_server().write({"state": "closed"})
        self.env.flush_all()
        self.env.invalidate_all()
        return orders.with_user(self.agent)

    def test_a_thousand_orders_in_bounded_queries(self):
        few = self._count(100)
        many = self._count(1_000)
        self.assertLessEqual(many, few * 2, "queries do not grow with the orders")

    def _count(self, number):
        orders = self.close(self.many_orders(number).sorted("id"))
        before = self.cr.sql_log_count
        settlement = self.draw_up(orders)
        settlement.action_submit()
        queries = self.cr.sql_log_count - before
        self.assertEqual(settlement.order_count, number)
        self.decide(settlement, "settlement")
        self.decide(settlement, "certificate")
        self.prepare()
        bill = settlement.sudo().move_ids
        self.assertEqual(len(bill.invoice_line_ids), number)
        self.assertAlmostEqual(bill.amount_total, settlement.settled_total, 2)
        self.env.cr.execute("UPDATE cs_rework SET name = name || '-' || %s WHERE id = ANY(%s)", [number, orders.ids])
        return queries

    def test_a_crash_leaves_nothing_twice(self):
        customers = self.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(5)])
        orders = self.env["cs.rework"]
        for customer in customers:
            order = self.finished_order(10, "c", agreed_amount=50)
            order.sudo().case_id.partner_id = customer
            orders |= order
        settlement = self.draw_up(orders)
        settlement.action_submit()
        self.decide(settlement, "settlement")
        self.assertEqual(settlement.document_total, 6, "a bill and five invoices")
        self._crash_after(settlement, 3)
        self.env.invalidate_all()
        self.assertRecordValues(settlement, [{"is_queued": True, "document_count": 3, "progress": 50}])
        self.prepare()
        moves = settlement.sudo().move_ids
        self.assertEqual(len(moves), 6)
        self.assertEqual(moves.mapped("partner_id"), customers | self.property_company)
        self.assertRecordValues(settlement, [{"state": "prepared", "progress": 100}])
        self.prepare()
        self.assertEqual(settlement.sudo().move_ids, moves)

    def _crash_after(self, settlement, count):
        """Let the job die at document ``count`` + 1; what it committed before stays."""
        made = []
        create = type(self.env["account.move"]).create

        def dying(model, vals_list):
            if len(made) == count:
                raise MemoryError
            made.append(True)
            return create(model, vals_list)

        with self.enter_registry_test_mode(), patch.object(type(self.env["account.move"]), "create", dying):
            # Not assertRaises: it would take back what was committed before the crash.
            try:
                with self.registry.cursor() as cursor:
                    self.env(cr=cursor, user=SUPERUSER_ID)["cs.settlement"]._cron_prepare()
            except MemoryError:
                return
        self.fail("the job did not crash")

    def test_what_cannot_be_prepared_says_why(self):
        self.company.write({"cs_recovery_account_id": False, "cs_repair_account_id": False})
        order = self.open_class_a(estimate=20)
        self.finish(order, 20)
        settlement = self.settle(order)
        self.assertRecordValues(settlement, [{"is_queued": False, "state": "certified"}])
        self.assertIn("Set the account", settlement.prepare_error)
        self.assertTrue(settlement.activity_ids.filtered(lambda row: row.user_id == self.agent))
        self.company.cs_recovery_account_id = self.recovery_account
        settlement.action_prepare()
        self.prepare()
        self.assertRecordValues(settlement, [{"state": "prepared", "prepare_error": False}])
