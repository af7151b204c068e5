from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CsVisitPaper(models.Model):
    """A paper taken along to a customer, and its return (V-02)."""

    _name = "cs.visit.paper"
    _description = "Paper of a Visit"
    _inherit = ["cs.guard.mixin"]
    _order = "id"

    visit_id = fields.Many2one("cs.return.visit", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="visit_id.company_id", store=True, precompute=True)
    name = fields.Char("Paper", required=True)
    state = fields.Selection(
        [("listed", "Listed"), ("taken", "Taken Along"), ("returned", "Returned"), ("kept", "Left There")],
        "Status",
        required=True,
        readonly=True,
        default="listed",
        copy=False,
    )
    taken_at = fields.Datetime("Taken On", readonly=True, copy=False)
    returned_at = fields.Datetime("Back On", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    _cs_server_fields = frozenset({"state", "taken_at", "returned_at", "approved_by_id"})

    @api.ondelete(at_uninstall=False)
    def _unlink_listed_only(self):
        if self.filtered(lambda paper: paper.state != "listed"):
            raise UserError(self.env._("A paper that was taken along stays on the list."))

    def action_take(self):
        """The paper goes along to the customer."""
        self._turn("listed", "taken", taken_at=fields.Datetime.now())

    def action_return(self):
        """The paper is back."""
        self._turn("taken", "returned", returned_at=fields.Datetime.now())

    def action_keep(self):
        """The paper cannot be returned. Raises AccessError for all but supervisors, who approve it (V-02)."""
        if not self.env.user.has_group("customer_service_addon.group_cs_supervisor"):
            raise AccessError(self.env._("A supervisor approves that a paper is not returned."))
        self._turn("taken", "kept", approved_by_id=self.env.uid)

    def _turn(self, former, state, **values):
        self.check_access("write")
        for paper in self:
            if paper.state != former:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._("“%(paper)s” is “%(state)s” already.", paper=paper.name, state=labels[paper.state])
                )
        self._cs_as_server().write({"state": state, **values})
