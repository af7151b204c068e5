from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..services.service_plan_steps import may_go

STATES = [("draft", "Draft"), ("running", "Running"), ("closed", "Closed")]


class CsServicePlan(models.Model):
    """The services of a year for one customer or key project (R-12, R-14); its rows open their cases on their date."""

    _name = "cs.service.plan"
    _description = "Service Plan"
    _inherit = ["cs.guard.mixin", "cs.internal.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char("Plan", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True, copy=False)
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    template_id = fields.Many2one(
        "cs.service.plan.template", readonly=True, index="btree_not_null", ondelete="restrict", copy=False
    )
    category_ids = fields.Many2many(related="partner_id.category_id", string="Kind of Customer")
    order_ref = fields.Char("Contract or Project", help="It is passed on to the cases.")
    object_ref = fields.Char("Object", help="It is passed on to the cases.")
    date_from = fields.Date("From", required=True, default=lambda self: self._default_date_from(), tracking=True)
    date_to = fields.Date("To", required=True, default=lambda self: self._default_date_to(), tracking=True)
    team_id = fields.Many2one(
        "cs.team", index="btree_not_null", check_company=True, ondelete="restrict", help="For rows without their own."
    )
    state = fields.Selection(
        STATES, "Status", required=True, readonly=True, default="draft", copy=False, index=True, tracking=True
    )
    row_ids = fields.One2many("cs.service.plan.row", "plan_id", "Services", copy=True)
    row_count = fields.Integer("Planned Services", compute="_compute_counts")
    done_count = fields.Integer("Services Done", compute="_compute_counts")
    note = fields.Text()

    _cs_server_fields = frozenset({"state", "template_id"})

    _period = models.Constraint("CHECK(date_to >= date_from)", "A service plan ends after it begins.")
    _once = models.UniqueIndex(
        "(company_id, template_id, partner_id, date_from) WHERE template_id IS NOT NULL",
        "The customer has a plan of this template from that day already.",
    )

    @api.model
    def _default_date_from(self):
        return fields.Date.context_today(self).replace(month=1, day=1)

    @api.model
    def _default_date_to(self):
        return fields.Date.context_today(self).replace(month=12, day=31)

    @api.depends("row_ids.state")
    def _compute_counts(self):
        for plan in self:
            plan.row_count = len(plan.row_ids)
            plan.done_count = len(plan.row_ids.filtered(lambda row: row.state == "done"))

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for plan in self:
            # sudo: res.partner - the name of the customer, as on the screen
            plan.display_name = " – ".join(filter(None, (plan.name, plan.partner_id.sudo().name)))

    @api.model_create_multi
    def create(self, vals_list):
        """The customer is the company as a whole, whichever of its people is chosen."""
        partners = self.env["res.partner"]
        for vals in vals_list:
            if vals.get("partner_id"):
                vals["partner_id"] = partners.browse(vals["partner_id"]).commercial_partner_id.id
        return super().create(vals_list)

    def write(self, vals):
        if not self._cs_is_server() and "partner_id" in vals:
            for plan in self:
                if plan.state != "draft":
                    raise UserError(self.env._("%(plan)s has begun; its customer stays.", plan=plan.name))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_draft_only(self):
        for plan in self:
            if plan.state != "draft" or plan.row_ids.case_ids:
                raise UserError(self.env._("%(plan)s has begun and is kept. Close it instead.", plan=plan.name))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_start(self):
        """From now on the rows open their cases on their dates. Raises UserError for a plan without rows."""
        for plan in self:
            if not plan.row_ids:
                raise UserError(self.env._("%(plan)s: plan at least one service first.", plan=plan.name))
        self._go_to("running")

    def action_back_to_draft(self):
        """No case is opened any more until the plan is started again."""
        self._go_to("draft")

    def action_close(self):
        """End the plan. Raises UserError while a service is still to come: it is done or skipped with its reason."""
        for plan in self:
            waiting = plan.row_ids.filtered(lambda row: row.state in ("planned", "opened"))
            if waiting:
                raise UserError(
                    self.env._(
                        "%(plan)s: %(count)s services are neither done nor skipped with a reason.",
                        plan=plan.name,
                        count=len(waiting),
                    )
                )
        self._go_to("closed")

    def action_reopen(self):
        """Take a closed plan up again."""
        self._go_to("running")

    def _go_to(self, state):
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("customer_service_addon.group_cs_supervisor")):
            raise AccessError(self.env._("Supervisors start and close service plans."))
        labels = dict(self._fields["state"]._description_selection(self.env))
        for plan in self:
            if not may_go(plan.state, state):
                raise UserError(
                    self.env._(
                        "%(plan)s is “%(old)s” and cannot become “%(new)s”.",
                        plan=plan.name,
                        old=labels[plan.state],
                        new=labels[state],
                    )
                )
        self._cs_as_server().write({"state": state})

    def _cs_tz(self):
        """Return the name of the time zone of the print."""
        self.ensure_one()
        return (self.team_id or self.company_id)._cs_tz()
