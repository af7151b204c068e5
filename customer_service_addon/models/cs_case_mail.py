from odoo import fields, models


class CsCase(models.Model):
    _inherit = "cs.case"

    ack_state = fields.Selection(
        [("none", "None"), ("queued", "Queued"), ("sent", "Sent"), ("skipped", "Not Sent")],
        "Acknowledgement",
        default="none",
        readonly=True,
        copy=False,
    )

    def _queue_acknowledgement(self):
        """Have the acknowledgement of ``self`` sent by its own job, outside the registration (I-05)."""

    def _post_answer(self, body, how="mail", subject=None, attachment_ids=None):
        """Post what the customer may read and return the message; only ``how="mail"`` is sent to him."""
        self.ensure_one()
        message = self.message_post(
            body=body,
            subject=subject,
            attachment_ids=attachment_ids or [],
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.partner_id.ids if how == "mail" else [],
        )
        self._after_answer(message)
        return message

    def _after_answer(self, message):
        """Milestones of a human answer."""
        now = fields.Datetime.now()
        for case in self:
            case._cs_as_server().write(
                {
                    "first_answered_at": case.first_answered_at or now,
                    "acknowledged_at": case.acknowledged_at or now,
                    "last_answer_at": now,
                }
            )

    def _after_customer_message(self, message):
        """Milestones of a customer's message."""
        self.sudo()._cs_as_server().write({"last_customer_at": fields.Datetime.now()})
