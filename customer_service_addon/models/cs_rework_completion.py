from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

# Whose signature under the finished work is asked for: one role of each group.
ACCEPTING_ROLES = (("customer",), ("desk", "engineering", "property"), ("leader",))


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_completion_signed = fields.Boolean(
        "Inspection Needs Signatures",
        help="A repair is accepted only when the customer, customer service (or engineering, or the property manager) "
        "and the team leader have signed what stands there (R-05).",
    )


class CsInspection(models.Model):
    _inherit = "cs.inspection"

    signature_ids = fields.Many2many(
        "cs.signature", string="Signed by", readonly=True, help="The signatures that were true when it was inspected."
    )


class CsRework(models.Model):
    """Completion: signed by the customer and those who accept the work, on one paper (完工单, R-05)."""

    _inherit = "cs.rework"

    can_sign = fields.Boolean(compute="_compute_can_sign")

    @api.depends("state", "technician_user_ids")
    @api.depends_context("uid")
    def _compute_can_sign(self):
        desk = self._is_desk()
        for order in self:
            works = desk or self.env.user in order.technician_user_ids
            order.can_sign = works and order.state in ("working", "done")

    def _ensure_may_sign(self, topic, role):
        """The finished work is signed while it is inspected or about to be handed in, with all time stopped."""
        result = super()._ensure_may_sign(topic, role)
        if topic == "completion":
            self._ensure_ready_to_sign()
        return result

    def _ensure_ready_to_sign(self):
        self.ensure_one()
        if self.state not in ("working", "done"):
            raise UserError(self.env._("%(order)s is not done; there is nothing to sign yet.", order=self.name))
        self._ensure_filled("work_note")
        if self._running_timers_sudo():
            raise UserError(self.env._("Stop the time first: what is signed does not change any more."))

    def action_sign_completion(self):
        """Open the dialog in which somebody signs that the work is done."""
        return self.with_context(cs_topic="completion").action_sign()

    def _completion_to_sign(self):
        """Return (sudo) the orders of ``self`` whose completion the customer is asked to sign on his page."""
        # sudo: cs.rework - shown to the customer of the case, who was checked
        return self.sudo().filtered(
            lambda order: order.state == "done" and not order._is_signed("completion", "customer")
        )

    def _sign_completion_on_portal(self, name, partner, address):
        """The customer signs on the page of his case; the caller has checked that it is he.

        Raises UserError when there is nothing to sign (any more) or the name is missing.
        """
        order_sudo = self._completion_to_sign()
        if not order_sudo:
            raise UserError(self.env._("There is nothing to sign any more."))
        order_sudo._ensure_ready_to_sign()
        order_sudo._cs_as_server()._sign(
            "completion", "customer", (name or "")[:100], "portal", partner=partner, address=address
        )
        order_sudo._alarm(
            "customer_service_addon.mail_activity_type_cs_rework",
            {order_sudo: order_sudo.user_id},
            lambda order: order.env._("The customer has signed that %(order)s is done.", order=order.name),
        )

    def _inspect(self, result, note, remainder=""):
        """Where the company asks for signatures nothing is accepted without them; they stay with the inspection."""
        if result == "accepted":
            self._ensure_signed_completion()
        before = self.inspection_ids
        outcome = super()._inspect(result, note, remainder)
        for order in self:
            # sudo: cs.inspection - the system's own row; inspecting was checked
            row_sudo = (order.sudo().inspection_ids - before.sudo())[-1:]
            signed_sudo = order._last_signatures_sudo("completion").filtered(
                lambda row, order=order: row.fingerprint == order._signature_fingerprint("completion")
            )
            row_sudo._cs_as_server().write({"signature_ids": [Command.set(signed_sudo.ids)]})
        return outcome

    def _ensure_signed_completion(self):
        for order in self.filtered("company_id.cs_completion_signed"):
            missing = [
                roles for roles in ACCEPTING_ROLES if not any(order._is_signed("completion", role) for role in roles)
            ]
            if missing:
                labels = dict(self.env["cs.signature"]._fields["role"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(order)s: the signature of %(roles)s is missing. Have the completion signed first.",
                        order=order.name,
                        roles=", ".join(" / ".join(labels[role] for role in roles) for roles in missing),
                    )
                )


class CsCase(models.Model):
    _inherit = "cs.case"

    def _repairs_to_sign(self):
        """Return (sudo) the repair orders whose completion the customer is asked to sign."""
        self.ensure_one()
        return self.sudo().rework_ids._completion_to_sign()
