from datetime import datetime

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_promise import CsPromiseCommon

INCIDENT = "customer_service_addon.mail_activity_type_cs_incident"


@tagged("post_install", "-at_install")
class TestCaseKind(CsPromiseCommon):
    """Praise is noted, an incident is told at once, a visit has an order of times (H-04, I-10, I-11)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss_user = new_test_user(cls.env, login="cs_boss", groups="base.group_user", name="Boss")
        boss = cls.env["hr.employee"].create({"name": "Boss", "user_id": cls.boss_user.id})
        cls.employee = cls.env["hr.employee"].create({"name": "Nice Nina", "parent_id": boss.id})
        cls.employee_2 = cls.env["hr.employee"].create({"name": "Kind Kai"})

    def _notes(self, employee, case):
        return employee.message_ids.filtered(lambda message: case.name in (message.body or ""))

    def test_praise_is_noted_once_and_the_manager_hears(self):
        case = self.make_case(type_id=self.type_praise.id, praised_employee_id=self.employee.id)
        self.assertEqual(len(self._notes(self.employee, case)), 1)
        self.assertEqual(self.employee.activity_ids.user_id, self.boss_user)
        case.write({"subject": "Very friendly", "praised_employee_id": self.employee.id})
        self.assertEqual(len(self._notes(self.employee, case)), 1)
        self.assertEqual(len(self.employee.activity_ids), 1)

    def test_praise_recorded_later_and_for_somebody_else(self):
        case = self.make_case(type_id=self.type_praise.id)
        case.praised_employee_id = self.employee
        self.assertEqual(len(self._notes(self.employee, case)), 1)
        case.praised_employee_id = self.employee_2
        self.assertEqual(len(self._notes(self.employee_2, case)), 1)

    def test_an_employee_named_in_another_case_is_not_praised(self):
        case = self.make_case(praised_employee_id=self.employee.id)
        self.assertFalse(self._notes(self.employee, case))
        case.type_id = self.type_praise
        self.assertTrue(self._notes(self.employee, case))

    def test_incident_tells_leader_and_managers_once(self):
        case = self.make_case()
        case.write({"is_incident": True, "incident_place": "Gate 2"})
        people = self.alarms(case, INCIDENT).user_id
        self.assertLessEqual(self.supervisor | self.manager, people)
        self.assertNotIn(self.agent_2, people)
        self.assertEqual(case.incident_at, datetime(2026, 6, 1, 2))
        self.assertTrue(case.message_ids.filtered(lambda message: "Sue Supervisor" in (message.body or "")))
        count = len(self.alarms(case, INCIDENT))
        case.is_incident = False
        case.is_incident = True
        self.assertEqual(len(self.alarms(case, INCIDENT)), count)

    def test_incident_known_at_registration(self):
        case = self.make_case(is_incident=True)
        self.assertTrue(case.incident_at)
        self.assertIn(self.supervisor, self.alarms(case, INCIDENT).user_id)

    def test_managers_of_another_company_are_not_told(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="cs_foreign_manager",
            groups="customer_service_addon.group_cs_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        case = self.make_case(is_incident=True)
        self.assertNotIn(stranger, self.alarms(case, INCIDENT).user_id)

    def test_no_mail_per_person(self):
        before = self.env["mail.mail"].sudo().search_count([])
        self.make_case(is_incident=True)
        self.assertEqual(self.env["mail.mail"].sudo().search_count([]), before)

    def test_what_proves_it_is_not_written_by_clients(self):
        case = self.make_case()
        for name in ("incident_at", "verdict_at", "praise_noted_id", "silence_notice_at", "promise_note"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                case.write({name: False})

    @mute_logger("odoo.sql_db")
    def test_visitors_do_not_leave_before_they_come(self):
        case = self.make_case(visit_start="2026-06-01 02:00:00", visit_end="2026-06-01 02:00:00")
        with self.assertRaises(CheckViolation):
            case.visit_end = "2026-06-01 01:00:00"
            case.flush_recordset()
