import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class CsCase(models.Model):
    _inherit = "cs.case"

    silence_notice_at = fields.Datetime("Closing Announced", readonly=True, copy=False)

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_close_wizard(self):
        """Open the form that asks for result and confirmation before one or many cases are closed."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Close"),
            "res_model": "cs.close.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _open_work(self):
        """What people planned is open work, late or not; automatic reminders are not, they end with the case."""
        work = super()._open_work()
        # sudo: mail.activity - a colleague's open activity keeps the case open even if only he may read it
        activities_sudo = (
            self.env["mail.activity"]
            .sudo()
            .search([("res_model", "=", "cs.case"), ("res_id", "in", self.ids), ("automated", "=", False)])
        )
        by_case = defaultdict(list)
        for activity in activities_sudo:
            label = activity.summary or activity.activity_type_id.name
            by_case[activity.res_id].append(f"{label} ({activity.user_id.name})" if activity.user_id else label)
        return {case: labels + by_case[case.id] for case, labels in work.items()}

    def _after_move(self, former):
        result = super()._after_move(former)
        moved = self.browse(former)
        reopened = moved.filtered(lambda case: case.silence_notice_at and case.meaning == "open")
        reopened._cs_as_server().write({"silence_notice_at": False})
        return result

    # ------------------------------------------------------------------
    # Closing after silence
    # ------------------------------------------------------------------

    def _silent_since(self):
        """Return when the silence of the customer began: the last we told him; False when he wrote afterwards."""
        self.ensure_one()
        since = max(filter(None, (self.solved_at, self.last_answer_at)), default=False)
        return since if since and not (self.last_customer_at and self.last_customer_at > since) else False

    def _is_closing_announced(self):
        """Whether the closing was announced in the present silence; an announcement before it does not count."""
        self.ensure_one()
        since = self._silent_since()
        return bool(since and self.silence_notice_at and self.silence_notice_at >= since)

    def _silence_dates(self):
        """Return ``{case: (announce from, close from or None)}`` in naive UTC for the silent cases of ``self``.

        The days are working days of the team. A case is closed so many days after its silence began, but never
        earlier than the announced days after the announcement, and never without one. A calendar that has no such
        days closes nothing.
        """
        silent = self.filtered(lambda case: case._silent_since())
        announced = silent.filtered(lambda case: case._is_closing_announced())
        announce_from = silent._working_day_ends(
            {
                case: (case._silent_since(), case.team_id.silence_days - case.team_id.silence_notice_days)
                for case in silent
            }
        )
        close_from = announced._working_day_ends(
            {case: (case._silent_since(), case.team_id.silence_days) for case in announced}
        )
        notice_over = announced._working_day_ends(
            {case: (case.silence_notice_at, case.team_id.silence_notice_days) for case in announced}
        )
        return {
            case: (
                announce_from[case],
                max(close_from[case], notice_over[case]) if close_from.get(case) and notice_over.get(case) else None,
            )
            for case in silent
            if announce_from[case]
        }

    def _announce_closing(self):
        """Tell the customers of ``self`` that the case is closed unless they reply; who has no address is left open."""
        told = self._mail_customers("customer_service_addon.mail_template_cs_silence")
        told._cs_as_server().write({"silence_notice_at": fields.Datetime.now()})

    @api.model
    def _lock_solved(self, after_id, batch):
        """Return up to ``batch`` solved cases behind ``after_id`` that may be closed by silence, locked."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT c.id
                  FROM cs_case c
                  JOIN cs_team team ON team.id = c.team_id
                 WHERE c.meaning = 'solved' AND c.active AND team.silence_days > 0 AND c.id > %s
                 ORDER BY c.id
                 LIMIT %s
                   FOR NO KEY UPDATE OF c SKIP LOCKED
                """,
                after_id,
                batch,
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _cron_silence(self, batch=200):
        """Announce and close solved cases whose customer has been silent for the days of the team.

        Works through the solved cases once per run, page by page; each page is a transaction of its own and locks
        its cases first.
        """
        cron = self.env["ir.cron"]
        cron._commit_progress(
            remaining=self.search_count([("meaning", "=", "solved"), ("team_id.silence_days", ">", 0)])
        )
        last_id = 0
        while cases := self._lock_solved(last_id, batch):
            last_id = cases[-1].id
            cases._close_silent()
            if not cron._commit_progress(len(cases)):
                break

    def _close_silent(self):
        """Announce the closing of the cases of ``self`` whose time has come, close those whose notice is over."""
        now = fields.Datetime.now()
        dates = self._silence_dates()
        silent = self.filtered(lambda case: case in dates)
        due = silent.filtered(lambda case: dates[case][1] and dates[case][1] <= now)
        for case in due - due._with_unsent_notice({case: case.silence_notice_at for case in due}):
            case._close_by_silence()
        silent.filtered(lambda case: dates[case][0] <= now and not case._is_closing_announced())._announce_closing()

    def _with_unsent_notice(self, announced):
        """Return the cases whose announcement has not left the house: what was not said announces nothing.

        ``announced`` is ``{case: moment of its announcement}`` in naive UTC.
        """
        # sudo: mail.mail - agents cannot read the queue
        mails_sudo = (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "=", "cs.case"), ("res_id", "in", self.ids), ("state", "!=", "sent")])
        )
        return self.filtered(
            lambda case: any(mail.res_id == case.id and mail.date >= announced[case] for mail in mails_sudo)
        )

    def _close_by_silence(self):
        """Close one case; what still stands in the way leaves it solved and does not keep the others open."""
        try:
            with self.env.cr.savepoint():
                self._confirm_by_customer("silence")
        except UserError as error:
            _logger.info("Case %s is not closed after silence: %s", self.name, error)
