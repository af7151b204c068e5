from odoo import api, models
from odoo.exceptions import AccessError


class CsCaseForm(models.AbstractModel):
    """Base of the forms printed from cases; each form says its title, sections, tables and signatures."""

    _name = "cs.case.form"
    _inherit = "cs.print.mixin"
    _description = "Printed Case Form"

    # The model whose records are printed.
    _cs_doc_model = "cs.case"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the templates print for the documents ``docids``.

        Raises AccessError when the user may not read one of them, or when an internal form is asked for by
        somebody from outside (the portal prints with system rights, so the question is the user, not the rights).
        """
        documents = self.env[self._cs_doc_model].browse(docids).exists()
        self._cs_ensure_may_print(documents)
        return {
            "doc_ids": docids,
            "doc_model": self._cs_doc_model,
            "docs": documents,
            "forms": self._cs_forms(documents),
        }

    @api.model
    def _cs_ensure_may_print(self, documents):
        if not self.env.user._is_internal():
            raise AccessError(self.env._("This form is for the company's own use. Print the case from its page."))
        documents.check_access("read")

    @api.model
    def _cs_forms(self, cases):
        """Return one form per document, in the language it is printed in."""
        files = self._cs_files(cases)
        return [self._cs_form(case.with_context(lang=self._cs_lang(case)), files) for case in cases]

    @api.model
    def _cs_files(self, cases):
        """Return ``{case id: attachments}`` of the files named on the form; none by default."""
        return {}

    @api.model
    def _cs_form(self, case, files):
        tz = case._cs_tz()
        return {
            "case": case,
            "lang": self._cs_lang(case),
            "title": self._cs_title(case),
            "qr": self._cs_code_image("QR", self._cs_qr_text(case)),
            "barcode": self._cs_code_image("Code128", case.name),
            "sections": [section for section in self._cs_sections(case, tz) if section[1]],
            "tables": [table for table in self._cs_tables(case, tz, files) if table["rows"]],
            "messages": self._cs_messages(case, tz),
            "signatures": self._cs_signatures(case),
            "tz": tz,
        }

    @api.model
    def _cs_lang(self, case):
        """Language of the print; the user's, unless the form goes to the customer."""
        return self.env.lang or "en_US"

    @api.model
    def _cs_qr_text(self, case):
        return case.name

    @api.model
    def _cs_tables(self, case, tz, files):
        return []

    @api.model
    def _cs_messages(self, case, tz):
        return []

    @api.model
    def _cs_signatures(self, case):
        return []

    @api.model
    def _cs_customer_section(self, case, tz):
        return (
            case.env._("Customer"),
            self._cs_rows(case, ("partner_name", "phone", "partner_id", "email_from"), tz),
        )

    @api.model
    def _cs_object_section(self, case, tz):
        return (
            case.env._("Object"),
            self._cs_rows(case, ("object_ref", "product_id", "order_ref", "phase"), tz),
        )
