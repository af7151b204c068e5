import logging
import re

from odoo import api, models
from odoo.tools import email_normalize

_logger = logging.getLogger(__name__)

# What follows the number of a case in the number of a file under it, e.g. CS-000123-F2.
FILE_SUFFIX = re.compile(r"-[A-Z]\d+$")


class CsCase(models.Model):
    _inherit = "cs.case"

    # ------------------------------------------------------------------
    # Where an incoming mail belongs
    # ------------------------------------------------------------------

    @api.model
    def _cs_route(self, message, message_dict, route):
        """Decide about one route ``(model, thread id, values, user id, alias)``; returns a list of routes.

        A participant's reply, or his mail with the number in the subject, goes to the thread (the merged one's
        target). A stranger gets a case of his own that is linked and shows him nothing of the other. Machines
        never open a case; what they answer on a thread stays an internal note.
        """
        model, thread_id, values, user_id, alias = route
        sender = email_normalize(message_dict.get("email_from") or "")
        machine = self.env["mail.thread"]._cs_is_machine_mail(message)
        # sudo: cs.case - the gateway looks up threads whoever runs it; rights follow from being a participant
        case_sudo = self.sudo().browse(thread_id or []).exists() or self._quoted_case_sudo(message_dict, values)
        case_sudo = case_sudo._merge_target()
        if case_sudo and case_sudo._is_participant(sender):
            message_dict["is_internal"] = message_dict.get("is_internal") or machine
            return [(model, case_sudo.id, values, user_id, alias)]
        if machine:
            _logger.info("Automatic mail %s from %s opens no case.", message_dict.get("message_id"), sender)
            return []
        if case_sudo:
            team = case_sudo.team_id
            values = {**(values or {}), "team_id": team.id, "company_id": case_sudo.company_id.id}
            values["cs_mentions"] = case_sudo.id
        return [(model, False, values, user_id, alias)]

    @api.model
    def _quoted_case_sudo(self, message_dict, values):
        """Return (sudo) the case whose number stands in the subject, of the company of the alias if it names one."""
        words = re.split(r"[\s\[\](){}:,;#]+", message_dict.get("subject") or "")
        numbers = {FILE_SUFFIX.sub("", word) for word in words if any(char.isdigit() for char in word)}
        # sudo: cs.case - see _cs_route
        cases_sudo = self.sudo()
        if not numbers:
            return cases_sudo
        domain = [("name", "in", list(numbers))]
        if (values or {}).get("company_id"):
            domain.append(("company_id", "=", values["company_id"]))
        return cases_sudo.search(domain, limit=1)

    def _merge_target(self):
        """Return the case that the conversation of this one goes on in."""
        target = self
        while target.merged_into_id:
            target = target.merged_into_id
        return target

    def _is_participant(self, email):
        """Whether ``email`` (normalised) takes part in the case: customer, follower, writer or one of us."""
        self.ensure_one()
        if not email:
            return False
        # sudo: cs.case, mail.message, res.users - answers yes or no, shows nothing
        case_sudo = self.sudo()
        known = {case_sudo.email_normalized, case_sudo.partner_id.email_normalized}
        if email in known | set(case_sudo.message_partner_ids.mapped("email_normalized")):
            return True
        messages_sudo = case_sudo.env["mail.message"]
        if messages_sudo.search_count(
            [
                ("model", "=", "cs.case"),
                ("res_id", "=", case_sudo.id),
                ("author_id.email_normalized", "=", email),
                ("message_type", "in", ("email", "comment")),
            ],
            limit=1,
        ):
            return True
        return bool(
            case_sudo.env["res.users"].search_count([("email_normalized", "=", email), ("share", "=", False)], limit=1)
        )

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        return [("email_normalized", "=", email_from_normalized)]

    # ------------------------------------------------------------------
    # What it becomes
    # ------------------------------------------------------------------

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Register a mail. The subject of the mail is the subject of the case, never its number (I-02)."""
        values = dict(custom_values or {})
        mentions = values.pop("cs_mentions", False)
        name, email = self._split_sender(msg_dict.get("email_from") or "")
        values.update(
            subject=(msg_dict.get("subject") or "").strip() or self.env._("(no subject)"),
            email_from=email,
            partner_name=name or email,
            description=msg_dict.get("body") or "",
            channel_id=values.get("channel_id") or self.env.ref("customer_service_addon.cs_channel_mail").id,
        )
        if mentions:
            values.update(origin_id=mentions, origin_kind="mention")
        return self._cs_as_server().create(values)._cs_as_client()

    @api.model
    def _split_sender(self, address):
        name, _separator, rest = address.rpartition("<")
        email = email_normalize(address) or rest.strip("> ")
        return name.strip().strip('"'), email

    def message_update(self, msg_dict, update_vals=None):
        """A mail on the thread changes nothing by itself; the message does, see :meth:`_message_post_after_hook`."""
        return super().message_update(msg_dict, update_vals)
