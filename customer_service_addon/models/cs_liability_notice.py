import logging
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import consteq

TEMPLATE = "customer_service_addon.mail_template_cs_liability_notice"
TODO = "customer_service_addon.mail_activity_type_cs_liability"
# Only what reached the contractor starts his time.
DELIVERED = ("sent", "opened")
_logger = logging.getLogger(__name__)


class CsLiabilityNotice(models.Model):
    """What a contractor was told about his share, whether it reached him, and what he answered.

    Written by the system only. Silence is consent after a delivered notice and the time to contest, never else.
    """

    _name = "cs.liability.notice"
    _description = "Notice of Liability"
    _inherit = ["cs.guard.mixin", "cs.outside.mail"]
    _order = "id"
    _rec_name = "partner_id"

    liability_id = fields.Many2one("cs.liability", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="liability_id.company_id", store=True, precompute=True)
    liability_state = fields.Selection(related="liability_id.state", string="Liability Status")
    partner_id = fields.Many2one("res.partner", "Contractor", required=True, readonly=True, ondelete="restrict")
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, string="Company of the Contractor", index=True
    )
    percent = fields.Float(readonly=True, digits=(5, 2), aggregator=None)
    is_current = fields.Boolean("About the Present Decision", readonly=True, default=True)
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
    paper_ids = fields.Many2many("ir.attachment", "cs_liability_notice_paper_rel", string="Papers", readonly=True)
    late_reason = fields.Char("Admitted After the Time Because", readonly=True)
    late_by_id = fields.Many2one("res.users", "Admitted By", readonly=True)
    overruled_reason = fields.Char("Decision Confirmed Because", readonly=True)
    overruled_by_id = fields.Many2one("res.users", "Confirmed By", readonly=True)

    _cs_server_fields = frozenset(
        {
            *("liability_id", "partner_id", "percent", "is_current", "access_token", "delivery", "failure"),
            *("mail_message_id", "queued_at", "sent_at", "opened_at", "contest_until", "is_alarmed", "answer"),
            *("answered_at", "answered_by_id", "reason", "paper_ids", "late_reason", "late_by_id"),
            *("overruled_reason", "overruled_by_id"),
        }
    )

    _silence_idx = models.Index("(id) WHERE is_current AND answer = 'none'")

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    def action_send_again(self):
        """Write to the contractors once more, e.g. after their address was corrected.

        Raises UserError for what was answered or belongs to an earlier decision.
        """
        self.liability_id._ensure_desk()
        for notice in self:
            if not notice.is_current or notice.answer != "none":
                raise UserError(self.env._("%(contractor)s has nothing to answer.", contractor=notice.partner_id.name))
        # sudo: cs.liability.notice - written by the system; the right was checked on the liability
        self.sudo()._cs_as_server()._send()

    def _send(self):
        """Queue a mail to each contractor; who has no address is a to-do at once. ``self`` is superuser's."""
        self.write(
            {
                "delivery": "queued",
                "queued_at": fields.Datetime.now(),
                **dict.fromkeys(("sent_at", "contest_until", "failure", "is_alarmed", "opened_at"), False),
            }
        )
        mails_sudo = self.filtered("partner_id.email")._mail_outside(TEMPLATE)
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

    def _contest_end(self, start):
        """Return until when may be contested what was delivered at ``start`` (naive UTC); False without a calendar."""
        self.ensure_one()
        liability, case = self.liability_id, self.liability_id.case_id
        if liability.contest_unit == "h":
            return start + timedelta(hours=liability.contest_amount)
        return case._working_day_ends({case: (start, liability.contest_amount)})[case] or False

    def _alarm_undelivered(self):
        """Give the supervisors a to-do for each liability whose notice does not reach its contractor, once."""
        new = self.filtered(lambda row: row.is_current and not row.is_alarmed)
        names = {
            liability: ", ".join(rows.partner_id.mapped("name"))
            for liability, rows in new.grouped("liability_id").items()
        }
        new.liability_id._alarm(
            TODO,
            {liability: liability.case_id._superiors() for liability in names},
            lambda row: row.env._(
                "The notice did not reach %(contractors)s. Correct the address and send it again, or call.",
                contractors=names[row],
            ),
        )
        new._cs_as_server().write({"is_alarmed": True})

    # ------------------------------------------------------------------
    # Silence
    # ------------------------------------------------------------------

    @api.model
    def _cron_silence(self, batch=100):
        """Take silence for consent where a delivered notice was not contested in time; report what is never sent."""
        cron = self.env["ir.cron"]
        waiting = (
            Domain("is_current", "=", True)
            & Domain("answer", "=", "none")
            & Domain("liability_id.state", "=", "decided")
        )
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

    def _accept_silently(self):
        now = fields.Datetime.now()
        for liability, notices in self.grouped("liability_id").items():
            try:
                with self.env.cr.savepoint():
                    notices._cs_as_server().write({"answer": "silence", "answered_at": now})
                    liability.with_context(lang=liability.company_id.partner_id.lang)._settle()
            except UserError as error:
                # One that cannot become final keeps no other from it.
                _logger.info("Liability %s is not final after silence: %s", liability.name, error)

    def _follow_queue(self):
        """Look what became of the mails; what still waits when the time would be over is a to-do: it never counts."""
        # sudo: mail.mail, cs.liability.notice - the job looks into the queue
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

    def _portal_url(self):
        """Return the address of the page with its token, for the mail to the contractor."""
        self.ensure_one()
        return f"{self.get_base_url()}/my/liability/{self.id}?access_token={self.sudo().access_token}"
