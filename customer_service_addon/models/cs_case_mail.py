from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

TEMPLATE = "customer_service_addon.mail_template_cs_acknowledgement"
ASSIGNED = "customer_service_addon.mail_activity_type_cs_assigned"
# Programs that receive these answer no further (RFC 3834, Exchange).
AUTOMATIC = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "auto_reply"}
ANSWERS = ("mail", "phone", "person", "portal")


class CsCase(models.Model):
    _inherit = "cs.case"

    ack_state = fields.Selection(
        [("none", "None"), ("queued", "Queued"), ("sent", "Sent"), ("skipped", "Not Sent"), ("failed", "Failed")],
        "Acknowledgement",
        default="none",
        readonly=True,
        copy=False,
    )
    ack_reason = fields.Char("Why Not Acknowledged", readonly=True, copy=False)
    owner_notice = fields.Boolean("Owner Still to Be Told", readonly=True, copy=False)

    _ack_queue_idx = models.Index("(id) WHERE ack_state = 'queued'")
    _owner_notice_idx = models.Index("(id) WHERE owner_notice")
    _sender_day_idx = models.Index("(email_normalized, acknowledged_at) WHERE acknowledged_at IS NOT NULL")

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

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """An answer given by word of mouth is kept on the thread, but not mailed to the customer again."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not self.env.context.get("cs_logged_answer"):
            return recipients
        return [recipient for recipient in recipients if not recipient.get("share")]

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if message.subtype_id != self.env.ref("mail.mt_comment") or message.message_type not in ("comment", "email"):
            return result
        # sudo: cs.case, mail.message - the writer may post without being allowed to write the case
        cases_sudo = self._cs_as_client().sudo()
        if self._is_written_by_us(message):
            cases_sudo._after_answer(message.sudo())
        else:
            cases_sudo._after_customer_message(message.sudo())
        return result

    @api.model
    def _is_written_by_us(self, message):
        users_sudo = message.sudo().author_id.user_ids
        return any(not user.share for user in users_sudo)

    def _after_answer(self, message):
        """A person of ours answered where the customer can read it: milestones of the answer (UTC)."""
        now = fields.Datetime.now()
        for case in self:
            case._cs_as_server().write(
                {
                    "last_answer_at": now,
                    "first_answered_at": case.first_answered_at or now,
                    "acknowledged_at": case.acknowledged_at or now,
                    "ack_state": "none" if case.ack_state == "queued" else case.ack_state,
                }
            )
            if case.meaning == "new":
                case._move_to("open")

    def _after_customer_message(self, message):
        """The customer wrote: a finished case is taken up again, or a new one follows it (C-08)."""
        now = fields.Datetime.now()
        for case in self:
            case._cs_as_server().write({"last_customer_at": now})
            follow_up = case._reopen_by_customer(message.body)
            if follow_up != case:
                message.write({"res_id": follow_up.id})
                message.attachment_ids.write({"res_id": follow_up.id})

    def _get_allowed_message_params(self):
        # A rating comes from a rating request of ours, never from a forged message (odoo core accepts any).
        return super()._get_allowed_message_params() - {"rating_value"}

    def message_post(self, **kwargs):
        """Post on the thread; a rating cannot be smuggled in with a message."""
        kwargs.pop("rating_value", None)
        return super().message_post(**kwargs)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """The customer's mails have a button that opens the case on the portal."""
        groups = super()._notify_get_recipients_groups(message, model_description, msg_vals=msg_vals)
        if not self:
            return groups
        self.ensure_one()
        customer = self.partner_id
        if customer:
            access_url = self.sudo()._get_share_url(redirect=True)
            options = {
                "active": True,
                "has_button_access": True,
                "button_access": {"url": access_url, "title": self.env._("View Case")},
            }
            groups.insert(0, ("cs_customer", lambda pdata: pdata["id"] == customer.id, options))
        return groups

    def _message_add_suggested_recipients(self, force_primary_email=False):
        """The customer is the first one an agent writes to."""
        suggested = super()._message_add_suggested_recipients(force_primary_email=force_primary_email)
        for case in self:
            if case.partner_id:
                suggested[case.id]["partners"] |= case.partner_id
        return suggested

    # ------------------------------------------------------------------
    # Acknowledgement and notice to the owner, outside the registration
    # ------------------------------------------------------------------

    def _intake_followers(self):
        """The customer follows his case."""
        followers = super()._intake_followers()
        return {case: partners | case.partner_id for case, partners in followers.items()}

    def _queue_acknowledgement(self):
        """Have acknowledgement and owner's notice of ``self`` sent by the job, outside the registration (I-05)."""
        reachable = self.filtered(lambda case: case.active and (case.email_normalized or case.partner_id.email))
        reachable._cs_as_server().write({"ack_state": "queued"})
        self.filtered(lambda case: case.user_id and case.user_id != self.env.user)._cs_as_server().write(
            {"owner_notice": True}
        )
        if self:
            # sudo: ir.cron - waking the job up is part of registering
            self.env.ref("customer_service_addon.ir_cron_cs_notices").sudo()._trigger()

    @api.model
    def _cron_notices(self, batch=100):
        """Send what is queued; every batch is a transaction of its own and locks its cases first."""
        queued = Domain("ack_state", "=", "queued")
        told = Domain("owner_notice", "=", True)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(queued) + self.search_count(told))
        while cases := self.search(queued, order="id", limit=batch).try_lock_for_update(allow_referencing=True):
            cases._send_acknowledgement()
            if not cron._commit_progress(len(cases)):
                return
        while cases := self.search(told, order="id", limit=batch).try_lock_for_update(allow_referencing=True):
            cases._tell_owner()
            if not cron._commit_progress(len(cases)):
                return

    def _tell_owner(self):
        recipients = {case: case.user_id for case in self if case.user_id}
        self._alarm(ASSIGNED, recipients, lambda case: case.assign_reason or case.subject)
        self._cs_as_server().write({"owner_notice": False})

    def _send_acknowledgement(self):
        """Acknowledge the cases with number, owner, next step and date, in the customer's language (I-05).

        A sender gets so many a day (company setting) and no more: two programs that answer each other come to rest.
        """
        within, beyond = self._split_by_daily_limit()
        beyond._cs_as_server().write(
            {"ack_state": "skipped", "ack_reason": self.env._("The sender had enough acknowledgements today")}
        )
        if not within:
            return
        # sudo: mail.template - sent by the procedure
        template_sudo = self.env.ref(TEMPLATE).sudo()
        template_sudo.send_mail_batch(
            within.ids,
            email_layout_xmlid="mail.mail_notification_light",
            email_values={"headers": repr(AUTOMATIC)},
        )
        now = fields.Datetime.now()
        for case in within:
            case._cs_as_server().write({"ack_state": "sent", "acknowledged_at": case.acknowledged_at or now})

    def _split_by_daily_limit(self):
        """Return ``(within, beyond)`` the daily number of acknowledgements of each sender."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        groups = self._read_group(
            [
                ("email_normalized", "in", [email for email in self.mapped("email_normalized") if email]),
                ("acknowledged_at", ">", since),
                ("ack_state", "=", "sent"),
            ],
            ["email_normalized"],
            ["__count"],
        )
        sent = defaultdict(int, groups)
        within = self.browse()
        for case in self:
            sent[case.email_normalized] += 1
            if not case.email_normalized or sent[case.email_normalized] <= case.company_id.cs_acknowledgements_per_day:
                within += case
        return within, self - within

    def _acknowledged_date(self):
        """Return the date told in the acknowledgement as text, or an empty string."""
        return self._answer_values()["promise"]
