import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .mail_mail import GENERATED

_logger = logging.getLogger(__name__)

INVITATION = "customer_service_addon.mail_template_cs_rework_offer"
OUTCOMES = [
    ("open", "No Answer Yet"),
    ("accepted", "Accepted"),
    ("declined", "Declined"),
    ("expired", "No Answer in Time"),
    ("withdrawn", "Withdrawn"),
]


class CsReworkOffer(models.Model):
    """An order was given to a contractor: when, until when he had to answer, what he said (R-04).

    One row for each try, written by the order and never deleted; the scorecard counts them.
    """

    _name = "cs.rework.offer"
    _description = "Dispatch to a Contractor"
    _inherit = ["cs.guard.mixin"]
    _order = "id desc"
    _rec_name = "contractor_id"

    rework_id = fields.Many2one("cs.rework", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True)
    contractor_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="restrict")
    offered_at = fields.Datetime("Dispatched On", required=True, readonly=True)
    answer_by = fields.Datetime(readonly=True, help="Empty: he may answer as late as he likes.")
    answered_at = fields.Datetime("Answered On", readonly=True)
    answer_hours = fields.Float("Answered After (Working Hours)", readonly=True, aggregator="avg")
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True, default="open")
    reason = fields.Char(readonly=True)
    proposed_start = fields.Datetime("Proposes to Begin", readonly=True)
    proposal_reason = fields.Char("Because", readonly=True)
    proposal_state = fields.Selection(
        [("waiting", "To Be Decided"), ("taken", "Agreed"), ("refused", "Refused")], "Proposal", readonly=True
    )

    _one_open = models.UniqueIndex("(rework_id) WHERE outcome = 'open'", "The order is out to a contractor already.")
    _due_idx = models.Index("(answer_by, id) WHERE outcome = 'open' AND answer_by IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        """Offers are made by dispatching an order."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Dispatch the order; what was offered to whom is written down with it."))
        return super().create(vals_list)

    def write(self, vals):
        if not self._cs_is_server():
            raise AccessError(self.env._("What a contractor was offered and said stays as it is."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What a contractor was offered and said is kept."))

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _settle(self, outcome, reason=False):
        """Close the open offers of ``self`` with what became of them."""
        now = fields.Datetime.now()
        for offer in self.filtered(lambda row: row.outcome == "open"):
            offer._cs_as_server().write(
                {
                    "outcome": outcome,
                    "reason": reason,
                    "answered_at": now,
                    "answer_hours": offer.rework_id._worked_hours(offer.offered_at, now),
                }
            )
        # The next offer of an order is inserted before this would be flushed, and only one may be open.
        self.flush_recordset(["outcome"])

    def _invite(self):
        """Write to the contractors; whoever has no address is noted on his order, so that somebody calls him."""
        for offer in self.filtered(lambda row: not row.contractor_id.email):
            offer.rework_id._message_log(
                body=self.env._("%(name)s has no mail address: call him.", name=offer.contractor_id.display_name)
            )
        reachable = self.filtered("contractor_id.email")
        # sudo: mail.template - the procedure writes, whoever dispatches
        template_sudo = self.env.ref(INVITATION, raise_if_not_found=False).sudo()
        if not reachable or not template_sudo:
            return
        try:
            with self.env.cr.savepoint():
                template_sudo.send_mail_batch(
                    reachable.ids,
                    email_layout_xmlid="mail.mail_notification_light",
                    email_values={"headers": repr(GENERATED)},
                )
        except UserError as error:
            reason = self.env["cs.case"]._cause_of(error)
            for order in reachable.rework_id:
                order._message_log(
                    body=self.env._("The mail to the contractor could not be written: %(reason)s", reason=reason)
                )
            return
        # sudo: ir.cron - the contractor hears of it at once; his time runs
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _portal_url(self):
        """Return the address of the order's page for the contractor; it opens after he has logged in."""
        self.ensure_one()
        return f"{self.rework_id.get_base_url()}/my/repairs/{self.rework_id.id}"

    # ------------------------------------------------------------------
    # Cron
    # ------------------------------------------------------------------

    @api.model
    def _due_domain(self):
        return [
            ("outcome", "=", "open"),
            ("answer_by", "!=", False),
            ("answer_by", "<", fields.Datetime.now()),
            ("proposal_state", "!=", "waiting"),
        ]

    @api.model
    def _lock_due(self, batch, left_out):
        """Return up to ``batch`` offers nobody answered in time, locked with their orders; what others hold is left.

        ``left_out``: ids of offers that failed already.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT o.id
                  FROM cs_rework_offer o
                  JOIN cs_rework r ON r.id = o.rework_id
                 WHERE o.outcome = 'open' AND o.answer_by < %s AND o.proposal_state IS DISTINCT FROM 'waiting'
                   AND o.id != ALL(%s)
                 ORDER BY o.answer_by, o.id
                 LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                fields.Datetime.now(),
                left_out,
                batch,
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _cron_expire(self, batch=100):
        """Take the orders from contractors who did not answer in time and give them to the next in rank (R-04)."""
        cron = self.env["ir.cron"]
        failed = []
        cron._commit_progress(remaining=self.search_count(self._due_domain()))
        while offers := self._lock_due(batch, failed):
            failed += offers._expire()
            if not cron._commit_progress(len(offers)):
                break

    def _expire(self):
        """Pass the orders on; a batch that fails is halved until the one that spoils it stands alone.

        Returns the ids of those that failed; they are tried again with the next run.
        """
        try:
            with self.env.cr.savepoint():
                self.rework_id._lose_contractor("expired", self.env._("No answer in time"))
                self.env.flush_all()
        # Whatever is wrong with one order, the others are passed on.
        except Exception:
            if len(self) == 1:
                _logger.exception("The order of offer %s could not be passed on", self.id)
                return self.ids
            half = len(self) // 2
            return self[:half]._expire() + self[half:]._expire()
        return []
