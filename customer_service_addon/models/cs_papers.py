import base64

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.image import image_data_uri, image_process

from .mail_mail import GENERATED


class CsPapersMixin(models.AbstractModel):
    """Documents with files of their own: uploaded before or after, they belong to the document."""

    _name = "cs.papers.mixin"
    _description = "Document with Files"

    # The many2many fields to ir.attachment.
    _paper_fields = ()

    def _adopt_papers(self):
        """Have files without a record belong to the document that names them, so that its readers read them."""
        for record in self:
            for name in self._paper_fields:
                # sudo: ir.attachment - who linked a file could read it, which was checked by the ORM
                loose_sudo = record[name].sudo().filtered(lambda paper: not paper.res_id and not paper.public)
                loose_sudo.write({"res_model": record._name, "res_id": record.id})

    def _picture_uris(self, name, size=800):
        """Return the pictures of ``name`` as data URIs, at most ``size`` pixels wide and high.

        Who sees the document sees its pictures, and needs no address of a file to do so.
        """
        self.ensure_one()
        uris = []
        # sudo: ir.attachment - the caller checked that the reader may see the document
        for paper_sudo in self.sudo()[name]:
            try:
                small = image_process(paper_sudo.raw, size=(size, size))
            except UserError:
                continue
            uris.append(image_data_uri(base64.b64encode(small)))
        return uris


class CsOutsideMail(models.AbstractModel):
    """Mails to people outside that are no part of an internal thread."""

    _name = "cs.outside.mail"
    _description = "Writes to People Outside"

    def _mail_outside(self, template_xmlid):
        """Queue one mail of the template per record and return ``{record: mail.mail as superuser}``.

        The queue sends them at once, in another transaction. Empty when somebody deleted the template.
        """
        if not self:
            return {}
        # sudo: mail.template - the procedure sends it; users cannot read who else is written to
        template = self.env.ref(template_xmlid, raise_if_not_found=False)
        if not template:
            return {}
        template_sudo = template.sudo()
        mails_sudo = template_sudo.send_mail_batch(
            self.ids,
            email_layout_xmlid="mail.mail_notification_light",
            email_values={"headers": repr(GENERATED)},
        )
        # sudo: ir.cron - told at once, not with the next run of the queue
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        by_record = {mail_sudo.res_id: mail_sudo for mail_sudo in mails_sudo}
        return {record: by_record[record.id] for record in self}
