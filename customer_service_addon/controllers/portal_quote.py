from odoo import http
from odoo.http import request

from .portal import REASON_LENGTH, CasePortal

NAME_LENGTH = 200


class QuotePortal(CasePortal):
    """The customer signs or refuses the price of a repair on the page of his case (R-02)."""

    @http.route(
        ["/my/cases/<int:case_id>/quotes/<int:order_id>/sign"],
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_quote_sign(self, case_id, order_id, access_token=None, signer_name="", **kw):
        """Sign the price with the typed name; the paper is frozen with time and address."""
        name, address = signer_name[:NAME_LENGTH], request.httprequest.remote_addr
        return self._act(
            case_id, access_token, lambda case_sudo: case_sudo._sign_quote_on_portal(order_id, name, address)
        )

    @http.route(
        ["/my/cases/<int:case_id>/quotes/<int:order_id>/refuse"],
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def portal_quote_refuse(self, case_id, order_id, access_token=None, reason="", **kw):
        """Refuse the price with a reason."""
        text = (reason or "")[:REASON_LENGTH]
        return self._act(case_id, access_token, lambda case_sudo: case_sudo._refuse_quote_on_portal(order_id, text))
