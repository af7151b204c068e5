from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ..services.rework_steps import NEXT_STATES

# The states in which an order is the contractor's to see, and those in which he has work to do.
SEEN = ("dispatched", "accepted", "working", "done", "closed")
OPEN = ("dispatched", "accepted", "working")
# What the contractor writes; longer texts are cut.
TEXT_LENGTH = 5000


class CsRework(models.Model):
    """What a contractor sees and does of the orders given to him (R-04).

    He has no access to the model: each method checks that the user belongs to the contractor of the order before it
    goes on with system rights. None of them can be called over RPC.
    """

    _inherit = "cs.rework"

    @api.model
    def _contractor_domain(self):
        """Return the domain of the orders of the current user's company; nothing for whoever is no portal user."""
        user = self.env.user
        if not user.share or not user._is_portal():
            return Domain.FALSE
        entity = user.partner_id.commercial_partner_id
        return (
            Domain("executor", "=", "contractor")
            & Domain("contractor_id.commercial_partner_id", "=", entity.id)
            & Domain("state", "in", SEEN)
        )

    @api.model
    def _contractor_order(self, order_id):
        """Return the order as superuser if it is one of the current user's company, else an empty recordset."""
        # sudo: cs.rework - only through the domain of what was given to his company
        return self.sudo().search(self._contractor_domain() & Domain("id", "=", order_id), limit=1)

    def _ensure_contractor(self, *states):
        """Return ``self`` as superuser. Raises AccessError for whoever is not its contractor, UserError out of time."""
        self.ensure_one()
        order_sudo = self._contractor_order(self.id)
        if not order_sudo:
            raise AccessError(self.env._("This order was not given to you."))
        if order_sudo.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(order)s is in “%(state)s”. This is not possible now.",
                    order=order_sudo.name,
                    state=labels[order_sudo.state],
                )
            )
        return order_sudo

    def _contractor_actions(self):
        """Return the names of what the contractor may do now, from the table of moves."""
        self.ensure_one()
        following = NEXT_STATES[self.state]
        return {
            "answer": "accepted" in following,
            "propose": self.state in ("dispatched", "accepted") and not self._waiting_proposal(),
            "arrive": self._may_begin(),
            "work": self.state in ("accepted", "working"),
            "finish": "done" in following,
            "contact": self.state in OPEN,
        }

    def _contractor_accept(self):
        """The contractor takes the order."""
        self._ensure_contractor("dispatched").action_accept()

    def _contractor_decline(self, reason):
        """The contractor does not take it; the next in rank is asked. Raises UserError without a reason."""
        order_sudo = self._ensure_contractor("dispatched")
        reason = (reason or "").strip()[:500]
        if not reason:
            raise UserError(self.env._("Please say why you do not take the order."))
        order_sudo._lose_contractor("declined", reason)

    def _contractor_propose(self, start, reason=""):
        """The contractor proposes to begin at ``start`` (naive UTC); customer service decides."""
        order_sudo = self._ensure_contractor("dispatched", "accepted")
        if not start or start <= fields.Datetime.now():
            raise UserError(self.env._("Choose a date in the future."))
        if order_sudo._waiting_proposal():
            raise UserError(self.env._("Your last proposal has not been answered yet."))
        offer_sudo = order_sudo.offer_ids.filtered(lambda row: row.outcome in ("open", "accepted"))[:1]
        offer_sudo._cs_as_server().write(
            {
                "proposed_start": start,
                "proposal_reason": (reason or "").strip()[:500],
                "proposal_state": "waiting",
            }
        )
        order_sudo._alarm(
            "customer_service_addon.mail_activity_type_cs_rework",
            {order_sudo: order_sudo.user_id or order_sudo.case_id._superiors()},
            lambda order: order.env._("%(order)s: the contractor proposes another date.", order=order.name),
        )

    def _contractor_arrive(self):
        """The contractor is there and begins."""
        self._ensure_contractor("accepted").action_start()

    def _contractor_add_material(self, name, quantity):
        """Note what was used; prices are none of it."""
        order_sudo = self._ensure_contractor("accepted", "working")
        return order_sudo._add_material(name, quantity, by_contractor=True)

    def _contractor_remove_material(self, line_id):
        """Take back a line of his own. Raises UserError for a line that is not of this order or not his."""
        order_sudo = self._ensure_contractor("accepted", "working")
        line_sudo = order_sudo.line_ids.filtered(lambda line: line.id == line_id and line.by_contractor)
        if not line_sudo:
            raise UserError(self.env._("This line does not belong to %(order)s.", order=order_sudo.name))
        line_sudo.unlink()

    def _contractor_add_photo(self, kind, content, name="", line_id=None):
        """Add a photo of the work, or of one of his own lines of this order."""
        order_sudo = self._ensure_contractor("accepted", "working")
        own_ids = order_sudo.line_ids.filtered("by_contractor").ids
        if line_id and line_id not in own_ids:
            raise UserError(self.env._("This line does not belong to %(order)s.", order=order_sudo.name))
        return order_sudo._add_photo(kind, content, name, line_id, by_contractor=True)

    def _contractor_finish(self, note):
        """The work is done. Raises UserError while he does not say what he did."""
        order_sudo = self._ensure_contractor("working")
        note = (note or "").strip()[:TEXT_LENGTH]
        if not note:
            raise UserError(self.env._("Please write what you did."))
        order_sudo._cs_as_server().write({"work_note": plaintext2html(note)})
        order_sudo.action_finish()

    def _contractor_photo(self, photo_id):
        """Return the photo as superuser if it is one of this order and of the contractor, else empty."""
        order_sudo = self._contractor_order(self.id)
        return order_sudo.photo_ids.filtered(lambda photo: photo.id == photo_id and photo.by_contractor)
