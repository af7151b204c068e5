from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

REPORT = "customer_service_addon.cs_case_customer_report"
REASON_LENGTH = 2000
SEARCHED_FIELDS = {
    "all": ("name", "subject", "object_ref"),
    "name": ("name",),
    "subject": ("subject",),
    "object": ("object_ref",),
}


class CasePortal(CustomerPortal):
    """What customers see and do: pages read on GET, everything that changes something is POST."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "case_count" in counters:
            cases = request.env["cs.case"]
            values["case_count"] = cases.search_count([]) if cases.has_access("read") else 0
        return values

    def _case_sortings(self):
        return {
            "date": {"label": request.env._("Newest"), "order": "id desc"},
            "name": {"label": request.env._("Number"), "order": "name"},
            "subject": {"label": request.env._("Subject"), "order": "subject"},
        }

    def _case_filters(self):
        return {
            "open": {
                "label": request.env._("In Progress"),
                "domain": Domain("meaning", "in", ("new", "open", "waiting", "solved")),
            },
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "closed": {
                "label": request.env._("Closed"),
                "domain": Domain("meaning", "in", ("closed", "cancelled")),
            },
        }

    def _case_search_domain(self, search, search_in):
        inputs = self._case_search_inputs()
        fields = SEARCHED_FIELDS[search_in if search_in in inputs else "all"]
        return Domain.OR(Domain(name, "ilike", search) for name in fields) if search else Domain.TRUE

    def _case_search_inputs(self):
        return {
            "all": {"input": "all", "label": request.env._("Search in All")},
            "name": {"input": "name", "label": request.env._("Search in Number")},
            "subject": {"input": "subject", "label": request.env._("Search in Subject")},
            "object": {"input": "object", "label": request.env._("Search in Object")},
        }

    @http.route(["/my/cases", "/my/cases/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_cases(self, page=1, sortby=None, filterby=None, search=None, search_in="all", **kw):
        """List the cases of the customer; unknown keys fall back to the first choice."""
        cases = request.env["cs.case"]
        if not cases.has_access("read"):
            return request.redirect("/my")
        sortings, filters = self._case_sortings(), self._case_filters()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "open"
        domain = filters[filterby]["domain"] & self._case_search_domain(search, search_in)
        pager = portal_pager(
            url="/my/cases",
            url_args={"sortby": sortby, "filterby": filterby, "search": search, "search_in": search_in},
            total=cases.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = cases.search(
            domain, order=sortings[sortby]["order"], limit=self._items_per_page, offset=pager["offset"]
        )
        request.session["my_cases_history"] = found.ids[:100]
        values = self._prepare_portal_layout_values()
        values.update(
            # sudo: cs.case - the rows were found with the customer's rights; names of stage and type are shown
            cases=found.sudo(),
            page_name="case",
            default_url="/my/cases",
            pager=pager,
            searchbar_sortings=sortings,
            sortby=sortby,
            searchbar_filters=filters,
            filterby=filterby,
            searchbar_inputs=self._case_search_inputs(),
            search=search,
            search_in=search_in,
        )
        return request.render("customer_service_addon.portal_my_cases", values)

    @http.route(["/my/cases/<int:case_id>"], type="http", auth="public", website=True)
    def portal_case(self, case_id, access_token=None, report_type=None, download=False, **kw):
        """Show one case, or print it; a merged one leads its own customer to the case it became."""
        case_sudo = self._case_sudo(case_id, access_token)
        if not case_sudo:
            return request.redirect("/my")
        target = case_sudo._merge_target()
        if target != case_sudo and target.partner_id.commercial_partner_id == case_sudo.commercial_partner_id:
            return request.redirect(target.get_portal_url() if access_token else target.access_url)
        if report_type in ("html", "pdf", "text"):
            return self._show_report(case_sudo, report_type, REPORT, download=download)
        values = self._get_page_view_values(
            case_sudo,
            access_token,
            {
                "page_name": "case",
                "case": case_sudo,
                "timeline": case_sudo._portal_timeline(),
                "complaint_steps": case_sudo._portal_complaint_steps(),
                "may_reopen": case_sudo.meaning == "solved"
                or (case_sudo.meaning == "closed" and case_sudo._may_reopen()),
                "token_query": f"?access_token={access_token}" if access_token else "",
                "related": self._related_cases(case_sudo),
            },
            "my_cases_history",
            False,
            **kw,
        )
        return request.render("customer_service_addon.portal_case", values)

    @http.route(["/my/cases/<int:case_id>/confirm"], type="http", auth="public", website=True, methods=["POST"])
    def portal_case_confirm(self, case_id, access_token=None, **kw):
        """The customer confirms the result: the case is closed (I-05)."""
        return self._act(case_id, access_token, lambda case_sudo: self._confirm(case_sudo))

    @http.route(["/my/cases/<int:case_id>/reopen"], type="http", auth="public", website=True, methods=["POST"])
    def portal_case_reopen(self, case_id, access_token=None, reason="", **kw):
        """The customer is not content: the case is taken up again, his reason goes into the conversation (C-08)."""
        return self._act(case_id, access_token, lambda case_sudo: self._reopen(case_sudo, reason))

    @http.route(["/my/cases/<int:case_id>/accept"], type="http", auth="public", website=True, methods=["POST"])
    def portal_case_accept(self, case_id, access_token=None, **kw):
        """The customer accepts the plan about his complaint (C-03)."""
        return self._act(case_id, access_token, lambda case_sudo: case_sudo._answer_plan_on_portal(True))

    @http.route(["/my/cases/<int:case_id>/reject"], type="http", auth="public", website=True, methods=["POST"])
    def portal_case_reject(self, case_id, access_token=None, reason="", **kw):
        """The customer rejects it and says why."""
        reason = (reason or "")[:REASON_LENGTH]
        return self._act(case_id, access_token, lambda case_sudo: case_sudo._answer_plan_on_portal(False, reason))

    @http.route(["/my/cases/<int:case_id>/opinion"], type="http", auth="public", website=True, methods=["POST"])
    def portal_case_opinion(self, case_id, access_token=None, opinion="", text="", **kw):
        """The customer says what he thinks of the outcome of his appeal (C-05)."""
        text = (text or "")[:REASON_LENGTH]
        return self._act(case_id, access_token, lambda case_sudo: case_sudo._judge_on_portal(opinion, text))

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def _case_sudo(self, case_id, access_token):
        """Return the case (sudo) if the user or the token may read it, else an empty recordset."""
        try:
            case_sudo = self._document_check_access("cs.case", case_id, access_token)
        except (AccessError, MissingError):
            return request.env["cs.case"]
        return case_sudo.with_user(request.env.user).sudo()

    def _related_cases(self, case_sudo):
        """Return (sudo) the earlier and later cases the user himself may read."""
        related = (case_sudo.origin_id | case_sudo.follow_up_ids).sudo(False)
        if not related.has_access("read") and not related:
            return case_sudo.browse()
        return related._filtered_access("read").sudo() if request.env.user._is_portal() else case_sudo.browse()

    def _act(self, case_id, access_token, action):
        case_sudo = self._case_sudo(case_id, access_token)
        if not case_sudo:
            return request.redirect("/my")
        try:
            with request.env.cr.savepoint():
                result = action(case_sudo) or case_sudo
                request.env.flush_all()
        except UserError as error:
            return self._back(case_sudo, access_token, error=str(error))
        return self._back(result, access_token if result == case_sudo else None)

    def _back(self, case_sudo, access_token, error=None):
        query = [f"access_token={access_token}"] if access_token else []
        if error:
            request.session["cs_portal_error"] = error
        return request.redirect(case_sudo.access_url + (f"?{'&'.join(query)}" if query else ""))

    def _confirm(self, case_sudo):
        if case_sudo.meaning != "solved":
            raise UserError(request.env._("Only a solved request can be confirmed."))
        case_sudo._confirm_by_customer("portal")

    def _reopen(self, case_sudo, reason):
        reason = (reason or "").strip()[:REASON_LENGTH]
        if not reason:
            raise UserError(request.env._("Please tell us what is still open."))
        if case_sudo.meaning not in ("solved", "closed"):
            raise UserError(request.env._("This request is not finished. Just write a message below."))
        result = case_sudo._reopen_by_customer(reason)
        author = case_sudo.partner_id if request.env.user._is_public() else request.env.user.partner_id
        if result == case_sudo:
            case_sudo.message_post(
                body=reason,
                author_id=author.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        return result

    def _get_page_view_values(self, document, access_token, values, session_history, no_breadcrumbs, **kwargs):
        values = super()._get_page_view_values(
            document, access_token, values, session_history, no_breadcrumbs, **kwargs
        )
        if document._name == "cs.case":
            values["error_message"] = request.session.pop("cs_portal_error", None)
        return values
