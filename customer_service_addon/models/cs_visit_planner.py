from odoo import api, fields, models
from odoo.exceptions import UserError

from .cs_visit_batch import FILES
from .cs_visit_plan import NEXT_PLAN_STATES


class CsVisitPlan(models.Model):
    """Buttons and progress of the plans (V-02)."""

    _inherit = "cs.visit.plan"

    candidate_ids = fields.One2many("cs.visit.candidate", "plan_id", "Customers Found", readonly=True, copy=False)
    next_run_at = fields.Datetime("Looks Next On", readonly=True, copy=False)
    last_run_at = fields.Datetime("Looked Last On", readonly=True, copy=False)
    last_error = fields.Char("Could Not Plan", readonly=True, copy=False)
    preview_at = fields.Datetime("Preview Of", readonly=True, copy=False)
    preview_note = fields.Text("Preview", compute="_compute_preview_note")
    visit_count = fields.Integer("Number of Visits", compute="_compute_visit_count")
    planned_count = fields.Integer("Planned So Far", compute="_compute_progress")
    found_count = fields.Integer("To Plan", compute="_compute_progress")
    progress = fields.Float("Planned (%)", compute="_compute_progress", aggregator=None)
    can_start = fields.Boolean(compute="_compute_can")
    can_stop = fields.Boolean(compute="_compute_can")
    can_finish = fields.Boolean(compute="_compute_can")

    _cs_server_fields = frozenset({"candidate_ids", "next_run_at", "last_run_at", "last_error", "preview_at"})

    _turn_idx = models.Index("(next_run_at) WHERE state = 'running'")

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can(self):
        supervisor = self.env.user.has_group("customer_service_addon.group_cs_supervisor")
        for plan in self:
            following = NEXT_PLAN_STATES[plan.state] if supervisor else ()
            plan.can_start = "running" in following
            plan.can_stop = "stopped" in following
            plan.can_finish = "done" in following

    @api.depends("visit_ids")
    def _compute_visit_count(self):
        """Count the visits the reader may see."""
        counts = dict(self.env["cs.return.visit"]._read_group([("plan_id", "in", self.ids)], ["plan_id"], ["__count"]))
        for plan in self:
            plan.visit_count = counts.get(plan, 0)

    @api.depends("candidate_ids.done", "candidate_ids.outcome")
    def _compute_progress(self):
        """How far the last run is: of those found, who has his visit."""
        # sudo: cs.visit.candidate - figures give away no customer
        rows = (
            self.env["cs.visit.candidate"]
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("is_preview", "=", False), ("outcome", "=", "visit")],
                ["plan_id", "done"],
                ["__count"],
            )
        )
        counts = {(plan.id, done): count for plan, done, count in rows}
        for plan in self:
            plan.planned_count = counts.get((plan.id, True), 0)
            plan.found_count = plan.planned_count + counts.get((plan.id, False), 0)
            plan.progress = 100.0 * plan.planned_count / plan.found_count if plan.found_count else 0.0

    @api.depends("candidate_ids.outcome", "preview_at")
    @api.depends_context("lang")
    def _compute_preview_note(self):
        """Say in words how many customers would be visited, and how many not for which reason."""
        labels = dict(self.env["cs.visit.candidate"]._fields["outcome"]._description_selection(self.env))
        order = list(labels)
        rows = (
            self.env["cs.visit.candidate"]
            # sudo: cs.visit.candidate - figures give away no customer
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("is_preview", "=", True)],
                ["plan_id", "outcome"],
                ["__count"],
            )
        )
        lines = {plan.id: [] for plan in self}
        for plan, outcome, count in sorted(rows, key=lambda row: order.index(row[1])):
            lines[plan.id].append(f"{labels[outcome]}: {count}")
        for plan in self:
            nobody = self.env._("Nobody would be visited.") if plan.preview_at else False
            plan.preview_note = "\n".join(lines[plan.id]) or nobody

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_start(self):
        """Let the plans run; the job plans the first visits within minutes.

        Raises UserError for a plan whose visits nobody would see: no work says which team they are of.
        """
        for plan in self:
            if plan.trigger not in FILES and not (plan.team_id or plan.user_ids):
                raise UserError(self.env._("“%s”: say which team or which people ask the customers.", plan.name))
        self._go_to("running", next_run_at=fields.Datetime.now(), last_error=False)
        self._wake_job()

    def action_stop(self):
        """Interrupt the plans; what is planned stays, nothing more is planned."""
        self._go_to("stopped")
        self._empty_queue()

    def action_finish(self):
        """Close the plans for good."""
        self._go_to("done")
        self._empty_queue()

    def action_plan_now(self):
        """Have running plans look for customers now. Raises UserError for others."""
        self.check_access("write")
        for plan in self:
            if plan.state != "running":
                raise UserError(self.env._("“%s” is not running. Start it first.", plan.name))
        # sudo: cs.visit.plan - when it looks next is the system's
        self.sudo()._cs_as_server().write({"next_run_at": fields.Datetime.now()})
        self._wake_job()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The visits are being planned. The plan shows how far it is."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_preview(self):
        """Show who would be visited and why, and who not; nothing is planned. For whoever may write the plan."""
        self.ensure_one()
        self.check_access("write")
        # sudo: cs.visit.plan - looking takes the rights of the procedure; the rows are shown with the user's
        plan_sudo = self.sudo()._for_planning(self.env.lang)
        plan_sudo._execute("DELETE FROM cs_visit_candidate WHERE plan_id = %s AND is_preview", self.id)
        plan_sudo._find(preview=True)
        plan_sudo._cs_as_server().write({"preview_at": fields.Datetime.now()})
        return self.action_view_candidates()

    def action_view_candidates(self):
        """Open what the last preview found, by outcome."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_visit_candidate_action")
        return action | {
            "domain": [("plan_id", "=", self.id), ("is_preview", "=", True)],
            "context": {"search_default_by_outcome": 1},
        }

    def action_view_visits(self):
        """Open the visits of the plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_return_visit_action")
        return action | {"domain": [("plan_id", "=", self.id)], "context": {}}

    def _go_to(self, state, **values):
        self.check_access("write")
        labels = dict(self._fields["state"]._description_selection(self.env))
        for plan in self:
            if state not in NEXT_PLAN_STATES[plan.state]:
                raise UserError(
                    self.env._(
                        "“%(plan)s” is “%(old)s” and cannot become “%(new)s”.",
                        plan=plan.name,
                        old=labels[plan.state],
                        new=labels[state],
                    )
                )
        # sudo: cs.visit.plan - who may take the step was checked; the fields are the system's
        self.sudo()._cs_as_server().write({"state": state, **values})

    def _empty_queue(self):
        # sudo: cs.visit.candidate - nobody but the system has rights to write it
        queue_sudo = self.env["cs.visit.candidate"].sudo()
        queue_sudo.search([("plan_id", "in", self.ids), ("is_preview", "=", False), ("done", "=", False)]).unlink()

    @api.model
    def _wake_job(self):
        # sudo: ir.cron - the job is told that there is work, whoever brings it
        self.env.ref("customer_service_addon.ir_cron_cs_visit_plan").sudo()._trigger()

    def _cs_tz(self):
        """Return the name of the zone the plan's days and prints are in."""
        return self._tz().zone

    def _for_planning(self, lang=None):
        """Return the plan as the job sees it: of its company, quiet, with nothing of the caller's context."""
        self.ensure_one()
        lang = lang or self.company_id.partner_id.lang or self.env.lang
        context = {"lang": lang, "tracking_disable": True, "allowed_company_ids": self.company_id.ids}
        return self.with_context(context)
