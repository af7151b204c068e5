from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .portal import REASON_LENGTH, CasePortal

NAME_LENGTH = 200


class LiabilityPortal(CasePortal):
    """What contractors see and do about their share, and how surveys are signed from outside."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "liability_count" in counters:
            values["liability_count"] = len(self._own_notices_sudo()) + len(self._own_surveys_sudo())
        return values

    @http.route(["/my/liability"], type="http", auth="user", website=True)
    def portal_liabilities(self, **kw):
        """List the notices to the contractor and the surveys he has to sign."""
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="liability",
            notices=[notice_sudo._portal_row() for notice_sudo in self._own_notices_sudo()],
            surveys=[{"survey_id": row.id, "number": row.name, "place": row.place} for row in self._own_surveys_sudo()],
        )
        return request.render("customer_service_addon.portal_liabilities", values)

    @http.route(["/my/liability/<int:notice_id>"], type="http", auth="public", website=True)
    def portal_liability(self, notice_id, access_token=None, **kw):
        """Show one notice. That its contractor opened it is recorded: it was delivered."""
        notice_sudo = self._notice_sudo(notice_id, access_token)
        if not notice_sudo:
            return request.redirect("/my")
        if not request.env.user._is_internal():
            notice_sudo._mark_opened()
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="liability",
            notice=notice_sudo._portal_values(),
            token_query=f"?access_token={access_token}" if access_token else "",
            error_message=request.session.pop("cs_portal_error", None),
            reason_length=REASON_LENGTH,
        )
        return request.render("customer_service_addon.portal_liability", values)

    @http.route(["/my/liability/<int:notice_id>/accept"], type="http", auth="public", website=True, methods=["POST"])
    def portal_liability_accept(self, notice_id, access_token=None, **kw):
        """The contractor accepts his share (R-01)."""
        return self._answer_notice(notice_id, access_token, "accepted")

    @http.route(["/my/liability/<int:notice_id>/contest"], type="http", auth="public", website=True, methods=["POST"])
    def portal_liability_contest(self, notice_id, access_token=None, reason="", **kw):
        """The contractor contests it with reason and papers."""
        files = request.httprequest.files.getlist("files")
        papers = [(file.filename, file.read()) for file in files if file.filename]
        return self._answer_notice(notice_id, access_token, "contested", (reason or "")[:REASON_LENGTH], papers)

    @http.route(["/my/surveys/<int:survey_id>"], type="http", auth="user", website=True)
    def portal_survey(self, survey_id, **kw):
        """Show a contractor the survey he was present at."""
        survey_sudo = self._own_surveys_sudo().filtered(lambda survey: survey.id == survey_id)
        if not survey_sudo:
            return request.redirect("/my")
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="liability",
            survey=survey_sudo._portal_values(),
            error_message=request.session.pop("cs_portal_error", None),
            sign_url=f"/my/surveys/{survey_id}/sign",
        )
        return request.render("customer_service_addon.portal_survey", values)

    @http.route(["/my/surveys/<int:survey_id>/sign"], type="http", auth="user", website=True, methods=["POST"])
    def portal_survey_sign(self, survey_id, signer_name="", **kw):
        """The contractor signs the survey he was present at (R-01)."""
        survey_sudo = self._own_surveys_sudo().filtered(lambda survey: survey.id == survey_id)
        if not survey_sudo:
            return request.redirect("/my")
        parties = survey_sudo._parties_of(self._company_of_user(), "contractor")
        return self._try(
            lambda: survey_sudo._sign_outside(parties, signer_name[:NAME_LENGTH], request.httprequest.remote_addr),
            f"/my/surveys/{survey_id}",
            "/my/liability",
        )

    @http.route(
        ["/my/cases/<int:case_id>/surveys/<int:survey_id>/sign"],
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_case_survey_sign(self, case_id, survey_id, access_token=None, signer_name="", **kw):
        """The customer signs the survey he was present at, on the page of his case (R-01)."""
        name, address = signer_name[:NAME_LENGTH], request.httprequest.remote_addr
        return self._act(
            case_id, access_token, lambda case_sudo: case_sudo._sign_survey_on_portal(survey_id, name, address)
        )

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def _company_of_user(self):
        return request.env.user.partner_id.commercial_partner_id

    def _own_notices_sudo(self):
        """Return (sudo) the notices to the company of the user, empty for whoever is no portal user."""
        # sudo: cs.liability.notice - contractors have no rights on it; found by their own company only
        notices_sudo = request.env["cs.liability.notice"].sudo()
        if not request.env.user._is_portal():
            return notices_sudo
        domain = [("commercial_partner_id", "=", self._company_of_user().id), ("is_current", "=", True)]
        return notices_sudo.search(domain, order="id desc", limit=self._items_per_page)

    def _own_surveys_sudo(self):
        """Return (sudo) the surveys the company of the user was present at as contractor and has still to sign."""
        # sudo: cs.survey.party - contractors have no rights on it; found by their own company only
        parties_sudo = request.env["cs.survey.party"].sudo()
        if not request.env.user._is_portal():
            return parties_sudo.survey_id
        domain = [
            ("role", "=", "contractor"),
            ("presence", "=", "present"),
            ("partner_id.commercial_partner_id", "=", self._company_of_user().id),
            ("survey_id.state", "=", "held"),
        ]
        parties_sudo = parties_sudo.search(domain, limit=self._items_per_page)
        return parties_sudo.filtered(lambda party: not party.is_signed).survey_id

    def _notice_sudo(self, notice_id, access_token):
        """Return (sudo) the notice if the user is of its contractor or brings its token, else an empty recordset."""
        # sudo: cs.liability.notice - contractors have no rights on it; compared before anything is shown
        notice_sudo = request.env["cs.liability.notice"].sudo().browse(notice_id).exists()
        if notice_sudo and notice_sudo._is_for(request.env.user, access_token):
            return notice_sudo
        return request.env["cs.liability.notice"]

    def _answer_notice(self, notice_id, access_token, answer, reason="", papers=()):
        notice_sudo = self._notice_sudo(notice_id, access_token)
        if not notice_sudo or request.env.user._is_internal():
            # Colleagues record what a contractor said in the liability, where it is seen who did.
            return request.redirect("/my")
        page = f"/my/liability/{notice_id}" + (f"?access_token={access_token}" if access_token else "")
        return self._try(lambda: notice_sudo._answer(answer, reason, papers), page, page)

    def _try(self, action, page, following):
        """Do it and show ``following``; what is wrong is said on ``page`` and changes nothing."""
        try:
            with request.env.cr.savepoint():
                action()
                request.env.flush_all()
        except UserError as error:
            request.session["cs_portal_error"] = str(error)
            return request.redirect(page)
        return request.redirect(following)
