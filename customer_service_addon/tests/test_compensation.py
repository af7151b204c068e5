from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common_compensation import CompensationCommon


@tagged("post_install", "-at_install")
class TestCompensation(CompensationCommon):
    """C-09: approved by amount, prepared as drafts, exact to the cent, followed until it is paid."""

    def test_from_the_complaint_to_the_books(self):
        invoice = self.invoice()
        row = self.compensate(106, invoice)
        self.assertEqual(row.name, f"{self.complaint.name}-K1")
        row.action_submit()
        approval = row.sudo().approval_ids
        self.assertRecordValues(approval, [{"kind": "compensation", "amount": 106, "state": "draft"}])
        with self.assertRaises(UserError):
            approval.with_user(self.agent).action_approve()
        approval.with_user(self.manager).action_approve()
        move = row.sudo().move_id
        self.assertRecordValues(move, [{"state": "draft", "reversed_entry_id": invoice.id}])
        self.assert_balanced(move, 106)
        self.assertEqual(
            (row.state, row.payment_note, self.complaint.compensation_total), ("prepared", "Draft at accounting", 0)
        )
        move.with_user(self.accountant).action_post()
        self.env.invalidate_all()
        self.assertEqual((row.state, self.complaint.compensation_total), ("granted", 106))
        self.assertEqual(invoice.amount_residual, 954)

    def test_agents_need_no_right_to_the_books(self):
        invoice = self.invoice()
        row = self.compensate(10, invoice)
        self.assertEqual(row.invoice_number, invoice.name)
        for name in ("invoice_id", "move_id"):
            with self.assertRaises(AccessError):
                row.read([name])
        with self.assertRaises(UserError):
            row.invoice_number = "INV/NONE/1"

    def test_invoices_of_others_are_not_found(self):
        invoice = self.invoice()
        invoice.sudo().button_draft()
        invoice.partner_id = self.partner_b
        invoice.action_post()
        with self.assertRaisesRegex(UserError, "no posted invoice"):
            self.compensate(10, invoice)

    def test_never_more_than_the_invoice_has_left(self):
        invoice = self.invoice()
        self.compensate(1000, invoice)
        with self.assertRaises(ValidationError):
            self.compensate(60.01, invoice)
        self.compensate(60, invoice)

    def test_incomplete_ones_are_not_submitted(self):
        for row in (self.compensate(10), self.compensate(0, self.invoice()), self.compensate(0, kind="goodwill")):
            with self.assertRaises(UserError):
                row.action_submit()

    def test_goodwill_and_refund_alone(self):
        for kind in ("goodwill", "refund"):
            move = self.approve(self.compensate(123.45, kind=kind))
            self.assertFalse(move.reversed_entry_id)
            self.assert_balanced(move, 123.45)
            move.action_post()
            self.assertEqual(move.state, "posted")

    def test_free_work_has_no_document(self):
        row = self.compensate(0, kind="work")
        self.assertFalse(self.approve(row))
        self.assertEqual(row.state, "granted")

    def test_paid_partly_paid_foreign_and_included(self):
        foreign = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        mixed = ((1000, "excluded"), (333.33, "included"), (99.99, None))
        for currency, paid in ((self.currency, 0), (self.currency, 500), (self.currency, None), (foreign, 0)):
            with self.subTest(currency=currency.name, paid=paid):
                self.assert_partly_credited(self.invoice(mixed, currency), paid, 77.77)

    def test_amounts_in_the_currency_of_the_company(self):
        foreign = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        row = self.compensate(100, self.invoice(currency=foreign))
        self.assertEqual((row.currency_id, row.amount_company), (foreign, 200))

    @settings(max_examples=60, deadline=None)
    @given(
        st.integers(1, 100000),
        st.lists(
            st.tuples(st.integers(1, 90000), st.sampled_from(["excluded", "included", None])), min_size=1, max_size=4
        ),
    )
    def test_exact_to_the_cent(self, cents, lines):
        invoice = self.invoice([(price / 7, tax) for price, tax in lines])
        amount = min(cents / 100, invoice.amount_total)
        with self.env.cr.savepoint() as savepoint:
            self.assert_balanced(self.approve(self.compensate(amount, invoice)), self.currency.round(amount))
            savepoint.rollback()

    def test_a_deleted_draft_opens_it_again(self):
        row = self.compensate(50, self.invoice())
        self.approve(row).with_user(self.accountant).unlink()
        self.env.invalidate_all()
        self.assertEqual((row.state, row.can_prepare), ("approved", True))
        with self.assertRaisesRegex(UserError, "not settled"):
            self._finish()
        row.action_prepare()
        self.assert_balanced(row.sudo().move_id, 50)

    def _finish(self):
        self.complaint.action_take()
        self.complaint.write({"is_valid": "valid", "company_responsible": "yes", "scope": "desk"})
        self.complaint.action_triage()
        self.complaint.action_reply()
        self.complaint.action_close()

    def test_reset_and_cancelled_documents_count_nothing(self):
        row = self.compensate(50, self.invoice())
        move = self.approve(row)
        move.action_post()
        move.button_draft()
        self.env.invalidate_all()
        self.assertEqual((row.state, self.complaint.compensation_total), ("prepared", 0))
        move.button_cancel()
        self.env.invalidate_all()
        self.assertEqual(row.state, "approved")

    def test_what_was_submitted_stays(self):
        row = self.compensate(50, self.invoice())
        row.action_submit()
        for vals in ({"amount": 5000}, {"state": "approved"}, {"reason": "x"}):
            with self.assertRaises(UserError):
                row.write(vals)
        with self.assertRaises(UserError):
            row.unlink()

    def test_refused_and_called_off(self):
        row = self.compensate(50, self.invoice())
        row.action_submit()
        self.env["cs.approval.reject"].with_user(self.manager).create(
            {"approval_id": row.sudo().approval_ids.id, "reason": "No"}
        ).action_confirm()
        self.assertEqual(row.state, "refused")
        other = self.compensate(50, self.invoice())
        other.action_submit()
        other.action_cancel()
        self.assertEqual((other.state, other.sudo().approval_ids.state), ("cancelled", "cancelled"))

    def test_tiers_by_amount(self):
        self.env["tier.definition"].create(
            {
                "name": "Above 500",
                "cs_kind": "compensation",
                "cs_amount_from": 500,
                "reviewer_id": self.other_manager.id,
                "company_id": False,
            }
        )
        big = self.compensate(600, self.invoice())
        big.action_submit()
        with self.assertRaises(UserError):
            big.sudo().approval_ids.with_user(self.manager).action_approve()
        big.sudo().approval_ids.with_user(self.other_manager).action_approve()
        self.assertEqual(big.state, "prepared")
