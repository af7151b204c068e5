import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CsContractorRank(models.Model):
    """Who is asked first, second … to do the work of a trade, and how long he has to answer (R-04)."""

    _name = "cs.contractor.rank"
    _description = "Rank of a Contractor"
    _order = "trade_id, sequence, id"
    _rec_name = "contractor_id"
    _check_company_auto = True

    trade_id = fields.Many2one("cs.trade", required=True, index=True, ondelete="cascade")
    contractor_id = fields.Many2one("res.partner", required=True, index=True, check_company=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    sequence = fields.Integer(default=10)
    hours = fields.Float(
        "Accepts Within (Working Hours)", help="0: as the settings say. Who does not answer in time loses the order."
    )
    domain = fields.Char("Only for", default="[]", help="Filter of repair orders, e.g. of one estate. Empty: all.")
    active = fields.Boolean(default=True)

    _contractor_uniq = models.UniqueIndex(
        "(trade_id, contractor_id, company_id) WHERE active", "The contractor is ranked for this trade already."
    )
    _hours_positive = models.Constraint("CHECK(hours >= 0)", "Hours cannot be negative.")

    @api.constrains("domain")
    def _check_domain(self):
        for rank in self:
            try:
                self.env["cs.rework"].sudo().search(rank._order_domain(), limit=1)
            except (ValueError, SyntaxError, TypeError, KeyError) as error:
                raise ValidationError(
                    self.env._("The filter of %(name)s cannot be read: %(error)s", name=rank.display_name, error=error)
                ) from error

    def _order_domain(self):
        return ast.literal_eval((self.domain or "").strip() or "[]")


class CsTrade(models.Model):
    _inherit = "cs.trade"

    rank_ids = fields.One2many("cs.contractor.rank", "trade_id", "Contractors in Order")


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_acceptance_hours = fields.Float(
        "Contractors Accept Within (Working Hours)",
        default=8.0,
        help="Contractors whose rank says nothing else. 0: the order stays with them until they answer.",
    )
    _cs_acceptance_positive = models.Constraint("CHECK(cs_acceptance_hours >= 0)", "Hours cannot be negative.")


class CsRework(models.Model):
    """Whom to ask."""

    _inherit = "cs.rework"

    @api.onchange("executor", "trade_ids")
    def _onchange_contractor(self):
        for order in self:
            if order.executor == "contractor" and not order.contractor_id and order.trade_ids:
                order.contractor_id = order._origin._ranked_contractors(order.trade_ids)[:1]

    def _ranked_contractors(self, trades=None):
        """Return the contractors for the order, first to last: those ranked for each of its trades.

        ``trades`` takes the place of the trades of an order that is not saved yet.
        """
        self.ensure_one()
        ranks_by_contractor = self._ranks_sudo(trades).grouped("contractor_id")
        needed = self.trade_ids if trades is None else trades._origin
        fitting = {
            contractor: sum(ranks.mapped("sequence"))
            for contractor, ranks in ranks_by_contractor.items()
            if needed and needed <= ranks.trade_id
        }
        return self.env["res.partner"].browse(
            contractor.id for contractor in sorted(fitting, key=lambda partner: (fitting[partner], partner.id))
        )

    def _ranks_sudo(self, trades=None):
        # sudo: cs.contractor.rank - who is asked next does not depend on who is asking
        order_sudo = self.sudo()
        # Read through the trades, so that many orders cost one query.
        ranks_sudo = (order_sudo.trade_ids if trades is None else trades._origin.sudo()).rank_ids
        return ranks_sudo.filtered(
            lambda rank: rank.company_id == order_sudo.company_id and order_sudo.filtered_domain(rank._order_domain())
        )

    def _acceptance_hours(self):
        """Return the working hours the contractor of the order has to answer; 0: as long as he likes."""
        self.ensure_one()
        ranks_sudo = self._ranks_sudo().filtered(lambda rank: rank.contractor_id == self.contractor_id and rank.hours)
        return min(ranks_sudo.mapped("hours"), default=self.sudo().company_id.cs_acceptance_hours)
