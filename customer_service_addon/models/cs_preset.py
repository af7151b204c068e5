import json
from pathlib import Path

from odoo import api, fields, models, modules
from odoo.exceptions import AccessError, UserError


class CsPreset(models.Model):
    """A procedure to start from (chapter 10): stages, types, teams, reasons … of one line of business.

    The content is a readable data file in ``data/presets``. Loading adds what the company does not have
    yet; whatever a preset brought once belongs to the users and is never written or brought again.
    """

    _name = "cs.preset"
    _description = "Procedure Preset"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    summary = fields.Text(translate=True)
    sequence = fields.Integer(default=10)
    filename = fields.Char("Data File", required=True, readonly=True)
    item_ids = fields.One2many("cs.preset.item", "preset_id", "Loaded Records")
    loaded_count = fields.Integer("Records of This Company", compute="_compute_loaded")
    loaded_at = fields.Datetime("Last Loaded", compute="_compute_loaded")
    content_count = fields.Integer("Records in the File", compute="_compute_content_count")

    _filename_uniq = models.Constraint("UNIQUE(filename)", "There is a preset of this file already.")

    @api.depends("item_ids")
    @api.depends_context("company")
    def _compute_loaded(self):
        groups = self.env["cs.preset.item"]._read_group(
            [("preset_id", "in", self.ids), ("company_id", "=", self.env.company.id)],
            ["preset_id"],
            ["__count", "create_date:max"],
        )
        figures = {preset: (count, last) for preset, count, last in groups}
        for preset in self:
            preset.loaded_count, preset.loaded_at = figures.get(preset, (0, False))

    @api.depends("filename")
    def _compute_content_count(self):
        for preset in self:
            preset.content_count = len(preset._read_content()) + len(preset._read_settings()) if preset.filename else 0

    def action_load(self):
        """Load the presets into the current company; returns a notification that says what was added.

        May be repeated at any time. Raises AccessError for anybody but customer service managers.
        """
        self._ensure_manager()
        features = self.env["cs.feature"]._enabled()
        added = sum(preset._load_into(self.env.company) for preset in self)
        message = (
            self.env._("%(count)s records were added to %(company)s.", count=added, company=self.env.company.name)
            if added
            else self.env._("%(company)s has everything of this procedure already.", company=self.env.company.name)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {
                    "type": "ir.actions.client",
                    "tag": "soft_reload" if features == self.env["cs.feature"]._enabled() else "reload",
                },
            },
        }

    def _ensure_manager(self):
        if not (self.env.su or self.env.user.has_group("customer_service_addon.group_cs_manager")):
            raise AccessError(self.env._("Only a customer service manager can load a procedure."))

    def _load_into(self, company):
        """Create the records of the preset that ``company`` never had; return how many."""
        self.ensure_one()
        # sudo: cs.preset.item - the list of what was brought is kept by the system, the caller is a manager
        items_sudo = self.env["cs.preset.item"].sudo()
        known_items = items_sudo.search([("preset_id", "=", self.id), ("company_id", "=", company.id)])
        known = {item.key: item._record() for item in known_items}
        added = 0
        for entry in self._read_content():
            if entry["key"] in known:
                continue
            record = self._create_record(entry, company, known)
            known[entry["key"]] = record
            items_sudo.create(
                {
                    "preset_id": self.id,
                    "company_id": company.id,
                    "key": entry["key"],
                    "model": record._name,
                    "res_id": record.id,
                }
            )
            added += 1
        return added

    def _create_record(self, entry, company, known):
        """Create one record of the file with the rights of the user, in every installed language it speaks."""
        model = self.env[entry["model"]].with_company(company).with_context(lang="en_US")
        values, translations = {}, {}
        for name, value in entry["values"].items():
            if isinstance(value, dict) and "en_US" in value:
                values[name] = value["en_US"]
                translations[name] = value
            else:
                values[name] = self._resolve(model, name, value, known)
        if "company_id" in model._fields:
            values["company_id"] = company.id
        record = model.create(values)
        installed = {code for code, _label in self.env["res.lang"].get_installed()}
        for name, value in translations.items():
            record.update_field_translations(name, {code: value[code] for code in installed.intersection(value)})
        return record

    def _resolve(self, model, name, value, known):
        """Turn ``#key`` and ``@module.xmlid`` references of relational fields into ids."""
        field = model._fields[name]
        if not field.relational or field.type == "one2many":
            return value
        ids = [self._reference(key, known) for key in (value if isinstance(value, list) else [value])]
        ids = [found for found in ids if found]
        if field.type == "many2many":
            return [fields.Command.set(ids)]
        return ids[0] if ids else False

    def _reference(self, key, known):
        if key.startswith("#"):
            record = known.get(key[1:])
            return record.exists().id if record is not None else False
        return self.env.ref(key.removeprefix("@"), raise_if_not_found=False).id

    def _read_content(self):
        """Return the list of entries (``key``, ``model``, ``values``) of the preset's file."""
        return self._read_file()["records"]

    def _read_file(self):
        """Return the preset's file as a dict. Raises UserError when it is missing."""
        self.ensure_one()
        folder = Path(modules.get_module_path("customer_service_addon"), "data", "presets").resolve()
        path = (folder / self.filename).resolve()
        if path.parent != folder or not path.is_file():
            raise UserError(self.env._("The data file %(file)s of this preset is missing.", file=self.filename))
        return json.loads(path.read_text(encoding="utf-8"))


class CsPresetItem(models.Model):
    """What a preset brought to a company, so that it is never brought twice nor after it was deleted."""

    _name = "cs.preset.item"
    _description = "Record of a Preset"
    _order = "id"

    preset_id = fields.Many2one("cs.preset", required=True, index=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True, ondelete="cascade")
    key = fields.Char(required=True, readonly=True)
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="model", required=True, readonly=True)

    _key_uniq = models.Constraint("UNIQUE(preset_id, company_id, key)", "A preset brings each record once.")

    def _record(self):
        return self.env[self.model].browse(self.res_id)
