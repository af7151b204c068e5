import logging

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .common_process import ProcessCase

_logger = logging.getLogger(__name__)

SUBJECT = "Deadlines for two workers"
CASES, STEPS, BATCH = 500, 10, 100
WORKER = """
    class Counter(logging.Handler):
        seen = 0
        def emit(self, record):
            self.seen += "another worker" in record.getMessage()

    counter = Counter()
    for module in ("cs_sla_alarm_job", "cs_sla_notice"):
        logger = logging.getLogger("odoo.addons.customer_service_addon.models." + module)
        logger.addHandler(counter)
        logger.setLevel(logging.INFO)
    job = registry["cs.sla.alarm"]
    tell = job._tell
    def _tell(self, due):
        told = tell(self, due)
        print("in the middle", flush=True)
        return told
    job._tell = _tell
    wait()
    with registry.cursor() as cr:
        environment(cr)["cs.sla.alarm"]._cron_fire(batch=arguments["batch"])
    print(json.dumps({"conflicts": counter.seen}), flush=True)
"""
PENDING = "SELECT count(*) FROM cs_sla_alarm WHERE state = 'pending' AND clock_id IN %s AND due_at < now()"


@tagged("post_install", "-at_install")
class TestSlaTwoWorkers(ProcessCase):
    """peers.md 3.9 no. 12: two processes fire the same alarms, one is killed; each alarm counts exactly once."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget)
        with self.registry.cursor() as cr:
            self._make_cases(api.Environment(cr, SUPERUSER_ID, {}))

    def _make_cases(self, env):
        """Commit cases whose alarms are all due: steps with a to-do, one of them with a message and one that raises."""
        users = env["res.users"].create(
            [
                {
                    "name": f"Worker {number}",
                    "login": f"cs_worker_{number}",
                    "email": f"cs_worker_{number}@example.com",
                    "group_ids": [Command.link(env.ref("customer_service_addon.group_cs_agent").id)],
                }
                for number in range(4)
            ]
        )
        team = env["cs.team"].create({"name": SUBJECT, "assignment_method": "manual"})
        steps = [{"amount": 10 + number, "mail": not number, "raise_priority": number == 1} for number in range(STEPS)]
        policy = env["cs.sla.policy"].create(
            {
                "name": SUBJECT,
                "sequence": -1,
                "domain": f"[('team_id', '=', {team.id})]",
                "target_ids": [
                    Command.create(
                        {
                            "name": code,
                            "to_milestone": f"cs.case/{code}",
                            "amount": 40,
                            "unit": "wh",
                            "escalation_ids": [Command.create(step) for step in steps],
                        }
                    )
                    for code in ("solved", "closed")
                ],
            }
        )
        cases = env["cs.case"].create(
            [
                {"subject": SUBJECT, "team_id": team.id, "user_id": users[number % len(users)].id}
                for number in range(CASES)
            ]
        )
        clocks = env["cs.sla.clock"].search([("res_model", "=", "cs.case"), ("res_id", "in", cases.ids)])
        self.clock_ids = tuple(clocks.ids)
        self.left = {"users": users.ids, "team": team.id, "policy": policy.id}
        env.flush_all()
        overdue = "UPDATE cs_sla_alarm SET due_at = now() - interval '1 min' WHERE clock_id IN %s"
        env.cr.execute(SQL(overdue, self.clock_ids))

    def test_each_alarm_once_with_two_processes_and_a_crash(self):
        alarms = len(self.clock_ids) * (STEPS + 1)
        self.assertEqual(self._fetch(PENDING), alarms)
        killed, survivor = self.start(WORKER, batch=BATCH), self.start(WORKER, batch=BATCH)
        self.release(killed, survivor)
        for _batch in range(3):
            self.assertEqual(killed.stdout.readline().strip(), "in the middle")
        killed.kill()
        killed.wait()
        conflicts = self.result(survivor)["conflicts"]
        # What the killed process held, and cases that were being raised, are left to the next run.
        followers = self.start(WORKER, batch=BATCH), self.start(WORKER, batch=BATCH)
        self.release(*followers)
        conflicts += sum(self.result(process)["conflicts"] for process in followers)
        _logger.info("%s batches were taken again after a serialization failure", conflicts)
        self.assertEqual(self._fetch(PENDING), 0)
        self._assert_each_once(alarms)

    def _assert_each_once(self, alarms):
        steps = len(self.clock_ids) * STEPS
        fired = "SELECT count(*) FROM cs_sla_alarm WHERE state = 'fired' AND clock_id IN %s"
        told = "cs_sla_notice n JOIN cs_sla_alarm a ON a.id = n.alarm_id WHERE a.clock_id IN %s"
        self.assertEqual(self._fetch(fired), alarms)
        self.assertEqual(self._fetch(f"SELECT count(*) FROM {told}"), steps)
        self.assertEqual(self._fetch(f"SELECT count(DISTINCT (a.id, n.user_id)) FROM {told}"), steps)
        self.assertEqual(self._fetch(f"SELECT count(DISTINCT n.activity_id) FROM {told}"), steps)
        missed = "cs_sla_event WHERE kind = 'missed' AND clock_id IN %s"
        self.assertEqual(self._fetch(f"SELECT count(*) FROM {missed}"), len(self.clock_ids))
        self.assertEqual(self._fetch(f"SELECT count(DISTINCT clock_id) FROM {missed}"), len(self.clock_ids))
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cases = env["cs.case"].search([("subject", "=", SUBJECT)])
            activities = env["mail.activity"].search([("res_model", "=", "cs.case"), ("res_id", "in", cases.ids)])
            self.assertEqual(len(activities), steps)
            self.assertEqual(len(cases.filtered("is_urgent")), CASES)
            self._assert_messages(env)

    def _assert_messages(self, env):
        """Every clock is one line of one message: none is missing, none told twice."""
        bodies = env["mail.mail"].search([("email_to", "like", "cs_worker_")]).mapped("body_html")
        told = [body.count("<tr") - 1 for body in bodies]
        self.assertEqual(sum(told), len(self.clock_ids))
        self.assertFalse(
            env["cs.sla.notice"].search_count([("user_id", "in", self.left["users"]), ("mail_state", "=", "queued")])
        )

    def _fetch(self, query):
        with self.registry.cursor() as cr:
            cr.execute(SQL(query, self.clock_ids))
            return cr.fetchone()[0]

    def _forget(self):
        """The processes committed for real; take their rows out again, the log before what it is about."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.forget_cases(cr, SUBJECT)
            env.invalidate_all()
            env["mail.mail"].search([("email_to", "like", "cs_worker_")]).unlink()
            env["cs.sla.policy"].browse(self.left["policy"]).unlink()
            env["cs.team"].browse(self.left["team"]).unlink()
            env["res.users"].browse(self.left["users"]).unlink()
