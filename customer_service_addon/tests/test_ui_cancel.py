from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestUiCancel(CsCommon):
    """Cancelling asks for the reason, for one case or for a selection of the list."""

    def _wizard(self, cases, user):
        action = self.env.ref("customer_service_addon.cs_cancel_wizard_action")
        model = self.env[action.res_model].with_user(user).with_context(default_case_ids=cases.ids)
        with Form(model) as form:
            form.reason = "Registered twice"
        return form.record

    def test_selected_cases_are_cancelled_with_their_reason(self):
        cases = self.make_case() + self.make_case()
        self._wizard(cases, self.agent).action_confirm()
        self.assertEqual(cases.mapped("meaning"), ["cancelled", "cancelled"])
        self.assertEqual(set(cases.mapped("cancel_reason")), {"Registered twice"})
        self.assertTrue(all(cases.mapped("cancelled_at")))

    def test_nobody_cancels_a_case_of_another_team(self):
        case = self.make_case()
        with self.assertRaises(AccessError):
            self._wizard(case.sudo(), self.other_agent).action_confirm()
        self.assertEqual(case.meaning, "new")
