from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from ..services.complaint_steps import BY_CODE, STEPS
from .test_approval import CsApprovalCommon

# What a client can call for each step; "approved", "accepted", "executed" and "released" follow from other documents.
BUTTONS = {
    "taken": "action_take",
    "triaged": "action_triage",
    "informed": "action_inform",
    "verified": "action_verify",
    "analysed": "action_analyse",
    "planned": "action_new_plan",
    "effective": "action_effect_proven",
    "reported": "action_report",
    "replied": "action_reply",
    "visited": "action_visit",
}
# The same on the appeal of the complaint.
APPEAL_BUTTONS = (
    ("opined", "action_ask_approval"),
    ("ruled", "action_confirm_report"),
    ("ruled", "action_withdraw_report"),
)


@tagged("post_install", "-at_install")
class TestComplaintWalk(CsApprovalCommon):
    """Must show 2: through RPC as role users only; at every stand every illegal step is refused, whoever tries."""

    def roles(self):
        return (self.agent, self.supervisor, self.manager, self.handler)

    def call(self, records, user, method):
        """Call ``method`` as a client does, with all the keys a client could think of."""
        forged = {"context": {"_cs_server": True, "_cs_flow": True, "cs_intake": True}}
        forging = records.with_user(user).with_context(forged["context"])
        return call_kw(forging, method, [records.ids], forged)

    def assert_refused(self, complaint, records, code, method):
        for user in self.roles():
            stand = {"stand": complaint.next_step, "step": code, "user": user.name}
            with self.subTest(**stand), self.assertRaises(UserError), self.env.cr.savepoint():
                self.call(records, user, method)

    def assert_illegal_steps_refused(self, complaint):
        before = complaint.read(["state", *(step.field for step in STEPS)])
        for code, method in BUTTONS.items():
            if complaint._can_do(code):
                continue
            self.assert_refused(complaint, complaint, code, method)
        for code, method in APPEAL_BUTTONS:
            if complaint.appeal_ids and not complaint._can_do(code):
                self.assert_refused(complaint, complaint.appeal_ids, code, method)
        if not complaint.can_close:
            for user in self.roles():
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    self.call(complaint, user, "action_close")
        for user in self.roles():
            for step in STEPS:
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    complaint.with_user(user).write({step.field: "2026-06-01 00:00:00"})
        self.env.invalidate_all()
        self.assertEqual(complaint.read(["state", *(step.field for step in STEPS)]), before)

    def test_the_whole_way_with_every_illegal_jump(self):
        self.team.user_id = self.supervisor
        self.full_level.write({"needs_warning": True, "needs_appeal": True, "needs_visit": True})
        complaint = self.open_complaint(partner_id=self.customer.id)
        done = []
        for step in self._way(complaint):
            self.assert_illegal_steps_refused(complaint)
            step()
            done.append(complaint.state)
        self.assertEqual(done[-1], "closed")
        self.assertEqual(set(BY_CODE) - complaint._done_steps(), set())
        self.assert_illegal_steps_refused(complaint)

    def _way(self, complaint):
        """Yield the legal steps, one after the other."""
        yield complaint.action_take
        complaint.write(
            {
                "is_valid": "valid",
                "company_responsible": "yes",
                "scope": "departments",
                "level_id": self.full_level.id,
                "department_line_ids": [(0, 0, {"department_id": self.workshop.id})],
            }
        )
        complaint.appeal_ids.write({"report_number": "T-7", "report_date": "2026-05-30", "reasons": "Too low"})
        yield complaint.action_triage
        complaint.warning_text = "It may get into the papers"
        yield complaint.action_inform
        yield lambda: self.sign(complaint)
        yield lambda: self.verify(complaint)
        yield from self._appeal(complaint, complaint.appeal_ids.with_user(self.handler))
        yield lambda: self.analyse(complaint)
        plan = self.new_plan(complaint)
        yield plan.action_submit
        yield lambda: plan.sudo().approval_ids.with_user(self.chief).action_approve()
        yield lambda: plan.with_user(self.agent)._answer(True, "phone")
        yield lambda: plan.action_ids.with_user(self.technician).action_done()
        complaint.effect_note = "It works"
        yield complaint.with_user(self.agent_2).action_effect_proven
        complaint.report_customer = "<p>Done</p>"
        yield complaint.action_report
        yield lambda: complaint.sudo().approval_ids.with_user(self.manager).action_approve()
        yield complaint.action_reply
        complaint.visit_note = "He is content"
        yield complaint.action_visit
        yield complaint.action_close

    def _appeal(self, complaint, appeal):
        """Opinion, blind re-test by two, withdrawal of the report."""
        reviewed = ("records_reviewed", "instruments_reviewed", "process_reviewed", "opinion")
        appeal.write({**dict.fromkeys(reviewed, "Looked at"), "needs_retest": "yes"})
        yield appeal.action_ask_approval
        yield lambda: appeal.sudo().approval_ids[:1].with_user(self.manager).action_approve()
        testers = self.env["hr.employee"].create([{"name": "First"}, {"name": "Second"}])
        for tester in testers:
            row = self.env["cs.appeal.retest"].with_user(self.handler)
            row = row.create({"appeal_id": appeal.id, "employee_id": tester.id, "task": "Strength", "result": "31"})
            yield row.action_done
        appeal.ruling_note = "Wrong load cell"
        yield appeal.action_withdraw_report
        yield lambda: appeal.sudo().approval_ids.sorted("id")[-1:].with_user(self.manager).action_approve()
        appeal.write({"replacement_number": "T-7-A1", "change_mark": "A1"})
