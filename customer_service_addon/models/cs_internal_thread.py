from odoo import models
from odoo.exceptions import AccessError


class CsInternalThread(models.AbstractModel):
    """A thread that stays in the house: no customer and no contractor follows it, is suggested on it or mailed from it.

    What they may know is said on the case. The refusals are in the model, so that composer, templates, activities and
    RPC meet them alike.
    """

    _name = "cs.internal.thread"
    _description = "Internal Thread"
    _inherit = ["mail.thread", "mail.activity.mixin"]

    def _mail_get_partner_fields(self, introspect_fields=False):
        return []

    def _message_get_suggested_recipients_batch(
        self,
        reply_discussion=False,
        reply_message=None,
        no_create=True,
        primary_email=False,
        additional_partners=None,
    ):
        """Suggest colleagues only."""
        suggested = super()._message_get_suggested_recipients_batch(
            reply_discussion=reply_discussion,
            reply_message=reply_message,
            no_create=no_create,
            primary_email=primary_email,
            additional_partners=additional_partners,
        )
        ids = {row["partner_id"] for rows in suggested.values() for row in rows if row.get("partner_id")}
        colleagues = set(self.env["res.partner"].browse(ids).filtered(lambda partner: not partner.partner_share).ids)
        return {
            record_id: [row for row in rows if row.get("partner_id") in colleagues]
            for record_id, rows in suggested.items()
        }

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        self._cs_refuse_outsiders(partner_ids)
        return super().message_subscribe(partner_ids, subtype_ids)

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        self._cs_refuse_outsiders(partner_ids)
        return super()._message_subscribe(partner_ids, subtype_ids, customer_ids)

    def message_post(self, **kwargs):
        self._cs_refuse_outsiders(kwargs.get("partner_ids"), kwargs.get("outgoing_email_to"))
        return super().message_post(**kwargs)

    def message_notify(self, **kwargs):
        self._cs_refuse_outsiders(kwargs.get("partner_ids"))
        return super().message_notify(**kwargs)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Whatever way somebody outside came among the recipients, nothing is sent to him."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        return [recipient for recipient in recipients if not recipient.get("share")]

    def _cs_refuse_outsiders(self, partner_ids, addresses=None):
        # sudo: res.partner - only whether somebody belongs to the house is read
        outside_sudo = self.env["res.partner"].sudo().browse(partner_ids or []).exists().filtered("partner_share")
        if outside_sudo or addresses:
            raise AccessError(
                self.env._(
                    "%(people)s do not belong to the company. This file is internal: write to them from the case.",
                    people=", ".join(outside_sudo.mapped("display_name")) or addresses,
                )
            )
