import base64
import io

import openpyxl
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged

from .common_imprest import ImprestCommon
from .test_report import pdf_text

STEPS = ("use", "topup", "post", "reset", "cancel", "delete", "reverse", "call_off", "prepare", "by_hand")


@tagged("post_install", "-at_install")
class TestImprest(ImprestCommon):
    """R-09: what is in a fund is what is booked; uses per order, top-ups up to the limit."""

    def test_a_top_up_fills_the_fund_to_its_limit(self):
        topup = self.top_up()
        move = topup.sudo().move_id
        self.assertEqual((topup.amount, topup.state, self.fund.balance), (1000, "posted", 1000))
        self.assertEqual(move.journal_id, self.fund.journal_id)
        self.assertEqual(move.line_ids.account_id, self.account | self.fund.source_account_id)
        self.booked(120.55)
        self.assertEqual(self.env["cs.imprest.topup"].new({"fund_id": self.fund.id}).amount, 120.55)

    def test_never_above_the_limit(self):
        self.top_up(600)
        self.top_up(300, post=False)
        for amount, fits in ((100.01, False), (100, True)):
            topup = (
                self.env["cs.imprest.topup"].with_user(self.holder).create({"fund_id": self.fund.id, "amount": amount})
            )
            if fits:
                topup.action_submit()
                continue
            with self.assertRaisesRegex(UserError, "100.00 more"):
                topup.action_submit()

    def test_a_use_from_the_receipt_to_the_books(self):
        self.top_up()
        use = self.use(80)
        self.assertEqual(use.name, f"{self.order.name}-P1")
        use.action_submit()
        self.assertTrue(use.with_user(self.clerk).can_decide)
        use.with_user(self.clerk).action_approve()
        self.assertEqual((use.state, self.fund.balance), ("prepared", 1000))
        self.assertEqual((self.fund.reserved, self.fund.available), (80, 920))
        move = use.sudo().move_id
        self.assertRecordValues(
            move.line_ids.sorted("balance"),
            [
                {"account_id": self.account.id, "balance": -80},
                {"account_id": self.fund.expense_account_id.id, "balance": 80},
            ],
        )
        self.assertEqual(move.ref, use.name)
        move.with_user(self.accountant).action_post()
        self.env.invalidate_all()
        self.assertEqual((use.state, self.fund.balance, self.fund.reserved), ("posted", 920, 0))
        self.assertEqual(self.order.imprest_use_ids, use.sudo().with_env(self.env))

    def test_nothing_is_paid_that_is_not_there(self):
        """R-09: the balance less what is set aside."""
        self.top_up(100)
        self.approved(60)
        with self.assertRaisesRegex(UserError, "40.00 left"):
            self.use(40.01).action_submit()
        first, second = self.use(40), self.use(40)
        (first | second).filtered(lambda use: use.action_submit() or True)
        first.with_user(self.supervisor).action_approve()
        with self.assertRaisesRegex(UserError, "0.00 left"):
            second.with_user(self.supervisor).action_approve()
        self.assertEqual(second.state, "submitted")

    def test_incomplete_uses_are_not_submitted(self):
        self.top_up()
        with self.assertRaisesRegex(UserError, "receipt"):
            self.use(10, receipt=False).action_submit()
        with self.assertRaisesRegex(UserError, "amount"):
            self.use(0).action_submit()

    def test_what_accounting_does_is_followed(self):
        self.top_up()
        use = self.booked(100)
        move = use.sudo().move_id.with_user(self.accountant)
        move.button_draft()
        self.env.invalidate_all()
        self.assertEqual((use.state, self.fund.balance, self.fund.reserved), ("prepared", 1000, 100))
        move.button_cancel()
        self.env.invalidate_all()
        self.assertEqual((use.state, use.with_user(self.clerk).can_prepare), ("approved", True))
        use.with_user(self.clerk).action_prepare()
        self.assertEqual((use.state, use.sudo().move_id.id), ("prepared", move.id))
        move.action_post()
        move._reverse_moves([{"date": "2026-05-12"}]).action_post()
        self.env.invalidate_all()
        self.assertEqual((use.state, self.fund.balance, self.fund.reserved), ("reversed", 1000, 0))

    def test_a_deleted_draft_is_prepared_again(self):
        self.top_up()
        use = self.approved(100)
        use.sudo().move_id.with_user(self.accountant).unlink()
        self.env.invalidate_all()
        self.assertEqual((use.state, self.fund.reserved), ("approved", 100))
        use.with_user(self.manager).action_prepare()
        self.assertEqual(use.state, "prepared")

    def test_called_off_leaves_nothing_behind(self):
        self.top_up()
        use = self.approved(100)
        move = use.sudo().move_id
        with self.assertRaises(AccessError):
            use.with_user(self.holder).action_cancel()
        use.with_user(self.supervisor).action_cancel()
        self.env.invalidate_all()
        self.assertFalse(move.exists())
        self.assertEqual((use.state, self.fund.available), ("cancelled", 1000))
        booked = self.booked(50)
        with self.assertRaisesRegex(UserError, "booked"):
            booked.with_user(self.supervisor).action_cancel()
        document = booked.sudo().move_id
        document.button_draft()
        booked.with_user(self.supervisor).action_cancel()
        self.assertEqual((booked.state, document.state), ("cancelled", "cancel"))
        document.button_draft()
        with self.assertRaisesRegex(UserError, "called off"):
            document.action_post()

    def test_accounting_books_what_was_approved(self):
        self.top_up()
        move = self.approved(100).sudo().move_id
        with self.assertRaisesRegex(UserError, "was approved"):
            move.line_ids.unlink()
            move.write(
                {
                    "line_ids": [
                        (0, 0, {"account_id": a.id, "balance": b})
                        for a, b in ((self.account, -90), (self.fund.expense_account_id, 90))
                    ]
                }
            )
            move.with_user(self.accountant).action_post()

    def test_a_use_is_not_booked_into_an_empty_box(self):
        self.top_up(100)
        use = self.approved(80)
        self.by_hand(-50)
        with self.assertRaisesRegex(UserError, "Book its top-up first"):
            use.sudo().move_id.with_user(self.accountant).action_post()

    def test_refused_and_corrected(self):
        self.top_up()
        use = self.use(100)
        use.action_submit()
        use.with_user(self.clerk).action_refuse()
        self.assertTrue(use.can_rework)
        use.action_correct()
        use.amount = 90
        use.action_submit()
        self.assertRecordValues(use, [{"state": "submitted", "amount": 90}])

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_nobody_approves_what_he_entered_or_holds(self):
        self.top_up()
        own = self.use(10, user=self.technician)
        own.action_submit()
        for user in (self.technician, self.holder):
            self.assertFalse(own.with_user(user).can_decide)
            with self.assertRaises(AccessError):
                own.with_user(user).action_approve()
        self.manager.sudo().group_ids += self.env.ref("account.group_account_invoice")
        self.fund.holder_id = self.manager
        with self.assertRaises(AccessError):
            own.with_user(self.manager).action_approve()

    def test_steps_are_taken_by_buttons_only(self):
        self.top_up()
        use = self.use(10)
        for vals in ({"decision": "approved"}, {"state": "posted"}, {"move_id": 1}, {"name": "X"}):
            with self.assertRaises(AccessError):
                use.write(vals)
        for vals in ({"decision": "approved"}, {"move_id": self.env["account.move"].search([], limit=1).id}):
            with self.assertRaises(AccessError):
                self.use(10, **vals)
        use.action_submit()
        for vals in ({"amount": 500}, {"receipt": False}, {"fund_id": self.make_fund("Second").id}):
            with self.assertRaises(UserError):
                use.write(vals)
        with self.assertRaises(AccessError):
            use.unlink()

    def test_funds_are_seen_by_those_concerned(self):
        self.top_up()
        use = self.use(10)
        for user in (self.holder, self.technician, self.supervisor, self.manager, self.clerk, self.accountant):
            with self.subTest(user=user.login):
                self.assertEqual(self.fund.with_user(user).balance, 1000)
                self.assertEqual(use.with_user(user).purpose, "Sealing ring")
        for record in (self.fund, use):
            with self.assertRaises(AccessError):
                record.with_user(self.stranger).read(["name"])
        with self.assertRaises(AccessError):
            self.use(10, user=self.stranger)
        for user in (self.holder, self.clerk, self.supervisor):
            with self.assertRaises(AccessError):
                self.fund.with_user(user).limit = 5000
        self.fund.with_user(self.manager).limit = 2000
        with self.assertRaises(AccessError):
            use.with_user(self.clerk).write({"purpose": "x"})
        with self.assertRaises(AccessError):
            self.fund.with_user(self.holder).read(["journal_id"])

    def test_accounting_finds_its_menu(self):
        menus = self.env["ir.ui.menu"].with_user(self.clerk)
        visible = menus.browse(menus._visible_menu_ids())
        for name in ("root", "rework", "imprest", "imprest_use", "imprest_topup", "imprest_count", "imprest_fund"):
            self.assertIn(self.env.ref(f"customer_service_addon.menu_cs_{name}").id, visible.ids, name)
        self.assertNotIn(self.env.ref("customer_service_addon.menu_cs_rework_all").id, visible.ids)

    def test_orders_of_others_are_not_paid(self):
        case = self.order.case_id.copy({"user_id": self.stranger.id, "team_id": False}).sudo()
        case.team_id = self.env["cs.team"].create({"name": "Else", "company_id": self.company.id})
        case.action_open_rework()
        with self.assertRaises(AccessError):
            self.use(10, rework_id=case.rework_ids.id)

    def test_one_fund_per_journal_and_account(self):
        with self.assertRaises(ValidationError):
            self.fund.journal_id = self.company_data["default_journal_bank"]
        journal = self.fund.journal_id.copy({"default_account_id": self.account.id})
        with self.assertRaisesRegex(ValidationError, "of its own"):
            self.make_fund("Second").journal_id = journal
        self.top_up()
        self.approved(10)
        with self.assertRaises(UserError):
            self.fund.journal_id = self.env["account.journal"].create({"name": "New", "type": "cash"})
        with self.assertRaises(UserError):
            self.fund.unlink()

    # ------------------------------------------------------------------
    # Currencies and random sequences
    # ------------------------------------------------------------------

    def test_a_fund_in_another_currency(self):
        fund = self.euro_fund
        self.assertEqual(fund.currency_id, self.foreign)
        self.top_up(500, fund)
        use = self.booked(33.33, fund)
        self.assertEqual(fund.balance, 466.67)
        self.assertEqual(fund.balance, self.items(fund))
        for move in use.sudo().move_id | self.fund.topup_ids.sudo().move_id:
            self.assertEqual(sum(move.line_ids.mapped("balance")), 0)
            self.assertEqual(sum(move.line_ids.mapped("amount_currency")), 0)
        self.assertAlmostEqual(use.sudo().move_id.amount_total_signed, 111.1)
        with self.assertRaisesRegex(ValidationError, "has to be kept in EUR"):
            fund.journal_id.default_account_id.currency_id = False
            fund._check_journal()

    @settings(max_examples=12, deadline=None)
    @given(st.booleans(), st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 60000)), min_size=5, max_size=14))
    def test_random_sequences(self, foreign, steps):
        fund = self.euro_fund if foreign else self.fund
        with self.env.cr.savepoint() as savepoint:
            self.top_up(500, fund)
            for step, number in steps:
                self._step(fund, step, number)
                self._assert_true(fund)
            savepoint.rollback()

    def _step(self, fund, step, number):
        """Do one step where it is possible; what the product refuses leaves everything as it was."""
        uses = self.env["cs.imprest.use"].search([("fund_id", "=", fund.id)])
        entry = uses[number % len(uses)] if uses else uses
        move = entry.move_id
        actions = {
            "use": lambda: self.approved(number / 100, fund),
            "topup": lambda: self.top_up(number / 100, fund),
            "post": lambda: move.state == "draft" and move.action_post(),
            "reset": lambda: move.state in ("posted", "cancel") and move.button_draft(),
            "cancel": lambda: move.state == "draft" and move.button_cancel(),
            "delete": lambda: move.state == "draft" and move.unlink(),
            "reverse": lambda: move.state == "posted" and move._reverse_moves().action_post(),
            "call_off": lambda: entry and entry.with_user(self.supervisor).action_cancel(),
            "prepare": lambda: entry and entry.with_user(self.supervisor).action_prepare(),
            "by_hand": lambda: self.by_hand(number / 100, fund=fund),
        }
        try:
            with self.env.cr.savepoint():
                actions[step]()
        except UserError:
            self.env.invalidate_all()

    def _assert_true(self, fund):
        self.env.invalidate_all()
        account = fund.journal_id.default_account_id
        self.assertEqual(fund.currency_id.compare_amounts(fund.balance, self.items(fund)), 0)
        self.assertGreaterEqual(fund.currency_id.compare_amounts(fund.balance, 0), 0)
        uses = self.env["cs.imprest.use"].search([("fund_id", "=", fund.id)])
        for use in uses:
            expected = {"draft": "prepared", "posted": ("posted", "reversed")}.get(use.move_id.state, "approved")
            self.assertIn(use.state, ("cancelled", *([expected] if isinstance(expected, str) else expected)))
            self.assertFalse(use.state == "cancelled" and use.move_id.state == "posted")
        moves = self.env["account.move"].search([("line_ids.account_id", "=", account.id)])
        for move in moves:
            self.assertEqual(self.currency.compare_amounts(sum(move.line_ids.mapped("balance")), 0), 0)
        drafts = moves.filtered(lambda move: move.state == "draft" and move.journal_id == fund.journal_id)
        alive = uses.filtered(lambda use: use.state == "prepared").move_id
        unowned = drafts - alive - fund.topup_ids.move_id - uses.move_id
        self.assertFalse(unowned.filtered(lambda move: not move.reversed_entry_id), "an orphan is left")


@tagged("post_install", "-at_install")
class TestImprestCount(ImprestCommon):
    """R-09: the monthly reconciliation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("report.url", HttpCase.base_url())

    def month(self, month="2026-05-17", **vals):
        return (
            self.env["cs.imprest.count"]
            .with_user(self.holder)
            .create({"fund_id": self.fund.id, "month": month, **vals})
        )

    def busy(self):
        self.by_hand(300, "2026-04-30")
        self.top_up(600)
        self.booked(100.5)
        self.approved(20)
        self.by_hand(-7, "2026-05-31")
        self.by_hand(50, "2026-06-01")

    def test_figures_of_a_month(self):
        self.busy()
        count = self.month(counted=790)
        self.assertRecordValues(
            count,
            [
                {
                    "opening": 300,
                    "topped_up": 600,
                    "used": 100.5,
                    "other": -7,
                    "closing": 792.5,
                    "difference": -2.5,
                    "name": "Imprest May 2026",
                }
            ],
        )
        self.assertEqual(self.month("2026-06-01").opening, 792.5)

    def test_counted_by_the_holder_confirmed_by_accounting(self):
        self.busy()
        count = self.month(counted=790)
        with self.assertRaises(AccessError):
            count.with_user(self.technician).action_count()
        with self.assertRaisesRegex(UserError, "Say why"):
            count.action_count()
        count.note = "A coin fell through the grating"
        count.action_count()
        with self.assertRaises(UserError):
            count.counted = 792.5
        for user in (self.holder, self.supervisor, self.manager):
            with self.assertRaises(AccessError):
                count.with_user(user).action_confirm()
        count.with_user(self.clerk).action_confirm()
        self.assertRecordValues(
            count, [{"state": "confirmed", "confirmed_balance": 792.5, "confirmed_by_id": self.clerk.id}]
        )
        self.assertFalse(count.is_changed)
        self.by_hand(1, "2026-05-02")
        self.assertTrue(count.is_changed)

    def test_counted_again(self):
        self.top_up()
        count = self.month(counted=1000)
        count.action_count()
        count.with_user(self.clerk).action_send_back()
        count.write({"counted": 999, "note": "Counted twice"})
        count.action_count()
        self.assertEqual(count.difference, -1)
        with self.assertRaises(UserError):
            count.unlink()

    def test_no_month_is_forgotten(self):
        self.top_up()
        counts = self.env["cs.imprest.count"]
        with freeze_time("2099-06-03 04:00:00"):
            self.month("2099-05-01")
            for _time in range(2):
                counts._cron_open()
            opened = counts.search([("month", "=", "2099-05-01")])
            self.assertEqual(opened.fund_id, self.fund | self.euro_fund)
            due = opened.filtered(lambda count: count.fund_id == self.euro_fund)
            self.assertEqual(due.activity_ids.user_id, self.holder)
            due.with_user(self.holder).action_count()
        self.assertEqual((due.state, len(due.activity_ids)), ("counted", 0))

    def test_a_list_of_months_in_few_queries(self):
        self.busy()
        months = self.month()
        for number in range(1, 12):
            months |= self.month(f"2025-{number:02}-01")

        def count(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.mapped("closing")
            return self.env.cr.sql_log_count - before

        count(months)
        self.assertLessEqual(count(months.browse(months.ids)), count(months.browse(months[0].id)) + 1)
        self.assertEqual(months.filtered(lambda row: row.closing).mapped("closing"), [792.5])

    def test_server_fields_stay_closed(self):
        count = self.month()
        for vals in ({"state": "confirmed"}, {"confirmed_balance": 5}, {"counted_by_id": self.clerk.id}):
            with self.assertRaises(AccessError):
                count.write(vals)
        with self.assertRaises(AccessError):
            self.month("2026-03-01", state="confirmed")

    def test_print_and_spreadsheet(self):
        self.busy()
        count = self.month(counted=790, note="A coin fell")
        html = (
            self.env["ir.actions.report"]
            .with_user(self.clerk)
            ._render_qweb_html("customer_service_addon.report_cs_imprest_count", count.ids)[0]
            .decode()
        )
        for expected in ("Imprest Reconciliation", "Sealing ring", self.order.name, "792.50", "A coin fell", "Holder"):
            self.assertIn(expected, html)
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(count.spreadsheet))).active
        rows = [[cell.value for cell in row] for row in book.iter_rows()]
        used = next(row for row in rows if row[4] == "Sealing ring")
        self.assertEqual(used[6:], [100.5, 799.5])
        self.assertEqual([row[7] for row in rows if row[2] in ("Opening Balance", "Difference")], [300, -2.5])

    def test_print_as_pdf(self):
        self.busy()
        count = self.month(counted=790)
        reports = self.env["ir.actions.report"].with_user(self.clerk).with_context(force_report_rendering=True)
        with self.allow_pdf_render():
            content = reports._render_qweb_pdf("customer_service_addon.report_cs_imprest_count", count.ids)[0]
        self.assertIn("ImprestMay2026", pdf_text(content))
