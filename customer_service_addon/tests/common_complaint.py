from odoo.fields import Command
from odoo.tests import new_test_user

from .common_sla import CsSlaCommon

GROUP = "customer_service_addon.group_cs_%s"
ALL_STEPS = (
    "needs_verification",
    "needs_analysis",
    "needs_plan",
    "needs_approval",
    "needs_acceptance",
    "needs_effect",
    "needs_report",
    "needs_report_approval",
)


class CsComplaintCommon(CsSlaCommon):
    """A leasing company: workshop and fleet answer complaints, one technician is complained about."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.type_complaint = cls.env.ref("customer_service_addon.cs_case_type_complaint")
        cls.level = cls.env.ref("customer_service_addon.cs_level_normal")
        cls.full_level = cls.env["cs.level"].create({"name": "Everything", **dict.fromkeys(ALL_STEPS, True)})
        cls.cause = cls.env["cs.cause"].create({"name": "Worn tool"})
        cls.handler = new_test_user(cls.env, login="cs_handler", groups=GROUP % "department_head", name="Handler Han")
        cls.technician = new_test_user(cls.env, login="cs_tech", groups=GROUP % "agent", name="Technician Tao")
        cls.team.member_ids = [Command.create({"user_id": cls.technician.id})]
        cls.tech_employee = cls.env["hr.employee"].create({"name": "Tao", "user_id": cls.technician.id})
        cls.workshop = cls.env["hr.department"].create({"name": "Workshop", "cs_handler_id": cls.handler.id})

    def open_complaint(self, **vals):
        """Register a complaining case of the agent and return its file as the agent sees it."""
        case = self.make_case(user=self.agent, type_id=self.type_complaint.id, user_id=self.agent.id, **vals)
        return case.complaint_ids.with_user(self.agent)

    def triage(self, complaint, level=None, departments=None, **vals):
        """Take the file up and send it to ``departments`` (default: the workshop)."""
        complaint.action_take()
        departments = self.workshop if departments is None else departments
        complaint.write(
            {
                "is_valid": "valid",
                "company_responsible": "yes",
                "scope": "departments" if departments else "desk",
                "level_id": (level or self.level).id,
                "department_line_ids": [Command.create({"department_id": d.id}) for d in departments],
                **vals,
            }
        )
        complaint.action_triage()

    def sign(self, complaint):
        complaint.department_line_ids.with_user(self.handler).action_sign()

    def verify(self, complaint, finding="justified"):
        complaint.with_user(self.handler).write(
            {"course": "<p>It broke.</p>", "result": "<p>The bolt was loose.</p>", "finding": finding}
        )
        complaint.with_user(self.handler).action_verify()

    def analyse(self, complaint):
        complaint.with_user(self.handler).write(
            {"cause_id": self.cause.id, "occurrence_cause": "Tool worn", "escape_cause": "No check"}
        )
        complaint.with_user(self.handler).action_analyse()
