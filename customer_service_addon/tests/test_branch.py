from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import GROUP
from .common_sla import CsSlaCommon


@tagged("post_install", "-at_install")
class TestBranch(CsSlaCommon):
    """C-14: the group takes the call, the branch does the work, the result comes back within a day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create({"name": "Branch South", "cs_call_centre_id": cls.company.id})
        in_branch = {"company_id": cls.branch.id, "company_ids": [Command.set(cls.branch.ids)]}
        cls.branch_agent = new_test_user(cls.env, "cs_branch_agent", GROUP % "agent", **in_branch)
        cls.relations = new_test_user(cls.env, "cs_relations", GROUP % "supervisor", **in_branch)
        cls.branch.cs_relations_manager_id = cls.relations
        cls.branch_team = cls.env["cs.team"].create(
            {
                "name": "Customer Relations",
                "company_id": cls.branch.id,
                "assignment_method": "turn",
                "user_id": cls.relations.id,
                "member_ids": [Command.create({"user_id": cls.branch_agent.id})],
            }
        )

    def _pass_on(self, cases, note="Call him before noon"):
        action = cases.with_user(self.agent).action_pass_on()
        dialog = self.env["cs.branch.wizard"].with_user(self.agent).with_context(**action["context"])
        dialog.create({"branch": str(self.branch.id), "note": note}).action_confirm()
        return cases.sudo().branch_case_ids.with_user(self.branch_agent).sudo(False)

    def _finish(self, case, resolution="Caliper replaced"):
        case._cs_as_server().write({"first_answered_at": fields.Datetime.now()})
        case.resolution = resolution
        case.action_solve()

    def test_the_branch_gets_a_case_and_its_manager_is_told(self):
        case = self.make_case(description="<p>It squeals</p>", object_ref="沪A12345", is_urgent=True)
        self.env["ir.attachment"].create(
            {"name": "photo.txt", "raw": b"squeal", "res_model": "cs.case", "res_id": case.id}
        )
        passed = self._pass_on(case)
        self.assertRecordValues(
            passed.sudo(),
            [
                {
                    "company_id": self.branch.id,
                    "subject": "Brake noise",
                    "object_ref": "沪A12345",
                    "partner_id": self.customer.id,
                    "partner_name": "Chen Wei",
                    "is_urgent": True,
                    "user_id": self.branch_agent.id,
                    "group_number": case.name,
                    "group_company_id": self.company.id,
                }
            ],
        )
        self.assertIn("It squeals", passed.description)
        papers = self.env["ir.attachment"].search([("res_model", "=", "cs.case"), ("res_id", "=", passed.id)])
        self.assertEqual(papers.mapped("raw"), [b"squeal"])
        todo = self.env["mail.activity"].search([("res_id", "=", passed.id), ("user_id", "=", self.relations.id)])
        self.assertIn("Call him before noon", todo.note)
        self.assertRecordValues(
            case,
            [
                {
                    "branch_state": "passed",
                    "branch_number": passed.name,
                    "branch_company_id": self.branch.id,
                    "user_id": self.agent.id,
                }
            ],
        )

    def test_without_relations_manager_the_leader_is_told(self):
        self.branch.cs_relations_manager_id = False
        self.branch_team.user_id = self.relations
        passed = self._pass_on(self.make_case())
        todo = self.env["mail.activity"].search([("res_id", "=", passed.id), ("user_id", "=", self.relations.id)])
        self.assertEqual(len(todo), 1)

    def test_the_customer_has_one_acknowledgement_and_one_case(self):
        """The group speaks with the customer; the branch's case is not on his portal."""
        login = new_test_user(self.env, "cs_portal_c14", "base.group_portal", partner_id=self.customer.id)
        case = self.make_case()
        passed = self._pass_on(case)
        self.assertEqual(case.sudo().ack_state, "queued")
        self.assertEqual(passed.sudo().ack_state, "none")
        self.assertTrue(passed.sudo().owner_notice)
        self.assertEqual(self.env["cs.case"].with_user(login).search([("id", "in", (case + passed).ids)]).ids, case.ids)

    def test_neither_side_reads_the_other(self):
        case = self.make_case()
        passed = self._pass_on(case)
        self.assertEqual(passed.sudo(False).with_user(self.branch_agent).subject, "Brake noise")
        for user, hidden in ((self.agent, passed), (self.branch_agent, case)):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                hidden.sudo(False).with_user(user).with_context(allowed_company_ids=user.company_id.ids).read(["name"])
        for user, shown in ((self.agent, case), (self.branch_agent, passed)):
            read = (
                shown.sudo(False)
                .with_user(user)
                .web_read(
                    {name: {"fields": {"display_name": {}}} for name in ("branch_company_id", "group_company_id")}
                    | {"branch_number": {}, "group_number": {}}
                )
            )
            self.assertTrue(read[0]["branch_company_id"] or read[0]["group_company_id"])

    def test_the_branchs_case_is_no_duplicate_of_the_groups(self):
        case = self.make_case(object_ref="沪A12345")
        self._pass_on(case)
        for user in (self.agent, self.manager):
            reader = case.with_user(user).with_context(allowed_company_ids=self.company.ids)
            self.assertFalse(reader._cases_of_caller()["duplicates"])

    def test_the_result_comes_back_and_the_group_visits(self):
        case = self.make_case()
        passed = self._pass_on(case)
        with self.assertRaisesRegex(UserError, "at Branch South"):
            self._finish(case)
        with self.assertRaisesRegex(UserError, "nothing to report"):
            passed.action_report_result()
        self._finish(passed, resolution=False)
        with self.assertRaisesRegex(UserError, "write the result"):
            passed.action_report_result()
        passed.resolution = "Caliper replaced"
        passed.confirmation = "phone"
        with self.assertRaisesRegex(UserError, "report the result to the group"):
            passed.action_close()
        passed.action_report_result()
        self.assertRecordValues(case, [{"branch_state": "reported", "branch_result": "Caliper replaced"}])
        todo = self.env["mail.activity"].search(
            [
                ("res_model", "=", "cs.case"),
                ("res_id", "=", case.id),
                ("user_id", "=", self.agent.id),
                (
                    "activity_type_id",
                    "=",
                    self.env.ref("customer_service_addon.mail_activity_type_cs_branch").id,
                ),
            ]
        )
        self.assertIn("Caliper replaced", todo.note)
        passed.action_close()
        self._finish(case)
        self.assertEqual(case.meaning, "solved")

    def test_the_complaint_goes_to_the_branch(self):
        """A file nobody has begun is called off at the group; one that is under way stays."""
        kind = self.env.ref("customer_service_addon.cs_case_type_complaint")
        case = self.make_case(type_id=kind.id)
        passed = self._pass_on(case)
        self.assertEqual(case.complaint_ids.mapped("state"), ["cancelled"])
        self.assertIn("Branch South", case.complaint_ids.cancel_reason)
        self.assertEqual(passed.sudo().complaint_ids.mapped("state"), ["registered"])
        begun = self.make_case(type_id=kind.id)
        begun.complaint_ids.action_take()
        begun.complaint_ids.write({"is_valid": "valid", "company_responsible": "yes", "scope": "desk"})
        begun.complaint_ids.action_triage()
        self._pass_on(begun)
        self.assertEqual(begun.complaint_ids.state, "reporting")

    def test_a_case_the_branch_cancels_comes_back(self):
        case = self.make_case()
        passed = self._pass_on(case)
        passed.cancel_reason = "Not our vehicle"
        passed.action_cancel()
        self.assertRecordValues(case, [{"branch_state": "returned", "branch_result": "Not our vehicle"}])
        other = self.env["res.company"].create({"name": "Branch North", "cs_call_centre_id": self.company.id})
        again = case._pass_on(other)
        self.assertEqual(again.name, passed.sudo().name, "each company counts by itself")
        passed.with_user(self.relations).action_reopen()
        passed.with_user(self.relations).action_cancel()
        self.assertRecordValues(case, [{"branch_state": "passed", "branch_company_id": other.id}])

    def test_a_case_taken_up_again_is_reported_again(self):
        """C-08: the return visit fails, the branch reopens, the group waits once more."""
        case = self.make_case()
        passed = self._pass_on(case)
        self._finish(passed)
        passed.action_report_result()
        passed.action_reopen()
        self.assertFalse(passed.reported_at)
        self.assertEqual(case.branch_state, "passed")
        passed.resolution = "Disc replaced as well"
        passed.action_solve()
        passed.action_report_result()
        self.assertEqual(case.branch_result, "Disc replaced as well")

    def test_a_day_from_the_end_of_the_work(self):
        """24 hours count from the moment the branch has finished; other cases have no such clock."""
        target = {"name": "Reported", "from_milestone": "cs.case/solved", "to_milestone": "cs.case/reported"}
        self.make_policy(
            "Branch", {}, company_id=self.branch.id, target_ids=[Command.create(target | {"amount": 24, "unit": "h"})]
        )
        self.make_policy("Group", {}, sequence=1, target_ids=[Command.create(target | {"amount": 24, "unit": "h"})])
        with freeze_time("2026-03-02 01:00:00"):
            case = self.make_case()
            passed = self._pass_on(case)
        with freeze_time("2026-03-05 01:00:00"):
            self._finish(passed)
        clocks = self.env["cs.sla.clock"].search(
            [("res_model", "=", "cs.case"), ("milestone", "=", "cs.case/reported")]
        )
        own = clocks.filtered(lambda clock: clock.res_id == passed.id)
        self.assertEqual(own.deadline, fields.Datetime.to_datetime("2026-03-06 01:00:00"))
        self.assertEqual(clocks.filtered(lambda clock: clock.res_id == case.id).mapped("outcome"), ["cancelled"])
        with freeze_time(own.deadline + timedelta(hours=1)):
            passed.action_report_result()
        self.assertEqual(own.outcome, "missed")

    def test_only_to_a_branch_of_the_company_and_only_once(self):
        stranger = self.env["res.company"].create({"name": "Elsewhere"})
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "takes no calls for"):
            case._pass_on(stranger)
        forged = self.env["cs.branch.wizard"].with_user(self.agent)
        with self.assertRaisesRegex(UserError, "takes no calls for"):
            forged.create({"case_ids": [Command.set(case.ids)], "branch": str(stranger.id)}).action_confirm()
        passed = self._pass_on(case)
        with self.assertRaisesRegex(UserError, "cannot be passed on"):
            case.action_pass_on()
        with self.assertRaisesRegex(UserError, "cannot be passed on"):
            passed.with_user(self.branch_agent).action_pass_on()
        with self.assertRaises(AccessError):
            self.make_case().with_user(self.other_agent)._pass_on(self.branch)
        with self.assertRaisesRegex(UserError, "own call centre"):
            self.branch.cs_call_centre_id = self.branch

    def test_nobody_writes_what_the_other_side_said(self):
        case = self.make_case()
        passed = self._pass_on(case)
        for record, values in (
            (case, {"branch_result": "All fine"}),
            (case, {"branch_state": "reported"}),
            (passed, {"reported_at": fields.Datetime.now()}),
            (passed, {"group_case_id": case.id}),
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                record.with_user(self.agent if record == case else self.branch_agent).write(values)
        with self.assertRaises(AccessError):
            self.make_case(group_case_id=case.id)

    def test_what_is_the_groups_alone_stays_with_it(self):
        """Types and customers of one company only are replaced, never linked across companies."""
        own_type = self.env["cs.case.type"].create(
            {"name": "Group Repair", "kind": "repair", "company_id": self.company.id}
        )
        own_customer = self.env["res.partner"].create(
            {"name": "Only Ours", "phone": "021 5555 0000", "company_id": self.company.id}
        )
        passed = self._pass_on(self.make_case(type_id=own_type.id, partner_id=own_customer.id)).sudo()
        self.assertEqual(passed.type_id.kind, "repair")
        self.assertFalse(passed.type_id.company_id)
        self.assertFalse(passed.partner_id)
        self.assertEqual((passed.partner_name, passed.phone), ("Only Ours", "021 5555 0000"))

    def test_many_at_once(self):
        cases = self.env["cs.case"].union(*(self.make_case(subject=f"Call {number}") for number in range(3)))
        self.assertEqual(set(self._pass_on(cases).sudo().mapped("subject")), {"Call 0", "Call 1", "Call 2"})
        self.assertEqual(cases.mapped("branch_state"), ["passed"] * 3)

    def test_manager_names_the_call_centre(self):
        manager = new_test_user(
            self.env,
            "cs_group_manager",
            GROUP % "manager",
            company_id=self.branch.id,
            company_ids=[Command.set((self.branch + self.company).ids)],
        )
        settings = self.env["cs.settings"].with_user(manager).create({})
        self.assertEqual(settings.cs_call_centre_id, self.company)
        settings.cs_relations_manager_id = self.branch_agent
        settings.action_save()
        self.assertEqual(self.branch.cs_relations_manager_id, self.branch_agent)
        self.assertEqual(self.branch.cs_call_centre_id, self.company)
