import base64
import hashlib
import json

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

ROLES = [
    ("customer", "Customer"),
    ("desk", "Customer Service"),
    ("engineering", "Engineering"),
    ("property", "Property Manager"),
    ("leader", "Team Leader"),
    ("technician", "Technician"),
    ("contractor", "Contractor"),
    ("decider", "Decided by"),
]
HOW = [
    ("tablet", "Drawn on the Screen"),
    ("typed", "Name Typed"),
    ("portal", "On the Portal"),
    ("login", "By Own Login"),
]


class CsSignature(models.Model):
    """Who signed what, when and how: the row keeps the very PDF with its hash (R-01, R-05)."""

    _name = "cs.signature"
    _description = "Signature"
    _inherit = ["cs.guard.mixin"]
    _order = "signed_at, id"
    _rec_name = "signer_name"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Signed Record", model_field="res_model", required=True, readonly=True, index=True
    )
    case_id = fields.Many2one("cs.case", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="case_id.company_id", store=True, precompute=True, index=True)
    topic = fields.Char(required=True, readonly=True)
    role = fields.Selection(ROLES, "Signs As", required=True, readonly=True)
    signer_name = fields.Char("Name", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", "Contact", readonly=True)
    user_id = fields.Many2one("res.users", "Recorded by", readonly=True, help="Whose session it was.")
    how = fields.Selection(HOW, required=True, readonly=True)
    address = fields.Char("Network Address", readonly=True)
    signed_at = fields.Datetime("Signed On", required=True, readonly=True)
    image = fields.Image("Drawn", max_width=1024, max_height=512, readonly=True)
    document_id = fields.Many2one("ir.attachment", "Signed Paper", readonly=True, ondelete="restrict")
    sha256 = fields.Char("SHA-256 of the Paper", readonly=True)
    fingerprint = fields.Char("Content Signed", required=True, readonly=True)
    is_current = fields.Boolean(
        compute="_compute_is_current", string="Still True", help="Nothing that was signed was changed afterwards."
    )

    _cs_server_fields = frozenset(
        {
            *("res_model", "res_id", "case_id", "topic", "role", "signer_name", "partner_id", "user_id", "how"),
            *("address", "signed_at", "image", "document_id", "sha256", "fingerprint"),
        }
    )

    @api.depends("res_model", "res_id", "fingerprint")
    def _compute_is_current(self):
        for model, signatures in self.grouped("res_model").items():
            # sudo: the signed record - only compared with what was signed
            records_sudo = self.env[model].sudo().browse(signatures.mapped("res_id"))
            for signature, record_sudo in zip(signatures, records_sudo, strict=True):
                signature.is_current = signature.fingerprint == record_sudo._signature_fingerprint(signature.topic)

    @api.model_create_multi
    def create(self, vals_list):
        """Signatures are given in the document they sign."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Sign in the document itself."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Signatures are proofs and are kept."))


class CsSignedMixin(models.AbstractModel):
    """For documents that are signed; the model needs ``case_id``.

    ``_signed_content`` says per topic which fields are signed: ``{topic: (names, {one2many: names of its fields})}``,
    and ``_signed_papers`` which report shows them: ``{topic: xmlid}``.
    """

    _name = "cs.signed.mixin"
    _description = "Signed Document"

    _signed_content = {}
    _signed_papers = {}

    signature_ids = fields.One2many(
        "cs.signature", "res_id", "Signatures", domain=lambda self: [("res_model", "=", self._name)], copy=False
    )
    signature_state = fields.Selection(
        [("none", "Not Signed"), ("current", "Signed"), ("changed", "Changed After Signing")],
        compute="_compute_signature_state",
        string="Signed",
    )

    @api.depends("signature_ids")
    def _compute_signature_state(self):
        for record in self:
            # sudo: cs.signature - whether something was signed is said to whoever reads the document
            signatures_sudo = record.sudo().signature_ids
            if not signatures_sudo:
                record.signature_state = "none"
            else:
                current = all(record._last_signatures_sudo().mapped("is_current"))
                record.signature_state = "current" if current else "changed"

    def action_sign(self):
        """Open the dialog in which somebody signs; the topic comes from the button's context."""
        self.ensure_one()
        topic = self.env.context.get("cs_topic") or next(iter(self._signed_content))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign"),
            "res_model": "cs.sign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self._name, "default_res_id": self.id, "default_topic": topic},
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _ensure_may_sign(self, topic, role):
        """Raise AccessError or UserError where ``role`` may not sign now; models add what they demand."""
        self.ensure_one()
        self.check_access("write")
        if topic not in self._signed_content:
            raise UserError(self.env._("There is nothing to sign here."))

    def _sign(self, topic, role, signer_name, how, image=False, partner=None, address=False):
        """Record a signature (checked by the caller) and freeze the paper as it stands; return the cs.signature.

        Raises UserError without a name, or without a drawing where the signature is drawn.
        """
        self.ensure_one()
        if not (signer_name or "").strip():
            raise UserError(self.env._("Type the name of who signs."))
        if how == "tablet" and not image:
            raise UserError(self.env._("Draw the signature first."))
        document_sudo, sha256 = self._freeze_paper(topic)
        # sudo: cs.signature - proofs are written by the system; the caller checked who signs
        signatures_sudo = self.env["cs.signature"].sudo()._cs_as_server()
        signature_sudo = signatures_sudo.create(
            {
                "res_model": self._name,
                "res_id": self.id,
                "case_id": self.sudo().case_id.id,
                "topic": topic,
                "role": role,
                "signer_name": signer_name.strip(),
                "partner_id": partner.id if partner else False,
                "user_id": self.env.uid,
                "how": how,
                "address": address,
                "signed_at": fields.Datetime.now(),
                "image": image,
                "document_id": document_sudo.id,
                "sha256": sha256,
                "fingerprint": self._signature_fingerprint(topic),
            }
        )
        document_sudo.res_id = signature_sudo.id
        self.invalidate_recordset(["signature_ids", "signature_state"])
        return signature_sudo.with_env(self.env)

    def _freeze_paper(self, topic):
        """Return the attachment, as superuser, of the PDF that is signed and its hash; empty for a topic without."""
        # sudo: ir.attachment - belongs to the signature, whoever signs
        documents_sudo = self.env["ir.attachment"].sudo()
        paper = self._signed_paper(topic)
        if not paper:
            return documents_sudo, False
        values = {"name": f"{self.display_name}.pdf", "raw": paper, "mimetype": "application/pdf"}
        return documents_sudo.create(values | {"res_model": "cs.signature"}), hashlib.sha256(paper).hexdigest()

    def _signed_paper(self, topic):
        """Return the PDF that is signed as bytes, or False for a topic without paper."""
        report = self._signed_papers.get(topic)
        # As the system: customer and contractor sign what they were shown, and print no form of the house themselves.
        reports = self.env["ir.actions.report"].with_user(SUPERUSER_ID)
        return report and reports._render_qweb_pdf(report, self.ids)[0]

    def _signature_fingerprint(self, topic):
        """Return the hash of exactly what is signed under ``topic``."""
        self.ensure_one()
        names, children = self._signed_content[topic]
        record_sudo = self.sudo()  # the hash does not depend on who computes it
        content = [plain_values(record_sudo, names)]
        content += [[plain_values(child, inner) for child in record_sudo[name]] for name, inner in children.items()]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def _last_signatures_sudo(self, topic=None):
        """Return the last signature of each role and topic, as superuser: what was signed again counts."""
        # sudo: cs.signature - see above
        signatures_sudo = self.sudo().signature_ids.filtered(lambda row: topic in (None, row.topic))
        last = {(row.topic, row.role): row for row in signatures_sudo.sorted("id")}
        return self.env["cs.signature"].sudo().union(*last.values())

    def _is_signed(self, topic, role):
        """Return whether ``role`` signed what stands there now."""
        self.ensure_one()
        # Compared anew: what was kept of an earlier comparison knows nothing of a change since.
        fingerprint = self._signature_fingerprint(topic)
        return any(row.role == role and row.fingerprint == fingerprint for row in self._last_signatures_sudo(topic))


def plain_values(record, names):
    """Return the values of ``names`` as plain data that says the same on every day."""
    return [_plain(record[name]) for name in names]


def _plain(value):
    if isinstance(value, models.BaseModel):
        return sorted(value.ids)
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value or "")
