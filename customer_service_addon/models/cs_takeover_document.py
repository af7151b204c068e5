from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CsTakeoverDocumentType(models.Model):
    """A document that implementation hands over to service (R-13); the list of a company's hand-overs."""

    _name = "cs.takeover.document.type"
    _description = "Hand-over Document"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_required = fields.Boolean("Required", default=True, help="Joint handling starts when it is in.")
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")

    @api.model
    def _of_company(self, company):
        """Return the documents of ``company``'s checklist, in the language of the company."""
        domain = [("company_id", "in", (False, company.id))]
        # sudo: res.company - the language of the checklist
        return self.with_context(lang=company.sudo().partner_id.lang or self.env.lang).search(domain)


class CsTakeoverDocument(models.Model):
    """A document of a hand-over: whether it is in, since when, who received it, and the file."""

    _name = "cs.takeover.document"
    _description = "Document of a Hand-over"
    _inherit = ["cs.guard.mixin"]
    _order = "sequence, id"

    takeover_id = fields.Many2one("cs.takeover", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="takeover_id.company_id", store=True, precompute=True)
    type_id = fields.Many2one(
        "cs.takeover.document.type", "Kind of Document", index="btree_not_null", ondelete="restrict"
    )
    sequence = fields.Integer(related="type_id.sequence", store=True, precompute=True)
    name = fields.Char("Document", required=True)
    is_required = fields.Boolean("Required", default=True)
    file = fields.Binary(attachment=True)
    file_name = fields.Char()
    received_at = fields.Datetime("Received On", readonly=True)
    received_by_id = fields.Many2one("res.users", readonly=True)
    note = fields.Char("Remark")

    _cs_server_fields = frozenset({"received_at", "received_by_id"})

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        documents._ensure_checklist_open()
        documents.filtered("file")._receive()
        return documents

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_collecting()
            if {"is_required", "takeover_id", "type_id", "name"}.intersection(vals):
                self._ensure_checklist_open()
            if vals.get("is_required") is False and not self.env["cs.case"]._is_supervisor():
                raise AccessError(self.env._("A supervisor decides that a document is not needed (R-13)."))
        result = super().write(vals)
        if "takeover_id" in vals:
            self._ensure_checklist_open()
        if vals.get("file"):
            self.filtered(lambda document: not document.received_at)._receive()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_while_collecting(self):
        self._ensure_checklist_open()

    def action_receive(self):
        """Note that the document is in; on paper it needs no file."""
        self.check_access("write")
        self._ensure_collecting()
        self._receive()

    def action_give_back(self):
        """Note that the document is not in after all. Raises UserError once joint handling has started."""
        self.check_access("write")
        self._ensure_checklist_open()
        self._cs_as_server().write({"received_at": False, "received_by_id": False})

    def _receive(self):
        self._cs_as_server().write({"received_at": fields.Datetime.now(), "received_by_id": self.env.uid})

    def _ensure_collecting(self):
        for takeover in self.takeover_id:
            if takeover.state in ("service", "cancelled"):
                raise UserError(
                    self.env._("%(project)s is handed over or called off; its documents stay.", project=takeover.name)
                )

    def _ensure_checklist_open(self):
        """Raise unless the list itself may still change: what joint handling started upon stays."""
        for takeover in self.takeover_id:
            if takeover.state != "draft":
                raise UserError(
                    self.env._("%(project)s goes back to collecting documents first.", project=takeover.name)
                )
