from odoo import api, fields, models
from odoo.exceptions import UserError

OFFER = "customer_service_addon.mail_template_cs_plan_offer"
REMINDER = "customer_service_addon.mail_template_cs_plan_reminder"


class CsComplaintPlan(models.Model):
    """The customer accepts the plan or not: on the portal, or as customer service records it (C-03)."""

    _inherit = "cs.complaint.plan"

    offered_at = fields.Datetime("Offered to the Customer", readonly=True)
    reminded_at = fields.Datetime("Customer Reminded", readonly=True)

    _offered_idx = models.Index("(id) WHERE state = 'approved' AND offered_at IS NOT NULL")

    def _offer(self):
        """Show the plan to the customer and write to him; who has no address is called."""
        # sudo: cs.complaint.plan, cs.case - the plan was approved for the customer
        plans_sudo = self.sudo()._cs_as_server()
        plans_sudo.write({"offered_at": fields.Datetime.now()})
        plans_sudo.complaint_id.case_id._mail_customers(OFFER)

    def action_record_answer(self):
        """Open the dialog in which customer service records what the customer said by phone or mail."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customer's Answer"),
            "res_model": "cs.plan.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    def action_view_form(self):
        """Open the plan."""
        self.ensure_one()
        return self._form_action()

    # ------------------------------------------------------------------
    # Silence
    # ------------------------------------------------------------------

    @api.model
    def _cron_silence(self, batch=100):
        """Remind customers who do not answer, and take silence for consent where the level allows it.

        Days are working days of the team. Nothing is accepted without a reminder that has left the house.
        """
        cron = self.env["ir.cron"]
        last_id = 0
        domain = [("state", "=", "approved"), ("offered_at", "!=", False)]
        cron._commit_progress(remaining=self.search_count(domain))
        while plans := self.search([*domain, ("id", ">", last_id)], order="id", limit=batch):
            last_id = plans[-1].id
            plans._follow_silence(fields.Datetime.now())
            if not cron._commit_progress(len(plans)):
                break

    def _follow_silence(self, now):
        waiting = self.filtered(lambda plan: plan.complaint_id._can_do("accepted"))
        remind, accept = {}, {}
        for plan in waiting:
            level = plan.complaint_id.level_id
            case = plan.complaint_id.case_id
            if level.reminder_days and not plan.reminded_at:
                remind[case] = (plan.offered_at, level.reminder_days)
            elif level.silence_days and plan.reminded_at:
                accept[case] = (plan.offered_at, level.silence_days)
        cases = self.env["cs.case"]
        reminded = {
            case for case, moment in cases.union(*remind)._working_day_ends(remind).items() if moment and moment <= now
        }
        told = cases.union(*reminded)._mail_customers(REMINDER)
        waiting.filtered(lambda plan: plan.complaint_id.case_id in told)._cs_as_server().write({"reminded_at": now})
        silent = {
            case for case, moment in cases.union(*accept)._working_day_ends(accept).items() if moment and moment <= now
        }
        due = waiting.filtered(lambda plan: plan.complaint_id.case_id in silent)
        unsent = due.complaint_id.case_id._with_unsent_notice(
            {plan.complaint_id.case_id: plan.reminded_at for plan in due}
        )
        for plan in due.filtered(lambda plan: plan.complaint_id.case_id not in unsent):
            plan._answer(True, "silence")


class CsCase(models.Model):
    _inherit = "cs.case"

    def _plan_to_answer(self):
        """Return the plan (sudo) the customer is asked about; empty when there is none."""
        self.ensure_one()
        # sudo: cs.complaint.plan - only its text for the customer is shown
        plans_sudo = self.sudo().complaint_ids.plan_ids
        return plans_sudo.filtered(lambda plan: plan.state == "approved" and plan.offered_at)[:1]

    def _answer_plan_on_portal(self, accepted, reason=""):
        """The customer answers on his page; the caller has checked that it is he. Raises UserError without a plan."""
        plan_sudo = self._plan_to_answer()
        if not plan_sudo:
            raise UserError(self.env._("There is no proposal to answer any more."))
        plan_sudo._answer(accepted, "portal", reason)
