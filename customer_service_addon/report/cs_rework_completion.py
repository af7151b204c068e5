from odoo import api, models


class ReworkCompletion(models.AbstractModel):
    """Completion certificate (完工单 / 维修验收单, R-05): work, material, photos, inspection, who signed when."""

    _name = "report.customer_service_addon.report_cs_rework_completion"
    _inherit = "cs.case.form"
    _description = "Printed Completion Certificate"

    _cs_doc_model = "cs.rework"

    @api.model
    def _cs_ensure_may_print(self, documents):
        """What a customer signs on his page is printed by our own code, which has checked him; nobody else gets it."""
        if documents._cs_is_server():
            return
        super()._cs_ensure_may_print(documents)

    @api.model
    def _cs_forms(self, orders):
        return [self._completion_form(order) for order in orders.with_context(lang=self._cs_lang(None))]

    @api.model
    def _completion_form(self, order):
        # sudo: cs.case, cs.rework - the paper names customer, photos and signatures of an order the user may read
        order_sudo = order.sudo()
        case_sudo = order_sudo.case_id
        tz = case_sudo._cs_tz()
        env = order.env
        sections = [
            (env._("Order"), self._cs_rows(order_sudo, ("trade_ids", "executor", *_who(order), "round"), tz)),
            self._cs_customer_section(case_sudo, tz),
            (env._("Where"), self._cs_rows(order_sudo, ("object_ref", "place"), tz)),
            (env._("Task"), self._cs_rows(order_sudo, (), tz, wide=("task",))),
            (env._("Work"), self._cs_rows(order_sudo, ("started_at", "done_at"), tz, wide=("work_note",))),
        ]
        # Quantities, no prices: the customer signs the work.
        material = order_sudo.line_ids.filtered(lambda line: line.kind == "material")
        inspections = ("round", "result", "note", "inspected_by_id", "inspected_at")
        tables = [
            self._cs_table(env._("Material"), material, ("name", "trade_id", "quantity"), tz),
            self._cs_table(env._("Inspections"), order_sudo.inspection_ids, inspections, tz),
        ]
        signatures = order_sudo._last_signatures_sudo("completion").sorted("signed_at")
        return {
            "case": order_sudo,
            "lang": env.lang,
            "title": env._("Completion Certificate"),
            "qr": self._cs_code_image("QR", order.name),
            "barcode": self._cs_code_image("Code128", order.name),
            "sections": [section for section in sections if section[1]],
            "tables": [table for table in tables if table["rows"]],
            "messages": [],
            "photos": [self._photo(photo, tz) for photo in order_sudo.photo_ids],
            "signed": [self._signature(signature.with_context(lang=env.lang), tz) for signature in signatures],
            "signatures": self._unsigned(order_sudo, signatures),
            "tz": tz,
        }

    @api.model
    def _photo(self, photo, tz):
        return {
            "kind": self._cs_value(photo, "kind", tz),
            "name": photo.name or "",
            "at": self._cs_moment(photo.env, photo.taken_at, tz),
            "image": f"data:image/png;base64,{photo.image_small.decode()}" if photo.image_small else False,
        }

    @api.model
    def _signature(self, signature, tz):
        return {
            "role": self._cs_value(signature, "role", tz),
            "name": signature.signer_name,
            "how": self._cs_value(signature, "how", tz),
            "at": self._cs_moment(signature.env, signature.signed_at, tz),
            "hash": signature.sha256 or signature.fingerprint,
            "image": f"data:image/png;base64,{signature.image.decode()}" if signature.image else False,
            "current": signature.is_current,
        }

    @api.model
    def _unsigned(self, order, signatures):
        """Return the labels of the lines for those who have not signed on a screen."""
        env = order.env
        lines = {
            "customer": env._("Customer"),
            "desk": env._("Customer Service"),
            "leader": env._("Team Leader"),
        }
        signed = set(signatures.mapped("role"))
        return [label for role, label in lines.items() if role not in signed]


def _who(order):
    return ("contractor_id",) if order.executor == "contractor" else ("technician_ids",)
