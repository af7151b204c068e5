from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CsCaseMerge(models.TransientModel):
    """Merge cases of one customer, or link cases of several (supervisors)."""

    _name = "cs.case.merge"
    _description = "Merge Cases"

    case_ids = fields.Many2many("cs.case", string="Cases", required=True)
    target_id = fields.Many2one("cs.case", "Go On With", compute="_compute_target_id", store=True, readonly=False)
    same_customer = fields.Boolean(compute="_compute_same_customer")
    message_count = fields.Integer("Messages to Move", compute="_compute_same_customer")
    reason = fields.Char(required=True)

    @api.model
    def default_get(self, fields):
        """One case alone is offered together with what looks like its duplicates."""
        values = super().default_get(fields)
        cases = self.env["cs.case"].browse(self.env.context.get("default_case_ids") or [])
        if "case_ids" in fields and len(cases) == 1:
            values["case_ids"] = [Command.set((cases | cases._likely_duplicates()).ids)]
        return values

    @api.depends("case_ids")
    def _compute_target_id(self):
        for wizard in self:
            if wizard.target_id not in wizard.case_ids:
                wizard.target_id = wizard.case_ids.sorted("id")[:1]

    @api.depends("case_ids", "target_id")
    def _compute_same_customer(self):
        for wizard in self:
            sources = wizard.case_ids - wizard.target_id
            wizard.same_customer = all(case._is_same_caller(wizard.target_id) for case in sources)
            wizard.message_count = len(sources.message_ids)

    def action_merge(self):
        """Merge the other cases into the target and open it. Raises UserError when there is no other case."""
        self.ensure_one()
        self._ensure_several()
        (self.case_ids - self.target_id)._merge_into(self.target_id, self.reason)
        return self._open_target()

    def action_link(self):
        """Only link the other cases to the target. Raises UserError when there is no other case."""
        self.ensure_one()
        self._ensure_several()
        (self.case_ids - self.target_id)._link_duplicates(self.target_id)
        return self._open_target()

    def _ensure_several(self):
        if len(self.case_ids) < 2:
            raise UserError(self.env._("Choose at least two cases: the one to go on with, and what is the same."))

    def _open_target(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "cs.case",
            "view_mode": "form",
            "res_id": self.target_id.id,
        }
