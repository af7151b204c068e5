from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .portal import REASON_LENGTH, CasePortal


class SettlementPortal(CasePortal):
    """What contractors see and say of the settlements they bear a part of (R-07)."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "settlement_count" in counters:
            values["settlement_count"] = len(self._own_settlement_notices_sudo())
        return values

    @http.route(["/my/settlements"], type="http", auth="user", website=True)
    def portal_settlements(self, **kw):
        """List what the contractor was told."""
        values = self._prepare_portal_layout_values()
        notices_sudo = self._own_settlement_notices_sudo()
        values.update(page_name="settlement", notices=[notice_sudo._portal_values() for notice_sudo in notices_sudo])
        return request.render("customer_service_addon.portal_settlements", values)

    @http.route(["/my/settlements/<int:notice_id>"], type="http", auth="public", website=True)
    def portal_settlement(self, notice_id, access_token=None, **kw):
        """Show one notice. That its contractor opened it is recorded: it was delivered."""
        notice_sudo = self._settlement_notice_sudo(notice_id, access_token)
        if not notice_sudo:
            return request.redirect("/my")
        if not request.env.user._is_internal():
            notice_sudo._mark_opened()
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="settlement",
            notice=notice_sudo._portal_values(),
            token_query=f"?access_token={access_token}" if access_token else "",
            error_message=request.session.pop("cs_portal_error", None),
            reason_length=REASON_LENGTH,
        )
        return request.render("customer_service_addon.portal_settlement", values)

    @http.route(["/my/settlements/<int:notice_id>/accept"], type="http", auth="public", website=True, methods=["POST"])
    def portal_settlement_accept(self, notice_id, access_token=None, **kw):
        """The contractor confirms his part."""
        return self._answer_settlement(notice_id, access_token, "accepted")

    @http.route(["/my/settlements/<int:notice_id>/object"], type="http", auth="public", website=True, methods=["POST"])
    def portal_settlement_object(self, notice_id, access_token=None, reason="", **kw):
        """The contractor objects with his reason; the account goes back."""
        return self._answer_settlement(notice_id, access_token, "contested", (reason or "")[:REASON_LENGTH])

    def _own_settlement_notices_sudo(self):
        """Return (sudo) the notices to the company of the user, empty for whoever is no portal user."""
        # sudo: cs.settlement.notice - contractors have no rights on it; found by their own company only
        notices_sudo = request.env["cs.settlement.notice"].sudo()
        if not request.env.user._is_portal():
            return notices_sudo
        company = request.env.user.partner_id.commercial_partner_id
        domain = [("commercial_partner_id", "=", company.id), ("is_current", "=", True)]
        return notices_sudo.search(domain, limit=self._items_per_page)

    def _settlement_notice_sudo(self, notice_id, access_token):
        """Return (sudo) the notice if the user is of its contractor or brings its token, else an empty recordset."""
        # sudo: cs.settlement.notice - contractors have no rights on it; compared before anything is shown
        notice_sudo = request.env["cs.settlement.notice"].sudo().browse(notice_id).exists()
        if notice_sudo and notice_sudo._is_for(request.env.user, access_token):
            return notice_sudo
        return request.env["cs.settlement.notice"]

    def _answer_settlement(self, notice_id, access_token, answer, reason=""):
        notice_sudo = self._settlement_notice_sudo(notice_id, access_token)
        if not notice_sudo or request.env.user._is_internal():
            # Colleagues record what a contractor said in the settlement, where it is seen who did.
            return request.redirect("/my")
        page = f"/my/settlements/{notice_id}" + (f"?access_token={access_token}" if access_token else "")
        try:
            with request.env.cr.savepoint():
                notice_sudo._answer(answer, reason)
                request.env.flush_all()
        except UserError as error:
            request.session["cs_portal_error"] = str(error)
        return request.redirect(page)
