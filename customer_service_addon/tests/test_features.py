from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..models.cs_feature import FEATURES
from .test_rework import CsReworkCommon

# What carries the group of each feature: menus of an agent, buttons of forms, menus of a manager.
MENUS = {
    "complaint": ("menu_cs_complaint", "menu_cs_complaint_mine", "menu_cs_complaint_causes"),
    "rework": (
        "menu_cs_rework",
        "menu_cs_rework_mine",
        "menu_cs_rework_contracts",
        "menu_cs_coverage",
        "menu_cs_takeover",
    ),
    "laboratory": ("menu_cs_appeal_retest",),
}
BUTTONS = {
    "complaint": (("cs.case", "action_open_complaint"), ("cs.case", "action_view_complaints")),
    "rework": (
        ("cs.case", "action_open_rework"),
        ("cs.case", "action_view_reworks"),
        ("cs.complaint", "action_open_rework"),
        ("res.partner", "action_view_cs_coverages"),
    ),
    "laboratory": (("cs.complaint", "action_view_appeal"),),
}
MANAGER_MENUS = {
    "complaint": ("menu_cs_level", "menu_cs_cause"),
    "rework": ("menu_cs_trade", "menu_cs_service_plan_template", "menu_cs_takeover_document_type"),
}


@tagged("post_install", "-at_install")
class TestFeatures(CsReworkCommon):
    """Parts of the product are switches: a small company sees a small product."""

    def visible(self, xmlid, user):
        """Return whether the menu and every folder it stands in is shown to the user."""
        menu = self.env.ref(f"customer_service_addon.{xmlid}")
        menus = self.env["ir.ui.menu"].with_user(user)
        shown = set(map(int, menu.parent_path.split("/")[:-1])) <= menus._visible_menu_ids()
        self.assertEqual(menu.id in menus.load_menus(False), shown, "the client gets what is visible")
        return shown

    def shows(self, model, button, user):
        arch = self.env[model].with_user(user).get_view(view_type="form")["arch"]
        return f'name="{button}"' in arch

    def switch(self, **wanted):
        """Set the switches in the settings form as a manager who administers nothing else; return the action."""
        with Form(self.env["cs.settings"].with_user(self.manager)) as form:
            for name, on in wanted.items():
                form[f"feature_{name}"] = on
        return form.record.action_save()

    def test_everything_is_on_unless_somebody_switches_it_off(self):
        self.assertEqual(self.env["cs.feature"]._enabled(), set(FEATURES))
        with Form(self.env["cs.settings"].with_user(self.manager)) as form:
            self.assertTrue(all(form[f"feature_{name}"] for name in FEATURES))

    def test_off_is_gone_and_on_is_there_again(self):
        for name, menus in MENUS.items():
            for on in (True, False, True):
                self.switch(**{name: on})
                for menu in menus:
                    with self.subTest(menu=menu, on=on):
                        self.assertEqual(self.visible(menu, self.agent), on)
                for model, button in BUTTONS[name]:
                    with self.subTest(model=model, button=button, on=on):
                        self.assertEqual(self.shows(model, button, self.agent), on)
                for menu in MANAGER_MENUS.get(name, ()):
                    with self.subTest(menu=menu, on=on):
                        self.assertEqual(self.visible(menu, self.manager), on)

    def test_a_switch_gives_nobody_a_menu_of_another_role(self):
        for user, menu in (
            (self.employee_user, "menu_cs_rework"),
            (self.repairer, "menu_cs_rework"),
            (self.repairer, "menu_cs_coverage"),
            (self.agent, "menu_cs_trade"),
            (self.agent, "menu_cs_level"),
            (self.agent, "menu_cs_conduct"),
        ):
            with self.subTest(user=user.login, menu=menu):
                self.assertFalse(self.visible(menu, user))
        self.assertTrue(self.visible("menu_cs_rework_mine", self.repairer))
        for model, button in (("cs.case", "action_open_rework"), ("cs.case", "action_open_complaint")):
            self.assertFalse(self.shows(model, button, self.head))

    def test_other_menus_and_features_stay(self):
        self.switch(rework=False)
        self.assertTrue(self.visible("menu_cs_complaint", self.agent))
        self.assertTrue(self.visible("menu_cs_register", self.agent))
        self.assertTrue(self.visible("menu_cs_settings", self.manager))
        self.assertEqual(self.env["cs.feature"]._enabled(), set(FEATURES) - {"rework"})

    def test_records_stay_and_work_goes_on(self):
        order = self.own_order()
        self.switch(rework=False)
        self.assertEqual(order.with_user(self.agent).state, "draft")
        order.action_dispatch()
        self.assertEqual(order.state, "dispatched")

    def test_the_page_is_loaded_again_only_when_something_changed(self):
        self.assertEqual(self.switch(rework=True)["type"], "ir.actions.act_window_close")
        self.assertEqual(self.switch(rework=False)["tag"], "reload")

    def test_managers_only(self):
        settings = self.env["cs.settings"].with_user(self.manager).create({"feature_rework": False})
        for user in (self.agent, self.supervisor):
            with self.assertRaises(AccessError):
                settings.with_user(user).action_save()
            with self.assertRaises(AccessError):
                self.env["cs.settings"].with_user(user).create({})
            with self.assertRaises(AccessError):
                self.env.ref("base.group_user").with_user(user).write({"implied_ids": []})
        self.assertIn("rework", self.env["cs.feature"]._enabled())
