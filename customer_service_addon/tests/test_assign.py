from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import GROUP, CsCommon


@tagged("post_install", "-at_install")
class TestAssign(CsCommon):
    """H-02: who gets the next case, and why this person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.always = cls.env["resource.calendar"].create(
            {
                "name": "Day and night",
                "tz": "UTC",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create({"name": "Day", "dayofweek": str(day), "hour_from": 0, "hour_to": 24})
                    for day in range(7)
                ],
            }
        )
        cls.employees = cls.env["hr.employee"].create(
            [
                {"name": user.name, "user_id": user.id, "resource_calendar_id": cls.always.id}
                for user in (cls.agent, cls.agent_2)
            ]
        )

    def _arrive(self, count=1, **vals):
        """Cases that came by mail, so that nobody took them."""
        return self.env["cs.case"].create(
            [
                {"subject": f"Mail {number}", "channel_id": self.channel_mail.id, "team_id": self.team.id, **vals}
                for number in range(count)
            ]
        )

    def _leave(self, employee, **vals):
        now = fields.Datetime.now()
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "resource_id": employee.resource_id.id if employee else False,
                "calendar_id": self.always.id,
                "company_id": self.company.id,
                "date_from": now - timedelta(hours=1),
                "date_to": now + timedelta(days=1),
                **vals,
            }
        )

    def test_in_turn_within_a_batch_and_over_batches(self):
        self.assertEqual(self._arrive(3).user_id.ids, [self.agent.id, self.agent_2.id])
        self.assertEqual(self._arrive().user_id, self.agent_2)
        self.assertEqual(self._arrive().user_id, self.agent)

    def test_who_takes_a_call_owns_it_and_it_is_no_turn(self):
        case = self.make_case(self.agent_2)
        self.assertEqual((case.user_id, case.first_contact_id), (self.agent_2, self.agent_2))
        self.assertEqual(case.assign_reason, "Took the first contact")
        self.assertEqual(case.accepted_at, case.registered_at)
        self.assertEqual(self._arrive().user_id, self.agent)

    def test_leave_is_skipped_and_the_turn_given_back(self):
        leave = self._leave(self.employees[0])
        cases = self._arrive(2)
        self.assertEqual(cases.user_id, self.agent_2)
        self.assertIn("Agent Anna", cases[0].assign_reason)
        leave.unlink()
        returned = self._arrive()
        self.assertEqual((returned.user_id, returned.assign_reason), (self.agent, "A missed turn is given back"))

    def test_own_word_counts_as_absence(self):
        member = self.team.member_ids.filtered(lambda member: member.user_id == self.agent)
        member.write({"away_from": fields.Datetime.now() - timedelta(minutes=5)})
        self.assertEqual(self._arrive(2).user_id, self.agent_2)

    def test_holiday_of_another_company_absents_nobody(self):
        other = self.env["res.company"].create({"name": "Other"})
        now = fields.Datetime.now()
        leave = (
            self.env["resource.calendar.leaves"]
            .with_company(other)
            .create({"name": "There", "date_from": now - timedelta(hours=1), "date_to": now + timedelta(days=1)})
        )
        self.assertEqual((leave.company_id, leave.calendar_id.id), (other, False))
        self.assertEqual(self._arrive(2).user_id, self.agent | self.agent_2)

    def test_public_holiday_sends_it_to_the_leader(self):
        self._leave(False)
        case = self._arrive()
        self.assertEqual((case.user_id, case.assign_reason), (self.supervisor, "Nobody of the team is there"))

    def test_never_unassigned(self):
        self.team.write({"user_id": False, "member_ids": [Command.clear()]})
        case = self._arrive()
        self.assertTrue(case.user_id.has_group(GROUP % "manager"))
        self.assertNotEqual(case.user_id, self.env.ref("base.user_root"))

    def test_fewest_open_cases(self):
        self.team.assignment_method = "load"
        self.make_case()
        self.make_case()
        self.assertEqual(self._arrive(2).user_id, self.agent_2)
        self.assertEqual(self._arrive(2).user_id, self.agent | self.agent_2)

    def test_category_goes_to_who_knows_it_down_the_tree(self):
        parent = self.env["cs.category"].create({"name": "Vehicles"})
        child = self.env["cs.category"].create({"name": "Brakes", "parent_id": parent.id})
        self.team.assignment_method = "category"
        self.team.member_ids.filtered(lambda member: member.user_id == self.agent_2).category_ids = parent
        cases = self._arrive(3, category_id=child.id)
        self.assertEqual(cases.user_id, self.agent_2)
        self.assertEqual(cases[0].assign_reason, "Knows about the category")
        self.assertEqual(self._arrive().user_id, self.agent)

    def test_returning_customer_meets_the_same_person_without_a_turn(self):
        self.make_case(self.agent_2)
        case = self._arrive(partner_id=self.firm.id)
        self.assertEqual((case.user_id, case.assign_reason), (self.agent_2, "Looked after this customer before"))
        self.assertEqual(self._arrive().user_id, self.agent)
        self.team.own_agent_first = False
        self.assertEqual(self._arrive(partner_id=self.firm.id).user_id, self.agent_2)

    def test_team_leader_distributes(self):
        self.team.assignment_method = "manual"
        self.assertEqual(self._arrive(2).user_id, self.supervisor)

    def test_chosen_person_stays(self):
        case = self._arrive(user_id=self.agent_2.id)
        self.assertEqual((case.user_id, case.assign_reason), (self.agent_2, "Chosen at registration"))
        self.assertEqual(self._arrive().user_id, self.agent)

    def test_team_comes_from_category_type_or_company(self):
        category = self.env["cs.category"].create(
            {"name": "North", "team_id": self.other_team.id, "company_id": self.company.id}
        )
        by_category = self.env["cs.case"].create({"subject": "x", "category_id": category.id})
        self.assertEqual(by_category.team_id, self.other_team)
        case_type = self.env["cs.case.type"].create(
            {"name": "Special", "team_id": self.other_team.id, "company_id": self.company.id}
        )
        self.assertEqual(self.env["cs.case"].create({"subject": "x", "type_id": case_type.id}).team_id, self.other_team)
        self.assertEqual(self.env["cs.case"].create({"subject": "x"}).team_id, self.team)

    def test_other_company_has_its_own_people(self):
        company = self.env["res.company"].create({"name": "Second"})
        user = new_test_user(self.env, "cs_second", GROUP % "agent", company_id=company.id, company_ids=company.ids)
        team = self.env["cs.team"].create(
            {"name": "Second", "company_id": company.id, "member_ids": [Command.create({"user_id": user.id})]}
        )
        case = self.env["cs.case"].create({"subject": "x", "company_id": company.id})
        self.assertEqual((case.team_id, case.user_id), (team, user))

    def test_turns_cannot_be_forged(self):
        with self.assertRaises(Exception):  # noqa: B017 - access or guard, whichever comes first
            self.env["cs.turn"].with_user(self.supervisor).create(
                {"team_id": self.team.id, "user_id": self.agent.id, "kind": "missed"}
            )
