from odoo.tests import HttpCase, tagged

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestUi(CsCommon, HttpCase):
    """The screens in a real browser, by role (Must show 2)."""

    def test_manager_configures_the_register(self):
        self.start_tour("/odoo", "cs_configuration_tour", login=self.manager.login)
        stage = self.env["cs.case.stage"].search([("name", "=", "Waiting for Parts")])
        self.assertEqual(stage.meaning, "waiting")
        self.assertEqual(self.company._cs_sequence().prefix, "KF-")
