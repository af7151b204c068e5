from odoo import fields, models
from odoo.fields import Domain

from .cs_employee_mixin import READERS


class HrDepartment(models.Model):
    _inherit = "hr.department"

    cs_case_count = fields.Integer("Unfinished Cases", compute="_compute_cs_case_count", groups=READERS)

    def _compute_cs_case_count(self):
        """Count the unfinished cases of each department that the reader may see."""
        cases = self.env["cs.case"]
        domain = cases._open_domain() & Domain("department_id", "in", self.ids)
        counts = dict(cases._read_group(domain, ["department_id"], ["__count"]))
        for department in self:
            department.cs_case_count = counts.get(department, 0)

    def action_view_cs_cases(self):
        """Open the cases of the department."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_case_action")
        return action | {"domain": [("department_id", "=", self.id)]}
