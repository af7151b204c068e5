from odoo.tests import HttpCase, tagged

from .test_approval import CsApprovalCommon


@tagged("post_install", "-at_install")
class TestUiComplaint(CsApprovalCommon, HttpCase):
    """Must show 1, in a real browser: settled by the desk, approved, rejected by an approver and by the customer."""

    browser_size = "1366x768"

    def test_settled_by_customer_service(self):
        complaint = self.open_complaint(subject="The driver was rude")
        self.start_tour("/odoo", "cs_complaint_desk_tour", login=self.agent.login)
        self.assertRecordValues(complaint, [{"state": "closed", "scope": "desk"}])

    def test_approved_from_the_queue(self):
        _complaint, plan = self.draw_up()
        approval = self.submit(plan)
        self.start_tour("/odoo", "cs_approval_tour", login=self.chief.login)
        self.assertRecordValues(approval, [{"state": "approved", "decided_by_id": self.chief.id}])

    def test_rejected_by_an_approver(self):
        complaint, plan = self.draw_up()
        approval = self.submit(plan)
        self.start_tour("/odoo", "cs_approval_reject_tour", login=self.chief.login)
        self.assertRecordValues(approval, [{"state": "rejected", "reason": "Too expensive"}])
        self.assertEqual(complaint.next_step, "planned")

    def test_not_justified(self):
        """C-02: explained in writing, answered, closed without a plan."""
        complaint = self.open_complaint(subject="The brakes failed")
        self.triage(complaint)
        self.sign(complaint)
        self.verify(complaint, "unjustified")
        self.start_tour("/odoo", "cs_complaint_refuted_tour", login=self.agent.login)
        self.assertRecordValues(complaint, [{"state": "closed", "finding": "unjustified"}])
        self.assertIn("follows the contract", complaint.explanation)
        self.assertFalse(complaint.plan_ids)


@tagged("post_install", "-at_install")
class TestUiLeasing(CsApprovalCommon, HttpCase):
    """Must show 1: level A of the vehicle lessor's own preset, from the call to the accepted report (C-03)."""

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        preset = cls.env.ref("customer_service_addon.cs_preset_vehicle_leasing").with_user(cls.manager)
        preset.with_company(cls.company).action_load()
        kind = cls.env["cs.case.type"].search([("name", "=", "Vehicle Complaint"), ("company_id", "=", cls.company.id)])
        kind.team_id = cls.team
        cls.env["cs.team"].search([("id", "not in", (cls.team | cls.other_team).ids)]).active = False
        cls.team.write({"assignment_method": "turn", "user_id": cls.chief.id})
        cls.director_tier.cs_amount_from = 0
        cls.agent_2.group_ids += cls.env.ref("customer_service_addon.group_cs_supervisor")

    def approve(self, *users):
        """Each of ``users`` agrees in the browser, one tier after the other."""
        for user in users:
            self.start_tour("/odoo", "cs_approval_tour", login=user.login)

    def test_level_a_from_the_call_to_the_report(self):
        self.env["cs.case"].search([]).active = False
        self.start_tour("/odoo", "cs_leasing_call_tour", login=self.agent.login)
        complaint = self.env["cs.complaint"].search([("subject", "=", "The brakes failed")])
        self.assertEqual((complaint.level_id.code, complaint.is_major), ("A", True))
        self.start_tour("/odoo", "cs_leasing_department_tour", login=self.handler.login)
        self.start_tour("/odoo", "cs_approval_reject_tour", login=self.chief.login)
        self.assertEqual(complaint.next_step, "planned")
        self.start_tour("/odoo", "cs_leasing_plan_again_tour", login=self.handler.login)
        self.approve(self.chief, self.director)
        url = complaint.case_id.sudo().get_portal_url()
        self.start_tour(url, "cs_plan_reject_tour")
        self.assertEqual(complaint.next_step, "verified", "again from the verification")
        self.start_tour("/odoo", "cs_leasing_again_tour", login=self.handler.login)
        self.approve(self.chief, self.director)
        self.start_tour(url, "cs_plan_accept_tour")
        self.start_tour("/odoo", "cs_leasing_action_tour", login=self.technician.login)
        self.start_tour("/odoo", "cs_leasing_effect_tour", login=self.agent_2.login)
        self.start_tour("/odoo", "cs_leasing_report_tour", login=self.agent.login)
        self.start_tour("/odoo", "cs_report_approval_tour", login=self.manager.login)
        self.start_tour("/odoo", "cs_leasing_close_tour", login=self.agent.login)
        self.assertEqual(complaint.state, "closed")
        self.assertEqual(complaint.plan_ids.sorted("version").mapped("state"), ["refused", "rejected", "accepted"])
        rounds = self.env["cs.sla.clock"].search(
            [("res_model", "=", "cs.complaint"), ("res_id", "=", complaint.id), ("round", ">", 1)]
        )
        self.assertTrue(rounds, "what is done again has clocks of its own")


@tagged("post_install", "-at_install")
class TestUiPlanOnPhone(CsApprovalCommon, HttpCase):
    """The customer rejects a proposal on the screen of a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_rejected_by_the_customer(self):
        complaint, plan = self.draw_up()
        self.submit(plan).with_user(self.chief).action_approve()
        url = complaint.case_id.sudo().get_portal_url()
        self.start_tour(url, "cs_plan_reject_tour")
        self.assertRecordValues(plan, [{"state": "rejected", "answer_reason": "I want a new car"}])
