import ast
import logging
import re

from odoo import api, fields, models
from odoo.tools import email_normalize, email_normalize_all
from odoo.tools.mail import parse_contact_from_email

_logger = logging.getLogger(__name__)

# What may be a case number in a subject, whatever the brackets and scripts around it, e.g. “回复：【CS-000123】”.
NUMBER_LIKE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._/-]*[0-9A-Za-z])?")
# What follows the number of a case in the number of a file under it, e.g. CS-000123-F2.
FILE_SUFFIX = re.compile(r"-[A-Z]\d+$")
# A subject quotes a few numbers at most; more are not looked up.
QUOTED_AT_MOST = 20


class CsCase(models.Model):
    _inherit = "cs.case"

    customer_since = fields.Datetime(
        readonly=True, copy=False, help="When the case got another customer; earlier writers take no part any more."
    )

    # ------------------------------------------------------------------
    # Where an incoming mail belongs
    # ------------------------------------------------------------------

    @api.model
    def _cs_route(self, message, message_dict, route):
        """Decide about one route ``(model, thread id, values, user id, alias)``; returns a list of routes.

        A participant's reply, or his mail with the number in the subject, goes to the thread (the merged one's
        target). A stranger gets a case of his own that is linked and shows him nothing of the other. Machines
        never open a case: what they answer on a thread, or write to the team, stays an internal note.
        """
        model, thread_id, values, user_id, alias = route
        values = values or (ast.literal_eval(alias.alias_defaults) if alias else {})
        sender = email_normalize(message_dict.get("email_from") or "", strict=False)
        # sudo: cs.case - the gateway looks up threads whoever runs it; rights follow from being a participant
        named_sudo = self.sudo().browse(thread_id or []).exists()
        named_sudo = (named_sudo + self._quoted_cases_sudo(message_dict, values))._merge_targets()
        own_sudo = next((case for case in named_sudo if case._is_participant(sender)), self.sudo())
        machine = self.env["mail.thread"]._cs_is_machine_mail(message)
        message_dict["is_internal"] = message_dict.get("is_internal") or machine
        if own_sudo:
            return [(model, own_sudo.id, values, user_id, alias)]
        if machine:
            return self._cs_route_machine(message_dict, route, values.get("team_id") or named_sudo[:1].team_id.id)
        return [(model, False, self._cs_mention(values, named_sudo[:1]), user_id, alias)]

    @api.model
    def _cs_route_machine(self, message_dict, route, team_id):
        """What a machine wrote to no case of its own is kept as a note of the team: taken wrongly, it is not lost."""
        _logger.info("Automatic mail %s opens no case.", message_dict.get("message_id"))
        # sudo: cs.team - see _cs_route
        team_sudo = self.env["cs.team"].sudo().browse(team_id or []).exists()
        return [("cs.team", team_sudo.id, None, *route[3:])] if team_sudo else []

    @api.model
    def _cs_mention(self, values, mentioned_sudo):
        """Return the values of a stranger's case: addressed team first, linked within the company only."""
        if not mentioned_sudo:
            return values
        team = mentioned_sudo.team_id
        values = {"team_id": team.id, "company_id": mentioned_sudo.company_id.id, **values}
        if values["company_id"] == mentioned_sudo.company_id.id:
            values["cs_mentions"] = mentioned_sudo
        return values

    @api.model
    def _cs_once(self, routes):
        """Return ``routes`` without doublets: one mail to several of our addresses is one message or one case."""
        kept = {}
        for route in routes:
            model, thread_id, values = route[:3]
            company_id = not thread_id and (values or {}).get("company_id")
            kept.setdefault((thread_id, company_id) if model == "cs.case" else len(kept), route)
        return list(kept.values())

    @api.model
    def _quoted_cases_sudo(self, message_dict, values):
        """Return (sudo) the cases whose numbers stand in the subject, in the company of the alias if it names one."""
        subject = message_dict.get("subject") or ""
        company = self.env["res.company"].browse(values.get("company_id") or self.env.company.id)
        words = NUMBER_LIKE.findall(subject) + company._cs_number_pattern().findall(subject)
        numbers = {FILE_SUFFIX.sub("", word.upper()) for word in words if any(char.isdigit() for char in word)}
        numbers = {*numbers, *words} if len(numbers) <= QUOTED_AT_MOST else set()
        # sudo: cs.case - see _cs_route
        cases_sudo = self.sudo().with_context(active_test=False)
        if not numbers:
            return cases_sudo
        domain = [("name", "in", list(numbers))]
        if values.get("company_id"):
            domain.append(("company_id", "=", values["company_id"]))
        found = cases_sudo.search(domain, limit=QUOTED_AT_MOST)
        return found.sorted(lambda case: subject.upper().find(case.name.upper()))

    def _merge_targets(self):
        """Return the cases that the conversations of ``self`` go on in, in the same order."""
        return self.browse(dict.fromkeys(case._merge_target().id for case in self))

    def _merge_target(self):
        target = self
        while target.merged_into_id:
            target = target.merged_into_id
        return target

    # ------------------------------------------------------------------
    # Who takes part
    # ------------------------------------------------------------------

    def _is_participant(self, email):
        """Whether ``email`` (normalised) takes part in the case: customer, follower, in the conversation, one of us."""
        self.ensure_one()
        if not email:
            return False
        # sudo: cs.case, mail.message, res.users - answers yes or no, shows nothing
        case_sudo = self.sudo()
        if email in case_sudo._customer_addresses() or email in case_sudo._conversation_addresses():
            return True
        users_sudo = case_sudo.env["res.users"]
        return bool(users_sudo.search_count([("email_normalized", "=", email), ("share", "=", False)], limit=1))

    def _customer_addresses(self):
        """Return the addresses of customer and followers, those of cases merged into this one included."""
        family = level = self
        while level := level.with_context(active_test=False).merged_case_ids:
            family |= level
        people = family.partner_id | family.message_partner_ids
        return {*family.mapped("email_normalized"), *people.mapped("email_normalized")}

    def _conversation_addresses(self):
        """Return the addresses that wrote, or were written to by those who take part, since the customer is the same.

        Notes do not count: who is only mentioned there has not been let into the conversation.
        """
        domain = [
            ("model", "=", "cs.case"),
            ("res_id", "=", self.id),
            ("message_type", "in", ("email", "comment")),
            ("subtype_id", "=", self.env.ref("mail.mt_comment").id),
        ]
        if self.customer_since:
            domain.append(("date", ">", self.customer_since))
        addresses = set()
        for message in self.env["mail.message"].search(domain):
            people = message.author_id | message.partner_ids
            written = (message.incoming_email_to, message.incoming_email_cc, message.outgoing_email_to)
            addresses.update(people.mapped("email_normalized"))
            addresses.update(email_normalize_all(", ".join(filter(None, (message.email_from, *written)))))
        return addresses

    # ------------------------------------------------------------------
    # What it becomes
    # ------------------------------------------------------------------

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Register a mail. The subject of the mail is the subject of the case, never its number (I-02)."""
        given = dict(custom_values or {})
        mentioned = given.pop("cs_mentions", None)
        # The defaults of an alias are typed by people: they may choose team and type, but prove nothing.
        guarded = self._cs_guarded_fields()
        values = {name: value for name, value in given.items() if name not in guarded}
        name, email = parse_contact_from_email(msg_dict.get("email_from") or "")
        values.update(
            subject=(msg_dict.get("subject") or "").strip() or self.env._("(no subject)"),
            email_from=email,
            partner_name=name or email,
            channel_id=values.get("channel_id") or self.env.ref("customer_service_addon.cs_channel_mail").id,
        )
        # Anybody may call this method over RPC, but a record cannot travel there: the link is the gateway's own.
        if isinstance(mentioned, models.BaseModel):
            values.update(origin_id=mentioned.id, origin_kind="mention")
        return self._cs_as_server().create(values)._cs_as_client()
