from odoo import http
from odoo.http import request

from .portal import REASON_LENGTH, CasePortal


class RatingPortal(CasePortal):
    """The customer rates on the page of his case how it was handled."""

    @http.route(["/my/cases/<int:case_id>/rate"], type="http", auth="public", website=True, methods=["POST"])
    def portal_case_rate(self, case_id, access_token=None, stars="", feedback="", **kw):
        """Keep 1 to 5 stars and a remark; changed as long as the company lets him."""
        if request.env.user._is_internal():
            return request.redirect("/my")
        value = int(stars) if stars in ("1", "2", "3", "4", "5") else 0
        text = (feedback or "")[:REASON_LENGTH]
        partner = request.env.user.partner_id if request.env.user._is_portal() else request.env["res.partner"]
        return self._act(case_id, access_token, lambda case_sudo: self._rated(case_sudo, value, text, partner))

    def _rated(self, case_sudo, value, text, partner):
        """Stay on the page of the case that was rated, whatever follows from it."""
        case_sudo._rate(value, text, partner)
        return case_sudo
