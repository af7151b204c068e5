import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import email_normalize

from ..services.contact_keys import object_key, phone_e164, phone_tail

OFFERED = 8
# What no phone number holds; part of an address is looked up as text.
NO_NUMBER = re.compile(r"[^\d\s()+./-]")


class CsCase(models.Model):
    _inherit = "cs.case"

    phone_e164 = fields.Char(compute="_compute_phone_keys", store=True, index="btree_not_null")
    phone_tail = fields.Char(compute="_compute_phone_keys", store=True, index="btree_not_null")
    object_key = fields.Char(compute="_compute_object_key", store=True)
    candidate_partner_ids = fields.Many2many(
        "res.partner", string="Known Under This", compute="_compute_candidate_partner_ids"
    )
    contact = fields.Char(
        "Phone or Email", compute="_compute_contact", search="_search_contact", help="Found however it was typed."
    )
    customer_panel = fields.Html(compute="_compute_customer_panel", sanitize=False)

    _object_idx = models.Index("(object_key, id DESC) WHERE object_key IS NOT NULL")

    @api.depends("email_from")
    def _compute_email_normalized(self):
        for case in self:
            case.email_normalized = email_normalize(case.email_from or "", strict=False) or False

    @api.depends("phone", "partner_id.country_id", "company_id")
    def _compute_phone_keys(self):
        for case in self:
            country = case.partner_id.country_id.code or case.company_id.country_id.code
            case.phone_e164 = phone_e164(case.phone, country)
            case.phone_tail = phone_tail(case.phone)

    @api.depends("phone", "email_from")
    def _compute_contact(self):
        for case in self:
            case.contact = " · ".join(filter(None, (case.phone, case.email_from)))

    @api.model
    def _search_contact(self, operator, value):
        """Find a phone number in any format by its keys, anything else as part of a number or an address (I-02)."""
        if operator not in ("=", "ilike") or not isinstance(value, str) or not value.strip():
            return NotImplemented
        text = value.strip()
        if email := email_normalize(text, strict=True):
            return Domain("email_normalized", "=", email)
        typed = Domain("phone", "ilike", text) | Domain("email_from", "ilike", text)
        tail = phone_tail(text) if NO_NUMBER.search(text) is None else False
        if not tail:
            return typed
        e164 = phone_e164(text, self.env.company.country_id.code)
        return Domain("phone_tail", "=", tail) | (Domain("phone_e164", "=", e164) if e164 else Domain.FALSE)

    @api.depends("object_ref")
    def _compute_object_key(self):
        for case in self:
            case.object_key = object_key(case.object_ref)

    @api.depends("phone", "email_from", "object_ref", "partner_id")
    def _compute_candidate_partner_ids(self):
        for case in self:
            found = self.env["res.partner"]
            if not case.partner_id:
                found = case._recognise(case.phone, case.email_from, case.object_ref)
            case.candidate_partner_ids = [Command.set(found.ids)]

    @api.depends("partner_id", "phone", "email_from", "object_ref", "subject", "category_id")
    @api.depends_context("uid", "lang")
    def _compute_customer_panel(self):
        for case in self:
            case.customer_panel = case._render_customer_panel()

    @api.onchange("phone", "email_from", "object_ref")
    def _onchange_caller(self):
        """The caller is identified while the agent types; several people under one number are all offered."""
        if not self.partner_id and len(found := self._recognise(self.phone, self.email_from, self.object_ref)) == 1:
            self.partner_id = found
            self._fill_contact()

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        self._fill_contact()

    def _fill_contact(self):
        """Complete what is empty from the customer's file; never overwrite what was typed."""
        partner = self.partner_id
        if partner:
            self.partner_name = self.partner_name or partner.name
            self.phone = self.phone or partner.phone
            self.email_from = self.email_from or partner.email

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_create_customer(self):
        """Create a contact from what the caller said and make it the customer of the case."""
        for case in self:
            if case.partner_id:
                raise UserError(self.env._("%(case)s has a customer already.", case=case.name))
            if not (case.partner_name or case.email_from):
                raise UserError(self.env._("Enter at least the caller's name or mail address first."))
            case.partner_id = self.env["res.partner"].create(
                {
                    "name": case.partner_name or case.email_from,
                    "phone": case.phone,
                    "email": case.email_from,
                    "company_id": case.company_id.id,
                }
            )

    def action_view_customer_cases(self):
        """Open all cases of the customer's company that the user may see."""
        self.ensure_one()
        return self.commercial_partner_id.action_view_cs_cases()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    @api.model
    def _recognise(self, phone=None, email=None, object_ref=None, limit=OFFERED):
        """Return the partners known under a phone number, mail address or object, best first (I-02).

        The whole number counts before its last eight digits, these before the mail address, all before the
        object of earlier cases. Each look-up is one indexed query; at most ``limit`` partners are returned.
        """
        partners = self.env["res.partner"]
        found = partners
        for domain in self._recognition_domains(phone, email):
            found |= partners.search(domain, limit=limit, order="id")
        key = object_key(object_ref)
        if key:
            # sudo: cs.case - whose object it is may stand in a case of another team; only the customer is used
            cases_sudo = self.sudo().search(
                [("object_key", "=", key), ("partner_id", "!=", False)], limit=limit, order="id desc"
            )
            found |= cases_sudo.partner_id.sudo(False).filtered("active")._filtered_access("read")
        return found[:limit]

    @api.model
    def _recognition_domains(self, phone, email):
        country = self.env.company.country_id.code
        e164, tail = phone_e164(phone, country), phone_tail(phone)
        normalized = email_normalize(email or "", strict=False)
        if e164:
            yield [("cs_phone_e164", "=", e164)]
        if tail:
            yield [("cs_phone_tail", "=", tail)]
        if normalized:
            yield [("email_normalized", "=", normalized)]

    def _complete_customer(self, vals_list):
        """Find the customer of each intake by mail address or phone, and fill in his contact data (I-02).

        Only one possible person is taken; with several the agent chooses. One query per kind and batch.
        """
        country = self.env.company.country_id.code
        unknown = [vals for vals in vals_list if not vals.get("partner_id")]
        by_email = self._partners_by_key(
            "email_normalized", {email_normalize(vals.get("email_from") or "", strict=False) for vals in unknown}
        )
        by_phone = self._partners_by_key("cs_phone_e164", {phone_e164(vals.get("phone"), country) for vals in unknown})
        for vals in unknown:
            found = by_email.get(email_normalize(vals.get("email_from") or "", strict=False))
            found = found or by_phone.get(phone_e164(vals.get("phone"), country))
            # A customer of another company is none here; taking him would refuse the registration.
            found = found and found.filtered(
                lambda partner, own=vals["company_id"]: partner.company_id.id in (False, own)
            )
            if found and len(found) == 1:
                vals["partner_id"] = found.id
        # sudo: res.partner - contact data of the customer the case is about, also for portal customers
        partners_sudo = (
            self.env["res.partner"].sudo().browse({vals["partner_id"] for vals in vals_list if vals.get("partner_id")})
        )
        known = {partner.id: partner for partner in partners_sudo}
        for vals in vals_list:
            partner = known.get(vals.get("partner_id"))
            if partner:
                vals["partner_name"] = vals.get("partner_name") or partner.name
                vals["phone"] = vals.get("phone") or partner.phone
                vals["email_from"] = vals.get("email_from") or partner.email

    @api.model
    def _partners_by_key(self, field, keys):
        """Return ``{key: partners}`` of active partners for one indexed field."""
        keys.discard(False)
        keys.discard(None)
        keys.discard("")
        if not keys:
            return {}
        # sudo: res.partner - the gateway and portal customers recognise people they may not read
        partners_sudo = self.env["res.partner"].sudo().search([(field, "in", list(keys))])
        return partners_sudo.grouped(field)

    # ------------------------------------------------------------------
    # What the agent sees before saving
    # ------------------------------------------------------------------

    def _render_customer_panel(self):
        """Return the panel of open cases, last visits and likely duplicates as HTML, or False without a customer."""
        self.ensure_one()
        if not self.env.user.has_group("customer_service_addon.group_cs_agent"):
            return False
        others = self._cases_of_caller()
        if not others["open"] and not others["visits"] and not others["duplicates"]:
            return False
        return self.env["ir.qweb"]._render("customer_service_addon.cs_customer_panel", {"case": self, **others})

    def _cases_of_caller(self):
        """Return ``{"open": rows, "visits": rows, "duplicates": rows}`` for the caller and the object.

        A row shows number, stage, team and owner of any case; subject and link only where the user may read it.
        """
        # sudo: cs.case - an agent finds every case of the caller by number, stage, team and owner, nothing else
        cases_sudo = self.sudo()
        caller = []
        if self.partner_id:
            caller.append(("commercial_partner_id", "=", self.partner_id.commercial_partner_id.id))
        elif tail := phone_tail(self.phone):
            caller.append(("phone_tail", "=", tail))
        elif email := email_normalize(self.email_from or "", strict=False):
            caller.append(("email_normalized", "=", email))
        key = object_key(self.object_ref)
        own_id = self._origin.id or 0
        found = cases_sudo.browse()
        # Nothing of other companies, and nothing of a case that is about the reader himself (C-07).
        own = [
            ("id", "!=", own_id),
            ("company_id", "in", self.env.companies.ids),
            ("shut_out_user_ids", "not in", self.env.uid),
        ]
        if caller:
            domain = [*own, *caller]
            open_cases = cases_sudo.search([*domain, *self._open_domain()], limit=OFFERED, order="id desc")
            visits = cases_sudo.search([*domain, ("channel_id.is_visit", "=", True)], limit=3, order="id desc")
            found |= open_cases
        else:
            visits = cases_sudo.browse()
        if key:
            of_object = [*own, ("object_key", "=", key), *self._open_domain()]
            found |= cases_sudo.search(of_object, limit=OFFERED, order="id desc")
        duplicates = found.filtered(lambda other: self._is_likely_duplicate(other, key))
        readable = (found | visits).sudo(False)._filtered_access("read")
        return {
            "open": [self._panel_row(case, readable) for case in found - duplicates],
            "visits": [self._panel_row(case, readable) for case in visits],
            "duplicates": [self._panel_row(case, readable) for case in duplicates],
        }

    def _likely_duplicates(self):
        """Return the open cases of the same caller or object, readable for the user, that are about the same."""
        self.ensure_one()
        ids = [row["id"] for row in self._cases_of_caller()["duplicates"] if row["id"]]
        return self.browse(ids)

    def _is_likely_duplicate(self, other, key):
        """Same object, same category or nearly the same words, not longer ago than the company says."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=other.company_id.cs_duplicate_days)
        if other.received_at < since:
            return False
        if key and other.object_key == key:
            return True
        if self.category_id and other.category_id == self.category_id:
            return True
        words = set((self.subject or "").lower().split())
        theirs = set((other.subject or "").lower().split())
        return bool(words) and len(words & theirs) * 2 >= len(words | theirs)

    @api.model
    def _panel_row(self, case_sudo, readable):
        return {
            "id": case_sudo.id if case_sudo in readable else False,
            "number": case_sudo.name,
            "subject": case_sudo.subject if case_sudo in readable else False,
            "stage": case_sudo.stage_id.with_env(self.env).sudo().name,
            "team": case_sudo.team_id.with_env(self.env).sudo().name,
            "owner": case_sudo.user_id.name,
        }
