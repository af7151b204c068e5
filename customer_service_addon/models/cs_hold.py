from odoo import fields, models


class CsHold(models.Model):
    """One period in which a case waited: why, since when, until when, who said so and how it ended.

    A case is in a waiting stage if and only if it has an open hold. Rows are written by the case's methods and the
    job (``cs_hold_job``) only and never deleted: nobody has more than read access.
    """

    _name = "cs.hold"
    _description = "Hold"
    _order = "started_at desc, id desc"
    _rec_name = "reason_id"

    case_id = fields.Many2one("cs.case", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True, index=True)
    team_id = fields.Many2one("cs.team", readonly=True, index="btree_not_null", ondelete="restrict")
    reason_id = fields.Many2one("cs.hold.reason", required=True, readonly=True, index=True, ondelete="restrict")
    waits_for = fields.Selection(related="reason_id.waits_for")
    stops_clock = fields.Boolean(
        "Stops the Clocks", readonly=True, default=True, help="As the reason said when the hold began."
    )
    note = fields.Char(readonly=True)
    started_at = fields.Datetime("From", required=True, readonly=True)
    started_by_id = fields.Many2one("res.users", "By", readonly=True, index="btree_not_null")
    approved_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        index="btree_not_null",
        help="The supervisor who let the case wait longer than the reason allows.",
    )
    until = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    ended_by_id = fields.Many2one("res.users", readonly=True, index="btree_not_null")
    ended_how = fields.Selection(
        [
            ("customer", "The Customer Replied"),
            ("resumed", "Resumed"),
            ("replaced", "Another Reason"),
            ("finished", "The Case Was Finished"),
            ("expired", "The Time Was Over"),
            ("closed", "Closed After a Notice"),
        ],
        readonly=True,
    )
    held_hours = fields.Float(
        "Held (Working Hours)",
        readonly=True,
        help="Working time of the team between beginning and end. It counts once the hold has ended.",
    )
    reminded_at = fields.Datetime(
        "End Reached", readonly=True, help="When the job did what the reason says about the end of the time."
    )
    reminder_at = fields.Datetime("Next Reminder to the Customer", readonly=True)
    reminder_count = fields.Integer("Reminders to the Customer", readonly=True)
    closing_at = fields.Datetime(
        "Closes On", readonly=True, help="The customer was told; the case is closed then unless he replies."
    )

    _one_open_per_case = models.UniqueIndex("(case_id) WHERE ended_at IS NULL", "The case is on hold already.")
    # The job looks for what is due, see ``cs_hold_job``.
    _due_idx = models.Index("(until, id) WHERE ended_at IS NULL AND reminded_at IS NULL")
    _closing_idx = models.Index("(closing_at, id) WHERE ended_at IS NULL AND closing_at IS NOT NULL")
    _reminder_idx = models.Index("(reminder_at, id) WHERE ended_at IS NULL AND reminder_at IS NOT NULL")

    def _end(self, how):
        """End the open holds of ``self`` now and count their working time; ``how`` is a value of ``ended_how``."""
        now = fields.Datetime.now()
        self.write({"ended_at": now, "ended_by_id": self.env.uid, "ended_how": how})
        for hold, seconds in self._working_seconds().items():
            hold.held_hours = seconds / 3600
        # The next hold of the case is inserted before this would be flushed, and only one may be open.
        self.flush_recordset(["ended_at"])

    def _working_seconds(self):
        """Return ``{hold: working seconds between its beginning and its end}`` on the calendar of its team.

        Without a calendar, or with one that does not say when people work, nothing was worked.
        """
        seconds = dict.fromkeys(self, 0)
        for (calendar, company), holds in self.grouped(lambda hold: (hold._calendar(), hold.company_id)).items():
            if calendar:
                first, last = min(holds.mapped("started_at")), max(holds.mapped("ended_at"))
                timeline = calendar._cs_timeline(company, first, last)
                for hold in holds:
                    seconds[hold] = timeline.elapsed(hold.ended_at) - timeline.elapsed(hold.started_at)
        return seconds

    def _calendar(self):
        self.ensure_one()
        return self.team_id._cs_calendar() if self.team_id else self.company_id.resource_calendar_id
