from odoo import api, models
from odoo.exceptions import UserError

from .cs_feature import FEATURES

FIGURES = ("integer", "float", "monetary")


class CsPreset(models.Model):
    """Beside records a preset brings figures of the company's settings and says which features it needs.

    ``"features"`` of the file is a list of names, ``"settings"`` figures by the name of the company's field; only the
    fields in :meth:`ResCompany._cs_preset_settings` are accepted. What was brought once is the users' from then on.
    """

    _inherit = "cs.preset"

    def _load_into(self, company):
        items_sudo = self.env["cs.preset.item"].sudo()
        first_of_all = not items_sudo.search_count([], limit=1)
        new_here = not items_sudo.search_count([("preset_id", "=", self.id), ("company_id", "=", company.id)], limit=1)
        added = super()._load_into(company) + self._load_settings(company)
        if new_here:
            self._load_features(first_of_all)
        return added

    def _load_settings(self, company):
        """Write the figures ``company`` never got from the preset; return how many."""
        # sudo: cs.preset.item, res.company - the caller is a manager, who may set these figures and no others
        items_sudo, company_sudo = self.env["cs.preset.item"].sudo(), company.sudo()
        keys = {name: f"setting:{name}" for name in self._read_settings()}
        known = items_sudo.search(
            [("preset_id", "=", self.id), ("company_id", "=", company.id), ("key", "in", list(keys.values()))]
        ).mapped("key")
        values = {name: value for name, value in self._read_settings().items() if keys[name] not in known}
        company_sudo.write(values)
        items_sudo.create(
            [
                {
                    "preset_id": self.id,
                    "company_id": company.id,
                    "key": keys[name],
                    "model": company._name,
                    "res_id": company.id,
                }
                for name in values
            ]
        )
        return len(values)

    def _load_features(self, first_of_all):
        """Switch the features of the preset on; the first preset of the database switches off what nobody works with.

        Features hold for all companies: a further procedure takes nothing away from those who chose another.
        """
        features = self.env["cs.feature"]
        wanted = set(self._read_file().get("features", FEATURES))
        features._switch(wanted | (features._used() if first_of_all else features._enabled()))

    def _read_settings(self):
        """Return ``{field of res.company: figure}`` of the file. Raises UserError for anything else."""
        settings = self._read_file().get("settings", {})
        allowed = self.env["res.company"]._cs_preset_settings()
        for name, value in settings.items():
            is_figure = isinstance(value, int | float) and not isinstance(value, bool)
            if name not in allowed or not is_figure or self.env["res.company"]._fields[name].type not in FIGURES:
                raise UserError(
                    self.env._(
                        "The data file %(file)s sets %(name)s, which is no figure of the settings.",
                        file=self.filename,
                        name=name,
                    )
                )
        return settings


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model
    def _cs_preset_settings(self):
        """Return the names of the fields a preset may set; every room adds its figures."""
        return frozenset(
            {
                *("cs_coverage_warning_days", "cs_plan_lead_days", "cs_joint_months", "cs_repeat_days"),
                *("cs_survey_contractor_from", "cs_contest_amount", "cs_acceptance_hours"),
            }
        )
