from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .cs_imprest import ACCOUNTING, MONEY

DECISIONS = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("approved", "Approved"),
    ("refused", "Refused"),
    ("cancelled", "Called Off"),
]
ENTRY_STATES = [
    ("draft", "Draft"),
    ("submitted", "To Be Approved"),
    ("approved", "Approved, Not Prepared"),
    ("prepared", "With Accounting"),
    ("posted", "Booked"),
    ("reversed", "Reversed"),
    ("refused", "Refused"),
    ("cancelled", "Called Off"),
]
# What people decide. What accounting does with the document of an approved one is read from the document.
NEXT_DECISIONS = {
    "draft": ("submitted", "cancelled"),
    "submitted": ("approved", "refused", "cancelled"),
    "approved": ("cancelled",),
    "refused": ("draft",),
    "cancelled": (),
}
OPEN_STATES = ("approved", "prepared")


class CsImprestEntry(models.AbstractModel):
    """Money out of an imprest fund or into it (R-09): asked for, approved by another, booked by accounting.

    ``state`` follows the document by itself: posted, reset, cancelled, deleted and reversed are read from it. An
    approved entry whose document is gone waits to be prepared again, or is called off.
    """

    _name = "cs.imprest.entry"
    _description = "Entry of an Imprest Fund"
    _inherit = ["cs.guard.mixin", "cs.internal.thread"]
    _mail_post_access = "read"

    name = fields.Char("Number", required=True, readonly=True, copy=False, default="/")
    fund_id = fields.Many2one(
        "cs.imprest", required=True, index=True, ondelete="restrict", default=lambda self: self._default_fund_id()
    )
    company_id = fields.Many2one(related="fund_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="fund_id.currency_id")
    amount = fields.Monetary(required=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    decision = fields.Selection(
        DECISIONS, "Decided", required=True, readonly=True, default="draft", copy=False, tracking=True
    )
    state = fields.Selection(
        ENTRY_STATES, "Status", compute="_compute_state", store=True, precompute=True, index=True, copy=False
    )
    author_id = fields.Many2one("res.users", "Entered By", readonly=True, default=lambda self: self.env.user)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_at = fields.Datetime("Decided On", readonly=True, copy=False)
    move_id = fields.Many2one(
        "account.move",
        "Journal Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=ACCOUNTING,
    )
    can_submit = fields.Boolean(compute="_compute_can")
    can_decide = fields.Boolean(compute="_compute_can")
    can_prepare = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_rework = fields.Boolean("Can Be Corrected", compute="_compute_can")

    _cs_server_fields = frozenset(
        {"name", "decision", "state", "author_id", "decided_by_id", "decided_at", "move_id", "company_id"}
    )

    _amount_positive = models.Constraint("CHECK(amount >= 0)", "An amount cannot be negative.")

    @api.model
    def _default_fund_id(self):
        """Return the fund the user holds, if it is one."""
        funds = self.env["cs.imprest"].search([("holder_id", "=", self.env.uid)], limit=2)
        return funds if len(funds) == 1 else False

    @api.depends("decision", "move_id.state", "move_id.reversal_move_ids.state")
    def _compute_state(self):
        following = {"draft": "prepared", "posted": "posted"}
        for entry in self:
            move = entry.move_id
            if entry.decision != "approved":
                entry.state = entry.decision
            elif move.state == "posted" and "posted" in move.reversal_move_ids.mapped("state"):
                entry.state = "reversed"
            else:
                entry.state = following.get(move.state, "approved")

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can(self):
        for entry in self:
            decides = entry._may_decide()
            following = NEXT_DECISIONS[entry.decision]
            entry.can_submit = entry.state == "draft"
            entry.can_decide = decides and entry.state == "submitted"
            entry.can_prepare = decides and entry.state == "approved"
            entry.can_cancel = "cancelled" in following and (
                decides if entry.state in OPEN_STATES else entry.decision != "approved"
            )
            entry.can_rework = entry.state == "refused"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        entries._number()
        return entries

    def write(self, vals):
        if not self._cs_is_server() and set(vals) - {"message_follower_ids", "activity_ids", "message_ids"}:
            for entry in self:
                if entry.decision != "draft":
                    raise UserError(self.env._("%s was submitted and stays as it is.", entry.name))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was entered in a fund is kept. Call it off instead."))

    def _number(self):
        """Give each new entry its number: that of what it belongs to, a letter and a running number."""
        for (field, letter), entries in self.grouped(lambda entry: entry._number_of()).items():
            for owner, own in entries.grouped(field).items():
                # sudo: counting what belongs to the fund or order
                known = self.sudo().search_count([(field, "=", owner.id)]) - len(own)
                for number, entry in enumerate(own.sorted("id"), known + 1):
                    entry._cs_as_server().name = f"{owner.sudo().name}-{letter}{number}"

    def _number_of(self):
        """Return ``(field of what the number is of, letter)``."""
        return "fund_id", "T"

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_submit(self):
        """Ask for the approval. Raises UserError while something is missing or the fund cannot bear it."""
        self.check_access("write")
        for entry in self:
            entry._ensure_complete()
        self._ensure_fits()
        self._decide("submitted")

    def action_approve(self):
        """Approve and prepare the draft for accounting; by accounting, supervisor or manager, never by who asked."""
        self._ensure_decides()
        self.fund_id._lock()
        for entry in self:
            entry._ensure_fits()
            entry._decide("approved", decided_by_id=self.env.uid, decided_at=fields.Datetime.now())
            entry._prepare()

    def action_refuse(self):
        """Refuse; who asked may correct it."""
        self._ensure_decides()
        self._decide("refused", decided_by_id=self.env.uid, decided_at=fields.Datetime.now())

    def action_prepare(self):
        """Prepare the document once more, after accounting has cancelled or deleted it."""
        self._ensure_decides()
        self.fund_id._lock()
        for entry in self:
            if entry.state != "approved":
                raise UserError(self.env._("%s has its document.", entry.name))
            entry._ensure_fits()
            entry._prepare()

    def action_correct(self):
        """Take a refused entry up again."""
        self.check_access("write")
        self._decide("draft")

    def action_cancel(self):
        """Call off what is not booked; its draft goes with it, so that nothing is left behind."""
        self.check_access("read")
        for entry in self:
            if entry.decision == "approved":
                entry._ensure_decides()
            else:
                entry.check_access("write")
            if entry.state in ("posted", "reversed"):
                raise UserError(self.env._("%s is booked. Accounting resets or reverses it first.", entry.name))
        # sudo: account.move - the draft is the entry's own
        moves_sudo = self.sudo().move_id
        self._decide("cancelled")
        booked_before = moves_sudo.filtered("posted_before")
        booked_before.filtered(lambda move: move.state == "draft").button_cancel()
        (moves_sudo - booked_before).unlink()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _may_decide(self):
        self.ensure_one()
        user = self.env.user
        if self.env.su:
            return True
        if user in (self.author_id, self.fund_id.holder_id):
            return False
        return user.has_groups(f"{MONEY},customer_service_addon.group_cs_supervisor")

    def _ensure_decides(self):
        self.check_access("read")
        for entry in self:
            if not entry._may_decide():
                raise AccessError(
                    self.env._(
                        "%s is decided by accounting, a supervisor or a manager, and by nobody who entered it or holds "
                        "the fund.",
                        entry.name,
                    )
                )

    def _ensure_complete(self):
        self.ensure_one()
        if self.currency_id.compare_amounts(self.amount, 0) <= 0:
            raise UserError(self.env._("%s: enter the amount.", self.name))

    def _ensure_fits(self):
        """Raise UserError when the fund cannot bear the entries."""
        raise NotImplementedError

    def _decide(self, decision, **values):
        labels = dict(self._fields["decision"]._description_selection(self.env))
        for entry in self:
            if decision not in NEXT_DECISIONS[entry.decision]:
                raise UserError(
                    self.env._(
                        "%(entry)s is “%(old)s” and cannot become “%(new)s”.",
                        entry=entry.name,
                        old=labels[entry.decision],
                        new=labels[decision],
                    )
                )
        # sudo: the step was checked, and accounting writes no entries
        self.sudo()._cs_as_server().write({"decision": decision, **values})

    def _prepare(self):
        """Prepare the draft of one entry (checked by the caller); a cancelled document is taken up again."""
        self.ensure_one()
        # sudo: account.move - the approval is the right to have the draft prepared; accounting posts it
        entry_sudo = self.sudo()
        if entry_sudo.move_id:
            entry_sudo.move_id.button_draft()
            return
        moves_sudo = self.env["account.move"].sudo().with_company(entry_sudo.company_id)
        entry_sudo._cs_as_server().move_id = moves_sudo.create(entry_sudo._move_values())

    def _cash_amount(self):
        """Return what the entry does to the cash of its fund: positive is in, negative out."""
        raise NotImplementedError

    def _counter_account(self):
        """Return the account of the other line."""
        raise NotImplementedError

    def _move_values(self):
        """Return the values of a balanced entry in the currency of the fund."""
        self.ensure_one()
        fund = self.fund_id
        lines = (
            (fund.journal_id.default_account_id, self._cash_amount()),
            (self._counter_account(), -self._cash_amount()),
        )
        return {
            "move_type": "entry",
            "journal_id": fund.journal_id.id,
            "date": self.date,
            "ref": self.name,
            "currency_id": fund.currency_id.id,
            "line_ids": [
                Command.create(
                    {
                        "name": self._move_label(),
                        "account_id": account.id,
                        "currency_id": fund.currency_id.id,
                        "amount_currency": amount,
                    }
                )
                for account, amount in lines
            ],
        }

    def _move_label(self):
        return self.name

    def _ensure_booked_as_approved(self):
        """Raise UserError when accounting would book another amount, or one that was called off."""
        for entry in self:
            if entry.decision != "approved":
                raise UserError(self.env._("%s was called off and is not booked.", entry.name))
            account = entry.fund_id.journal_id.default_account_id
            items = entry.move_id.line_ids.filtered(lambda line, account=account: line.account_id == account)
            if entry.currency_id.compare_amounts(sum(items.mapped("amount_currency")), entry._cash_amount()):
                raise UserError(
                    self.env._(
                        "%(entry)s: %(amount)s was approved. Book this amount on %(account)s, or have the entry "
                        "called off.",
                        entry=entry.name,
                        amount=entry.currency_id.format(entry.amount),
                        account=account.display_name,
                    )
                )


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        """Entries of an imprest fund are booked as they were approved, and never take out more than is in it."""
        for entries_sudo in self._cs_imprest_entries_sudo():
            entries_sudo.fund_id._lock()
            entries_sudo._ensure_booked_as_approved()
        posted = super()._post(soft)
        for entries_sudo in posted._cs_imprest_entries_sudo():
            entries_sudo.fund_id._ensure_not_negative()
        return posted

    def _cs_imprest_entries_sudo(self):
        """Return the uses and the top-ups of these moves."""
        domain = [("move_id", "in", self.ids)]
        # sudo: accounting books, and enters nothing in the funds
        return [self.env[name].sudo().search(domain) for name in ("cs.imprest.use", "cs.imprest.topup")]
