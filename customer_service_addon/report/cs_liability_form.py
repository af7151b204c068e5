from odoo import api, models


class LiabilityForm(models.AbstractModel):
    """Liability decision (责任认定书, R-01, R-02): the shares, the ground, and how each contractor was told."""

    _name = "report.customer_service_addon.report_cs_liability"
    _inherit = "cs.joint.form"
    _description = "Printed Liability Decision"

    _cs_doc_model = "cs.liability"

    @api.model
    def _cs_title(self, case):
        return case.env._("Liability Decision")

    @api.model
    def _cs_sections(self, liability, tz):
        facts = ("state", "survey_id", "decided_by_id", "decided_at", "final_at", "end_reason", "replaces_id")
        return [
            self._cs_job_section(liability.rework_id, tz),
            (liability.env._("Liability"), self._cs_rows(liability, facts, tz, wide=("ground", "told"))),
        ]

    @api.model
    def _cs_tables(self, liability, tz, files):
        env = liability.env
        shares = self._cs_table(env._("Shares"), liability.share_ids, ("party", "partner_id", "percent"), tz)
        notices = liability.notice_ids.filtered("is_current")
        names = ("partner_id", "delivery", "sent_at", "contest_until", "answer", "answered_at", "reason")
        evidence = [[paper.name] for paper in liability.sudo().evidence_ids]
        # sudo: cs.signature - whoever reads the liability reads who signed it
        signatures_sudo = liability.sudo().signature_ids
        return [
            shares,
            self._cs_table(env._("Notices"), notices, names, tz),
            {"title": env._("Evidence"), "head": [env._("File")], "rows": evidence},
            {
                "title": env._("Signatures"),
                "head": [env._("Signed by"), env._("How"), env._("Signature")],
                "rows": [self._cs_signed(signature_sudo, tz) for signature_sudo in signatures_sudo],
            },
        ]
