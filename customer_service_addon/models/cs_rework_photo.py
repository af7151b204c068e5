import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.mimetypes import guess_mimetype

from ..services.rework_steps import FINISHED

KINDS = [("before", "Before"), ("after", "After")]


class CsReworkPhoto(models.Model):
    """A photo of the work, before or after it, of the whole order or of one of its lines (R-05)."""

    _name = "cs.rework.photo"
    _description = "Photo of a Repair"
    _inherit = ["cs.guard.mixin"]
    _order = "rework_id, kind desc, taken_at, id"

    rework_id = fields.Many2one("cs.rework", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True)
    line_id = fields.Many2one("cs.rework.line", readonly=True, index="btree_not_null", ondelete="set null")
    name = fields.Char("What It Shows", readonly=True)
    kind = fields.Selection(KINDS, "When", required=True, readonly=True)
    round = fields.Integer(readonly=True, aggregator=None)
    image = fields.Image("Photo", max_width=1600, max_height=1600, attachment=True, required=True, readonly=True)
    image_small = fields.Image("Small Photo", related="image", max_width=480, max_height=480, store=True)
    taken_at = fields.Datetime("Added On", required=True, readonly=True)
    taken_by_id = fields.Many2one("res.users", "Added by", required=True, readonly=True)
    by_contractor = fields.Boolean(readonly=True)
    client_key = fields.Char(readonly=True, help="Keeps a photo sent twice from being kept twice.")

    _client_key_uniq = models.UniqueIndex("(rework_id, client_key) WHERE client_key IS NOT NULL", "Sent already.")

    @api.model_create_multi
    def create(self, vals_list):
        """Photos are added in their order."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Add photos in their repair order."))
        return super().create(vals_list)

    def write(self, vals):
        if not self._cs_is_server():
            raise AccessError(self.env._("Photos are proofs and stay as they are."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Photos are proofs and are kept."))


class CsReworkLine(models.Model):
    _inherit = "cs.rework.line"

    photo_ids = fields.One2many("cs.rework.photo", "line_id", "Photos", readonly=True)
    client_key = fields.Char(readonly=True, copy=False, help="Keeps an entry sent twice from being kept twice.")

    _client_key_uniq = models.UniqueIndex("(rework_id, client_key) WHERE client_key IS NOT NULL", "Sent already.")


class CsRework(models.Model):
    _inherit = "cs.rework"

    photo_ids = fields.One2many("cs.rework.photo", "rework_id", "Photos", readonly=True, copy=False)

    def _add_photo(self, kind, content, name="", line_id=None, key=None, by_contractor=False):
        """Keep a photo (bytes) of the order (checked by the caller) and return it as superuser.

        The same ``key`` gives the same photo. Raises UserError for what is no picture, is larger than the company
        allows, or belongs to a line of another order.
        """
        self.ensure_one()
        order_sudo = self.sudo()  # checked by the caller: photos are written by the system
        known = key and order_sudo.photo_ids.filtered(lambda photo: photo.client_key == key)
        if known:
            return known
        if order_sudo.state in FINISHED:
            raise UserError(self.env._("%(order)s is finished and stays as it is.", order=order_sudo.name))
        if kind not in dict(KINDS):
            raise UserError(self.env._("Say whether the photo was taken before or after the work."))
        if not guess_mimetype(content or b"").startswith("image/") or b"<svg" in content[:1000]:
            raise UserError(self.env._("This is not a photo. Choose a picture."))
        order_sudo.company_id._cs_check_files([(name or "photo", content)])
        line_sudo = order_sudo.line_ids.filtered(lambda line: line.id == line_id)
        if line_id and not line_sudo:
            raise UserError(self.env._("This line does not belong to %(order)s.", order=order_sudo.name))
        return (
            self.env["cs.rework.photo"]
            .sudo()
            ._cs_as_server()
            .create(
                {
                    "rework_id": order_sudo.id,
                    "line_id": line_sudo.id,
                    "name": (name or "").strip()[:200] or line_sudo.name or False,
                    "kind": kind,
                    "round": order_sudo.round,
                    "image": base64.b64encode(content),
                    "taken_at": fields.Datetime.now(),
                    "taken_by_id": self.env.uid,
                    "by_contractor": by_contractor,
                    "client_key": key or False,
                }
            )
        )

    def _add_material(self, name, quantity, key=None, **values):
        """Add a line of material (checked by the caller) and return it as superuser; the same ``key`` adds it once.

        Raises UserError without a name, or for a quantity that is none.
        """
        self.ensure_one()
        order_sudo = self.sudo()  # checked by the caller
        known = key and order_sudo.line_ids.filtered(lambda line: line.client_key == key)
        if known:
            return known
        name = (name or "").strip()[:200]
        if not name:
            raise UserError(self.env._("Say which material was used."))
        try:
            number = float(str(quantity).replace(",", ".").strip() or "nan")
        except ValueError:
            number = float("nan")
        if not 0 < number < 1e6:
            raise UserError(
                self.env._("“%(quantity)s” is no quantity. Type a number, e.g. 2 or 1.5.", quantity=quantity)
            )
        return order_sudo.line_ids.create(
            {
                "rework_id": order_sudo.id,
                "kind": "material",
                "name": name,
                "quantity": number,
                "client_key": key or False,
                **values,
            }
        )
