from odoo import api, fields, models
from odoo.exceptions import UserError

from .cs_rework_flow import TODO

QUOTE = "customer_service_addon.mail_template_cs_quote"


class CsRework(models.Model):
    """Class C: the price is agreed and signed by the customer before anybody works (R-02)."""

    _inherit = "cs.rework"

    quoted_at = fields.Datetime("Quoted On", readonly=True, copy=False)
    quote_answer = fields.Text("Price Refused Because", readonly=True, copy=False)
    price_state = fields.Selection(
        [("none", "Not Quoted"), ("quoted", "With the Customer"), ("signed", "Signed"), ("refused", "Refused")],
        "Price",
        compute="_compute_price_state",
        help="Signed on the spot, on the portal or refused there; a changed price or task is signed again.",
    )
    can_quote = fields.Boolean(compute="_compute_price_state")

    _cs_server_fields = frozenset({"quoted_at", "quote_answer"})

    @api.depends(
        "cost_class", "state", "agreed_amount", "quoted_at", "quote_answer", "signature_ids", "task", "trade_ids"
    )
    @api.depends_context("uid")
    def _compute_price_state(self):
        desk = self._is_desk()
        for order in self:
            is_priced = order.cost_class == "c"
            if not is_priced:
                order.price_state = False
            elif order.id and order._is_signed("price", "customer"):
                order.price_state = "signed"
            elif order.quote_answer:
                order.price_state = "refused"
            else:
                order.price_state = "quoted" if order.quoted_at else "none"
            order.can_quote = desk and is_priced and order.state == "draft" and order.price_state != "signed"

    def action_quote(self):
        """Show the price to the customer on his page and write to him (R-02).

        Raises UserError for other classes, without price or task, and for orders that are dispatched.
        """
        self._ensure_desk()
        for order in self:
            order._ensure_quotable()
        self._cs_as_server().write({"quoted_at": fields.Datetime.now(), "quote_answer": False})
        self.case_id._mail_customers(QUOTE)

    def _ensure_quotable(self):
        self.ensure_one()
        if self.cost_class != "c" or self.state != "draft":
            raise UserError(
                self.env._(
                    "%(order)s is not waiting for a price: only class C is quoted, before it is dispatched.",
                    order=self.name,
                )
            )
        self._ensure_filled("agreed_amount", "trade_ids", "task")

    def _ensure_price_signed(self):
        """Raise UserError unless the customer has signed exactly this price and task (R-02)."""
        for order in self:
            order._ensure_filled("agreed_amount")
            if not order._is_signed("price", "customer"):
                raise UserError(
                    self.env._(
                        "%(order)s: the customer has not signed this price. Have it signed here or send the quote.",
                        order=order.name,
                    )
                )

    def _ensure_may_sign(self, topic, role):
        """The price is signed at the desk while the order is a draft of class C."""
        result = super()._ensure_may_sign(topic, role)
        if topic == "price":
            self._ensure_desk()
            self._ensure_quotable()
        return result

    def _refuse_quote(self, reason):
        """The customer does not want it at this price (checked by the caller). Raises UserError without a reason."""
        if not (reason or "").strip():
            raise UserError(self.env._("Please say why, so that we can make another proposal."))
        self._cs_as_server().write({"quote_answer": reason.strip()})
        self._alarm(
            TODO,
            {order: order.user_id for order in self if order.user_id},
            lambda order: order.env._("%(order)s: the customer refuses the price.", order=order.display_name),
        )


class CsCase(models.Model):
    _inherit = "cs.case"

    def _quotes_to_sign(self):
        """Return the orders (sudo) whose price the customer is asked about."""
        self.ensure_one()
        # sudo: cs.rework - only task and price for this very customer are shown
        orders_sudo = self.sudo().rework_ids
        return orders_sudo.filtered(lambda order: order.state == "draft" and order.price_state == "quoted")

    def _quote_to_answer(self, order_id):
        order_sudo = self._quotes_to_sign().filtered(lambda order: order.id == order_id)
        if not order_sudo:
            raise UserError(self.env._("There is no quote to answer any more."))
        return order_sudo

    def _sign_quote_on_portal(self, order_id, signer_name, address):
        """The customer signs on his page; the caller has checked that it is he. Raises UserError without a quote."""
        order_sudo = self._quote_to_answer(order_id)
        order_sudo._sign("price", "customer", signer_name, "portal", partner=self.partner_id, address=address)
        order_sudo._alarm(
            TODO,
            {order_sudo: order_sudo.user_id},
            lambda order: order.env._("%(order)s: the customer has signed the price.", order=order.display_name),
        )

    def _refuse_quote_on_portal(self, order_id, reason):
        """The customer refuses on his page; see above."""
        self._quote_to_answer(order_id)._refuse_quote(reason)
