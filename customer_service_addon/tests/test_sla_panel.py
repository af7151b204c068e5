from datetime import datetime

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common_sla import CsSlaCommon
from .test_portal import PortalCommon

SLA_FIELDS = (
    "sla_policy_id",
    "sla_run",
    "sla_deadline",
    "sla_risk_at",
    "sla_milestone",
    "sla_state",
    "sla_why",
)

SEARCHED = {"sla_state": "late", "sla_run": "running", "sla_milestone": "cs.case/answered"}


@tagged("post_install", "-at_install")
class TestSlaPanel(CsSlaCommon):
    """What is due when, how much is left, who held the case up: one look at the form (3.9-18)."""

    def panel(self, case, user=None):
        self.env.flush_all()
        return case.with_user(user or self.agent).sla_panel()

    def entry(self, case, code, user=None, place=0):
        name = code.title()
        return [clock for clock in self.panel(case, user)["clocks"] if clock["name"] == name][place]

    def test_figures_of_a_running_clock(self):
        """Two working hours from ten o'clock: at eleven half is used, at lunch on the wall nothing changes."""
        case = self.make_case()
        self.at("2026-06-01 03:00:00")
        clock = self.entry(case, "answered")
        self.assertEqual((clock["run"], clock["situation"], clock["outcome"]), ("running", "today", "none"))
        self.assertEqual((clock["started_at"], clock["deadline"]), ("2026-06-01 02:00:00", "2026-06-01 04:00:00"))
        self.assertEqual((clock["budget_s"], clock["used_s"], clock["left_s"]), (7200, 3600, 3600))
        self.assertEqual((clock["wall_s"], clock["percent"], clock["granted"]), (3600, 50, "2 Working Hours"))
        self.assertEqual(clock["spans"][:2], [(clock["spans"][0]), ("2026-06-02 01:00:00", "2026-06-02 10:00:00")])
        self.assertEqual(clock["spans"][0], ("2026-06-01 03:00:00", "2026-06-01 10:00:00"))

    def test_working_time_and_the_wall_differ(self):
        """Friday evening: three working hours are left, the deadline is far off on the wall."""
        self.at("2026-06-05 09:00:00")
        case = self.make_case()
        self.at("2026-06-05 11:00:00")
        clock = self.entry(case, "answered")
        self.assertEqual(clock["deadline"], "2026-06-08 02:00:00")
        self.assertEqual((clock["left_s"], clock["wall_s"]), (3600, 63 * 3600))

    def test_overrun_is_negative_working_time(self):
        case = self.make_case()
        self.at("2026-06-02 02:00:00")
        clock = self.entry(case, "answered")
        self.assertEqual((clock["situation"], clock["left_s"]), ("late", -7 * 3600))
        self.assertEqual((clock["overrun_s"], clock["percent"]), (7 * 3600, 100))

    def test_time_on_the_wall_goes_on_at_night(self):
        case = self.make_case()
        self.at("2026-06-02 02:00:00")
        clock = self.entry(case, "closed")
        self.assertFalse(clock["working"])
        self.assertEqual((clock["used_s"], clock["left_s"]), (24 * 3600, 216 * 3600))
        self.assertEqual(clock["spans"], [("2026-06-02 02:00:00", "2026-06-06 02:00:00")])

    def test_on_hold_the_clock_stands_still_and_says_why(self):
        case = self.make_case()
        self.at("2026-06-01 03:00:00")
        case._hold(self.parts, note="Until Friday")
        self.at("2026-06-03 03:00:00")
        clock = self.entry(case, "answered")
        self.assertEqual((clock["situation"], clock["deadline"], clock["spans"]), ("hold", False, []))
        self.assertEqual((clock["used_s"], clock["left_s"]), (3600, 3600))
        event = clock["events"][-1]
        self.assertEqual((event["what"], event["who"], event["reason"]), ("Put on Hold", "Agent Anna", self.parts.name))

    def test_hold_of_no_length_is_written_down_whole(self):
        """Put on hold and taken up again within a second: the events say both, so that a rebuilt clock runs."""
        case = self.make_case()
        case._hold(self.parts)
        case._resume("resumed")
        clock = self.clock(case, "answered")
        self.assertEqual(self.kinds(clock), ["start", "pause", "resume"])
        self.assertEqual(self.env["cs.sla.engine"]._rebuild(clock), 0)

    def test_ended_and_former_rounds(self):
        case = self.make_case()
        self.at("2026-06-01 05:00:00")
        self.answer(case)
        case._sla_restart("answered")
        rounds = [clock for clock in self.panel(case)["clocks"] if clock["name"] == "Answered"]
        self.assertEqual(
            [(c["round"], c["current"], c["run"]) for c in rounds], [(2, True, "running"), (1, False, "ended")]
        )
        former = rounds[1]
        self.assertEqual((former["outcome_label"], former["overrun_s"], former["left_s"]), ("Missed", 3600, False))
        self.assertEqual(former["reached_at"], "2026-06-01 05:00:00")

    def test_no_deadline_says_why(self):
        self.team.resource_calendar_id.schedule_type = "flexible"
        self.env.registry.clear_cache()
        clock = self.entry(self.make_case(), "answered")
        self.assertEqual(clock["situation"], "blocked")
        self.assertTrue(clock["blocker"].startswith("Flexible working hours"))
        self.assertFalse(clock["left_s"] or clock["deadline"])

    def test_policy_and_reason(self):
        panel = self.panel(self.make_case())
        self.assertEqual((panel["policy"], panel["version"]), ("Standard", 1))
        self.assertIn("first of 1 policies", panel["why"])
        self.policy.active = False
        self.assertFalse(self.panel(self.make_case()), "Without any policy there is no panel")

    def test_buttons_follow_the_case_and_the_role(self):
        case = self.make_case(department_id=self.department.id)

        def names(user):
            return [button["name"] for button in self.panel(case, user)["buttons"]]

        self.assertEqual(names(self.agent), ["action_hold"])
        self.assertEqual(names(self.supervisor), ["action_hold", "action_sla_correct"])
        self.assertEqual(names(self.head), [])
        case._hold(self.parts)
        self.assertEqual(names(self.agent), ["action_resume"])
        self.assertEqual(self.env["cs.sla.mixin"]._sla_panel_buttons(), [], "A generic model has none")

    def test_alarm_is_acknowledged_by_who_was_told(self):
        self.add_step("answered", trigger="percent", amount=50, whom="owner")
        case = self.make_case(department_id=self.department.id)
        self.at("2026-06-01 03:01:00")
        self.assertFalse(self.entry(case, "answered")["alarms"], "What is to come is not listed")
        self.fire()
        may = {
            user: self.entry(case, "answered", user)["alarms"][0]["can_acknowledge"]
            for user in (self.agent, self.agent_2, self.supervisor, self.manager, self.head)
        }
        self.assertEqual(list(may.values()), [True, False, True, True, False])
        alarm = self.entry(case, "answered")["alarms"][0]
        self.assertEqual((alarm["told"], alarm["acknowledged_at"]), ("Agent Anna", False))
        self.env["cs.sla.alarm"].browse(alarm["id"]).with_user(self.agent).action_acknowledge()
        alarm = self.entry(case, "answered")["alarms"][0]
        self.assertEqual((alarm["acknowledged_by"], alarm["can_acknowledge"]), ("Agent Anna", False))

    def test_who_may_not_read_the_case_gets_no_panel(self):
        case = self.make_case()
        for user in (self.other_agent, self.head, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.panel(case, user)

    def test_correction_is_a_supervisors(self):
        case = self.make_case()
        action = case.with_user(self.supervisor).action_sla_correct()
        self.assertEqual((action["res_model"], action["context"]), ("cs.sla.correction", {"default_case_id": case.id}))
        with self.assertRaises(AccessError):
            self.env["cs.sla.correction"].with_user(self.agent).create({"case_id": case.id})

    def test_labels_are_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["base.language.install"].create(
            {"lang_ids": [self.env.ref("base.lang_zh_CN").id], "overwrite": True}
        ).lang_install()
        panel = self.make_case().with_user(self.agent).with_context(lang="zh_CN").sla_panel()
        self.assertNotEqual(panel["labels"]["risk"], "At Risk")

    def test_queries_are_constant(self):
        """One clock or five rounds of three clocks, with holds and alarms: the same number of queries."""
        self.add_step("answered", trigger="percent", amount=10, whom="owner")
        few = self.make_case()
        many = self.make_case()
        for day in range(1, 5):
            self.at(f"2026-06-{day:02} 05:00:00")
            many._hold(self.parts)
            self.at(f"2026-06-{day:02} 06:00:00")
            many._resume("resumed")
            self.answer(many)
            many._sla_restart("answered")
        self.fire()
        self.assertGreater(len(self.clocks(many, "answered")), 4)

        def count(case):
            self.panel(case)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            case.with_user(self.agent).sla_panel()
            return self.env.cr.sql_log_count - before

        few_queries, many_queries = count(few), count(many)
        self.assertLessEqual(many_queries - few_queries, 2)
        self.assertLessEqual(many_queries, 24)


@tagged("post_install", "-at_install")
class TestSlaPortal(PortalCommon):
    """Customers see the promised date only (issue: “Portal: the promised date only”)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["cs.sla.policy"].search([]).active = False
        cls.env["cs.sla.policy"].create(
            {
                "name": "Inner Policy of the House",
                "company_id": cls.company.id,
                "target_ids": [
                    Command.create(
                        {"name": "Inner Target", "to_milestone": "cs.case/answered", "amount": 2, "unit": "h"}
                    )
                ],
            }
        )
        cls.case = cls.make_case(partner_id=cls.portal_a.partner_id.id, subject="Brakes of A")

    def test_no_field_over_rpc(self):
        cases = self.env["cs.case"].with_user(self.portal_a)
        self.assertTrue(self.case.sla_deadline)
        self.assertTrue(cases.browse(self.case.id).read(["next_promise_at"]))
        for name in SLA_FIELDS:
            with self.subTest(name=name):
                self.assertNotIn(name, cases.fields_get())
                with self.assertRaises(AccessError):
                    cases.browse(self.case.id).read([name])
                with self.assertRaises(AccessError):
                    cases.search([(name, "=", SEARCHED.get(name))])
                with self.assertRaises(AccessError):
                    call_kw(cases, "search_read", [[]], {"fields": ["name"], "order": f"{name} desc"})
        with self.assertRaises(AccessError):
            call_kw(cases, "sla_panel", [[self.case.id]], {})
        for model in ("cs.sla.clock", "cs.sla.event", "cs.sla.alarm", "cs.sla.report", "cs.sla.policy"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.portal_a).search_count([])

    def test_pages_show_the_promise_only(self):
        self._login(self.portal_a)
        for url in ("/my/cases", f"/my/cases/{self.case.id}"):
            page = self.url_open(url).text
            self.assertIn("Brakes of A", page)
            for word in ("Inner Policy", "Inner Target", "sla_"):
                self.assertNotIn(word, page)


@tagged("post_install", "-at_install")
class TestSlaMonitor(CsSlaCommon):
    """The manager sees whether deadlines are watched at all (3.9: a monitor line in Settings)."""

    def monitor(self):
        return self.env["cs.settings"].with_user(self.manager).create({})

    def test_due_and_oldest(self):
        self.env["cs.sla.alarm"].flush_model()
        self.add_step("answered", trigger="percent", amount=50, whom="owner")
        before = self.monitor().sla_due_count
        self.make_case()
        self.assertEqual(self.monitor().sla_due_count, before)
        self.at("2026-06-01 04:30:00")
        settings = self.monitor()
        self.assertEqual(settings.sla_due_count, before + 2, "the step and the deadline itself")
        self.assertEqual(settings.sla_oldest_due_at, datetime(2026, 6, 1, 3))
        self.fire()
        self.assertEqual(self.monitor().sla_due_count, 0)
        self.assertFalse(self.monitor().sla_oldest_due_at)

    def test_failures_with_their_reason(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Breaks",
                "model_id": self.env["ir.model"]._get_id("cs.case"),
                "state": "code",
                "code": "raise UserError('The workshop does not answer')",
            }
        )
        self.add_step("answered", trigger="percent", amount=50, whom="owner", server_action_id=action.id)
        case = self.make_case()
        self.at("2026-06-01 03:30:00")
        self.fire()
        settings = self.monitor()
        self.assertEqual(settings.sla_failed_count, 1)
        self.assertIn(case.name, settings.sla_last_error)
        self.assertIn("The workshop does not answer", settings.sla_last_error)
        failed = settings.action_sla_failed()
        self.assertEqual(failed["res_model"], "cs.sla.alarm")

    def test_last_run_and_recomputation(self):
        job = self.env.ref("customer_service_addon.ir_cron_cs_sla_alarm")
        job.lastcall = datetime(2026, 6, 1, 1, 50)
        settings = self.monitor()
        self.assertEqual(settings.sla_last_run, datetime(2026, 6, 1, 1, 50))
        self.env["cs.sla.recompute"].search([]).unlink()
        self.assertEqual(self.monitor().sla_recomputing, "Nothing to compute again")
        self.env["cs.sla.recompute"]._queue([{"kind": "team", "team_id": self.team.id, "reason": "Hotline"}])
        self.assertEqual(self.monitor().sla_recomputing, "Hotline: not begun, 0 more waiting")

    def test_closed_to_supervisors(self):
        with self.assertRaises(AccessError):
            self.monitor().with_user(self.supervisor).read(["sla_due_count"])
        with self.assertRaises(AccessError):
            self.monitor().with_user(self.supervisor).action_sla_failed()
