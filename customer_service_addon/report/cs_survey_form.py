from markupsafe import Markup

from odoo import api, models

# Pixels of a photo on paper.
PHOTO_SIZE = 900
PHOTOS_IN_A_ROW = 2


class CsJointForm(models.AbstractModel):
    """Base of the forms that people outside sign or get; they name the customer and never how to reach him."""

    _name = "cs.joint.form"
    _inherit = "cs.case.form"
    _description = "Printed Form for Several Parties"

    @api.model
    def _cs_ensure_may_print(self, documents):
        """Outsiders sign what they are shown: the system prints it for them; on their own they print nothing."""
        return None if self.env.su else super()._cs_ensure_may_print(documents)

    @api.model
    def _cs_forms(self, documents):
        return [self._joint_form(document) for document in documents.with_context(lang=self._cs_lang(None))]

    @api.model
    def _joint_form(self, document):
        # sudo: cs.case - the time zone of its company
        tz = document.sudo().case_id._cs_tz()
        return {
            "case": document,
            "lang": document.env.lang,
            "title": self._cs_title(document),
            "qr": self._cs_code_image("QR", document.name),
            "barcode": self._cs_code_image("Code128", document.name),
            "sections": [section for section in self._cs_sections(document, tz) if section[1]],
            "tables": [table for table in self._cs_tables(document, tz, {}) if table["rows"]],
            "messages": [],
            "signatures": [],
            "tz": tz,
        }

    @api.model
    def _cs_job_section(self, order, tz):
        """Return what the repair is about, without anything of the customer but the name."""
        case_sudo = order.sudo().case_id
        rows = self._cs_rows(case_sudo, ("partner_name", "object_ref"), tz)
        if not case_sudo.partner_name and case_sudo.partner_id:
            rows.insert(0, [(order.env._("Customer"), case_sudo.partner_id.commercial_partner_id.name)])
        return (order.env._("Repair Order"), [[(self._cs_label(order, "name"), order.name)], *rows])

    @api.model
    def _cs_photo_table(self, document, name):
        """Return the photos of ``document`` as rows of a table."""
        images = [
            Markup('<img src="%s" alt="" style="max-width: 100%%; max-height: 80mm"/>') % uri
            for uri in document._picture_uris(name, PHOTO_SIZE)
        ]
        rows = [images[start : start + PHOTOS_IN_A_ROW] for start in range(0, len(images), PHOTOS_IN_A_ROW)]
        if rows:
            rows[-1] += [""] * (PHOTOS_IN_A_ROW - len(rows[-1]))
        return {"title": document.env._("Photos"), "head": ["", ""], "rows": rows}

    @api.model
    def _cs_signed(self, signature, tz):
        """Return a signature as cells: name and time, how, and the drawing; what was changed afterwards is said."""
        env = signature.env
        if not signature:
            return ["", "", ""]
        signed = Markup("%s<br/>%s") % (signature.signer_name, self._cs_moment(env, signature.signed_at, tz))
        if not signature.is_current:
            signed += Markup("<br/>") + env._("Changed after signing")
        drawn = ""
        if signature.image:
            source = signature.image.decode()
            drawn = Markup('<img src="data:image/png;base64,%s" alt="" style="max-height: 18mm"/>') % source
        return [signed, self._cs_value(signature, "how", tz), drawn]


class SurveyForm(models.AbstractModel):
    """Joint survey form (现场勘察会签表, R-01): who was there, what was found, and the signatures of all."""

    _name = "report.customer_service_addon.report_cs_site_survey"
    _inherit = "cs.joint.form"
    _description = "Printed Joint Survey Form"

    _cs_doc_model = "cs.site.survey"

    @api.model
    def _cs_title(self, case):
        return case.env._("Joint Survey Form")

    @api.model
    def _cs_sections(self, survey, tz):
        facts = ("planned_at", "held_at", "place", "trade_ids", "estimate", "probable_party", "probable_partner_id")
        return [
            self._cs_job_section(survey.rework_id, tz),
            (survey.env._("On-site Survey"), self._cs_rows(survey, facts, tz, wide=("findings",))),
        ]

    @api.model
    def _cs_tables(self, survey, tz, files):
        return [self._cs_party_table(survey, tz), self._cs_photo_table(survey, "photo_ids")]

    @api.model
    def _cs_party_table(self, survey, tz):
        env = survey.env
        names = ("role", "presence", "notified_at")
        rows = []
        for party in survey.party_ids:
            # sudo: cs.signature - whoever reads the survey reads who signed it
            signature_sudo = party.sudo().signature_id
            role, presence, notified = (self._cs_value(party, name, tz) for name in names)
            rows.append([role, party._person(), presence, notified, *self._cs_signed(signature_sudo, tz)])
        head = [self._cs_label(survey.party_ids, name) for name in names]
        head.insert(1, env._("Name"))
        return {
            "title": self._cs_label(survey, "party_ids"),
            "head": [*head, env._("Signed by"), env._("How"), env._("Signature")],
            "rows": rows,
        }
