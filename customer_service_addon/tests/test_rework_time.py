from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..services.rework_time import charged_party, party_of, seconds_by_party
from .common import CsCommon
from .test_rework_offers import CsContractorCommon


@tagged("post_install", "-at_install")
class TestReworkTimeMath(CsCommon):
    """Whose time it was, as arithmetic."""

    def at(self, hour):
        return datetime(2026, 6, 1) + timedelta(hours=hour)

    def split(self, steps, waits, until):
        seconds = seconds_by_party(
            [(self.at(hour), party) for hour, party in steps],
            [(self.at(begin), None if end is None else self.at(end), party) for begin, end, party in waits],
            self.at(until),
            lambda moment: int((moment - self.at(0)).total_seconds()),
        )
        return {party: amount / 3600 for party, amount in seconds.items()}

    def test_each_step_until_the_next(self):
        steps = [(0, "desk"), (2, "contractor"), (7, "desk"), (8, None)]
        self.assertEqual(self.split(steps, [], 10), {"desk": 3, "contractor": 5})

    def test_waiting_comes_first(self):
        steps = [(0, "desk"), (2, "technician"), (10, None)]
        self.assertEqual(
            self.split(steps, [(3, 5, "parts"), (6, 7, "customer")], 10),
            {"desk": 2, "technician": 5, "parts": 2, "customer": 1},
        )
        self.assertEqual(
            self.split(steps[:2], [(8, None, "customer")], 12), {"desk": 2, "technician": 6, "customer": 4}
        )

    def test_nothing_counts_before_the_beginning_or_behind_the_end(self):
        self.assertEqual(
            self.split([(2, "desk"), (4, None)], [(0, 3, "customer"), (4, 9, "parts")], 9), {"customer": 1, "desk": 1}
        )
        self.assertEqual(self.split([], [], 5), {})
        self.assertEqual(self.split([(2, "desk")], [], 2), {})

    def test_parties_add_up_to_the_whole(self):
        steps = [(0, "desk"), (1, "contractor"), (3, "desk"), (4, "contractor"), (9, "desk"), (11, None)]
        waits = [(2, 5, "parts"), (4, 6, "customer"), (10, 30, "third")]
        self.assertEqual(sum(self.split(steps, waits, 20).values()), 11)

    def test_who_is_charged(self):
        self.assertEqual(charged_party({"desk": 5, "contractor": 7}), "contractor")
        self.assertEqual(charged_party({"desk": 5, "contractor": 5}), "contractor", "the one who does the work first")
        self.assertEqual(charged_party({"customer": 9, "technician": 1}), "customer")
        self.assertIsNone(charged_party({}))
        self.assertEqual(party_of("working", "team"), "technician")
        self.assertIsNone(party_of("closed", "team"))


@tagged("post_install", "-at_install")
class TestReworkTime(CsContractorCommon):
    """R-03, R-04: a missed deadline is charged to who used the time; the scorecard counts."""

    def hours(self, order):
        return {row.party: round(row.hours, 2) for row in order.time_ids}

    def work(self, order, start, end):
        own = order.with_user(self.user_1)
        with freeze_time(start):
            own._contractor_arrive()
        with freeze_time(end):
            own._contractor_finish("Done")

    def test_contractor_and_desk(self):
        with freeze_time("2026-06-01 02:00:00"):
            order = self.open_order(executor="contractor", contractor_id=self.contractor.id)
        with freeze_time("2026-06-01 03:00:00"):
            order.action_dispatch()
        with freeze_time("2026-06-01 06:00:00"):
            order.action_accept()
        self.work(order, "2026-06-02 01:00:00", "2026-06-02 03:00:00")
        with freeze_time("2026-06-02 03:30:00"):
            self.inspect(order, "accepted")
        # The desk an hour and half an hour, the contractor 11-18 and 9-11 in Shanghai.
        self.assertEqual(self.hours(order), {"desk": 1.5, "contractor": 9})
        self.assertEqual(
            order.step_ids.mapped("state"), ["draft", "dispatched", "accepted", "working", "done", "closed"]
        )
        shares = {row.party: round(row.share, 2) for row in order.time_ids}
        self.assertEqual(shares, {"desk": 14.29, "contractor": 85.71})
        self.assertFalse(any(order.time_ids.mapped("charged")))

    def test_holds_of_the_case_count_for_whom_they_wait_for(self):
        with freeze_time("2026-06-01 02:00:00"):
            order = self.own_order()
            order.action_dispatch()
            order.with_user(self.repairer).action_start()
        with freeze_time("2026-06-01 03:00:00"):
            order.case_id._hold(self.parts)
        with freeze_time("2026-06-01 06:00:00"):
            order._refresh_time()
        self.assertEqual(self.hours(order), {"technician": 1, "parts": 3})

    def test_a_breach_is_charged_to_who_used_the_most(self):
        target = {"name": "Done", "from_milestone": "cs.rework/dispatched", "to_milestone": "cs.rework/done"}
        self.make_policy(
            "Repairs", {}, model="cs.rework", target_ids=[Command.create(target | {"amount": 4, "unit": "wh"})]
        )
        with freeze_time("2026-06-01 02:00:00"):
            order = self.contractor_order()
            order.action_accept()
        self.work(order, "2026-06-01 06:00:00", "2026-06-02 03:00:00")
        self.assertEqual(order.time_ids.filtered("charged").mapped("party"), ["contractor"])
        self.assertEqual(sum(order.time_ids.mapped("breaches")), 1)

    def test_the_next_contractor_has_a_time_of_his_own(self):
        with freeze_time("2026-06-01 02:00:00"):
            order = self.contractor_order()
        with freeze_time("2026-06-01 06:00:00"):
            order.with_user(self.user_1)._contractor_decline("No people")
        self.assertEqual(order.step_ids.mapped("contractor_id"), self.contractor | self.contractor_2)
        self.assertEqual(
            order.time_ids.filtered(lambda row: row.party == "contractor").contractor_id, self.contractor_2
        )

    def test_the_night_counts_open_orders_on(self):
        with freeze_time("2026-06-01 02:00:00"):
            orders = self.own_order() | self.own_order() | self.own_order()
            orders.action_dispatch()
        with freeze_time("2026-06-01 10:00:00"):
            self.run_job("cs.rework", "_cron_time", batch=2)
        self.assertEqual([self.hours(order) for order in orders], [{"technician": 8}] * 3)

    def test_many_orders_cost_no_more_questions_each(self):
        with freeze_time("2026-06-01 02:00:00"):
            orders = self.env["cs.rework"].browse()
            for _number in range(12):
                orders += self.own_order()
            orders.action_dispatch()
        counts = []
        with freeze_time("2026-06-01 10:00:00"):
            for part in (orders[:2], orders[2:]):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                part._refresh_time()
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 4, counts)

    def test_nobody_writes_them(self):
        with freeze_time("2026-06-01 02:00:00"):
            order = self.contractor_order()
        with freeze_time("2026-06-01 03:00:00"):
            order.action_accept()
        for rows in (order.time_ids, order.step_ids):
            with self.assertRaises(AccessError):
                rows.with_user(self.manager).write({"party": "customer"})
            with self.assertRaises(AccessError):
                rows.sudo().create({"rework_id": order.id, "party": "desk"})
        with self.assertRaises(AccessError):
            order.step_ids.sudo().unlink()

    def test_scorecard(self):
        with freeze_time("2026-06-01 02:00:00"):
            first, second, third = (self.contractor_order() for _number in range(3))
        with freeze_time("2026-06-01 03:00:00"):
            first.with_user(self.user_1)._contractor_accept()
            second.with_user(self.user_1)._contractor_decline("No people")
        with freeze_time("2026-06-01 04:00:00"):
            third.with_user(self.user_1)._contractor_accept()
        for order, result in ((first, "accepted"), (third, "rejected")):
            self.work(order, "2026-06-02 01:00:00", "2026-06-02 03:00:00")
            with freeze_time("2026-06-02 03:00:00"):
                self.env["cs.rework.line"].create(
                    {"rework_id": order.id, "name": "Invoice", "kind": "third", "quantity": 1, "unit_cost": 100.25}
                )
                self.inspect(order, result, note="Looked at")
        liability = self.env["cs.liability"].sudo()._cs_as_server().create({"name": "L1", "rework_id": first.id})
        for state in ("contested", "final"):
            liability.write({"state": state})
        self.env.flush_all()
        row = self.env["cs.contractor.scorecard"].search([("contractor_id", "=", self.contractor.id)])
        self.assertRecordValues(
            row.with_user(self.supervisor),
            [
                {
                    "offers": 3,
                    "accepted": 2,
                    "declined": 1,
                    "expired": 0,
                    "answer_hours": 1.5,
                    "orders": 2,
                    "first_fix": 50,
                    "objections": 1,
                    "cost_total": 200.5,
                }
            ],
        )
        self.assertAlmostEqual(row.acceptance_rate, 66.67, 2)
        other = self.env["cs.contractor.scorecard"].search([("contractor_id", "=", self.contractor_2.id)])
        self.assertEqual((other.offers, other.orders, other.first_fix, other.cost_total), (1, 1, 0, 0))
        self.assertEqual(row.action_open_offers()["domain"][0], ("contractor_id", "=", self.contractor.id))
        with self.assertRaises(AccessError):
            row.with_user(self.agent).read(["offers"])
        with self.assertRaises(AccessError):
            first.sudo().env["cs.liability"].browse(liability.id).with_user(self.manager).write(
                {"was_contested": False}
            )

    def test_first_fix_by_who_did_the_work(self):
        good, bad = self.done_order(), self.done_order()
        self.inspect(good, "accepted")
        self.inspect(bad, "rejected", note="Wet")
        bad.with_user(self.repairer).action_finish()
        self.inspect(bad, "accepted")
        self.done_order()
        self.env.flush_all()
        [(executor, rate, rounds)] = (
            self.env["cs.rework.report"]
            .with_user(self.agent)
            ._read_group([], ["executor"], ["first_fix:avg", "rounds:avg"])
        )
        self.assertEqual((executor, rate), ("team", 50), "what is not inspected does not count")
        self.assertAlmostEqual(rounds, 4 / 3)
        report = self.env["cs.rework.report"].search([("rework_id", "=", good.id)])
        self.assertEqual(report.action_open_record()["res_id"], good.id)

    def test_a_proposal_of_a_stranger_is_none(self):
        order = self.contractor_order()
        with self.assertRaises(UserError):
            order.with_user(self.user_1)._contractor_propose(False)
