import logging
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

TODO = "customer_service_addon.mail_activity_type_cs_liability"
_logger = logging.getLogger(__name__)


class CsLiabilityNotice(models.Model):
    """What a contractor was told about his share, whether it reached him, and what he answered.

    Written by the system only. Silence is consent after a delivered notice and the time to contest, never else.
    """

    _name = "cs.liability.notice"
    _description = "Notice of Liability"
    _inherit = ["cs.delivered.notice"]
    _order = "id"
    _rec_name = "partner_id"
    _notice_template = "customer_service_addon.mail_template_cs_liability_notice"

    liability_id = fields.Many2one("cs.liability", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="liability_id.company_id", store=True, precompute=True)
    liability_state = fields.Selection(related="liability_id.state", string="Liability Status")
    percent = fields.Float(readonly=True, digits=(5, 2), aggregator=None)
    paper_ids = fields.Many2many("ir.attachment", "cs_liability_notice_paper_rel", string="Papers", readonly=True)
    late_reason = fields.Char("Admitted After the Time Because", readonly=True)
    late_by_id = fields.Many2one("res.users", "Admitted By", readonly=True)
    overruled_reason = fields.Char("Decision Confirmed Because", readonly=True)
    overruled_by_id = fields.Many2one("res.users", "Confirmed By", readonly=True)

    _cs_server_fields = frozenset(
        {"liability_id", "percent", "paper_ids", "late_reason", "late_by_id", "overruled_reason", "overruled_by_id"}
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
        self._ensure_may_send_again()
        # sudo: cs.liability.notice - written by the system; the right was checked on the liability
        self.sudo()._cs_as_server()._send()

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

    def _waiting_domain(self):
        return Domain("liability_id.state", "=", "decided")

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

    def _portal_url(self):
        """Return the address of the page with its token, for the mail to the contractor."""
        self.ensure_one()
        return f"{self.get_base_url()}/my/liability/{self.id}?access_token={self.sudo().access_token}"
