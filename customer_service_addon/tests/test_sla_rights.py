from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_sla import CsSlaCommon

COLUMNS = ("sla_policy_id", "sla_run", "sla_deadline", "sla_risk_at", "sla_milestone")
MILESTONES = ("acknowledged_at", "accepted_at", "first_answered_at", "solved_at", "closed_at")


@tagged("post_install", "-at_install")
class TestSlaRights(CsSlaCommon):
    """Proof stays proof: nobody forges a clock, whatever the way in (3.9-22)."""

    def _roles(self):
        portal = new_test_user(self.env, login="cs_portal", groups="base.group_portal")
        return self.agent, self.supervisor, self.manager, self.head, portal, self.env.ref("base.user_root")

    def test_rows_are_nobodys(self):
        case = self.make_case()
        self.add_step("answered", trigger="percent", amount=50, whom="owner")
        clock = self.clock(case, "answered")
        rows = {
            "cs.sla.clock": (clock, {"outcome": "met"}),
            "cs.sla.event": (clock.event_ids[:1], {"kind": "met"}),
            "cs.sla.alarm": (clock.alarm_ids[:1], {"state": "void"}),
        }
        for user in self._roles():
            for model, (record, values) in rows.items():
                with self.subTest(user=user.login, model=model):
                    self._assert_closed(record.with_user(user), values)

    def _assert_closed(self, record, values):
        with self.assertRaises(AccessError):
            record.write(values)
        with self.assertRaises(AccessError):
            record.unlink()
        with self.assertRaises(AccessError):
            record.copy()
        with self.assertRaises(AccessError):
            record.create({"clock_id": 1, **values})

    def test_import_creates_no_rows(self):
        clock = self.clock(self.make_case(), "answered")
        before = self.env["cs.sla.event"].search_count([])
        result = (
            self.env["cs.sla.event"]
            .with_user(self.manager)
            .load(["clock_id/.id", "kind", "at"], [[str(clock.id), "Reached in Time", "2026-06-01 02:00:00"]])
        )
        self.assertFalse(result["ids"])
        self.assertTrue(result["messages"])
        self.assertEqual(self.env["cs.sla.event"].search_count([]), before)

    def test_columns_and_milestones_are_the_servers(self):
        case = self.make_case()
        moment = datetime(2020, 1, 1)
        for user in (self.agent, self.supervisor, self.manager):
            for name in COLUMNS + MILESTONES:
                value = {"sla_policy_id": self.policy.id, "sla_run": "done", "sla_milestone": "cs.case/closed"}.get(
                    name, moment
                )
                with self.subTest(user=user.login, field=name):
                    with self.assertRaises(AccessError):
                        case.with_user(user).write({name: value})
                    with self.assertRaises(AccessError):
                        self.make_case(user, **{name: value})
        copied = case.with_user(self.agent).copy()
        self.assertFalse(copied.first_answered_at or copied.solved_at)

    def test_defaults_of_the_caller_are_not_believed(self):
        case = (
            self.env["cs.case"]
            .with_user(self.agent)
            .with_context(
                default_sla_deadline="2030-01-01 00:00:00",
                default_sla_run="done",
                default_first_answered_at="2020-01-01",
            )
        )
        case = case.create({"subject": "Forged", "team_id": self.team.id, "type_id": self.type_inquiry.id})
        self.assertEqual((case.sla_run, case.first_answered_at), ("running", False))
        self.assertEqual(case.sla_deadline, datetime(2026, 6, 1, 4))

    def test_who_sees_which_clocks(self):
        own = self.make_case(department_id=self.department.id)
        foreign = self.make_case(self.other_agent, team_id=self.other_team.id)
        clocks = self.clock(own, "answered") | self.clock(foreign, "answered")
        for user, visible in (
            (self.agent, own),
            (self.agent_2, own),
            (self.supervisor, own),
            (self.other_agent, foreign),
            (self.manager, own | foreign),
            (self.head, own),
        ):
            with self.subTest(user=user.login):
                found = self.env["cs.sla.clock"].with_user(user).search([("id", "in", clocks.ids)])
                self.assertEqual(set(found.mapped("res_id")), set(visible.ids))

    def test_open_clocks_follow_their_case(self):
        case = self.make_case()
        case.with_user(self.supervisor).write({"team_id": self.other_team.id, "user_id": self.other_agent.id})
        self.assertRecordValues(
            self.clock(case, "solved"), [{"team_id": self.other_team.id, "user_id": self.other_agent.id}]
        )

    def test_policies_are_the_managers(self):
        with self.assertRaises(AccessError):
            self.policy.with_user(self.supervisor).write({"name": "Mine"})
        self.policy.with_user(self.manager).write({"name": "Changed", "domain": "[('is_urgent', '=', False)]"})
        with self.assertRaises(AccessError):
            self.policy.with_user(self.manager).write({"version": 7})

    def test_back_dating_is_a_supervisors_and_leaves_an_event(self):
        case = self.make_case()
        self.at("2026-06-01 05:00:00")
        self.answer(case)
        clock = self.clock(case, "answered")
        self.assertEqual(clock.outcome, "missed")
        moment = datetime(2026, 6, 1, 3)
        with self.assertRaises(AccessError):
            case.with_user(self.agent)._sla_correct("answered", moment, "By phone")
        for wrong in (datetime(2026, 6, 2), datetime(2026, 5, 1)):
            with self.assertRaises(UserError):
                case.with_user(self.supervisor)._sla_correct("answered", wrong, "By phone")
        wizard = (
            self.env["cs.sla.correction"]
            .with_user(self.supervisor)
            .create({"case_id": case.id, "code": "answered", "moment": moment, "reason": "By phone"})
        )
        wizard.action_confirm()
        self.assertRecordValues(clock, [{"outcome": "met", "reached_at": moment, "overrun_s": 0, "consumed_s": 3600}])
        corrected = clock.event_ids.filtered(lambda event: event.kind == "corrected")
        self.assertRecordValues(corrected, [{"note": "By phone", "user_id": self.supervisor.id, "at": moment}])
