from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..services.money_split import split_amount

PARTIES = [
    ("company", "Own Company"),
    ("contractor", "Contractor"),
    ("supplier", "Supplier"),
    ("customer", "Customer"),
    ("insurer", "Insurer"),
]
STATES = [
    ("draft", "Being Examined"),
    ("proposed", "Proposed"),
    ("decided", "Decided"),
    ("contested", "Contested"),
    ("final", "Final"),
    ("cancelled", "Void"),
]


class CsLiability(models.Model):
    """Who bears an order's cost, in shares by party; the class and all money follow from the final one (R-01, R-02)."""

    _name = "cs.liability"
    _description = "Liability"
    _inherit = ["cs.guard.mixin", "cs.signed.mixin", "cs.internal.thread", "cs.alarm.mixin"]
    _order = "id desc"

    name = fields.Char("Number", required=True, readonly=True, copy=False)
    rework_id = fields.Many2one("cs.rework", required=True, readonly=True, index=True, ondelete="restrict")
    case_id = fields.Many2one(related="rework_id.case_id", store=True, precompute=True, index=True)
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="draft", copy=False, tracking=True)
    ground = fields.Html(sanitize=True)
    share_ids = fields.One2many("cs.liability.share", "liability_id", "Shares", copy=True)
    final_at = fields.Datetime("Final Since", readonly=True, copy=False)

    _cs_server_fields = frozenset({"name", "rework_id", "state", "final_at"})

    @api.model_create_multi
    def create(self, vals_list):
        """Liability is proposed from its order."""
        if not self._cs_is_server():
            raise UserError(self.env._("Propose the liability in its repair order."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Liability is evidence and is kept. Declare it void instead."))

    def _split(self, amount, currency):
        """Return ``{share: part of amount}`` whose parts add up to ``amount`` to the cent, in ``currency``."""
        self.ensure_one()
        parts = split_amount(amount, self.share_ids.mapped("percent"), currency.rounding)
        return dict(zip(self.share_ids, parts, strict=True))


class CsLiabilityShare(models.Model):
    """The share of one party."""

    _name = "cs.liability.share"
    _description = "Share of Liability"
    _order = "liability_id, id"
    _rec_name = "party"

    liability_id = fields.Many2one("cs.liability", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="liability_id.company_id", store=True, precompute=True)
    party = fields.Selection(PARTIES, required=True)
    partner_id = fields.Many2one("res.partner", index="btree_not_null", ondelete="restrict")
    percent = fields.Float(required=True, digits=(5, 2))

    _percent_range = models.Constraint("CHECK(percent > 0 AND percent <= 100)", "A share is more than 0 and up to 100.")

    @api.model_create_multi
    def create(self, vals_list):
        shares = super().create(vals_list)
        shares._ensure_open()
        return shares

    def write(self, vals):
        self._ensure_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_while_open(self):
        self._ensure_open()

    def _ensure_open(self):
        for liability in self.liability_id:
            if liability.state not in ("draft", "proposed", "contested"):
                raise AccessError(self.env._("%(liability)s is decided; its shares stay.", liability=liability.name))


class CsRework(models.Model):
    _inherit = "cs.rework"

    liability_ids = fields.One2many("cs.liability", "rework_id", copy=False)
    liability_id = fields.Many2one("cs.liability", "Final Liability", compute="_compute_liability_id")

    @api.depends("liability_ids.state")
    def _compute_liability_id(self):
        for order in self:
            order.liability_id = order.liability_ids.filtered(lambda row: row.state == "final")[:1]

    def _cost_parts(self, amount):
        """Return ``[(party, partner, part of amount)]`` by the final liability, else by the class (R-02).

        The parts add up to ``amount`` to the cent, in the currency of the company.
        """
        self.ensure_one()
        if self.liability_id:
            parts = self.liability_id._split(amount, self.currency_id)
            return [(share.party, share.partner_id, part) for share, part in parts.items()]
        bearer = {
            "a": ("contractor", self.contractor_id),
            "c": ("customer", self.sudo().case_id.partner_id),
        }.get(self.cost_class, ("company", self.env["res.partner"]))
        return [(*bearer, amount)]
