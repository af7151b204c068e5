import json
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, users

from .common import CsCommon

FOLDER = Path(__file__).parent.parent / "data" / "presets"


@tagged("post_install", "-at_install")
class TestPreset(CsCommon):
    """Chapter 10: a procedure is chosen, loaded again without harm, and belongs to the users from then on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.preset = cls.env.ref("customer_service_addon.cs_preset_vehicle_leasing")

    def _team(self, key="team_central"):
        item = self.preset.item_ids.filtered(lambda item: item.key == key)
        return self.env["cs.team"].browse(item.res_id)

    @users("cs_manager")
    def test_manager_loads_every_preset_without_other_rights(self):
        for preset in self.env["cs.preset"].search([]):
            content = json.loads((FOLDER / preset.filename).read_text(encoding="utf-8"))
            expected = len(content["records"]) + len(content.get("settings", {}))
            preset.action_load()
            self.assertEqual((preset.loaded_count, preset.content_count), (expected, expected))
            self.assertTrue(preset.loaded_at)
        self.assertEqual(self.env.ref("customer_service_addon.cs_preset_general").item_ids.company_id, self.company)

    @users("cs_manager")
    def test_loading_again_overwrites_nothing_and_brings_nothing_back(self):
        preset = self.preset.with_user(self.env.user)
        preset.action_load()
        team = self._team()
        team.with_user(self.manager).write({"name": "Our own name", "handover_hours": 2})
        self._team("team_region_south").with_user(self.manager).unlink()
        before = self.env["cs.team"].search_count([])
        action = preset.action_load()
        self.assertIn("everything", action["params"]["message"])
        self.assertEqual((team.name, team.handover_hours), ("Our own name", 2))
        self.assertEqual(self.env["cs.team"].search_count([]), before)

    def test_a_later_version_of_the_file_adds_only_what_is_new(self):
        self.preset.with_user(self.manager).action_load()
        forgotten = self.preset.item_ids.filtered(lambda item: item.key == "cat_battery")
        self.env["cs.category"].browse(forgotten.res_id).unlink()
        forgotten.unlink()
        self.assertEqual(self.preset.with_user(self.manager)._load_into(self.company), 1)

    def test_names_come_in_both_languages(self):
        self.preset.with_user(self.manager).action_load()
        self.assertEqual(self._team().with_context(lang="zh_CN").name, "客户服务部")
        self.assertEqual(self._team().with_context(lang="en_US").name, "Customer Service Centre")

    def test_each_company_has_its_own_records(self):
        company = self.env["res.company"].create({"name": "Second company"})
        self.preset._load_into(self.company)
        self.preset._load_into(company)
        teams = self.env["cs.team"].search([("name", "=", "Customer Service Centre")])
        self.assertEqual(teams.company_id, self.company | company)

    @users("cs_supervisor")
    def test_supervisor_cannot_load(self):
        with self.assertRaises(AccessError):
            self.preset.with_user(self.env.user).action_load()

    def test_file_outside_the_folder_is_refused(self):
        self.preset.filename = "../../__manifest__.py"
        with self.assertRaisesRegex(UserError, "missing"):
            self.preset._read_content()

    def test_every_file_is_complete_and_translated(self):
        for path in FOLDER.glob("*.json"):
            records = json.loads(path.read_text(encoding="utf-8"))["records"]
            keys = [entry["key"] for entry in records]
            self.assertEqual(len(keys), len(set(keys)), path.name)
            for entry in records:
                with self.subTest(file=path.name, key=entry["key"]):
                    fields = self.env[entry["model"]]._fields
                    for name, value in entry["values"].items():
                        if fields[name].translate:
                            self.assertEqual(set(value), {"en_US", "zh_CN"})
