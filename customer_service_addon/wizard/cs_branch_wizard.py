from odoo import api, fields, models


class CsBranchWizard(models.TransientModel):
    """Pass cases on to the branch company that handles them (C-14)."""

    _name = "cs.branch.wizard"
    _description = "Pass On to a Branch"

    case_ids = fields.Many2many("cs.case", required=True, string="Cases")
    branch = fields.Selection("_selection_branch", required=True)
    note = fields.Text("Message to the Branch", help="What the customer relations manager needs to know.")

    @api.model
    def _selection_branch(self):
        branches_sudo = self.env["res.company"]._cs_branches(self.env.companies)
        return [(str(branch.id), branch.name) for branch in branches_sudo]

    def action_confirm(self):
        """Register the cases at the branch; the group's stay with their owners."""
        self.ensure_one()
        self.case_ids._pass_on(self.env["res.company"].browse(int(self.branch)), self.note or "")
