from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount

# Lines of each kind of history on the papers that are taken along; the file has all.
MOST_LINES = 20


class CsReturnVisit(models.Model):
    """What is printed of a visit beyond its own fields: the customer's history and money, for many visits at once."""

    _inherit = "cs.return.visit"

    def _cs_tz(self):
        """Return the name of the time zone of the print."""
        self.ensure_one()
        return (self.team_id or self.company_id)._cs_tz()

    def _pack_history(self):
        """Return ``{kind: {customer entity: records}}``: what the reader may see of the customers' history.

        Kinds are visits, cases, orders and coverages, the newest first; one query each, however many visits.
        """
        sources = {
            "visits": ("cs.return.visit", "commercial_partner_id", "due_from DESC, id DESC"),
            "cases": ("cs.case", "commercial_partner_id", "received_at DESC, id DESC"),
            "orders": ("cs.rework", "customer_id.commercial_partner_id", "received_at DESC, id DESC"),
            "coverages": ("cs.coverage", "partner_id.commercial_partner_id", "date_to DESC, id DESC"),
        }
        entities = self.commercial_partner_id
        history = {}
        for kind, (model, path, order) in sources.items():
            records = self.env[model]
            if records.has_access("read"):
                domain = Domain(path, "in", entities.ids) & Domain("company_id", "in", self.company_id.ids)
                records = records.search(domain, order=order)
            # sudo: res.partner - whose record it is
            history[kind] = records.grouped(lambda record, path=path: record.sudo().mapped(path).with_env(self.env))
        return history

    def _pack_money(self):
        """Return ``{(company, customer entity): (open, overdue)}`` of posted invoices.

        Empty for who may not see them.
        """
        moves = self.env["account.move"]
        if not moves.has_access("read"):
            return {}
        domain = (
            Domain("move_type", "in", ("out_invoice", "out_refund"))
            & Domain("state", "=", "posted")
            & Domain("payment_state", "in", ("not_paid", "partial"))
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("commercial_partner_id", "in", self.commercial_partner_id.ids)
        )
        overdue = domain & Domain("invoice_date_due", "<", fields.Date.context_today(self))
        groupby, amount = ["company_id", "commercial_partner_id"], ["amount_residual_signed:sum"]
        late = {row[:2]: row[2] for row in moves._read_group(overdue, groupby, amount)}
        return {row[:2]: (row[2], late.get(row[:2], 0.0)) for row in moves._read_group(domain, groupby, amount)}

    def _pack_money_text(self, money):
        """Return the open and overdue amounts of ``_pack_money`` as text, or False where nothing may be said."""
        self.ensure_one()
        if not self.env["account.move"].has_access("read"):
            return False
        total, late = money.get((self.company_id, self.commercial_partner_id), (0.0, 0.0))
        currency = self.company_id.currency_id
        text = format_amount(self.env, total, currency)
        return self.env._("%(total)s, overdue %(late)s", total=text, late=format_amount(self.env, late, currency))


class CsVisitPurpose(models.Model):
    """The script as a paper: questions in blocks to be ticked by hand."""

    _inherit = "cs.visit.purpose"

    def _cs_tz(self):
        """Return the name of the time zone of the print."""
        return (self.company_id or self.env.company)._cs_tz()

    def _question_blocks(self):
        """Return the questions as blocks ``{kind, …}`` in their order and in the language at hand.

        Kinds: ``table`` (rows × choices; items with the same choices share one), ``choice`` (choices to tick),
        ``scale`` (figures with what both ends mean) and ``lines`` (room to write). Read as superuser: agents have no
        rights to questionnaires, and what is asked is no secret to who asks.
        """
        self.ensure_one()
        # sudo: survey - see above
        blocks = []
        for number, question_sudo in enumerate(self.sudo().survey_id.question_ids, 1):
            block = self._question_block(question_sudo) | {"number": number, "only": self._asked_only(question_sudo)}
            last = blocks[-1] if blocks else {}
            if block["kind"] == "table" and block["choices"] == last.get("choices") and last["kind"] == "table":
                last["rows"] += block["rows"]
            else:
                blocks.append(block)
        rows = [row for block in blocks for row in (block.get("rows") or [block])]
        for number, row in enumerate(rows, 1):
            row["number"] = number
        return blocks

    @api.model
    def _question_block(self, question_sudo):
        choices, kind = question_sudo.suggested_answer_ids.mapped("value"), question_sudo.question_type
        if kind == "matrix":
            rows = [{"title": f"{question_sudo.title}: {row.value}"} for row in question_sudo.matrix_row_ids]
            return {"kind": "table", "choices": choices, "rows": rows}
        if kind == "simple_choice" and question_sudo.cs_measure == "satisfaction":
            return {"kind": "table", "choices": choices, "rows": [{"title": question_sudo.title}]}
        block = {"title": question_sudo.title}
        if kind in ("simple_choice", "multiple_choice"):
            return block | {"kind": "choice", "choices": choices, "several": kind == "multiple_choice"}
        if kind == "scale":
            figures = list(range(question_sudo.scale_min, question_sudo.scale_max + 1))
            ends = [question_sudo.scale_min_label or "", question_sudo.scale_max_label or ""]
            return block | {"kind": "scale", "figures": figures, "ends": ends}
        return block | {"kind": "lines", "count": 3 if kind == "text_box" else 1}

    @api.model
    def _asked_only(self, question_sudo):
        """Return when a question is asked at all, as text; empty where always."""
        # Each choice once, however many questions have it.
        choices = dict.fromkeys(question_sudo.triggering_answer_ids.mapped("value"))
        return self.env._("only if: %s", " / ".join(choices)) if choices else ""
