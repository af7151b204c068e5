from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..services.rework_steps import MILESTONES, may_go

TODO = "customer_service_addon.mail_activity_type_cs_rework"


class CsRework(models.Model):
    """The way of an order: every button is a move of the one table."""

    _inherit = "cs.rework"

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_dispatch(self):
        """Send the order to those who do it.

        Raises UserError while class, trade or task is missing, or, for class C, the customer's consent to the price.
        """
        self._ensure_desk()
        for order in self:
            order._ensure_filled("cost_class", "trade_ids", "task")
            order._ensure_filled("contractor_id" if order.executor == "contractor" else "technician_ids")
            if order.cost_class == "c":
                # The price is agreed and signed first.
                order._ensure_price_signed()
            elif order.cost_class == "a":
                # Whoever does the work, it is charged to him.
                order._ensure_filled("contractor_id")
        self._go_to("dispatched", end_reason=False)
        self._alarm(
            TODO,
            {order: order.technician_user_ids for order in self if order.executor == "team"},
            lambda order: order.env._("Repair order %(order)s is yours.", order=order.display_name),
        )

    def action_accept(self):
        """The contractor takes the order; customer service records what he said."""
        self._ensure_desk()
        for order in self:
            if order.executor != "contractor":
                raise UserError(self.env._("%(order)s is the own team's, which is told.", order=order.name))
        self._go_to("accepted")

    def action_start(self):
        """Work begins. Raises AccessError for anybody but the technicians and the desk."""
        self._ensure_works()
        for order in self:
            if not order._may_begin():
                raise UserError(
                    self.env._("%(order)s is not dispatched, or its contractor has not accepted it.", order=order.name)
                )
        self._go_to("working")

    def action_finish(self):
        """Work is done and waits for the inspection. Raises UserError while nobody has written what was done."""
        self._ensure_works()
        for order in self:
            order._ensure_filled("work_note")
        self._go_to("done")
        self.activity_ids.sudo().unlink()
        self._alarm(
            TODO,
            {order: order.user_id for order in self if order.user_id},
            lambda order: order.env._("%(order)s is done and waits for the inspection.", order=order.display_name),
        )

    def action_inspect(self):
        """Open the dialog of the inspection (R-05)."""
        return self._dialog("cs.rework.inspect", self.env._("Inspection"))

    def action_withdraw(self):
        """Open the dialog for the reason: declined by who should do it, or withdrawn."""
        return self._dialog("cs.rework.end", self.env._("Withdraw or Decline"), default_target="draft")

    def action_cancel(self):
        """Open the dialog for the reason; without one nothing is called off."""
        return self._dialog("cs.rework.end", self.env._("Call Off"), default_target="cancelled")

    def action_reopen(self):
        """Take a called off order up again."""
        self._ensure_desk()
        self._go_to("draft", cancelled_at=False)

    def action_view_case(self):
        """Open the case of the order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_case_action")
        return action | {"view_mode": "form", "views": [(False, "form")], "res_id": self.case_id.id}

    def _form_action(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_rework_action")
        if len(self) == 1:
            return action | {"view_mode": "form", "views": [(False, "form")], "res_id": self.id}
        return action | {"domain": [("id", "in", self.ids)], "context": {}}

    def _dialog(self, model, title, **context):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_rework_ids": self.ids, **context},
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _end(self, target, reason):
        """Send the orders back to the draft or call them off. Raises UserError without a reason."""
        self._ensure_desk()
        if target not in ("draft", "cancelled"):
            raise UserError(self.env._("Choose whether the order goes back or is called off."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why; those who look at it later want to know."))
        self._go_to(target, end_reason=reason.strip())
        self.activity_ids.sudo().unlink()
        if target == "draft":
            for code in ("dispatched", "accepted"):
                self._sla_restart(code)

    def _inspect(self, result, note, remainder=""):
        """Record an inspection; what is not accepted is the next round, what is left over a further order (R-05)."""
        self._ensure_desk()
        for order in self:
            if order.state != "done":
                raise UserError(self.env._("%(order)s is not done yet.", order=order.name))
        if result != "accepted" and not (note or "").strip():
            raise UserError(self.env._("Say what is missing; whoever goes there again has to know."))
        # sudo: cs.inspection - nobody but the system writes it; inspecting was checked
        self.env["cs.inspection"].sudo()._cs_as_server().create(
            [
                {
                    "rework_id": order.id,
                    "round": order.round,
                    "result": result,
                    "note": note,
                    "inspected_at": fields.Datetime.now(),
                    "inspected_by_id": self.env.uid,
                }
                for order in self
            ]
        )
        if result == "rejected":
            self._begin_next_round(note)
            return
        self._cs_as_server().write({"inspected_at": fields.Datetime.now()})
        self._go_to("closed")
        if result == "partly":
            for order in self:
                order.case_id._open_reworks(task=remainder or note, former=order)

    def _begin_next_round(self, note):
        """Not accepted: the same people go again, with clocks of their own."""
        for order in self:
            order._cs_as_server().write({"round": order.round + 1})
        for code in ("done", "started"):
            self._sla_restart(code)
        self._go_to("working")
        self._alarm(
            TODO,
            {order: order.technician_user_ids | order.user_id for order in self},
            lambda order: order.env._("Not accepted: %(note)s", note=note),
        )

    def _cs_taken_over(self):
        """Return what a further order takes over from this one."""
        self.ensure_one()
        return {
            "complaint_id": self.complaint_id.id,
            "place": self.place,
            "trade_ids": [Command.set(self.trade_ids.ids)],
            "executor": self.executor,
            "technician_ids": [Command.set(self.technician_ids.ids)],
            "contractor_id": self.contractor_id.id,
            "cost_class": self.cost_class,
        }

    def _go_to(self, state, **values):
        for order in self:
            if not may_go(order.state, state):
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(order)s is in “%(old)s” and cannot go to “%(new)s”.",
                        order=order.name,
                        old=labels[order.state],
                        new=labels[state],
                    )
                )
        if state in MILESTONES:
            values[MILESTONES[state]] = fields.Datetime.now()
        # sudo: cs.rework - technicians may do the step and not write the field
        self.sudo()._cs_as_server().write({"state": state, **values})

    def _ensure_desk(self):
        self.check_access("write")
        if not self._is_desk():
            raise AccessError(self.env._("Customer service dispatches and inspects repair orders."))

    def _ensure_works(self):
        """Raise AccessError for whoever neither does the work nor belongs to customer service."""
        self.check_access("write")
        for order in self:
            if not self._is_desk() and self.env.user not in order.technician_user_ids:
                raise AccessError(self.env._("%(order)s is not yours.", order=order.name))


class CsInspection(models.Model):
    """How an order was found when it was done, round by round (R-05)."""

    _name = "cs.inspection"
    _description = "Inspection"
    _inherit = ["cs.guard.mixin"]
    _order = "id"
    _rec_name = "rework_id"

    rework_id = fields.Many2one("cs.rework", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True)
    round = fields.Integer(required=True, readonly=True, aggregator=None)
    result = fields.Selection(
        [("accepted", "Accepted"), ("partly", "Partly Done"), ("rejected", "Not Accepted")],
        required=True,
        readonly=True,
    )
    note = fields.Text("What Was Found", readonly=True)
    inspected_at = fields.Datetime("Inspected On", required=True, readonly=True)
    inspected_by_id = fields.Many2one("res.users", required=True, readonly=True)

    _cs_server_fields = frozenset({"rework_id", "round", "result", "note", "inspected_at", "inspected_by_id"})

    @api.model_create_multi
    def create(self, vals_list):
        """Inspections are recorded in their order."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Record the inspection in its order."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Inspections are proofs and are kept."))


class CsCase(models.Model):
    """The case and the repair orders under it."""

    _inherit = "cs.case"

    rework_ids = fields.One2many("cs.rework", "case_id", "Repair Orders")
    rework_count = fields.Integer(compute="_compute_rework_count")

    @api.depends("rework_ids")
    def _compute_rework_count(self):
        # sudo: cs.rework - a count gives away no order; department heads read the case and not its orders
        orders_sudo = self.env["cs.rework"].sudo()
        counts = dict(orders_sudo._read_group([("case_id", "in", self.ids)], ["case_id"], ["__count"]))
        for case in self:
            case.rework_count = counts.get(case.sudo(), 0)

    def action_open_rework(self):
        """Open a repair order under each case and show it. Raises UserError for finished cases."""
        self.check_access("write")
        for case in self:
            if case.meaning in ("closed", "cancelled"):
                raise UserError(self.env._("%(case)s is finished. Reopen it first.", case=case.name))
        return self._open_reworks()._form_action()

    def action_view_reworks(self):
        """Open the repair orders of the case."""
        return self.rework_ids._form_action()

    def _open_reworks(self, task=False, former=None, values=None):
        """Open an order under each case (checked by the caller).

        ``former``: the order it goes on with; ``values``: ``{case id: values of its order}``.
        """
        # sudo: cs.rework - opening the order is part of what the caller may do with the case
        orders_sudo = self.env["cs.rework"].sudo()._cs_as_server()
        counts = dict(orders_sudo._read_group([("case_id", "in", self.ids)], ["case_id"], ["__count"]))
        now = fields.Datetime.now()
        taken_over = former._cs_taken_over() if former else {}
        opened = orders_sudo.create(
            [
                {
                    "name": case._file_number("R", counts.get(case, 0) + 1),
                    "case_id": case.id,
                    "team_id": case.team_id.id,
                    "user_id": case.user_id.id,
                    "task": task or case.description,
                    "received_at": now,
                    **taken_over,
                    **(values or {}).get(case.id, {}),
                }
                for case in self
            ]
        )
        return opened.with_env(self.env)

    def _open_work(self):
        work = super()._open_work()
        # sudo: cs.rework - an open order keeps the case open, whoever may read it
        going = self.sudo().rework_ids.filtered(lambda order: order.state not in ("closed", "cancelled"))
        for case, orders in going.grouped("case_id").items():
            work[case.with_env(self.env)] += orders.mapped("name")
        return work
