from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import formataddr

from .cs_visit_answer import UNASKED
from .mail_mail import GENERATED

LINK = "customer_service_addon.mail_template_cs_visit_link"
REMINDER = "customer_service_addon.mail_template_cs_visit_reminder"


class CsReturnVisit(models.Model):
    """Mails to customers from a thread that is internal.

    They belong to no thread: nobody becomes a follower, colleagues do not read the link, which is the customer's
    alone, and a reply goes to the address of the team and becomes a case.
    """

    _inherit = "cs.return.visit"

    @api.model
    def _wake_links_up(self):
        # sudo: ir.cron - waking the job up is part of what the caller was allowed to do
        self.env.ref("customer_service_addon.ir_cron_cs_visit_links").sudo()._trigger()

    # ------------------------------------------------------------------
    # Mails
    # ------------------------------------------------------------------

    def _mail_customers(self, template_xmlid):
        """Queue one mail of the template per visit; return ``({visit: mail.message}, {visit: why not})``.

        A batch that cannot be written is halved until the visit that spoils it stands alone.
        """
        if not self:
            return {}, {}
        template = self.env.ref(template_xmlid, raise_if_not_found=False)
        if not template:
            return {}, dict.fromkeys(self, self.env._("The mail template was deleted"))
        # The procedure writes, so that the message with the customer's link is no colleague's own.
        try:
            with self.env.cr.savepoint():
                mails_sudo = template.with_user(SUPERUSER_ID).send_mail_batch(
                    self.ids,
                    email_layout_xmlid="mail.mail_notification_light",
                    email_values={"headers": repr(GENERATED)},
                )
        except UserError as error:
            if len(self) == 1:
                return {}, {self: self.env["cs.case"]._cause_of(error)}
            half = len(self) // 2
            told, failures = self[:half]._mail_customers(template_xmlid)
            more_told, more_failures = self[half:]._mail_customers(template_xmlid)
            return told | more_told, failures | more_failures
        messages = {self.browse(mail_sudo.res_id): mail_sudo.mail_message_id for mail_sudo in mails_sudo}
        mails_sudo.mail_message_id.write({"model": False, "res_id": False})
        # sudo: ir.cron - told at once, not with the next run of the queue
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return messages, {}

    def _sender_address(self):
        """Return the address the customer is written from: the team's, else the company's."""
        self.ensure_one()
        team, company = self.team_id, self.company_id
        if team.alias_email:
            return formataddr((team.name, team.alias_email))
        return company.email_formatted or self.env.user.email_formatted

    def _reply_address(self):
        """Return where replies go, so that they become cases; empty without any address."""
        self.ensure_one()
        return self.team_id.alias_email or self.company_id.email or ""

    def _link_url(self):
        """Return the address of the questionnaire for a mail."""
        self.ensure_one()
        return f"{self.get_base_url()}{self._link_path()}"

    # ------------------------------------------------------------------
    # Job
    # ------------------------------------------------------------------

    @api.model
    def _cron_send_links(self, batch=100):
        """Send questionnaires that are due or queued, remind once, and close what is over.

        Every batch is a transaction of its own and locks its visits first: two jobs send nothing twice, and a job
        that was stopped goes on where it was.
        """
        cron = self.env["ir.cron"]
        domains = self._link_domains()
        cron._commit_progress(remaining=sum(self.search_count(domain) for domain in domains.values()))
        for method, domain in domains.items():
            last_id = 0
            while found := self.search(domain & Domain("id", ">", last_id), order="id", limit=batch):
                last_id = found[-1].id
                # sudo: cs.return.visit - the job sends for everybody
                locked_sudo = found.try_lock_for_update(allow_referencing=True).sudo().filtered_domain(domain)
                getattr(locked_sudo, method)()
                if not cron._commit_progress(len(found)):
                    return
        self.env["survey.user_input"]._cs_retry(batch)
        cron._commit_progress(remaining=0)

    def _send_links(self):
        """Write the mails with the questionnaire; what cannot be sent says why. ``self`` is superuser's."""
        reasons = {visit: reason for visit in self if (reason := visit._why_no_link())}
        self._mark_links_failed(reasons)
        wanted = self.filtered(lambda visit: visit not in reasons)
        wanted._open_participations()
        messages, failures = wanted._mail_customers(LINK)
        self._mark_links_failed(failures)
        mailed = self.browse(visit.id for visit in messages)
        mailed._cs_as_server().write({"link_state": "queued", "link_failure": False})
        for visit, message in messages.items():
            visit._cs_as_server().write({"link_message_id": message.id})

    def _remind(self):
        """Remind once, and nobody who was asked meanwhile or does not want to be. ``self`` is superuser's."""
        self._cs_as_server().write({"link_remind_at": False})
        now = fields.Datetime.now()
        wanted = self.filtered(
            lambda visit: (
                visit.state in UNASKED
                and not visit.link_reminded_at
                and visit.link_until > now
                and not visit._why_no_link()
            )
        )
        messages, failures = wanted._mail_customers(REMINDER)
        reminded = self.browse(visit.id for visit in messages)
        reminded._cs_as_server().write({"link_reminded_at": now})
        for visit, message in messages.items():
            visit._cs_as_server().write({"link_message_id": message.id})
        for visit, reason in failures.items():
            visit._cs_as_server().write({"link_failure": reason})

    def _mark_links_failed(self, reasons):
        """Keep that and why (``{visit: text}``) questionnaires were not sent."""
        for visit, reason in reasons.items():
            visit._cs_as_server().write({"link_state": "failed", "link_failure": reason})

    # ------------------------------------------------------------------
    # What became of the mails
    # ------------------------------------------------------------------

    def _mark_links_sent(self):
        """The mails have left the house: the customer was tried, and is reminded later. ``self`` is superuser's."""
        now = fields.Datetime.now()
        left = self.filtered(lambda visit: visit.link_state in ("queued", "failed") and visit.state in UNASKED)
        for purpose, visits in left.grouped("purpose_id").items():
            remind_at = now + timedelta(days=purpose.reminder_days) if purpose.reminder_days else False
            visits._cs_as_server().write(
                {"link_state": "sent", "link_failure": False, "link_sent_at": now, "link_remind_at": remind_at}
            )
        left.filtered(lambda visit: not visit.contacted_at)._cs_as_server().write({"contacted_at": now})
        # Who is written to is not called as long as he may answer.
        for until, visits in left.filtered(lambda visit: visit.state == "planned").grouped("link_until").items():
            visits._cs_as_server().write({"next_at": until})

    def _mark_links_undelivered(self, state, reason):
        """The mails did not reach the customers; ``state`` is "failed" or "bounced". ``self`` is superuser's."""
        waiting = ("queued",) if state == "failed" else ("queued", "sent", "expired")
        self._cs_as_server().write({"link_failure": reason})
        self.filtered(lambda visit: visit.link_state in waiting)._cs_as_server().write(
            {"link_state": state, "link_remind_at": False}
        )

    @api.model
    def _of_messages_sudo(self, messages):
        # sudo: cs.return.visit - the queue may be run and mail be fetched by anybody
        return self.sudo().search([("link_message_id", "in", messages.ids), ("link_state", "!=", "answered")])


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Keep on the visits whether their questionnaires have left the house."""
        loose = self.filtered(lambda mail: not mail.model)
        visits_sudo = self.env["cs.return.visit"]._of_messages_sudo(loose.mail_message_id) if loose else None
        if visits_sudo and failure_type:
            visits_sudo._mark_links_undelivered("failed", failure_reason or loose[:1].failure_reason or failure_type)
        elif visits_sudo:
            visits_sudo._mark_links_sent()
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason, failure_type)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """A questionnaire that came back did not reach the customer."""
        result = super()._routing_handle_bounce(email_message, message_dict)
        bounced = message_dict.get("bounced_message")
        if bounced:
            reason = message_dict.get("subject") or self.env._("The mail came back.")
            self.env["cs.return.visit"]._of_messages_sudo(bounced)._mark_links_undelivered("bounced", reason)
        return result
