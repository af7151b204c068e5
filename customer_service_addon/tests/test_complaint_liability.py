from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_complaint import CsComplaintCommon


@tagged("post_install", "-at_install")
class TestComplaintLiability(CsComplaintCommon):
    """Liability of department, employee or supplier as a recorded decision (C-03, C-10)."""

    def setUp(self):
        super().setUp()
        self.complaint = self.open_complaint()
        self.triage(self.complaint)
        self.supplier = self.env["res.partner"].create({"name": "Disc Works"})

    def propose(self, **vals):
        values = {"complaint_id": self.complaint.id, "department_id": self.workshop.id, "ground": "Tool worn", **vals}
        return self.env["cs.complaint.liability"].with_user(self.agent).create(values)

    def test_proposed_by_one_decided_by_another(self):
        row = self.propose(share=60)
        with self.assertRaises(AccessError):
            row.action_decide()
        row.with_user(self.handler).action_decide()
        self.assertRecordValues(row, [{"decided_by_id": self.handler.id, "proposed_by_id": self.agent.id}])
        self.assertTrue(row.decided_at)

    def test_who_proposed_it_does_not_decide_even_as_manager(self):
        row = (
            self.env["cs.complaint.liability"]
            .with_user(self.manager)
            .create({"complaint_id": self.complaint.id, "department_id": self.workshop.id, "ground": "Tool worn"})
        )
        with self.assertRaises(AccessError):
            row.action_decide()

    def test_who_changes_a_proposal_does_not_decide_it(self):
        row = self.propose()
        row.with_user(self.handler).share = 30
        self.assertEqual(row.proposed_by_id, self.handler)
        with self.assertRaises(AccessError):
            row.with_user(self.handler).action_decide()
        row.with_user(self.manager).action_decide()
        self.assertRecordValues(row, [{"share": 30, "decided_by_id": self.manager.id}])

    def test_a_decision_is_kept(self):
        row = self.propose()
        row.with_user(self.handler).action_decide()
        for change in ({"share": 10}, {"ground": "Nothing"}, {"party": "other"}):
            with self.subTest(change), self.assertRaises(UserError):
                row.with_user(self.manager).write(change)
        with self.assertRaises(UserError):
            row.with_user(self.manager).unlink()
        with self.assertRaises(UserError):
            row.with_user(self.manager).action_decide()

    def test_clients_write_no_decision(self):
        with self.assertRaises(AccessError):
            self.propose(decided_by_id=self.manager.id)
        row = self.propose()
        with self.assertRaises(AccessError):
            row.write({"decided_at": "2026-06-01 00:00:00"})

    def test_shares_add_up_to_the_whole_at_most(self):
        self.propose(share=60)
        self.propose(share=40, party="supplier", partner_id=self.supplier.id)
        with self.assertRaisesRegex(ValidationError, "100.01"):
            self.propose(share=0.01, party="other")

    @mute_logger("odoo.sql_db")
    def test_a_share_is_a_share(self):
        for share in (0, -1, 101):
            with self.subTest(share), self.assertRaisesRegex(Exception, "share"), self.env.cr.savepoint():
                self.propose(share=share)
                self.env.flush_all()

    def test_the_party_is_named(self):
        for party in ("department", "employee", "supplier"):
            with self.subTest(party), self.assertRaises(ValidationError):
                self.propose(party=party, department_id=False)
        self.assertEqual(self.propose(share=1, party="other", department_id=False).party_name, "Nobody of These")
        self.assertEqual(self.propose(share=1, party="supplier", partner_id=self.supplier.id).party_name, "Disc Works")

    def test_the_person_concerned_sees_nothing_of_it(self):
        """C-07, C-10: neither who is complained about nor who is held liable."""
        row = self.propose(party="employee", employee_id=self.tech_employee.id, share=80)
        rows = self.env["cs.complaint.liability"].with_user(self.technician)
        self.assertFalse(rows.search([("complaint_id", "=", self.complaint.id)]))
        self.assertEqual(rows.search_count([("id", "=", row.id)]), 0)
        with self.assertRaises(AccessError):
            row.with_user(self.technician).read(["ground"])
        other = self.propose(share=20)
        self.assertTrue(other.with_user(self.technician).ground)
        self.complaint.person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            other.with_user(self.technician).read(["share"])
        with self.assertRaises(AccessError):
            rows.with_user(self.other_agent).browse(row.id).read(["share"])

    def test_the_internal_report_prints_decisions_only(self):
        self.propose(ground="Decided ground", share=50).with_user(self.handler).action_decide()
        self.propose(ground="Only proposed", share=50)
        report = self.env["ir.actions.report"].with_user(self.agent)
        name = "customer_service_addon.report_cs_complaint_handling"
        page = report._render_qweb_html(name, self.complaint.ids)[0].decode()
        self.assertIn("Decided ground", page)
        self.assertNotIn("Only proposed", page)
        name = "customer_service_addon.report_cs_complaint_customer"
        self.assertNotIn("Decided ground", report._render_qweb_html(name, self.complaint.ids)[0].decode())
