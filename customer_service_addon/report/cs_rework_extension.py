from odoo import api, models


class ReworkExtension(models.AbstractModel):
    """More time for a repair (延期确认单, R-03): the paper the customer signs when he agrees on the spot."""

    _name = "report.customer_service_addon.report_cs_rework_extension"
    _inherit = "cs.case.form"
    _description = "Printed Extension"

    _cs_doc_model = "cs.rework.extension"

    @api.model
    def _cs_forms(self, extensions):
        return [self._extension_form(extension) for extension in extensions.with_context(lang=self._cs_lang(None))]

    @api.model
    def _extension_form(self, extension):
        # sudo: cs.case, cs.rework - the paper names customer and order of an extension the user may read
        order_sudo = extension.sudo().rework_id
        case_sudo = order_sudo.case_id
        tz = case_sudo._cs_tz()
        env = extension.env
        answer = ("state", "how", "answered_by", "answered_at")
        sections = [
            (env._("Order"), self._cs_rows(order_sudo, ("trade_ids", "object_ref", "place"), tz)),
            self._cs_customer_section(case_sudo, tz),
            (
                env._("More Time"),
                self._cs_rows(extension.sudo(), ("former_deadline", "new_date"), tz, wide=("reason",)),
            ),
            (env._("Customer's Answer"), self._cs_rows(extension.sudo(), answer, tz, wide=("answer_note",))),
        ]
        return {
            "case": order_sudo,
            "lang": env.lang,
            "title": env._("Consent to More Time"),
            "qr": self._cs_code_image("QR", order_sudo.name),
            "barcode": self._cs_code_image("Code128", order_sudo.name),
            "sections": [section for section in sections if section[1]],
            "tables": [],
            "messages": [],
            "signatures": [env._("Customer"), env._("Customer Service")],
            "tz": tz,
        }
