from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..services.complaint_steps import missing_before


class CsComplaint(models.Model):
    """Closing a complaint, calling it off and taking it up again."""

    _inherit = "cs.complaint"

    def action_close(self):
        """Close the files; everything their level asks for is done."""
        self._ensure_desk()
        for complaint in self:
            if complaint.state in ("closed", "cancelled"):
                raise UserError(self.env._("%(complaint)s is finished already.", complaint=complaint.name))
            missing = missing_before("closed", complaint._needed_steps(), complaint._done_steps())
            if missing:
                raise UserError(
                    self.env._(
                        "%(complaint)s cannot be closed, there is still to do: %(steps)s.",
                        complaint=complaint.name,
                        steps=", ".join(self._step_label(code) for code in missing),
                    )
                )
        self._go_to("closed")
        self._cs_as_server().write({"closed_at": fields.Datetime.now()})

    def action_cancel(self):
        """Open the dialog for the reason; without a reason nothing is called off."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Call Off"),
            "res_model": "cs.complaint.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_complaint_ids": self.ids},
        }

    def action_view_case(self):
        """Open the case of the complaint."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_case_action")
        return action | {"view_mode": "form", "views": [(False, "form")], "res_id": self.case_id.id}

    def action_reopen(self):
        """Take finished files up again: the customer is not content (C-08). Agents of the team may."""
        self._ensure_desk()
        cancelled = self.filtered(lambda complaint: complaint.state == "cancelled")
        cancelled._cs_as_server().write({"cancelled_at": False, "cancel_reason": False, "state": "registered"})
        cancelled._advance()
        for complaint in self - cancelled:
            if complaint.state != "closed":
                raise UserError(self.env._("%(complaint)s is not finished.", complaint=complaint.name))
            needed = complaint._needed_steps()
            complaint._cs_as_server().write({"closed_at": False})
            complaint._take_back("verified" if "verified" in needed else "replied")

    def _cancel(self, reason):
        """Call the files off. Raises UserError without a reason."""
        self._ensure_desk()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the complaint is called off."))
        self._go_to("cancelled")
        self._cs_as_server().write({"cancelled_at": fields.Datetime.now(), "cancel_reason": reason.strip()})

    def _ensure_desk(self):
        """Raise AccessError unless customer service itself acts."""
        self.check_access("write")
        if not self._is_desk():
            raise AccessError(self.env._("Customer service finishes complaints and takes them up again."))
