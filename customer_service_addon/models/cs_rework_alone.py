from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class CsRework(models.Model):
    """Orders that come from no button of a case: alone, or from a complaint, whose rules they keep (C-07)."""

    _name = "cs.rework"
    _inherit = ["cs.rework", "cs.batch.followers"]

    @api.constrains("complaint_id", "user_id", "technician_ids")
    def _check_not_shut_out(self):
        for order in self:
            # sudo: cs.complaint, hr.employee - who is shut out is compared, whoever may read the files
            order_sudo = order.sudo()
            shut_out_sudo = order_sudo.complaint_id.shut_out_user_ids
            people_sudo = (order_sudo.user_id | order_sudo.technician_ids.user_id) & shut_out_sudo
            if people_sudo:
                raise ValidationError(
                    self.env._(
                        "%(order)s belongs to a complaint about %(person)s, who has no part in it. Choose somebody "
                        "else (C-07).",
                        order=order.name,
                        person=people_sudo[0].name,
                    )
                )

    def action_new(self):
        """Open the dialog for an order that has no case yet: the case is made with it (I-02)."""
        return self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_rework_new_action")

    def _sla_shut_out(self):
        return {order.id: order.complaint_id.shut_out_user_ids.ids for order in self}

    def _leave_to_others(self):
        """Take who is shut out of the complaint off its orders (sudo): follower, technician, to-dos, deadlines."""
        for order in self:
            shut_out = order.complaint_id.shut_out_user_ids
            order.message_unsubscribe(shut_out.partner_id.ids)
            order.activity_ids.filtered(lambda activity, users=shut_out: activity.user_id in users).unlink()
            left = order.technician_ids.filtered(lambda employee, users=shut_out: employee.user_id not in users)
            if left != order.technician_ids and not left and order.state in ("dispatched", "accepted"):
                order._end("draft", order.env._("Its technician has no part in it (C-07)."))
            values = {}
            if order.user_id in shut_out:
                values["user_id"] = order.complaint_id._other_follower().id
            # Who is at work alone stays named, for the work is his; he sees the order no more.
            if left != order.technician_ids and (left or order.state == "draft"):
                values["technician_ids"] = [fields.Command.set(left.ids)]
            if values:
                order._cs_as_server().write(values)
        if self:
            self.env["cs.sla.engine"]._shut_out(self)


class CsComplaint(models.Model):
    _inherit = "cs.complaint"

    rework_ids = fields.One2many("cs.rework", "complaint_id", "Repair Orders", copy=False)
    rework_count = fields.Integer("Number of Repair Orders", compute="_compute_rework_count")

    @api.depends("rework_ids")
    def _compute_rework_count(self):
        counts = dict(
            # sudo: cs.rework - a count gives away no order; department heads read the complaint and not its orders
            self.env["cs.rework"].sudo()._read_group([("complaint_id", "in", self.ids)], ["complaint_id"], ["__count"])
        )
        for complaint in self:
            complaint.rework_count = counts.get(complaint.sudo(), 0)

    def action_view_reworks(self):
        """Open the repair orders of the complaint."""
        return self.rework_ids._form_action()

    def action_open_rework(self):
        """Open a repair order under the complaint and show it; it bears the number of the case (I-02).

        Raises AccessError for whoever is no agent or may not write the complaint, UserError when it is finished.
        """
        self.ensure_one()
        self.check_access("write")
        if not self.env["cs.rework"]._is_desk():
            raise AccessError(self.env._("Customer service opens repair orders."))
        if self.state in ("closed", "cancelled"):
            raise UserError(self.env._("%(complaint)s is finished. Reopen it first.", complaint=self.name))
        # sudo: cs.case - who handles the complaint opens its order also where the case is another team's
        case_sudo = self.sudo().case_id
        values = {"complaint_id": self.id, "user_id": self.user_id.id}
        order = case_sudo._open_reworks(values={case_sudo.id: values}).with_env(self.env)
        if not order.has_access("read"):
            # sudo: cs.rework - who opened it follows it, for otherwise nobody who knows of it would see it
            order.sudo().user_id = self.env.user
        return order._form_action()

    def _shut_out(self):
        result = super()._shut_out()
        # sudo: cs.rework - whoever names the person may lack rights to the orders he is taken off
        self.sudo().rework_ids._leave_to_others()
        return result
