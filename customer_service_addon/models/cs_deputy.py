from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CsDeputy(models.Model):
    """Who decides in somebody's place while he is away. Everybody names his own deputy."""

    _name = "cs.deputy"
    _description = "Deputy While Away"
    _order = "date_from desc, id desc"
    _rec_name = "deputy_id"

    user_id = fields.Many2one(
        "res.users",
        "Away",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    deputy_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="cascade", domain=[("share", "=", False)]
    )
    date_from = fields.Date("From", required=True)
    date_until = fields.Date("Until", required=True)

    _dates_in_order = models.Constraint("CHECK(date_until >= date_from)", "An absence ends after it has begun.")

    @api.constrains("user_id", "deputy_id")
    def _check_deputy(self):
        for row in self:
            if row.user_id == row.deputy_id:
                raise ValidationError(self.env._("Nobody is his own deputy. Choose a colleague."))


class ResUsers(models.Model):
    _inherit = "res.users"

    cs_deputy_ids = fields.One2many("cs.deputy", "user_id", "Deputies")

    def _cs_stands_in_for(self):
        """Return the users who are away today and have named this user as their deputy."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        # sudo: cs.deputy - who is away and by whom he is replaced is asked for the replacement himself
        rows_sudo = (
            self.env["cs.deputy"]
            .sudo()
            .search([("deputy_id", "=", self.id), ("date_from", "<=", today), ("date_until", ">=", today)])
        )
        return rows_sudo.user_id
