from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..services.liability_steps import OPEN, may_go
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
    ("decided", "Decided, Not Final"),
    ("contested", "Contested"),
    ("final", "Final"),
    ("cancelled", "Void"),
]
# What is decided. It is frozen while a decision stands.
CONTENT = {"ground", "told", "share_ids", "evidence_ids", "survey_id", "contest_amount", "contest_unit"}


class CsLiability(models.Model):
    """Who bears an order's cost, in shares by party; the class and all money follow from the final one (R-01, R-02)."""

    _name = "cs.liability"
    _description = "Liability"
    _inherit = ["cs.guard.mixin", "cs.signed.mixin", "cs.papers.mixin", "cs.internal.thread", "cs.alarm.mixin"]
    _order = "id desc"

    name = fields.Char("Number", required=True, readonly=True, copy=False)
    rework_id = fields.Many2one("cs.rework", required=True, readonly=True, index=True, ondelete="restrict")
    case_id = fields.Many2one(related="rework_id.case_id", store=True, precompute=True, index=True)
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="draft", copy=False, tracking=True)
    survey_id = fields.Many2one(
        "cs.site.survey",
        domain="[('rework_id', '=', rework_id), ('state', 'in', ('held', 'signed'))]",
        index="btree_not_null",
        ondelete="restrict",
        help="Contractors are shown its findings and photos.",
    )
    ground = fields.Html(sanitize=True, help="Why, for the own company.")
    told = fields.Html("Told to the Contractors", sanitize=True, help="Every contractor with a share reads it.")
    evidence_ids = fields.Many2many("ir.attachment", "cs_liability_evidence_rel", copy=False)
    share_ids = fields.One2many("cs.liability.share", "liability_id", "Shares", copy=True)
    notice_ids = fields.One2many("cs.liability.notice", "liability_id", "Notices", readonly=True, copy=False)
    contest_amount = fields.Integer("Time to Contest", required=True, default=lambda self: self._default_time()[0])
    contest_unit = fields.Selection(
        [("wd", "Working Days"), ("h", "Hours")],
        "Counted In",
        required=True,
        default=lambda self: self._default_time()[1],
    )

    author_ids = fields.Many2many(
        "res.users",
        "cs_liability_author_rel",
        string="Drawn Up By",
        readonly=True,
        copy=False,
        help="Whoever opened, proposed or changed it. Somebody else decides.",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_at = fields.Datetime("Decided On", readonly=True, copy=False)
    final_at = fields.Datetime("Final Since", readonly=True, copy=False)
    end_reason = fields.Char("Reason", readonly=True, copy=False, help="Why it was confirmed, sent back or is void.")
    replaces_id = fields.Many2one("cs.liability", readonly=True, copy=False, index="btree_not_null")

    can_propose = fields.Boolean(compute="_compute_can")
    can_decide = fields.Boolean(compute="_compute_can")
    can_confirm = fields.Boolean(compute="_compute_can")
    can_send_back = fields.Boolean(compute="_compute_can")
    can_void = fields.Boolean(compute="_compute_can")

    _cs_server_fields = frozenset(
        {
            *("name", "rework_id", "state", "notice_ids", "author_ids", "decided_by_id", "decided_at", "final_at"),
            *("end_reason", "replaces_id"),
        }
    )
    _paper_fields = ("evidence_ids",)
    _signed_content = {
        "decision": (
            ("name", "rework_id", "survey_id", "ground", "told", "decided_by_id", "decided_at"),
            {"share_ids": ("party", "partner_id", "percent"), "evidence_ids": ("name", "checksum")},
        )
    }
    _signed_papers = {"decision": "customer_service_addon.cs_liability_report"}

    _name_company_uniq = models.Constraint("UNIQUE(company_id, name)", "Two liabilities cannot have the same number.")
    _one_final = models.UniqueIndex(
        "(rework_id) WHERE state = 'final'", "The order has a final liability already. Declare that one void first."
    )
    _contest_positive = models.Constraint("CHECK(contest_amount > 0)", "Contractors need some time to contest.")

    @api.model
    def _default_time(self):
        # sudo: res.company - the figure of the procedure, whoever asks
        company_sudo = self.env.company.sudo()
        return company_sudo.cs_contest_amount, company_sudo.cs_contest_unit

    @api.depends("state", "author_ids")
    @api.depends_context("uid")
    def _compute_can(self):
        desk = self.env["cs.rework"]._is_desk()
        supervisor = self.env["cs.case"]._is_supervisor()
        for liability in self:
            state = liability.state
            decides = supervisor and self.env.user not in liability.author_ids
            liability.can_propose = desk and may_go(state, "proposed")
            liability.can_decide = decides and may_go(state, "decided")
            liability.can_confirm = decides and state == "contested"
            liability.can_send_back = supervisor and may_go(state, "draft")
            liability.can_void = may_go(state, "cancelled") and (
                supervisor or (desk and state in ("draft", "proposed"))
            )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Liability is proposed from its order."""
        if not self._cs_is_server():
            raise UserError(self.env._("Propose the liability in its repair order."))
        liabilities = super().create(vals_list)
        liabilities._adopt_papers()
        return liabilities

    def write(self, vals):
        if self._cs_is_server():
            return super().write(vals)
        self.check_access("write")
        changed = CONTENT.intersection(vals)
        if changed:
            self._ensure_open()
        result = super().write(vals)
        if changed:
            self._ensure_survey()
            self._adopt_papers()
            self._add_author()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Liability is evidence and is kept. Declare it void instead."))

    def _ensure_open(self):
        """Raise AccessError where a decision stands: shares, ground and evidence are what was decided."""
        for liability in self:
            if liability.state not in OPEN:
                raise AccessError(self.env._("%(liability)s is decided; its shares stay.", liability=liability.name))

    def _ensure_survey(self):
        for liability in self:
            if liability.survey_id and liability.survey_id.rework_id != liability.rework_id:
                raise UserError(
                    self.env._(
                        "%(survey)s is of another order than %(liability)s.",
                        survey=liability.survey_id.name,
                        liability=liability.name,
                    )
                )

    def _add_author(self):
        """Whoever draws it up does not decide it."""
        # sudo: cs.liability - kept by the system; drawing it up was checked
        self.sudo()._cs_as_server().write({"author_ids": [Command.link(self.env.uid)]})

    # ------------------------------------------------------------------
    # Money
    # ------------------------------------------------------------------

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
        shares._touch_liability()
        return shares

    def write(self, vals):
        self._touch_liability()
        result = super().write(vals)
        if "liability_id" in vals:
            self._touch_liability()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_while_open(self):
        self._touch_liability()

    def _touch_liability(self):
        """Raise AccessError where the shares are decided; who changes open ones does not decide them."""
        self.liability_id._ensure_open()
        self.liability_id._add_author()


class CsRework(models.Model):
    _inherit = "cs.rework"

    liability_ids = fields.One2many("cs.liability", "rework_id", "Liabilities", copy=False)
    liability_id = fields.Many2one("cs.liability", "Final Liability", compute="_compute_liability_id")
    can_examine = fields.Boolean(compute="_compute_can_examine")

    @api.depends("liability_ids.state")
    def _compute_liability_id(self):
        for order in self:
            order.liability_id = order.liability_ids.filtered(lambda row: row.state == "final")[:1]

    @api.depends("liability_ids.state")
    def _compute_can_examine(self):
        for order in self:
            order.can_examine = all(row.state == "cancelled" for row in order.liability_ids)

    def action_open_liability(self):
        """Begin to examine who is liable for each order and show it. Raises UserError where one is going on."""
        self._ensure_desk()
        for order in self:
            going = order.liability_ids.filtered(lambda row: row.state != "cancelled")
            if going:
                raise UserError(
                    self.env._(
                        "%(order)s has %(liability)s. Declare it void first; a new one replaces it.",
                        order=order.name,
                        liability=going[0].name,
                    )
                )
        return self._open_liabilities()._form_action()

    def _open_liabilities(self):
        """Open a liability under each order (checked by the caller), about its last survey."""
        # sudo: cs.liability - opening it is part of what the caller may do with the order
        liabilities_sudo = self.env["cs.liability"].sudo()._cs_as_server()
        groups = liabilities_sudo._read_group([("rework_id", "in", self.ids)], ["rework_id"], ["__count"])
        counts = {order.id: count for order, count in groups}
        opened = liabilities_sudo.create(
            [
                {
                    "name": f"{order.name}-L{counts.get(order.id, 0) + 1}",
                    "rework_id": order.id,
                    "survey_id": order.survey_ids.filtered(lambda row: row.state in ("held", "signed"))[:1].id,
                    "contest_amount": order.company_id.sudo().cs_contest_amount,
                    "contest_unit": order.company_id.sudo().cs_contest_unit,
                    "author_ids": [Command.link(self.env.uid)],
                }
                for order in self
            ]
        )
        return opened.with_env(self.env)

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
