"""Approvals by tiers of ``base_tier_validation``, with what it leaves open closed (see the tests)."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .cs_approval import KINDS

# As in cs.guard.mixin: an object nobody can send over RPC.
_FLOW = object()


class TierDefinition(models.Model):
    _inherit = "tier.definition"

    cs_kind = fields.Selection(KINDS, "Approval Of")
    cs_amount_from = fields.Float("Amount From", help="In the currency of the company; 0: from any amount.")
    cs_amount_to = fields.Float("Amount Below", help="In the currency of the company; 0: without limit.")
    cs_level_ids = fields.Many2many("cs.level", string="Levels", help="Empty: of every level.")
    cs_department_ids = fields.Many2many("hr.department", string="Departments", help="Empty: of every department.")
    cs_by_head = fields.Boolean("By the Head of the Department", help="Whoever leads the department concerned.")

    @api.model
    def _get_tier_validation_model_names(self):
        return [*super()._get_tier_validation_model_names(), "cs.approval"]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("cs_kind") and not vals.get("model_id"):
                vals["model_id"] = self.env["ir.model"]._get_id("cs.approval")
        return super().create(vals_list)

    @api.constrains("cs_kind", "cs_by_head", "reviewer_id", "reviewer_group_id", "cs_amount_from", "cs_amount_to")
    def _check_cs_reviewer(self):
        for tier in self.filtered("cs_kind"):
            if not (tier.cs_by_head or tier.reviewer_id or tier.reviewer_group_id):
                raise ValidationError(self.env._("Say who approves: a user, a group or the head of the department."))
            if tier.cs_amount_to and tier.cs_amount_to <= tier.cs_amount_from:
                raise ValidationError(self.env._("An amount cannot be above and below at once. Correct the limits."))

    def _cs_applies(self, approval):
        """Whether ``approval`` needs this tier; plain comparisons that a manager sets in the form."""
        return (
            (not self.cs_kind or self.cs_kind == approval.kind)
            and approval.amount >= self.cs_amount_from
            and (not self.cs_amount_to or approval.amount < self.cs_amount_to)
            and (not self.cs_level_ids or approval.level_id in self.cs_level_ids)
            and (not self.cs_department_ids or approval.department_id in self.cs_department_ids)
        )


class TierReview(models.Model):
    _inherit = "tier.review"

    cs_approval_id = fields.Many2one(
        "cs.approval", compute="_compute_cs_approval_id", store=True, index="btree_not_null", ondelete="restrict"
    )

    @api.depends("model", "res_id")
    def _compute_cs_approval_id(self):
        for review in self:
            review.cs_approval_id = review.res_id if review.model == "cs.approval" else False

    def _get_reviewers(self):
        """Authors and whoever asked never review, whatever the kind of tier; the head of the department may."""
        reviewers = super()._get_reviewers()
        if self.model != "cs.approval":
            return reviewers
        # sudo: cs.approval - only who is excluded is read
        approval_sudo = self.env["cs.approval"].sudo().browse(self.res_id)
        if self.definition_id.cs_by_head:
            reviewers |= approval_sudo.department_head_id
        return reviewers - approval_sudo._excluded()

    @api.model_create_multi
    def create(self, vals_list):
        self._cs_ensure_flow({vals.get("model") for vals in vals_list})
        return super().create(vals_list)

    def write(self, vals):
        self._cs_ensure_flow({vals.get("model"), *self.mapped("model")})
        return super().write(vals)

    def unlink(self):
        self._cs_ensure_flow(set(self.mapped("model")))
        return super().unlink()

    def _update_review_status(self):
        # Reached from the systray counter of any user; it computes and decides nothing.
        return super(TierReview, self.with_context(_cs_flow=_FLOW))._update_review_status()

    def _cs_ensure_flow(self, models_concerned):
        if "cs.approval" in models_concerned and self.env.context.get("_cs_flow") is not _FLOW:
            raise AccessError(self.env._("Reviews follow from the buttons of the approval and are written by nobody."))


class CsApproval(models.Model):
    _inherit = "cs.approval"

    def evaluate_tier(self, tier):
        return self.filtered(tier._cs_applies)

    def _allow_to_remove_reviews(self, values):
        """Reviews are the history of a decision: they stay."""
        return False

    def _tier_validation_check_write_allowed(self, vals):
        """Every field is the server's anyway; alarms, followers and messages go on while somebody decides."""

    def _ask_tiers(self):
        """Create the reviews of new approvals (sudo) and tell those whose turn it is."""
        flow = self.with_context(_cs_flow=_FLOW)
        flow.invalidate_recordset(["need_validation"])
        flow.request_validation()
        flow._tell_deciders()

    def _open_reviews(self):
        """Return the reviews of the lowest tier that has not agreed; tiers agree one after the other."""
        self.ensure_one()
        # sudo: tier.review - who is asked is no secret of who wants to decide
        going = self.sudo().review_ids.filtered(lambda review: review.status in ("waiting", "pending"))
        lowest = min(going.mapped("sequence"), default=0)
        return going.filtered(lambda review: review.sequence == lowest)

    def _deciders(self):
        """Return who is asked now: the reviewers of the open tier; managers where no tier is set or nobody is left."""
        self.ensure_one()
        reviewers = self._open_reviews().reviewer_ids.filtered("active") - self._excluded()
        if reviewers:
            return reviewers
        # sudo: res.groups - who manages is no secret
        managers = self.env.ref("customer_service_addon.group_cs_manager").sudo().all_user_ids
        fitting = managers.filtered(
            lambda user: user.active and not user.share and self.sudo().company_id in user.company_ids
        )
        return fitting - self._excluded()

    def _may_decide(self):
        """Whether the present user is asked, or stands in for somebody who is and is away."""
        self.ensure_one()
        user = self.env.user
        return user not in self._excluded() and bool(self._deciders() & (user | user._cs_stands_in_for()))

    def _agree(self):
        """Let the open tier agree; the last one decides."""
        flow_sudo = self.sudo().with_context(_cs_flow=_FLOW)
        flow_sudo._open_reviews().with_context(_cs_flow=_FLOW).write(
            {"status": "approved", "done_by": self.env.uid, "reviewed_date": fields.Datetime.now()}
        )
        self._done_asking()
        if self._open_reviews():
            flow_sudo._update_counter({"review_deleted": True})
            flow_sudo._tell_deciders()
            return
        self._decide("approved")

    def _refuse(self, reason):
        """Let the open tier refuse with ``reason``; no other is asked any more."""
        reviews = self._open_reviews().with_context(_cs_flow=_FLOW)
        now = fields.Datetime.now()
        reviews.write({"status": "rejected", "done_by": self.env.uid, "reviewed_date": now, "comment": reason})
        self._open_reviews().with_context(_cs_flow=_FLOW).write({"status": "cancel"})
        self._done_asking()
        self._decide("rejected", reason)

    # What tier validation itself offers leads to the same checks.

    def validate_tier(self):
        return self.action_approve()

    def reject_tier(self):
        return self.action_reject()

    def restart_validation(self):
        raise AccessError(self.env._("An approval is asked for again in its document."))

    def _validate_tier(self, tiers=False):
        return self.action_approve()

    def _rejected_tier(self, tiers=False):
        raise AccessError(self.env._("Reject with the button of the approval and give your reason."))
