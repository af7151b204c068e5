from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from lxml import etree

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged, users

from . import test_performance_views as meter
from .common import CsCommon

VIEWS = {
    "cs.sla.clock": ("list", "calendar", "form", "search"),
    "cs.sla.report": ("graph", "pivot", "list", "search"),
    "cs.sla.alarm": ("list", "search"),
}


def _suite(name):
    """Return the id under which the browser's test runner knows the suite ``name``."""
    number = 0
    for char in name:
        number = ((number << 5) - number + ord(char)) & 0xFFFFFFFF
    return f"{number:08x}"


class CsSlaUiCommon(CsCommon):
    """One policy with an answer within two hours of the clock, so that tours do not depend on the time of the day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["cs.sla.policy"].search([]).active = False
        cls.policy = cls.env["cs.sla.policy"].create(
            {
                "name": "Standard",
                "company_id": cls.company.id,
                "target_ids": [
                    Command.create(
                        {
                            "name": "First Answer",
                            "to_milestone": "cs.case/answered",
                            "amount": 2,
                            "unit": "h",
                            "escalation_ids": [Command.create({"trigger": "percent", "amount": 50, "whom": "owner"})],
                        }
                    ),
                    Command.create({"name": "Solution", "to_milestone": "cs.case/solved", "amount": 20, "unit": "d"}),
                ],
            }
        )


@tagged("post_install", "-at_install")
class TestUiSla(CsSlaUiCommon, HttpCase):
    """Deadlines in a real browser: panel, work queue, policies (3.9-18)."""

    def test_panel_in_the_browser(self):
        """Its unit tests: the countdown, holds, alarms, former rounds."""
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={_suite('@customer_service_addon')}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
        )

    def test_agent_waits_and_goes_on_from_the_panel(self):
        case = self.make_case(subject="Deadline of the brakes", user_id=self.agent.id)
        self.start_tour("/odoo", "cs_sla_panel_tour", login=self.agent.login)
        self.assertEqual(case.meaning, "open")
        clock = self.env["cs.sla.clock"].search(
            [("res_model", "=", "cs.case"), ("res_id", "=", case.id), ("milestone", "=", "cs.case/answered")]
        )
        self.assertEqual(clock.event_ids.mapped("kind"), ["start", "pause", "resume"])

    def test_agent_acknowledges_an_alarm(self):
        case = self.make_case(
            subject="Deadline with an alarm",
            user_id=self.agent.id,
            received_at=fields.Datetime.now() - timedelta(minutes=70),
        )
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["cs.sla.alarm"]._cron_fire()
        self.env.invalidate_all()
        self.start_tour(f"/odoo/cs-cases/{case.id}", "cs_sla_alarm_tour", login=self.agent.login)
        alarm = self.env["cs.sla.alarm"].search(
            [("clock_id.res_id", "=", case.id), ("clock_id.res_model", "=", "cs.case"), ("state", "=", "fired")]
        )
        self.assertEqual(alarm.acknowledged_by_id, self.agent)

    def test_agent_works_through_the_queue(self):
        self.make_case(subject="Deadline of the brakes", user_id=self.agent.id)
        self.start_tour("/odoo", "cs_sla_queue_tour", login=self.agent.login)

    def test_manager_sets_up_a_policy(self):
        """Filter, target and alarm by a manager who has no technical right; compared before it is applied."""
        urgent = self.make_case(subject="Deadline of the brakes", is_urgent=True)
        self.start_tour("/odoo", "cs_sla_policy_tour", login=self.manager.login)
        policy = self.env["cs.sla.policy"].search([("name", "=", "Urgent Ones")])
        self.assertEqual((urgent | self.make_case()).filtered_domain(policy._domain()), urgent)
        self.assertRecordValues(
            policy.target_ids, [{"name": "Answer", "to_milestone": "cs.case/answered", "amount": 3}]
        )
        self.assertRecordValues(policy.target_ids.escalation_ids, [{"trigger": "percent", "amount": 60}])
        self.assertEqual(self.env["cs.sla.recompute"].search([("policy_id", "=", policy.id)]).kind, "policy")

    def test_supervisor_corrects_a_date(self):
        case = self.make_case(subject="Deadline of the brakes")
        case._cs_as_server().write({"first_answered_at": fields.Datetime.now()})
        self.start_tour(f"/odoo/cs-cases/{case.id}", "cs_sla_correction_tour", login=self.supervisor.login)
        event = self.env["cs.sla.event"].search([("kind", "=", "corrected"), ("note", "=", "By phone")])
        self.assertIn(case.id, event.clock_id.mapped("res_id"))

    def test_manager_reads_the_report(self):
        case = self.make_case()
        case._cs_as_server().write({"first_answered_at": fields.Datetime.now()})
        self.start_tour("/odoo/cs-deadlines-kept", "cs_sla_report_tour", login=self.manager.login)


@tagged("post_install", "-at_install")
class TestUiSlaViews(CsSlaUiCommon):
    """Every view of deadlines opens for whoever has its menu, and its filters can be used."""

    def test_every_role_opens_every_view(self):
        for user in (self.agent, self.supervisor, self.manager, self.head):
            for model, kinds in VIEWS.items():
                with self.subTest(user=user.login, model=model):
                    views = self.env[model].with_user(user).get_views([(False, kind) for kind in kinds])
                    self.assertEqual(set(views["views"]), set(kinds))

    def test_every_filter_can_be_used(self):
        case = self.make_case(user_id=self.agent.id)
        for model in (*VIEWS, "cs.case"):
            records = self.env[model].with_user(self.agent)
            arch = etree.fromstring(records.get_views([(False, "search")])["views"]["search"]["arch"])
            for node in arch.xpath("//filter[@domain]"):
                with self.subTest(model=model, filter=node.get("name")):
                    records.search_count(self._evaluate(node.get("domain")))
            for node in arch.xpath("//filter[contains(@context, 'group_by')]"):
                group = self._evaluate(node.get("context"))["group_by"]
                with self.subTest(model=model, group=group):
                    records.formatted_read_group([], [group], ["__count"])
        self.assertTrue(case.sla_deadline)

    def _evaluate(self, text):
        return eval(text, {"uid": self.agent.id})  # noqa: S307

    def test_queue_is_the_open_clocks_of_the_agent(self):
        own = self.make_case(user_id=self.agent.id)
        self.make_case(self.other_agent, team_id=self.other_team.id, user_id=self.other_agent.id)
        clocks = self.env["cs.sla.clock"].with_user(self.agent)
        mine = clocks.search([("user_id", "=", self.agent.id), ("current", "=", True), ("run_state", "!=", "ended")])
        self.assertLessEqual({own.id}, set(mine.mapped("res_id")))
        self.assertEqual(mine.mapped("deadline"), sorted(mine.mapped("deadline")))
        action = mine[:1].action_open_record()
        self.assertEqual(action["res_model"], "cs.case")

    def test_due_today_is_today_of_the_reader(self):
        """A deadline tomorrow at risk already is not due today; one that passed this morning is."""
        domain = self._filter_domain("cs.case", "sla_today")
        case = self.make_case()
        reader = self.env["cs.case"].with_user(self.agent).with_context(tz="Asia/Shanghai")
        local = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai"))
        noon = local.replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC).replace(tzinfo=None)
        # What is still to be written of the new case would otherwise overwrite the first moment.
        self.env.flush_all()
        for moment, expected in ((noon, True), (noon + timedelta(days=2), False), (noon - timedelta(days=1), False)):
            self.env.cr.execute(
                "UPDATE cs_case SET sla_deadline = %s, sla_risk_at = now() - interval '1 h' WHERE id = %s",
                [moment, case.id],
            )
            self.env.invalidate_all()
            found = reader.search([("id", "=", case.id), *domain])
            self.assertEqual(bool(found), expected)

    def _filter_domain(self, model, name):
        arch = self.env[model].get_views([(False, "search")])["views"]["search"]["arch"]
        return self._evaluate(etree.fromstring(arch).xpath(f"//filter[@name='{name}']")[0].get("domain"))

    def test_milestones_of_the_policys_model_only(self):
        arch = self.env["cs.sla.target"].get_views([(False, "form")])["views"]["form"]["arch"]
        for node in etree.fromstring(arch).xpath("//field[@name='to_milestone' or @name='from_milestone']"):
            self.assertEqual(node.get("widget"), "cs_milestone")

    def test_server_action_is_the_administrators(self):
        steps = self.env["cs.sla.escalation"]
        for user, shown in ((self.manager, False), (self.env.ref("base.user_admin"), True)):
            arch = steps.with_user(user).get_views([(False, "form")])["views"]["form"]["arch"]
            self.assertEqual(bool(etree.fromstring(arch).xpath("//field[@name='server_action_id']")), shown)


@tagged("post_install", "-at_install")
class TestUiSlaPerformance(CsSlaUiCommon):
    """Lists with deadlines cost the same with ten rows and with eighty (Must show 5)."""

    _specification_of = meter.TestPerformanceViews._specification_of
    _queries = meter.TestPerformanceViews._queries

    @users("cs_agent")
    def test_lists_of_eighty(self):
        self.env["cs.case"].create(
            [
                {"subject": f"Call {number}", "type_id": self.type_inquiry.id, "team_id": self.team.id}
                for number in range(meter.MANY)
            ]
        )
        self.env.flush_all()
        for model in ("cs.case", "cs.sla.clock"):
            records = self.env[model]
            arch = etree.fromstring(records.get_views([(False, "list")])["views"]["list"]["arch"])
            specification = self._specification_of(arch, records)
            if model == "cs.case":
                self.assertLessEqual(
                    {"sla_state", "sla_deadline", "sla_milestone", "sla_policy_id"}, set(specification)
                )
            few, many = (
                self._queries(
                    lambda limit=limit, records=records, fields=specification: records.web_search_read(
                        [], fields, limit=limit
                    )
                )
                for limit in (10, 80)
            )
            with self.subTest(model=model):
                self.assertLessEqual(many, 18, f"{model}: {many} queries")
                self.assertLessEqual(many - few, 1, f"{model}: {few} queries for few rows, {many} for many")
