from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..services.takeover_steps import NEXT_STATES
from .test_report import PrintCommon, pdf_text
from .test_rework import CsReworkCommon


class CsTakeoverCommon(CsReworkCommon):
    """A software project that is handed over; it is Monday 1 June 2026."""

    @classmethod
    def make_takeover(cls, user=None, **vals):
        return (
            cls.env["cs.takeover"]
            .with_user(user or cls.agent)
            .create(
                {
                    "name": "Hospital Information System",
                    "partner_id": cls.customer.id,
                    "order_ref": "HT-2026-7",
                    "manager_id": cls.head_employee.id,
                    "free_from": "2026-06-01",
                    "free_to": "2027-05-31",
                    **vals,
                }
            )
        )

    @classmethod
    def complete(cls, takeover):
        takeover.document_ids.action_receive()
        return takeover


@tagged("post_install", "-at_install")
class TestTakeover(CsTakeoverCommon):
    """R-13: from implementation to service, with seven documents and three months of joint handling."""

    def test_it_starts_with_the_seven_documents(self):
        takeover = self.make_takeover()
        self.assertEqual(takeover.partner_id, self.firm)
        self.assertEqual(takeover.document_ids.type_id, self.env["cs.takeover.document.type"].search([]))
        self.assertRecordValues(
            takeover, [{"missing_count": 7, "state": "draft", "can_start": False, "joint_months": 3}]
        )
        self.assertIn("Project Acceptance Report", takeover.document_ids.mapped("name"))

    def test_joint_handling_starts_only_when_all_required_are_in(self):
        takeover = self.make_takeover()
        *others, last = takeover.document_ids
        for document in others:
            document.action_receive()
        with self.assertRaisesRegex(UserError, "Server Configuration"):
            takeover.action_start_joint()
        with Form(takeover) as form, form.document_ids.edit(6) as row:
            row.file = "VEVTVA=="
            row.file_name = "servers.txt"
        self.assertRecordValues(last, [{"received_by_id": self.agent.id}])
        self.assertTrue(last.received_at and takeover.can_start)
        takeover.action_start_joint()
        self.assertRecordValues(takeover, [{"state": "joint", "can_take_over": False}])
        self.assertEqual(str(takeover.joint_until), "2026-09-01")

    def test_what_is_not_required_does_not_stop_it(self):
        takeover = self.make_takeover()
        (takeover.document_ids - takeover.document_ids[:1]).action_receive()
        with self.assertRaises(AccessError):
            takeover.document_ids[:1].is_required = False
        takeover.document_ids[:1].with_user(self.supervisor).is_required = False
        takeover.action_start_joint()
        self.assertEqual(takeover.state, "joint")

    def test_the_list_of_a_company_is_its_own(self):
        self.env["cs.takeover.document.type"].with_user(self.manager).create(
            {"name": "Training Record", "company_id": self.company.id}
        )
        foreign = self.env["res.company"].create({"name": "Foreign company"})
        self.env["cs.takeover.document.type"].create({"name": "Foreign Paper", "company_id": foreign.id})
        names = self.make_takeover().document_ids.mapped("name")
        self.assertIn("Training Record", names)
        self.assertNotIn("Foreign Paper", names)

    def test_service_takes_over_after_the_months(self):
        takeover = self.complete(self.make_takeover())
        takeover.action_start_joint()
        with self.assertRaisesRegex(UserError, "jointly until"):
            takeover.action_take_over()
        self.at("2026-08-31 02:00:00")
        self.run_job("cs.takeover", "_cron_take_over")
        self.assertEqual(takeover.state, "joint")
        self.at("2026-09-01 02:00:00")
        self.run_job("cs.takeover", "_cron_take_over")
        self.assertEqual(takeover.state, "service")
        self.assertRecordValues(
            takeover.coverage_id,
            [{"partner_id": self.firm.id, "order_ref": "HT-2026-7", "contractor_id": False}],
        )
        self.assertEqual(str(takeover.coverage_id.date_to), "2027-05-31")
        self.assertEqual(takeover.sudo().activity_ids.user_id, self.agent)
        self.run_job("cs.takeover", "_cron_take_over")
        self.assertEqual(self.env["cs.coverage"].search_count([("partner_id", "=", self.firm.id)]), 1)

    def test_by_button_and_the_free_period_follows_a_correction(self):
        takeover = self.complete(self.make_takeover(joint_months=0))
        takeover.action_start_joint()
        self.assertTrue(takeover.can_take_over)
        takeover.action_take_over()
        takeover.free_to = "2027-12-31"
        self.assertEqual(str(takeover.coverage_id.date_to), "2027-12-31")
        with self.assertRaisesRegex(UserError, "as it was handed over"):
            takeover.name = "Else"
        order = self.open_order(cost_class=False)
        order.case_id.order_ref = "ht-2026-7"
        self.assertRecordValues(order, [{"cost_class": "b", "coverage_id": takeover.coverage_id.id}])

    def test_without_a_free_period_there_is_none(self):
        takeover = self.complete(self.make_takeover(joint_months=0, free_from=False, free_to=False))
        takeover.action_start_joint()
        takeover.action_take_over()
        self.assertFalse(takeover.coverage_id)
        takeover.write({"free_from": "2026-06-01", "free_to": "2026-12-31"})
        self.assertTrue(takeover.coverage_id)

    def test_months_by_the_settings(self):
        with Form(self.env["cs.settings"].with_user(self.manager)) as form:
            form.cs_joint_months = 2
        form.record.action_save()
        self.assertEqual(self.make_takeover().joint_months, 2)

    def test_every_move_outside_the_table_is_refused(self):
        for state in NEXT_STATES:
            for following in NEXT_STATES:
                takeover = self.make_takeover()
                takeover._cs_as_server().write({"state": state, "joint_at": "2026-01-01 00:00:00"})
                with self.subTest(state=state, following=following):
                    if following in NEXT_STATES[state]:
                        takeover._go_to(following)
                        self.assertEqual(takeover.state, following)
                    else:
                        with self.assertRaisesRegex(UserError, "cannot become"):
                            takeover._go_to(following)

    def test_documents_stay_what_joint_handling_started_upon(self):
        takeover = self.complete(self.make_takeover())
        takeover.document_ids[:1].action_give_back()
        self.assertEqual(takeover.missing_count, 1)
        self.complete(takeover).action_start_joint()
        document = takeover.document_ids[:1].with_user(self.supervisor)
        for call in (document.action_give_back, document.unlink, lambda: document.write({"is_required": False})):
            with self.assertRaisesRegex(UserError, "goes back"):
                call()
        document.note = "Second version"
        takeover.action_back()
        self.assertRecordValues(takeover, [{"state": "draft", "joint_at": False, "joint_until": False}])
        takeover.action_cancel()
        with self.assertRaisesRegex(UserError, "called off"):
            document.note = "Third version"

    def test_dates_in_order(self):
        for vals in (
            {"free_from": "2026-06-01", "free_to": "2026-05-31"},
            {"signed_on": "2026-02-01", "started_on": "2026-01-01"},
            {"started_on": "2026-02-01", "accepted_on": "2026-01-01"},
        ):
            refused = self.assertRaises(CheckViolation)
            with self.subTest(vals=vals), refused, mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.make_takeover(**vals)
                self.env.flush_all()

    def test_state_and_proofs_are_the_servers(self):
        takeover = self.make_takeover()
        for name in ("state", "joint_at", "service_at", "coverage_id"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                takeover.with_user(self.manager).write({name: takeover[name]})
        for name in ("received_at", "received_by_id"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                takeover.document_ids.with_user(self.manager).write({name: False})
        with self.assertRaises(AccessError):
            self.make_takeover(state="service")
        takeover.with_user(self.supervisor).unlink()

    def test_who_sees_it(self):
        takeover = self.make_takeover()
        for user in (self.head, self.repairer, self.employee_user):
            for record in (takeover, takeover.document_ids[:1]):
                with self.subTest(user=user.login, model=record._name), self.assertRaises(AccessError):
                    record.with_user(user).read(["name"])
        with self.assertRaises(AccessError):
            takeover.unlink()
        company = self.env["res.company"].create({"name": "Foreign company"})
        foreign = self.env["cs.takeover"].create(
            {"name": "Foreign", "partner_id": self.firm.id, "company_id": company.id}
        )
        for record in (foreign, foreign.document_ids[:1]):
            with self.assertRaises(AccessError):
                record.with_user(self.manager).read(["name"])
        with self.assertRaises(AccessError):
            takeover.message_subscribe(self.customer.ids)

    def test_the_form_is_filled_in_by_an_agent(self):
        with Form(self.env["cs.takeover"].with_user(self.agent)) as form:
            form.name = "Portal"
            form.partner_id = self.firm
        self.assertEqual((form.record.missing_count, form.record.user_id), (7, self.agent))


@tagged("post_install", "-at_install")
class TestTakeoverPrint(PrintCommon, CsTakeoverCommon):
    """The hand-over form (交接单) as real PDF (R-13, P-01)."""

    def test_form_as_pdf(self):
        takeover = self.make_takeover(name="医院信息系统", remark="Two printers are missing")
        takeover.document_ids[:1].action_receive()
        text = pdf_text(self.print_pdf("takeover", takeover))
        for expected in (
            *(
                "Hand-overfromImplementation",
                "医院信息系统",
                "BlueFleetLtd",
                "HT-2026-7",
                "HedDepartment",
                "05/31/2027",
            ),
            *("ProjectAcceptanceReport", "AgentAnna", "Twoprintersaremissing", "Projectmanager"),
        ):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)
