from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CsReworkTimer(models.Model):
    """A technician's time on an order, from start to stop; stopping makes a line of labour (R-04).

    A technician has one running timer: starting on another order stops the former one.
    """

    _name = "cs.rework.timer"
    _description = "Time at Work"
    _inherit = ["cs.guard.mixin"]
    _order = "started_at desc, id desc"
    _rec_name = "employee_id"

    rework_id = fields.Many2one("cs.rework", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True)
    employee_id = fields.Many2one("hr.employee", required=True, readonly=True, index=True, ondelete="restrict")
    started_at = fields.Datetime("Started", required=True, readonly=True)
    stopped_at = fields.Datetime("Stopped", readonly=True)
    line_id = fields.Many2one("cs.rework.line", readonly=True, index="btree_not_null", ondelete="set null")

    _one_running = models.UniqueIndex("(employee_id) WHERE stopped_at IS NULL", "Your time runs already.")

    @api.model_create_multi
    def create(self, vals_list):
        """Timers are started in their order."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Start and stop your time in the repair order."))
        return super().create(vals_list)

    def write(self, vals):
        if not self._cs_is_server():
            raise AccessError(self.env._("Start and stop your time in the repair order."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The times at work are kept."))

    def _stop(self):
        """Stop the running timers of ``self`` now; each becomes a line of labour of its order, hours × hourly cost."""
        now = fields.Datetime.now()
        running = self.filtered(lambda timer: not timer.stopped_at)
        # sudo: cs.rework.line - the technician's own time, as the timer says
        lines_sudo = self.env["cs.rework.line"].sudo()
        for timer in running:
            hours = (now - timer.started_at).total_seconds() / 3600
            line_sudo = lines_sudo.create(
                {
                    "rework_id": timer.rework_id.id,
                    "kind": "labour",
                    "name": timer.employee_id.name,
                    "employee_id": timer.employee_id.id,
                    "quantity": hours,
                }
            )
            timer._cs_as_server().write({"stopped_at": now, "line_id": line_sudo.id})
        # The next timer is inserted before this would be flushed, and only one may run.
        self.flush_recordset(["stopped_at"])


class CsRework(models.Model):
    """Start and stop of time."""

    _inherit = "cs.rework"

    timer_ids = fields.One2many("cs.rework.timer", "rework_id", "Times at Work", readonly=True, copy=False)
    my_timer_since = fields.Datetime("My Time Runs Since", compute="_compute_my_timer_since")

    @api.depends("timer_ids.stopped_at")
    @api.depends_context("uid")
    def _compute_my_timer_since(self):
        running = self._my_timers_sudo().grouped("rework_id")
        for order in self:
            order.my_timer_since = running.get(order.sudo(), self.env["cs.rework.timer"])[:1].started_at

    def action_timer_start(self):
        """Start the user's time on the order; it begins with it. One that runs elsewhere is stopped.

        Raises UserError for whoever is none of the order's technicians; starting twice changes nothing.
        """
        self.ensure_one()
        self._ensure_works()
        employee_sudo = self._my_employee_sudo()
        if not employee_sudo:
            raise UserError(self.env._("You are not one of the technicians of %(order)s.", order=self.name))
        if self._may_begin():
            self.action_start()
        if self.state != "working":
            raise UserError(self.env._("%(order)s is not at work; no time is counted.", order=self.name))
        running_sudo = (
            self.env["cs.rework.timer"]
            .sudo()
            .search([("employee_id", "=", employee_sudo.id), ("stopped_at", "=", False)])
        )
        if running_sudo.rework_id == self.sudo():
            return
        running_sudo._stop()
        # sudo: cs.rework.timer - written by the system, for the technician himself
        self.env["cs.rework.timer"].sudo()._cs_as_server().create(
            {"rework_id": self.id, "employee_id": employee_sudo.id, "started_at": fields.Datetime.now()}
        )

    def action_timer_stop(self):
        """Stop the user's time on the order; without a running one nothing happens."""
        self.ensure_one()
        self._ensure_works()
        self._my_timers_sudo()._stop()

    def _go_to(self, state, **values):
        """Nobody's time runs on behind the end of the work."""
        if state != "working":
            self._running_timers_sudo()._stop()
        return super()._go_to(state, **values)

    def _running_timers_sudo(self):
        # sudo: cs.rework.timer - read for the order's own steps
        return self.env["cs.rework.timer"].sudo().search([("rework_id", "in", self.ids), ("stopped_at", "=", False)])

    def _my_timers_sudo(self):
        return self._running_timers_sudo().filtered(lambda timer: timer.employee_id.user_id.id == self.env.uid)

    def _my_employee_sudo(self):
        # sudo: hr.employee - the user's own file, to name who worked
        return self.technician_ids.sudo().filtered(lambda employee: employee.user_id.id == self.env.uid)[:1]
