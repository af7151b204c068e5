"""Invoice lines over an amount that includes its taxes."""

from odoo.fields import Command


def gross_line(label, amount, product, company):
    """Return the values of an invoice line whose total with ``product``'s taxes is ``amount`` (company currency)."""
    taxes = product.taxes_id.filtered_domain([("company_id", "parent_of", company.id)])
    details = taxes._get_tax_details(
        amount, 1.0, precision_rounding=company.currency_id.rounding, special_mode="total_included"
    )
    included = sum(data["tax_amount"] for data in details["taxes_data"] if data["tax"].price_include)
    line = {
        "name": label,
        "quantity": 1,
        "price_unit": details["total_excluded"] + included,
        "tax_ids": [Command.set(taxes.ids)],
    }
    return line | {"product_id": product.id} if product else line


def balance_to_the_cent(move, amount):
    """Let the draft ``move`` come to exactly ``amount``: what taxes round away becomes a line of its own."""
    missing = move.currency_id.round(amount - move.amount_total)
    if move.currency_id.is_zero(missing):
        return
    last = move.invoice_line_ids[-1:]
    rounding = {"name": last.name, "quantity": 1, "price_unit": missing, "account_id": last.account_id.id}
    move.write({"invoice_line_ids": [Command.create({**rounding, "tax_ids": [Command.clear()]})]})
