import base64
import binascii
from datetime import timedelta

from pytz import UTC, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext, plaintext2html

TEXT_LENGTH = 5000


class CsRework(models.Model):
    """What the technician's phone shows and sends (R-04): few calls, each may be repeated without harm."""

    _inherit = "cs.rework"

    @api.model
    def phone_orders(self):
        """Return ``[order]``: the open orders of the user, as the technician view shows them, those of today first.

        Moments are UTC texts. Raises AccessError for whoever is neither technician nor agent.
        """
        self.check_access("read")
        end = self._phone_day_end()
        domain = Domain("technician_user_ids", "in", self.env.uid) & Domain(
            "state", "in", ("dispatched", "working", "done")
        )
        orders = self.search(domain)
        cases_sudo = orders.sudo().case_id  # sudo: cs.case - the contact of the job, nothing of the conversation
        cases_sudo.fetch(["partner_name", "phone", "partner_id"])
        return [
            order._phone_order(order.planned_start and order.planned_start >= end)
            for order in orders.sorted(lambda order: bool(order.planned_start and order.planned_start >= end))
        ]

    def phone_order(self):
        """Return one order as the technician view shows it."""
        self.ensure_one()
        self.check_access("read")
        end = self._phone_day_end()
        return self._phone_order(self.planned_start and self.planned_start >= end)

    def phone_send(self, entries):
        """Keep what was typed on the phone: ``[{"key", "kind": "note" | "material" | "photo", …}]``.

        note: ``text``; material: ``name``, ``quantity``; photo: ``when`` ("before" or "after"), ``name``, ``data``
        (base64). Returns ``{key: True, or the text of what is wrong with it}``. An entry sent again is kept once.
        """
        self.ensure_one()
        self._ensure_works()
        handlers = {"note": "_phone_note", "material": "_phone_material", "photo": "_phone_photo"}
        results = {}
        for entry in entries if isinstance(entries, list) else []:
            if (
                not isinstance(entry, dict)
                or not isinstance(entry.get("key"), str)
                or entry.get("kind") not in handlers
            ):
                raise UserError(self.env._("The entry cannot be read. Load the page again."))
            try:
                with self.env.cr.savepoint():
                    getattr(self, handlers[entry["kind"]])(entry)
                    self.env.flush_all()
                results[entry["key"]] = True
            except (UserError, AccessError) as error:
                results[entry["key"]] = str(error)
        return results

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def _phone_note(self, entry):
        self.work_note = plaintext2html(str(entry.get("text") or "").strip()[:TEXT_LENGTH])

    def _phone_material(self, entry):
        self._add_material(str(entry.get("name") or ""), entry.get("quantity"), key=entry["key"][:64])

    def _phone_photo(self, entry):
        try:
            content = base64.b64decode(str(entry.get("data") or ""), validate=True)
        except binascii.Error as error:
            raise UserError(self.env._("This is not a photo. Choose a picture.")) from error
        self._add_photo(entry.get("when"), content, str(entry.get("name") or ""), key=entry["key"][:64])

    @api.model
    def _phone_day_end(self):
        """Return the end of the user's day in naive UTC."""
        zone = timezone(self.env.user.tz or "UTC")
        today = fields.Datetime.now().replace(tzinfo=UTC).astimezone(zone).date()
        midnight = fields.Datetime.to_datetime(today) + timedelta(days=1)
        return zone.localize(midnight).astimezone(UTC).replace(tzinfo=None)

    def _phone_order(self, later):
        self.ensure_one()
        # sudo: cs.case, cs.rework - the contact of the job; photos and lines of the user's own order
        order_sudo = self.sudo()
        case_sudo = order_sudo.case_id
        state_labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "id": self.id,
            "name": self.name,
            "subject": self.subject or "",
            "place": self.place or "",
            "object": self.object_ref or "",
            "contact": case_sudo.partner_name or case_sudo.partner_id.name or "",
            "phone": case_sudo.phone or case_sudo.partner_id.phone or "",
            "trades": ", ".join(order_sudo.trade_ids.mapped("name")),
            "task": html2plaintext(self.task or "").strip(),
            "note": html2plaintext(self.work_note or "").strip(),
            "planned": fields.Datetime.to_string(self.planned_start) if self.planned_start else False,
            "later": bool(later),
            "round": self.round,
            "state": self.state,
            "state_label": state_labels[self.state],
            "can_start": self.can_start,
            "can_finish": self.can_finish,
            "since": fields.Datetime.to_string(self.my_timer_since) if self.my_timer_since else False,
            "hours": sum(order_sudo.line_ids.filtered(lambda line: line.kind == "labour").mapped("quantity")),
            "materials": [
                {"id": line.id, "name": line.name, "quantity": line.quantity}
                for line in order_sudo.line_ids
                if line.kind == "material"
            ],
            "photos": [
                {"id": photo.id, "kind": photo.kind, "name": photo.name or ""} for photo in order_sudo.photo_ids
            ],
            "signed": self._is_signed("completion", "customer"),
        }
