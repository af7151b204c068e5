from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common_complaint import CsComplaintCommon


@tagged("post_install", "-at_install")
class TestComplaintMajor(CsComplaintCommon):
    """Warning, crisis team, legal hold, repeats and measures (C-06, C-08, C-10, C-13)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(cls.env, login="cs_boss", groups="base.group_user", name="Boss")
        cls.major = cls.env["cs.level"].create(
            {
                "name": "Major",
                "is_major": True,
                "needs_warning": True,
                "needs_verification": False,
                "needs_analysis": False,
                "needs_plan": False,
                "told_user_ids": [Command.set(cls.boss.ids)],
            }
        )

    def test_told_at_once_and_warned_in_writing(self):
        complaint = self.open_complaint()
        self.triage(complaint, level=self.major)
        told = complaint.sudo().activity_ids.user_id
        self.assertIn(self.boss, told)
        self.assertIn(self.manager, told)
        with self.assertRaisesRegex(UserError, "Warning to Management"):
            complaint.action_inform()
        self.sign(complaint)
        complaint.action_reply()
        with self.assertRaisesRegex(UserError, "Management Warned"):
            complaint.action_close()
        complaint.warning_text = "A customer was hurt."
        complaint.action_inform()
        notified = self.env["mail.notification"].search([("res_partner_id", "=", self.boss.partner_id.id)])
        self.assertIn("A customer was hurt", notified.mail_message_id[-1:].body)
        complaint.action_close()

    def test_a_warning_late_is_a_missed_clock_of_a_person(self):
        self.env["cs.sla.policy"].create(
            {
                "name": "Major",
                "model": "cs.complaint",
                "company_id": self.company.id,
                "target_ids": [
                    Command.create(
                        {"name": "Warned", "to_milestone": "cs.complaint/informed", "amount": 24, "unit": "h"}
                    )
                ],
            }
        )
        complaint = self.open_complaint()
        self.triage(complaint, level=self.major)
        self.at("2026-06-02 02:00:01")
        self.fire()
        clock = self.env["cs.sla.clock"].search([("res_model", "=", "cs.complaint"), ("res_id", "=", complaint.id)])
        self.assertRecordValues(clock, [{"outcome": "missed", "user_id": self.agent.id}])

    def test_the_form_has_its_pages(self):
        arch = self.env["cs.complaint"].with_user(self.supervisor).get_view(view_type="form")["arch"]
        for name in (
            "triage",
            "verification",
            "analysis",
            "plan",
            "effect",
            "crisis",
            "report",
            "compensation",
            "answer",
        ):
            self.assertIn(f'name="{name}"', arch)
        for name in ("warning_text", "log_ids", "repeat_candidate_ids", "legal_hold"):
            self.assertIn(f'name="{name}"', arch)

    def test_the_log_is_added_to_only(self):
        complaint = self.open_complaint()
        complaint.sudo().crisis_member_ids = self.boss
        entry = (
            self.env["cs.complaint.log"]
            .with_user(self.boss)
            .create({"complaint_id": complaint.id, "text": "Called the hospital"})
        )
        self.assertEqual(entry.user_id, self.boss)
        for user in (self.boss, self.manager):
            with self.assertRaises(UserError):
                entry.with_user(user).text = "Did nothing"
            with self.assertRaises(UserError):
                entry.with_user(user).unlink()
        with self.assertRaises(AccessError):
            self.env["cs.complaint.log"].with_user(self.boss).create(
                {"complaint_id": complaint.id, "text": "x", "at": "2020-01-01 00:00:00"}
            )
        with self.assertRaises(AccessError):
            entry.with_user(self.employee_user).read(["text"])

    def test_legal_hold(self):
        complaint = self.open_complaint()
        case = complaint.case_id
        with self.assertRaises(AccessError):
            complaint.write({"legal_hold": True, "legal_hold_reason": "Court"})
        self.team.user_id = self.supervisor
        as_supervisor = complaint.with_user(self.supervisor)
        with self.assertRaises(UserError):
            as_supervisor.legal_hold = True
        as_supervisor.write({"legal_hold": True, "legal_hold_reason": "Court, file 12"})
        self.triage(complaint, departments=self.workshop.browse())
        complaint.action_reply()
        for action in (complaint.action_close, lambda: complaint._cancel("x")):
            with self.assertRaisesRegex(UserError, "legal hold"):
                action()
        with self.assertRaisesRegex(UserError, "legal hold"):
            as_supervisor.active = False
        with self.assertRaises(UserError):
            case.with_user(self.manager)._anonymise("asked for")
        as_supervisor.legal_hold = False
        complaint.action_close()

    def test_anonymised_with_its_case(self):
        complaint = self.open_complaint()
        self.triage(complaint, departments=self.workshop.browse(), triage_note="Mrs Lopez was furious")
        complaint.explanation = "<p>Dear Mrs Lopez</p>"
        complaint.action_reply()
        complaint.action_close()
        case = complaint.case_id
        self.answer(case)
        case.action_solve()
        case.with_user(self.manager)._anonymise("asked for")
        for name in ("triage_note", "explanation", "subject"):
            self.assertNotIn("Lopez", complaint[name] or "")
            self.assertIn("anonymised", complaint[name])

    def test_repeats_are_proposed_and_raise_the_level(self):
        self.level.repeat_level_id = self.major
        first = self.open_complaint(partner_id=self.customer.id)
        stranger = self.open_complaint(partner_id=self.stranger.id)
        self.at("2026-06-20 02:00:00")
        second = self.open_complaint(partner_id=self.customer.id)
        self.assertEqual(second.repeat_candidate_ids, first)
        self.assertFalse(first.repeat_candidate_ids)
        with self.assertRaises(UserError):
            stranger.action_mark_repeated()
        second.action_mark_repeated()
        self.assertRecordValues(second, [{"repeat_of_id": first.id, "level_id": self.major.id}])
        with self.assertRaises(AccessError):
            first.repeat_of_id = second

    def test_repeats_by_object_and_not_too_old(self):
        first = self.open_complaint(object_ref="沪A·12345")
        self.at("2026-07-20 02:00:00")
        self.assertEqual(self.open_complaint(object_ref="沪A12345").repeat_candidate_ids, first)
        self.at("2027-06-01 02:00:00")
        self.assertFalse(self.open_complaint(object_ref="沪A·12345").repeat_candidate_ids)

    def test_candidates_cost_one_query_for_many(self):
        files = self.env["cs.complaint"].union(*(self.open_complaint(partner_id=self.customer.id) for _n in range(6)))
        costs = []
        for some in (files[:1], files):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.mapped("repeat_candidate_ids")
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[1], costs[0] + 2)

    def test_conduct_is_for_hr_and_the_supervisor(self):
        hr = new_test_user(self.env, login="cs_hr", groups="hr.group_hr_user", name="HR")
        self.team.user_id = self.supervisor
        complaint = self.open_complaint()
        measure = (
            self.env["cs.conduct"]
            .with_user(self.supervisor)
            .create(
                {"complaint_id": complaint.id, "employee_id": self.tech_employee.id, "note": "Shouted at a customer"}
            )
        )
        self.assertTrue(measure.with_user(hr).note)
        for user in (self.agent, self.technician, self.handler, self.employee_user):
            with self.subTest(user.name), self.assertRaises(AccessError):
                measure.with_user(user).read(["note"])
        self.technician.group_ids += self.env.ref("customer_service_addon.group_cs_supervisor")
        self.team.user_id = self.technician
        self.assertFalse(self.env["cs.conduct"].with_user(self.technician).search([]), "never of oneself")
