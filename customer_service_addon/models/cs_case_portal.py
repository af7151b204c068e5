import uuid
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.mimetypes import guess_mimetype

# All a customer may read of a case over any interface. Adding a field here needs a test.
PORTAL_READABLE_FIELDS = frozenset(
    {
        "id",
        "display_name",
        "name",
        "subject",
        "company_id",
        "active",
        "type_id",
        "stage_id",
        "meaning",
        "partner_id",
        "partner_name",
        "product_id",
        "object_ref",
        "order_ref",
        "expectation",
        "requested_date",
        "description",
        "resolution",
        "received_at",
        "solved_at",
        "closed_at",
        "next_promise_at",
        "access_url",
        "access_warning",
        "create_date",
        "write_date",
        "message_ids",
        "message_is_follower",
        "message_partner_ids",
        "message_has_error",
        "message_needaction",
    }
)


class CsCase(models.Model):
    _inherit = "cs.case"

    intake_key = fields.Char(readonly=True, copy=False, help="Keeps a request sent twice from becoming two cases.")

    _intake_key_uniq = models.UniqueIndex("(intake_key) WHERE intake_key IS NOT NULL", "Sent already.")

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for case in self:
            case.access_url = f"/my/cases/{case.id}"
        return result

    def _has_field_access(self, field, operation):
        """Customers read the fields of the list above and write none, whatever the interface."""
        if not super()._has_field_access(field, operation):
            return False
        user = self.env.user
        # "share" is a value in the cache; being a portal user costs a look at the groups, for each field of each row.
        if self.env.su or not user.share or not user._is_portal():
            return True
        return operation == "read" and field.name in PORTAL_READABLE_FIELDS

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        # The order of the register tells how urgent we think a case is; customers get theirs by age.
        if order == self._order and not self.env.su and self.env.user._is_portal():
            order = "id desc"
        return super()._search(domain, offset=offset, limit=limit, order=order, **kwargs)

    def write(self, vals):
        if "partner_id" not in vals:
            return super().write(vals)
        former = {case.id: case.partner_id for case in self}
        result = super().write(vals)
        self.filtered(lambda case: case.partner_id != former[case.id])._shut_out(former)
        return result

    # ------------------------------------------------------------------
    # Links
    # ------------------------------------------------------------------

    def _portal_ensure_token(self):
        """Return the token of the case, made on first use; nobody chooses it."""
        self.ensure_one()
        # sudo: cs.case - the caller may read the case; tokens are written by the system only
        case_sudo = self.sudo()
        if not case_sudo.access_token:
            case_sudo._cs_as_server().write({"access_token": str(uuid.uuid4())})
        return case_sudo.access_token

    def _shut_out(self, former):
        """Cut off the former customers (``{case id: partner}``) of cases that got another one.

        Their link, their place among the followers and the links to papers stop working.
        """
        # sudo: cs.case, ir.attachment, mail.followers - part of changing the customer, which was checked
        for case_sudo in self.sudo():
            stranger = former[case_sudo.id].commercial_partner_id - case_sudo.commercial_partner_id
            case_sudo._cs_as_server().write({"access_token": str(uuid.uuid4())})
            if stranger:
                case_sudo._cs_as_server().write({"customer_since": fields.Datetime.now()})
                case_sudo._replace_contact(former[case_sudo.id])
            outsiders = case_sudo.message_partner_ids.filtered(
                lambda partner, stranger=stranger, case=case_sudo: (
                    partner.partner_share
                    and partner != case.partner_id
                    and (partner.commercial_partner_id == stranger or partner == former[case.id])
                )
            )
            case_sudo.message_unsubscribe(outsiders.ids)
            if case_sudo.partner_id:
                case_sudo.message_subscribe(case_sudo.partner_id.ids)
        self.sudo()._renew_attachments()

    def _replace_contact(self, former):
        """Forget name and address taken over from the ``former`` customer, a stranger now."""
        self.ensure_one()
        values = {}
        for name, source in (("partner_name", "name"), ("email_from", "email")):
            if self[name] and self[name] == former[source]:
                values[name] = self.partner_id[source]
        self._cs_as_server().write(values)

    def _renew_attachments(self):
        """Replace the attachments by copies, so that every link to the old ones is dead."""
        attachments = self.env["ir.attachment"].search([("res_model", "=", "cs.case"), ("res_id", "in", self.ids)])
        messages = self.env["mail.message"].search([("attachment_ids", "in", attachments.ids)])
        copies = dict(zip(attachments, attachments.copy({"access_token": False}), strict=True))
        for message in messages:
            renewed = [copies.get(attachment, attachment).id for attachment in message.attachment_ids]
            message.attachment_ids = [Command.set(renewed)]
        attachments.unlink()

    # ------------------------------------------------------------------
    # What customers post
    # ------------------------------------------------------------------

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Nobody posts on a merged case: its conversation goes on in the target."""
        operations = super()._mail_get_operation_for_mail_message_operation(message_operation)
        if message_operation == "create" and self.env.user.share:
            for case in self.sudo().filtered("merged_into_id"):
                operations[case.with_env(self.env)] = None
        return operations

    def message_post(self, **kwargs):
        """Post on the thread. A customer's message is always one to us, with files within the limits."""
        if self.env.user.share:
            kwargs = {**kwargs, "subtype_xmlid": "mail.mt_comment", "message_type": "comment"}
            kwargs.pop("subtype_id", None)
            attachments = self.env["ir.attachment"].sudo().browse(kwargs.get("attachment_ids") or [])
            self.company_id.sudo()._cs_check_files([(item.name, item.raw or b"") for item in attachments])
        return super().message_post(**kwargs)

    @api.model
    def _register_on_portal(self, partner, vals, files, key):
        """Register a customer's request and return the case (sudo).

        ``vals``: checked values; ``files``: list of (name, bytes) within the limits; ``key``: the form's own, the
        same form sent twice gives the same case. Raises UserError over the limits of the company.
        """
        # sudo: cs.case - customers have no right to create; the values were taken from an allow-list
        cases_sudo = self.sudo()
        known = cases_sudo.search([("intake_key", "=", key), ("partner_id", "=", partner.id)], limit=1)
        if known:
            return known
        company = self.env["res.company"].sudo().browse(vals["company_id"])
        cases_sudo._ensure_within_daily_limit(partner, company)
        company._cs_check_files(files)
        case_sudo = cases_sudo._cs_as_server().create(
            {
                **vals,
                "partner_id": partner.id,
                "channel_id": self.env.ref("customer_service_addon.cs_channel_portal").id,
                "intake_key": key,
            }
        )
        if files:
            case_sudo._cs_as_client().message_post(
                body=self.env._("Files sent with the request"),
                author_id=partner.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                attachments=files,
            )
        return case_sudo._cs_as_client()

    def _ensure_within_daily_limit(self, partner, company):
        since = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        domain = [
            ("partner_id", "=", partner.id),
            ("channel_id.code", "=", "portal"),
            ("registered_at", ">", since),
        ]
        limit = company.cs_portal_requests_per_day
        if self.search_count(domain, limit=limit + 1) >= limit:
            raise UserError(
                self.env._(
                    "You have sent %(count)s requests today. Please add to one of them, or call us.", count=limit
                )
            )

    def _portal_timeline(self):
        """Return the steps a customer sees: ``[{"label", "date" (UTC or False), "done", "current"}]``."""
        self.ensure_one()
        env = self.env
        if self.meaning == "cancelled":
            return [
                {"label": env._("Received"), "date": self.received_at, "done": True, "current": False},
                {"label": env._("Withdrawn"), "date": self.cancelled_at, "done": True, "current": True},
            ]
        reached = {"new": 0, "open": 1, "waiting": 1, "solved": 2, "closed": 3}[self.meaning]
        steps = [
            (env._("Received"), self.received_at),
            (env._("Waiting") if self.meaning == "waiting" else env._("In Progress"), self.first_answered_at),
            (env._("Solved"), self.solved_at),
            (env._("Closed"), self.closed_at),
        ]
        return [
            {
                "label": label,
                "date": date if index <= reached else False,
                "done": index < reached,
                "current": index == reached,
            }
            for index, (label, date) in enumerate(steps)
        ]


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_portal_requests_per_day = fields.Integer(
        "Portal Requests per Customer and Day", default=20, help="More are refused with a friendly message."
    )
    cs_portal_file_count = fields.Integer("Files per Request", default=10)
    cs_portal_file_megabytes = fields.Integer("Megabytes per File", default=10)
    cs_portal_file_types = fields.Char(
        "Kinds of Files",
        default="image/jpeg,image/png,image/gif,image/webp,image/heic,application/pdf,text/plain,"
        "application/msword,application/vnd.ms-excel,"
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document,"
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,video/mp4",
        help="Media types customers may send, separated by commas. The content decides, not the name of the file.",
    )

    def _cs_check_files(self, files):
        """Raise UserError when ``files`` (list of (name, bytes)) break the limits of the company."""
        self.ensure_one()
        if len(files) > self.cs_portal_file_count:
            raise UserError(self.env._("At most %(count)s files can be sent at once.", count=self.cs_portal_file_count))
        allowed = {kind.strip() for kind in (self.cs_portal_file_types or "").split(",")}
        refused = defaultdict(list)
        for name, content in files:
            if len(content) > self.cs_portal_file_megabytes * 1024 * 1024:
                refused["size"].append(name)
            elif guess_mimetype(content) not in allowed:
                refused["kind"].append(name)
        if refused["size"]:
            raise UserError(
                self.env._(
                    "%(names)s: larger than %(limit)s MB. Please send a smaller file.",
                    names=", ".join(refused["size"]),
                    limit=self.cs_portal_file_megabytes,
                )
            )
        if refused["kind"]:
            raise UserError(
                self.env._(
                    "%(names)s: this kind of file cannot be sent. Pictures, PDF, text and office files can.",
                    names=", ".join(refused["kind"]),
                )
            )
