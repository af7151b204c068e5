from datetime import datetime, timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common_process import ProcessCase
from .common_visit import GROUP, CsVisitCommon

# What call_next() asks the database, however many visits are due; measured 52.
NEXT_QUERIES = 60


@tagged("post_install", "-at_install")
class TestVisitQueue(CsVisitCommon):
    """V-03: the next best customer by what was promised, what is late, class, tries and time."""

    def person(self, name, **values):
        return self.env["res.partner"].create({"name": name, "tz": "Asia/Shanghai", **values})

    def visits(self, user=None):
        return self.env["cs.return.visit"].with_user(user or self.caller)

    def queue(self, user=None):
        """Return the names of the customers in the order in which ``user`` is offered them."""
        due, _places = self.visits(user)._call_due(fields.Datetime.now())
        return self.env["res.partner"].browse([row.partner_id for row in due]).mapped("name")

    def due(self, name, partner=None, **values):
        return self.plan_visit(partner_id=self.person(name, **(partner or {})).id, **values)

    def late(self, visit):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE cs_return_visit SET sla_deadline = now() - interval '9 years' WHERE id = %s", visit.id)
        )
        visit.invalidate_recordset()

    def test_the_order_of_the_queue(self):
        rank = self.env["cs.partner.class"].create({"name": "A", "sequence": 1})
        self.due("Third by time", due_from="2026-06-01 01:00:00")
        self.due("Fourth was tried")._log_attempt("no_answer")
        self.due("Second by class", partner={"cs_class_id": rank.id})
        self.late(self.due("First is late"))
        agreed = self.due("Agreed", appointment_start="2026-06-01 06:00:00")
        agreed.action_agree()
        self.due("Wants to be called")._log_attempt("later", again_at=datetime(2026, 6, 1, 5))
        self.assertEqual(self.queue(), ["First is late", "Second by class", "Third by time"])
        self.at("2026-06-01 06:00:00")
        self.assertEqual(
            self.queue(),
            ["Wants to be called", "Agreed", "First is late", "Second by class", "Third by time", "Fourth was tried"],
        )

    def test_only_what_is_the_readers_to_call(self):
        self.due("Mine")
        self.due("Nobody's", user_id=False)
        self.due("A colleague's", user_id=self.agent_2.id)
        self.due("By mail", method="email")
        self.due("Tomorrow", due_from="2026-06-02 02:00:00")
        self.due("Wants no calls", partner={"cs_no_visits": True})
        self.due("Another team's", user_id=False, team_id=self.other_team.id)
        self.due("Called off")._end("cancelled", "Twice")
        self.assertEqual(self.queue(), ["Mine", "Nobody's"])
        self.assertEqual(self.queue(self.agent), ["Nobody's"])
        self.assertEqual(self.queue(self.other_agent), ["Another team's"])
        self.assertEqual(self.queue(self.manager), ["Another team's"], "He sees all; he leads that team only")

    def test_nobody_is_offered_what_he_did_himself(self):
        """V-01: employee can't rate himself."""
        visit = self.due("Served by the caller", user_id=False, served_user_ids=[Command.set(self.caller.ids)])
        self.assertEqual((self.queue(), self.queue(self.agent)), ([], ["Served by the caller"]))
        with self.assertRaises(AccessError):
            visit.call_start()
        with self.assertRaises(AccessError):
            visit.call_data()
        self.purpose.asked_by_other = False
        self.assertEqual(self.queue(), ["Served by the caller"])
        visit.sudo().is_control = True
        self.assertEqual(self.queue(), [])

    def test_customers_are_called_at_their_own_time(self):
        """It is 10:00 in Shanghai, 4:00 in Berlin, 22:00 the day before in New York."""
        self.due("Shanghai")
        self.due("Berlin", partner={"tz": "Europe/Berlin"})
        self.due("New York", partner={"tz": "America/New_York"})
        self.due("Late riser", partner={"cs_call_from": 14, "cs_call_to": 16})
        firm = self.person("Night Shift Ltd", is_company=True, tz="Europe/Berlin", cs_call_from=0, cs_call_to=5)
        self.due("Of a firm", partner={"parent_id": firm.id, "tz": False})
        self.assertEqual(self.queue(), ["Shanghai", "Of a firm"])
        self.assertEqual(self.visits().call_next()["visit"]["customer"]["name"], "Shanghai")
        self.at("2026-06-01 07:30:00")
        self.assertEqual(self.queue(), ["Shanghai", "Berlin", "Late riser"])

    def test_an_appointment_holds_outside_the_hours(self):
        """The customer named 20:00 himself; an hour later the hours of everybody count again."""
        self.due(
            "Evening", appointment_start="2026-06-01 12:00:00", appointment_end="2026-06-01 12:30:00"
        ).action_agree()
        self.due("Evening too")._log_attempt("later", again_at=datetime(2026, 6, 1, 12))
        self.at("2026-06-01 12:05:00")
        self.assertEqual(self.queue(), ["Evening", "Evening too"])
        self.at("2026-06-01 12:20:00")
        self.assertEqual(self.queue(), ["Evening"])
        self.at("2026-06-01 12:31:00")
        self.assertEqual(self.queue(), [])

    def test_two_agents_never_get_the_same_customer(self):
        first = self.due("First", user_id=False)
        self.plan_visit(partner_id=first.partner_id.id, user_id=False)
        self.due("Second", user_id=False)
        mine = self.visits().call_next()
        self.assertEqual(mine["visit"]["customer"]["name"], "First")
        self.assertEqual((first.held_by_id, first.held_until), (self.caller, datetime(2026, 6, 1, 2, 15)))
        self.assertEqual(self.visits().call_next()["visit"]["id"], first.id, "A reload keeps the customer")
        other = self.visits(self.agent).call_next()
        self.assertEqual(other["visit"]["customer"]["name"], "Second")
        self.assertFalse(self.visits(self.agent_2).call_next()["visit"], "The same person about something else")
        with self.assertRaisesRegex(UserError, "Caller Cao is calling"):
            first.with_user(self.agent_2).call_start()
        self.assertFalse(first.with_user(self.agent_2).call_hold())
        self.at("2026-06-01 02:10:00")
        self.assertTrue(first.call_hold())
        self.assertEqual(first.held_until, datetime(2026, 6, 1, 2, 25))
        first.with_user(self.agent_2).call_release()
        self.assertEqual(first.held_by_id, self.caller)
        self.at("2026-06-01 02:26:00")
        self.assertEqual(self.visits(self.agent_2).call_next()["visit"]["id"], first.id, "Nobody holds it for ever")

    def test_skip_goes_on_and_comes_back(self):
        first, second = self.due("First"), self.due("Second")
        self.assertEqual(self.visits().call_next()["visit"]["id"], first.id)
        answer = self.visits().call_skip(first.id)
        self.assertEqual((answer["visit"]["id"], answer["skipped"]), (second.id, 1))
        self.assertFalse(first.held_by_id)
        answer = self.visits().call_skip(second.id, [first.id])
        self.assertEqual((answer["visit"], answer["skipped"]), (False, 2))
        self.assertEqual(self.visits().call_next()["visit"]["id"], first.id)
        self.visits().call_skip(0, "nonsense")

    def test_an_empty_queue_says_when_the_next_is_due(self):
        self.assertEqual(self.visits().call_next()["next_at"], False)
        self.due("Tomorrow", due_from="2026-06-02 03:00:00")
        self.assertEqual(self.visits().call_next()["next_at"], "2026-06-02 03:00:00")
        self.due("Berlin", partner={"tz": "Europe/Berlin"})
        self.assertEqual(self.visits().call_next()["next_at"], "2026-06-01 07:00:00")

    def test_counters_of_the_day(self):
        visits = [self.due(f"Customer {number}") for number in range(5)]
        self.at("2026-05-31 02:00:00")
        visits[4]._log_attempt("no_answer")
        for number, result in enumerate(("no_answer", "later", "declined", "answered")):
            self.at(f"2026-06-01 02:0{number}:00")
            visit = visits[number]
            if result == "answered":
                visit.save_answers({}, "key")
            elif result == "declined":
                visit.log_declined("No time")
            else:
                visit.log_try(result, again_at="2026-06-05 02:00:00")
        self.assertEqual(
            self.visits().call_next()["counters"],
            {"due": 0, "calls": 4, "asked": 1, "reached": 3, "per_hour": 60},
        )
        self.assertEqual(self.visits(self.agent).call_next()["counters"]["calls"], 0)

    def test_only_agents_call(self):
        visit = self.due("Anybody")
        for user in (self.employee_user, self.repairer, self.head):
            with self.assertRaises(AccessError):
                self.visits(user).call_next()
            with self.assertRaises(AccessError):
                self.visits(user).call_skip(visit.id)
            for method in ("call_start", "call_hold", "call_release", "call_data"):
                with self.assertRaises(AccessError):
                    getattr(visit.with_user(user), method)()
        with self.assertRaises(AccessError):
            visit.with_user(self.other_agent).call_start()
        with self.assertRaises(AccessError):
            visit.write({"held_by_id": self.agent.id})

    def test_a_thousand_due_visits_cost_no_more_queries(self):
        self.make_due(10)
        few = self.count_queries()
        self.make_due(990)
        many = self.count_queries()
        self.assertLessEqual(many, few + 1)
        self.assertLessEqual(few, NEXT_QUERIES)

    def make_due(self, count):
        partners = self.env["res.partner"].create([{"name": f"Due {n}", "tz": "Asia/Shanghai"} for n in range(count)])
        values = {"purpose_id": self.purpose.id, "team_id": self.team.id}
        visits = self.env["cs.return.visit"].sudo()._cs_as_server()
        visits.create([{"partner_id": partner.id, **values} for partner in partners])

    def count_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertTrue(self.visits().call_next()["visit"])
        self.env.flush_all()
        return self.env.cr.sql_log_count - before


WORKER = """
    import time
    wait()
    held = []
    for login in arguments["logins"]:
        with registry.cursor() as cr:
            env = environment(cr)
            user = env["res.users"].search([("login", "=", login)])

            def claim():
                visit = env["cs.return.visit"].with_user(user).call_next()["visit"]
                time.sleep(0.2)
                return visit and visit["customer"]["id"]

            held.append(retrying(claim, env))
    print(json.dumps({"held": held}), flush=True)
"""
PEOPLE = 8


@tagged("post_install", "-at_install")
class TestVisitQueueTwoWorkers(ProcessCase):
    """Two real processes take customers at the same moment; every customer has two visits due."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.logins = [f"cs_queue_{number}" for number in range(PEOPLE)]
            users = env["res.users"].union(
                *(new_test_user(env, login=login, groups=GROUP % "agent", name=login) for login in self.logins)
            )
            team = env["cs.team"].create(
                {
                    "name": "Queue of two workers",
                    "assignment_method": "manual",
                    "member_ids": [Command.create({"user_id": user.id}) for user in users],
                }
            )
            purpose = env["cs.visit.purpose"].create({"name": "Queue of two workers"})
            partners = env["res.partner"].create(
                [{"name": f"Queue {number}", "tz": "UTC", "cs_call_to": 24} for number in range(PEOPLE + 2)]
            )
            moment = fields.Datetime.now() - timedelta(hours=1)
            common = {"purpose_id": purpose.id, "team_id": team.id, "due_from": moment}
            visits = env["cs.return.visit"]._cs_as_server()
            visits = visits.create([{"partner_id": partner.id, **common} for partner in [*partners, *partners]])
            self.left = {"visit": visits.ids, "partner": partners.ids, "purpose": purpose.ids}
            self.left |= {"team": team.ids, "user": users.ids, "person": users.partner_id.ids}

    def test_no_customer_twice(self):
        half = PEOPLE // 2
        workers = [self.start(WORKER, logins=logins) for logins in (self.logins[:half], self.logins[half:])]
        self.release(*workers)
        held = [customer for worker in workers for customer in self.result(worker)["held"]]
        self.assertTrue(all(held))
        self.assertEqual(len(set(held)), PEOPLE)
        with self.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT count(DISTINCT held_by_id), count(held_by_id) FROM cs_return_visit WHERE id IN %s",
                    tuple(self.left["visit"]),
                )
            )
            self.assertEqual(cr.fetchone(), (PEOPLE, PEOPLE))

    def _forget(self):
        """The processes committed for real; take their rows out again."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            ids = tuple(self.left["visit"])
            for table, column in (("mail_message", "model"), ("mail_followers", "res_model")):
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE %s = 'cs.return.visit' AND res_id IN %s",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        ids,
                    )
                )
            clocks = SQL("SELECT id FROM cs_sla_clock WHERE res_model = 'cs.return.visit' AND res_id IN %s", ids)
            for table in ("cs_sla_alarm", "cs_sla_event"):
                cr.execute(SQL("DELETE FROM %s WHERE clock_id IN (%s)", SQL.identifier(table), clocks))
            cr.execute(SQL("DELETE FROM cs_sla_clock WHERE res_model = 'cs.return.visit' AND res_id IN %s", ids))
            cr.execute(SQL("DELETE FROM cs_return_visit WHERE id IN %s", ids))
            env.invalidate_all()
            env["cs.visit.purpose"].browse(self.left["purpose"]).unlink()
            env["cs.team"].browse(self.left["team"]).unlink()
            env["res.users"].browse(self.left["user"]).unlink()
            env["res.partner"].browse([*self.left["partner"], *self.left["person"]]).unlink()
