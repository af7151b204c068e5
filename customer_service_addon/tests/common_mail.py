from unittest.mock import patch

from odoo.addons.mail.tests.common import MailCommon

from .common import CsCommon

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CUSTOMER = "Chen Wei <chen.wei@bluefleet.example>"
STRANGER = "Stranger <stranger@elsewhere.example>"


class CsMailCommon(MailCommon, CsCommon):
    """Lets real mails through the gateway, and the job that answers them run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.alias_name = "hotline"
        cls.other_team.alias_name = "north"
        cls.address = f"hotline@{cls.alias_domain}"
        cls.other_address = f"north@{cls.alias_domain}"
        cls.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 20)
        cls.mail_number = 0

    def mail_source(self, sender=CUSTOMER, subject="Brakes", to=None, photos=0, html=None, headers=()):
        """Return the text of a mail; ``headers``: (name, value) pairs beside those every mail has."""
        type(self).mail_number += 1
        kind = "html" if html else "plain"
        lines = [
            f"From: {sender}",
            f"To: {to or self.address}",
            f"Subject: {subject}",
            f"Message-Id: <{self.mail_number}.{type(self).__name__}@bluefleet.example>",
            *(f"{name}: {value}" for name, value in headers),
            "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="cut"',
            "",
            "--cut",
            f"Content-Type: text/{kind}; charset=utf-8",
            "",
            html or "The brakes squeal.",
        ]
        for photo in range(photos):
            lines += [
                "--cut",
                f'Content-Type: image/png; name="photo{photo}.png"',
                f'Content-Disposition: attachment; filename="photo{photo}.png"',
                f"Content-Id: <photo{photo}>",
                "Content-Transfer-Encoding: base64",
                "",
                PNG,
            ]
        return "\r\n".join([*lines, "--cut--", ""])

    def receive(self, **values):
        """Let the gateway process a mail; nothing may be bounced. Return the cases it opened."""
        before = self.env["cs.case"].search([])
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(None, self.mail_source(**values))
            bounced = self._new_mails.filtered(lambda mail: "bounce" in (mail.references or ""))
            self.assertFalse(bounced, "nothing addressed to customer service bounces")
        self.flush_tracking()
        return self.env["cs.case"].search([]) - before

    def run_notices(self, deliver=False):
        """Run the job; return the mails it wrote, handed to the mail server when ``deliver``."""
        with (
            self.mock_mail_gateway(),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=1),
        ):
            self.env["cs.case"]._cron_notices()
            if deliver:
                self._new_mails.send()
            return self._new_mails

    def received_on(self, case):
        """Return the mails that arrived on the thread of ``case``."""
        return case.message_ids.filtered(lambda message: message.message_type == "email").sorted("id")

    def reference_to(self, message):
        return (("References", message.message_id), ("In-Reply-To", message.message_id))
