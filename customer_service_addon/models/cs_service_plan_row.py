import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .cs_service_plan_template import KINDS

_logger = logging.getLogger(__name__)


class CsServicePlanRow(models.Model):
    """A planned service: on its date it becomes a case, for maintenance with a repair order (R-12, R-14)."""

    _name = "cs.service.plan.row"
    _description = "Planned Service"
    _inherit = ["cs.guard.mixin"]
    _order = "planned_on, id"
    _check_company_auto = True

    plan_id = fields.Many2one("cs.service.plan", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="plan_id.company_id", store=True, precompute=True, index=True)
    partner_id = fields.Many2one(related="plan_id.partner_id", store=True, precompute=True, index=True)
    plan_state = fields.Selection(related="plan_id.state", string="Plan Is")
    planned_on = fields.Date("Date", required=True, index=True)
    name = fields.Char("Service", required=True)
    kind = fields.Selection(KINDS, required=True, default="maintenance")
    team_id = fields.Many2one("cs.team", index="btree_not_null", check_company=True, ondelete="restrict")
    trade_ids = fields.Many2many("cs.trade", string="Trades", check_company=True)
    task = fields.Html("What Is Done", sanitize=True)
    case_ids = fields.One2many("cs.case", "plan_row_id", "Cases", copy=False)
    case_id = fields.Many2one("cs.case", compute="_compute_case_id")
    state = fields.Selection(
        [("planned", "Planned"), ("opened", "Opened"), ("done", "Done"), ("skipped", "Skipped")],
        "Status",
        compute="_compute_state",
        store=True,
        index=True,
    )
    skipped_at = fields.Datetime("Skipped On", readonly=True, copy=False)
    skip_reason = fields.Char("Why Skipped", readonly=True, copy=False)
    error = fields.Char("Could Not Be Opened", readonly=True, copy=False)

    _cs_server_fields = frozenset({"skipped_at", "skip_reason", "error", "case_ids", "state"})

    _due_idx = models.Index("(planned_on, id) WHERE state = 'planned' AND error IS NULL")

    @api.depends("case_ids")
    def _compute_case_id(self):
        for row in self:
            row.case_id = row.case_ids[:1]

    @api.depends("skipped_at", "case_ids.meaning", "case_ids.rework_ids.state")
    def _compute_state(self):
        """Done: the order, or without one the case, is finished; called off, the service was skipped."""
        for row in self:
            case = row.case_ids[:1]
            orders = case.rework_ids
            if (
                row.skipped_at
                or case.meaning == "cancelled"
                or (orders and set(orders.mapped("state")) == {"cancelled"})
            ):
                row.state = "skipped"
            elif not case:
                row.state = "planned"
            elif case.meaning in ("solved", "closed") or (
                orders and set(orders.mapped("state")) <= {"closed", "cancelled"}
            ):
                row.state = "done"
            else:
                row.state = "opened"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Rows are added until their plan is closed."""
        rows = super().create(vals_list)
        for plan in rows.plan_id:
            if plan.state == "closed":
                raise UserError(self.env._("%(plan)s is closed. Take it up again first.", plan=plan.name))
        return rows

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_planned()
            if any(self.mapped("error")):
                self._cs_as_server().write({"error": False})
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_planned_only(self):
        self._ensure_planned()

    def _ensure_planned(self):
        for row in self:
            if row.state != "planned":
                raise UserError(
                    self.env._(
                        "“%(service)s” of %(date)s is opened, done or skipped and stays as it is.",
                        service=row.name,
                        date=row.planned_on,
                    )
                )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_skip(self):
        """Open the dialog for the reason; without one nothing is skipped."""
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_service_plan_skip_action")
        return action | {"context": {"default_row_ids": self.ids}}

    def action_open_now(self):
        """Open the cases of the rows before their date. Raises UserError unless their plans are running."""
        self.check_access("write")
        self._ensure_planned()
        for row in self:
            if row.plan_id.state != "running":
                raise UserError(self.env._("Start the plan %(plan)s first.", plan=row.plan_id.name))
        self._open()

    def action_view_case(self):
        """Open the case of the row."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_case_action")
        return action | {"view_mode": "form", "views": [(False, "form")], "res_id": self.case_id.id}

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _skip(self, reason):
        """Mark planned rows as left out. Raises UserError without a reason."""
        self.check_access("write")
        self._ensure_planned()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the service is left out."))
        self._cs_as_server().write({"skipped_at": fields.Datetime.now(), "skip_reason": reason.strip()})

    def _open(self):
        """Register a case for each row and, for maintenance, open its order; one batch (checked by the caller)."""
        # sudo: cs.case - the plan was released by a supervisor, its cases are opened on whoever's behalf
        rows_sudo = self.sudo()
        case_type = self.env.ref("customer_service_addon.cs_case_type_service")
        channel = self.env.ref("customer_service_addon.cs_channel_plan")
        cases_sudo = (
            self.env["cs.case"]
            .sudo()
            ._cs_as_server()
            .create(
                [
                    {
                        "company_id": row.company_id.id,
                        "type_id": case_type.id,
                        "channel_id": channel.id,
                        "team_id": (row.team_id or row.plan_id.team_id).id,
                        "partner_id": row.partner_id.id,
                        "subject": row.name,
                        "description": row.task,
                        "order_ref": row.plan_id.order_ref,
                        "object_ref": row.plan_id.object_ref,
                        "requested_date": row.planned_on,
                        "plan_row_id": row.id,
                    }
                    for row in rows_sudo
                ]
            )
        )
        values = {case.id: case.plan_row_id._order_values() for case in cases_sudo}
        maintained = cases_sudo.filtered(lambda case: case.plan_row_id.kind == "maintenance")
        if maintained:
            # The owner hears of the case; one more mail for each order of a batch would tell him nothing.
            orders_sudo = maintained.with_context(tracking_disable=True)._open_reworks(values=values)
            orders_sudo._cs_subscribe_new({order: order.user_id.partner_id for order in orders_sudo})
        rows_sudo._cs_as_server().write({"error": False})
        return cases_sudo

    def _order_values(self):
        return {"trade_ids": [fields.Command.set(self.trade_ids.ids)]}

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _due_domain(self):
        """Rows of running plans whose date, less the days ahead of their company, has come."""
        today = fields.Date.context_today(self)
        due = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("planned_on", "<=", today + timedelta(days=company.cs_plan_lead_days))
            for company in self.env["res.company"].sudo().search([])
        )
        return due & Domain([("state", "=", "planned"), ("plan_id.state", "=", "running"), ("error", "=", False)])

    @api.model
    def _cron_open(self, batch=100):
        """Open what is due, ``batch`` rows per transaction; a row that cannot be opened says why and stops no other."""
        cron = self.env["ir.cron"]
        domain = self._due_domain() & Domain("plan_id.active", "=", True)
        cron._commit_progress(remaining=self.search_count(domain))
        while rows := self._lock_due(domain, batch):
            rows._open_each()
            if not cron._commit_progress(len(rows)):
                break

    @api.model
    def _lock_due(self, domain, batch):
        """Return up to ``batch`` due rows, locked; what another worker holds is left to him."""
        found = self.search(domain, limit=batch)
        if not found:
            return found
        locked = self.env.execute_query(
            SQL(
                "SELECT id FROM cs_service_plan_row WHERE id IN %s AND state = 'planned' FOR NO KEY UPDATE SKIP LOCKED",
                tuple(found.ids),
            )
        )
        return self.browse(row[0] for row in locked)

    def _open_each(self):
        """Open the rows together; if that fails each by itself, keeping the reason of those that fail."""
        try:
            with self.env.cr.savepoint():
                self._open()
                self.env.flush_all()
            return
        except Exception:
            _logger.info("A batch of planned services is opened one by one", exc_info=True)
            self.env.invalidate_all(flush=False)
        for row in self:
            try:
                with self.env.cr.savepoint():
                    row._open()
                    self.env.flush_all()
            # Whatever is wrong with one row, the others are opened.
            except Exception as error:
                self.env.invalidate_all(flush=False)
                row._cs_as_server().write({"error": str(error)})
                row._tell_of_failure()

    def _tell_of_failure(self):
        """Give the leader of the team, else who made the plan, a to-do: the service would otherwise be forgotten."""
        self.ensure_one()
        leader = (self.team_id or self.plan_id.team_id).user_id.filtered("active") or self.plan_id.create_uid
        self.plan_id.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("A planned service could not be opened"),
            note=f"{self.name} ({self.planned_on}): {self.error}",
            user_id=leader.id,
        )


class CsCase(models.Model):
    _inherit = "cs.case"

    plan_row_id = fields.Many2one(
        "cs.service.plan.row", "Planned Service", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )

    _cs_server_fields = frozenset({"plan_row_id"})

    _plan_row_uniq = models.UniqueIndex(
        "(plan_row_id) WHERE plan_row_id IS NOT NULL", "This planned service has its case already."
    )


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_plan_lead_days = fields.Integer("Open Planned Services Ahead (Days)", default=0)
