from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

ORIGINS = [
    ("acknowledgement", "Acknowledgement"),
    ("form", "Form"),
    ("portal", "Portal"),
    ("mail", "Email"),
    ("phone", "Phone"),
    ("person", "In Person"),
]


class CsPromise(models.Model):
    """A date told to the customer (I-05, 时间承诺). Kept, renewed and missed ones are counted.

    Rows are written by the case's methods only and never deleted: nobody has more than read access.
    """

    _name = "cs.promise"
    _description = "Promise to the Customer"
    _order = "due_at desc, id desc"
    _rec_name = "due_at"

    case_id = fields.Many2one("cs.case", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True)
    team_id = fields.Many2one("cs.team", readonly=True, index="btree_not_null", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        readonly=True,
        index="btree_not_null",
        help="Owner of the case when the promise was settled; of an open one, when it was made.",
    )
    due_at = fields.Datetime("Promised For", required=True, readonly=True)
    made_at = fields.Datetime(required=True, readonly=True)
    made_by_id = fields.Many2one("res.users", readonly=True)
    origin = fields.Selection(ORIGINS, "Told By", required=True, readonly=True)
    text = fields.Char("What Was Promised", readonly=True)
    state = fields.Selection(
        [
            ("open", "Open"),
            ("kept", "Kept"),
            ("renewed", "Renewed"),
            ("missed", "Missed"),
            ("cancelled", "Cancelled"),
        ],
        default="open",
        required=True,
        readonly=True,
        help="Kept: the customer heard from us in time. Renewed: he was told a new date in time. Missed: neither. "
        "Cancelled: the case was cancelled first; it counts nowhere.",
    )
    kept_at = fields.Datetime(readonly=True)
    missed_at = fields.Datetime("Found Missed At", readonly=True)
    renewed_by_id = fields.Many2one("cs.promise", readonly=True, index="btree_not_null", ondelete="restrict")

    # The job looks for what is due, the case for what is open.
    _open_due_idx = models.Index("(due_at, id) WHERE state = 'open'")

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _settle(self, state, **values):
        """Settle open promises; who is responsible is whoever owns the case now."""
        for user, promises in self.grouped(lambda promise: promise.case_id.user_id).items():
            promises.write({"state": state, "user_id": user.id, **values})

    def _mark_missed(self, now):
        """Count the promises as missed and alarm, once, those who can still speak to the customer."""
        self._settle("missed", missed_at=now)
        cases = self.case_id
        cases._refresh_next_promise()
        cases._alarm(
            "customer_service_addon.mail_activity_type_cs_promise",
            {case: case.user_id | case._superiors() for case in cases},
            lambda case: case.env._(
                "The promised time has passed and the customer has not heard from us. Answer or tell a new date (I-05)."
            ),
        )

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _due_domain(self):
        return Domain("state", "=", "open") & Domain("due_at", "<", fields.Datetime.now())

    @api.model
    def _lock_due(self, batch):
        """Return up to ``batch`` promises past their date, with their cases locked.

        It is the first statement of its transaction and skips what somebody else holds: two workers never get the
        same promise, and an agent saving the case does not break the batch (the next run takes it).
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT promise.id
                  FROM cs_promise promise
                  JOIN cs_case c ON c.id = promise.case_id
                 WHERE promise.state = 'open' AND promise.due_at < %s
                 ORDER BY promise.due_at, promise.id
                 LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                fields.Datetime.now(),
                batch,
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _cron_missed(self, batch=200):
        """Find missed promises and alarm each exactly once; then wake up again when the next one is due."""
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(self._due_domain()))
        while promises := self._lock_due(batch):
            promises._mark_missed(fields.Datetime.now())
            if not cron._commit_progress(len(promises)):
                break
        following = self.search([("state", "=", "open")], order="due_at, id", limit=1)
        following._wake_up_at(following.due_at)

    @api.model
    def _wake_up_at(self, moment):
        """Have the job run at ``moment`` (naive UTC), so that a missed promise is found within the minute."""
        if moment:
            # sudo: ir.cron - whoever makes a promise has it watched
            cron_id = self.env["ir.model.data"]._xmlid_to_res_id("customer_service_addon.ir_cron_cs_promise")
            self.env["ir.cron"].sudo().browse(cron_id)._trigger(at=moment)
