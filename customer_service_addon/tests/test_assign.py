from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
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
        self.assertRegex(cases[0].assign_reason, r"^In turn; Agent Anna is away until \S+")
        self.assertEqual(cases[1].assign_reason, f"In turn after Agent Bo{cases[0].assign_reason[7:]}")
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

    def test_reason_is_written_for_its_reader(self):
        """The sentence is in the language of who gets the case, not of who registers it (a customer, a mail)."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.agent.lang = "zh_CN"
        self.team.assignment_method = "load"
        cases = self._arrive(2)
        self.assertEqual(cases.mapped("assign_reason"), ["未结单最少", "Fewest open cases"])

    def test_own_agent_on_leave_or_gone_is_replaced(self):
        former = new_test_user(self.env, "cs_former", GROUP % "agent")
        self.make_case(self.agent_2)
        self.make_case(former)
        self.assertEqual(self._arrive(partner_id=self.firm.id).user_id, self.agent_2)
        self._leave(self.employees[1])
        self.assertEqual(self._arrive(partner_id=self.firm.id).user_id, self.agent)

    def test_full_desk_gets_no_turn_while_others_have_room(self):
        self.team.member_ids[0].capacity = 1
        self.assertEqual(self._arrive().user_id, self.agent)
        self.assertEqual(self._arrive(2).user_id, self.agent_2)
        self.team.member_ids.capacity = 1
        self.assertTrue(self._arrive().user_id)

    def test_outside_working_hours_steps_back_but_never_leaves_a_case_alone(self):
        nights = self.always.copy({"name": "Nobody works now", "attendance_ids": [Command.clear()]})
        self.employees[0].resource_calendar_id = nights
        self.assertEqual(self._arrive(2).user_id, self.agent_2)
        self.employees[1].resource_calendar_id = nights
        self.assertEqual(self._arrive(2).user_id, self.agent | self.agent_2)
        self.assertFalse(self.env["cs.turn"].search([("kind", "=", "missed")]), "off duty is no missed turn")

    def test_turns_given_back_stop_at_the_limit_of_the_team(self):
        self.team.giveback_limit = 1
        leave = self._leave(self.employees[0])
        self._arrive(5)
        leave.unlink()
        self.assertEqual(self._arrive(3).mapped("user_id.id"), [self.agent.id, self.agent_2.id])
        given = self.env["cs.turn"].search([("kind", "=", "given_back")])
        self.assertEqual(given.user_id, self.agent)
        self.assertEqual(len(given), 1)

    def test_turn_given_back_twice_at_once_does_no_harm(self):
        self.team._keep_turns([(self.agent.id, kind) for kind in ("missed", "given_back", "given_back")])
        self.assertEqual(self._arrive(4).user_id, self.agent | self.agent_2)
        self.assertEqual(self.env["cs.turn"].search_count([("kind", "=", "given_back")]), 2, "none was given again")

    def test_people_without_role_or_company_get_nothing(self):
        self.agent.group_ids = self.env.ref("base.group_user")
        self.assertEqual(self._arrive(2).user_id, self.agent_2)

    def test_last_resort_is_the_agent_who_registers(self):
        self.team.write({"user_id": False, "member_ids": [Command.clear()]})
        self.env.ref(GROUP % "manager").user_ids = [Command.clear()]
        values = {"subject": "x", "team_id": self.team.id, "channel_id": self.channel_mail.id}
        case = self.env["cs.case"].with_user(self.agent).create(values)
        self.assertEqual((case.user_id, case.assign_reason), (self.agent, "Nobody of the team is there"))
        case = self.env["cs.case"].create(values)
        self.assertEqual((case.user_id.id, case.accepted_at), (False, False), "OdooBot owns nothing")
        self.team.member_ids = [Command.create({"user_id": self.agent.id})]
        self.assertTrue(case.with_user(self.agent).can_take)
        case.with_user(self.agent).action_take()
        self.assertEqual((case.user_id, case.first_contact_id), (self.agent, self.agent))
        self.assertTrue(case.accepted_at)

    def test_customer_on_the_portal_is_served_by_the_rule(self):
        portal = new_test_user(self.env, "cs_customer", "base.group_portal", partner_id=self.customer.id)
        values = {"subject": "x", "team_id": self.team.id, "channel_id": self.channel_phone.id}
        case = self.env["cs.case"].with_user(portal).sudo().create(values)
        self.assertEqual((case.user_id, case.first_contact_id), (self.agent, self.agent))

    def test_taker_who_names_somebody_stays_first_contact(self):
        case = self.make_case(self.agent, user_id=self.agent_2.id)
        self.assertEqual((case.user_id, case.first_contact_id), (self.agent_2, self.agent))
        self.assertEqual((case.handover_ids.from_user_id, case.handover_ids.to_user_id), (self.agent, self.agent_2))

    def test_named_owner_must_be_able_to_work_on_it(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = new_test_user(self.env, "cs_foreign", GROUP % "agent", company_id=company.id, company_ids=company.ids)
        for user in (self.employee_user, self.head, foreign, self.env.ref("base.user_root")):
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "no customer service agent"):
                self.make_case(user_id=user.id)

    def test_cost_does_not_grow_with_cases_or_history(self):
        other = self.team.copy({"name": "Second", "assignment_method": "load"})
        other.member_ids = [Command.create({"user_id": self.other_agent.id})]
        teams = self.team | self.other_team | other

        def queries(count):
            demands = [{"category_id": False, "commercial_partner_id": self.firm.id}] * count
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            for team in teams:
                team._assign(demands)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        few = queries(3)
        self.team._keep_turns([(self.agent.id, "taken")] * 500)
        self.env.flush_all()
        self.assertLessEqual(queries(99), few)
        self.assertLessEqual(few, 75, "25 for each of three teams")

    def test_spent_turns_are_cleared_and_change_nothing(self):
        leave = self._leave(self.employees[0])
        self._arrive(2)
        leave.unlink()
        self._arrive(1)
        turns = self.env["cs.turn"].search([("team_id", "=", self.team.id)])
        self.assertEqual(sorted(turns.mapped("kind")), ["given_back", "missed", "missed", "taken", "taken"])
        last = turns.filtered(lambda turn: turn.kind == "taken").sorted("id")[-1:]
        turns._gc_spent_turns()
        self.assertEqual(sorted(turns.exists().mapped("kind")), ["missed", "taken"])
        self.assertTrue(last.exists())
        self.assertEqual(self._arrive().assign_reason, "A missed turn is given back")

    def test_turns_cannot_be_forged(self):
        forged = {"team_id": self.team.id, "user_id": self.agent.id, "kind": "missed"}
        context = {"_cs_server": True, **{f"default_{name}": value for name, value in forged.items()}}
        for user in (self.agent, self.supervisor, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                call_kw(self.env["cs.turn"].with_user(user), "create", [[forged]], {"context": context})
