from odoo.tests import Form, tagged

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestUiButtons(CsCommon):
    """Counters on employee and department, as the people see them who may not read personnel files."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls.env["hr.employee"].create({"name": cls.agent.name, "user_id": cls.agent.id})
        cls.own = cls.make_case(user_id=cls.agent.id)
        cls.visit = cls.make_case(cls.agent_2, user_id=cls.agent_2.id, host_id=cls.host.id)
        cls.praise = cls.make_case(
            cls.agent_2, user_id=cls.agent_2.id, type_id=cls.type_praise.id, praised_employee_id=cls.host.id
        )
        cls.hidden = cls.make_case(
            cls.other_agent, user_id=cls.other_agent.id, team_id=cls.other_team.id, host_id=cls.host.id
        )

    def _public(self, user):
        return self.env["hr.employee.public"].with_user(user).browse(self.host.id)

    def test_an_agent_sees_the_cases_of_an_employee_that_are_open_to_him(self):
        employee = self._public(self.agent_2)
        self.assertEqual((employee.cs_case_count, employee.cs_praise_count), (2, 1))
        shown = self.env["cs.case"].with_user(self.agent_2).search(employee.action_view_cs_cases()["domain"])
        self.assertEqual(shown, self.own + self.visit)
        praise = self.env["cs.case"].with_user(self.agent_2).search(employee.action_view_cs_praise()["domain"])
        self.assertEqual(praise, self.praise)

    def test_a_manager_sees_all_of_them(self):
        self.assertEqual(self._public(self.manager).cs_case_count, 3)

    def test_an_employee_without_role_opens_the_file_without_counters(self):
        form = Form(self._public(self.employee_user), view="hr.hr_employee_public_view_form")
        self.assertNotIn("cs_case_count", form._view["fields"])

    def test_department_counts_unfinished_cases(self):
        own = self.make_case(department_id=self.department.id)
        done = self.make_case(department_id=self.department.id, cancel_reason="Registered twice")
        done.action_cancel()
        department = self.department.with_user(self.head)
        self.assertEqual(department.cs_case_count, 1)
        shown = self.env["cs.case"].with_user(self.head).search(department.action_view_cs_cases()["domain"])
        self.assertEqual(shown, own + done)
