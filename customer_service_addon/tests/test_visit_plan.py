import logging
from datetime import date, datetime
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common_visit_plan import CsVisitPlanCommon
from .test_report import PrintCommon, pdf_text
from .test_working_time import make_calendar

_logger = logging.getLogger(__name__)
MORNING = datetime(2026, 6, 2, 1)  # Tuesday, 9:00 in Shanghai


@tagged("post_install", "-at_install")
class TestVisitPlanWork(CsVisitPlanCommon):
    """V-01: finished work plans its visit at once; what was missed is planned by the job."""

    def test_a_completed_repair_is_asked_about_the_next_working_day(self):
        """R-06: by somebody else than who did it, with all that is known of it."""
        plan = self.make_plan("rework", user_ids=[Command.set((self.repairer | self.caller).ids)])
        order = self.done_order()
        self.assertFalse(self.visits(plan))
        self.inspect(order, "accepted")
        visit = self.visits(plan)
        self.assertRecordValues(
            visit,
            [
                {
                    "partner_id": self.customer.id,
                    "rework_id": order.id,
                    "case_id": order.case_id.id,
                    "event_key": f"cs.rework,{order.id}",
                    "why": f"{order.name} completed on 2026-06-01",
                    "due_from": MORNING,
                    "next_at": MORNING,
                    "received_at": order.closed_at,
                    "user_id": self.caller.id,
                    "team_id": self.team.id,
                    "method": "phone",
                    "state": "planned",
                }
            ],
        )
        self.assertEqual(visit.served_user_ids, self.repairer)
        self.assertEqual(visit.name, f"{order.case_id.name}-V1")
        self.run_plans()
        self.assertEqual(self.visits(plan), visit)
        self.assertFalse(self.env["cs.visit.candidate"].search([("plan_id", "=", plan.id), ("done", "=", False)]))

    def test_weekends_and_holidays_are_not_working_days(self):
        plan = self.make_plan("rework")
        self.holiday("2026-06-07 16:00:00", "2026-06-08 16:00:00")
        order = self.done_order()
        self.at("2026-06-05 08:00:00")
        self.inspect(order, "accepted")
        self.assertEqual(self.visits(plan).due_from, datetime(2026, 6, 9, 1))

    def test_customers_are_called_in_their_own_day(self):
        """Berlin's morning is our afternoon; New York's day never meets ours: he is called when we work."""
        plan = self.make_plan("rework")
        self.company.cs_visit_quiet_days = 0
        wanted = {
            ("Europe/Berlin", 0, 0): datetime(2026, 6, 2, 7),
            ("America/New_York", 0, 0): MORNING,
            ("America/New_York", 20, 22): MORNING,
            ("America/Los_Angeles", 18, 20): MORNING,
            ("America/Los_Angeles", 19.5, 21): datetime(2026, 6, 2, 2, 30),
            ("Asia/Tokyo", 14, 15): datetime(2026, 6, 2, 5),
        }
        for (zone, begin, end), due in wanted.items():
            with self.subTest(zone=zone, begin=begin):
                self.customer.write({"tz": zone, "cs_call_from": begin, "cs_call_to": end})
                order = self.done_order()
                self.inspect(order, "accepted")
                visit = self.visits(plan).filtered(lambda visit, order=order: visit.rework_id == order)
                self.assertEqual(visit.due_from, due)

    def test_the_delay_counts_on_the_calendar_of_the_team(self):
        self.team.resource_calendar_id = make_calendar(self.company, "America/New_York", [(1, 9, 17), (2, 9, 17)])
        self.customer.tz = "America/Los_Angeles"
        plan = self.make_plan("rework")
        order = self.done_order()
        self.inspect(order, "accepted")
        # Sunday evening in New York; Tuesday is the first working day, Los Angeles rises three hours later.
        self.assertEqual(self.visits(plan).due_from, datetime(2026, 6, 2, 16))

    def test_hours_and_days_of_delay(self):
        plan = self.make_plan("case", delay=3, delay_unit="h")
        later = self.make_plan("case", delay=2, delay_unit="d")
        self.company.cs_visit_quiet_days = 0
        self.close_case()
        self.assertEqual(self.visits(plan).due_from, datetime(2026, 6, 1, 5))
        self.assertEqual(self.visits(later).due_from, datetime(2026, 6, 3, 1))

    def test_a_closed_complaint_is_asked_about_and_later_once_more(self):
        soon = self.make_plan("complaint")
        later = self.make_plan("complaint", delay=20, delay_unit="d")
        level = self.env["cs.level"].create(
            {"name": "Light", "needs_verification": False, "needs_analysis": False, "needs_visit": False}
        )
        complaint = self.open_complaint()
        self.triage(complaint, level=level, departments=self.env["hr.department"])
        complaint.action_reply()
        complaint.action_close()
        first, second = self.visits(soon), self.visits(later)
        self.assertEqual((first.complaint_id, second.complaint_id), (complaint, complaint))
        self.assertEqual((first.due_from, second.due_from), (MORNING, datetime(2026, 6, 22, 1)))
        self.assertEqual(first.why, f"{complaint.name} closed on 2026-06-01")
        self.assertEqual((first.served_user_ids, first.department_id), (self.agent, complaint.department_id))

    def test_a_closed_case_is_asked_about_and_a_cancelled_one_is_not(self):
        plan = self.make_plan("case")
        case = self.close_case()
        self.assertEqual(self.visits(plan).case_id, case)
        cancelled = self.make_case(partner_id=self.buyer.id)
        cancelled.sudo().cancel_reason = "Twice"
        cancelled.sudo().action_cancel()
        solved = self.make_case(partner_id=self.buyer.id)
        solved.sudo()._cs_as_server().write({"first_answered_at": solved.received_at})
        solved.action_solve()
        target = self.make_case(partner_id=self.buyer.id)
        merged = self.make_case(partner_id=self.buyer.id)
        merged.with_user(self.supervisor)._merge_into(target.with_user(self.supervisor), "The same")
        self.run_plans()
        self.assertEqual(self.visits(plan).case_id, case)

    def test_a_case_taken_up_again_and_closed_again_is_one_event(self):
        plan = self.make_plan("case")
        case = self.close_case()
        case.sudo().action_reopen()
        self.finish_cases(case)
        self.assertEqual(len(self.visits(plan)), 1)

    def test_the_job_catches_up_what_was_missed(self):
        case = self.close_case()
        early = self.make_case(received_at="2026-05-31 20:00:00", partner_id=self.buyer.id)
        self.finish_cases(early)
        early.sudo()._cs_as_server().write({"closed_at": "2026-04-29 00:00:00"})
        plan = self.make_plan("case")
        self.assertFalse(self.visits(plan))
        self.at("2026-06-03 03:00:00")
        self.run_plans()
        # It is due at once, what happened before the plan began is not asked about.
        self.assertRecordValues(self.visits(plan), [{"case_id": case.id, "due_from": datetime(2026, 6, 3, 3)}])
        self.assertEqual(plan.last_run_at, datetime(2026, 6, 3, 3))
        self.assertEqual(plan.next_run_at, datetime(2026, 6, 4, 3))

    def test_what_is_long_ago_is_not_asked_about(self):
        case = self.close_case()
        case.sudo()._cs_as_server().write({"closed_at": "2026-05-10 00:00:00"})
        plan = self.make_plan("case", lookback_days=10)
        self.run_plans()
        self.assertFalse(self.visits(plan))
        plan.lookback_days = 30
        plan.action_plan_now()
        self.run_plans()
        self.assertEqual(len(self.visits(plan)), 1)

    def test_only_the_chosen_work(self):
        plan = self.make_plan("case", source_domain=f"[('type_id', '=', {self.type_praise.id})]")
        self.close_case()
        self.assertFalse(self.visits(plan))
        self.close_case(type_id=self.type_praise.id)
        self.assertEqual(self.visits(plan).case_id.type_id, self.type_praise)

    def test_a_broken_plan_keeps_nobody_from_closing(self):
        plan = self.make_plan("case")
        plans = self.registry["cs.visit.plan"]
        with patch.object(plans, "_visit_values", side_effect=ValueError("Broken")):
            case = self.close_case()
        self.assertEqual(case.meaning, "closed")
        self.assertFalse(self.visits(plan))
        self.run_plans()
        self.assertEqual(self.visits(plan).case_id, case)

    def test_nobody_of_the_plan_can_ask(self):
        """Whoever of the team calls, but not he."""
        plan = self.make_plan("rework", user_ids=[Command.set(self.repairer.ids)])
        order = self.done_order()
        self.inspect(order, "accepted")
        self.assertRecordValues(self.visits(plan), [{"user_id": False}])

    def test_whom_the_complaint_is_about_is_not_chosen(self):
        """C-07, whatever the purpose says."""
        self.purpose.asked_by_other = False
        plan = self.make_plan("case", user_ids=[Command.set((self.technician | self.caller).ids)])
        complaint = self.open_complaint()
        complaint.sudo().person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        complaint.sudo()._cs_as_server().write({"state": "closed"})
        self.finish_cases(complaint.case_id)
        self.assertEqual(self.visits(plan).user_id, self.caller)

    def test_in_turn(self):
        self.company.cs_visit_quiet_days = 0
        people = self.caller | self.agent_2 | self.other_agent
        plan = self.make_plan("case", user_ids=[Command.set(people.ids)])
        for _number in range(4):
            self.close_case(user_id=self.agent.id)
        turn = people.sorted("id").ids
        self.assertEqual(self.visits(plan).sorted("id").user_id.ids, turn)
        self.assertEqual([visit.user_id.id for visit in self.visits(plan).sorted("id")], [*turn, turn[0]])

    def test_closing_a_hundred_cases_costs_a_constant_number_of_queries(self):
        self.company.cs_visit_quiet_days = 0
        plan = self.make_plan("case")
        self._cost_of_closing(3)
        small, large = self._cost_of_closing(10), self._cost_of_closing(100)
        self.assertEqual(len(self.visits(plan)), 113)
        plan.action_stop()
        bare_small, bare_large = self._cost_of_closing(10), self._cost_of_closing(100)
        extra_small, extra_large = small - bare_small, large - bare_large
        _logger.info("The visits of 10 closed cases cost %s queries, of 100 cases %s", extra_small, extra_large)
        self.assertLessEqual(extra_large - extra_small, 4)
        self.assertLessEqual(extra_large, 60)

    def _cost_of_closing(self, count):
        """Return how many queries it takes to close ``count`` cases."""
        cases = self.env["cs.case"].create(
            [
                {
                    "subject": f"Question {number}",
                    "type_id": self.type_inquiry.id,
                    "channel_id": self.channel_phone.id,
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                    "partner_id": self.customer.id,
                }
                for number in range(count)
            ]
        )
        cases._cs_as_server().write({"first_answered_at": "2026-06-01 01:00:00", "confirmation": "phone"})
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        cases.action_close()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestVisitPlanCustomers(CsVisitPlanCommon):
    """V-01: rhythm, inactivity, invoices, contracts and campaigns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open_books()

    # ------------------------------------------------------------------
    # Invoices and inactivity
    # ------------------------------------------------------------------

    def test_a_posted_invoice_is_asked_about(self):
        plan = self.make_plan("invoice", delay=3, delay_unit="d")
        move = self.post_invoice(self.customer, "2026-05-31")
        self.post_invoice(self.buyer, "2026-04-30")
        draft = self.post_invoice(self.buyer, "2026-05-31")
        draft.button_draft()
        self.post_invoice(self.buyer, "2026-05-31", move_type="out_refund")
        self.run_plans()
        self.assertRecordValues(
            self.visits(plan),
            [
                {
                    "partner_id": self.customer.id,
                    "event_key": f"account.move,{move.id}",
                    "why": f"Invoice {move.name} of 2026-05-31",
                    "due_from": datetime(2026, 6, 3, 1),
                    "received_at": datetime(2026, 5, 30, 16),
                    "case_id": False,
                }
            ],
        )

    def test_no_order_for_a_week_is_visited_once_while_it_lasts(self):
        """V-01: only customers with a rhythm; the latest invoice of anybody of the company counts."""
        self.firm.write({"cs_class_id": self.key_class.id, "phone": "1"})
        rare = self.make_customer("Rare Ltd", cs_class_id=self.small_class.id)
        plan = self.make_plan("inactivity", inactive_days=7, inactive_until_days=30)
        self.post_invoice(self.buyer, "2026-05-20")
        for partner, day in ((self.firm, "2026-05-01"), (self.customer, "2026-05-28"), (rare, "2026-05-20")):
            self.post_invoice(partner, day)
        self.run_plans()
        visit = self.visits(plan)
        self.assertRecordValues(
            visit,
            [{"partner_id": self.buyer.id, "event_key": "inactive:2026-05-20", "why": "No invoice since 2026-05-20"}],
        )
        self.at("2026-06-30 02:00:00")
        self.run_plans()
        # The firm fell silent, and is beyond thirty days; the buyer was visited for this silence.
        self.assertEqual(self.visits(plan), visit)
        plan.only_rhythm = False
        plan.inactive_until_days = 60
        plan.action_plan_now()
        self.run_plans()
        self.assertEqual(self.visits(plan).partner_id, self.buyer | self.firm | rare)

    def test_two_contacts_a_month_as_long_as_nothing_is_ordered(self):
        """V-01: evenly, each month anew."""
        plan = self.make_plan("inactivity", inactive_days=30, contacts_per_month=2)
        self.post_invoice(self.buyer, "2026-04-01")
        self.run_plans()
        self.assertEqual(self.visits(plan).mapped("event_key"), ["inactive:2026-04-01:2026-06:1"])
        self.visits(plan)._record_answers("staff", self.answers(), user=self.caller)
        self.at("2026-06-09 02:00:00")
        self.run_plans()
        self.assertEqual(
            self.visits(plan).mapped(lambda visit: (visit.event_key, visit.due_from)),
            [
                ("inactive:2026-04-01:2026-06:1", datetime(2026, 6, 1, 2)),
                ("inactive:2026-04-01:2026-06:2", datetime(2026, 6, 16, 1)),
            ],
        )
        self.at("2026-06-16 02:00:00")
        self.visits(plan)[1]._record_answers("staff", self.answers(), user=self.caller)
        self.at("2026-06-30 02:00:00")
        self.run_plans()
        self.assertEqual(self.visits(plan)[-1].event_key, "inactive:2026-04-01:2026-07:1")
        self.post_invoice(self.buyer, "2026-07-01")
        self.at("2026-07-14 02:00:00")
        self.run_plans()
        self.assertEqual(len(self.visits(plan)), 3)

    def test_customer_service_takes_over_except_debtors_and_those_of_sales(self):
        """V-01: over two months; noted in the customer's file."""
        with_sales = self.make_customer("Sales Ltd", cs_class_id=self.key_class.id, cs_with_sales=True)
        debtor = self.make_customer("Debt Ltd", cs_class_id=self.key_class.id)
        with self.assertRaises(ValidationError):
            self.make_plan("inactivity", inactive_days=60, takes_over=True)
        plan = self.make_plan(
            "inactivity",
            inactive_days=60,
            takes_over=True,
            team_id=self.team.id,
            except_debtors=True,
            except_with_sales=True,
        )
        for partner, due in ((self.buyer, "2026-12-01"), (with_sales, "2026-12-01"), (debtor, "2026-04-15")):
            self.post_invoice(partner, "2026-03-15", due=due)
        found = self.preview(plan)
        self.assertEqual(
            {partner: found[partner] for partner in (self.buyer, with_sales, debtor)},
            {self.buyer: "visit", with_sales: "with_sales", debtor: "debtor"},
        )
        self.assertFalse(self.buyer.cs_care_team_id)
        self.run_plans()
        self.assertEqual(self.visits(plan).partner_id, self.buyer)
        self.assertEqual(self.buyer.cs_care_team_id, self.team)
        self.assertIn("looked after by Hotline", self.buyer.message_ids[0].body)
        self.assertFalse((debtor | with_sales).cs_care_team_id)

    def test_other_orders_count_through_the_hook(self):
        plan = self.make_plan("inactivity")
        self.post_invoice(self.buyer, "2026-05-01")
        plans = self.registry["cs.visit.plan"]
        bought = plans._last_trade_sql

        def with_orders(plan):
            order = SQL("SELECT %s AS partner_id, %s::date AS last_on", self.buyer.id, date(2026, 5, 30))
            return SQL("%s UNION ALL %s", bought(plan), order)

        with patch.object(plans, "_last_trade_sql", with_orders):
            self.assertNotIn(self.buyer, self.preview(plan))
        self.assertEqual(self.preview(plan)[self.buyer], "visit")

    # ------------------------------------------------------------------
    # Rhythm
    # ------------------------------------------------------------------

    def test_key_customers_are_visited_by_the_rhythm_of_their_class(self):
        plan = self.make_plan("rhythm")
        self.firm.cs_class_id = self.small_class
        self.run_plans()
        visit = self.visits(plan)
        self.assertRecordValues(
            visit,
            [
                {
                    "partner_id": self.buyer.id,
                    "event_key": "rhythm:2026-06-01",
                    "why": "Regular visit of Key, due 2026-06-01",
                    "due_from": datetime(2026, 6, 1, 2),
                }
            ],
        )
        self.at("2026-06-20 02:00:00")
        visit._record_answers("staff", self.answers(), user=self.caller)
        self.at("2026-07-12 02:00:00")
        self.run_plans()
        self.assertEqual(self.visits(plan), visit)
        # A month after he was asked, and planned a week ahead: only the next one.
        self.at("2026-07-13 02:00:00")
        self.run_plans()
        self.assertEqual(self.visits(plan).mapped("event_key"), ["rhythm:2026-06-01", "rhythm:2026-07-20"])
        self.at("2026-07-16 02:00:00")
        self.run_plans()
        self.assertEqual(len(self.visits(plan)), 2)

    def test_who_was_not_reached_is_visited_again_next_time(self):
        plan = self.make_plan("rhythm")
        self.run_plans()
        self.visits(plan)._go_to("unreachable")
        self.at("2026-06-29 02:00:00")
        self.run_plans()
        self.assertEqual(self.visits(plan).mapped("event_key"), ["rhythm:2026-06-01", "rhythm:2026-07-01"])

    # ------------------------------------------------------------------
    # Contracts
    # ------------------------------------------------------------------

    def make_coverage(self, partner, begin, end, **values):
        return self.env["cs.coverage"].create(
            {"partner_id": partner.id, "date_from": begin, "date_to": end, "order_ref": "C-7", **values}
        )

    def test_each_year_of_a_running_contract(self):
        running = self.make_coverage(self.buyer, "2024-06-03", "2027-06-02")
        self.make_coverage(self.make_customer("Over Ltd"), "2024-06-03", "2026-05-31")
        self.make_coverage(self.make_customer("Other Month Ltd"), "2024-08-03", "2027-06-02")
        plan = self.make_plan("contract", delay=0, delay_unit="d")
        self.run_plans()
        self.assertRecordValues(
            self.visits(plan),
            [
                {
                    "partner_id": self.buyer.id,
                    "event_key": f"contract:{running.id}:2026",
                    "why": "Yearly visit, contract C-7 since 2026-06-03",
                    "due_from": datetime(2026, 6, 3, 1),
                }
            ],
        )

    def test_before_free_service_ends(self):
        ending = self.make_coverage(self.buyer, "2024-06-30", "2026-06-30")
        self.make_coverage(self.make_customer("Later Ltd"), "2024-08-03", "2026-07-20")
        self.make_coverage(self.make_customer("Over Ltd"), "2024-06-03", "2026-05-31")
        plan = self.make_plan("coverage_end", delay=15, delay_unit="wd")
        self.run_plans()
        self.assertFalse(self.visits(plan))
        self.at("2026-06-02 02:00:00")
        self.run_plans()
        self.assertRecordValues(
            self.visits(plan),
            [
                {
                    "event_key": f"coverage_end:{ending.id}",
                    "why": "Free service C-7 ends on 2026-06-30",
                    # Fifteen working days before Tuesday 30 June.
                    "due_from": datetime(2026, 6, 9, 1),
                }
            ],
        )

    # ------------------------------------------------------------------
    # Campaign
    # ------------------------------------------------------------------

    def test_a_campaign_is_spread_over_the_working_days_of_its_period(self):
        """V-02: period, customers by filter, purpose, method, people."""
        customers = self.env["res.partner"].create(
            [{"name": f"Campaign {number}", "phone": "1", "is_company": True} for number in range(20)]
        )
        self.holiday("2026-06-03 16:00:00", "2026-06-04 16:00:00")
        people = self.caller | self.agent_2
        plan = self.make_plan(
            "campaign",
            start_on="2026-06-02",
            end_on="2026-06-08",
            partner_domain="[('name', 'like', 'Campaign')]",
            user_ids=[Command.set(people.ids)],
            start=False,
        )
        self.assertEqual(set(self.preview(plan).values()), {"visit"})
        plan.action_start()
        self.run_plans(batch=7)
        visits = self.visits(plan)
        self.assertEqual(visits.partner_id, customers)
        days = [visit.due_from for visit in visits]
        self.assertEqual({day: days.count(day) for day in days}, {datetime(2026, 6, day, 1): 5 for day in (2, 3, 5, 8)})
        self.assertEqual(len(visits.filtered(lambda visit: visit.user_id == self.caller)), 10)
        self.assertEqual(set(visits.mapped("event_key")), {"campaign"})
        self.assertEqual((plan.planned_count, plan.found_count, plan.progress), (20, 20, 100.0))
        self.at("2026-06-09 02:00:00")
        self.run_plans()
        self.assertEqual(plan.state, "done")
        self.assertEqual(len(self.visits(plan)), 20)

    def test_colleagues_and_the_own_company_are_no_customers(self):
        plan = self.make_plan("campaign", start_on="2026-06-02", end_on="2026-06-08", start=False)
        found = self.preview(plan)
        for partner in self.caller.partner_id | self.company.partner_id | self.customer:
            self.assertNotIn(partner, found)
        self.assertEqual(found[self.buyer], "visit")
        self.assertEqual(found[self.firm], "no_contact")

    def test_a_campaign_needs_its_period_and_somebody(self):
        with self.assertRaises(ValidationError):
            self.make_plan("campaign", start=False)
        plan = self.make_plan("rhythm", start=False, user_ids=False)
        with self.assertRaisesRegex(UserError, "which team"):
            plan.action_start()
        plan.team_id = self.other_team
        plan.action_start()
        self.run_plans()
        self.assertRecordValues(self.visits(plan), [{"team_id": self.other_team.id, "user_id": False}])


@tagged("post_install", "-at_install")
class TestVisitPlanRules(CsVisitPlanCommon):
    """Not too often, not who does not want it, by whom, and who may do what."""

    def campaign(self, name="Campaign", start=True, **values):
        return self.make_plan(
            "campaign",
            name=name,
            start_on="2026-06-01",
            end_on="2026-06-30",
            partner_domain="[('name', 'like', ' Ltd')]",
            start=start,
            **values,
        )

    # ------------------------------------------------------------------
    # Quiet days
    # ------------------------------------------------------------------

    def test_nobody_is_planned_twice_within_the_quiet_days(self):
        """Whatever the plans are, for the company as a whole; what was called off does not count."""
        first = self.make_plan("case")
        self.close_case()
        second = self.make_plan("rework")
        order = self.done_order()
        self.inspect(order, "accepted")
        self.assertEqual((len(self.visits(first)), len(self.visits(second))), (1, 0))
        self.assertEqual(self.preview(second), {self.customer: "recent"})
        self.visits(first)._end("cancelled", "Not needed")
        self.run_plans()
        self.assertEqual(self.visits(second).rework_id, order)

    def test_who_was_asked_lately_is_asked_when_the_quiet_days_are_over(self):
        plan = self.make_plan("case")
        self.close_case()
        visit = self.visits(plan)
        self.at("2026-06-03 02:00:00")
        visit._record_answers("staff", self.answers(), user=self.caller)
        case = self.close_case()
        self.at("2026-06-16 02:00:00")
        self.run_plans()
        self.assertEqual(self.visits(plan), visit)
        self.at("2026-06-17 03:00:00")
        self.run_plans()
        self.assertRecordValues(self.visits(plan) - visit, [{"case_id": case.id, "due_from": datetime(2026, 6, 17, 3)}])

    def test_two_events_of_a_customer_found_together_are_one_visit(self):
        colleague = self.env["res.partner"].create({"name": "Li", "parent_id": self.firm.id, "phone": "1"})
        cases = self.close_case() | self.close_case(partner_id=colleague.id)
        plan = self.make_plan("case")
        self.assertEqual(sorted(self.preview(plan).values()), ["recent", "visit"])
        self.run_plans()
        self.assertEqual(len(self.visits(plan)), 1)
        self.assertIn(self.visits(plan).case_id, cases)

    def test_a_late_visit_counts_as_the_next_one(self):
        visit = self.plan_visit(due_from="2026-05-01 02:00:00")
        plan = self.make_plan("case")
        self.close_case()
        self.assertFalse(self.visits(plan))
        visit._end("cancelled", "Not needed")
        self.run_plans()
        self.assertEqual(len(self.visits(plan)), 1)

    def test_without_quiet_days_every_event_counts(self):
        self.company.cs_visit_quiet_days = 0
        plan = self.make_plan("case")
        self.close_case()
        self.close_case()
        self.assertEqual(len(self.visits(plan)), 2)

    # ------------------------------------------------------------------
    # Who is left out
    # ------------------------------------------------------------------

    def test_who_does_not_want_to_be_asked_is_not(self):
        plan = self.make_plan("case")
        self.firm.cs_no_visits = True
        self.close_case()
        self.assertFalse(self.visits(plan))
        self.firm.cs_no_visits = False
        self.customer.cs_no_visits = True
        self.assertEqual(self.preview(plan), {self.customer: "opt_out"})

    def test_who_opts_out_while_he_waits_in_the_queue(self):
        plan = self.campaign()
        plan.sudo()._for_planning()._find()
        self.assertEqual(plan.found_count, 1)
        self.buyer.cs_no_visits = True
        self.run_plans()
        self.assertFalse(self.visits(plan))

    def test_no_phone_or_no_mail(self):
        plan = self.make_plan("case", start=False)
        self.close_case(partner_id=self.stranger.id)
        self.assertEqual(self.preview(plan), {self.stranger: "no_contact"})
        plan.method = "email"
        self.assertEqual(self.preview(plan), {self.stranger: "visit"})
        plan.method = "onsite"
        self.assertEqual(self.preview(plan), {self.stranger: "visit"})
        self.stranger.email = " "
        plan.method = "email"
        self.assertEqual(self.preview(plan), {self.stranger: "no_contact"})

    def test_classes_and_filter(self):
        other = self.make_customer("Small Ltd", cs_class_id=self.small_class.id)
        plan = self.campaign(start=False)
        self.assertEqual(self.preview(plan)[other], "visit")
        plan.class_ids = self.key_class
        self.assertEqual(self.preview(plan), {self.buyer: "visit"})
        plan.partner_domain = "[('name', '=', 'Nobody')]"
        self.assertEqual(self.preview(plan), {})
        self.assertEqual(plan.preview_note, "Nobody would be visited.")

    def test_other_companies_customers(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        self.buyer.company_id = company
        self.assertNotIn(self.buyer, self.preview(self.campaign(start=False)))

    def test_a_sample_is_drawn_once_for_all(self):
        self.env["res.partner"].create(
            [{"name": f"Sample {number} Ltd", "phone": "1", "is_company": True} for number in range(400)]
        )
        plan = self.campaign(start=False, sample_percent=25)
        drawn = {partner for partner, outcome in self.preview(plan).items() if outcome == "visit"}
        self.assertTrue(60 < len(drawn) < 140, len(drawn))
        self.assertEqual(drawn, {partner for partner, outcome in self.preview(plan).items() if outcome == "visit"})
        plan.action_start()
        self.run_plans()
        plan.action_plan_now()
        self.run_plans()
        self.assertEqual(set(self.visits(plan).partner_id), drawn)
        other = self.campaign(start=False, sample_percent=25)
        self.company.cs_visit_quiet_days = 0
        self.assertNotEqual(drawn, {partner for partner, found in self.preview(other).items() if found == "visit"})

    def test_a_filter_that_cannot_be_read_is_refused(self):
        for name, text in (
            ("partner_domain", "[('nothing', '=', 1)]"),
            ("partner_domain", "uid"),
            ("partner_domain", "[('name', '='"),
            ("source_domain", "[('meaning', '?', 1)]"),
            ("source_domain", "5"),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(ValidationError, "cannot be used"):
                self.make_plan("case", start=False, **{name: text})
        # Nobody learns by a filter what he may not read.
        with self.assertRaises(AccessError):
            self.campaign(start=False).partner_domain = "[('signup_type', '=', 'x')]"

    # ------------------------------------------------------------------
    # Control visits
    # ------------------------------------------------------------------

    def test_control_visits_are_made_by_somebody_else(self):
        """V-07: also where the purpose lets the same person ask, and where no event says who served."""
        self.purpose.asked_by_other = False
        people = [Command.set((self.agent | self.caller).ids)]
        self.close_case(user_id=self.agent.id, partner_id=self.buyer.id)
        self.make_plan("case", user_ids=people, sequence=1)
        plan = self.campaign(is_control=True, user_ids=people)
        self.run_plans()
        self.company.cs_visit_quiet_days = 0
        plan.action_plan_now()
        self.run_plans()
        visit = self.visits(plan)
        self.assertEqual(visit.partner_id, self.buyer)
        self.assertRecordValues(visit, [{"is_control": True, "user_id": self.caller.id}])
        self.assertEqual(visit.served_user_ids, self.agent)
        with self.assertRaises(ValidationError):
            visit.user_id = self.agent

    # ------------------------------------------------------------------
    # Preview, job, rights
    # ------------------------------------------------------------------

    def test_a_preview_creates_nothing(self):
        plan = self.make_plan("case", start=False)
        self.close_case()
        self.close_case(partner_id=self.stranger.id)
        visits = self.env["cs.return.visit"].search_count([])
        action = plan.action_preview()
        rows = self.env["cs.visit.candidate"].with_user(self.supervisor).search(action["domain"])
        self.assertEqual(set(rows.mapped("outcome")), {"visit", "no_contact"})
        self.assertEqual(plan.preview_note, "Is Visited: 1\nNo Phone or Email: 1")
        self.assertEqual(self.env["cs.return.visit"].search_count([]), visits)
        self.assertEqual(plan.found_count, 0)
        self.assertEqual(plan.state, "draft")
        self.run_plans()
        self.assertFalse(self.visits(plan))

    def test_one_that_cannot_be_planned_says_why_and_stops_no_other(self):
        other = self.make_customer("Broken Ltd")
        plan = self.campaign()
        visits = self.registry["cs.return.visit"]
        create = visits._complete_new

        def refuse(model, vals_list):
            if any(vals["partner_id"] == other.id for vals in vals_list):
                raise UserError(self.env._("Never on Mondays"))
            return create(model, vals_list)

        with patch.object(visits, "_complete_new", refuse):
            self.run_plans()
        self.assertEqual(self.visits(plan).partner_id, self.buyer)
        failed = self.env["cs.visit.candidate"].search([("plan_id", "=", plan.id), ("outcome", "=", "failed")])
        self.assertRecordValues(failed, [{"partner_id": other.id, "error": "Never on Mondays", "done": True}])
        self.assertEqual(plan.last_error, "Never on Mondays")
        plan.action_plan_now()
        self.run_plans()
        self.assertEqual(self.visits(plan).partner_id, self.buyer | other)
        self.assertFalse(plan.last_error)

    def test_a_plan_that_cannot_look_stops_no_other(self):
        broken = self.campaign("Broken", sequence=1)
        plan = self.campaign()
        self.env.flush_all()
        self.env.cr.execute("UPDATE cs_visit_plan SET partner_domain = 'nonsense' WHERE id = %s", [broken.id])
        self.env.invalidate_all()
        self.run_plans()
        self.assertEqual(self.visits(plan).partner_id, self.buyer)
        self.assertTrue(broken.last_error)

    def test_the_job_comes_to_an_end_and_asks_for_no_more(self):
        plan = self.campaign()
        cron = self.env.ref("customer_service_addon.ir_cron_cs_visit_plan")
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.visits(plan).partner_id, self.buyer)

    def test_stopped_and_finished_plans_plan_nothing(self):
        plan = self.campaign()
        plan.sudo()._for_planning()._find()
        plan.action_stop()
        self.assertFalse(plan.candidate_ids.sudo())
        with self.assertRaises(UserError):
            plan.action_plan_now()
        self.run_plans()
        self.assertFalse(self.visits(plan))
        plan.action_start()
        self.run_plans()
        self.assertEqual(len(self.visits(plan)), 1)
        plan.action_finish()
        with self.assertRaises(UserError):
            plan.action_stop()

    def test_agents_read_plans_and_supervisors_write_them(self):
        plan = self.campaign(start=False)
        own = plan.with_user(self.caller)
        self.assertEqual(own.name, "Campaign")
        self.assertFalse(own.can_start)
        for act in (
            lambda: own.write({"name": "X"}),
            own.action_start,
            own.action_preview,
            own.action_plan_now,
            lambda: own.copy(),
            lambda: self.env["cs.visit.candidate"].with_user(self.caller).search([]),
            lambda: self.env["cs.visit.plan"].with_user(self.employee_user).search([]),
            lambda: (
                self.env["cs.visit.candidate"]
                .with_user(self.manager)
                .create({"plan_id": plan.id, "partner_id": self.buyer.id, "event_key": "x", "outcome": "visit"})
            ),
        ):
            with self.assertRaises(AccessError):
                act()
        portal = new_test_user(self.env, login="cs_portal_plan", groups="base.group_portal")
        with self.assertRaises(AccessError):
            plan.with_user(portal).read(["name"])
        plan.with_user(self.supervisor).name = "Renamed"
        with self.assertRaises(AccessError):
            plan.with_user(self.supervisor).unlink()
        plan.with_user(self.manager).unlink()

    def test_the_state_is_not_written_by_clients(self):
        plan = self.campaign(start=False)
        for forged in (
            {"state": "running"},
            {"next_run_at": "2026-06-01 00:00:00"},
            {"last_error": "x"},
            {"visit_ids": [Command.clear()]},
            {"candidate_ids": [Command.clear()]},
        ):
            with self.assertRaises(AccessError):
                plan.with_user(self.manager).write(forged)
        with self.assertRaises(AccessError):
            self.env["cs.visit.plan"].with_user(self.manager).create(
                {"name": "X", "purpose_id": self.purpose.id, "state": "running"}
            )
        forged = self.env["cs.visit.plan"].with_user(self.manager).with_context(default_state="running")
        self.assertEqual(forged.create({"name": "X", "purpose_id": self.purpose.id}).state, "draft")
        copied = self.campaign().copy()
        self.assertRecordValues(copied, [{"state": "draft", "next_run_at": False}])

    def test_what_visits_were_planned_for_stays(self):
        plan = self.campaign()
        self.run_plans()
        with self.assertRaises(UserError):
            plan.trigger = "rhythm"
        with self.assertRaises(UserError):
            plan.with_user(self.manager).unlink()
        plan.trigger = "campaign"

    def test_figures(self):
        for values in ({"sample_percent": 0}, {"sample_percent": 101}, {"delay": -1}, {"run_hours": 0}):
            with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.make_plan("case", start=False, **values)

    def test_old_rows_are_cleared(self):
        plan = self.campaign(start=False)
        self.preview(plan)
        rows = self.env["cs.visit.candidate"]
        rows._gc_candidates()
        self.assertTrue(rows.search([("plan_id", "=", plan.id)]))
        self.at("2026-07-02 02:00:00")
        rows._gc_candidates()
        self.assertFalse(rows.search([("plan_id", "=", plan.id)]))

    def test_queries_of_a_batch_do_not_grow_with_it(self):
        def cost(prefix, count):
            self.env["res.partner"].create(
                [
                    {"name": f"{prefix} {number}", "phone": "1", "is_company": True, "cs_class_id": self.key_class.id}
                    for number in range(count)
                ]
            )
            plan = self.make_plan(
                "campaign", start_on="2026-06-01", end_on="2026-06-30", partner_domain=f"[('name', 'like', '{prefix}')]"
            )
            job = plan.sudo()._for_planning()
            job._find()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(job._work_off(500), count)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost("Warm", 3)
        small, large = cost("Few", 20), cost("Many", 90)
        _logger.info("A batch of 20 visits takes %s queries, of 90 visits %s", small, large)
        self.assertLessEqual(large - small, 4, f"20 visits: {small} queries, 90 visits: {large}")
        self.assertLessEqual(large, 60)


@tagged("post_install", "-at_install")
class TestVisitPlanPrint(CsVisitPlanCommon, PrintCommon):
    """客户回访计划 on paper: period, customers, purpose, method, who (V-02)."""

    def test_the_plan_is_printed_before_and_after(self):
        plan = self.make_plan(
            "campaign",
            name="Summer round",
            start_on="2026-06-01",
            end_on="2026-06-30",
            partner_domain="[('name', '=', 'Buyer Ltd')]",
            start=False,
        )
        self.preview(plan)
        before = pdf_text(self.print_pdf("visit_plan", plan, user=self.supervisor))
        for text in ("Summerround", "BuyerLtd", "AfteraRepair", "Phone", "CallerCao"):
            self.assertIn(text, before)
        plan.action_start()
        self.run_plans()
        after = pdf_text(self.print_pdf("visit_plan", plan, user=self.supervisor))
        self.assertIn("RV-", after)
        self.assertIn("BuyerLtd", after)
