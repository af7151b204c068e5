from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_correction_minutes = fields.Integer(
        "Correct the Reception Time Within (Minutes)",
        default=30,
        help="Afterwards only a supervisor may change when a case was received.",
    )
    cs_ledger_print_rows = fields.Integer(
        "Rows of a Printed Ledger", default=2000, help="A longer ledger is refused, never cut."
    )
    cs_ledger_export_rows = fields.Integer(
        "Rows of an Exported Ledger", default=50000, help="A longer spreadsheet is refused, never cut."
    )
    cs_acknowledgements_per_day = fields.Integer(
        "Acknowledgements per Sender and Day",
        default=5,
        help="More cases of one mail address are registered, but not acknowledged. It ends mail loops.",
    )
    cs_duplicate_days = fields.Integer(
        "Look for Duplicates Within (Days)",
        default=30,
        help="While registering, open cases of the customer that are about the same are pointed out.",
    )
