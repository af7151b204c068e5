from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CsCompensation(models.Model):
    """From the approved amount to a draft credit note, exact to the cent."""

    _inherit = "cs.compensation"

    def _cs_reopen(self):
        """The document is gone: what was approved waits to be prepared again."""
        self.filtered(lambda row: row.state in ("prepared", "granted"))._go_to("approved", move_id=False)

    def _grant(self):
        """Prepare the credit notes as drafts; free work is granted as it is."""
        self.filtered(lambda row: row.kind == "work")._go_to("granted")
        for row in self.filtered(lambda row: row.kind != "work"):
            if not row._is_approved("compensation"):
                raise UserError(
                    self.env._("%(compensation)s is not what was approved. Submit it again.", compensation=row.name)
                )
            # sudo: account.move - the approval is the right to have the draft prepared; a person posts it
            move_sudo = self.env["account.move"].sudo().with_company(row.company_id).create(row.sudo()._move_values())
            row.sudo()._balance_to_the_cent(move_sudo)
            row._go_to("prepared", move_id=move_sudo.id)

    def _move_values(self):
        self.ensure_one()
        lines = self._credit_lines() if self.invoice_id else [self._plain_line(self.amount)]
        return {
            "move_type": "out_refund",
            "partner_id": self.customer_id.id or self.complaint_id.case_id.partner_id.id,
            "currency_id": self.currency_id.id,
            "invoice_origin": self.name,
            "ref": self.name,
            "reversed_entry_id": self.invoice_id.id,
            "fiscal_position_id": self.invoice_id.fiscal_position_id.id,
            "invoice_line_ids": [Command.create(line) for line in lines],
        }

    def _plain_line(self, amount):
        return {"name": self.name, "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]}

    def _credit_lines(self):
        """Spread the amount over the invoice's lines by account and taxes, in the proportion of their totals."""
        invoice = self.invoice_id
        groups = {}
        for line in invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
            key = (line.account_id, line.tax_ids)
            groups[key] = groups.get(key, 0.0) + line.price_total
        left, lines = self.amount, []
        for place, ((account, taxes), total) in enumerate(groups.items(), 1):
            share = self.currency_id.round(self.amount * total / invoice.amount_total)
            share = left if place == len(groups) else share
            left -= share
            details = taxes._get_tax_details(
                share, 1.0, precision_rounding=self.currency_id.rounding, special_mode="total_included"
            )
            included = sum(data["tax_amount"] for data in details["taxes_data"] if data["tax"].price_include)
            lines.append(
                {
                    "name": self.env._("%(compensation)s on %(invoice)s", compensation=self.name, invoice=invoice.name),
                    "quantity": 1,
                    "price_unit": details["total_excluded"] + included,
                    "account_id": account.id,
                    "tax_ids": [Command.set(taxes.ids)],
                }
            )
        return lines

    def _balance_to_the_cent(self, move):
        """Taxes round; what they leave is a line of its own, so that the customer gets exactly what was approved."""
        missing = self.currency_id.round(self.amount - move.amount_total)
        if not self.currency_id.is_zero(missing):
            account = move.invoice_line_ids[-1:].account_id
            move.write({"invoice_line_ids": [Command.create({**self._plain_line(missing), "account_id": account.id})]})


class AccountMove(models.Model):
    """What accounting does with the drafts is followed: posted is granted, reset or deleted is open again."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        # sudo: cs.compensation - accounting has no rights there
        self._cs_compensations_sudo(posted).filtered(lambda row: row.state == "prepared")._go_to("granted")
        return posted

    def button_draft(self):
        result = super().button_draft()
        for row_sudo in self._cs_compensations_sudo(self).filtered(lambda row: row.state == "granted"):
            row_sudo._go_to("approved")
            row_sudo._go_to("prepared")
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._cs_compensations_sudo(self)._cs_reopen()
        return result

    def unlink(self):
        compensations_sudo = self._cs_compensations_sudo(self)
        result = super().unlink()
        compensations_sudo._cs_reopen()
        return result

    @api.model
    def _cs_compensations_sudo(self, moves):
        if not moves.ids:
            return self.env["cs.compensation"].sudo()
        # sudo: cs.compensation - accounting has no rights there
        return self.env["cs.compensation"].sudo().search([("move_id", "in", moves.ids)])


class CsComplaint(models.Model):
    _inherit = "cs.complaint"

    compensation_ids = fields.One2many("cs.compensation", "complaint_id", "Compensations", copy=False)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    compensation_total = fields.Monetary(
        "Compensation Granted", compute="_compute_compensation_total", currency_field="company_currency_id"
    )

    @api.depends("compensation_ids.state", "compensation_ids.amount_company")
    def _compute_compensation_total(self):
        for complaint in self:
            granted = complaint.compensation_ids.filtered(lambda row: row.state == "granted")
            complaint.compensation_total = sum(granted.mapped("amount_company"))

    def _open_compensations(self):
        return self.compensation_ids.filtered(lambda row: row.state in ("submitted", "approved"))

    def action_close(self):
        """Close; a compensation that is still to be approved or prepared keeps the file open."""
        for complaint in self:
            waiting = complaint._open_compensations()
            if waiting:
                raise UserError(
                    self.env._(
                        "%(complaint)s cannot be closed: %(compensation)s is not settled.",
                        complaint=complaint.name,
                        compensation=waiting[0].name,
                    )
                )
        return super().action_close()
