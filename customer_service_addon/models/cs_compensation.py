from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

COMPENSATION_KINDS = [
    ("credit", "Credit Note on an Invoice"),
    ("refund", "Refund"),
    ("goodwill", "Goodwill Credit"),
    ("work", "Free Work"),
]
COMPENSATION_STATES = [
    ("draft", "Draft"),
    ("submitted", "To Be Approved"),
    ("approved", "Approved"),
    ("prepared", "With Accounting"),
    ("granted", "Granted"),
    ("refused", "Not Approved"),
    ("cancelled", "Called Off"),
]
NEXT_COMPENSATION_STATES = {
    "draft": ("submitted", "cancelled"),
    "submitted": ("approved", "refused", "cancelled"),
    "approved": ("prepared", "granted", "cancelled"),
    "prepared": ("approved", "granted"),
    "granted": ("approved",),
    "refused": ("draft",),
    "cancelled": (),
}


class CsCompensation(models.Model):
    """What a customer gets for the trouble (C-09): approved by amount, prepared as a draft, posted by accounting.

    Amounts include taxes. Nothing counts before the document is posted; a draft that accounting deletes or resets
    opens the compensation again.
    """

    _name = "cs.compensation"
    _description = "Compensation"
    _inherit = ["cs.guard.mixin", "cs.internal.thread", "cs.approval.document"]
    _order = "id desc"

    name = fields.Char("Number", required=True, readonly=True, copy=False, default="/")
    complaint_id = fields.Many2one("cs.complaint", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, precompute=True)
    customer_id = fields.Many2one(related="complaint_id.customer_id", store=True)
    kind = fields.Selection(COMPENSATION_KINDS, required=True, default="credit")
    invoice_id = fields.Many2one(
        "account.move",
        groups="account.group_account_readonly,account.group_account_invoice",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('move_type', '=', 'out_invoice'), ('state', '=', 'posted'),"
        " ('commercial_partner_id', '=', customer_id), ('company_id', '=', company_id)]",
    )
    invoice_number = fields.Char(
        compute="_compute_invoice_number",
        inverse="_inverse_invoice_number",
        help="The number of a posted invoice to this customer.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, readonly=False, required=True, precompute=True
    )
    amount = fields.Monetary("Compensated Amount", help="Including taxes.")
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    amount_company = fields.Monetary(
        "Amount in Company Currency",
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
    )
    reason = fields.Text(required=True)
    state = fields.Selection(
        COMPENSATION_STATES, required=True, readonly=True, default="draft", copy=False, index=True, tracking=True
    )
    author_id = fields.Many2one("res.users", required=True, readonly=True, default=lambda self: self.env.user)
    move_id = fields.Many2one(
        "account.move",
        "Credit Note",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    payment_note = fields.Char("Payment", compute="_compute_payment_note")
    can_submit = fields.Boolean(compute="_compute_can_submit")
    can_prepare = fields.Boolean(compute="_compute_can_submit")

    _cs_server_fields = frozenset({"name", "state", "author_id", "move_id", "approval_ids", "amount_company"})

    _amount_positive = models.Constraint("CHECK(amount >= 0)", "A compensation cannot be negative.")

    @api.depends("invoice_id", "complaint_id")
    def _compute_currency_id(self):
        for row in self:
            # sudo: account.move - only its currency is read
            row.currency_id = row.sudo().invoice_id.currency_id or row.complaint_id.company_id.currency_id

    @api.depends("invoice_id")
    def _compute_invoice_number(self):
        for row in self:
            # sudo: account.move - only its number is shown
            row.invoice_number = row.sudo().invoice_id.name

    def _inverse_invoice_number(self):
        """Find the invoice by its number; those who compensate need no right to the books."""
        for row in self:
            number = (row.invoice_number or "").strip()
            # sudo: account.move - a posted invoice to this very customer, found by its exact number
            invoice_sudo = (
                self.env["account.move"]
                .sudo()
                .search(
                    [
                        ("name", "=", number),
                        ("move_type", "=", "out_invoice"),
                        ("state", "=", "posted"),
                        ("company_id", "=", row.company_id.id),
                        ("commercial_partner_id", "=", row.customer_id.id),
                    ],
                    limit=1,
                )
                if number
                else self.env["account.move"].sudo()
            )
            if number and not invoice_sudo:
                raise UserError(self.env._("There is no posted invoice %(number)s to this customer.", number=number))
            currency = invoice_sudo.currency_id or row.currency_id
            row.sudo().write({"invoice_id": invoice_sudo.id, "currency_id": currency.id})

    @api.depends("amount", "currency_id", "company_id")
    def _compute_amount_company(self):
        for row in self:
            day = row.create_date.date() if row.create_date else fields.Date.context_today(row)
            row.amount_company = row.currency_id._convert(row.amount, row.company_currency_id, row.company_id, day)

    @api.depends("state")
    def _compute_payment_note(self):
        """Say in words where the money is, also to those who may not read the document."""
        for row in self:
            # sudo: account.move - its state in words, no figure of it
            move_sudo = row.sudo().move_id
            labels = dict(move_sudo._fields["payment_state"]._description_selection(self.env))
            if not move_sudo:
                row.payment_note = False
            elif move_sudo.state != "posted":
                row.payment_note = self.env._("Draft at accounting")
            else:
                row.payment_note = labels.get(move_sudo.payment_state)

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_submit(self):
        desk = self.env["cs.complaint"]._is_desk()
        for row in self:
            row.can_submit = desk and row.state == "draft"
            row.can_prepare = desk and row.state == "approved"

    @api.constrains("kind", "invoice_id", "amount", "currency_id", "complaint_id")
    def _check_money(self):
        for row in self:
            # sudo: account.move - the limits of the invoice, whoever may read it
            invoice_sudo = row.sudo().invoice_id
            if row.kind == "work" or not invoice_sudo:
                continue
            if invoice_sudo.move_type != "out_invoice" or invoice_sudo.company_id != row.company_id:
                raise ValidationError(self.env._("Only an invoice to this customer can be credited."))
            if invoice_sudo.commercial_partner_id != row.customer_id:
                raise ValidationError(self.env._("The invoice belongs to another customer."))
            if row.currency_id != invoice_sudo.currency_id:
                raise ValidationError(self.env._("An invoice is credited in its own currency."))
            if row.currency_id.compare_amounts(row.amount, row._left_to_credit()) > 0:
                raise ValidationError(
                    self.env._(
                        "%(left)s of %(invoice)s can still be credited.",
                        left=row.currency_id.format(row._left_to_credit()),
                        invoice=invoice_sudo.name,
                    )
                )

    def _left_to_credit(self):
        """Return what the invoice has left, in its currency, beside credit notes and other compensations."""
        self.ensure_one()
        # sudo: account.move, cs.compensation - sums only
        invoice_sudo = self.sudo().invoice_id
        credited = sum(
            invoice_sudo.reversal_move_ids.filtered(lambda move: move.state == "posted").mapped("amount_total")
        )
        others_sudo = self.sudo().search(
            [
                ("invoice_id", "=", invoice_sudo.id),
                ("id", "!=", self._origin.id),
                ("state", "in", ("draft", "submitted", "approved", "prepared")),
            ]
        )
        return invoice_sudo.amount_total - credited - sum(others_sudo.mapped("amount"))

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        for complaint, own in rows.grouped("complaint_id").items():
            complaint.check_access("write")
            # sudo: cs.compensation - counting what belongs to the file
            known = self.sudo().search_count([("complaint_id", "=", complaint.id)]) - len(own)
            for number, row in enumerate(own.sorted("id"), known + 1):
                row._cs_as_server().name = f"{complaint.name}-K{number}"
        return rows

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_draft(set(vals) - {"message_follower_ids", "activity_ids", "message_ids"})
        return super().write(vals)

    def _ensure_draft(self, names):
        for row in self:
            if names and row.state != "draft":
                raise UserError(self.env._("%(compensation)s was submitted and stays as it is.", compensation=row.name))

    @api.ondelete(at_uninstall=False)
    def _unlink_draft(self):
        self._ensure_draft({"state"})

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_submit(self):
        """Ask for the approval of the compensations. Raises AccessError for departments."""
        self._ensure_desk()
        for row in self:
            row._ensure_complete()
        self._go_to("submitted")
        self._request_approval("compensation")

    def _ensure_complete(self):
        self.ensure_one()
        if self.kind == "work":
            return
        if self.kind == "credit" and not self.sudo().invoice_id:
            raise UserError(self.env._("%(compensation)s: enter the number of the invoice.", compensation=self.name))
        if self.currency_id.is_zero(self.amount):
            raise UserError(self.env._("%(compensation)s: enter the amount.", compensation=self.name))

    def action_prepare(self):
        """Prepare the document once more, after accounting has deleted the draft."""
        self._ensure_desk()
        for row in self:
            if row.state != "approved":
                raise UserError(self.env._("%(compensation)s is not approved.", compensation=row.name))
        self._grant()

    def action_cancel(self):
        """Call off what is not with accounting yet."""
        self._ensure_desk()
        self._approvals("compensation")._take_back()
        self._go_to("cancelled")

    def _ensure_desk(self):
        self.check_access("write")
        if not self.env["cs.complaint"]._is_desk():
            raise AccessError(self.env._("Customer service offers compensations."))

    def _go_to(self, state, **values):
        for row in self:
            if state not in NEXT_COMPENSATION_STATES[row.state]:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(compensation)s is “%(old)s” and cannot become “%(new)s”.",
                        compensation=row.name,
                        old=labels[row.state],
                        new=labels[state],
                    )
                )
        # sudo: cs.compensation - the step was checked
        self.sudo()._cs_as_server().write({"state": state, **values})

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------

    def _approval_values(self, kind):
        self.ensure_one()
        return self.complaint_id._approval_frame(self.name, self.author_id) | {"amount": self.amount_company}

    def _approval_content(self, kind):
        self.ensure_one()
        row_sudo = self.sudo()
        return [self.kind, self.amount, self.currency_id.id, row_sudo.invoice_id.id, self.reason or ""]

    def _approval_text(self, kind):
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return Markup("<p>%s: %s</p><p>%s</p>") % (
            kinds[self.kind],
            self.currency_id.format(self.amount),
            Markup("<br/>").join(escape(line) for line in (self.reason or "").splitlines()),
        )

    def _approval_decided(self, approval):
        if approval.state != "approved":
            self._go_to("refused")
            return
        self._go_to("approved")
        self._grant()
