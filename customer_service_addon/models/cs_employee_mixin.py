from odoo import fields, models
from odoo.fields import Domain

READERS = "customer_service_addon.group_cs_agent,customer_service_addon.group_cs_department_head"


class CsEmployeeMixin(models.AbstractModel):
    """Cases and praise of an employee, on the private and on the public file alike (I-10, H-04)."""

    _name = "cs.employee.mixin"
    _description = "Employee with Customer Service Cases"

    cs_case_count = fields.Integer("Cases", compute="_compute_cs_counts", groups=READERS)
    cs_praise_count = fields.Integer("Praise", compute="_compute_cs_counts", groups=READERS)

    def _compute_cs_counts(self):
        """Count what the reader may see: cases owned by the employee, visits hosted, praise received."""
        groups = {name: self._cs_grouped(name) for name in ("host_id", "praised_employee_id")}
        owned = self._cs_grouped("user_id", self.user_id.ids)
        for employee in self:
            cases = owned.get(employee.user_id.id, set()) | groups["host_id"].get(employee.id, set())
            employee.cs_case_count = len(cases)
            employee.cs_praise_count = len(groups["praised_employee_id"].get(employee.id, set()))

    def _cs_grouped(self, name, ids=None):
        """Return ``{id in the field called name: set of case ids}`` in one query."""
        domain = Domain(name, "in", self.ids if ids is None else ids)
        rows = self.env["cs.case"]._read_group(domain, [name], ["id:array_agg"])
        return {value.id: set(case_ids) for value, case_ids in rows}

    def action_view_cs_cases(self):
        """Open the cases the employee owns and the visits the employee hosts."""
        self.ensure_one()
        domain = Domain("host_id", "=", self.id)
        if self.user_id:
            domain |= Domain("user_id", "=", self.user_id.id)
        return self._cs_action(domain)

    def action_view_cs_praise(self):
        """Open the cases that praise the employee."""
        self.ensure_one()
        return self._cs_action(Domain("praised_employee_id", "=", self.id))

    def _cs_action(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_case_action")
        return action | {"domain": list(domain), "context": {}}


class HrEmployee(models.Model):
    _name = "hr.employee"
    _inherit = ["hr.employee", "cs.employee.mixin"]


class HrEmployeePublic(models.Model):
    _name = "hr.employee.public"
    _inherit = ["hr.employee.public", "cs.employee.mixin"]
