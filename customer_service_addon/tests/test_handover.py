from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import freeze_time, new_test_user, tagged

from .common import GROUP, CsCommon


@tagged("post_install", "-at_install")
class TestHandover(CsCommon):
    """I-03: first contact, hand-over, acceptance; every change of hands leaves a row."""

    def _hand_over(self, case, user=None, **vals):
        values = {"case_ids": case.ids, "target": "user", "user_id": user and user.id, "note": "Knows the car", **vals}
        wizard = self.env["cs.handover.wizard"].with_user(self.agent).create(values)
        wizard.action_confirm()
        return case.handover_ids.filtered(lambda row: row.state == "pending")

    def test_giver_stays_owner_until_accepted(self):
        case = self.make_case()
        handover = self._hand_over(case, self.agent_2)
        self.assertEqual((case.user_id, case.pending_user_id), (self.agent, self.agent_2))
        self.assertEqual(case.activity_ids.user_id, self.agent_2)
        handover.with_user(self.agent_2).action_accept()
        self.assertEqual((case.user_id, case.first_contact_id), (self.agent_2, self.agent))
        self.assertFalse(case.pending_user_id or case.activity_ids)
        self.assertRecordValues(
            case.handover_ids.sorted("id"),
            [
                {"kind": "first", "from_user_id": False, "to_user_id": self.agent.id, "state": "accepted"},
                {
                    "kind": "hand_over",
                    "from_user_id": self.agent.id,
                    "to_user_id": self.agent_2.id,
                    "state": "accepted",
                },
            ],
        )
        self.assertTrue(handover.accepted_at)

    def test_other_team_accepts_and_sees_the_case_before(self):
        case = self.make_case()
        handover = self._hand_over(case, target="team", user_id=False, team_id=self.other_team.id)
        self.assertEqual(handover.to_user_id, self.other_agent)
        self.assertTrue(case.with_user(self.other_agent).subject)
        case.with_user(self.other_agent).action_accept_handover()
        self.assertEqual((case.user_id, case.team_id), (self.other_agent, self.other_team))

    def test_department_means_its_manager(self):
        case = self.make_case()
        with self.assertRaisesRegex(UserError, "no customer service agent"):
            self._hand_over(case, target="department", user_id=False, department_id=self.department.id)
        self.head.sudo().group_ids += self.env.ref("customer_service_addon.group_cs_agent")
        handover = self._hand_over(case, target="department", user_id=False, department_id=self.department.id)
        handover.with_user(self.head).action_accept()
        self.assertEqual((case.user_id, case.department_id), (self.head, self.department))

    def test_decline_needs_a_reason_and_leaves_the_case(self):
        case = self.make_case()
        handover = self._hand_over(case, self.agent_2).with_user(self.agent_2)
        with self.assertRaisesRegex(UserError, "Say why"):
            handover._decline(" ")
        action = handover.action_decline()
        self.env[action["res_model"]].with_user(self.agent_2).with_context(action["context"]).create(
            {"reason": "Not my region"}
        ).action_confirm()
        self.assertEqual((case.user_id, case.pending_user_id.id, handover.state), (self.agent, False, "declined"))
        self.assertIn("Not my region", case.activity_ids.filtered(lambda a: a.user_id == self.agent).note)

    def test_only_the_target_accepts(self):
        handover = self._hand_over(self.make_case(), self.agent_2)
        with self.assertRaises(AccessError):
            handover.with_user(self.agent).action_accept()
        handover.with_user(self.supervisor).action_accept()
        self.assertEqual(handover.case_id.user_id, self.agent_2)
        with self.assertRaisesRegex(UserError, "no longer pending"):
            handover.with_user(self.agent_2).action_accept()

    def test_giver_takes_it_back(self):
        case = self.make_case()
        handover = self._hand_over(case, self.agent_2)
        with self.assertRaises(AccessError):
            handover.with_user(self.agent_2).action_withdraw()
        handover.with_user(self.agent).action_withdraw()
        self.assertEqual((handover.state, case.pending_user_id.id), ("withdrawn", False))

    def test_rows_cannot_be_written_or_deleted(self):
        handover = self._hand_over(self.make_case(), self.agent_2)
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError):
                call_kw(
                    self.env["cs.handover"].with_user(user),
                    "write",
                    [[handover.id], {"state": "accepted"}],
                    {"context": {"_cs_server": True}},
                )
        with self.assertRaises(UserError):
            handover.sudo().unlink()

    def test_pending_hand_over_keeps_the_case_open(self):
        case = self.make_case(type_id=self.type_praise.id)
        self._hand_over(case, self.agent_2)
        with self.assertRaisesRegex(UserError, "hand-over to Agent Bo"):
            case.action_solve()

    def test_agent_cannot_reassign_silently(self):
        case = self.make_case()
        for values in ({"user_id": self.agent_2.id}, {"team_id": self.other_team.id}, {"user_id": False}):
            with self.subTest(values=values), self.assertRaisesRegex(AccessError, "Hand Over"):
                case.write(values)

    def test_agent_takes_a_case_without_owner(self):
        case = self.make_case(self.agent_2)
        case._cs_as_server().write({"user_id": False})
        case = case.with_user(self.agent)
        self.assertTrue(case.can_take)
        case.action_take()
        self.assertEqual(case.user_id, self.agent)

    def test_supervisor_reassigns_within_her_teams_only(self):
        case = self.make_case().with_user(self.supervisor)
        case.user_id = self.agent_2
        self.assertRecordValues(
            case.handover_ids.sorted("id")[-1:],
            [{"kind": "reassign", "from_user_id": self.agent.id, "to_user_id": self.agent_2.id, "state": "accepted"}],
        )
        case.team_id = self.other_team
        self.assertEqual(case.sudo().user_id, self.other_agent)
        foreign = self.make_case(self.other_agent, team_id=self.other_team.id)
        with self.assertRaises(AccessError):
            foreign.with_user(self.supervisor).user_id = self.agent
        foreign.with_user(self.manager).user_id = self.agent
        self.assertEqual(foreign.user_id, self.agent)

    def test_hand_overs_to_a_team_follow_its_turns(self):
        """Each case handed to a team is a turn of it; who hands over is not asked, own customer or not."""
        for user in (self.agent, self.agent_2):
            self.other_team.member_ids = [Command.create({"user_id": user.id})]
        cases = self.make_case() | self.make_case() | self.make_case()
        for case, expected in zip(cases, (self.other_agent, self.agent_2, self.other_agent), strict=True):
            self._hand_over(case, target="team", user_id=False, team_id=self.other_team.id)
            self.assertEqual(case.pending_user_id, expected)

    def test_other_people_of_the_team_do_not_give_a_case_away(self):
        case = self.make_case(self.agent_2)
        self.assertFalse(case.with_user(self.agent).can_hand_over)
        with self.assertRaisesRegex(AccessError, "Only Agent Bo or a supervisor"):
            self._hand_over(case, self.agent)
        self.assertFalse(case.pending_user_id or case.handover_ids.filtered(lambda row: row.state == "pending"))
        case.with_user(self.supervisor)._hand_over(self.agent, "Bo is ill")
        self.assertEqual((case.user_id, case.pending_user_id), (self.agent_2, self.agent))
        self.assertTrue(case.with_user(self.agent_2).can_withdraw, "the owner may keep the case")

    def test_nobody_takes_over_who_could_not_work_on_it(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = new_test_user(self.env, "cs_foreign", GROUP % "agent", company_id=company.id, company_ids=company.ids)
        case = self.make_case()
        for user in (foreign, self.employee_user, self.head):
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "no customer service agent"):
                self._hand_over(case, user)
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "no customer service agent"):
                case.with_user(self.manager).user_id = user
        with self.assertRaisesRegex(UserError, "nobody to hand over to"):
            headless = self.env["hr.department"].create({"name": "Headless"})
            self._hand_over(case, target="department", user_id=False, department_id=headless.id)
        self.assertFalse(case.pending_user_id)

    def test_one_hand_over_at_a_time_and_none_of_finished_cases(self):
        case = self.make_case(type_id=self.type_praise.id)
        self._hand_over(case, self.agent_2)
        with self.assertRaisesRegex(UserError, "Withdraw that hand-over first"):
            self._hand_over(case, self.agent_2)
        case.action_withdraw_handover()
        case.action_solve()
        with self.assertRaisesRegex(UserError, "is finished"):
            self._hand_over(case, self.agent_2)

    def test_strangers_of_higher_rank_neither_accept_nor_withdraw(self):
        """A supervisor of another team or a manager of another company gets nothing by sending the row's id."""
        handover = self._hand_over(self.make_case(), self.agent_2)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        strangers = [
            new_test_user(self.env, "cs_north", GROUP % "supervisor"),
            new_test_user(self.env, "cs_far", GROUP % "manager", company_id=company.id, company_ids=company.ids),
            self.head,
            self.employee_user,
        ]
        for user in strangers:
            for method in ("action_accept", "action_decline", "action_withdraw"):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    call_kw(self.env["cs.handover"].with_user(user), method, [handover.ids], {})
        self.assertEqual(handover.state, "pending")

    def test_leader_of_the_target_accepts_for_the_target_and_the_givers_does_not(self):
        north = new_test_user(self.env, "cs_north", GROUP % "supervisor", name="Nora North")
        self.other_team.user_id = north
        case = self.make_case()
        handover = self._hand_over(case, target="team", user_id=False, team_id=self.other_team.id)
        self.assertFalse(handover.with_user(self.supervisor).can_accept)
        with self.assertRaises(AccessError):
            handover.with_user(self.supervisor).action_accept()
        self.assertTrue(handover.with_user(north).can_accept)
        handover.with_user(north).action_accept()
        self.assertEqual((case.user_id, case.team_id), (self.other_agent, self.other_team))
        self.assertEqual((case.assign_reason, handover.settled_by_id), ("Accepted the hand-over", north))

    def test_new_team_puts_the_case_into_a_stage_of_its_own(self):
        desk = self.env["cs.case.stage"].create({"name": "Desk", "meaning": "open", "team_ids": self.team.ids})
        field = self.env["cs.case.stage"].create(
            {"name": "On Site", "meaning": "open", "sequence": 1, "team_ids": self.other_team.ids}
        )
        handed, moved = self.make_case(), self.make_case()
        (handed | moved).write({"stage_id": desk.id})
        self._hand_over(handed, target="team", user_id=False, team_id=self.other_team.id)
        handed.with_user(self.other_agent).action_accept_handover()
        moved.with_user(self.supervisor).team_id = self.other_team
        self.assertEqual((handed | moved).sudo().stage_id, field)

    def test_reassigning_says_why_and_settles_what_is_pending(self):
        case = self.make_case()
        handover = self._hand_over(case, self.agent_2)
        case.with_user(self.manager).user_id = self.supervisor
        self.assertEqual((handover.state, case.pending_user_id.id), ("withdrawn", False))
        self.assertEqual(case.assign_reason, "Reassigned by Max Manager")
        case.with_user(self.supervisor).action_take()
        self.assertEqual(case.user_id, self.supervisor)
        self.assertEqual(case.first_contact_id, self.agent)

    def test_moving_many_cases_costs_what_moving_few_costs(self):
        cases = (
            self.env["cs.case"]
            .with_user(self.manager)
            .create([{"subject": "x", "team_id": self.team.id, "channel_id": self.channel_mail.id}] * 24)
        )
        cases = cases.with_context(tracking_disable=True)

        def queries(some):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            some.write({"team_id": self.other_team.id})
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(cases[:2])
        few = queries(cases[2:4])
        self.assertLessEqual(queries(cases[4:]), few + 2 * 20, "following is per case in Odoo, all else is a batch")

    def test_forged_context_opens_nothing(self):
        case = self.make_case(self.agent_2)
        context = {"_cs_server": True, "cs_intake": True, "default_user_id": self.agent.id, "tracking_disable": True}
        for values in ({"user_id": self.agent.id}, {"pending_user_id": self.agent.id}, {"first_contact_id": False}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                call_kw(self.env["cs.case"].with_user(self.agent), "write", [case.ids, values], {"context": context})
        with self.assertRaises(AccessError):
            call_kw(
                self.env["cs.handover"].with_user(self.agent),
                "create",
                [[{"case_id": case.id, "kind": "reassign", "state": "accepted"}]],
                {"context": context},
            )

    def test_reminder_after_the_teams_working_hours_and_only_once(self):
        monday = datetime(2026, 11, 23, 14, 0)  # the company works until 16:00 UTC
        self.company.resource_calendar_id.tz = "UTC"
        with freeze_time(monday):
            handover = self._hand_over(self.make_case(), self.agent_2)
        self.assertGreaterEqual(handover.remind_at, monday + timedelta(hours=4))
        self.assertGreater(handover.remind_at.date(), monday.date(), "four working hours do not fit into the afternoon")
        activities = handover.case_id.activity_ids
        for moment, expected in ((monday + timedelta(hours=5), 0), (handover.remind_at, 2), (handover.remind_at, 0)):
            with freeze_time(moment), patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=1):
                self.env["cs.handover"]._cron_remind()
            added = handover.case_id.activity_ids - activities
            self.assertEqual(len(added), expected)
            activities |= added
        self.assertEqual(handover.reminded_at, fields.Datetime.to_datetime(handover.remind_at))
