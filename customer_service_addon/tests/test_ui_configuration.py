from ast import literal_eval

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import CsCommon

# What a new record of each configuration model needs at least, besides its defaults.
NEW = {
    "cs.team": {"name": "Night Shift"},
    "cs.case.stage": {"name": "Waiting for Parts", "meaning": "waiting"},
    "cs.case.type": {"name": "Technical Question"},
    "cs.category": {"name": "Brakes"},
    "cs.channel": {"name": "Service Counter"},
    "cs.hold.reason": {"name": "Waiting for the Customs", "waits_for": "third_party"},
    "cs.reception.class": {"name": "D – Craftsmen"},
    "resource.calendar": {"name": "Two Shifts"},
    "resource.calendar.leaves": {
        "name": "Spring Festival",
        "date_from": "2027-02-05 16:00:00",
        "date_to": "2027-02-12 15:59:59",
    },
    "mail.template": {"name": "Season's Greetings"},
    "cs.sla.policy": {"name": "Night Calls"},
    "cs.level": {"name": "Very Grave"},
    "cs.cause": {"name": "Tools"},
    "cs.trade": {"name": "Glazing"},
    "cs.incentive.rule": {"name": "Night Team"},
    "cs.service.plan.template": {"name": "Key Projects"},
    "cs.takeover.document.type": {"name": "Training Record"},
    "cs.partner.class": {"name": "Key Customers"},
    "cs.visit.purpose": {"name": "After Delivery"},
    "survey.survey": {"title": "After Delivery"},
    "tier.definition": {"name": "Board", "reviewer_id": lambda env: env.user},
    "cs.workday.exception": {
        "name": "Before Spring Festival",
        "date": "2027-01-30",
        "weekday": "4",
        "calendar_id": lambda env: env.company.resource_calendar_id,
    },
}
# Lists to look at or to press a button in: nothing is typed there.
WITHOUT_FORM = {"cs.preset", "cs.sla.recompute"}


@tagged("post_install", "-at_install")
class TestUiConfiguration(CsCommon):
    """Everything in the Configuration menu works for a manager who has no other right (section 4)."""

    def _menu_actions(self):
        """Return the window actions of the Configuration menu as the manager gets them."""
        root = self.env.ref("customer_service_addon.menu_cs_configuration")
        menus = self.env["ir.ui.menu"].search([("id", "child_of", root.id)])
        visible = menus.browse(menus.with_user(self.manager)._visible_menu_ids())
        hidden = menus - visible
        self.assertFalse(hidden, f"The manager does not see {hidden.mapped('complete_name')}")
        return [menu.action for menu in menus if menu.action and menu.action._name == "ir.actions.act_window"]

    def _open_views(self, action):
        """Load the views of ``action`` the way the client does; return the id of its form, if any."""
        model = self.env[action.res_model].with_user(self.manager)
        model.get_views([*action.views, (action.search_view_id.id, "search")], {"toolbar": True})
        return next((view_id for view_id, view_type in action.views if view_type == "form"), None)

    def test_every_employee_reaches_what_is_his_and_no_more(self):
        """Actions, approvals, re-tests, improvements and a deputy may be anybody's; registers and figures are not."""
        menus = self.env["ir.ui.menu"].with_context({"ir.ui.menu.full_list": True})
        own = menus.search([("id", "child_of", self.env.ref("customer_service_addon.menu_cs_root").id)])
        visible = own.browse(menus.with_user(self.employee_user)._visible_menu_ids()) & own
        visible = visible.filtered(lambda menu: set(map(int, menu.parent_path.split("/")[:-1])) <= set(visible.ids))
        names = {name.partition(".")[2] for name in visible.get_external_id().values()}
        self.assertEqual(
            names,
            {
                *("menu_cs_root", "menu_cs_my", "menu_cs_complaint_action", "menu_cs_approval"),
                *("menu_cs_appeal_retest", "menu_cs_deputy", "menu_cs_reporting", "menu_cs_improvement"),
            },
        )

    def test_manager_opens_every_list_and_saves_every_form(self):
        actions = self._menu_actions()
        self.assertGreaterEqual({action.res_model for action in actions}, NEW.keys() | {"cs.settings"})
        for action in actions:
            with self.subTest(menu=action.name):
                form_view = self._open_views(action)
                if action.res_model not in WITHOUT_FORM and not self.env[action.res_model]._transient:
                    self._create_and_edit(action.res_model, form_view, literal_eval(action.context or "{}"))

    def _create_and_edit(self, model_name, view, context):
        self.assertIn(model_name, NEW, "Say in NEW what a record of this configuration model needs")
        model = self.env[model_name].with_user(self.manager).with_context(context)
        values = NEW[model_name]
        with Form(model, view=view) as form:
            for name, value in values.items():
                form[name] = value(self.env) if callable(value) else value
        record, (title, text) = form.record, next(iter(values.items()))
        self.assertEqual(record[title], text)
        with Form(record, view=view) as form:
            form[title] = f"{text} 2"
        self.assertEqual(record[title], f"{text} 2")

    def test_manager_edits_existing_records_of_the_product(self):
        for model_name in ("cs.case.stage", "cs.case.type", "cs.channel", "cs.reception.class", "cs.team"):
            record = self.env[model_name].search([], limit=1).with_user(self.manager)
            with self.subTest(model=model_name), Form(record) as form:
                form.name = "Renamed"
            self.assertEqual(record.name, "Renamed")

    def test_manager_adds_members_to_a_team(self):
        with Form(self.team.with_user(self.manager)) as form, form.member_ids.new() as member:
            member.user_id = self.other_agent
            member.capacity = 12
        self.assertIn(self.other_agent, self.team.member_ids.user_id)

    def test_manager_keeps_the_hours_of_a_calendar(self):
        calendar = (
            self.env["resource.calendar"].with_user(self.manager).create({"name": "Hotline", "tz": "Asia/Shanghai"})
        )
        calendar.attendance_ids.filtered(lambda line: line.dayofweek == "4").unlink()
        self.assertEqual(calendar.hours_per_week, 32)

    def test_settings_are_written_for_the_company(self):
        with Form(self.env["cs.settings"].with_user(self.manager)) as form:
            self.assertEqual(form.number_prefix, "CS-")
            form.number_prefix = "KD-"
            form.number_padding = 8
            form.cs_correction_minutes = 45
            form.cs_ledger_print_rows = 500
        form.record.action_save()
        self.assertEqual((self.company.cs_correction_minutes, self.company.cs_ledger_print_rows), (45, 500))
        self.assertRegex(self.make_case().name, r"^KD-\d{8}$")

    def test_settings_refuse_a_broken_prefix_and_change_nothing(self):
        settings = self.env["cs.settings"].with_user(self.manager).create({"number_prefix": "%(month-"})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            settings.action_save()
        self.assertRegex(self.make_case().name, r"^CS-\d{6}$")

    def test_settings_are_closed_to_supervisors(self):
        with self.assertRaises(AccessError):
            self.env["cs.settings"].with_user(self.supervisor).create({})
        settings = self.env["cs.settings"].with_user(self.manager).create({})
        with self.assertRaises(AccessError):
            settings.with_user(self.supervisor).action_save()

    def test_settings_of_a_foreign_company_are_out_of_reach(self):
        foreign = self.env["res.company"].create({"name": "Foreign"})
        settings = self.env["cs.settings"].with_user(self.manager).create({"company_id": foreign.id})
        with self.assertRaises(AccessError):
            settings.action_save()

    def test_holidays_of_persons_stay_out_of_the_managers_hands(self):
        employee = self.env["hr.employee"].create({"name": "Somebody", "user_id": self.agent.id})
        absence = self.env["resource.calendar.leaves"].create(
            {
                "name": "Dentist",
                "resource_id": employee.resource_id.id,
                "date_from": "2027-03-01 08:00:00",
                "date_to": "2027-03-01 12:00:00",
            }
        )
        with self.assertRaises(AccessError):
            absence.with_user(self.manager).name = "Changed"
