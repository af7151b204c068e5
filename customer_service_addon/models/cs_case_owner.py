from odoo import models


class CsCase(models.Model):
    _inherit = "cs.case"

    def _complete_team(self, vals_list):
        """The team of each intake: given, else the category's, the type's, else the company's first."""
        types = self.env["cs.case.type"].browse({vals["type_id"] for vals in vals_list if vals.get("type_id")})
        categories = self.env["cs.category"].browse(
            {vals["category_id"] for vals in vals_list if vals.get("category_id")}
        )
        # sudo: cs.team - the default team is chosen for people (portal customers) who cannot read teams
        teams_sudo = self.env["cs.team"].sudo().search([("company_id", "in", [v["company_id"] for v in vals_list])])
        first_team = {}
        for team in teams_sudo:
            first_team.setdefault(team.company_id.id, team.id)
        by_type = {case_type.id: case_type.sudo().team_id.id for case_type in types}
        by_category = {category.id: category.sudo().team_id.id for category in categories}
        for vals in vals_list:
            vals["team_id"] = (
                vals.get("team_id")
                or by_category.get(vals.get("category_id"))
                or by_type.get(vals.get("type_id"))
                or first_team.get(vals["company_id"])
            )
            vals["stage_id"] = vals.get("stage_id") or self._stage_for("new", teams_sudo.browse(vals["team_id"])).id

    def _complete_owner(self, vals_list):
        """The owner and the first contact of each intake (I-03)."""
        for vals in vals_list:
            vals["user_id"] = vals.get("user_id") or self.env.uid
            vals["first_contact_id"] = vals["user_id"]

    def _record_first_owner(self):
        """Keep the first assignment as a row that nobody can change."""
