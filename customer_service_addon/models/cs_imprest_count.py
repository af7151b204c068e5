import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import date_utils, format_date

from ..services.register_xlsx import ledger_xlsx
from .cs_imprest import MONEY

COUNT_STATES = [("draft", "To Be Counted"), ("counted", "Counted"), ("confirmed", "Confirmed by Accounting")]
NEXT_COUNT_STATES = {"draft": ("counted",), "counted": ("confirmed", "draft"), "confirmed": ()}


class CsImprestCount(models.Model):
    """The monthly reconciliation of an imprest fund (R-09): what is booked, what the holder counted, the difference.

    The figures of the month are sums of posted items and are read whenever they are shown. The balance that
    accounting confirmed is kept as its proof: entries booked into the month afterwards are seen as a difference to it.
    """

    _name = "cs.imprest.count"
    _description = "Monthly Count of an Imprest Fund"
    _inherit = ["cs.guard.mixin", "cs.internal.thread"]
    _order = "month desc, fund_id"
    _mail_post_access = "read"

    name = fields.Char("Count", compute="_compute_name")
    fund_id = fields.Many2one(
        "cs.imprest",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["cs.imprest.use"]._default_fund_id(),
    )
    company_id = fields.Many2one(related="fund_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="fund_id.currency_id")
    month = fields.Date(
        required=True, default=lambda self: self._default_month(), help="Any day of it; the first one is kept."
    )
    state = fields.Selection(
        COUNT_STATES, "Status", required=True, readonly=True, default="draft", copy=False, index=True, tracking=True
    )
    counted = fields.Monetary("Counted Cash", help="What the holder counted in the cash box at the end of the month.")
    note = fields.Text("Why It Differs")
    counted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    counted_at = fields.Datetime("Counted On", readonly=True, copy=False)
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    confirmed_at = fields.Datetime("Confirmed On", readonly=True, copy=False)
    confirmed_balance = fields.Monetary(readonly=True, copy=False)

    opening = fields.Monetary("Opening Balance", compute="_compute_figures")
    topped_up = fields.Monetary(compute="_compute_figures")
    used = fields.Monetary("Paid for Orders", compute="_compute_figures")
    other = fields.Monetary("Other Entries", compute="_compute_figures", help="Entries made by hand and reversals.")
    closing = fields.Monetary("Closing Balance", compute="_compute_figures")
    difference = fields.Monetary(compute="_compute_figures", help="Counted cash less closing balance.")
    is_changed = fields.Boolean(
        "Changed After Confirmation", compute="_compute_figures", help="Something was booked into the month since."
    )
    spreadsheet = fields.Binary(compute="_compute_spreadsheet")
    can_count = fields.Boolean(compute="_compute_can")
    can_confirm = fields.Boolean(compute="_compute_can")

    _cs_server_fields = frozenset(
        {
            *("state", "counted_by_id", "counted_at", "confirmed_by_id", "confirmed_at", "confirmed_balance"),
            "company_id",
        }
    )

    _one_per_month = models.UniqueIndex("(fund_id, month)", "This fund has its count of that month already.")
    _month_first = models.Constraint("CHECK(date_part('day', month) = 1)", "The month is kept as its first day.")

    @api.model
    def _default_month(self):
        """Return the first day of last month."""
        return date_utils.start_of(
            date_utils.start_of(fields.Date.context_today(self), "month") - timedelta(1), "month"
        )

    @api.depends("fund_id", "month")
    @api.depends_context("lang")
    def _compute_name(self):
        for count in self:
            month = format_date(self.env, count.month, date_format="MMMM yyyy") if count.month else ""
            count.name = f"{count.fund_id.name or ''} {month}"

    @api.depends("name")
    def _compute_display_name(self):
        for count in self:
            count.display_name = count.name

    @api.depends("fund_id", "month", "counted", "confirmed_balance", "state")
    def _compute_figures(self):
        by_fund = self.fund_id._origin._sums()
        for count in self:
            sums, rounded = (
                by_fund.get(count.fund_id._origin, {}),
                count.currency_id.round if count.currency_id else round,
            )
            of_month = {kind: sums.get((count.month, kind), 0.0) for kind in ("topup", "use", "other")}
            before = [amount for (month, _kind), amount in sums.items() if count.month and month < count.month]
            count.opening = rounded(sum(before))
            count.topped_up = rounded(of_month["topup"])
            count.used = rounded(-of_month["use"])
            count.other = rounded(of_month["other"])
            count.closing = rounded(sum(before) + sum(of_month.values()))
            count.difference = rounded(count.counted - count.closing)
            confirmed = count.state == "confirmed" and count.currency_id
            count.is_changed = confirmed and confirmed.compare_amounts(count.closing, count.confirmed_balance) != 0

    def _compute_spreadsheet(self):
        for count in self:
            count.spreadsheet = base64.b64encode(count._xlsx())

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can(self):
        for count in self:
            count.can_count = count.state == "draft" and count._may_count()
            count.can_confirm = count.state == "counted" and count._may_confirm()

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_first_day(vals) for vals in vals_list])

    def write(self, vals):
        if not self._cs_is_server() and {"fund_id", "month", "counted", "note"} & set(vals):
            for count in self:
                if count.state != "draft":
                    raise UserError(self.env._("%s was handed in and stays as it is.", count.name))
        return super().write(self._with_first_day(vals))

    @api.model
    def _with_first_day(self, vals):
        if not vals.get("month"):
            return vals
        return vals | {"month": fields.Date.to_date(vals["month"]).replace(day=1)}

    @api.ondelete(at_uninstall=False)
    def _unlink_draft(self):
        for count in self:
            if count.state != "draft":
                raise UserError(self.env._("%s was handed in and is kept.", count.name))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_count(self):
        """Hand in the counted cash; by the holder of the fund, who says why it differs."""
        self.check_access("write")
        for count in self:
            if not count._may_count():
                raise AccessError(self.env._("The holder of the fund counts it."))
            if count.month > fields.Date.context_today(count):
                raise UserError(self.env._("%s: the month has not begun.", count.name))
            if not count.currency_id.is_zero(count.difference) and not (count.note or "").strip():
                raise UserError(
                    self.env._(
                        "%(count)s differs by %(difference)s. Say why.",
                        count=count.name,
                        difference=count.currency_id.format(count.difference),
                    )
                )
        self._go_to("counted", counted_by_id=self.env.uid, counted_at=fields.Datetime.now())

    def action_confirm(self):
        """Accounting agrees with the count; the balance it saw is kept."""
        self._ensure_confirms()
        for count in self:
            count._go_to(
                "confirmed",
                confirmed_by_id=self.env.uid,
                confirmed_at=fields.Datetime.now(),
                confirmed_balance=count.closing,
            )

    def action_send_back(self):
        """Have the holder count again."""
        self._ensure_confirms()
        self._go_to("draft", counted_by_id=False, counted_at=False)

    def action_export(self):
        """Return the download of the month as spreadsheet."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/spreadsheet/{self.name}.xlsx?download=true",
            "target": "download",
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _may_count(self):
        self.ensure_one()
        return self.env.su or self.env.user == self.fund_id.holder_id

    def _may_confirm(self):
        self.ensure_one()
        user = self.env.user
        return self.env.su or (user.has_group(MONEY) and user not in (self.counted_by_id, self.fund_id.holder_id))

    def _ensure_confirms(self):
        self.check_access("read")
        for count in self:
            if not count._may_confirm():
                raise AccessError(
                    self.env._("Accounting confirms the count, and nobody who counted or holds the fund.")
                )

    def _go_to(self, state, **values):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for count in self:
            if state not in NEXT_COUNT_STATES[count.state]:
                raise UserError(
                    self.env._(
                        "%(count)s is “%(old)s” and cannot become “%(new)s”.",
                        count=count.name,
                        old=labels[count.state],
                        new=labels[state],
                    )
                )
        # sudo: the step was checked, and accounting writes no counts
        self.sudo()._cs_as_server().write({"state": state, **values})

    def _rows(self):
        """Return the items of the month: dicts of date, number, kind (topup, use, other), what and amount."""
        self.ensure_one()
        fund_sudo = self.fund_id._origin.sudo()
        # sudo: account.move.line - the cash book of the fund, for those who may read the fund
        items_sudo = (
            self.env["account.move.line"]
            .sudo()
            .search_fetch(
                [
                    *fund_sudo._items_domain(),
                    ("date", ">=", self.month),
                    ("date", "<=", date_utils.end_of(self.month, "month")),
                ],
                ["date", "move_name", "name", "balance", "amount_currency"],
                order="date, id",
            )
        )
        by_move = [("move_id", "in", items_sudo.move_id.ids)]
        uses = self.env["cs.imprest.use"].sudo().search(by_move).grouped("move_id")
        topups = self.env["cs.imprest.topup"].sudo().search(by_move).grouped("move_id")
        rows = []
        for item in items_sudo:
            use, topup = uses.get(item.move_id), topups.get(item.move_id)
            rows.append(
                {
                    "date": item.date,
                    "number": item.move_name or "",
                    "kind": "use" if use else "topup" if topup else "other",
                    "order": use.rework_id.name if use else "",
                    "what": use.purpose if use else item.name or item.move_id.ref or "",
                    "amount": item.balance if fund_sudo._is_home() else item.amount_currency,
                }
            )
        return rows

    def _book(self):
        """Return head and rows of the month's cash book, from the opening to the closing balance."""
        self.ensure_one()
        kinds = {"use": self.env._("Paid"), "topup": self.env._("Topped Up"), "other": self.env._("Other")}
        head = [
            *(self.env._("Date"), self.env._("Entry"), self.env._("Kind"), self.env._("Order"), self.env._("What")),
            *(self.env._("In"), self.env._("Out"), self.env._("Balance")),
        ]
        balance, rows = self.opening, []
        for row in self._rows():
            balance = self.currency_id.round(balance + row["amount"])
            money = (row["amount"], "") if row["amount"] > 0 else ("", -row["amount"])
            rows.append([row["date"], row["number"], kinds[row["kind"]], row["order"], row["what"], *money, balance])
        return head, rows

    def _xlsx(self):
        head, rows = self._book()
        opening = [self.month, "", self.env._("Opening Balance"), "", "", "", "", self.opening]
        end = date_utils.end_of(self.month, "month")
        closing = [end, "", self.env._("Closing Balance"), "", "", self.topped_up, self.used, self.closing]
        counted = [end, "", self.env._("Counted Cash"), "", self.note or "", "", "", self.counted]
        difference = [end, "", self.env._("Difference"), "", "", "", "", self.difference]
        subtitle = f"{self.company_id.name} · {self.currency_id.name} · {self.fund_id.holder_id.name}"
        return ledger_xlsx(self.name, subtitle, head, [opening, *rows, closing, counted, difference])
