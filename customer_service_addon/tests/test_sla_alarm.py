from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common_sla import CsSlaCommon

ACTIVITY = "customer_service_addon.mail_activity_type_cs_sla"


@tagged("post_install", "-at_install")
class TestSlaAlarm(CsSlaCommon):
    """Warned before, escalated after, each alarm exactly once (3.9-11, 3.9-12)."""

    def todos(self, case, user=None):
        found = self.alarms(case, ACTIVITY)
        return found.filtered(lambda todo: todo.user_id == user) if user else found

    def fired(self, case, code):
        return self.clock(case, code).alarm_ids.filtered(lambda alarm: alarm.state == "fired")

    def test_deadline_passes_once(self):
        """Without any step a missed deadline is found, noted at its own moment, and found once."""
        case = self.make_case()
        self.at("2026-06-01 04:05:00")
        self.fire()
        self.fire()
        clock = self.clock(case, "answered")
        self.assertRecordValues(clock, [{"outcome": "missed", "run_state": "running"}])
        missed = clock.event_ids.filtered(lambda event: event.kind == "missed")
        self.assertEqual(missed.mapped("at"), [datetime(2026, 6, 1, 4)])

    def test_steps_before_and_after_in_working_time(self):
        self.add_step("solved", trigger="before", amount=10, time_unit="h", whom="owner")
        self.add_step("solved", trigger="after", amount=2, time_unit="h", whom="leader")
        case = self.make_case()  # until Thursday 18:00
        due = self.clock(case, "solved").alarm_ids.sorted("due_at").mapped("due_at")
        self.assertEqual(due, [datetime(2026, 6, 3, 9), datetime(2026, 6, 4, 10), datetime(2026, 6, 5, 3)])

    def test_owner_is_warned_and_leader_told(self):
        self.add_step("answered", trigger="percent", amount=50, whom="owner")
        self.add_step("answered", trigger="percent", amount=100, whom="leader")
        case = self.make_case()
        self.at("2026-06-01 03:01:00")
        self.fire()
        self.assertEqual(self.todos(case).user_id, self.agent)
        self.at("2026-06-01 04:01:00")
        self.fire()
        self.assertEqual(self.todos(case).user_id, self.agent | self.supervisor)

    def test_outside_working_hours_nothing_fires_at_once(self):
        self.add_step("answered", trigger="percent", amount=1, whom="owner")
        self.at("2026-06-05 12:00:00")
        case = self.make_case()
        self.at("2026-06-07 12:00:00")
        self.fire()
        self.assertFalse(self.todos(case))

    def test_a_hold_keeps_alarms_back(self):
        self.add_step("answered", trigger="percent", amount=50, whom="owner")
        case = self.make_case()
        case._hold(self.parts)
        self.at("2026-06-03 02:00:00")
        self.fire()
        self.assertFalse(self.todos(case))
        case._resume("resumed")
        self.at("2026-06-03 03:00:00")
        self.fire()
        self.assertTrue(self.todos(case))

    def test_reaching_takes_the_to_do_back(self):
        self.add_step("answered", trigger="percent", amount=50, whom="owner")
        case = self.make_case()
        self.at("2026-06-01 03:01:00")
        self.fire()
        self.answer(case)
        self.assertFalse(self.todos(case))
        self.assertFalse(self.clock(case, "answered").alarm_ids.filtered(lambda alarm: alarm.state == "pending"))

    def test_more_than_one_batch_in_one_run(self):
        """3.9-11: a hundred and more due at once all fire, once each."""
        self.add_step("answered", trigger="percent", amount=50, whom="owner")
        cases = self.env["cs.case"].create(
            [
                {
                    "subject": f"Call {n}",
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                    "type_id": self.type_inquiry.id,
                }
                for n in range(60)
            ]
        )
        self.at("2026-06-01 04:05:00")
        self.fire(batch=25)
        alarms = self.env["cs.sla.alarm"].search([("clock_id.res_id", "in", cases.ids), ("state", "=", "fired")])
        self.assertEqual(len(alarms), 120)
        self.assertEqual(len(alarms.notice_ids), 60)
        self.fire(batch=25)
        self.assertEqual(len(alarms.notice_ids), 60)

    def test_one_message_per_person_and_run(self):
        self.add_step("answered", trigger="percent", amount=50, whom="owner", mail=True)
        first, second = self.make_case(), self.make_case()
        self.at("2026-06-01 03:05:00")
        self.fire()
        mails = self.env["mail.mail"].search([("email_to", "ilike", self.agent.email)])
        self.assertEqual(len(mails), 1)
        self.assertIn(first.name, mails.body_html)
        self.assertIn(second.name, mails.body_html)
        self.fire()
        self.assertEqual(len(self.env["mail.mail"].search([("email_to", "ilike", self.agent.email)])), 1)

    def test_the_job_is_called_for_short_clocks(self):
        """A 15-minute clock is not found after 30 minutes."""
        cron = self.env.ref("customer_service_addon.ir_cron_cs_sla_alarm")
        self.env["ir.cron"].browse(cron.id).nextcall = datetime(2026, 6, 1, 10)
        self.policy.active = False
        self.make_policy("Region", {"closed": (15, "wmin")})
        before = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.make_case()
        added = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]) - before
        self.assertEqual(added.mapped("call_at"), [datetime(2026, 6, 1, 2, 15)])

    # ------------------------------------------------------------------
    # Acknowledging
    # ------------------------------------------------------------------

    def _chain(self):
        self.add_step("answered", trigger="percent", amount=50, whom="owner")
        self.add_step("answered", trigger="percent", amount=75, whom="leader")
        case = self.make_case()
        self.at("2026-06-01 03:01:00")
        self.fire()
        return case, self.fired(case, "answered")

    def _assert_chain_stopped(self, case, alarm, user):
        self.assertEqual(alarm.acknowledged_by_id, user)
        self.at("2026-06-01 04:01:00")
        self.fire()
        self.assertFalse(self.todos(case, self.supervisor))
        self.assertEqual(self.clock(case, "answered").outcome, "missed", "The deadline itself is not acknowledged away")

    def test_button_stops_the_chain(self):
        case, alarm = self._chain()
        with self.assertRaises(AccessError):
            alarm.with_user(self.agent_2).action_acknowledge()
        alarm.with_user(self.agent).action_acknowledge()
        self._assert_chain_stopped(case, alarm, self.agent)
        self.assertIn("acknowledged", self.kinds(self.clock(case, "answered")))

    def test_doing_the_to_do_stops_the_chain(self):
        case, alarm = self._chain()
        self.todos(case).with_user(self.agent).action_done()
        self._assert_chain_stopped(case, alarm, self.agent)

    def test_team_leader_may_acknowledge(self):
        case, alarm = self._chain()
        alarm.with_user(self.supervisor).action_acknowledge()
        self._assert_chain_stopped(case, alarm, self.supervisor)

    # ------------------------------------------------------------------
    # Whom and what
    # ------------------------------------------------------------------

    def _told(self, **step):
        record = self.add_step("answered", trigger="percent", amount=50, **step)
        case = self.make_case(department_id=self.department.id)
        self.at("2026-06-01 03:01:00")
        self.fire()
        alarm = self.clock(case, "answered").alarm_ids.filtered(lambda alarm: alarm.escalation_id == record)
        return case, alarm

    def test_whom(self):
        boss = self.env["hr.employee"].create({"name": self.manager.name, "user_id": self.manager.id})
        self.head_employee.parent_id = boss
        group = self.env.ref("customer_service_addon.group_cs_department_head")
        for whom, users, values in (
            ("owner", self.agent, {}),
            ("first_contact", self.agent, {}),
            ("leader", self.supervisor, {}),
            ("department", self.head, {}),
            ("department_parent", self.manager, {}),
            ("users", self.agent_2, {"user_ids": [Command.set(self.agent_2.ids)]}),
            ("group", self.head, {"group_id": group.id}),
        ):
            with self.subTest(whom=whom):
                _case, alarm = self._told(whom=whom, **values)
                self.assertTrue(users <= alarm.notice_ids.user_id)
                self.at("2026-06-01 02:00:00")

    def test_nobody_there_goes_up_and_never_falls_silent(self):
        self.head_employee.user_id = False
        self.team.user_id = False
        _case, alarm = self._told(whom="department")
        self.assertIn(self.manager, alarm.notice_ids.user_id)

    def test_raise_and_reassign(self):
        case, _alarm = self._told(whom="leader", raise_priority=True, reassign=True)
        self.assertTrue(case.is_urgent)
        self.assertEqual(case.user_id, self.supervisor)
        self.assertIn(self.supervisor, case.sudo().handover_ids.to_user_id)

    def test_a_failing_server_action_stops_nobody_else(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Broken",
                "model_id": self.env["ir.model"]._get_id("cs.case"),
                "state": "code",
                "code": "raise UserError('No way')",
            }
        )
        broken = self.add_step("answered", trigger="percent", amount=40, whom="owner", server_action_id=action.id)
        case, alarm = self._told(whom="owner")
        failed = self.clock(case, "answered").alarm_ids.filtered(lambda alarm: alarm.escalation_id == broken)
        self.assertRecordValues(failed | alarm, [{"state": "failed"}, {"state": "fired"}])
        self.assertIn("No way", failed.error)

    def test_server_actions_are_the_administrators(self):
        action = self.env["ir.actions.server"].create(
            {"name": "Any", "model_id": self.env["ir.model"]._get_id("cs.case"), "state": "code", "code": "pass"}
        )
        step = self.add_step("answered", trigger="percent", amount=50, whom="owner").with_user(self.manager)
        step.amount = 60
        with self.assertRaises(AccessError):
            step.server_action_id = action
        with self.assertRaises(AccessError):
            step.copy({"server_action_id": action.id})

    def test_a_record_being_saved_is_fired_by_the_next_run(self):
        self.add_step("answered", trigger="percent", amount=50, whom="leader", raise_priority=True)
        case = self.make_case()
        self.at("2026-06-01 03:01:00")
        cases = self.registry["cs.case"]
        with patch.object(cases, "try_lock_for_update", lambda records, **_options: records.browse()):
            self.fire()
        self.assertFalse(self.fired(case, "answered") or case.is_urgent)
        self.fire()
        self.assertTrue(self.fired(case, "answered") and case.is_urgent)

    def test_firing_more_costs_no_more_queries(self):
        self.add_step("answered", trigger="percent", amount=50, whom="owner", mail=True)
        values = {"subject": "Call", "team_id": self.team.id, "user_id": self.agent.id, "type_id": self.type_inquiry.id}
        counts = []
        for size in (10, 60, 120):
            self.env["cs.case"].create([values] * size)
            start = datetime(2026, 6, 1, 4, 5) + timedelta(days=7 * len(counts))
            self.at(str(start))
            self.env.flush_all()
            with self.enter_registry_test_mode(), self.registry.cursor() as cr:
                before = cr.sql_log_count
                self.env(cr=cr)["cs.sla.alarm"]._cron_fire()
                counts.append(cr.sql_log_count - before)
            self.env.invalidate_all()
            self.at(str(start + timedelta(days=6, hours=21)))
        self.assertLessEqual(counts[2] - counts[1], 12, counts)
