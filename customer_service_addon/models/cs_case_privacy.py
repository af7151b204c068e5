from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .cs_case_flow import FINISHED

MANAGER = "customer_service_addon.group_cs_manager"
# What may tell who the customer is. Number, type, dates and figures stay.
CLEARED = (
    "partner_id",
    "partner_name",
    "phone",
    "email_from",
    "object_ref",
    "order_ref",
    "expectation",
    "description",
    "resolution",
    "branch_result",
    "cancel_reason",
    "unfinished_reason",
    "incident_place",
    "incident_report",
    "visit_needs",
    "visit_minutes",
    "intake_key",
)
# Texts on rows of the case: (model, field); the rows themselves are proof and stay.
ROW_TEXTS = (
    ("cs.forward", "question"),
    ("cs.forward", "answer"),
    ("cs.handover", "note"),
    ("cs.handover", "decline_reason"),
    ("cs.promise", "text"),
    ("cs.hold", "note"),
)
# What a person gets of his cases.
EXPORTED = (
    "name",
    "subject",
    "type_id",
    "stage_id",
    "partner_name",
    "phone",
    "email_from",
    "product_id",
    "object_ref",
    "order_ref",
    "expectation",
    "requested_date",
    "description",
    "resolution",
    "received_at",
    "solved_at",
    "closed_at",
)


class CsCase(models.Model):
    """A person's data on finished cases can be taken out, and handed out to him."""

    _inherit = "cs.case"

    anonymised_at = fields.Datetime(readonly=True, copy=False)

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_anonymise(self):
        """Open the dialog that asks why the cases are anonymised (managers)."""
        self._ensure_may_anonymise()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Anonymise"),
            "res_model": "cs.anonymise.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _ensure_may_anonymise(self):
        """Raise unless every case of ``self`` may be anonymised now: by a manager, and when it is over.

        Whatever else keeps data (a legal hold) extends this.
        """
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(self.env._("Only a customer service manager can anonymise cases."))
        self.check_access("write")
        for case in self:
            if case.meaning not in FINISHED:
                raise UserError(
                    self.env._("%(case)s is not finished. Close or cancel it before you anonymise it.", case=case.name)
                )

    def _anonymise(self, reason):
        """Take the person out of the cases of ``self`` (batch) and keep who did it, when and why.

        Contact data, texts, files and the words of the conversation go for good; number, type, dates and figures
        stay. Raises AccessError or UserError, and changes nothing, when one of the cases may not be anonymised.
        """
        self._ensure_may_anonymise()
        # sudo: cs.case and all that hangs on it - a manager was checked; parts belong to other people and modules
        cases_sudo = self.sudo().filtered(lambda case: not case.anonymised_at).with_context(tracking_disable=True)
        cases_sudo._anonymise_conversation()
        cases_sudo._anonymise_rows()
        cases_sudo._anonymise_values()
        body = self.env._("Anonymised: %(reason)s", reason=reason)
        cases_sudo._message_log_batch(bodies=dict.fromkeys(cases_sudo.ids, body))

    def _anonymise_values(self):
        placeholder = self.env._("(anonymised)")
        customers = self.message_partner_ids.filtered("partner_share")
        server = self._cs_as_server()
        server.filtered("verdict").write({"verdict_reason": placeholder})
        server.write(
            {
                **dict.fromkeys(CLEARED, False),
                "subject": placeholder,
                "anonymised_at": fields.Datetime.now(),
            }
        )
        self.message_unsubscribe(customers.ids)

    def _anonymise_rows(self):
        placeholder = self.env._("(anonymised)")
        server = self._cs_as_server().env
        for model, name in ROW_TEXTS:
            server[model].search([("case_id", "in", self.ids), (name, "!=", False)]).write({name: placeholder})
        ratings = self.env["rating.rating"].search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        ratings.write({"partner_id": False, "feedback": False})

    def _anonymise_conversation(self):
        """Empty what people wrote, drop files, mails and the former values of what is cleared."""
        messages = self.env["mail.message"].search([("model", "=", self._name), ("res_id", "in", self.ids)])
        written = messages.filtered(lambda message: message.message_type != "notification")
        attachments = written.attachment_ids | self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        attachments.unlink()
        # Odoo deletes the message of a mail that was sent on its own together with the mail.
        self.env["mail.mail"].search([("mail_message_id", "in", messages.ids)]).unlink()
        messages, written = messages.exists(), written.exists()
        self.env["mail.notification"].search(
            [("mail_message_id", "in", messages.ids), ("res_partner_id.partner_share", "=", True)]
        ).unlink()
        self.env["mail.tracking.value"].search(
            [("mail_message_id", "in", messages.ids), ("field_id.name", "in", [*CLEARED, "subject"])]
        ).unlink()
        written.write({"body": self.env._("(anonymised)"), "subject": False, "partner_ids": False})
        outsiders = messages.filtered(lambda message: not message.author_id or message.author_id.partner_share)
        outsiders.write({"author_id": False, "email_from": False, "reply_to": False})

    def _readable_conversation(self):
        """Return the messages (sudo) of the cases that their customers may read, oldest first."""
        # sudo: mail.message - the cases were found with the rights of the user; internal messages are left out
        messages_sudo = self.env["mail.message"].sudo()
        return messages_sudo.search(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("message_type", "!=", "user_notification"),
                ("is_internal", "=", False),
                ("subtype_id.internal", "=", False),
                ("subtype_id", "!=", False),
            ],
            order="id",
        )

    def _person_data(self):
        """Return the cases as plain data for the person they are about: one dict per case, times in UTC."""
        messages = self._readable_conversation().grouped("res_id")
        return [
            {
                **{name: case._person_value(name) for name in EXPORTED},
                "conversation": [
                    {
                        "date": fields.Datetime.to_string(message.date),
                        "author": message.author_id.name or message.email_from or "",
                        "text": message.body or "",
                        "attachments": [
                            {"name": file.name, "type": file.mimetype, "bytes": file.file_size}
                            for file in message.attachment_ids
                        ],
                    }
                    for message in messages.get(case.id, ())
                ],
            }
            for case in self
        ]

    def _person_value(self, name):
        field = self._fields[name]
        # sudo: comodel - the name of what a readable case points to
        value = self.sudo()[name].display_name if field.type == "many2one" else self[name]
        if field.type in ("datetime", "date"):
            return field.to_string(value) if value else ""
        return str(value or "")


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_export_cs_data(self):
        """Return the download (JSON) of all cases of the person, as far as he may read them (managers)."""
        self.ensure_one()
        if not (self.env.su or self.env.user.has_group(MANAGER)):
            raise AccessError(self.env._("Only a customer service manager can export a person's data."))
        return self.env["cs.person.export"].create({"partner_id": self.id})._download()

    def _cs_personal_cases(self):
        """Return the cases of the person that the user may see: his own, and those known by mail or phone only."""
        self.ensure_one()
        reached = Domain.FALSE
        if self.email_normalized:
            reached |= Domain("email_normalized", "=", self.email_normalized)
        if self.cs_phone_e164:
            reached |= Domain("phone_e164", "=", self.cs_phone_e164)
        domain = Domain("partner_id", "child_of", self.id) | (Domain("partner_id", "=", False) & reached)
        return self.env["cs.case"].with_context(active_test=False).search(domain, order="id")
