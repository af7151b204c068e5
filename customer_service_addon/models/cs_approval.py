import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

KINDS = [
    ("plan", "Plan"),
    ("compensation", "Compensation"),
    ("report", "Final Report"),
    ("opinion", "First Opinion on an Appeal"),
    ("withdrawal", "Withdrawal of a Report"),
    ("settlement", "Final Account of Repairs"),
    ("certificate", "Certificate of a Settlement"),
    ("overdraft", "Retention Money Below Zero"),
]
STATES = [
    ("draft", "Waiting"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("cancelled", "Taken Back"),
]


class CsApproval(models.Model):
    """One decision about one document: who asked, what was shown, which tiers agreed (C-03, C-09).

    It keeps the text the approvers saw and a fingerprint of what they agreed to. Documents ask with
    ``_request_approval`` and use the answer through ``_is_approved``, which compares the fingerprint again. Only the
    files ``cs_approval*`` know how tiers are kept.
    """

    _name = "cs.approval"
    _description = "Approval"
    _inherit = ["cs.guard.mixin", "cs.internal.thread", "tier.validation"]
    _order = "id desc"
    _state_field, _state_from, _state_to, _cancel_state = "state", ["draft"], ["approved"], "cancelled"

    name = fields.Char(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="draft", index=True)
    res_model = fields.Char("Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Document", model_field="res_model", required=True, readonly=True, index=True)
    complaint_id = fields.Many2one("cs.complaint", readonly=True, index="btree_not_null", ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(readonly=True, help="In the currency of the company.")
    level_id = fields.Many2one("cs.level", readonly=True, ondelete="restrict")
    department_id = fields.Many2one("hr.department", readonly=True, ondelete="restrict")
    department_head_id = fields.Many2one("res.users", "Head of the Department", readonly=True)
    due_at = fields.Datetime("Due", readonly=True)
    requested_at = fields.Datetime("Asked", required=True, readonly=True)
    requested_by_id = fields.Many2one("res.users", "Asked By", required=True, readonly=True, index=True)
    author_ids = fields.Many2many("res.users", string="Authors", readonly=True)
    shut_out_user_ids = fields.Many2many(related="complaint_id.shut_out_user_ids")
    fingerprint = fields.Char(required=True, readonly=True)
    snapshot = fields.Html("What Is Approved", sanitize=True, readonly=True)
    decided_at = fields.Datetime("Decided", readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    reason = fields.Text("Reason of the Rejection", readonly=True)
    can_decide = fields.Boolean(compute="_compute_can_decide", search="_search_can_decide")

    _cs_server_fields = frozenset(
        {
            *("name", "kind", "state", "res_model", "res_id", "complaint_id", "company_id", "amount", "level_id"),
            *("department_id", "department_head_id", "due_at", "requested_at", "requested_by_id", "author_ids"),
            *("fingerprint", "snapshot", "decided_at", "decided_by_id", "reason", "review_ids", "validation_status"),
        }
    )

    @api.depends("state", "review_ids.status", "review_ids.reviewer_ids")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        for approval in self:
            approval.can_decide = approval.state == "draft" and approval._may_decide()

    def _search_can_decide(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = self.search([("state", "=", "draft")])
        return [("id", "in", waiting.filtered("can_decide").ids if True in value else [])]

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Approvals are asked for by their document; clients create none."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Ask for the approval in the document itself."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Approvals are proofs and are never deleted."))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_approve(self):
        """Agree. The document goes on when the last tier has agreed.

        Raises AccessError for author, requester and whoever is not asked; UserError when the document has changed.
        """
        for approval in self:
            approval._ensure_may_decide()
            approval._ensure_unchanged()
            approval._agree()

    def action_reject(self):
        """Open the dialog for the reason; nobody is refused without one."""
        self.ensure_one()
        self._ensure_may_decide()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reject"),
            "res_model": "cs.approval.reject",
            "view_mode": "form",
            "target": "new",
            "context": {"default_approval_id": self.id},
        }

    def action_view_document(self):
        """Open what is to be approved."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _document(self):
        self.ensure_one()
        # sudo: the document - whoever decides was asked, and may have no other right to it
        return self.env[self.res_model].sudo().browse(self.res_id)

    def _ensure_may_decide(self):
        self.check_access("read")
        if self.state != "draft":
            raise UserError(self.env._("%(approval)s is decided already.", approval=self.name))
        if self.env.user in self._excluded():
            raise AccessError(
                self.env._("Who wrote %(approval)s or asked for it does not approve it.", approval=self.name)
            )
        if not self._may_decide():
            raise AccessError(self.env._("You are not asked to approve %(approval)s now.", approval=self.name))

    def _ensure_unchanged(self):
        if self._document()._approval_fingerprint(self.kind) != self.fingerprint:
            raise UserError(
                self.env._(
                    "%(approval)s: the document has changed since the approval was asked for. It has to be asked "
                    "for again.",
                    approval=self.name,
                )
            )

    def _excluded(self):
        """Return the users who never decide: authors, who asked, and the person complained about (C-07)."""
        self.ensure_one()
        # sudo: cs.approval - only compared
        approval_sudo = self.sudo()
        return approval_sudo.author_ids | approval_sudo.requested_by_id | approval_sudo.shut_out_user_ids

    def _decide(self, state, reason=False):
        """Note the decision of the present user and tell the document; every check is done."""
        # sudo: cs.approval - nobody but the system writes it
        self_sudo = self.sudo()._cs_as_server()
        self_sudo.write(
            {"state": state, "decided_at": fields.Datetime.now(), "decided_by_id": self.env.uid, "reason": reason}
        )
        for approval in self_sudo:
            approval._document()._approval_decided(approval)

    def _take_back(self):
        """The question is moot, e.g. because the document was changed."""
        # sudo: cs.approval - nobody but the system writes it
        self.sudo().filtered(lambda approval: approval.state == "draft")._cs_as_server().write({"state": "cancelled"})


class CsApprovalDocument(models.AbstractModel):
    """A document that needs approvals. It says what is approved; the approval keeps it."""

    _name = "cs.approval.document"
    _description = "Document with Approvals"

    approval_ids = fields.One2many(
        "cs.approval", "res_id", "Approvals", domain=lambda self: [("res_model", "=", self._name)]
    )

    def _approval_values(self, kind):
        """Return ``{field of the approval: value}``: name, company, complaint, amount, level, department, authors …"""
        raise NotImplementedError

    def _approval_content(self, kind):
        """Return what is approved, as a JSON-like value; whatever changes in it asks again."""
        raise NotImplementedError

    def _approval_text(self, kind):
        """Return the text the approvers read (HTML)."""
        raise NotImplementedError

    def _approval_decided(self, approval):
        """React to a decision; called with the document in sudo."""

    def _approval_fingerprint(self, kind):
        """Return a hash of what is approved."""
        self.ensure_one()
        text = json.dumps(self._approval_content(kind), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _request_approval(self, kind):
        """Ask for the approval of each document (checked by the caller); what was asked before is taken back."""
        # sudo: cs.approval - nobody but the system creates it
        approvals_sudo = self.env["cs.approval"].sudo()
        self._approvals(kind)._take_back()
        now = fields.Datetime.now()
        created_sudo = approvals_sudo._cs_as_server().create(
            [
                {
                    "kind": kind,
                    "res_model": self._name,
                    "res_id": document.id,
                    "requested_at": now,
                    "requested_by_id": self.env.uid,
                    "fingerprint": document._approval_fingerprint(kind),
                    "snapshot": document._approval_text(kind),
                    **document._approval_values(kind),
                }
                for document in self
            ]
        )
        created_sudo._ask_tiers()
        return created_sudo.with_env(self.env)

    def _approvals(self, kind):
        # sudo: cs.approval - the document answers for its approvals, whoever may read them
        return (
            self.env["cs.approval"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids), ("kind", "=", kind)])
        )

    def _is_approved(self, kind):
        """Whether exactly what the document says now was approved."""
        self.ensure_one()
        latest = self._approvals(kind)[:1]
        return latest.state == "approved" and latest.fingerprint == self._approval_fingerprint(kind)
