from odoo import api, fields, models
from odoo.exceptions import AccessError


class CsReworkNew(models.TransientModel):
    """A repair order without a case: the case is made with it, so that it has its number (I-02)."""

    _name = "cs.rework.new"
    _description = "New Repair Order"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, check_company=True)
    subject = fields.Char(required=True)
    type_id = fields.Many2one(
        "cs.case.type",
        "Case Type",
        required=True,
        check_company=True,
        domain=[("kind", "=", "repair")],
        default=lambda self: self._default_type_id(),
    )
    object_ref = fields.Char("Object", help="Serial number, licence plate, unit, room … (I-04)")
    order_ref = fields.Char("Order or Project")
    place = fields.Char(help="Building, floor, room: where the work is done.")
    trade_ids = fields.Many2many("cs.trade", string="Trades", check_company=True)
    task = fields.Html("What to Do", sanitize=True)

    @api.model
    def _default_type_id(self):
        domain = [("kind", "=", "repair"), ("company_id", "in", (False, self.env.company.id))]
        return self.env["cs.case.type"].search(domain, limit=1)

    def action_open(self):
        """Register the cases and open their orders; returns the form of the order.

        Raises AccessError for whoever is no agent of customer service.
        """
        if not self.env["cs.rework"]._is_desk():
            raise AccessError(self.env._("Customer service opens repair orders."))
        cases = self.env["cs.case"].create(
            [
                {
                    "company_id": wizard.company_id.id,
                    "type_id": wizard.type_id.id,
                    "partner_id": wizard.partner_id.id,
                    "subject": wizard.subject,
                    "object_ref": wizard.object_ref,
                    "order_ref": wizard.order_ref,
                    "description": wizard.task,
                    "user_id": self.env.uid,
                }
                for wizard in self
            ]
        )
        values = {
            case.id: {"place": wizard.place, "trade_ids": [fields.Command.set(wizard.trade_ids.ids)]}
            for case, wizard in zip(cases, self, strict=True)
        }
        return cases._open_reworks(values=values)._form_action()
