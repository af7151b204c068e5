import logging

from odoo import api, models

from .cs_visit_job import BUSY

_logger = logging.getLogger(__name__)


class CsVisitPlan(models.Model):
    """Finished work plans its visit in the same transaction; what was missed the job finds later."""

    _inherit = "cs.visit.plan"

    @api.model
    def _plan_at_once(self, trigger, sources):
        """Plan the visits of ``sources``, which have just ended, for the running plans of ``trigger``.

        A constant number of queries for each plan. A plan that cannot be carried out keeps nobody from his work.
        """
        if not sources:
            return
        # sudo: cs.visit.plan - the visit follows from the work that ended, whoever ended it
        plans_sudo = self.sudo().search(
            [
                ("trigger", "=", trigger),
                ("state", "=", "running"),
                ("company_id", "in", sources.sudo().company_id.ids),
            ]
        )
        for plan_sudo in plans_sudo:
            plan_sudo._for_planning()._plan_sources(sources.ids)

    def _plan_sources(self, source_ids):
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                run = self._find(source_ids=source_ids)
                row_ids = [
                    row[0] for row in self._execute("SELECT id FROM cs_visit_candidate c WHERE %s", self._of(run))
                ]
                if row_ids:
                    self._plan_rows(row_ids)
                    self._execute("DELETE FROM cs_visit_candidate c WHERE %s", self._of(run))
        except BUSY:
            raise
        except Exception:
            # The job comes back to it and notes on the plan what is wrong.
            _logger.info("Visit plan %s could not plan at once", self.id, exc_info=True)
            self.env.invalidate_all(flush=False)


class CsRework(models.Model):
    _inherit = "cs.rework"

    def _go_to(self, state, **values):
        result = super()._go_to(state, **values)
        if state == "closed":
            self.env["cs.visit.plan"]._plan_at_once("rework", self)
        return result


class CsComplaint(models.Model):
    _inherit = "cs.complaint"

    def action_close(self):
        result = super().action_close()
        self.env["cs.visit.plan"]._plan_at_once("complaint", self)
        return result


class CsCase(models.Model):
    _inherit = "cs.case"

    def _after_move(self, former):
        result = super()._after_move(former)
        self.env["cs.visit.plan"]._plan_at_once(
            "case", self.browse(former).filtered(lambda case: case.meaning == "closed")
        )
        return result


class AccountMove(models.Model):
    _inherit = "account.move"

    # Who bought when, for all customers at once, without reading a million invoices.
    _cs_last_trade_idx = models.Index(
        "(company_id, commercial_partner_id, invoice_date) WHERE move_type = 'out_invoice' AND state = 'posted'"
    )
