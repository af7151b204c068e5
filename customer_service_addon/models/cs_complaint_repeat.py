from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_repeat_days = fields.Integer(
        "Complaint Is a Repeat Within (Days)",
        default=90,
        help="Earlier complaints of the same customer, object or cause within so many days are proposed (C-08).",
    )


class CsLevel(models.Model):
    _inherit = "cs.level"

    repeat_level_id = fields.Many2one(
        "cs.level", "Repeated, It Becomes", check_company=True, index="btree_not_null", ondelete="restrict"
    )


class CsComplaint(models.Model):
    """A second complaint about the matter is found when it is registered, and weighs more (C-08)."""

    _inherit = "cs.complaint"

    repeat_of_id = fields.Many2one(
        "cs.complaint", "Repeats", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    repeat_candidate_ids = fields.Many2many(
        "cs.complaint", compute="_compute_repeat_candidate_ids", string="Earlier Complaints"
    )

    @api.depends("customer_id", "case_id.object_key", "cause_id", "received_at")
    @api.depends_context("uid")
    def _compute_repeat_candidate_ids(self):
        """Find, in one query, what the reader may see of the same customer, object or cause before each complaint."""
        self.repeat_candidate_ids = False
        begun = self.filtered("received_at")
        if not begun:
            return
        reach = timedelta(days=max(begun.company_id.mapped("cs_repeat_days"), default=0))
        # sudo: cs.case - the key of the object is compared only
        keys = {complaint: complaint.sudo().case_id.object_key for complaint in begun}
        earlier = self.search(
            Domain("company_id", "in", begun.company_id.ids)
            & Domain("received_at", ">=", min(begun.mapped("received_at")) - reach)
            & Domain("received_at", "<=", max(begun.mapped("received_at")))
            & Domain("state", "!=", "cancelled")
            & (
                Domain("customer_id", "in", begun.customer_id.ids)
                | Domain("cause_id", "in", begun.cause_id.ids)
                | Domain("case_id.object_key", "in", [key for key in keys.values() if key])
            )
        )
        earlier_keys = {complaint: complaint.sudo().case_id.object_key for complaint in earlier}
        for complaint in begun:
            since = complaint.received_at - timedelta(days=complaint.company_id.cs_repeat_days)
            complaint.repeat_candidate_ids = earlier.filtered(
                lambda other, complaint=complaint, since=since: (
                    other.id != complaint._origin.id
                    and other.company_id == complaint.company_id
                    and since <= other.received_at <= complaint.received_at
                    and other.id < complaint._origin.id
                    and (
                        (complaint.customer_id and other.customer_id == complaint.customer_id)
                        or (complaint.cause_id and other.cause_id == complaint.cause_id)
                        or (keys[complaint] and earlier_keys[other] == keys[complaint])
                    )
                )
            )

    def action_mark_repeated(self):
        """Mark the complaints as repeats of the latest earlier one; their level rises as it says.

        Raises UserError where there is no earlier complaint.
        """
        self.check_access("write")
        for complaint in self:
            original = complaint.repeat_candidate_ids.sorted("received_at")[-1:]
            if not original:
                raise UserError(
                    self.env._("%(complaint)s: there is no earlier complaint it repeats.", complaint=complaint.name)
                )
            values = {"repeat_of_id": original.id}
            raised = complaint.level_id.repeat_level_id
            if raised:
                values["level_id"] = raised.id
            complaint._cs_as_server().write(values)
            if complaint.triaged_at:
                complaint._tell_of_level()
                complaint._advance()
