from datetime import UTC, datetime

import pytz

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .portal import REASON_LENGTH, CasePortal

ERROR = "cs_repair_error"


class ReworkPortal(CasePortal):
    """Repair orders on the portal: the contractor's own pages, and what the customer answers on his case.

    A contractor reaches orders only through ``cs.rework._contractor_order`` and their children only through them.
    """

    # ------------------------------------------------------------------
    # Contractor: reading
    # ------------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "repair_count" in counters:
            values["repair_count"] = self._orders_sudo().search_count(self._repair_domain("open"))
        return values

    def _orders_sudo(self):
        # sudo: cs.rework - always searched with the domain of what was given to the user's company
        return request.env["cs.rework"].sudo()

    def _repair_domain(self, filterby):
        states = {"open": ("dispatched", "accepted", "working"), "done": ("done", "closed")}
        domain = request.env["cs.rework"]._contractor_domain()
        return domain & Domain("state", "in", states[filterby]) if filterby in states else domain

    @http.route(["/my/repairs", "/my/repairs/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_repairs(self, page=1, filterby="open", **kw):
        """List the orders given to the user's company."""
        filters = {
            "open": {"label": request.env._("To Do")},
            "done": {"label": request.env._("Done")},
            "all": {"label": request.env._("All")},
        }
        filterby = filterby if filterby in filters else "open"
        orders_sudo, domain = self._orders_sudo(), self._repair_domain(filterby)
        pager = portal_pager(
            url="/my/repairs",
            url_args={"filterby": filterby},
            total=orders_sudo.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        values = self._prepare_portal_layout_values()
        values.update(
            orders=orders_sudo.search(
                domain, order="planned_start, id desc", limit=self._items_per_page, offset=pager["offset"]
            ),
            page_name="repair",
            default_url="/my/repairs",
            pager=pager,
            searchbar_filters=filters,
            filterby=filterby,
        )
        return request.render("customer_service_addon.portal_my_repairs", values)

    @http.route(["/my/repairs/<int:order_id>"], type="http", auth="user", website=True)
    def portal_repair(self, order_id, **kw):
        """Show one order with what the contractor may do now."""
        order_sudo = request.env["cs.rework"]._contractor_order(order_id)
        if not order_sudo:
            return request.redirect("/my")
        actions = order_sudo._contractor_actions()
        case_sudo = order_sudo.case_id
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="repair",
            order=order_sudo,
            actions=actions,
            offer=order_sudo.open_offer_id,
            contact={
                "name": case_sudo.partner_name or case_sudo.partner_id.name,
                "phone": case_sudo.phone or case_sudo.partner_id.phone,
            }
            if actions["contact"]
            else {},
            materials=order_sudo.line_ids.filtered("by_contractor"),
            photos=order_sudo.photo_ids.filtered("by_contractor"),
            proposal=order_sudo._waiting_proposal(),
            tz=case_sudo._cs_tz(),
            error_message=request.session.pop(ERROR, None),
        )
        return request.render("customer_service_addon.portal_repair", values)

    @http.route(["/my/repairs/<int:order_id>/photo/<int:photo_id>"], type="http", auth="user", methods=["GET"])
    def portal_repair_photo(self, order_id, photo_id, **kw):
        """Show a photo of the order; one of another order is not found."""
        order_sudo = request.env["cs.rework"]._contractor_order(order_id)
        photo_sudo = order_sudo and order_sudo._contractor_photo(photo_id)
        if not photo_sudo:
            raise request.not_found()
        return request.env["ir.binary"]._get_image_stream_from(photo_sudo, "image").get_response()

    # ------------------------------------------------------------------
    # Contractor: doing
    # ------------------------------------------------------------------

    def _do(self, order_id, action):
        """Call ``action`` with the order, checked as the user's own; errors are shown on its page."""
        order_sudo = request.env["cs.rework"]._contractor_order(order_id)
        if not order_sudo:
            return request.redirect("/my")
        try:
            with request.env.cr.savepoint():
                action(order_sudo)
                request.env.flush_all()
        except (UserError, AccessError) as error:
            request.session[ERROR] = str(error)
        # Who declined does not see the order any more.
        seen = request.env["cs.rework"]._contractor_order(order_id)
        return request.redirect(f"/my/repairs/{order_id}" if seen else "/my/repairs")

    @http.route("/my/repairs/<int:order_id>/accept", type="http", auth="user", website=True, methods=["POST"])
    def portal_repair_accept(self, order_id, **kw):
        """The contractor takes the order (R-04)."""
        return self._do(order_id, lambda order_sudo: order_sudo._contractor_accept())

    @http.route("/my/repairs/<int:order_id>/decline", type="http", auth="user", website=True, methods=["POST"])
    def portal_repair_decline(self, order_id, reason="", **kw):
        """He does not, and says why."""
        return self._do(order_id, lambda order_sudo: order_sudo._contractor_decline(reason))

    @http.route("/my/repairs/<int:order_id>/propose", type="http", auth="user", website=True, methods=["POST"])
    def portal_repair_propose(self, order_id, start="", reason="", **kw):
        """He proposes another date."""
        return self._do(
            order_id,
            lambda order_sudo: order_sudo._contractor_propose(self._moment(start, order_sudo), reason[:REASON_LENGTH]),
        )

    @http.route("/my/repairs/<int:order_id>/arrive", type="http", auth="user", website=True, methods=["POST"])
    def portal_repair_arrive(self, order_id, **kw):
        """He is there and begins."""
        return self._do(order_id, lambda order_sudo: order_sudo._contractor_arrive())

    @http.route("/my/repairs/<int:order_id>/material", type="http", auth="user", website=True, methods=["POST"])
    def portal_repair_material(self, order_id, name="", quantity="", **kw):
        """He used material."""
        return self._do(order_id, lambda order_sudo: order_sudo._contractor_add_material(name, quantity))

    @http.route(
        "/my/repairs/<int:order_id>/material/<int:line_id>/remove",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_repair_material_remove(self, order_id, line_id, **kw):
        """He takes back a line of his own."""
        return self._do(order_id, lambda order_sudo: order_sudo._contractor_remove_material(line_id))

    @http.route("/my/repairs/<int:order_id>/photo", type="http", auth="user", website=True, methods=["POST"])
    def portal_repair_photo_add(self, order_id, kind="", name="", line_id="", **kw):
        """He adds photos, before or after the work, of the whole order or of a line."""
        files = [file for file in request.httprequest.files.getlist("photos") if file.filename]
        line = int(line_id) if line_id.isdigit() else None

        def add(order_sudo):
            if not files:
                raise UserError(request.env._("Choose a photo first."))
            contents = [(file.filename, file.read()) for file in files]
            order_sudo.company_id._cs_check_files(contents)
            for _name, content in contents:
                order_sudo._contractor_add_photo(kind, content, name, line)

        return self._do(order_id, add)

    @http.route("/my/repairs/<int:order_id>/done", type="http", auth="user", website=True, methods=["POST"])
    def portal_repair_done(self, order_id, note="", **kw):
        """The work is done; he writes what he did."""
        return self._do(order_id, lambda order_sudo: order_sudo._contractor_finish(note))

    def _moment(self, text, order_sudo):
        """Return the local ``text`` of the form as naive UTC, or None when it is no moment."""
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            return None
        zone = pytz.timezone(order_sudo.case_id._cs_tz())
        return zone.localize(local.replace(tzinfo=None)).astimezone(UTC).replace(tzinfo=None)

    # ------------------------------------------------------------------
    # Customer: on the page of his case
    # ------------------------------------------------------------------

    @http.route(
        "/my/cases/<int:case_id>/repairs/<int:order_id>/sign",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_case_sign_repair(self, case_id, order_id, access_token=None, name="", **kw):
        """The customer signs that the repair is done (R-05)."""
        return self._act(
            case_id,
            access_token,
            lambda case_sudo: self._sign(case_sudo, order_id, name),
        )

    @http.route(
        "/my/cases/<int:case_id>/extensions/<int:extension_id>/answer",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_case_extension(self, case_id, extension_id, access_token=None, answer="", note="", **kw):
        """The customer agrees to a later date, or not (R-03)."""
        return self._act(
            case_id,
            access_token,
            lambda case_sudo: case_sudo._answer_extension_on_portal(
                extension_id,
                answer == "yes",
                self._signer(case_sudo).name or case_sudo.partner_name or case_sudo.email_from,
                note,
            ),
        )

    def _sign(self, case_sudo, order_id, name):
        order_sudo = case_sudo.rework_ids.filtered(lambda order: order.id == order_id)
        order_sudo._sign_completion_on_portal(name, self._signer(case_sudo), request.httprequest.remote_addr)

    def _signer(self, case_sudo):
        """Return the contact that acts: the user's own, with a link from a mail that of the case."""
        user = request.env.user
        return case_sudo.partner_id if user._is_public() else user.partner_id
