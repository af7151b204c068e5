from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError


class CsRetention(models.Model):
    """Below zero only by an approved decision (R-08)."""

    _inherit = "cs.retention"

    def action_entry(self):
        """Open the dialog for an entry."""
        self.ensure_one()
        return self._money_dialog("cs.retention.entry", self.env._("Entry of Retention Money"))

    def action_ask_overdraft(self):
        """Open the dialog that asks to go below zero."""
        self.ensure_one()
        dialog = self._money_dialog("cs.retention.overdraft", self.env._("Ask to Go Below Zero"))
        dialog["context"]["default_amount"] = self.overdraft
        return dialog

    def action_view_items(self):
        """Open the posted journal items."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Journal Items"),
            "res_model": "account.move.line",
            "view_mode": "list",
            "domain": [*self._posted_domain()],
        }

    def _posted_domain(self):
        return [("cs_retention_id", "in", self.ids), ("parent_state", "=", "posted")]

    def _money_dialog(self, model, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_retention_id": self.id},
        }

    def _ask_overdraft(self, amount, reason):
        """Ask that the balance may fall to ``-amount``. Raises AccessError for others than managers and accounting."""
        self.ensure_one()
        self._ensure_manages()
        if amount < 0 or not (reason or "").strip():
            raise UserError(self.env._("Enter how far below zero it may go, and why."))
        self._cs_as_server().write({"overdraft_asked": amount, "overdraft_reason": reason.strip()})
        self._request_approval("overdraft")

    def _approval_values(self, kind):
        self.ensure_one()
        day = self.env.cr.now().date()
        return {
            "name": self.display_name,
            "company_id": self.company_id.id,
            "amount": self._to_company(self.overdraft_asked, day),
        }

    def _approval_content(self, kind):
        self.ensure_one()
        return [self.id, self.currency_id.name, f"{self.overdraft_asked:.2f}", self.overdraft_reason]

    def _approval_text(self, kind):
        self.ensure_one()
        money = self.currency_id.format
        text = self.env._(
            "%(retention)s may fall to %(limit)s below zero. Balance now: %(balance)s, pledged: %(pledged)s.",
            retention=self.display_name,
            limit=money(self.overdraft_asked),
            balance=money(self.balance),
            pledged=money(self.pledged),
        )
        return Markup("<p>%s</p><p>%s</p>") % (text, self.overdraft_reason)

    def _approval_decided(self, approval):
        if approval.state == "approved":
            self._cs_as_server().write({"overdraft": self.overdraft_asked})
