from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

ALARM = "customer_service_addon.mail_activity_type_cs_hold"
CLOSING = "customer_service_addon.mail_template_cs_hold_closing"
REMINDER = "customer_service_addon.mail_template_cs_hold_reminder"

# What falls due and what is done then. In this order: whose time is over is not reminded any more.
_STEPS = (("until", "_reach_end"), ("closing_at", "_close_announced"), ("reminder_at", "_remind_customers"))


class CsHold(models.Model):
    """The job of the holds: their end, the closing after it and the reminders to customers."""

    _inherit = "cs.hold"

    @api.model
    def _due_domain(self, column):
        due = Domain("ended_at", "=", False) & Domain(column, "<=", fields.Datetime.now())
        return due & Domain("reminded_at", "=", False) if column == "until" else due

    @api.model
    def _lock_due(self, column, batch):
        """Return up to ``batch`` open holds whose ``column`` has come, locked together with their cases.

        It is the first statement of its transaction and skips what somebody else holds; the next run takes it.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT hold.id
                  FROM cs_hold hold
                  JOIN cs_case c ON c.id = hold.case_id
                 WHERE hold.ended_at IS NULL AND %(column)s <= %(now)s AND %(unless)s
                 ORDER BY %(column)s, hold.id
                 LIMIT %(batch)s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                column=SQL.identifier("hold", column),
                now=fields.Datetime.now(),
                unless=SQL("hold.reminded_at IS NULL" if column == "until" else "TRUE"),
                batch=batch,
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _cron_remind(self, batch=200):
        """Do, exactly once each, what is due: ends of holds, announced closings, reminders to customers.

        Every batch is a transaction of its own; each step takes its holds out of what is due.
        """
        cron = self.env["ir.cron"]
        due = Domain.OR(self._due_domain(column) for column, _method in _STEPS)
        cron._commit_progress(remaining=self.search_count(due))
        for column, method in _STEPS:
            holds = True
            while holds:
                holds = self._lock_due(column, batch)
                getattr(holds, method)()
                if not cron._commit_progress(len(holds)):
                    return

    def _next_days(self, counts):
        """Return ``{case: end of the N-th working day from now}`` for ``{case: N}``, only where there is one."""
        now = fields.Datetime.now()
        cases = self.case_id.filtered(counts.get)
        ends = cases._working_day_ends({case: (now, counts[case]) for case in cases})
        return {case: end for case, end in ends.items() if end}

    # ------------------------------------------------------------------
    # The time is over
    # ------------------------------------------------------------------

    def _reach_end(self):
        """Do once what the reasons say about the end of the time; customers are not reminded any more."""
        self.write({"reminded_at": fields.Datetime.now(), "reminder_at": False})
        for at_end, holds in self.grouped(lambda hold: hold.reason_id.at_end).items():
            getattr(holds, f"_at_end_{at_end}")()

    def _at_end_remind(self):
        self._alarm_owners(
            lambda case, reason: case.env._(
                "The case was to wait until now: %(reason)s. Go on with it or put it on hold again.", reason=reason
            )
        )

    def _at_end_resume(self):
        for holds in self.grouped(lambda hold: hold.case_id.team_id).values():
            try:
                with self.env.cr.savepoint():
                    holds.case_id._resume("expired")
            except UserError:
                # The team has no stage for open cases: a case that cannot go on must not go unnoticed.
                holds._at_end_remind()
                continue
            holds._alarm_owners(
                lambda case, reason: case.env._("The waiting is over: %(reason)s. Go on with the case.", reason=reason)
            )

    def _at_end_close(self):
        """Announce the closing; where that is impossible the owner is reminded instead."""
        days = self._next_days({hold.case_id: hold.reason_id.close_notice_days for hold in self})
        told = self.case_id.filtered(days.get)._mail_customers(CLOSING)
        announced = self.filtered(lambda hold: hold.case_id in told)
        for hold in announced:
            hold.closing_at = days[hold.case_id]
        (self - announced)._at_end_remind()

    # ------------------------------------------------------------------
    # The closing was announced
    # ------------------------------------------------------------------

    def _close_announced(self):
        """Close the cases of ``self`` by silence; what stands in the way leaves them open, and owners are told."""
        unsent = self.case_id._with_unsent_notice({hold.case_id: hold.reminded_at for hold in self})
        obstacles = {}
        for hold in self:
            reader = hold.with_context(lang=hold.case_id.user_id.lang or self.env.lang)
            if hold.case_id in unsent:
                obstacle = reader.env._("the notice to the customer was not sent.")
            else:
                obstacle = reader._close_case()
            if obstacle:
                obstacles[hold.case_id] = obstacle
        kept = self.filtered(lambda hold: hold.case_id in obstacles)
        kept.write({"closing_at": False})
        kept._alarm_owners(
            lambda case, _reason: case.env._(
                "The customer has not replied, but the case cannot be closed: %(obstacle)s", obstacle=obstacles[case]
            )
        )

    def _close_case(self):
        """Close the case of one hold; return what stands in the way, or an empty string."""
        try:
            with self.env.cr.savepoint():
                self.case_id._end_holds("closed")
                self.case_id._confirm_by_customer("silence")
        except UserError as error:
            return str(error)
        return ""

    # ------------------------------------------------------------------
    # Reminders
    # ------------------------------------------------------------------

    def _remind_customers(self):
        """Remind the customers and plan the next reminder; who has no address is not reminded any more."""
        told = self.case_id._mail_customers(REMINDER)
        following = self._next_days(
            {hold.case_id: hold.reason_id.reminder_days for hold in self if hold.case_id._has_customer_address()}
        )
        for hold in self:
            hold.reminder_at = following.get(hold.case_id, False)
            hold.reminder_count += hold.case_id in told

    def _alarm_owners(self, text_of):
        """Give each owner one activity; where the pause is limited the team leader gets one too.

        ``text_of`` is called with the case and the name of the reason, both in the language of the recipient.
        """
        reasons = {hold.case_id: hold.reason_id for hold in self}
        recipients = {}
        for case, reason in reasons.items():
            owner = case.user_id.filtered("active")
            recipients[case] = owner | case._superiors() if reason._is_limited() or not owner else owner
        self.case_id._alarm(
            ALARM, recipients, lambda case: text_of(case, reasons[case].with_context(lang=case.env.lang).name)
        )
