from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common_process import ProcessCase

NAME = "Visited by two workers"
CUSTOMERS, BATCH = 300, 40
WORKER = """
    class Counter(logging.Handler):
        seen = 0
        def emit(self, record):
            self.seen += "another worker" in record.getMessage()

    counter = Counter()
    logger = logging.getLogger("odoo.addons.customer_service_addon.models.cs_visit_job")
    logger.addHandler(counter)
    logger.setLevel(logging.INFO)
    plans = registry["cs.visit.plan"]
    plan_rows = plans._plan_rows
    def _plan_rows(self, row_ids):
        plan_rows(self, row_ids)
        print("in the middle", flush=True)
    plans._plan_rows = _plan_rows
    wait()
    with registry.cursor() as cr:
        environment(cr)["cs.visit.plan"]._cron_plan(batch=arguments["batch"])
    print(json.dumps({"conflicts": counter.seen}), flush=True)
"""


@tagged("post_install", "-at_install")
class TestVisitPlanWorkers(ProcessCase):
    """Two processes plan at once, one is killed: each customer is planned exactly once, whatever plans want him."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            # Others' plans are none of this test.
            self.paused = env["cs.visit.plan"].search([]).ids
            env["cs.visit.plan"].browse(self.paused).active = False
            # The very first number is drawn by two at once, too.
            self.sequence_ids = env["ir.sequence"].search([("code", "=", "cs.return.visit")]).ids
            env["ir.sequence"].browse(self.sequence_ids).code = "cs.return.visit.before"
            self.purpose_id = env["cs.visit.purpose"].create({"name": NAME}).id
            self.team_id = env["cs.team"].create({"name": NAME}).id
            self.partner_ids = (
                env["res.partner"]
                .create([{"name": NAME, "phone": "1", "is_company": True} for _number in range(CUSTOMERS)])
                .ids
            )
            plans = env["cs.visit.plan"].create(
                [
                    {
                        "name": NAME,
                        "trigger": "campaign",
                        "purpose_id": self.purpose_id,
                        "team_id": self.team_id,
                        "start_on": "2026-01-01",
                        "end_on": "2099-12-31",
                        "partner_domain": f"[('name', '=', '{NAME}')]",
                    }
                    for _number in range(2)
                ]
            )
            self.plan_ids = plans.ids
            plans.action_start()

    def _count(self, what="*"):
        with self.registry.cursor() as cr:
            cr.execute(SQL(f"SELECT count({what}) FROM cs_return_visit WHERE plan_id IN %s", tuple(self.plan_ids)))
            return cr.fetchone()[0]

    def _shorten(self):
        """Have all visits due on one day, so that the two plans want the same customers at the same time."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for plan in env["cs.visit.plan"].browse(self.plan_ids):
                plan._for_planning()._find()
            cr.execute(
                SQL(
                    "UPDATE cs_visit_candidate SET due_from = '2026-12-01 02:00:00' WHERE plan_id IN %s",
                    tuple(self.plan_ids),
                )
            )

    def test_each_customer_once_with_two_processes_and_a_crash(self):
        self._shorten()
        killed, survivor = self.start(WORKER, batch=BATCH), self.start(WORKER, batch=BATCH)
        self.release(killed, survivor)
        for _batch in range(2):
            self.assertEqual(killed.stdout.readline().strip(), "in the middle")
        killed.kill()
        killed.wait()
        self.result(survivor)
        self.assertGreater(self._count(), 0)
        with self.registry.cursor() as cr:
            sequences = api.Environment(cr, SUPERUSER_ID, {})["ir.sequence"]
            self.assertEqual(sequences.search_count([("code", "=", "cs.return.visit")]), 1)
        # What the killed process held is left to the next run.
        followers = self.start(WORKER, batch=BATCH), self.start(WORKER, batch=BATCH)
        self.release(*followers)
        for process in followers:
            self.result(process)
        self.assertEqual(self._count(), CUSTOMERS)
        self.assertEqual(self._count("DISTINCT commercial_partner_id"), CUSTOMERS)
        with self.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT outcome, count(*) FROM cs_visit_candidate "
                    "WHERE plan_id IN %s AND done GROUP BY 1 ORDER BY 1",
                    tuple(self.plan_ids),
                )
            )
            self.assertEqual(cr.fetchall(), [("recent", CUSTOMERS), ("visit", CUSTOMERS)])

    def test_the_second_of_two_plans_at_once_begins_anew(self):
        """The quiet days hold between transactions that do not see each other."""
        self._shorten()
        with self.registry.cursor() as first, self.registry.cursor() as second:
            plans = [
                api.Environment(cr, SUPERUSER_ID, {})["cs.visit.plan"].browse(plan_id)._for_planning()
                for cr, plan_id in zip((first, second), self.plan_ids, strict=True)
            ]
            rows = [plan._lock_queue(5) for plan in plans]
            plans[0]._plan_rows(rows[0])
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                plans[1]._plan_rows(rows[1])
            second.rollback()
            plans[1]._plan_rows(plans[1]._lock_queue(5))
            second.commit()
        self.assertEqual(self._count(), 5)

    def test_two_workers_share_the_queue_of_one_plan(self):
        self._shorten()
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {}).company._cs_visit_numbers(1)
        with self.registry.cursor() as first, self.registry.cursor() as second:
            plans = [
                api.Environment(cr, SUPERUSER_ID, {})["cs.visit.plan"].browse(self.plan_ids[0])._for_planning()
                for cr in (first, second)
            ]
            rows = [plan._lock_queue(CUSTOMERS // 2) for plan in plans]
            self.assertFalse(set(rows[0]).intersection(rows[1]))
            for plan, ids in zip(plans, rows, strict=True):
                plan._plan_rows(ids)
            first.commit()
            second.commit()
        self.assertEqual(self._count(), CUSTOMERS)

    def _forget(self):
        """The processes committed for real; take their rows out again."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            visits = SQL("SELECT id FROM cs_return_visit WHERE plan_id IN %s", tuple(self.plan_ids))
            clocks = SQL("SELECT id FROM cs_sla_clock WHERE res_model = 'cs.return.visit' AND res_id IN (%s)", visits)
            for table in ("cs_sla_alarm", "cs_sla_event"):
                cr.execute(SQL("DELETE FROM %s WHERE clock_id IN (%s)", SQL.identifier(table), clocks))
            cr.execute(SQL("DELETE FROM cs_sla_clock WHERE id IN (%s)", clocks))
            cr.execute(SQL("DELETE FROM cs_return_visit WHERE plan_id IN %s", tuple(self.plan_ids)))
            env.invalidate_all()
            env["cs.visit.plan"].browse(self.plan_ids).unlink()
            env["res.partner"].browse(self.partner_ids).unlink()
            env["cs.visit.purpose"].browse(self.purpose_id).unlink()
            env["cs.team"].browse(self.team_id).unlink()
            env["cs.visit.plan"].browse(self.paused).active = True
            env["ir.sequence"].search([("code", "=", "cs.return.visit")]).unlink()
            env["ir.sequence"].browse(self.sequence_ids).code = "cs.return.visit"
