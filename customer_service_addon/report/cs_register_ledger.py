from odoo import api, models


class RegisterLedger(models.AbstractModel):
    """The register ledger (台账) on paper; the wizard chooses the cases within the rights of its user."""

    _name = "report.customer_service_addon.report_cs_register_ledger"
    _description = "Register Ledger"

    @api.model
    def _get_report_values(self, docids, data=None):
        wizards = self.env["cs.register.wizard"].browse(docids)
        wizards.check_access("read")
        for wizard in wizards:
            wizard._ensure_fits(wizard.company_id.cs_ledger_print_rows)
        return {"docs": wizards, "ledgers": [(wizard, wizard._printed()) for wizard in wizards]}
