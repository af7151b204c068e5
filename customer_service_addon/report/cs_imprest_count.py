from odoo import api, models
from odoo.tools import format_amount, format_date


class ImprestCountSheet(models.AbstractModel):
    """The monthly reconciliation of an imprest fund on paper (周转金月度对账单, R-09)."""

    _name = "report.customer_service_addon.report_cs_imprest_count"
    _inherit = "cs.case.form"
    _description = "Printed Count of an Imprest Fund"

    _cs_doc_model = "cs.imprest.count"

    @api.model
    def _cs_form(self, case, files):
        count, env = case, case.env
        tz = count.company_id._cs_tz()
        head, rows = count._book()
        return {
            "case": count,
            "lang": self._cs_lang(count),
            "title": env._("Imprest Reconciliation"),
            "qr": False,
            "barcode": False,
            "sections": [
                (env._("Fund"), self._cs_rows(count, ("fund_id", "company_id", "state"), tz)),
                (env._("Month"), self._figures(count)),
                (
                    env._("Count"),
                    self._cs_rows(
                        count,
                        ("counted_by_id", "counted_at", "confirmed_by_id", "confirmed_at"),
                        tz,
                        wide=("note",),
                    ),
                ),
            ],
            "tables": [{"title": env._("Cash Book"), "head": head, "rows": [self._printed(count, row) for row in rows]}]
            if rows
            else [],
            "messages": [],
            "signatures": [env._("Holder"), env._("Accounting"), env._("Manager")],
            "tz": tz,
        }

    @api.model
    def _figures(self, count):
        """Return every figure, also zeros: a reconciliation leaves no box empty."""
        names = ("opening", "topped_up", "used", "other", "closing", "counted", "difference", "confirmed_balance")
        facts = [
            (self._cs_label(count, name), format_amount(count.env, count[name], count.currency_id)) for name in names
        ]
        return [facts[start : start + 2] for start in range(0, len(facts), 2)]

    @api.model
    def _printed(self, count, row):
        date, number, kind, order, what, money_in, money_out, balance = row
        money = [
            "" if value == "" else format_amount(count.env, value, count.currency_id)
            for value in (money_in, money_out, balance)
        ]
        return [format_date(count.env, date), number, kind, order, what, *money]
