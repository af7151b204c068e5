from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .cs_gross_line import balance_to_the_cent, gross_line


class CsRework(models.Model):
    """The money of an order: whose retention it is pledged on, its settlement, the customer's invoice (R-02, R-07)."""

    _inherit = "cs.rework"

    retention_id = fields.Many2one(
        "cs.retention",
        "Retention Money",
        compute="_compute_retention_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        check_company=True,
        domain="[('partner_id', '=?', contractor_id)]",
        help="Class A is charged to this retention money of the contractor who is liable (R-02).",
    )
    settlement_line_ids = fields.One2many("cs.settlement.line", "rework_id", "Settlement Lines", copy=False)
    settlement_id = fields.Many2one("cs.settlement", compute="_compute_settlement_id", store=True)
    is_settled = fields.Boolean(
        compute="_compute_settlement_id", store=True, help="Its settlement is posted; nothing is pledged any more."
    )
    invoice_id = fields.Many2one(
        "account.move",
        "Customer Invoice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    invoice_note = fields.Char("Invoice and Payment", compute="_compute_invoice_note")
    can_invoice = fields.Boolean(compute="_compute_can_invoice")

    _cs_server_fields = frozenset({"settlement_line_ids", "settlement_id", "is_settled", "invoice_id"})

    @api.depends("cost_class", "contractor_id")
    def _compute_retention_id(self):
        """Class A: the open retention money of the contractor; the only or the oldest one."""
        wanted = self.filtered(lambda order: order.cost_class == "a" and order.contractor_id)
        found = self._retentions_of(wanted.contractor_id.commercial_partner_id)
        for order in self:
            if order not in wanted:
                order.retention_id = False
            elif order.retention_id.partner_id.commercial_partner_id != order.contractor_id.commercial_partner_id:
                order.retention_id = found.get((order.company_id, order.contractor_id.commercial_partner_id))

    @api.depends("settlement_line_ids.active", "settlement_line_ids.settlement_id.state")
    def _compute_settlement_id(self):
        for order in self:
            line = order.settlement_line_ids.filtered("active")[:1]
            order.settlement_id = line.settlement_id
            order.is_settled = line.settlement_id.state == "done"

    @api.depends("invoice_id.state", "invoice_id.payment_state")
    def _compute_invoice_note(self):
        """Say in words where the invoice is, also to those who may not read it."""
        for order in self:
            # sudo: account.move - number and state in words, no figure of it
            order.invoice_note = order.sudo().invoice_id._cs_note()

    @api.depends("cost_class", "state")
    @api.depends_context("uid")
    def _compute_can_invoice(self):
        desk = self._is_desk()
        for order in self:
            order.can_invoice = desk and order._may_be_invoiced()

    def action_invoice(self):
        """Prepare the customer's invoice of class C as a draft; accounting posts it (R-02).

        Raises UserError for orders of another class, not inspected, without an agreed price or invoiced already.
        """
        self._ensure_desk()
        for order in self:
            if not order._may_be_invoiced():
                raise UserError(
                    self.env._(
                        "%(order)s cannot be invoiced: it is of class C, inspected, has a price and no invoice yet.",
                        order=order.name,
                    )
                )
        self._prepare_invoices()
        return True

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _may_be_invoiced(self):
        # sudo: account.move - only whether there is one
        return (
            self.cost_class == "c"
            and self.state == "closed"
            and bool(self.agreed_amount)
            and not self.sudo().invoice_id._cs_counting()
        )

    def _prepare_invoices(self):
        """Prepare and return a draft invoice per customer and company over exactly the agreed prices, with taxes."""
        prepared_sudo = self.env["account.move"].sudo()
        grouped = self.sudo().grouped(lambda order: (order.company_id, order._invoice_partner()))
        for (company, partner), orders_sudo in grouped.items():
            if not partner:
                raise UserError(
                    self.env._("%(order)s has no customer to invoice. Enter it in the case.", order=orders_sudo[0].name)
                )
            # sudo: account.move - a draft of what the customer agreed to; a person posts it
            moves_sudo = self.env["account.move"].sudo().with_company(company)
            move_sudo = moves_sudo.create(
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "currency_id": company.currency_id.id,
                    "invoice_origin": ", ".join(orders_sudo.mapped("name")),
                    "invoice_line_ids": [Command.create(order._invoice_line()) for order in orders_sudo],
                }
            )
            balance_to_the_cent(move_sudo, sum(orders_sudo.mapped("agreed_amount")))
            orders_sudo._cs_as_server().write({"invoice_id": move_sudo.id})
            prepared_sudo |= move_sudo
        return prepared_sudo

    def _invoice_partner(self):
        self.ensure_one()
        return self.case_id.partner_id.commercial_partner_id

    def _invoice_line(self):
        self.ensure_one()
        product = self.company_id.cs_repair_product_id
        return gross_line(self.display_name, self.agreed_amount, product, self.company_id)

    @api.model
    def _retentions_of(self, partners):
        """Return ``{(company, contractor): oldest open retention money}`` in one query."""
        found = {}
        # sudo: cs.retention - which one an order is charged to, no figure of it
        retentions_sudo = self.env["cs.retention"].sudo()
        for retention in retentions_sudo.search([("partner_id", "in", partners.ids)], order="id desc"):
            found[retention.company_id, retention.partner_id] = retention
        return found

    def _retention_for(self, partner, known=None):
        """Return the retention money that ``partner``'s part of the order is charged to; empty when there is none.

        ``known``: what :meth:`_retentions_of` returned for the contractors of many orders.
        """
        self.ensure_one()
        contractor = partner.commercial_partner_id
        if self.retention_id.partner_id.commercial_partner_id == contractor:
            return self.retention_id
        known = self._retentions_of(contractor) if known is None else known
        return known.get((self.company_id, contractor), self.env["cs.retention"])

    def _expected_cost(self):
        """Return what the order cost, while it is open at least the estimate (currency of the company)."""
        self.ensure_one()
        return self.cost_total if self.state == "closed" else max(self.cost_total, self.estimate_total)

    def _retention_parts(self, known=None):
        """Return ``{retention money: amount}`` of what the order may still cost contractors, in its own currency.

        What a contractor has repaired himself costs him nothing more once it is accepted.
        """
        self.ensure_one()
        parts = {}
        for party, partner, amount in self._cost_parts(self._expected_cost()):
            if party != "contractor" or not amount or self._is_repaired_by(partner):
                continue
            retention = self._retention_for(partner, known)
            if retention:
                value = retention._from_company(amount, fields.Date.context_today(self))
                parts[retention] = parts.get(retention, 0.0) + value
        return parts

    def _is_repaired_by(self, partner):
        """Return whether the order is finished and its contractor is ``partner`` himself."""
        return (
            self.state == "closed"
            and self.executor == "contractor"
            and self.contractor_id.commercial_partner_id == partner.commercial_partner_id
        )

    @api.constrains("retention_id", "contractor_id")
    def _check_retention(self):
        for order in self.filtered("retention_id"):
            owner = order.retention_id.partner_id.commercial_partner_id
            if owner != order.contractor_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s: this retention money belongs to %(owner)s. Choose one of the contractor.",
                        order=order.name,
                        owner=owner.name,
                    )
                )


class AccountMove(models.Model):
    _inherit = "account.move"

    cs_rework_ids = fields.One2many("cs.rework", "invoice_id", "Repair Orders")

    def _cs_counting(self):
        """Return the documents that stand: neither cancelled nor reversed."""
        return self.filtered(
            lambda move: (
                move.state != "cancel"
                and move.payment_state != "reversed"
                and not (move.move_type == "entry" and "posted" in move.reversal_move_ids.mapped("state"))
            )
        )

    def _cs_note(self):
        """Return in words where a document is: number, draft or state of payment; False for none."""
        if not self:
            return False
        self.ensure_one()
        if self.state == "cancel":
            return self.env._("Cancelled by accounting")
        if self.state != "posted":
            return self.env._("Draft at accounting")
        labels = dict(self._fields["payment_state"]._description_selection(self.env))
        return f"{self.name}: {labels.get(self.payment_state)}"
