import io

from reportlab.pdfgen import canvas

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from .common import GROUP
from .common_complaint import CsComplaintCommon


def pdf(text):
    """Return a small PDF (bytes) of two pages."""
    stream = io.BytesIO()
    sheet = canvas.Canvas(stream)
    for page in (1, 2):
        sheet.drawString(100, 700, f"{text} {page}")
        sheet.showPage()
    sheet.save()
    return stream.getvalue()


class CsAppealCommon(CsComplaintCommon):
    """A laboratory: technical office, quality manager, authorised signatory, two who can test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.appeal_level = cls.env["cs.level"].create(
            {
                "name": "Appeal",
                "needs_appeal": True,
                "appeal_days": 10,
                "needs_analysis": False,
                "needs_plan": False,
                "needs_report": True,
            }
        )
        cls.type_appeal = cls.env["cs.case.type"].create(
            {
                "name": "Appeal",
                "kind": "appeal",
                "company_id": cls.company.id,
                "team_id": cls.team.id,
                "opens_complaint": True,
                "level_id": cls.appeal_level.id,
                "answer_required": False,
            }
        )
        cls.quality = new_test_user(cls.env, "cs_quality", GROUP % "manager", name="Quality Manager")
        cls.signatory = new_test_user(cls.env, "cs_signatory", GROUP % "department_head", name="Signatory")
        for kind, user in (("opinion", cls.quality), ("withdrawal", cls.signatory)):
            cls.env["tier.definition"].create(
                {
                    "name": kind,
                    "cs_kind": kind,
                    "model_id": cls.env["ir.model"]._get_id("cs.approval"),
                    "review_type": "individual",
                    "reviewer_id": user.id,
                }
            )
        testers = [new_test_user(cls.env, f"cs_tester_{number}", "base.group_user") for number in (1, 2)]
        cls.testers = cls.env["hr.employee"].create([{"name": user.name, "user_id": user.id} for user in testers])
        cls.first_tester = cls.env["hr.employee"].create({"name": "Tested First"})

    def open_appeal(self, **vals):
        """Register an appeal; return the file and its appeal as the agent sees them."""
        case = self.make_case(
            type_id=self.type_appeal.id,
            user_id=self.agent.id,
            order_ref="T-2026-77",
            object_ref="S-1",
            description="<p>The strength is <b>too low</b>.</p>",
        )
        complaint = case.complaint_ids.with_user(self.agent)
        appeal = complaint.appeal_ids
        appeal.write({"report_date": fields.Date.today(), "tester_ids": [Command.link(self.first_tester.id)], **vals})
        return complaint, appeal

    def review(self, complaint, appeal, needs_retest="yes"):
        """Triage, review, and ask for the quality manager's approval; return it."""
        self.triage(complaint, self.appeal_level)
        self.sign(complaint)
        self.verify(complaint, "partly")
        own = appeal.with_user(self.handler)
        own.write(
            {
                "records_reviewed": "Complete",
                "instruments_reviewed": "Calibrated in May",
                "process_reviewed": "By the standard",
                "opinion": "<p>Doubtful</p>",
                "needs_retest": needs_retest,
            }
        )
        own.action_ask_approval()
        return own._approvals("opinion")[:1]

    def retest(self, appeal, results=("31.2", "30.8")):
        rows = self.env["cs.appeal.retest"].with_user(self.handler)
        for employee, result in zip(self.testers, results, strict=True):
            row = rows.create({"appeal_id": appeal.id, "employee_id": employee.id, "task": "Strength, 28 days"})
            own = row.with_user(employee.user_id)
            own.result = result
            own.action_done()

    def confirm(self, complaint, appeal):
        """Have the report confirmed without a re-test and the customer answered."""
        self.review(complaint, appeal, needs_retest="no").with_user(self.quality).action_approve()
        own = appeal.with_user(self.handler)
        own.ruling_note = "<p>Within the uncertainty of the method</p>"
        own.action_confirm_report()
        complaint.write({"report_customer": "<p>It stands.</p>", "explanation": "<p>By the standard.</p>"})
        complaint.action_report()
        complaint.action_reply()
