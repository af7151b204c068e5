import ast
from collections import namedtuple

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

# What the engine needs to know of a policy and its targets, read once and kept in the cache of the registry.
Plan = namedtuple("Plan", "id version name domain calendar_id reopening risk_share targets")
PlannedTarget = namedtuple("PlannedTarget", "id name source goal amount unit")

# Writing one of these changes what a clock does; a renamed or rearranged policy stays the version it is.
_VERSIONED = {"model", "domain", "calendar_id", "reopening", "risk_percent", "company_id", "active", "sequence"}


class CsSlaPolicy(models.Model):
    """Which deadlines records of one kind have. Exactly one policy holds for a record: the first whose filter fits.

    A change makes a new version. Clocks that run keep the figures they were started with until somebody applies
    the policy to open records; ended clocks are never rewritten.
    """

    _name = "cs.sla.policy"
    _description = "SLA Policy"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first policy whose filter fits a record holds for it.")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    model = fields.Selection("_selection_model", "Applies To", required=True, default="cs.case")
    domain = fields.Char("Filter", default="[]", tracking=True, help="Empty: all records of the company.")
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        help="Empty: the working hours of the team, else of the company.",
    )
    reopening = fields.Selection(
        [("resume", "Goes on with what is left"), ("new", "Starts anew")],
        "A Reopened Record",
        required=True,
        default="new",
        tracking=True,
        help="Each solution is kept: a reopened record gets a further round of its clocks.",
    )
    risk_percent = fields.Integer(
        "At Risk After (%)", default=75, tracking=True, help="Used part of the time after which it shows as at risk."
    )
    version = fields.Integer(default=1, readonly=True, copy=False, tracking=True)
    target_ids = fields.One2many("cs.sla.target", "policy_id", "Targets", copy=True)
    description = fields.Text(translate=True)
    running_count = fields.Integer("Records on It", compute="_compute_running_count")
    change_note = fields.Char("What a Change Moves", compute="_compute_change_note")

    _risk_range = models.Constraint(
        "CHECK(risk_percent BETWEEN 1 AND 100)", "“At risk” begins between 1 and 100 percent of the time."
    )

    @api.model
    def _selection_model(self):
        names = self.env["cs.sla.mixin"]._sla_models()
        return [(name, self.env[name]._description) for name in names]

    def _compute_running_count(self):
        groups = self.env["cs.sla.clock"]._read_group(
            [("policy_id", "in", self.ids), ("current", "=", True), ("run_state", "!=", "ended")],
            ["policy_id"],
            ["res_id:count_distinct"],
        )
        counts = {policy.id: count for policy, count in groups}
        for policy in self:
            policy.running_count = counts.get(policy._origin.id, 0)

    @api.depends("domain", "model", "company_id")
    def _compute_change_note(self):
        """Say before saving how many open records the filter on the screen fits, and how many are on the policy."""
        for policy in self:
            try:
                fitting = policy._count_open_fitting()
            except (ValidationError, ValueError, SyntaxError):
                policy.change_note = self.env._("The filter cannot be read.")
                continue
            policy.change_note = self.env._(
                "%(fitting)s open records fit this filter; %(running)s run on this policy. They keep their present "
                "figures until you apply the policy to open records.",
                fitting=fitting,
                running=policy.running_count,
            )

    def _count_open_fitting(self):
        if not self.model:
            return 0
        domain = Domain(self._domain()) & Domain("company_id", "=", self.company_id.id)
        # sudo: records - only their number is shown, to whoever may read the policy
        return (
            self.env[self.model].sudo().search_count(domain & Domain("sla_run", "in", ("running", "paused", "blocked")))
        )

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    @api.constrains("domain", "model")
    def _check_domain(self):
        for policy in self:
            try:
                # sudo: records - the filter is tried on one record and nothing of it is shown
                records_sudo = self.env[policy.model].sudo()
                records_sudo.search(policy._domain(), limit=1).filtered_domain(policy._domain())
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of “%(policy)s” cannot be used: %(error)s. Choose fields and values of "
                        "%(model)s that do not depend on who looks or on today's date.",
                        policy=policy.name,
                        error=error,
                        model=self.env[policy.model]._description,
                    )
                ) from error

    def _domain(self):
        """Return the filter as a list. Raises ValueError for anything but literals."""
        return ast.literal_eval((self.domain or "").strip() or "[]")

    @api.constrains("model", "target_ids")
    def _check_targets(self):
        self.target_ids._check_milestones()

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_version(vals_list)
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_version([vals])
        self.env.registry.clear_cache()
        if _VERSIONED.intersection(vals):
            self._raise_version()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_unused_only(self):
        used = self.env["cs.sla.clock"].sudo()._read_group([("policy_id", "in", self.ids)], ["policy_id"])
        if used:
            raise ValidationError(
                self.env._(
                    "“%(policy)s” has given deadlines, which must stay provable. Archive it instead.",
                    policy=used[0][0].name,
                )
            )

    def _raise_version(self):
        """Count the version of policies on: one that no clock has run on yet stays what it is."""
        # sudo: cs.sla.clock - whether there are any is all that is asked
        groups = (
            self.env["cs.sla.clock"]
            .sudo()
            ._read_group([("policy_id", "in", self.ids)], ["policy_id"], ["policy_version:max"])
        )
        used = {policy.id: version for policy, version in groups}
        for policy in self:
            if used.get(policy.id, 0) >= policy.version:
                policy._count_version()
        self.env.registry.clear_cache()

    def _count_version(self):
        """Only this method writes the version; clients that send it are refused in ``write``."""
        self.ensure_one()
        self.env.execute_query(SQL("UPDATE cs_sla_policy SET version = version + 1 WHERE id = %s RETURNING 1", self.id))
        self.invalidate_recordset(["version"], flush=False)

    def _refuse_version(self, vals_list):
        if any("version" in vals for vals in vals_list):
            raise AccessError(self.env._("The version of a policy is counted by the system."))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_preview(self):
        """Open the comparison: which deadlines this policy would have given to the records of the last month."""
        self.ensure_one()
        return self.env["cs.sla.preview"].create({"policy_id": self.id}).action_compare()

    def action_view_clocks(self):
        """Open the clocks that run on the policy."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_sla_clock_action")
        return action | {"domain": [("policy_id", "=", self.id)]}

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    @api.model
    @tools.ormcache("model", "company_id")
    def _plans(self, model, company_id):
        """Return the :class:`Plan` of each policy for ``model`` (str) of the company, in the order they are tried."""
        # sudo: cs.sla.policy - deadlines are given to whoever registers a record, portal customers included
        policies_sudo = self.sudo().with_context(active_test=True)
        found = policies_sudo.search([("model", "=", model), ("company_id", "=", company_id)])
        return tuple(policy._plan() for policy in found)

    def _plan(self):
        self.ensure_one()
        return Plan(
            id=self._origin.id,
            version=self.version,
            name=self.name,
            domain=self._domain(),
            calendar_id=self.calendar_id.id,
            reopening=self.reopening,
            risk_share=self.risk_percent / 100,
            targets=tuple(target._planned() for target in self.target_ids if target.active),
        )

    @api.model
    @tools.ormcache("policy_id")
    def _plan_of(self, policy_id):
        """Return the :class:`Plan` of one policy, archived or not."""
        return self.sudo().with_context(active_test=False).browse(policy_id)._plan()

    @api.model
    @tools.ormcache("model")
    def _watched_fields(self, model):
        """Return the names of the fields of ``model`` whose change may make another policy fit (frozenset).

        Of a computed field those it is computed from count as well.
        """
        names, pending = set(), set()
        for policy in self.sudo().search([("model", "=", model)]):
            conditions = Domain(policy._domain()).iter_conditions()
            pending.update(condition.field_expr.split(".")[0] for condition in conditions)
        while pending:
            name = pending.pop()
            names.add(name)
            field = self.env[model]._fields.get(name)
            depends = self.env.registry.field_depends[field] if field else ()
            pending.update({path.split(".")[0] for path in depends} - names)
        return frozenset(names)
