from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common_complaint import GROUP, CsComplaintCommon


class CsApprovalCommon(CsComplaintCommon):
    """A leasing company whose plans are approved by a chief, from 10 000 on by a director as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chief = new_test_user(cls.env, login="cs_chief", groups=GROUP % "supervisor", name="Chief")
        cls.director = new_test_user(cls.env, login="cs_director", groups="base.group_user", name="Director")
        cls.env["tier.definition"].search([("model", "=", "cs.approval")]).unlink()
        cls.chief_tier, cls.director_tier = cls.env["tier.definition"].create(
            [
                {"name": "Chief", "cs_kind": "plan", "reviewer_id": cls.chief.id, "sequence": 20, "company_id": False},
                {
                    "name": "Director",
                    "cs_kind": "plan",
                    "reviewer_id": cls.director.id,
                    "sequence": 10,
                    "cs_amount_from": 10000,
                    "company_id": False,
                },
            ]
        )

    def draw_up(self, level=None, amount=500):
        """Bring a complaint to a plan drawn up by the workshop's handler; return ``(complaint, plan)``."""
        complaint = self.open_complaint(partner_id=self.customer.id)
        self.triage(complaint, level=level or self.full_level)
        self.sign(complaint)
        self.verify(complaint)
        self.analyse(complaint)
        return complaint, self.new_plan(complaint, amount)

    def new_plan(self, complaint, amount=500):
        complaint.with_user(self.handler).action_new_plan()
        plan = complaint.plan_id.with_user(self.handler)
        plan.write(
            {
                "amount": amount,
                "customer_text": "<p>We replace the brakes.</p>",
                "note": "<p>SECRET: our own fault.</p>",
                "action_ids": []
                if plan.action_ids
                else [
                    Command.create(
                        {
                            "complaint_id": complaint.id,
                            "name": "Replace the brakes",
                            "employee_id": self.tech_employee.id,
                            "due_on": "2026-06-05",
                        }
                    )
                ],
            }
        )
        return plan

    def submit(self, plan):
        """Submit ``plan`` and return its approval."""
        plan.action_submit()
        return plan.sudo().approval_ids.sorted("id")[-1:]

    def reject(self, approval, user, reason="Too expensive"):
        self.env["cs.approval.reject"].with_user(user).create(
            {"approval_id": approval.id, "reason": reason}
        ).action_confirm()


@tagged("post_install", "-at_install")
class TestApproval(CsApprovalCommon):
    """A decision of somebody else about exactly what he was shown (C-03, C-09)."""

    def setUp(self):
        super().setUp()
        self.complaint, self.plan = self.draw_up()
        self.approval = self.submit(self.plan)

    def test_asked_shown_and_approved(self):
        self.assertRecordValues(
            self.approval,
            [{"state": "draft", "kind": "plan", "amount": 500, "requested_by_id": self.handler.id}],
        )
        self.assertIn("We replace the brakes", self.approval.snapshot)
        self.assertEqual(self.approval.review_ids.reviewer_ids, self.chief)
        self.assertEqual(self.approval.activity_ids.user_id, self.chief)
        self.assertEqual(self.complaint.next_step, "approved")
        mine = self.env["cs.approval"].with_user(self.chief).search([("can_decide", "=", True)])
        self.assertEqual(mine, self.approval)
        self.approval.with_user(self.chief).action_approve()
        self.assertRecordValues(self.approval, [{"state": "approved", "decided_by_id": self.chief.id}])
        self.assertFalse(self.approval.activity_ids)
        self.assertEqual((self.plan.state, self.complaint.next_step), ("approved", "accepted"))

    def test_two_tiers_one_after_the_other(self):
        complaint, plan = self.draw_up(amount=20000)
        approval = self.submit(plan)
        self.assertEqual(len(approval.review_ids), 2)
        with self.assertRaises(UserError):
            approval.with_user(self.director).action_approve()
        approval.with_user(self.chief).action_approve()
        self.assertEqual((approval.state, complaint.next_step), ("draft", "approved"))
        approval.with_user(self.director).action_approve()
        self.assertEqual((approval.state, complaint.next_step), ("approved", "accepted"))

    def test_rejected_with_a_reason_goes_back(self):
        with self.assertRaises(UserError):
            self.reject(self.approval, self.chief, reason="  ")
        self.reject(self.approval, self.chief)
        self.assertEqual((self.approval.state, self.plan.state), ("rejected", "refused"))
        self.assertEqual(self.complaint.next_step, "planned")
        second = self.new_plan(self.complaint)
        self.assertEqual((second.version, second.action_ids.name), (2, "Replace the brakes"))
        again = self.submit(second)
        again.with_user(self.chief).action_approve()
        self.assertEqual(self.approval.state, "rejected", "the first decision is kept")

    def test_without_a_tier_a_manager_approves(self):
        (self.chief_tier | self.director_tier).unlink()
        _complaint, plan = self.draw_up()
        approval = self.submit(plan)
        with self.assertRaises(UserError):
            approval.with_user(self.chief).action_approve()
        approval.with_user(self.manager).action_approve()
        self.assertEqual(approval.state, "approved")

    def test_neither_author_nor_requester_whatever_the_tier(self):
        """Hole of the library: four eyes held for groups only."""
        group = self.env["res.groups"].create({"name": "Approvers", "user_ids": [Command.link(self.handler.id)]})
        self.workshop.manager_id = self.env["hr.employee"].create({"name": "Han", "user_id": self.handler.id})
        for values in (
            {"reviewer_id": self.handler.id},
            {"reviewer_id": False, "review_type": "group", "reviewer_group_id": group.id},
            {"reviewer_id": False, "reviewer_group_id": False, "cs_by_head": True},
        ):
            with self.subTest(**values):
                self.chief_tier.write(values)
                _complaint, plan = self.draw_up()
                approval = self.submit(plan)
                self.assertNotIn(self.handler, approval.review_ids.reviewer_ids)
                for method in ("action_approve", "action_reject", "validate_tier", "reject_tier"):
                    with self.assertRaises(UserError):
                        getattr(approval.with_user(self.handler), method)()

    def test_the_head_of_the_department_may_be_a_tier(self):
        self.chief_tier.write({"reviewer_id": False, "cs_by_head": True})
        self.workshop.manager_id = self.head_employee
        _complaint, plan = self.draw_up()
        approval = self.submit(plan)
        approval.with_user(self.head).action_approve()
        self.assertEqual(approval.state, "approved")

    def test_a_deputy_decides_while_somebody_is_away(self):
        with self.assertRaises(UserError):
            self.approval.with_user(self.director).action_approve()
        self.env["cs.deputy"].with_user(self.chief).create(
            {"deputy_id": self.director.id, "date_from": "2026-06-01", "date_until": "2026-06-02"}
        )
        self.assertEqual(
            self.env["cs.approval"].with_user(self.director).search([("can_decide", "=", True)]), self.approval
        )
        self.approval.with_user(self.director).action_approve()
        self.assertEqual(self.approval.decided_by_id, self.director)
        with self.assertRaises(AccessError):
            self.env["cs.deputy"].with_user(self.director).create(
                {
                    "user_id": self.chief.id,
                    "deputy_id": self.director.id,
                    "date_from": "2026-06-01",
                    "date_until": "2026-06-02",
                }
            )

    def test_tiers_by_level_department_and_limits(self):
        self.chief_tier.cs_level_ids = self.level
        _complaint, plan = self.draw_up()
        self.assertFalse(self.submit(plan).review_ids)
        with self.assertRaises(ValidationError):
            self.chief_tier.write({"cs_amount_from": 5, "cs_amount_to": 5})
        with self.assertRaises(ValidationError):
            self.chief_tier.reviewer_id = False

    def test_a_manager_who_is_no_administrator_sets_tiers(self):
        tiers = self.env["tier.definition"].with_user(self.manager)
        tier = tiers.create({"name": "Board", "cs_kind": "plan", "reviewer_id": self.director.id})
        self.assertEqual(tier.model, "cs.approval")
        tier.cs_amount_from = 50000
        with self.assertRaises(AccessError):
            self.chief_tier.with_user(self.agent).name = "Mine"

    def test_tiers_of_another_company_do_not_count(self):
        self.chief_tier.company_id = self.env["res.company"].create({"name": "Other"})
        _complaint, plan = self.draw_up()
        self.assertFalse(self.submit(plan).review_ids)


@tagged("post_install", "-at_install")
class TestApprovalForged(CsApprovalCommon):
    """Must show 4: the holes of the library (odoo19.md F), each closed."""

    def setUp(self):
        super().setUp()
        self.complaint, self.plan = self.draw_up()
        self.approval = self.submit(self.plan)
        self.review = self.approval.review_ids

    def _refused(self, action):
        with self.assertRaises(UserError):
            action()
        self.env.invalidate_all()
        self.assertEqual(self.approval.state, "draft")
        self.assertEqual(self.review.status, "pending")

    def test_f1_status_of_a_review(self):
        for user in (self.agent, self.handler, self.chief, self.manager):
            review = self.review.with_user(user)
            self._refused(lambda review=review: review.write({"status": "approved"}))
            self._refused(lambda review=review: review.with_context(_cs_flow=True).write({"status": "approved"}))

    def test_f2_a_review_of_ones_own(self):
        values = {
            "model": "cs.approval",
            "res_id": self.approval.id,
            "definition_id": self.chief_tier.id,
            "status": "approved",
        }
        self._refused(lambda: self.env["tier.review"].with_user(self.handler).create(values))
        self._refused(lambda: self.review.with_user(self.handler).unlink())

    def test_f3_born_approved(self):
        values = self.approval.copy_data()[0] | {"state": "approved"}
        for user in (self.handler, self.agent, self.manager):
            self._refused(lambda user=user: self.env["cs.approval"].with_user(user).create(values))

    def test_f4_f5_amount_and_state_in_one(self):
        for vals in ({"state": "approved"}, {"amount": 1, "state": "approved"}, {"amount": 1}, {"fingerprint": "x"}):
            for user in (self.handler, self.chief, self.manager):
                approval = self.approval.with_user(user)
                approval.read(["need_validation"])
                self._refused(lambda approval=approval, vals=vals: approval.write(vals))

    def test_f6_context_keys(self):
        keys = {"skip_validation_check": True, "skip_check_state_condition": True, "_cs_server": True, "_cs_flow": True}
        approval = self.approval.with_user(self.manager).with_context(**keys)
        self._refused(lambda: approval.write({"state": "approved"}))
        self._refused(lambda: self.approval.with_user(self.agent).with_context(**keys).action_approve())

    def test_f7_changed_after_the_question(self):
        with self.assertRaises(UserError):
            self.plan.amount = 1
        self.plan.sudo()._cs_as_server().write({"amount": 99999})
        self._refused(lambda: self.approval.with_user(self.chief).action_approve())

    def test_f7_changed_after_the_approval(self):
        self.approval.with_user(self.chief).action_approve()
        self.assertTrue(self.plan._is_approved("plan"))
        self.plan.sudo()._cs_as_server().write({"customer_text": "<p>Nothing at all</p>"})
        self.assertFalse(self.plan._is_approved("plan"))

    def test_f8_nobody_outside_reads_reviews(self):
        portal = new_test_user(self.env, login="cs_portal_f8", groups="base.group_portal")
        for user in (portal, self.env.ref("base.public_user")):
            self.assertFalse(self.env["tier.review"].with_user(user).search_count([]))
            self.assertFalse(self.env["tier.definition"].with_user(user).search_count([]))
            with self.assertRaises(AccessError):
                self.env["cs.approval"].with_user(user).search([])

    def test_f9_f10_other_states(self):
        for state in ("rejected", "cancelled", "c", "draft"):
            with self.assertRaises(UserError):
                self.approval.with_user(self.manager).write({"state": state})

    def test_f11_a_rejected_one_stays_rejected(self):
        self.chief_tier.approve_sequence_bypass = True
        self.reject(self.approval, self.chief)
        for method in ("action_approve", "validate_tier", "restart_validation"):
            with self.assertRaises(UserError):
                getattr(self.approval.with_user(self.chief), method)()
        self.assertEqual((self.approval.state, self.review.status), ("rejected", "rejected"))

    def test_the_librarys_comment_dialog_decides_nothing(self):
        for decision in ("validate", "reject"):
            wizard = (
                self.env["comment.wizard"]
                .with_user(self.handler)
                .create(
                    {
                        "validate_reject": decision,
                        "res_model": "cs.approval",
                        "res_id": self.approval.id,
                        "review_ids": [Command.set(self.review.ids)],
                        "comment": "fine",
                    }
                )
            )
            self._refused(wizard.add_comment)

    def test_the_systray_counts_and_decides_nothing(self):
        self.chief.with_user(self.chief).review_user_count()
        self.assertEqual((self.approval.state, self.review.status), ("draft", "pending"))

    def test_who_sees_an_approval(self):
        self.complaint.person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.env.flush_all()
        for user, sees in (
            (self.chief, True),
            (self.handler, True),
            (self.employee_user, False),
            (self.technician, False),
        ):
            with self.subTest(user.name):
                self.assertEqual(bool(self.env["cs.approval"].with_user(user).search_count([])), sees)
        self.assertFalse(
            self.env["tier.review"].with_user(self.technician).search_count([("cs_approval_id", "!=", False)])
        )

    def test_proofs_are_kept(self):
        with self.assertRaises(UserError):
            self.approval.sudo().unlink()

    def test_overridden_methods_are_still_there(self):
        """The library may change: these are the places we rely on."""
        library = self.env.registry["tier.validation"]
        for name in ("evaluate_tier", "request_validation", "_allow_to_remove_reviews", "_validate_tier"):
            self.assertTrue(callable(getattr(library, name)), name)
