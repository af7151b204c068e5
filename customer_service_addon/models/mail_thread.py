from odoo import api, models
from odoo.tools import email_normalize

BULK = {"bulk", "junk", "list", "auto_reply"}


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Core finds the routes by alias and references; what concerns cases is then decided by the register."""
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        if not any(route[0] == "cs.case" for route in routes or ()):
            return routes
        return [
            decided
            for route in routes
            for decided in (
                [route] if route[0] != "cs.case" else self.env["cs.case"]._cs_route(message, message_dict, route)
            )
        ]

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Nothing addressed to customer service is refused for its number.

        The guard of core bounces the 21st mail of a busy dealer. Against loops it is enough never to answer
        machines and to stop acknowledging, see ``cs.case._queue_acknowledgement``.
        """
        others = [route for route in routes or () if route[0] != "cs.case"]
        if routes and not others:
            return False
        return super()._detect_loop_sender(message, message_dict, others)

    @api.model
    def _cs_is_machine_mail(self, message):
        """Whether an incoming e-mail was written by a machine: vacation reply, list, bounce (RFC 3834)."""

        def header(name):
            return (message.get(name) or "").strip().lower()

        return (
            header("Auto-Submitted").split(";")[0].strip() not in ("", "no")
            or header("Precedence") in BULK
            or header("Return-Path") == "<>"
            or any(name.lower().startswith(("x-auto-response-id", "x-autoreply", "x-autorespond")) for name in message)
            or (email_normalize(header("From")) or "").partition("@")[0] in ("mailer-daemon", "postmaster")
        )
