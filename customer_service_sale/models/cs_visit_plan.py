from odoo import models
from odoo.tools import SQL


class CsVisitPlan(models.Model):
    """Confirmed sales orders are trade as well as posted invoices (V-01)."""

    _inherit = "cs.visit.plan"

    def _last_trade_sql(self):
        return SQL(
            """
            %s
            UNION ALL
            SELECT customer.commercial_partner_id, max(%s)
              FROM sale_order trade
              JOIN res_partner customer ON customer.id = trade.partner_id
             WHERE trade.company_id = %s AND trade.state = 'sale'
             GROUP BY customer.commercial_partner_id
            """,
            super()._last_trade_sql(),
            self._local_date(SQL("trade.date_order")),
            self.company_id.id,
        )
