from odoo import fields, models


class HrDepartment(models.Model):
    """The goal of satisfaction a department is measured against (S-02)."""

    _inherit = "hr.department"

    cs_satisfaction_goal = fields.Float(
        "Goal of Satisfaction (%)", help="What the department is measured against (S-02). 0: the company's goal."
    )

    _cs_goal_range = models.Constraint(
        "CHECK(COALESCE(cs_satisfaction_goal, 0) BETWEEN 0 AND 100)", "A goal lies between 0 and 100 %."
    )

    def _cs_goals(self, company):
        """Return ``{department: goal in %}``; who has no goal of his own has that of ``company``."""
        # sudo: res.company, hr.department - a goal is no secret
        general = company.sudo().cs_satisfaction_goal
        return {department: department.sudo().cs_satisfaction_goal or general for department in self}
