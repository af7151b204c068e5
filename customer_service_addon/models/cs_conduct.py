from odoo import api, fields, models


class CsConduct(models.Model):
    """A measure for staff at fault (C-10). Personnel only: HR and supervisors read it, nobody else."""

    _name = "cs.conduct"
    _description = "Conduct Measure"
    _order = "date desc, id desc"
    _rec_name = "employee_id"

    complaint_id = fields.Many2one("cs.complaint", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, precompute=True)
    employee_id = fields.Many2one("hr.employee", required=True, index=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", compute="_compute_user_id", store=True)
    kind = fields.Selection(
        [
            ("oral", "Oral Warning"),
            ("written", "Written Warning"),
            ("training", "Training"),
            ("points", "Points"),
            ("bonus", "Bonus Suspended"),
            ("demotion", "Demotion"),
            ("dismissal", "Dismissal"),
        ],
        "Measure",
        required=True,
        default="oral",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    share = fields.Float("Share of the Bonus (%)", help="Of the month's bonus, where one is suspended.")
    points = fields.Integer()
    note = fields.Text("Reason", required=True)
    decided_by_id = fields.Many2one("res.users", default=lambda self: self.env.user, readonly=True)

    _share_range = models.Constraint("CHECK(share BETWEEN 0 AND 100)", "A share lies between 0 and 100 percent.")

    @api.depends("employee_id")
    def _compute_user_id(self):
        for measure in self:
            # sudo: hr.employee - the user of the employee, whatever file the reader may open
            measure.user_id = measure.employee_id.sudo().user_id
