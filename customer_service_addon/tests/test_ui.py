from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tests.common import MailCase

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestUi(MailCase, CsCommon, HttpCase):
    """The screens in a real browser, by role (Must show 2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = cls.agent + cls.agent_2 + cls.supervisor + cls.manager + cls.head
        cls.caller = cls.customer.copy(
            {"name": "Caller At Nine", "phone": "+86 138 0909 0905", "email": "nine@bluefleet.example"}
        )
        cls.answer = (
            cls.env["cs.answer"]
            .with_user(cls.supervisor)
            .create({"name": "Noise of the brakes", "body": "<p>Brakes are checked the same day, {{customer}}.</p>"})
        )
        cls.answer.with_user(cls.supervisor).action_approve()
        workshop = cls.env["hr.department"].create({"name": "Brake Workshop"})
        workshop.manager_id = cls.env["hr.employee"].create(
            {"name": cls.agent_2.name, "user_id": cls.agent_2.id, "department_id": workshop.id}
        )

    def _speak(self, lang):
        """Have everybody work in ``lang``, with its translations."""
        language = self.env["res.lang"]._activate_lang(lang)
        self.env["base.language.install"].create({"lang_ids": [(4, language.id)], "overwrite": True}).lang_install()
        self.roles.lang = lang

    def _call_from_first_ring_to_closed_case(self):
        self.start_tour("/odoo", "cs_call_register_tour", login=self.agent.login)
        case = self.env["cs.case"].search([("subject", "=", "Brakes grind in every bend")])
        self.assertEqual(len(case), 1)
        self.assertEqual((case.partner_id, case.first_contact_id), (self.caller, self.agent))
        # The browser counts in the time zone of the machine, so the hour is not ours to check.
        self.assertEqual(case.received_at.minute, 5)
        self.assertLess(case.received_at, case.registered_at)

        with self.mock_mail_gateway():
            self.env.ref("customer_service_addon.ir_cron_cs_notices").method_direct_trigger()
        self.assertEqual(case.ack_state, "sent")

        self.start_tour("/odoo", "cs_call_hand_over_tour", login=self.agent.login)
        self.assertEqual((case.user_id, case.pending_user_id), (self.agent, self.agent_2))

        self.start_tour("/odoo", "cs_call_accept_tour", login=self.agent_2.login)
        self.start_tour("/odoo", "cs_call_question_tour", login=self.head.login)
        self.assertRecordValues(case.forward_ids, [{"state": "answered", "answer": "Yes, from two o'clock on"}])

        with self.real_prints() as printed:
            self.start_tour("/odoo", "cs_call_answer_tour", login=self.agent_2.login)
        self.assertEqual(printed, [case.ids])
        self.assertEqual((case.user_id, case.first_contact_id), (self.agent_2, self.agent))
        self.assertEqual((case.meaning, case.confirmation), ("closed", "phone"))
        self.assertTrue(case.message_ids.filtered(lambda message: "Brakes are checked" in message.body))
        self.assertEqual(self.answer.use_count, 1)
        self._print(case)

    def _print(self, case):
        """Every printed form of the case opens for its owner."""
        self.authenticate(self.agent_2.login, self.agent_2.login)
        for report in ("report_cs_case_acceptance", "report_cs_case_sheet"):
            page = self.url_open(f"/report/html/customer_service_addon.{report}/{case.id}")
            self.assertEqual(page.status_code, 200)
            self.assertIn(case.name, page.text)

    def test_call_from_first_ring_to_closed_case(self):
        self._call_from_first_ring_to_closed_case()

    def test_the_same_call_in_chinese(self):
        self._speak("zh_CN")
        self._call_from_first_ring_to_closed_case()

    def test_people_who_share_a_number_are_all_offered(self):
        self.caller.copy({"name": "Wife of the Caller", "email": "wife@bluefleet.example"})
        self.start_tour("/odoo", "cs_call_candidates_tour", login=self.agent.login)

    def test_manager_configures_the_register(self):
        self.start_tour("/odoo", "cs_configuration_tour", login=self.manager.login)
        stage = self.env["cs.case.stage"].search([("name", "=", "Waiting for Parts")])
        self.assertEqual(stage.meaning, "waiting")
        self.assertEqual(self.company._cs_sequence().prefix, "KF-")
