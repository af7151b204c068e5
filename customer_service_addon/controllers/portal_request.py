import uuid

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import plaintext2html

from .portal import CasePortal

# What a customer may send, and how much of it.
LENGTHS = {"subject": 200, "object_ref": 100, "order_ref": 100, "expectation": 2000, "description": 10000}


class CaseRequestPortal(CasePortal):
    """The form with which a customer registers a request himself."""

    @http.route(["/my/cases/new"], type="http", auth="user", website=True, methods=["GET", "POST"])
    def portal_case_new(self, **post):
        """Show the form; on POST register the request once, however often it is sent."""
        if not request.env["cs.case"].has_access("read"):
            return request.redirect("/my")
        if request.httprequest.method == "GET":
            return self._render_form({"key": str(uuid.uuid4())}, [])
        try:
            values = self._request_values(post)
            files = self._request_files()
            with request.env.cr.savepoint():
                case_sudo = request.env["cs.case"]._register_on_portal(
                    request.env.user.partner_id, values, files, post.get("key") or str(uuid.uuid4())
                )
                request.env.flush_all()
        except UserError as error:
            return self._render_form(post, [str(error)])
        return request.redirect(case_sudo.access_url)

    def _render_form(self, typed, errors):
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="case_new",
            typed=typed,
            errors=errors,
            types=self._request_types(),
            lengths=LENGTHS,
            company_sudo=request.env.company.sudo(),
        )
        return request.render("customer_service_addon.portal_case_new", values)

    def _request_types(self):
        # sudo: cs.case.type - the types offered to customers
        types_sudo = request.env["cs.case.type"].sudo()
        return types_sudo.search([("portal_visible", "=", True), ("company_id", "in", (False, request.env.company.id))])

    def _request_values(self, post):
        """Return the values of the case from the form; raises UserError when something is missing or too long."""
        values = {}
        for name, length in LENGTHS.items():
            text = (post.get(name) or "").strip()
            if len(text) > length:
                raise UserError(request.env._("A text is longer than %(length)s characters.", length=length))
            values[name] = text
        if not values["subject"] or not values["description"]:
            raise UserError(request.env._("Please say in a few words what it is about and what happened."))
        chosen = self._request_types().filtered(lambda case_type: str(case_type.id) == post.get("type_id"))
        if not chosen:
            raise UserError(request.env._("Please choose what kind of request it is."))
        return {
            **values,
            "description": plaintext2html(values["description"]),
            "type_id": chosen.id,
            "requested_date": self._request_date(post.get("requested_date")),
            "company_id": request.env.company.id,
        }

    def _request_date(self, text):
        try:
            return fields.Date.to_date(text) if text else False
        except ValueError as error:
            raise UserError(request.env._("Please enter the date as year-month-day.")) from error

    def _request_files(self):
        files = request.httprequest.files.getlist("files")
        return [(file.filename, file.read()) for file in files if file.filename]
