from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import freeze_time, tagged

from .common import CsCommon


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
