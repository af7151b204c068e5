from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..models.cs_improvement import NEXT_STATES
from .common_complaint import CsComplaintCommon

MOVES = {
    "action_accept": "accepted",
    "action_decline": "declined",
    "action_propose_again": "proposed",
    "action_done": "done",
    "action_prove": "proven",
    "action_back": "accepted",
}


@tagged("post_install", "-at_install")
class TestImprovement(CsComplaintCommon):
    """Causes that come back become proposals with owner, answer and effect (C-11)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"cs_cluster_count": 3, "cs_cluster_days": 30})
        cls.product = cls.env["product.product"].create({"name": "Brake disc"})
        cls.owner = new_test_user(cls.env, login="cs_owner", groups="base.group_user", name="Owner Ouyang")
        cls.workshop.manager_id = cls.env["hr.employee"].create({"name": "Ouyang", "user_id": cls.owner.id})

    def pile(self, count, **vals):
        """Return ``count`` complaints of one cause, product and department."""
        complaints = self.env["cs.complaint"]
        for number in range(count):
            complaint = self.open_complaint(subject=f"Brakes {number}").sudo()
            complaint.department_line_ids = [Command.create({"department_id": self.workshop.id})]
            complaint._cs_as_server().write({"cause_id": self.cause.id, "product_id": self.product.id, **vals})
            complaints |= complaint
        return complaints

    def run_job(self):
        before = self.env["cs.improvement"].search([])
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("customer_service_addon.ir_cron_cs_improvement").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["cs.improvement"].search([]) - before

    def propose(self, user=None, **vals):
        return (
            self.env["cs.improvement"]
            .with_user(user or self.agent)
            .create({"name": "Change discs earlier", "user_id": self.owner.id, **vals})
        )

    def test_three_similar_in_thirty_days_are_proposed_once(self):
        complaints = self.pile(3)
        proposal = self.run_job()
        self.assertRecordValues(
            proposal,
            [
                {
                    "cause_id": self.cause.id,
                    "product_id": self.product.id,
                    "department_id": self.workshop.id,
                    "user_id": self.owner.id,
                    "is_cluster": True,
                    "state": "proposed",
                    "complaint_count": 3,
                }
            ],
        )
        self.assertEqual(proposal.activity_ids.user_id, self.owner)
        self.assertFalse(self.run_job(), "the same cluster is proposed once")
        complaints |= self.pile(1)
        self.assertFalse(self.run_job())
        self.assertEqual(proposal.complaint_ids, complaints)
        self.assertEqual(len(proposal.activity_ids), 1, "nobody is told twice")

    def test_what_was_answered_does_not_come_back_with_the_same_complaints(self):
        self.pile(3)
        proposal = self.run_job()
        proposal.with_user(self.owner).answer = "The discs of this batch are gone."
        proposal.with_user(self.owner).action_decline()
        self.pile(2)
        self.assertFalse(self.run_job())
        self.pile(1)
        self.assertEqual(self.run_job().complaint_count, 3)

    def test_what_makes_no_cluster(self):
        self.pile(2)
        self.pile(1, product_id=False)
        self.pile(1, finding="unjustified")
        self.pile(1, state="cancelled")
        self.pile(1, received_at=fields.Datetime.now() - timedelta(days=31))
        self.assertFalse(self.run_job())

    def test_a_company_without_the_figure_gets_none(self):
        self.company.cs_cluster_count = 0
        self.pile(4)
        self.assertFalse(self.run_job())

    def test_from_proposal_to_proven_effect(self):
        proposal = self.propose()
        mine = proposal.with_user(self.owner)
        with self.assertRaisesRegex(UserError, "Answer"):
            mine.action_accept()
        mine.write({"answer": "We do it.", "due_on": "2026-07-01"})
        with self.assertRaises(AccessError):
            proposal.with_user(self.agent).action_accept()
        mine.action_accept()
        mine.action_done()
        self.assertTrue(proposal.done_on)
        with self.assertRaisesRegex(UserError, "Effect"):
            proposal.with_user(self.agent).action_prove()
        proposal.effect_note = "No complaint since May"
        with self.assertRaises(AccessError):
            mine.action_prove()
        with self.assertRaisesRegex(UserError, "owner stays"):
            mine.user_id = self.agent
        with self.assertRaisesRegex(UserError, "owner stays"):
            proposal.with_user(self.manager).user_id = self.agent
        proposal.with_user(self.agent).action_prove()
        self.assertRecordValues(proposal, [{"state": "proven", "effect_by_id": self.agent.id}])
        proposal.with_user(self.agent).action_back()
        self.assertRecordValues(proposal, [{"state": "accepted", "done_on": False}])

    def test_every_move_that_is_not_in_the_table_is_refused(self):
        everything = {"answer": "Yes", "due_on": "2026-07-01", "effect_note": "Better", "user_id": self.agent.id}
        for state, following in NEXT_STATES.items():
            for move, target in MOVES.items():
                with self.subTest(state=state, move=move):
                    proposal = self.propose(**everything)
                    proposal.sudo()._cs_as_server().write({"state": state})
                    as_manager = proposal.with_user(self.manager)
                    if target in following:
                        getattr(as_manager, move)()
                        self.assertEqual(proposal.state, target)
                        continue
                    with self.assertRaises(UserError):
                        getattr(as_manager, move)()
                    self.assertEqual(proposal.state, state)

    def test_clients_write_no_state(self):
        proposal = self.propose()
        for name, value in (("state", "proven"), ("effect_by_id", self.agent.id), ("is_cluster", True)):
            with self.subTest(name), self.assertRaises(AccessError):
                proposal.with_user(self.manager).write({name: value})
        with self.assertRaises(AccessError):
            self.propose(state="proven")

    def test_others_read_nothing_and_the_person_complained_about_no_file(self):
        """C-07: the proposal names no person, the files behind it stay closed."""
        complaints = self.pile(3)
        complaints[0].person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        proposal = self.run_job()
        self.env.invalidate_all()
        seen = proposal.with_user(self.technician).complaint_ids
        self.assertNotIn(complaints[0], seen)
        stranger = new_test_user(self.env, login="cs_stranger", groups="base.group_user")
        self.assertFalse(self.env["cs.improvement"].with_user(stranger).search([]))
        outsider = new_test_user(self.env, login="cs_outsider", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.env["cs.improvement"].with_user(outsider).search([])

    def test_the_complaint_begins_a_proposal(self):
        complaint = self.pile(1).with_user(self.agent)
        action = complaint.action_propose_improvement()
        proposal = self.env["cs.improvement"].with_user(self.agent).with_context(action["context"])
        created = proposal.create({"name": "Other discs"})
        self.assertRecordValues(
            created, [{"cause_id": self.cause.id, "product_id": self.product.id, "complaint_ids": complaint.ids}]
        )

    def test_what_was_answered_is_kept(self):
        proposal = self.propose(user_id=self.agent.id, answer="No.")
        proposal.action_decline()
        with self.assertRaises(UserError):
            proposal.unlink()
        self.propose().unlink()

    def test_the_list_for_the_next_review(self):
        """C-11: what feeds the next contract and design review stands on a list until it was reviewed."""
        proposal = self.propose()
        domain = [("for_review", "=", True), ("reviewed_on", "=", False), ("state", "!=", "declined")]
        self.assertIn(proposal, self.env["cs.improvement"].search(domain))
        proposal.reviewed_on = "2026-06-01"
        self.assertNotIn(proposal, self.env["cs.improvement"].search(domain))

    def test_causes_are_counted_by_product_department_and_month(self):
        self.pile(3)
        groups = self.env["cs.complaint"]._read_group(
            [("cause_id", "=", self.cause.id)],
            ["product_id", "department_id", "cause_id", "received_at:month"],
            ["__count"],
        )
        self.assertEqual(
            [(row[0], row[1], row[2], row[-1]) for row in groups], [(self.product, self.workshop, self.cause, 3)]
        )

    def test_the_job_costs_the_same_for_many(self):
        """No query per complaint (Must show 7)."""
        costs = []
        for count in (3, 12):
            self.pile(count, product_id=self.env["product.product"].create({"name": f"Part {count}"}).id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["cs.improvement"]._cron_clusters()
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[1], costs[0] + 3)
