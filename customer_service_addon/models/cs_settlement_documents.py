import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

_logger = logging.getLogger(__name__)
ROLES = [
    ("bill", "Vendor Bill"),
    ("deduction", "Deduction from Retention Money"),
    ("charge", "Charged On"),
    ("invoice", "Customer Invoice"),
]


class CsSettlement(models.Model):
    """From the certified settlement to draft documents that accounting posts, one by one and never twice (R-07)."""

    _inherit = "cs.settlement"

    move_ids = fields.One2many(
        "account.move",
        "cs_settlement_id",
        "Documents",
        readonly=True,
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    is_queued = fields.Boolean("Being Prepared", readonly=True, copy=False, index=True)
    document_total = fields.Integer("Documents Needed", readonly=True, copy=False, aggregator=None)
    document_count = fields.Integer("Documents Prepared", compute="_compute_documents", compute_sudo=True)
    progress = fields.Float("Prepared (%)", compute="_compute_documents", compute_sudo=True, aggregator=None)
    document_note = fields.Text("Documents and Payment", compute="_compute_documents", compute_sudo=True)
    prepare_error = fields.Text("Not Prepared Because", readonly=True, copy=False)

    _cs_server_fields = frozenset({"move_ids", "is_queued", "document_total", "prepare_error"})

    @api.depends("document_total", "move_ids.state", "move_ids.payment_state")
    def _compute_documents(self):
        """Say in words where the documents are, also to those who may not read them."""
        labels = dict(self.env["account.move"]._fields["cs_settlement_role"]._description_selection(self.env))
        for settlement in self:
            standing = settlement.move_ids._cs_counting()
            settlement.document_count = len(standing)
            settlement.progress = 100.0 * len(standing) / max(settlement.document_total, len(standing), 1)
            settlement.document_note = "\n".join(
                f"{labels[move.cs_settlement_role]}, {move.partner_id.name or ''}: {move._cs_note()}"
                for move in standing
            )

    def action_prepare(self):
        """Have the documents prepared that are missing, e.g. after accounting deleted one."""
        self._ensure_desk()
        for settlement in self:
            if settlement.state != "certified":
                raise UserError(self.env._("%(settlement)s is not certified.", settlement=settlement.name))
        self._prepare_later()

    # ------------------------------------------------------------------
    # Job
    # ------------------------------------------------------------------

    def _prepare_later(self):
        """Queue the documents; the job prepares them within the minute and shows how far it is."""
        for settlement in self:
            # sudo: cs.settlement - follows from the certificate
            settlement_sudo = settlement.sudo()._cs_as_server()
            total = len(settlement_sudo.move_ids._cs_counting()) + len(settlement_sudo._missing_documents())
            settlement_sudo.write({"is_queued": True, "document_total": total, "prepare_error": False})
        self.env.ref("customer_service_addon.ir_cron_cs_settlement").sudo()._trigger()

    @api.model
    def _cron_prepare(self):
        """Prepare the documents of queued settlements, each in a transaction of its own.

        What was prepared before a crash is found again and not made twice; what fails says why on the settlement.
        """
        cron = self.env["ir.cron"]
        queued = self.search([("is_queued", "=", True)], order="id")
        # A document is a step, and so is to see that nothing is missing any more.
        steps = sum(1 + max(row.document_total - row.document_count, 0) for row in queued)
        cron._commit_progress(remaining=steps)
        for settlement in queued:
            try:
                has_time = settlement._prepare_all()
            except UserError as error:
                self.env.cr.rollback()
                _logger.info("Settlement %s was not prepared: %s", settlement.id, error)
                settlement._cannot_prepare(str(error))
                has_time = cron._commit_progress(1)
            if not has_time:
                break

    def _prepare_all(self):
        """Prepare what is missing, document by document; return whether there is time for more."""
        self.ensure_one()
        cron = self.env["ir.cron"]
        for build in self._missing_documents():
            if not self.try_lock_for_update() or not self.is_queued:
                return True
            build()
            if not cron._commit_progress(1):
                return False
        self._cs_as_server().write({"is_queued": False})
        self._follow_documents()
        return cron._commit_progress(1)

    def _cannot_prepare(self, reason):
        self._cs_as_server().write({"is_queued": False, "prepare_error": reason})
        self._alarm(
            "customer_service_addon.mail_activity_type_cs_rework",
            {self: self.author_id},
            lambda settlement: settlement.env._("The documents cannot be prepared: %(reason)s", reason=reason),
        )

    # ------------------------------------------------------------------
    # Which documents
    # ------------------------------------------------------------------

    def _missing_documents(self):
        """Return what prepares each missing document: a list of calls without arguments, for superusers."""
        self.ensure_one()
        standing = self.move_ids._cs_counting()
        there = {(move.cs_settlement_role, move.partner_id) for move in standing}
        missing = []
        if self.vendor_id and self._payable_total() and ("bill", self.vendor_id.commercial_partner_id) not in there:
            missing.append(self._prepare_bill)
        for part in self._bearers():
            if part["party"] == "contractor":
                missing += self._missing_deduction(part, standing)
            elif part["party"] != "company" and ("charge", part["partner"]) not in there:
                missing.append(lambda part=part: self._prepare_charge(part["partner"], part["amount"]))
        by_customer = self._orders_to_invoice().grouped(lambda order: order._invoice_partner())
        missing += [lambda orders=orders: self._prepare_customer_invoice(orders) for orders in by_customer.values()]
        return missing

    def _missing_deduction(self, part, standing):
        """Return the calls for what is neither deducted from nor charged to the contractor of ``part`` yet."""
        own = standing.filtered(lambda move: move.partner_id == part["partner"])
        charged = sum(own.filtered(lambda move: move.cs_settlement_role == "charge").mapped("cs_amount"))
        calls, to_charge = [], 0.0
        for retention, amount in self._by_retention(part).items():
            booked = own.filtered(lambda move, r=retention: r and move.line_ids.cs_retention_id == r)
            left = self.currency_id.round(amount - sum(booked.mapped("cs_amount")))
            of_charge = min(max(left, 0.0), charged)
            charged, left = charged - of_charge, self.currency_id.round(left - of_charge)
            deducted = min(left, retention._available_for_company()) if retention else 0.0
            if deducted > 0:
                calls.append(lambda r=retention, taken=deducted: self._prepare_deduction(r, taken))
            to_charge += max(left - max(deducted, 0.0), 0.0)
        to_charge = self.currency_id.round(to_charge)
        if to_charge > 0:
            calls.append(lambda: self._prepare_charge(part["partner"], to_charge))
        return calls

    def _by_retention(self, part):
        """Return ``{retention money: amount}`` of a contractor's part: each contract bears its own orders (R-08)."""
        known = self.line_ids.rework_id._retentions_of(part["partner"])
        amounts = {}
        for line, amount in part["lines"].items():
            retention = line.rework_id._retention_for(part["partner"], known)
            amounts[retention] = self.currency_id.round(amounts.get(retention, 0.0) + amount)
        return amounts

    def _orders_to_invoice(self):
        return self.line_ids.rework_id.filtered(lambda order: order._may_be_invoiced())

    def _payable_total(self):
        return self.currency_id.round(sum(line._payable() for line in self.line_ids))

    # ------------------------------------------------------------------
    # Drafts
    # ------------------------------------------------------------------

    def _prepare_bill(self):
        """The vendor's bill: a line per order, the company's part with its analytic account (B)."""
        lines = []
        for line in self.line_ids:
            company_part = min(line._company_part(), line._payable())
            rest = self.currency_id.round(line._payable() - company_part)
            lines += [self._bill_line(line, company_part, True), self._bill_line(line, rest, False)]
        self._create_move(
            "bill",
            move_type="in_invoice",
            partner_id=self.vendor_id.commercial_partner_id.id,
            ref=self.name,
            invoice_line_ids=[Command.create(line) for line in lines if line["price_unit"]],
        )

    def _bill_line(self, line, amount, is_ours):
        analytic = self.company_id.cs_repair_analytic_id
        values = {
            "name": line.rework_id.display_name,
            "quantity": 1,
            "price_unit": amount,
            "tax_ids": [Command.clear()],
        }
        if self.company_id.cs_repair_account_id:
            values["account_id"] = self.company_id.cs_repair_account_id.id
        if is_ours and analytic:
            values["analytic_distribution"] = {str(analytic.id): 100}
        return values

    def _prepare_deduction(self, retention, amount):
        """A balanced entry from the retention money to the account that recovers repair costs (A)."""
        day = fields.Date.context_today(self)
        label = self.env._("Repairs %(settlement)s", settlement=self.name)
        counterpart = self._recovery_account()
        lines = retention._entry_lines(
            "deducted", retention._from_company(amount, day), counterpart, label, day, company_amount=amount
        )
        self._create_move(
            "deduction",
            move_type="entry",
            partner_id=retention.partner_id.commercial_partner_id.id,
            ref=label,
            journal_id=self.company_id._cs_money_journal().id,
            line_ids=[Command.create(line) for line in lines],
        )

    def _prepare_charge(self, partner, amount):
        """An invoice over what a supplier, insurer or customer bears, or what retention money does not cover."""
        line = {
            "name": self.env._("Repairs %(settlement)s", settlement=self.name),
            "quantity": 1,
            "price_unit": amount,
            "account_id": self._recovery_account().id,
            "tax_ids": [Command.clear()],
        }
        if not partner:
            raise UserError(self.env._("%(settlement)s: a share has no contact to charge.", settlement=self.name))
        self._create_move(
            "charge",
            move_type="out_invoice",
            partner_id=partner.id,
            invoice_origin=self.name,
            invoice_line_ids=[Command.create(line)],
        )

    def _prepare_customer_invoice(self, orders):
        moves_sudo = orders._prepare_invoices()
        moves_sudo.write({"cs_settlement_id": self.id, "cs_settlement_role": "invoice"})

    def _create_move(self, role, **values):
        # sudo: account.move - the certificate is the right to have drafts prepared; a person posts them
        moves_sudo = self.env["account.move"].sudo().with_company(self.company_id)
        values |= {"cs_settlement_id": self.id, "cs_settlement_role": role, "currency_id": self.currency_id.id}
        if role == "deduction":
            values.pop("currency_id")
        return moves_sudo.create(values)

    def _recovery_account(self):
        account = self.company_id.cs_recovery_account_id or self.company_id.cs_repair_account_id
        if not account:
            raise UserError(
                self.env._("Set the account for recovered repair costs of %(company)s.", company=self.company_id.name)
            )
        return account

    # ------------------------------------------------------------------
    # What accounting does with them
    # ------------------------------------------------------------------

    def _follow_documents(self):
        """Posted is settled; reset waits again; what was deleted, cancelled or reversed is missing."""
        for settlement in self.filtered(
            lambda row: row.state in ("certified", "prepared", "done") and not row.is_queued
        ):
            standing = settlement.move_ids._cs_counting()
            if settlement._missing_documents():
                state = "certified"
            else:
                state = "done" if all(move.state == "posted" for move in standing) else "prepared"
            if state != settlement.state:
                settlement._go_to(state)

    def _drop_documents(self):
        """Delete the drafts of what is called off. Raises UserError for posted ones."""
        # sudo: account.move - drafts the settlement itself prepared
        standing_sudo = self.sudo().move_ids._cs_counting()
        posted = standing_sudo.filtered(lambda move: move.state == "posted")
        if posted:
            raise UserError(
                self.env._(
                    "%(move)s is posted. Accounting resets or reverses it before the settlement is called off.",
                    move=posted[0].display_name,
                )
            )
        orders_sudo = standing_sudo.cs_rework_ids
        standing_sudo.unlink()
        orders_sudo._cs_as_server().write({"invoice_id": False})
