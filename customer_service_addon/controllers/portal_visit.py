from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .portal import CasePortal

ERROR = "cs_visit_error"


class VisitPortal(CasePortal):
    """Questionnaires and appointments of the customer.

    He has no rights on return visits: they are found by his own person or company, or by the token of one, and only
    what ``_portal_rows`` prepares is shown.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "visit_count" in counters:
            values["visit_count"] = self._visits_sudo().search_count(self._visit_domain())
        return values

    @http.route(["/my/visits", "/my/visits/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_visits(self, page=1, **kw):
        """List questionnaires and appointments, the newest first."""
        visits_sudo, domain = self._visits_sudo(), self._visit_domain()
        pager = portal_pager(
            url="/my/visits", total=visits_sudo.search_count(domain), page=page, step=self._items_per_page
        )
        found = visits_sudo.search(domain, order="id desc", limit=self._items_per_page, offset=pager["offset"])
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="visit",
            default_url="/my/visits",
            pager=pager,
            rows=found._portal_rows(own=request.env.user.partner_id),
        )
        return request.render("customer_service_addon.portal_my_visits", values)

    @http.route(["/my/visits/<int:visit_id>"], type="http", auth="public", website=True)
    def portal_visit(self, visit_id, access_token=None, **kw):
        """Show one visit: the questionnaire and the appointment."""
        visit_sudo = self._visit_sudo(visit_id, access_token)
        if not visit_sudo:
            return request.redirect("/my")
        user = request.env.user
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="visit",
            visit=visit_sudo._portal_rows(own=None if user._is_public() else user.partner_id)[0],
            token_query=f"?access_token={access_token}" if access_token else "",
            error_message=request.session.pop(ERROR, None),
        )
        return request.render("customer_service_addon.portal_visit", values)

    @http.route(["/my/visits/<int:visit_id>/accept"], type="http", auth="public", website=True, methods=["POST"])
    def portal_visit_accept(self, visit_id, access_token=None, start="", **kw):
        """The customer accepts the appointment he was shown."""
        return self._act_on_visit(visit_id, access_token, lambda visit_sudo: visit_sudo._accept_on_portal(start))

    @http.route(["/my/visits/<int:visit_id>/propose"], type="http", auth="public", website=True, methods=["POST"])
    def portal_visit_propose(self, visit_id, access_token=None, wish="", **kw):
        """The customer proposes another time, in his own time zone."""
        return self._act_on_visit(visit_id, access_token, lambda visit_sudo: visit_sudo._propose_on_portal(wish))

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def _visits_sudo(self):
        # sudo: cs.return.visit - customers have no rights on it; always searched with the domain of the user
        return request.env["cs.return.visit"].sudo()

    def _visit_domain(self):
        if not request.env.user._is_portal():
            return [(0, "=", 1)]
        return self._visits_sudo()._portal_domain(request.env.user)

    def _visit_sudo(self, visit_id, access_token):
        """Return (sudo) the visit if the user is its customer or brings its token, else an empty recordset."""
        visit_sudo = self._visits_sudo().browse(visit_id).exists()
        if visit_sudo and visit_sudo._is_for(request.env.user, access_token):
            return visit_sudo
        return self._visits_sudo().browse()

    def _act_on_visit(self, visit_id, access_token, action):
        visit_sudo = self._visit_sudo(visit_id, access_token)
        if not visit_sudo or request.env.user._is_internal():
            # Colleagues enter what the customer said in the visit, where it is seen who did.
            return request.redirect("/my")
        try:
            with request.env.cr.savepoint():
                action(visit_sudo)
                request.env.flush_all()
        except UserError as error:
            request.session[ERROR] = str(error)
        return request.redirect(f"/my/visits/{visit_id}" + (f"?access_token={access_token}" if access_token else ""))
