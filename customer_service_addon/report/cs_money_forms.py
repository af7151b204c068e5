from odoo import api, models
from odoo.tools import format_amount, format_date


class SettlementForm(models.AbstractModel):
    """Base of the papers of a settlement; each says its title and what it shows (R-07)."""

    _name = "cs.settlement.form"
    _inherit = "cs.case.form"
    _description = "Printed Settlement"

    _cs_doc_model = "cs.settlement"

    @api.model
    def _cs_forms(self, settlements):
        return [self._settlement_form(row) for row in settlements.with_context(lang=self._cs_lang(None))]

    @api.model
    def _settlement_form(self, settlement):
        # sudo: cs.case - the hours of who settled it, as on the orders
        case_sudo = settlement.sudo().line_ids.rework_id.case_id[:1]
        tz = (case_sudo or settlement.company_id)._cs_tz()
        env = settlement.env
        names = (
            *("vendor_id", "period", "author_id", "order_count", "submitted_at", "checked_at", "certified_at"),
            *("total", "settled_total"),
        )
        sections = [(env._("Settlement"), self._cs_rows(settlement, names, tz, wide=("note",)))]
        return {
            "case": settlement,
            "lang": env.lang,
            "title": self._cs_title(settlement),
            "qr": self._cs_code_image("QR", settlement.name),
            "barcode": self._cs_code_image("Code128", settlement.name),
            "sections": [section for section in sections if section[1]],
            "tables": [table for table in self._settlement_tables(settlement, tz) if table["rows"]],
            "messages": [],
            "signatures": self._cs_signatures(settlement),
            "tz": tz,
        }

    @api.model
    def _orders(self, settlement, names, tz):
        return self._cs_table(settlement.env._("Repair Orders"), settlement.line_ids, names, tz)

    @api.model
    def _money_table(self, env, title, head, rows, currency):
        """Return a printed table whose last column is money."""
        lines = [[*cells, format_amount(env, amount, currency)] for *cells, amount in rows]
        return {"title": title, "head": head, "rows": lines}

    @api.model
    def _approvals(self, settlement, tz):
        # sudo: cs.approval - who agreed belongs on the paper, whoever prints it
        approvals_sudo = settlement.sudo().approval_ids.filtered(lambda row: row.state in ("approved", "rejected"))
        names = ("kind", "amount", "state", "decided_by_id", "decided_at", "reason")
        return self._cs_table(settlement.env._("Decisions"), approvals_sudo.with_env(settlement.sudo().env), names, tz)


class FinalAccount(models.AbstractModel):
    """Final account (维修工程决算书): what the orders cost, labour and material per trade (R-07)."""

    _name = "report.customer_service_addon.report_cs_final_account"
    _inherit = "cs.settlement.form"
    _description = "Final Account"

    @api.model
    def _cs_title(self, case):
        return case.env._("Final Account of Repairs")

    @api.model
    def _settlement_tables(self, settlement, tz):
        names = ("rework_id", "cost_class", "estimate", "labour", "material", "travel", "third_party", "amount")
        return [self._orders(settlement, names, tz), self._by_trade(settlement)]

    @api.model
    def _by_trade(self, settlement):
        env = settlement.env
        # sudo: cs.rework.line - sums of orders on a paper the user may print
        lines_sudo = env["cs.rework.line"].sudo()
        sums = lines_sudo._read_group(
            [("rework_id", "in", settlement.line_ids.rework_id.ids)], ["trade_id", "kind"], ["amount:sum"]
        )
        kinds = dict(lines_sudo._fields["kind"]._description_selection(env))
        rows = [(trade.display_name or env._("Not by trade"), kinds[kind], amount) for trade, kind, amount in sums]
        head = [env._("Trade"), env._("Kind"), env._("Cost")]
        return self._money_table(env, env._("By Trade"), head, rows, settlement.currency_id)

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Team Leader"), case.env._("Customer Service"), case.env._("Internal Audit")]


class SettlementStatement(models.AbstractModel):
    """Settlement statement (维修工程结算书): what is settled, who bears it, who certified it, what is booked (R-07)."""

    _name = "report.customer_service_addon.report_cs_settlement"
    _inherit = "cs.settlement.form"
    _description = "Settlement Statement"

    @api.model
    def _cs_title(self, case):
        return case.env._("Settlement Statement of Repairs")

    @api.model
    def _settlement_tables(self, settlement, tz):
        env = settlement.env
        bearers = [(part["label"], part["amount"]) for part in settlement._bearers()]
        documents = [line.split(": ", 1) for line in (settlement.document_note or "").splitlines()]
        return [
            self._orders(settlement, ("rework_id", "cost_class", "amount", "settled_amount", "note"), tz),
            self._money_table(env, env._("Borne By"), [env._("Party"), env._("Part")], bearers, settlement.currency_id),
            self._cs_table(
                env._("Contractors"),
                settlement.notice_ids,
                ("partner_id", "amount", "answer", "answered_at", "reason"),
                tz,
            ),
            self._approvals(settlement, tz),
            {"title": env._("Documents"), "head": [env._("Document"), env._("State")], "rows": documents},
        ]

    @api.model
    def _cs_signatures(self, case):
        return [
            case.env._("Team Leader"),
            case.env._("Customer Service"),
            case.env._("Contractor"),
            case.env._("Certified by"),
        ]


class RetentionStatement(models.AbstractModel):
    """Retention statement (质量保证金对账单): every posted item, the running balance, what is pledged (R-08)."""

    _name = "report.customer_service_addon.report_cs_retention"
    _inherit = "cs.settlement.form"
    _description = "Retention Statement"

    _cs_doc_model = "cs.retention"

    @api.model
    def _cs_title(self, case):
        return case.env._("Statement of Retention Money")

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Customer Service"), case.env._("Accounting"), case.env._("Contractor")]

    @api.model
    def _settlement_form(self, retention):
        tz = retention.company_id._cs_tz()
        env = retention.env
        names = (
            *("partner_id", "name", "currency_id", "percent", "warranty_until", "withheld", "deducted", "released"),
            *("balance", "pledged", "free", "overdraft"),
        )
        sections = [(env._("Retention Money"), self._cs_rows(retention, names, tz, wide=("note",)))]
        tables = (self._items(retention), self._pledged(retention))
        return {
            "case": retention,
            "lang": env.lang,
            "title": self._cs_title(retention),
            "qr": False,
            "barcode": False,
            "sections": [section for section in sections if section[1]],
            "tables": [table for table in tables if table["rows"]],
            "messages": [],
            "signatures": self._cs_signatures(retention),
            "tz": tz,
        }

    @api.model
    def _items(self, retention):
        env = retention.env
        # sudo: account.move.line - the items of retention money the user may print
        items_sudo = retention.sudo().move_line_ids.filtered(lambda line: line.parent_state == "posted")
        kinds = dict(items_sudo._fields["cs_retention_kind"]._description_selection(env))
        balance, rows = 0.0, []
        for item in items_sudo.sorted(lambda line: (line.date, line.id)):
            balance -= item.amount_currency
            amount = format_amount(env, -item.amount_currency, retention.currency_id)
            day = format_date(env, item.date)
            rows.append((day, item.move_id.name, kinds.get(item.cs_retention_kind), item.name, amount, balance))
        head = [env._("Date"), env._("Entry"), env._("Kind"), env._("Label"), env._("Amount Posted"), env._("Balance")]
        return self._money_table(env, env._("Journal Items"), head, rows, retention.currency_id)

    @api.model
    def _pledged(self, retention):
        env = retention.env
        # sudo: cs.rework - number and object of the orders that pledge the money
        pledges = retention.sudo()._pledges().get(retention, [])
        states = dict(env["cs.rework"]._fields["state"]._description_selection(env))
        rows = [(order.name, order.object_ref or "", states[order.state], amount) for order, amount in pledges]
        head = [env._("Repair Order"), env._("Object"), env._("Status"), env._("Pledged")]
        return self._money_table(env, env._("Open Orders"), head, rows, retention.currency_id)
