from odoo import api, fields, models


class CsComplaintPerson(models.Model):
    """Who is complained about (C-07).

    He sees nothing of the file, and nothing of the case either unless it is his own contact.
    """

    _name = "cs.complaint.person"
    _description = "Person Complained About"
    _rec_name = "employee_id"
    _order = "id"

    complaint_id = fields.Many2one("cs.complaint", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, precompute=True)
    employee_id = fields.Many2one("hr.employee", required=True, index=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", compute="_compute_user_id", store=True, index="btree_not_null")
    hide_case = fields.Boolean(
        "Case Hidden as Well",
        compute="_compute_hide_case",
        store=True,
        readonly=False,
        help="Off when the case is the person's own contact: whoever took the call goes on seeing it.",
    )

    _employee_uniq = models.Constraint("UNIQUE(complaint_id, employee_id)", "This person is named already.")

    @api.depends("employee_id")
    def _compute_user_id(self):
        for person in self:
            # sudo: hr.employee - the user of the employee, whatever file the reader may open
            person.user_id = person.employee_id.sudo().user_id

    @api.depends("user_id", "complaint_id")
    def _compute_hide_case(self):
        for person in self:
            # sudo: cs.case - only who took the first contact is read
            case_sudo = person.complaint_id.sudo().case_id
            person.hide_case = bool(person.user_id) and person.user_id != case_sudo.first_contact_id

    @api.model_create_multi
    def create(self, vals_list):
        people = super().create(vals_list)
        people.complaint_id._shut_out()
        return people

    def write(self, vals):
        result = super().write(vals)
        self.complaint_id._shut_out()
        return result

    def unlink(self):
        complaints = self.complaint_id
        result = super().unlink()
        complaints._shut_out()
        return result
