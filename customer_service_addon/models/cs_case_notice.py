from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import formataddr

from .cs_case_flow import FINISHED
from .cs_case_stage import OPEN_MEANINGS
from .mail_mail import GENERATED, REPLIED

ACKNOWLEDGEMENT = "customer_service_addon.mail_template_cs_acknowledgement"
CLOSED = "customer_service_addon.mail_template_cs_closed"
ASSIGNED = "customer_service_addon.mail_activity_type_cs_assigned"


class CsCase(models.Model):
    """What the procedure itself tells customers and owners. One job sends it, outside the user's transaction."""

    _inherit = "cs.case"

    ack_state = fields.Selection(
        [("none", "None"), ("queued", "Queued"), ("sent", "Sent"), ("skipped", "Not Sent"), ("failed", "Failed")],
        "Acknowledgement",
        default="none",
        readonly=True,
        copy=False,
    )
    ack_reason = fields.Char("Why Not Acknowledged", readonly=True, copy=False)
    closing_notice = fields.Boolean("Customer Still to Be Told of the End", readonly=True, copy=False)
    owner_notice = fields.Boolean("Owner Still to Be Told", readonly=True, copy=False)

    _ack_queue_idx = models.Index("(id) WHERE ack_state = 'queued'")
    _closing_notice_idx = models.Index("(id) WHERE closing_notice")
    _owner_notice_idx = models.Index("(id) WHERE owner_notice")
    _sender_day_idx = models.Index("(email_normalized, acknowledged_at) WHERE acknowledged_at IS NOT NULL")

    # ------------------------------------------------------------------
    # Queue
    # ------------------------------------------------------------------

    def _queue_acknowledgement(self):
        """Have acknowledgement and owner's notice of ``self`` sent by the job, outside the registration (I-05)."""
        wanted = self.sudo().filtered(
            lambda case: (
                case.active
                and case.meaning in OPEN_MEANINGS
                and (not case.channel_id or case.channel_id.acknowledge)
                and case._has_customer_address()
            )
        )
        wanted._cs_as_server().write({"ack_state": "queued"})
        self.filtered(lambda case: case.user_id and case.user_id != self.env.user)._queue_owner_notice()
        wanted._wake_notices_up()

    def _queue_closing_notice(self, wanted=True):
        """Have the customers of ``self`` told by the job that their cases are finished; not ``wanted``: not told."""
        told = self.filtered(lambda case: case._has_customer_address()) if wanted else self
        told._cs_as_server().write({"closing_notice": wanted})
        told._wake_notices_up()

    def _queue_owner_notice(self):
        """Have the owners of ``self`` told by the job that the cases are theirs now."""
        self._cs_as_server().write({"owner_notice": True})
        self._wake_notices_up()

    def _wake_notices_up(self):
        if self:
            # sudo: ir.cron - waking the job up is part of what the caller was allowed to do
            self.env.ref("customer_service_addon.ir_cron_cs_notices").sudo()._trigger()

    def _has_customer_address(self):
        self.ensure_one()
        return bool(self.email_normalized or self.partner_id.email)

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Who gets a case from somebody else hears of it from the job, not by one mail per case."""
        self.sudo().filtered(lambda case: case.user_id.partner_id.id in partner_ids)._queue_owner_notice()

    def _after_move(self, former):
        """Finished cases: the customer hears of it once. Cases taken up are news to their owner no longer."""
        result = super()._after_move(former)
        moved = self.browse(former)
        finished = moved.filtered(lambda case: case.meaning in ("solved", "closed"))
        finished = finished.filtered(lambda case: former[case.id] not in FINISHED and case.confirmation != "portal")
        finished.sudo()._queue_closing_notice()
        taken_up = moved.filtered(lambda case: former[case.id] == "new" or case.meaning in FINISHED)
        # sudo: mail.activity - the notice is the owner's, whoever moves the case
        taken_up.sudo().activity_unlink([ASSIGNED])
        return result

    # ------------------------------------------------------------------
    # Job
    # ------------------------------------------------------------------

    @api.model
    def _cron_notices(self, batch=100):
        """Send what is queued; every batch is a transaction of its own and locks its cases first."""
        work = (
            (Domain("ack_state", "=", "queued"), "_send_acknowledgement"),
            (Domain("closing_notice", "=", True), "_send_closing_notice"),
            (Domain("owner_notice", "=", True), "_tell_owner"),
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=sum(self.search_count(domain) for domain, _method in work))
        for domain, method in work:
            while cases := self.search(domain, order="id", limit=batch).try_lock_for_update(allow_referencing=True):
                getattr(cases, method)()
                if not cron._commit_progress(len(cases)):
                    return

    def _send_acknowledgement(self):
        """Acknowledge the cases with number, owner, next step and date, in the customer's language (I-05).

        A sender gets so many a day (company setting) and no more: two programs that answer each other come to rest.
        """
        finished = self.filtered(lambda case: case.meaning not in OPEN_MEANINGS)
        finished._mark_not_acknowledged("skipped", self.env._("The case was finished before"))
        within, beyond = (self - finished)._split_by_daily_limit()
        beyond._mark_not_acknowledged("skipped", self.env._("The sender had enough acknowledgements today"))
        told, failures = within._mail_template(ACKNOWLEDGEMENT, REPLIED)
        told._mark_acknowledged()
        for case, reason in failures.items():
            case._mark_not_acknowledged("failed", reason)

    def _mark_acknowledged(self):
        now = fields.Datetime.now()
        self._cs_as_server().write({"ack_state": "sent", "ack_reason": False})
        self.filtered(lambda case: not case.acknowledged_at)._cs_as_server().write({"acknowledged_at": now})

    def _mark_not_acknowledged(self, state, reason):
        """Keep that and why the customers were not told: ``state`` "skipped" or "failed"."""
        self._cs_as_server().write({"ack_state": state, "ack_reason": reason})
        unanswered = self.filtered(lambda case: case.acknowledged_at and not case.first_answered_at)
        unanswered._cs_as_server().write({"acknowledged_at": False})

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

    def _send_closing_notice(self):
        """Tell the customers of finished cases the result and how it is taken up again (I-05)."""
        self._cs_as_server().write({"closing_notice": False})
        self.filtered(lambda case: case.meaning in ("solved", "closed"))._mail_customers(CLOSED)

    def _tell_owner(self):
        """One activity per case in one batch; an earlier owner's is taken back."""
        self.activity_unlink([ASSIGNED])
        recipients = {case: case.user_id for case in self if case.user_id and case.meaning in OPEN_MEANINGS}
        self._alarm(ASSIGNED, recipients, lambda case: case.assign_reason or case.subject)
        self._cs_as_server().write({"owner_notice": False})

    # ------------------------------------------------------------------
    # Mails of the procedure
    # ------------------------------------------------------------------

    def _mail_customers(self, template_xmlid):
        """Queue one mail of the template per case whose customer has an address; returns the cases told.

        What cannot be written is noted on its case and keeps no other from being told.
        """
        reachable = self.filtered(lambda case: case._has_customer_address())
        told, failures = reachable._mail_template(template_xmlid, GENERATED)
        reachable.browse(case.id for case in failures)._message_log_batch(
            bodies={
                case.id: self.env._("A mail to the customer could not be written: %(reason)s", reason=reason)
                for case, reason in failures.items()
            }
        )
        return told

    def _mail_template(self, template_xmlid, headers):
        """Queue the template for every case; return ``(cases told, {case: reason it failed})``.

        A batch that cannot be written is halved until the case that spoils it stands alone.
        """
        if not self:
            return self, {}
        # sudo: mail.template - the procedure sends it, agents cannot read who else is written to
        template_sudo = self.env.ref(template_xmlid, raise_if_not_found=False)
        if not template_sudo:
            return self.browse(), dict.fromkeys(self, self.env._("The mail template was deleted"))
        try:
            with self.env.cr.savepoint():
                template_sudo.sudo().send_mail_batch(
                    self.ids,
                    email_layout_xmlid="mail.mail_notification_light",
                    email_values={"headers": repr(headers)},
                )
        except UserError as error:
            if len(self) == 1:
                return self.browse(), {self: self._cause_of(error)}
            half = len(self) // 2
            told, failures = self[:half]._mail_template(template_xmlid, headers)
            more_told, more_failures = self[half:]._mail_template(template_xmlid, headers)
            return told | more_told, failures | more_failures
        # sudo: ir.cron - the customer is told at once, not with the next hourly run of the queue
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return self, {}

    @api.model
    def _cause_of(self, error):
        """Return what is wrong in one line; the text of the error itself quotes the whole template."""
        while error.__cause__ or error.__context__:
            error = error.__cause__ or error.__context__
        return f"{type(error).__name__}: {error}"

    def _sender_address(self):
        """Return the address the procedure writes from: the team's, so that answers come back to the case."""
        self.ensure_one()
        if self.team_id.alias_email:
            return formataddr((self.team_id.name, self.team_id.alias_email))
        return self.company_id.email_formatted or self.env.user.email_formatted

    def _acknowledged_date(self):
        """Return the date told in the acknowledgement as text, or an empty string."""
        return self._answer_values()["promise"]
