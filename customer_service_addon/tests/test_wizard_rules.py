from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CsCommon


@tagged("post_install", "-at_install")
class TestWizardRules(CsCommon):
    """A dialog holds what its user typed or may see: nobody else opens it, also not by its id over RPC."""

    def test_every_dialog_has_the_rule(self):
        dialogs = [name for name, model in self.env.registry.items() if name.startswith("cs.") and model._transient]
        self.assertGreater(len(dialogs), 10)
        rules = self.env["ir.rule"].search([("model_id.model", "in", dialogs), ("groups", "=", False)])
        own = rules.filtered(
            lambda rule: (
                rule.domain_force == "[('create_uid', '=', user.id)]"
                and all((rule.perm_read, rule.perm_write, rule.perm_create, rule.perm_unlink))
            )
        )
        self.assertEqual(set(dialogs) - set(own.model_id.mapped("model")), set())

    def test_neither_colleague_nor_manager_opens_somebodys_dialog(self):
        case = self.make_case()
        values = {"case_id": case.id, "department_id": self.department.id, "question": "Between us"}
        wizard = self.env["cs.forward.wizard"].with_user(self.agent).create(values)
        self.assertEqual(wizard.question, "Between us")
        for user in (self.agent_2, self.manager):
            with self.assertRaises(AccessError):
                wizard.with_user(user).read(["question"])
            with self.assertRaises(AccessError):
                wizard.with_user(user).write({"question": "Changed"})
