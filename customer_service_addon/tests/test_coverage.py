from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import BaseCase, Form, tagged
from odoo.tools import mute_logger

from ..services.coverage_match import is_within, prefixes, reference_key
from .test_rework import CsReworkCommon

YEAR = {"date_from": "2026-01-01", "date_to": "2026-12-31"}
OVER = {"date_from": "2024-01-01", "date_to": "2025-12-31"}


class TestCoverageMatch(BaseCase):
    """References are compared as people write them, and a number or word is never cut in two (R-12)."""

    def test_width_case_and_spaces_do_not_count(self):
        for left, right in (
            ("Flat  1203 ", "flat 1203"),
            ("５栋 901", "5栋901"),
            ("沪Ａ12345", "沪a12345"),
        ):
            with self.subTest(left=left):
                self.assertEqual(reference_key(left), reference_key(right))
        self.assertEqual(reference_key(None), "")

    def test_a_beginning_contains_its_units_and_no_others(self):
        for prefix, key, expected in (
            ("building 3", "building 3-1202", True),
            ("building 3", "building 3", True),
            ("building 3", "building 31", False),
            ("unit b", "unit bc", False),
            ("unit b", "unit b7", True),
            ("5栋", "5栋901", True),
            ("5栋", "15栋901", False),
            ("", "anything", True),
        ):
            with self.subTest(prefix=prefix, key=key):
                self.assertEqual(is_within(prefix, key), expected)

    def test_the_beginnings_looked_up_are_those_that_contain(self):
        self.assertEqual(prefixes("b 31"), ["b", "b ", "b 31"])
        self.assertEqual(prefixes(""), [])


@tagged("post_install", "-at_install")
class TestCoverage(CsReworkCommon):
    """R-12: the free service period proposes class and contractor. It is Monday 1 June 2026."""

    @classmethod
    def cover(cls, **vals):
        return cls.env["cs.coverage"].create({"partner_id": cls.firm.id, **YEAR, **vals})

    def order_of(self, **vals):
        """Open an order of a case about a flat, with no class chosen, and return it as the agent sees it."""
        case = self.make_case(user_id=self.agent.id, **{"object_ref": "Flat 1203", **vals})
        case.action_open_rework()
        return case.rework_ids

    def track(self):
        """Write the tracked changes so far into the chatter, as the end of a request does."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def test_with_a_contractor_it_is_his_warranty(self):
        coverage = self.cover(contractor_id=self.contractor.id)
        order = self.order_of()
        self.assertRecordValues(
            order,
            [
                {
                    "cost_class": "a",
                    "proposed_class": "a",
                    "executor": "contractor",
                    "contractor_id": self.contractor.id,
                    "coverage_id": coverage.id,
                }
            ],
        )
        self.assertIn("12/31/2026", order.coverage_note)
        self.assertIn("Solid Roofs Ltd", order.coverage_note)

    def test_without_a_contractor_the_company_bears_it(self):
        self.cover()
        order = self.order_of()
        self.assertRecordValues(order, [{"cost_class": "b", "executor": "team", "contractor_id": False}])
        self.assertIn("borne by the company", order.coverage_note)

    def test_what_is_over_is_charged_to_the_customer(self):
        coverage = self.cover(**OVER, contractor_id=self.contractor.id)
        order = self.order_of()
        self.assertRecordValues(
            order, [{"cost_class": "c", "coverage_id": coverage.id, "executor": "team", "contractor_id": False}]
        )
        self.assertIn("ended on 12/31/2025", order.coverage_note)

    def test_the_agreed_fee_after_the_period(self):
        """R-12: free in the agreed period, then against the agreed fee, which the customer still agrees to (R-02)."""
        self.cover(**OVER, fee=250.5)
        order = self.order_of()
        self.assertRecordValues(order, [{"cost_class": "c", "agreed_amount": 250.5, "price_state": "none"}])
        order.case_id.partner_id = self.stranger
        self.assertRecordValues(order, [{"cost_class": False, "agreed_amount": 0}])
        other = self.order_of()
        other.agreed_amount = 99.99
        other.case_id.partner_id = self.stranger
        self.assertRecordValues(other, [{"cost_class": False, "agreed_amount": 99.99}])

    def test_nothing_known_proposes_nothing(self):
        self.cover(partner_id=self.stranger.id)
        self.cover(date_from="2026-06-02")
        self.cover(active=False)
        order = self.order_of()
        self.assertRecordValues(order, [{"cost_class": False, "coverage_id": False, "coverage_note": False}])

    def test_the_last_day_counts_and_the_next_is_over(self):
        """The day is the one the customer called on, in the company's time zone."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.cover(date_to="2026-05-20")
        for moment, expected in (("2026-05-20 15:59:00", "b"), ("2026-05-20 16:00:00", "c")):
            with self.subTest(moment=moment):
                self.assertEqual(self.order_of(received_at=moment).cost_class, expected)

    def test_the_most_specific_counts_then_the_latest(self):
        self.cover()
        project = self.cover(order_ref="HT-88")
        unit = self.cover(partner_id=False, object_ref="flat 1203", contractor_id=self.contractor.id)
        building = self.cover(partner_id=False, object_ref="Flat")
        for vals, expected in (
            ({"object_ref": "Flat 1203", "order_ref": "HT-88"}, unit),
            ({"object_ref": "Flat 1204"}, building),
            ({"object_ref": "Flat 12034"}, building),
            ({"object_ref": "House", "order_ref": "ht-88"}, project),
            ({"object_ref": "FLAT 1203", "partner_id": self.stranger.id}, unit),
        ):
            with self.subTest(**vals):
                self.assertEqual(self.order_of(**vals).coverage_id, expected)
        latest = self.cover(partner_id=False, object_ref="Flat 1203", date_from="2026-03-01")
        self.assertEqual(self.order_of().coverage_id, latest)

    def test_a_running_period_comes_before_a_more_specific_one_that_is_over(self):
        self.cover(object_ref="Flat 1203", **OVER)
        running = self.cover()
        self.assertEqual(self.order_of().coverage_id, running)

    def test_only_the_trades_that_are_covered(self):
        self.cover(trade_ids=[Command.set(self.plumbing.ids)])
        order = self.order_of()
        self.assertFalse(order.cost_class, "the trades are not known yet")
        order.trade_ids = self.plumbing
        self.assertEqual(order.cost_class, "b")
        order.trade_ids = self.plumbing | self.painting
        self.assertFalse(order.cost_class)

    def test_what_is_corrected_in_the_case_is_proposed_anew(self):
        self.cover(partner_id=False, object_ref="Flat 1204", contractor_id=self.contractor.id)
        order = self.order_of()
        self.assertFalse(order.cost_class)
        order.case_id.object_ref = "Flat 1204"
        self.assertRecordValues(order, [{"cost_class": "a", "contractor_id": self.contractor.id}])
        order.case_id.object_ref = "Flat 1203"
        self.assertRecordValues(order, [{"cost_class": False, "contractor_id": False, "executor": "team"}])

    def test_a_chosen_class_stays_and_the_note_says_so(self):
        self.cover(contractor_id=self.contractor.id)
        order = self.order_of()
        self.track()
        order.cost_class = "b"
        self.track()
        order.case_id.object_ref = "Flat 9"
        self.assertRecordValues(order, [{"cost_class": "b", "proposed_class": "a"}])
        self.assertIn("Proposed was “A: Contractor's Warranty”; it was set otherwise.", order.coverage_note)
        tracked = order.sudo().message_ids.tracking_value_ids.filtered(
            lambda value: value.field_id.name == "cost_class"
        )
        self.assertIn("B: Borne by the Company", tracked.mapped("new_value_char"))

    def test_what_is_entered_or_corrected_later_counts_for_drafts(self):
        order, chosen = self.order_of(), self.order_of()
        other = self.env["res.partner"].create({"name": "Other Builder"})
        chosen.write({"executor": "contractor", "contractor_id": other.id})
        coverage = self.cover(contractor_id=self.contractor.id)
        self.assertRecordValues(
            order | chosen,
            [
                {"cost_class": "a", "contractor_id": self.contractor.id},
                {"cost_class": "a", "contractor_id": other.id},
            ],
        )
        builder = self.env["res.partner"].create({"name": "Builder of the roof"})
        coverage.with_user(self.supervisor).contractor_id = builder
        self.assertEqual((order.contractor_id, chosen.contractor_id), (builder, other))
        coverage.with_user(self.supervisor).active = False
        self.assertRecordValues(order, [{"cost_class": False, "contractor_id": False, "executor": "team"}])

    def test_a_dispatched_order_keeps_its_class(self):
        self.cover()
        order = self.order_of()
        order.write(
            {
                "trade_ids": [Command.set(self.plumbing.ids)],
                "technician_ids": [Command.set(self.crew[:1].ids)],
                "task": "<p>Pipe</p>",
            }
        )
        order.action_dispatch()
        order.case_id.partner_id = self.stranger
        self.assertRecordValues(order, [{"cost_class": "b", "proposed_class": "b"}])

    def test_a_further_order_of_an_inspection_keeps_the_class_of_the_former(self):
        self.cover()
        order = self.done_order(cost_class="a", contractor_id=self.contractor.id)
        self.inspect(order, "partly", note="Paint is missing")
        self.assertEqual((order.case_id.rework_ids - order).cost_class, "a")

    def test_one_query_for_many_orders(self):
        self.cover()
        self.cover(partner_id=False, object_ref="Flat", contractor_id=self.contractor.id)
        demand = {"company": self.company.id, "order_ref": False, "trades": [], "day": fields.Date.today()}
        demands = [
            demand | {"partner": self.firm.id, "object_ref": f"{name} {number}"}
            for number in range(100)
            for name in ("Flat", "House")
        ]
        coverages = self.env["cs.coverage"]
        coverages._lookup(demands)
        self.env.invalidate_all()
        with self.assertQueryCount(4):
            found = coverages._lookup(demands)
        self.assertEqual([result for _coverage, result in found], ["a", "b"] * 100)

    # ------------------------------------------------------------------
    # The period itself
    # ------------------------------------------------------------------

    def test_it_says_for_what_and_ends_after_it_begins(self):
        with self.assertRaisesRegex(ValidationError, "for which customer"):
            self.cover(partner_id=False, object_ref="  ")
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.cover(date_from="2026-02-01", date_to="2026-01-31")

    def test_a_person_stands_for_his_company(self):
        self.assertEqual(self.cover(partner_id=self.customer.id).partner_id, self.firm)
        self.assertEqual(self.customer.with_user(self.agent).cs_coverage_count, 1)
        action = self.customer.with_user(self.agent).action_view_cs_coverages()
        self.assertEqual(self.env["cs.coverage"].search(action["domain"]).partner_id, self.firm)

    def test_what_ends_soon_by_the_days_of_the_settings(self):
        today = fields.Date.today()
        soon, later, over, coming = (
            self.cover(date_from=begin, date_to=end)
            for begin, end in (
                (today, fields.Date.add(today, days=30)),
                (today, fields.Date.add(today, days=31)),
                (fields.Date.add(today, days=-9), fields.Date.add(today, days=-1)),
                (fields.Date.add(today, days=1), fields.Date.add(today, days=9)),
            )
        )
        every = soon | later | over | coming
        search = self.env["cs.coverage"].with_user(self.agent).search
        self.assertEqual(every.mapped("state"), ["running", "running", "over", "coming"])
        for state, expected in (("running", soon | later), ("over", over), ("coming", coming)):
            self.assertEqual(search([("state", "=", state), ("id", "in", every.ids)]), expected)
        self.assertEqual(search([("state", "!=", "over"), ("id", "in", every.ids)]), every - over)
        self.assertEqual(search([("ends_soon", "=", True), ("id", "in", every.ids)]), soon)
        self.assertEqual(search([("ends_soon", "=", False), ("id", "in", every.ids)]), every - soon)
        with Form(self.env["cs.settings"].with_user(self.manager)) as form:
            form.cs_coverage_warning_days = 31
        form.record.action_save()
        self.assertEqual(search([("ends_soon", "=", True), ("id", "in", every.ids)]), soon | later)
        self.env.invalidate_all()
        self.assertTrue(later.ends_soon)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_agents_read_supervisors_write_managers_delete(self):
        coverage = self.cover()
        self.assertTrue(coverage.with_user(self.agent).read(["date_to"]))
        for user in (self.agent, self.head, self.repairer, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                coverage.with_user(user).write({"date_to": "2027-12-31"})
        for user in (self.head, self.repairer, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                coverage.with_user(user).read(["date_to"])
        coverage.with_user(self.supervisor).date_to = "2027-12-31"
        with self.assertRaises(AccessError):
            coverage.with_user(self.supervisor).unlink()
        coverage.with_user(self.manager).unlink()

    def test_another_company_sees_nothing_and_decides_nothing(self):
        company = self.env["res.company"].create({"name": "Foreign company"})
        coverage = self.cover(company_id=company.id)
        self.assertFalse(self.order_of().coverage_id)
        with self.assertRaises(AccessError):
            coverage.with_user(self.manager).read(["date_to"])

    def test_the_proposal_is_the_servers(self):
        coverage = self.cover()
        order = self.order_of()
        for values in (
            {"coverage_id": coverage.id},
            {"proposed_class": "a"},
            {"proposed_contractor_id": self.contractor.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                order.with_user(self.manager).write(values)

    def test_a_technician_opens_his_order_without_the_contract(self):
        self.cover()
        order = self.own_order()
        order.action_dispatch()
        form = Form(order.with_user(self.repairer), view="customer_service_addon.cs_rework_view_form")
        self.assertNotIn("coverage_note", form._view["fields"])
        form = Form(order.with_user(self.agent), view="customer_service_addon.cs_rework_view_form")
        self.assertIn("coverage_note", form._view["fields"])
