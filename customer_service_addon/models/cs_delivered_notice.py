import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import consteq

# Only what reached the contractor starts his time.
DELIVERED = ("sent", "opened")


class CsDeliveredNotice(models.AbstractModel):
    """What a contractor is told and may contest, and whether it reached him; silence counts only when it did.

    Written by the system only. A model says its mail (``_notice_template``), until when may be contested
    (``_contest_end``), what is still waiting (``_waiting_domain``), whom an undelivered one alarms
    (``_alarm_undelivered``) and what silence means (``_accept_silently``).
    """

    _name = "cs.delivered.notice"
    _description = "Notice to a Contractor"
    _inherit = ["cs.guard.mixin", "cs.outside.mail"]

    _notice_template = None

    partner_id = fields.Many2one("res.partner", "Contractor", required=True, readonly=True, ondelete="restrict")
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, string="Company of the Contractor", index=True
    )
    is_current = fields.Boolean("Counts", readonly=True, default=True)
    access_token = fields.Char(
        readonly=True, default=lambda self: secrets.token_urlsafe(32), groups="base.group_system"
    )

    # Whether it reached him
    delivery = fields.Selection(
        [
            ("queued", "Not Sent Yet"),
            ("sent", "Sent"),
            ("failed", "Could Not Be Sent"),
            ("bounced", "Came Back"),
            ("opened", "Opened"),
        ],
        required=True,
        readonly=True,
        default="queued",
    )
    failure = fields.Char("Why Not Delivered", readonly=True)
    mail_message_id = fields.Many2one("mail.message", "Mail", readonly=True, index=True, groups="base.group_system")
    queued_at = fields.Datetime("Written On", required=True, readonly=True, default=fields.Datetime.now)
    sent_at = fields.Datetime("Sent On", readonly=True)
    opened_at = fields.Datetime("Opened On", readonly=True)
    contest_until = fields.Datetime("May Contest Until", readonly=True)
    is_alarmed = fields.Boolean("Supervisor Was Told", readonly=True)

    # What he answered
    answer = fields.Selection(
        [
            ("none", "No Answer Yet"),
            ("accepted", "Accepted"),
            ("silence", "Accepted by Silence"),
            ("contested", "Contested"),
        ],
        required=True,
        readonly=True,
        default="none",
    )
    answered_at = fields.Datetime("Answered On", readonly=True)
    answered_by_id = fields.Many2one("res.users", "Answer Recorded By", readonly=True)
    reason = fields.Text("Reason of the Contractor", readonly=True)

    _cs_server_fields = frozenset(
        {
            *("partner_id", "is_current", "access_token", "delivery", "failure", "mail_message_id", "queued_at"),
            *("sent_at", "opened_at", "contest_until", "is_alarmed", "answer", "answered_at", "answered_by_id"),
            "reason",
        }
    )

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    def _ensure_may_send_again(self):
        for notice in self:
            if not notice.is_current or notice.answer != "none":
                raise UserError(self.env._("%(contractor)s has nothing to answer.", contractor=notice.partner_id.name))

    def _send(self):
        """Queue a mail to each contractor; who has no address is a to-do at once. ``self`` is superuser's."""
        self.write(
            {
                "delivery": "queued",
                "queued_at": fields.Datetime.now(),
                **dict.fromkeys(("sent_at", "contest_until", "failure", "is_alarmed", "opened_at"), False),
            }
        )
        mails_sudo = self.filtered("partner_id.email")._mail_outside(self._notice_template)
        for notice, mail_sudo in mails_sudo.items():
            notice.mail_message_id = mail_sudo.mail_message_id
        unwritten = self.filtered(lambda notice: notice not in mails_sudo)
        unwritten._mark_undelivered("failed", self.env._("There is no mail address."))

    def _mark_sent(self):
        """The mail has left the house: the time to contest runs. ``self`` is superuser's."""
        now = fields.Datetime.now()
        for notice in self.filtered(lambda row: row.delivery in ("queued", "failed")):
            notice._cs_as_server().write(
                {"delivery": "sent", "sent_at": now, "failure": False, "contest_until": notice._contest_end(now)}
            )

    def _mark_undelivered(self, delivery, failure):
        """It did not reach him: no silence counts, the supervisor has to do something. ``self`` is superuser's."""
        unread = self.filtered(lambda row: row.delivery != "opened")
        unread._cs_as_server().write({"delivery": delivery, "failure": failure, "contest_until": False})
        unread._alarm_undelivered()

    def _mark_opened(self):
        """The contractor has opened his page: delivered, whatever became of the mail. ``self`` is superuser's."""
        now = fields.Datetime.now()
        for notice in self.filtered(lambda row: row.delivery != "opened"):
            values = {"delivery": "opened", "opened_at": now}
            if not notice.contest_until:
                values["contest_until"] = notice._contest_end(now)
            notice._cs_as_server().write(values)

    # ------------------------------------------------------------------
    # Silence
    # ------------------------------------------------------------------

    @api.model
    def _cron_silence(self, batch=100):
        """Take silence for consent where a delivered notice was not contested in time; report what is never sent."""
        cron = self.env["ir.cron"]
        waiting = Domain("is_current", "=", True) & Domain("answer", "=", "none") & self._waiting_domain()
        over = Domain("delivery", "in", DELIVERED) & Domain("contest_until", "<=", fields.Datetime.now())
        queued = Domain("delivery", "=", "queued")
        work = ((waiting & queued, "_follow_queue"), (waiting & over, "_accept_silently"))
        cron._commit_progress(remaining=sum(self.search_count(domain) for domain, _method in work))
        for domain, method in work:
            last_id = 0
            while found := self.search(domain & Domain("id", ">", last_id), order="id", limit=batch):
                last_id = found[-1].id
                getattr(found.try_lock_for_update(allow_referencing=True).filtered_domain(domain), method)()
                if not cron._commit_progress(len(found)):
                    return

    def _follow_queue(self):
        """Look what became of the mails; what still waits when the time would be over is a to-do: it never counts."""
        # sudo: mail.mail, the notice - the job looks into the queue
        notices_sudo = self.sudo()
        mails_sudo = self.env["mail.mail"].sudo()
        mails_sudo = mails_sudo.search([("mail_message_id", "in", notices_sudo.mail_message_id.ids)])
        by_message = {mail_sudo.mail_message_id: mail_sudo for mail_sudo in mails_sudo}
        states = {message: mail_sudo.state for message, mail_sudo in by_message.items()}
        notices_sudo.filtered(lambda row: states.get(row.mail_message_id) == "sent")._mark_sent()
        for notice in notices_sudo.filtered(lambda row: states.get(row.mail_message_id) == "exception"):
            notice._mark_undelivered("failed", by_message[notice.mail_message_id].failure_reason)
        now = fields.Datetime.now()
        waiting = notices_sudo.filtered(lambda row: row.delivery == "queued")
        ends = {notice: notice._contest_end(notice.queued_at) for notice in waiting}
        waiting.filtered(lambda notice: ends[notice] and ends[notice] <= now)._alarm_undelivered()

    # ------------------------------------------------------------------
    # Who may open it
    # ------------------------------------------------------------------

    def _is_for(self, user, access_token):
        """Return whether ``user`` is of the contractor, or brings the token of this very notice."""
        self.ensure_one()
        if access_token and consteq(self.sudo().access_token.encode(), access_token.encode()):
            return True
        return self._is_contractor(user)

    def _is_contractor(self, user):
        self.ensure_one()
        return user._is_portal() and user.partner_id.commercial_partner_id == self.commercial_partner_id


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Keep whether a notice has left the house: only a delivered one starts the time to contest."""
        for model, mails in self.grouped("model").items():
            for notices_sudo in self.env["cs.outside.mail"]._notices_sudo(model, mails.mail_message_id):
                if failure_type:
                    reason = failure_reason or self[:1].failure_reason or failure_type
                    notices_sudo._mark_undelivered("failed", reason)
                else:
                    notices_sudo._mark_sent()
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason, failure_type)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """A notice that came back was not delivered."""
        result = super()._routing_handle_bounce(email_message, message_dict)
        bounced = message_dict.get("bounced_message")
        if bounced:
            for notices_sudo in self.env["cs.outside.mail"]._notices_sudo(bounced.sudo().model, bounced):
                reason = message_dict.get("subject") or self.env._("The mail came back.")
                notices_sudo._mark_undelivered("bounced", reason)
        return result


class CsOutsideMail(models.AbstractModel):
    _inherit = "cs.outside.mail"

    @api.model
    def _notices_sudo(self, model, messages):
        """Return, as superuser, ``[notices]`` of ``messages`` where ``model`` is one of notices, else nothing."""
        if model not in self.env.registry.descendants(["cs.delivered.notice"], "_inherit"):
            return []
        # sudo: the notice - the queue may be run and mail be fetched by anybody
        return [self.env[model].sudo().search([("mail_message_id", "in", messages.ids)])]
