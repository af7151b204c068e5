from odoo import api, models
from odoo.tools import email_normalize

BULK = {"bulk", "junk", "list", "auto_reply"}
OURS = ("cs.case", "cs.team")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Core finds the routes by alias and references; what concerns cases is then decided by the register."""
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        if not any(route[0] == "cs.case" for route in routes or ()):
            return routes
        cases = self.env["cs.case"]
        decided = []
        for route in routes:
            decided += cases._cs_route(message, message_dict, route) if route[0] == "cs.case" else [route]
        return cases._cs_once(decided)

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Nothing addressed to customer service is refused for its number.

        The guard of core bounces the 21st mail of a busy dealer. Against loops it is enough never to answer
        machines and to stop acknowledging, see ``cs.case._split_by_daily_limit``.
        """
        if any(route[0] in OURS for route in routes or ()):
            return False
        return super()._detect_loop_sender(message, message_dict, routes)

    @api.model
    def _cs_is_machine_mail(self, message):
        """Whether an incoming e-mail was written by a machine: vacation reply, list, bounce (RFC 3834)."""

        def header(name):
            return (message.get(name) or "").strip().lower()

        return (
            header("Auto-Submitted").split(";")[0].split("(")[0].strip() not in ("", "no")
            or header("Precedence") in BULK
            or header("Return-Path") == "<>"
            or any(name.lower().startswith("x-auto") for name in message)
            or (email_normalize(header("From"), strict=False) or "").partition("@")[0]
            in ("mailer-daemon", "postmaster")
        )
