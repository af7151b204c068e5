from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .cs_visit_purpose import METHODS

TRIGGERS = [
    ("rework", "Repair Order Completed"),
    ("complaint", "Complaint Closed"),
    ("case", "Case Closed"),
    ("invoice", "Invoice Posted"),
    ("rhythm", "Rhythm of the Customer Class"),
    ("inactivity", "No Invoice for Some Time"),
    ("contract", "Every Year of a Contract"),
    ("coverage_end", "Before Free Service Ends"),
    ("campaign", "Campaign"),
]
# The model whose records start visits of a trigger; the others start from customers.
TRIGGER_MODELS = {
    "rework": "cs.rework",
    "complaint": "cs.complaint",
    "case": "cs.case",
    "invoice": "account.move",
    "contract": "cs.coverage",
    "coverage_end": "cs.coverage",
}
PLAN_STATES = [("draft", "Draft"), ("running", "Running"), ("done", "Done"), ("stopped", "Stopped")]
NEXT_PLAN_STATES = {
    "draft": ("running",),
    "running": ("stopped", "done"),
    "stopped": ("running",),
    "done": ("running",),
}


class CsVisitPlan(models.Model):
    """Who is visited when, as a rule or as a campaign (客户回访计划, V-01, V-02).

    ``cs_visit_sources`` says which events of each trigger count, ``cs_visit_finder`` who of their customers is
    visited, ``cs_visit_planner`` has the buttons, ``cs_visit_job`` and ``cs_visit_batch`` plan the visits,
    ``cs_visit_hooks`` does so at once when work ends.
    """

    _name = "cs.visit.plan"
    _description = "Visit Plan"
    _inherit = ["cs.guard.mixin", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="Where several plans want the same customer, the first one has him.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True, ondelete="restrict"
    )
    state = fields.Selection(
        PLAN_STATES, "Status", required=True, readonly=True, default="draft", copy=False, index=True, tracking=True
    )
    purpose_id = fields.Many2one(
        "cs.visit.purpose",
        "Purpose of the Visit",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    trigger = fields.Selection(TRIGGERS, "Starts From", required=True, default="rework", tracking=True)
    model_name = fields.Char(compute="_compute_model_name")

    # When
    delay = fields.Integer(default=1, help="How long after it the customer is asked; before the end of free service.")
    delay_unit = fields.Selection(
        [("wd", "Working Days"), ("d", "Days"), ("h", "Hours")], "Unit", required=True, default="wd"
    )
    start_on = fields.Date(
        "From", default=fields.Date.context_today, help="What happened before is not asked about any more."
    )
    end_on = fields.Date("Until", help="A campaign ends here; a rule plans nothing after it.")
    lookback_days = fields.Integer(
        "Not After (Days)", default=30, help="Whoever could not be planned within so many days is not asked any more."
    )
    ahead_days = fields.Integer(
        "Planned Ahead (Days)", default=7, help="Visits that come round by the calendar are planned so long before."
    )
    run_hours = fields.Integer(
        "Looks for Customers Every (Hours)", default=24, help="Finished work plans its visit at once, besides."
    )
    inactive_days = fields.Integer(
        "No Invoice For (Days)", default=7, help="Posted customer invoices of the whole company count (V-01)."
    )
    inactive_until_days = fields.Integer("Up To (Days)", help="Longer ones are another plan's. 0: no end.")
    contacts_per_month = fields.Integer(
        "Contacts a Month", help="As long as nothing is ordered the customer is visited so often. 0: once (V-01)."
    )
    only_rhythm = fields.Boolean(
        "Only Customers with a Rhythm", default=True, help="Customers whose class is visited regularly (V-01)."
    )
    takes_over = fields.Boolean(
        "Customer Service Takes Over", help="The customer is looked after by the team from now on (V-01)."
    )
    except_debtors = fields.Boolean("Except Who Owes Money", help="Customers with overdue invoices are left out.")
    except_with_sales = fields.Boolean("Except Who Was Handed to Sales")

    # Whom
    source_domain = fields.Char("Only Of", default="[]", help="Which repair orders, complaints, cases or invoices.")
    partner_domain = fields.Char("Customers", default="[]", help="Which customers; empty: all.")
    class_ids = fields.Many2many("cs.partner.class", string="Customer Classes", help="Empty: all.", check_company=True)
    sample_percent = fields.Float("Sample (%)", default=100.0, help="So many of them are drawn at random (V-01).")
    is_control = fields.Boolean(
        "Control Visits", help="Asked by somebody else than who served the customer, whatever the purpose says."
    )

    # How
    method = fields.Selection(METHODS, help="Empty: as the purpose says.")
    team_id = fields.Many2one("cs.team", check_company=True, index="btree_not_null", ondelete="restrict")
    user_ids = fields.Many2many(
        "res.users", string="People", domain=[("share", "=", False)], help="In turn; empty: whoever of the team calls."
    )
    visit_ids = fields.One2many("cs.return.visit", "plan_id", "Visits", copy=False)

    _cs_server_fields = frozenset({"state", "visit_ids"})

    _figures_positive = models.Constraint(
        "CHECK(delay >= 0 AND inactive_days >= 0 AND inactive_until_days >= 0 AND contacts_per_month >= 0 "
        "AND lookback_days >= 0 AND ahead_days >= 0)",
        "Figures of a plan cannot be negative.",
    )
    _figures_sensible = models.Constraint(
        "CHECK(run_hours > 0 AND contacts_per_month <= 28 AND delay <= 3650)",
        "A plan looks at least once in an hour, visits at most 28 times a month and waits at most ten years.",
    )
    _sample_range = models.Constraint(
        "CHECK(sample_percent > 0 AND sample_percent <= 100)", "A sample is more than 0 and at most 100 %."
    )
    _period_order = models.Constraint("CHECK(end_on >= start_on)", "The plan ends before it begins.")

    @api.depends("trigger")
    def _compute_model_name(self):
        for plan in self:
            plan.model_name = TRIGGER_MODELS.get(plan.trigger, "res.partner")

    @api.constrains("trigger", "start_on", "end_on", "inactive_days", "inactive_until_days")
    def _check_trigger(self):
        for plan in self:
            if plan.trigger == "campaign" and not (plan.start_on and plan.end_on):
                raise ValidationError(self.env._("“%s”: a campaign has a beginning and an end.", plan.name))
            if plan.trigger == "inactivity" and not plan.inactive_days:
                raise ValidationError(self.env._("“%s”: say after how many days without invoice.", plan.name))
            if plan.inactive_until_days and plan.inactive_until_days <= plan.inactive_days:
                raise ValidationError(
                    self.env._("“%s”: the second number of days is larger than the first.", plan.name)
                )

    @api.constrains("takes_over", "team_id")
    def _check_takes_over(self):
        for plan in self:
            if plan.takes_over and not plan.team_id:
                raise ValidationError(self.env._("“%s”: say which team takes the customers over.", plan.name))

    @api.constrains("source_domain", "partner_domain", "trigger")
    def _check_domains(self):
        """A filter that cannot be read is refused when it is saved, and so is one on what the writer may not read."""
        for plan in self:
            for name in ("source_domain", "partner_domain"):
                model = plan._domain_model(name)
                try:
                    # Nothing is read; building the query asks whether the writer may read the fields it names.
                    model.sudo(False)._search(plan._filter(name), bypass_access=True)
                except (ValueError, TypeError, SyntaxError, KeyError) as error:
                    raise ValidationError(
                        self.env._(
                            "“%(plan)s”: the filter “%(field)s” cannot be used, choose it anew. (%(error)s)",
                            plan=plan.name,
                            field=self._fields[name]._description_string(self.env),
                            error=error,
                        )
                    ) from error

    def write(self, vals):
        """What the visits were planned for stays: another trigger or company is another plan."""
        for plan in self:
            other_trigger = vals.get("trigger", plan.trigger) != plan.trigger
            if other_trigger or vals.get("company_id", plan.company_id.id) != plan.company_id.id:
                plan._ensure_unused()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        for plan in self:
            plan._ensure_unused()

    def _ensure_unused(self):
        # sudo: cs.return.visit - also visits the user may not see were planned
        if self.env["cs.return.visit"].sudo().search_count([("plan_id", "=", self.id)], limit=1):
            raise UserError(
                self.env._("“%s” has planned visits already. Make another plan and archive this one.", self.name)
            )

    def _domain_model(self, name):
        self.ensure_one()
        return self.env["res.partner" if name == "partner_domain" else self.model_name]

    def _filter(self, name):
        """Return the Domain written in field ``name``. Raises ValueError and the like for what is none."""
        self.ensure_one()
        text = (self[name] or "").strip()
        return Domain(literal_eval(text)) if text else Domain.TRUE
