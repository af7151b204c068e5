import logging

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# So often another worker may have been faster before a run leaves the rest of the messages to the next one.
_PATIENCE = 10


class CsSlaNotice(models.Model):
    """Messages of alarms: one per recipient and run, however many alarms there are."""

    _inherit = "cs.sla.notice"

    @api.model
    def _send_digests(self):
        """Write one message to each user with queued lines; each is a transaction, so that none is sent twice."""
        cron = self.env["ir.cron"]
        done, conflicts = [0], 0
        while conflicts < _PATIENCE:
            try:
                notices = self._lock_next_recipient(done)
                if not notices:
                    break
                user = notices.user_id
                notices._write_digest(user)
                notices.write({"mail_state": "sent"})
                self.env.flush_all()
            except SerializationFailure:
                self.env.cr.rollback()
                conflicts += 1
                _logger.info("Messages of alarms: another worker was faster, the recipient is taken again.")
                continue
            done.append(user.id)
            if not cron._commit_progress():
                break

    @api.model
    def _lock_next_recipient(self, done):
        """Return the queued lines of one user not in ``done``, locked."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH next AS (
                    SELECT user_id FROM cs_sla_notice
                     WHERE mail_state = 'queued' AND user_id NOT IN %s
                     ORDER BY user_id, id
                     LIMIT 1
                       FOR NO KEY UPDATE SKIP LOCKED)
                SELECT id FROM cs_sla_notice
                 WHERE mail_state = 'queued' AND user_id = (SELECT user_id FROM next)
                 ORDER BY id
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                tuple(done),
            )
        )
        return self.browse(row[0] for row in rows)

    def _write_digest(self, user):
        """Queue the message with the lines of ``self`` for ``user``, in his language and time zone."""
        if not user.email:
            return
        notices = self.with_context(lang=user.lang, tz=user.tz or "UTC")
        clocks = notices.alarm_id.clock_id.sorted(lambda clock: (clock.deadline or clock.started_at, clock.id))
        body = notices.env["ir.qweb"]._render(
            "customer_service_addon.cs_sla_digest",
            {"clocks": clocks, "user": user, "base_url": user.get_base_url(), "now": fields.Datetime.now()},
        )
        subject = (
            notices.env._("A deadline needs you: %(name)s", name=clocks.record_name)
            if len(clocks) == 1
            else notices.env._("%(count)s deadlines need you", count=len(clocks))
        )
        self.env["mail.mail"].create(
            {
                "subject": subject,
                "body_html": body,
                "email_from": user.company_id.email_formatted or user.email_formatted,
                "email_to": user.email_formatted,
                "auto_delete": True,
            }
        )

    @api.model
    def _drop_activities(self, clock_ids):
        """Take back the open to-dos of alarms whose clocks have ended."""
        # sudo: cs.sla.notice, mail.activity - what was asked for has been done, whoever was asked
        notices_sudo = self.sudo().search([("alarm_id.clock_id", "in", clock_ids), ("activity_id", "!=", False)])
        notices_sudo.activity_id.filtered("active").unlink()
