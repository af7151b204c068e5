from datetime import date
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .test_report import PrintCommon, pdf_text
from .test_rework import CsReworkCommon


class CsServicePlanCommon(CsReworkCommon):
    """Key customers of a property company; it is Monday 1 June 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key_customers = cls.env["res.partner.category"].create({"name": "Key Customer"})
        cls.template = cls.env["cs.service.plan.template"].create(
            {
                "name": "Key Projects",
                "category_ids": [Command.set(cls.key_customers.ids)],
                "line_ids": [
                    Command.create(
                        {
                            "name": "Maintenance of the pumps",
                            "month": 2,
                            "day": 31,
                            "interval": 4,
                            "team_id": cls.team.id,
                            "trade_ids": [Command.set(cls.plumbing.ids)],
                            "task": "<p>Grease, seals</p>",
                        }
                    ),
                    Command.create({"name": "Yearly visit", "kind": "visit", "month": 11, "day": 5}),
                ],
            }
        )

    @classmethod
    def make_plan(cls, *days, started=True, **vals):
        """Create the plan of the firm with a maintenance on each of ``days``."""
        plan = cls.env["cs.service.plan"].create(
            {
                "name": "Maintenance 2026",
                "partner_id": cls.firm.id,
                "team_id": cls.team.id,
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
                "row_ids": [
                    Command.create({"name": f"Pumps {day}", "planned_on": day, "task": "<p>Grease</p>"}) for day in days
                ],
                **vals,
            }
        )
        if started:
            plan.with_user(cls.supervisor).action_start()
        return plan

    def open_due(self, **arguments):
        self.run_job("cs.service.plan.row", "_cron_open", **arguments)


@tagged("post_install", "-at_install")
class TestServicePlan(CsServicePlanCommon):
    """R-12, R-14: the yearly plan of a customer and the regular maintenance of key projects."""

    # ------------------------------------------------------------------
    # Templates
    # ------------------------------------------------------------------

    def generate(self, user=None, **vals):
        wizard = (
            self.env["cs.service.plan.generate"]
            .with_user(user or self.supervisor)
            .create({"template_id": self.template.id, "date_from": "2027-01-01", "date_to": "2027-12-31", **vals})
        )
        return self.env["cs.service.plan"].search(wizard.action_generate()["domain"])

    def test_plans_are_generated_for_the_customers_of_the_kind(self):
        self.customer.category_id = self.key_customers
        plan = self.generate()
        self.assertRecordValues(
            plan, [{"partner_id": self.firm.id, "state": "draft", "template_id": self.template.id, "row_count": 4}]
        )
        self.assertEqual(
            plan.row_ids.mapped(lambda row: (str(row.planned_on), row.kind)),
            [
                ("2027-02-28", "maintenance"),
                ("2027-06-30", "maintenance"),
                ("2027-10-31", "maintenance"),
                ("2027-11-05", "visit"),
            ],
        )
        self.assertEqual((plan.row_ids[0].trade_ids, plan.row_ids[0].team_id), (self.plumbing, self.team))

    def test_nobody_gets_a_plan_twice(self):
        self.firm.category_id = self.key_customers
        first = self.generate()
        with self.assertRaisesRegex(UserError, "already"):
            self.generate()
        self.stranger.category_id = self.key_customers
        self.assertEqual(self.generate().partner_id, self.stranger)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env["cs.service.plan"]._cs_as_server().create(
                {
                    "name": "Twice",
                    "partner_id": first.partner_id.id,
                    "template_id": self.template.id,
                    "date_from": "2027-01-01",
                    "date_to": "2027-12-31",
                }
            )

    def test_without_customers_or_with_a_wrong_period_nothing_is_made(self):
        with self.assertRaisesRegex(UserError, "No customer"):
            self.generate()
        self.firm.category_id = self.key_customers
        with self.assertRaisesRegex(UserError, "ends before"):
            self.generate(date_to="2026-12-31")
        with self.assertRaises(AccessError):
            self.generate(user=self.agent)

    def test_a_period_of_other_months_and_once_only(self):
        line = self.template.line_ids[:1]
        line.write({"month": 1, "day": 1, "interval": 0})
        values = line._row_values(date(2026, 7, 15), date(2027, 7, 14))
        self.assertFalse(values, "the first of July is before the plan begins")
        line.write({"interval": 3})
        days = [row["planned_on"] for row in line._row_values(date(2026, 7, 15), date(2027, 7, 14))]
        self.assertEqual(days, [date(2026, 10, 1), date(2027, 1, 1), date(2027, 4, 1), date(2027, 7, 1)])

    # ------------------------------------------------------------------
    # Rows become cases
    # ------------------------------------------------------------------

    def test_a_maintenance_opens_its_case_and_order_on_its_date(self):
        plan = self.make_plan("2026-06-01", "2026-06-02", order_ref="HT-9", object_ref="Pump house")
        plan.row_ids[:1].trade_ids = self.plumbing
        self.open_due()
        due, later = plan.row_ids
        self.assertEqual((due.state, later.state), ("opened", "planned"))
        case = due.case_id
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": self.firm.id,
                    "subject": "Pumps 2026-06-01",
                    "team_id": self.team.id,
                    "order_ref": "HT-9",
                    "object_ref": "Pump house",
                    "ack_state": "none",
                }
            ],
        )
        self.assertIn(case.user_id, self.team.member_ids.user_id)
        self.assertRecordValues(
            case.rework_ids, [{"state": "draft", "trade_ids": self.plumbing.ids, "object_ref": "Pump house"}]
        )
        self.assertIn("Grease", case.rework_ids.task)
        self.open_due()
        self.assertEqual(len(due.case_ids), 1)

    def test_a_visit_opens_a_case_alone(self):
        plan = self.make_plan("2026-06-01")
        plan.row_ids.kind = "visit"
        self.open_due()
        self.assertTrue(plan.row_ids.case_id)
        self.assertFalse(plan.row_ids.case_id.rework_ids)

    def test_days_ahead_by_the_settings(self):
        plan = self.make_plan("2026-06-08", "2026-06-09")
        with Form(self.env["cs.settings"].with_user(self.manager)) as form:
            form.cs_plan_lead_days = 7
        form.record.action_save()
        self.open_due()
        self.assertEqual(plan.row_ids.mapped("state"), ["opened", "planned"])

    def test_only_running_plans_open_anything(self):
        plans = self.make_plan("2026-06-01", started=False) | self.make_plan("2026-06-01", active=False)
        self.open_due()
        self.assertEqual(plans.row_ids.mapped("state"), ["planned", "planned"])

    def test_done_with_its_order_or_skipped_with_it(self):
        rows = self.make_plan("2026-06-01", "2026-05-31", "2026-05-30").row_ids.sorted("planned_on", reverse=True)
        self.open_due()
        done, called_off, cancelled = rows
        order = done.case_id.rework_ids
        order.sudo().technician_ids = self.crew[:1]
        order.sudo()._cs_as_server().write({"state": "closed"})
        called_off.case_id.rework_ids.sudo()._end("cancelled", "Customer moved")
        cancelled.case_id.sudo().rework_ids._end("cancelled", "Customer moved")
        cancelled.case_id.sudo().cancel_reason = "Moved"
        cancelled.case_id.sudo().action_cancel()
        self.assertEqual(rows.mapped("state"), ["done", "skipped", "skipped"])
        order.case_id._open_reworks()
        self.assertEqual(done.state, "opened", "a further order is open")

    def test_a_row_is_opened_before_its_date_by_hand(self):
        row = self.make_plan("2026-09-01").row_ids.with_user(self.supervisor)
        row.action_open_now()
        self.assertEqual(row.state, "opened")
        with self.assertRaisesRegex(UserError, "stays as it is"):
            row.action_open_now()
        draft = self.make_plan("2026-09-01", started=False).row_ids.with_user(self.supervisor)
        with self.assertRaisesRegex(UserError, "Start the plan"):
            draft.action_open_now()

    def test_the_database_knows_one_case_per_row(self):
        row = self.make_plan("2026-06-01").row_ids
        row._open()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            row._open()
            self.env.flush_all()

    def test_one_bad_row_stops_no_other_and_says_why(self):
        rows = self.make_plan("2026-05-30", "2026-05-31", "2026-06-01").row_ids
        bad = rows[1].id
        register = type(self.env["cs.case"]).create

        def broken(cases, vals_list):
            if any(vals.get("plan_row_id") == bad for vals in vals_list):
                raise ValueError("The team has nobody")
            return register(cases, vals_list)

        with patch.object(type(self.env["cs.case"]), "create", broken):
            self.open_due()
        self.assertEqual(rows.mapped("state"), ["opened", "planned", "opened"])
        self.assertEqual(rows[1].error, "The team has nobody")
        todo = rows.plan_id.activity_ids
        self.assertEqual(todo.user_id, self.supervisor)
        self.assertIn("The team has nobody", todo.note)
        self.open_due()
        self.assertEqual(rows[1].state, "planned", "it waits for somebody to correct it")
        rows[1].with_user(self.supervisor).team_id = self.team
        self.open_due()
        self.assertRecordValues(rows[1], [{"state": "opened", "error": False}])

    def test_batches_and_queries_do_not_grow_with_the_rows(self):
        counts = []
        for size in (10, 60):
            rows = self.env["cs.service.plan.row"].browse(self.make_plan(*(["2026-06-01"] * size)).row_ids.ids)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows._open()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 25)
        plan = self.make_plan(*(["2026-06-01"] * 25))
        self.open_due(batch=10)
        self.assertEqual(set(plan.row_ids.mapped("state")), {"opened"})

    # ------------------------------------------------------------------
    # The plan
    # ------------------------------------------------------------------

    def test_skipped_with_a_reason(self):
        row = self.make_plan("2026-06-01").row_ids.with_user(self.supervisor)
        dialog = self.env["cs.service.plan.skip"].with_user(self.supervisor)
        with self.assertRaisesRegex(UserError, "Say why"):
            dialog.create({"row_ids": [Command.set(row.ids)], "reason": " "}).action_confirm()
        dialog.create({"row_ids": [Command.set(row.ids)], "reason": "Pump is new"}).action_confirm()
        self.assertRecordValues(row, [{"state": "skipped", "skip_reason": "Pump is new"}])
        with self.assertRaisesRegex(UserError, "stays as it is"):
            row.name = "Else"
        self.open_due()
        self.assertFalse(row.case_id)

    def test_the_way_of_a_plan(self):
        plan = self.make_plan(started=False).with_user(self.supervisor)
        with self.assertRaisesRegex(UserError, "at least one"):
            plan.action_start()
        plan.row_ids = [Command.create({"name": "Pumps", "planned_on": "2026-07-01"})]
        with self.assertRaisesRegex(UserError, "cannot become"):
            plan._go_to("closed")
        plan.action_start()
        with self.assertRaisesRegex(UserError, "1 services"):
            plan.action_close()
        plan.row_ids._skip("Not needed")
        with self.assertRaisesRegex(UserError, "its customer stays"):
            plan.partner_id = self.stranger
        plan.action_close()
        self.assertEqual(plan.state, "closed")
        with self.assertRaisesRegex(UserError, "is closed"):
            plan.row_ids = [Command.create({"name": "One more", "planned_on": "2026-08-01"})]
        with self.assertRaisesRegex(UserError, "kept"):
            plan.unlink()
        plan.action_reopen()
        plan.action_back_to_draft()
        self.assertEqual(plan.state, "draft")

    def test_agents_read_and_supervisors_decide(self):
        plan = self.make_plan("2026-06-01", started=False)
        own = plan.with_user(self.agent)
        self.assertEqual(own.row_ids.mapped("state"), ["planned"])
        for call in (own.action_start, lambda: own.write({"name": "X"}), own.row_ids.action_open_now):
            with self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            own.row_ids._skip("No")
        for values in ({"state": "running"}, {"template_id": self.template.id}):
            with self.assertRaises(AccessError):
                plan.with_user(self.manager).write(values)
        for values in ({"skip_reason": "x"}, {"error": "x"}, {"state": "done"}):
            with self.assertRaises(AccessError):
                plan.row_ids.with_user(self.manager).write(values)
        with self.assertRaises(AccessError):
            self.make_case().with_user(self.manager).write({"plan_row_id": plan.row_ids.id})
        for user in (self.head, self.repairer, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                plan.with_user(user).read(["name"])

    def test_another_company_sees_no_plan(self):
        company = self.env["res.company"].create({"name": "Foreign company"})
        plan = self.make_plan("2026-06-01", started=False, company_id=company.id, team_id=False)
        for record in (plan, plan.row_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.manager).read(["name"])

    def test_forms_open_for_their_people(self):
        plan = self.make_plan("2026-06-01")
        for user in (self.agent, self.supervisor):
            Form(plan.with_user(user))
            Form(plan.row_ids.with_user(user))
        with Form(self.env["cs.service.plan"].with_user(self.supervisor)) as form:
            form.name = "Visits"
            form.partner_id = self.firm
        self.assertEqual((form.record.date_from.month, form.record.date_to.month), (1, 12))


@tagged("post_install", "-at_install")
class TestServicePlanPrint(PrintCommon, CsServicePlanCommon):
    """The yearly plan as real PDF (R-12, P-01)."""

    def test_plan_as_pdf(self):
        plan = self.make_plan("2026-06-01", "2026-10-01")
        plan.row_ids[:1].name = "水泵保养"
        plan.row_ids[1:]._skip("Pump is new")
        text = pdf_text(self.print_pdf("service_plan", plan))
        for expected in ("ServicePlan", "Maintenance2026", "BlueFleetLtd", "水泵保养", "06/01/2026", "Pumpisnew"):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)
