from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CsHold(models.Model):
    """One period in which a case waited: why, since when, until when, who said so and how it ended.

    A case is in a waiting stage if and only if it has an open hold. Rows are written by the case's methods only
    and never deleted: nobody has more than read access.
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
    note = fields.Char(readonly=True)
    started_at = fields.Datetime("From", required=True, readonly=True)
    started_by_id = fields.Many2one("res.users", "By", readonly=True, index="btree_not_null")
    until = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    ended_by_id = fields.Many2one("res.users", readonly=True, index="btree_not_null")
    ended_how = fields.Selection(
        [
            ("customer", "The Customer Replied"),
            ("resumed", "Resumed"),
            ("replaced", "Another Reason"),
            ("finished", "The Case Was Finished"),
        ],
        readonly=True,
    )
    reminded_at = fields.Datetime(readonly=True)

    _one_open_per_case = models.UniqueIndex("(case_id) WHERE ended_at IS NULL", "The case is on hold already.")
    _due_idx = models.Index("(until, id) WHERE ended_at IS NULL AND reminded_at IS NULL")

    def _end(self, how):
        self.write({"ended_at": fields.Datetime.now(), "ended_by_id": self.env.uid, "ended_how": how})
        # The next hold of the case is inserted before this would be flushed, and only one may be open.
        self.flush_recordset(["ended_at"])

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _due_domain(self):
        return (
            Domain("ended_at", "=", False)
            & Domain("reminded_at", "=", False)
            & Domain("until", "<=", fields.Datetime.now())
        )

    @api.model
    def _lock_due(self, batch):
        """Return up to ``batch`` open holds whose time is over, locked; first statement of its transaction."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM cs_hold
                 WHERE ended_at IS NULL AND reminded_at IS NULL AND until <= %s
                 ORDER BY until, id
                 LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                fields.Datetime.now(),
                batch,
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _cron_remind(self, batch=200):
        """Remind the owner, exactly once per hold, that what the case waited for should have happened."""
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(self._due_domain()))
        while holds := self._lock_due(batch):
            holds._remind()
            if not cron._commit_progress(len(holds)):
                break

    def _remind(self):
        self.write({"reminded_at": fields.Datetime.now()})
        reasons = {hold.case_id.id: hold.reason_id for hold in self}
        self.case_id._alarm(
            "customer_service_addon.mail_activity_type_cs_hold",
            {case: case.user_id.filtered("active") or case._superiors() for case in self.case_id},
            lambda case: case.env._(
                "The case was to wait until now: %(reason)s. Go on with it or put it on hold again.",
                reason=reasons[case.id].with_context(lang=case.env.lang).name,
            ),
        )
