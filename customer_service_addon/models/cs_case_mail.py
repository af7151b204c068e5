from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext, is_html_empty

ANSWERS = ("mail", "phone", "person", "portal")
# What a customer may send with a message over any interface: no author, no kind, no other recipients.
CUSTOMER_MAY_POST = {"body", "attachment_ids", "subtype_xmlid", "message_type"}


class CsCase(models.Model):
    _inherit = "cs.case"

    # ------------------------------------------------------------------
    # Answers and messages
    # ------------------------------------------------------------------

    def _post_answer(self, body, how="mail", subject=None, attachment_ids=None):
        """Post what the customer may read as an answer and return the message.

        ``body``: Markup (HTML) or str (plain). ``how``: "mail" sends it to the customer, "phone", "person" and
        "portal" record an answer that was given there. Raises UserError without an address to send to.
        """
        self.ensure_one()
        if how not in ANSWERS:
            raise UserError(self.env._("An answer is given by mail, by phone, in person or on the portal."))
        if how == "mail" and not (self.partner_id.email or self.email_from):
            raise UserError(
                self.env._(
                    "%(case)s has no mail address of the customer. Enter one, or record the answer as given by phone.",
                    case=self.name,
                )
            )
        by_mail = how == "mail"
        return (
            self._cs_as_client()
            .with_context(cs_logged_answer=not by_mail)
            .message_post(
                body=body,
                subject=subject or f"{self.name} {self.subject}",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.partner_id.ids if by_mail and self.partner_id.email else [],
                outgoing_email_to=self.email_from if by_mail and not self.partner_id.email else False,
                attachment_ids=attachment_ids or [],
            )
        )

    def message_post(self, **kwargs):
        """Post on the thread. Ratings come from requests of ours only, and customers post as themselves."""
        kwargs.pop("rating_value", None)
        if self.env.user.share and not self.env.su:
            kwargs = {name: value for name, value in kwargs.items() if name in CUSTOMER_MAY_POST}
        return super().message_post(**kwargs)

    def _get_allowed_message_params(self):
        # A rating comes from a rating request of ours, never from a forged message (odoo core accepts any).
        return super()._get_allowed_message_params() - {"rating_value"}

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if message.subtype_id != self.env.ref("mail.mt_comment") or message.message_type not in ("comment", "email"):
            return result
        # sudo: cs.case, mail.message - the writer may post without being allowed to write the case
        case_sudo, message_sudo = self._cs_as_client().sudo(), message.sudo()
        writer = case_sudo._writer_of(message_sudo)
        if writer == "us":
            case_sudo._adopt_recipient(message_sudo)
            case_sudo._after_answer(message_sudo)
        elif writer == "customer":
            case_sudo._take_description(message_sudo)
            case_sudo._after_customer_message(message_sudo)
        return result

    def _writer_of(self, message):
        """Return who wrote: "us", "customer", or "system" for what the program posted by itself.

        A colleague's case about his own concern has him as the customer.
        """
        author = message.author_id
        if author == self.partner_id and author:
            return "customer"
        if author == self.env.ref("base.partner_root"):
            return "system"
        users = author.with_context(active_test=False).user_ids
        return "us" if any(not user.share for user in users) else "customer"

    def _take_description(self, message):
        """The mail that opened the case is its description, pictures in the text included."""
        opened_by_mail = message.message_type == "email" and self.channel_id.code == "mail"
        if opened_by_mail and is_html_empty(self.description):
            self._cs_as_server().write({"description": message.body})

    def _adopt_recipient(self, message):
        """The contact made while answering an unknown sender is the customer of his case."""
        if self.partner_id or not self.email_normalized:
            return
        found = message.partner_ids.filtered(
            lambda partner: (
                partner.email_normalized == self.email_normalized
                and partner.company_id in (self.company_id, self.env["res.company"])
            )
        )
        if len(found) == 1:
            self._cs_as_server().write({"partner_id": found.id})

    def _after_answer(self, message):
        """A person of ours answered where the customer can read it: milestones of the answer (UTC).

        Who was answered by mail needs no acknowledgement any more; who was told by phone still gets his number.
        """
        now = fields.Datetime.now()
        mailed = not self.env.context.get("cs_logged_answer")
        for case in self:
            case._cs_as_server().write(
                {
                    "last_answer_at": now,
                    "first_answered_at": case.first_answered_at or now,
                    "acknowledged_at": case.acknowledged_at or now,
                    "ack_state": "none" if mailed and case.ack_state == "queued" else case.ack_state,
                }
            )
            if case.meaning == "new":
                case._move_to("open")

    def _after_customer_message(self, message):
        """The customer wrote: a finished case is taken up again, or a new one follows it (C-08)."""
        now = fields.Datetime.now()
        for case in self:
            current = case._reopen_by_customer(html2plaintext(message.body or "").strip())
            values = {"last_customer_at": now}
            if current != case:
                message.write({"res_id": current.id})
                message.attachment_ids.write({"res_id": current.id})
                if message.message_type == "email":
                    values["channel_id"] = self.env.ref("customer_service_addon.cs_channel_mail").id
            current._cs_as_server().write(values)

    # ------------------------------------------------------------------
    # Who reads what
    # ------------------------------------------------------------------

    def _intake_followers(self):
        """The customer follows his case."""
        followers = super()._intake_followers()
        return {case: partners | case.partner_id for case, partners in followers.items()}

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Notes reach colleagues only, and an answer given by word of mouth is not mailed to the customer again."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        note = message.sudo().subtype_id.internal and message.sudo().message_type in ("comment", "email")
        if not note and not self.env.context.get("cs_logged_answer"):
            return recipients
        return [recipient for recipient in recipients if not recipient.get("share")]

    def _notify_get_reply_to_batch(self, defaults=None, author_ids=None):
        """Replies come to the address of the team."""
        replies = super()._notify_get_reply_to_batch(defaults=defaults, author_ids=author_ids)
        # sudo: cs.team - its address is told to every customer
        for case_sudo in self.sudo().filtered("team_id.alias_email"):
            replies[case_sudo.id] = self._notify_get_reply_to_formatted_email(
                case_sudo.team_id.alias_email, author_id=(author_ids or {}).get(case_sudo.id)
            )
        return replies

    def _get_customer_information(self):
        """What is known of callers without a contact goes into the contact made when they are answered."""
        information = super()._get_customer_information()
        for case in self:
            if case.email_normalized and not case.partner_id:
                information[case.email_normalized] = {
                    **information.get(case.email_normalized, {}),
                    "name": case.partner_name or case.email_normalized,
                    "phone": case.phone,
                    "company_id": case.company_id.id,
                }
        return information
