from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import CsCommon

VIEWS = ("list", "kanban", "form", "calendar", "activity", "pivot", "graph", "search")


@tagged("post_install", "-at_install")
class TestUiViews(CsCommon):
    """Each role opens the register, and sees what it may do and nothing it may not."""

    def _arch(self, user, view_type):
        view = self.env["cs.case"].with_user(user).get_views([(False, view_type)])
        return etree.fromstring(view["views"][view_type]["arch"])

    def test_every_role_opens_every_view(self):
        for user in (self.agent, self.supervisor, self.manager, self.head):
            for view_type in VIEWS:
                with self.subTest(user=user.login, view=view_type):
                    self.assertTrue(len(self._arch(user, view_type)))

    def test_department_head_reads_without_buttons(self):
        form = self._arch(self.head, "form")
        self.assertFalse(form.xpath("//header/button"))
        self.assertEqual((form.get("create"), form.get("edit")), ("False", "False"))
        self.assertTrue(self._arch(self.agent, "form").xpath("//header/button[@name='action_answer']"))

    def test_department_head_opens_a_case_of_the_department(self):
        case = self.make_case(department_id=self.department.id)
        form = Form(case.with_user(self.head))
        self.assertEqual(form.subject, case.subject)

    def test_agent_registers_with_the_least_the_form_asks_for(self):
        with Form(self.env["cs.case"].with_user(self.agent)) as form:
            form.subject = "Brake noise"
            form.type_id = self.type_inquiry
        case = form.record
        self.assertRegex(case.name, r"^CS-\d+$")
        self.assertEqual(case.meaning, "new")
        self.assertTrue(case.team_id and case.user_id)

    def test_quick_create_gives_a_number(self):
        view = "customer_service_addon.cs_case_view_form_quick"
        with Form(self.env["cs.case"].with_user(self.agent), view=view) as form:
            form.phone = "0138 0013-8000"
            form.subject = "Called from the street"
            form.type_id = self.type_inquiry
        self.assertRegex(form.record.name, r"^CS-\d+$")

    def test_every_list_of_cases_can_be_opened(self):
        """The domains and contexts of the actions hold for an agent, with the filters they switch on."""
        search = self._arch(self.agent, "search")
        filters = {node.get("name"): node.get("domain") for node in search.xpath("//filter[@domain]")}
        actions = self.env["ir.actions.act_window"].search([("res_model", "=", "cs.case"), ("path", "=like", "cs-%")])
        self.assertGreaterEqual(len(actions), 7)
        cases = self.env["cs.case"].with_user(self.agent)
        for domain in [*filters.values(), *actions.mapped("domain")]:
            with self.subTest(domain=domain):
                cases.search_count(self._evaluate(domain))
        for action in actions:
            switched_on = [key[15:] for key in self._evaluate(action.context) if key.startswith("search_default_")]
            self.assertLessEqual(set(switched_on), filters.keys(), action.name)

    def _evaluate(self, text):
        return safe_eval(text or "[]", {"uid": self.agent.id})
