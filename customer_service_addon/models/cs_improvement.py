from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

IMPROVEMENT_STATES = [
    ("proposed", "Put Forward"),
    ("accepted", "Accepted"),
    ("done", "Carried Out"),
    ("proven", "Effect Proven"),
    ("declined", "Declined"),
]
# From each state, where a proposal may go; guards every move and feeds the buttons.
NEXT_STATES = {
    "proposed": ("accepted", "declined"),
    "accepted": ("done", "declined"),
    "done": ("proven", "accepted"),
    "proven": ("accepted",),
    "declined": ("proposed",),
}


class CsImprovement(models.Model):
    """What the company changes because causes come back: proposal, owner, answer, effect (C-11).

    It says what shall change, never who was at fault; the complaints behind it are seen by those who may see them.
    """

    _name = "cs.improvement"
    _description = "Improvement Proposal"
    _inherit = ["cs.guard.mixin", "cs.internal.thread", "cs.alarm.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("What Shall Change", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        IMPROVEMENT_STATES, required=True, readonly=True, default="proposed", copy=False, index=True, tracking=True
    )
    cause_id = fields.Many2one("cs.cause", index="btree_not_null", check_company=True, ondelete="restrict")
    product_id = fields.Many2one("product.product", index="btree_not_null", check_company=True, ondelete="restrict")
    department_id = fields.Many2one(
        "hr.department", index="btree_not_null", check_company=True, ondelete="restrict", tracking=True
    )
    complaint_ids = fields.Many2many("cs.complaint", copy=False, check_company=True)
    complaint_count = fields.Integer("Complaints Behind It", compute="_compute_complaint_count", store=True)
    is_cluster = fields.Boolean("Cluster", readonly=True, copy=False, help="Proposed because similar ones piled up.")
    user_id = fields.Many2one(
        "res.users", "Owner", index="btree_not_null", domain=[("share", "=", False)], tracking=True
    )
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False, default=lambda self: self.env.user)
    due_on = fields.Date("Due Date", tracking=True)
    description = fields.Html("Why and How", sanitize=True)
    answer = fields.Text(help="What the owner says to it, accepted or not.")
    done_on = fields.Date("Carried Out On", readonly=True, copy=False)
    effect_note = fields.Text("Effect", copy=False)
    effect_by_id = fields.Many2one("res.users", "Effect Checked By", readonly=True, copy=False)
    for_review = fields.Boolean(
        "Feeds the Next Review", default=True, help="Stands on the list for the next contract and design review."
    )
    reviewed_on = fields.Date(tracking=True)
    next_states = fields.Char(compute="_compute_next_states")

    _cs_server_fields = frozenset(
        {"state", "company_id", "is_cluster", "proposed_by_id", "done_on", "effect_by_id", "complaint_count"}
    )

    _open_idx = models.Index("(company_id, cause_id) WHERE state NOT IN ('proven', 'declined')")

    @api.depends("complaint_ids")
    def _compute_complaint_count(self):
        for proposal in self:
            # sudo: cs.complaint - a count gives away no file
            proposal.complaint_count = len(proposal.sudo().complaint_ids)

    @api.depends("state")
    def _compute_next_states(self):
        for proposal in self:
            proposal.next_states = ",".join(NEXT_STATES.get(proposal.state, ()))

    @api.constrains("reviewed_on", "for_review")
    def _check_review(self):
        for proposal in self:
            if proposal.reviewed_on and not proposal.for_review:
                raise ValidationError(
                    self.env._("“%(name)s” was reviewed, so it stays on the list of the review.", name=proposal.name)
                )

    def write(self, vals):
        if "user_id" in vals and not self._cs_is_server():
            self._ensure_owner_may_change()
        return super().write(vals)

    def _ensure_owner_may_change(self):
        """Whoever carried it out stays its owner, or he could check the effect of his own work."""
        for proposal in self:
            if proposal.state in ("done", "proven"):
                raise UserError(
                    self.env._("“%(name)s” was carried out; its owner stays who did it.", name=proposal.name)
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_proposed(self):
        if any(proposal.state != "proposed" or proposal.is_cluster for proposal in self):
            raise UserError(
                self.env._("A proposal that was answered is kept (C-12). Decline it with a reason instead.")
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_accept(self):
        """The owner takes the proposal on. Raises UserError without owner, answer or date."""
        self._ensure_filled("user_id", "answer", "due_on")
        self._ensure_owner()
        self._go_to("accepted")

    def action_decline(self):
        """The owner declines with a reason. Raises UserError without one."""
        self._ensure_filled("answer")
        self._ensure_owner()
        self._go_to("declined")

    def action_propose_again(self):
        """A declined proposal is put forward again."""
        self._go_to("proposed")

    def action_done(self):
        """The change is made. Raises AccessError for anybody but its owner and managers."""
        self._ensure_owner()
        self._go_to("done", done_on=fields.Date.context_today(self))

    def action_prove(self):
        """The change works. Raises AccessError for its owner, UserError without what the check showed."""
        self._ensure_checker()
        self._go_to("proven", effect_by_id=self.env.uid)

    def action_back(self):
        """The change does not work, or no longer does: it is open again."""
        self._ensure_checker()
        self._go_to("accepted", effect_by_id=self.env.uid, done_on=False)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _go_to(self, state, **values):
        self.check_access("write")
        labels = dict(self._fields["state"]._description_selection(self.env))
        for proposal in self:
            if state not in NEXT_STATES[proposal.state]:
                raise UserError(
                    self.env._(
                        "“%(name)s” is “%(old)s” and cannot become “%(new)s”.",
                        name=proposal.name,
                        old=labels[proposal.state],
                        new=labels[state],
                    )
                )
        self._cs_as_server().write({"state": state, **values})

    def _ensure_filled(self, *names):
        for proposal in self:
            empty = [name for name in names if not proposal[name]]
            if empty:
                labels = ", ".join(self._fields[name]._description_string(self.env) for name in empty)
                raise UserError(self.env._("“%(name)s”: fill in %(fields)s first.", name=proposal.name, fields=labels))

    def _ensure_owner(self):
        for proposal in self:
            if proposal.user_id != self.env.user and not self.env.user.has_group(
                "customer_service_addon.group_cs_manager"
            ):
                raise AccessError(
                    self.env._("“%(name)s”: its owner or a manager answers the proposal.", name=proposal.name)
                )

    def _ensure_checker(self):
        self._ensure_filled("effect_note")
        for proposal in self:
            if proposal.user_id == self.env.user:
                raise AccessError(
                    self.env._("“%(name)s”: somebody else than its owner checks the effect.", name=proposal.name)
                )
