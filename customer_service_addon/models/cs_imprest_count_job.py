from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import date_utils

TODO = "customer_service_addon.mail_activity_type_cs_imprest"


class CsImprestCount(models.Model):
    """No month is forgotten: at its beginning last month's counts are opened and their holders asked (R-09)."""

    _name = "cs.imprest.count"
    _inherit = ["cs.imprest.count", "cs.alarm.mixin"]

    @api.model
    def _cron_open(self):
        """Open the count of last month for every fund in use that has none, once, and give its holder a to-do."""
        month = self._default_month()
        ends = fields.Datetime.to_datetime(date_utils.end_of(month, "month")) + timedelta(days=1)
        done = self.search([("month", "=", month)]).fund_id
        funds = self.env["cs.imprest"].search([("id", "not in", done.ids), ("create_date", "<=", ends)])
        counts = self.create([{"fund_id": fund.id, "month": month} for fund in funds])
        counts._alarm(
            TODO,
            {count: count.fund_id.holder_id for count in counts},
            lambda count: count.env._("%(count)s: count the cash and hand it in.", count=count.name),
        )

    def action_count(self):
        """Hand in the counted cash; the to-do is done with it."""
        result = super().action_count()
        # sudo: mail.activity - the holder's own to-do, given by the system
        self.activity_ids.sudo().unlink()
        return result
