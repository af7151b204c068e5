from odoo import models


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _get_forbidden_access(self, operation):
        """Keep every internal message of a case from customers.

        Core hides internal notes that people wrote, but lets customers read the automatic ones (tracking,
        hand-overs, reasons of a merge) when they ask for them by their id.
        """
        forbidden = super()._get_forbidden_access(operation)
        if operation != "read" or self.env.user._is_internal():
            return forbidden
        # sudo: mail.message - the kind of the message decides whether it may be read
        internal_sudo = (
            (self - forbidden)
            .sudo()
            .filtered(
                lambda message: (
                    message.model == "cs.case"
                    and (message.is_internal or not message.subtype_id or message.subtype_id.internal)
                )
            )
        )
        return forbidden + self.browse(internal_sudo.ids)
