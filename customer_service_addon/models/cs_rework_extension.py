from datetime import timedelta

from pytz import timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..services.working_time import utc_midnight
from .cs_rework import CONSENTS

ASKED = "customer_service_addon.mail_template_cs_rework_extension"


class CsReworkExtension(models.Model):
    """More time for an order, with the customer's recorded consent and the new date (R-03).

    Only a date he agreed to moves the deadline of the work, and only if he did before it had passed.
    """

    _name = "cs.rework.extension"
    _description = "Extension of a Repair Order"
    _inherit = ["cs.guard.mixin", "cs.signed.mixin"]
    _order = "id desc"
    _rec_name = "new_date"

    rework_id = fields.Many2one("cs.rework", required=True, readonly=True, index=True, ondelete="restrict")
    case_id = fields.Many2one(related="rework_id.case_id", store=True, precompute=True, index=True)
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True)
    former_deadline = fields.Datetime(readonly=True)
    new_date = fields.Date(required=True, readonly=True)
    reason = fields.Text(required=True, readonly=True)
    state = fields.Selection(
        [("requested", "Asked"), ("consented", "Agreed"), ("refused", "Refused")],
        required=True,
        readonly=True,
        default="requested",
    )
    requested_at = fields.Datetime("Asked On", required=True, readonly=True)
    requested_by_id = fields.Many2one("res.users", "Asked by", required=True, readonly=True)
    answered_at = fields.Datetime("Answered On", readonly=True)
    answered_by = fields.Char(readonly=True, help="Who of the customer said so.")
    recorded_by_id = fields.Many2one("res.users", readonly=True)
    how = fields.Selection(CONSENTS, "Told Us", readonly=True)
    answer_note = fields.Char("His Words", readonly=True)
    moved = fields.Boolean(
        "Deadline Moved", readonly=True, help="Not if it had passed before the customer agreed: consent comes first."
    )

    _cs_server_fields = frozenset(
        {
            *("rework_id", "case_id", "company_id", "former_deadline", "new_date", "reason", "state", "requested_at"),
            *("requested_by_id", "answered_at", "answered_by", "recorded_by_id", "how", "answer_note", "moved"),
        }
    )
    _signed_content = {"consent": (("rework_id", "new_date", "reason"), {})}
    _signed_papers = {"consent": "customer_service_addon.cs_rework_extension_report"}

    _one_open = models.UniqueIndex("(rework_id) WHERE state = 'requested'", "The customer is being asked already.")

    @api.model_create_multi
    def create(self, vals_list):
        """Extensions are asked for in their order."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Ask for more time in the repair order."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Extensions are proofs and are kept."))

    def action_record_answer(self):
        """Open the dialog in which customer service records what the customer wrote."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customer's Answer"),
            "res_model": "cs.rework.consent",
            "view_mode": "form",
            "target": "new",
            "context": {"default_extension_id": self.id},
        }

    def _ensure_may_sign(self, topic, role):
        """The customer's signature is his consent; nobody else's is one."""
        result = super()._ensure_may_sign(topic, role)
        self._ensure_asked()
        if role != "customer":
            raise UserError(self.env._("The customer agrees to more time; choose that he signs."))
        return result

    def _sign(self, topic, role, signer_name, how, image=False, partner=None, address=False):
        signature = super()._sign(topic, role, signer_name, how, image=image, partner=partner, address=address)
        self._answer(True, "signed", signature.sudo().signer_name)
        return signature

    def _ensure_asked(self):
        for extension in self:
            if extension.state != "requested":
                raise UserError(self.env._("The customer has answered already."))

    def _answer(self, agreed, how, who, note=""):
        """Record the customer's answer (checked by the caller); agreed, the deadline moves to the new date.

        ``who``: name of who said so. Raises UserError without a name, or when it has been answered.
        """
        self.ensure_one()
        self._ensure_asked()
        if not (who or "").strip():
            raise UserError(self.env._("Say who of the customer answered."))
        extension_sudo = self.sudo()._cs_as_server()  # checked by the caller: written by the system
        extension_sudo.write(
            {
                "state": "consented" if agreed else "refused",
                "answered_at": fields.Datetime.now(),
                "answered_by": who.strip()[:200],
                "recorded_by_id": self.env.uid,
                "how": how,
                "answer_note": (note or "").strip()[:2000],
            }
        )
        # He may be asked again in the same transaction, and only one question may be open.
        self.flush_recordset(["state"])
        order_sudo = self.sudo().rework_id
        if agreed:
            note = self.env._("The customer agreed to %(date)s: %(reason)s", date=self.new_date, reason=self.reason)
            moved = self.env["cs.sla.engine"]._extend(order_sudo, "done", order_sudo._day_end(self.new_date), note)
            extension_sudo.write({"moved": bool(moved)})
        order_sudo._alarm(
            "customer_service_addon.mail_activity_type_cs_rework",
            {order_sudo: order_sudo.user_id},
            lambda order: (
                order.env._("%(order)s: the customer agreed to the later date.", order=order.name)
                if agreed
                else order.env._("%(order)s: the customer does not agree to the later date.", order=order.name)
            ),
        )


class CsRework(models.Model):
    """More time only with the customer's consent (R-03)."""

    _inherit = "cs.rework"

    extension_ids = fields.One2many("cs.rework.extension", "rework_id", "Extensions", readonly=True, copy=False)
    can_extend = fields.Boolean(compute="_compute_can_extend")

    @api.depends("state", "extension_ids.state")
    @api.depends_context("uid")
    def _compute_can_extend(self):
        desk = self._is_desk()
        for order in self:
            order.can_extend = desk and order._may_be_extended()

    def action_extend(self):
        """Open the dialog in which more time is asked for."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("More Time"),
            "res_model": "cs.rework.extend",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rework_id": self.id},
        }

    def _may_be_extended(self):
        self.ensure_one()
        # sudo: cs.rework.extension - only whether the customer is being asked
        asked = self.sudo().extension_ids.filtered(lambda row: row.state == "requested")
        return self.state in ("dispatched", "accepted", "working") and not asked

    def _request_extension(self, new_date, reason):
        """Ask the customer for more time until the end of ``new_date``; return the extension.

        Raises UserError without a reason, for a date that is not later than the deadline, or while he is being asked.
        """
        self.ensure_one()
        self._ensure_desk()
        if not self._may_be_extended():
            raise UserError(self.env._("%(order)s cannot get more time now.", order=self.name))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why more time is needed; the customer reads it."))
        deadline = self._work_deadline()
        end = new_date and self._day_end(new_date)
        if not end or end <= max(deadline or fields.Datetime.now(), fields.Datetime.now()):
            raise UserError(self.env._("Choose a date that is later than the deadline."))
        # sudo: cs.rework.extension - written by the system; asking was checked
        extension_sudo = (
            self.env["cs.rework.extension"]
            .sudo()
            ._cs_as_server()
            .create(
                {
                    "rework_id": self.id,
                    "former_deadline": deadline,
                    "new_date": new_date,
                    "reason": reason.strip(),
                    "requested_at": fields.Datetime.now(),
                    "requested_by_id": self.env.uid,
                }
            )
        )
        # sudo: cs.case - the customer is asked by the procedure
        self.sudo().case_id._mail_customers(ASKED)
        return extension_sudo._cs_as_client().with_env(self.env)

    def _work_deadline(self):
        """Return the deadline of the work (naive UTC), or False when none runs."""
        self.ensure_one()
        # sudo: cs.sla.clock - the order's own deadline
        clocks_sudo = self.env["cs.sla.clock"].sudo()
        return clocks_sudo.search(
            [
                ("res_model", "=", "cs.rework"),
                ("res_id", "=", self.id),
                ("milestone", "=", "cs.rework/done"),
                ("current", "=", True),
            ],
            limit=1,
        ).deadline

    def _day_end(self, day):
        """Return the last working moment of the date ``day``, or of the last working day before it (naive UTC)."""
        self.ensure_one()
        calendar = self._sla_calendar()
        zone = timezone(calendar.sudo().tz or "UTC")
        midnight = utc_midnight(day + timedelta(days=1), zone)
        if not calendar:
            return midnight
        timeline = calendar._cs_timeline(self.company_id, midnight - timedelta(days=31), midnight)
        return timeline.at(timeline.elapsed(midnight)) or midnight


class CsCase(models.Model):
    _inherit = "cs.case"

    def _extensions_to_answer(self):
        """Return (sudo) the extensions the customer is asked about."""
        self.ensure_one()
        # sudo: cs.rework.extension - shown to the customer of the case, who was checked
        return self.sudo().rework_ids.extension_ids.filtered(lambda row: row.state == "requested")

    def _answer_extension_on_portal(self, extension_id, agreed, who, note=""):
        """The customer answers on the page of his case; the caller has checked that it is he."""
        extension_sudo = self._extensions_to_answer().filtered(lambda row: row.id == extension_id)
        if not extension_sudo:
            raise UserError(self.env._("There is nothing to answer any more."))
        extension_sudo._answer(agreed, "portal", who, note)
