from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class CsRework(models.Model):
    """Dispatch to contractors, one after the other."""

    _inherit = "cs.rework"

    offer_ids = fields.One2many("cs.rework.offer", "rework_id", "Dispatched To", readonly=True, copy=False)
    open_offer_id = fields.Many2one("cs.rework.offer", compute="_compute_open_offer_id")
    proposed_start = fields.Datetime("Proposed Date", compute="_compute_open_offer_id")
    can_decide_proposal = fields.Boolean(compute="_compute_open_offer_id")
    contractor_on_portal = fields.Boolean(compute="_compute_contractor_on_portal", string="Contractor Uses the Portal")

    @api.depends("offer_ids.outcome", "offer_ids.proposal_state", "state")
    @api.depends_context("uid")
    def _compute_open_offer_id(self):
        desk = self._is_desk()
        for order in self:
            order_sudo = order.sudo()  # whether something is open is asked for whoever opens the order
            order.open_offer_id = order_sudo.offer_ids.filtered(lambda row: row.outcome == "open")[:1]
            waiting = order_sudo._waiting_proposal()
            order.proposed_start = waiting.proposed_start
            order.can_decide_proposal = desk and bool(waiting)

    @api.depends("contractor_id")
    def _compute_contractor_on_portal(self):
        entities = self.contractor_id.commercial_partner_id
        # sudo: res.users - only whether the contractor can log in
        users_sudo = self.env["res.users"].sudo()
        groups = users_sudo._read_group(
            [("share", "=", True), ("partner_id.commercial_partner_id", "in", entities.ids)],
            ["partner_id"],
        )
        reached = {partner.commercial_partner_id.id for (partner,) in groups}
        for order in self:
            order.contractor_on_portal = order.contractor_id.commercial_partner_id.id in reached

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_dispatch(self):
        """Dispatch; a contractor is written to and has his time to answer (R-04)."""
        result = super().action_dispatch()
        self.filtered(lambda order: order.executor == "contractor")._offer()
        return result

    def action_accept(self):
        """The contractor takes the order: his offer is answered."""
        result = super().action_accept()
        self._open_offers_sudo()._settle("accepted")
        return result

    def action_take_proposal(self):
        """Agree to the date the contractor proposes: it is the planned one, and a contractor who proposed it comes."""
        self._ensure_desk()
        for order in self:
            proposal_sudo = order._waiting_proposal_or_raise()
            # sudo: cs.rework - the plan of an order that is out changes with this decision only
            order.sudo()._cs_as_server().write({"planned_start": proposal_sudo.proposed_start, "planned_end": False})
            proposal_sudo._cs_as_server().write({"proposal_state": "taken"})
            if order.state == "dispatched":
                order.action_accept()

    def action_refuse_proposal(self):
        """The date will not do: the contractor is asked again, with his full time to answer."""
        self._ensure_desk()
        for order in self:
            proposal_sudo = order._waiting_proposal_or_raise()
            proposal_sudo._cs_as_server().write({"proposal_state": "refused"})
            if proposal_sudo.outcome == "open":
                proposal_sudo._cs_as_server().write({"answer_by": order._answer_by()})
                proposal_sudo._invite()

    def action_contractor_declines(self):
        """Open the dialog for what the contractor said on the phone."""
        return self._dialog(
            "cs.rework.end",
            self.env._("The Contractor Declines"),
            default_target="draft",
            default_declined=True,
        )

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _end(self, target, reason):
        """Whatever was out is withdrawn."""
        result = super()._end(target, reason)
        self._open_offers_sudo()._settle("withdrawn", reason)
        return result

    def _offer(self):
        """Write down that the orders are out to their contractors, and invite them."""
        now = fields.Datetime.now()
        # sudo: cs.rework.offer - written by the system; dispatching was checked
        offers_sudo = (
            self.env["cs.rework.offer"]
            .sudo()
            ._cs_as_server()
            .create(
                [
                    {
                        "rework_id": order.id,
                        "contractor_id": order.contractor_id.id,
                        "offered_at": now,
                        "answer_by": order._answer_by(),
                    }
                    for order in self.sudo()
                ]
            )
        )
        offers_sudo._cs_as_client()._invite()

    def _answer_by(self):
        """Return until when the contractor of the order has to answer (naive UTC), or False without a limit."""
        self.ensure_one()
        hours, calendar = self._acceptance_hours(), self._sla_calendar()
        if not hours or not calendar:
            return False
        now = fields.Datetime.now()
        timeline = calendar._cs_timeline(self.company_id, now, now + timedelta(days=366))
        return timeline.at(timeline.elapsed(now) + round(hours * 3600)) or False

    def _lose_contractor(self, outcome, reason):
        """The contractors of ``self`` declined or did not answer: the next in rank is asked, else the desk chooses.

        The order stays dispatched while contractors change: the customer's deadline does not begin again.
        """
        orders_sudo = self.sudo()  # the caller is the job, the desk or the contractor himself, and was checked
        orders_sudo._open_offers_sudo()._settle(outcome, reason)
        going = orders_sudo.browse()
        for order in orders_sudo:
            following = order._ranked_contractors() - order.offer_ids.contractor_id
            if following:
                order._cs_as_server().write({"contractor_id": following[0].id})
                going += order
            else:
                order._end("draft", reason)
        going._note_steps()
        going._offer()
        self._tell_of_lost_contractor(going, outcome, reason)

    def _tell_of_lost_contractor(self, going, outcome, reason):
        """Give the follower a to-do, and the supervisor when nobody answered or nobody is left."""

        def note_of(order):
            if order in going:
                return order.env._("%(reason)s. Asked now: %(who)s.", reason=reason, who=order.contractor_id.name)
            return order.env._("%(reason)s. Nobody is left in the ranking: choose who does the work.", reason=reason)

        orders_sudo = self.sudo()
        self.env["cs.rework"].sudo()._alarm(
            "customer_service_addon.mail_activity_type_cs_rework",
            {
                order: order.user_id
                | (order.case_id._superiors() if outcome == "expired" or order not in going else order.user_id)
                for order in orders_sudo
            },
            note_of,
        )

    def _open_offers_sudo(self):
        # sudo: cs.rework.offer - moved along with its order
        return self.sudo().offer_ids.filtered(lambda row: row.outcome == "open")

    def _waiting_proposal(self):
        self.ensure_one()
        return self.offer_ids.filtered(lambda row: row.proposal_state == "waiting")[:1]

    def _waiting_proposal_or_raise(self):
        # sudo: cs.rework.offer - decided on by the desk, which was checked
        proposal_sudo = self.sudo()._waiting_proposal()
        if not proposal_sudo:
            raise UserError(self.env._("%(order)s: no date is proposed.", order=self.name))
        return proposal_sudo
