import secrets
from datetime import UTC, datetime

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import consteq, format_datetime

from ..services.visit_steps import OPEN
from .cs_visit_flow import TODO

PROPOSED = "customer_service_addon.mail_template_cs_visit_proposed"
AGREED = "customer_service_addon.mail_template_cs_visit_agreed"


class CsReturnVisit(models.Model):
    """The appointment: proposed by us, accepted by the customer or proposed otherwise, agreed (V-02)."""

    _inherit = "cs.return.visit"

    access_token = fields.Char("Token of the Customer's Page", readonly=True, copy=False, groups="base.group_system")
    can_propose = fields.Boolean(compute="_compute_can_propose")

    _cs_server_fields = frozenset({"access_token"})

    @api.depends("state", "appointment_start", "appointment_state")
    @api.depends_context("uid")
    def _compute_can_propose(self):
        desk = self._is_desk()
        for visit in self:
            told = visit.appointment_state in ("proposed", "agreed")
            visit.can_propose = bool(desk and visit.state in OPEN and visit.appointment_start and not told)

    def write(self, vals):
        """An appointment that a colleague changes was not proposed yet."""
        result = super().write(vals)
        if not self._cs_is_server() and {"appointment_start", "appointment_end"} & set(vals):
            changed = self.filtered(lambda visit: visit.appointment_state in ("proposed", "wanted"))
            # sudo: cs.return.visit - the field is the system's; the write was allowed
            changed.sudo()._cs_as_server().write({"appointment_state": False})
        return result

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_propose(self):
        """Propose the customers the appointments that are entered; they accept or propose others on their page.

        Raises AccessError for all but agents, UserError without a moment to come or an address to write to.
        """
        self._ensure_desk()
        self._ensure_open()
        now = fields.Datetime.now()
        for visit in self:
            if not visit.appointment_start or visit.appointment_start <= now:
                raise UserError(self.env._("%(visit)s: enter an appointment that lies ahead.", visit=visit.name))
            if not visit.partner_id.email_normalized:
                raise UserError(
                    self.env._(
                        "%(visit)s: %(customer)s has no valid mail address. Enter one in his file, or agree by phone.",
                        visit=visit.name,
                        customer=visit.partner_id.display_name,
                    )
                )
        self.filtered(lambda visit: visit.state == "agreed")._go_to("planned")
        # sudo: cs.return.visit - the fields are the system's; who proposes was checked
        visits_sudo = self.sudo()._cs_as_server()
        visits_sudo.write({"appointment_state": "proposed"})
        visits_sudo._write_to_customers(PROPOSED)

    def action_agree(self):
        """The customer agreed, or we agree to what he proposed: then he is told."""
        wanted = self.filtered(lambda visit: visit.appointment_state == "wanted")
        result = super().action_agree()
        # sudo: cs.return.visit - the mail is the procedure's; who agrees was checked
        wanted.sudo().filtered("partner_id.email_normalized")._write_to_customers(AGREED)
        return result

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _write_to_customers(self, template_xmlid):
        """Queue the mails, or raise UserError with what stands in the way. ``self`` is superuser's."""
        for visit in self:
            visit._page_token()
        _told, failures = self._mail_customers(template_xmlid)
        if failures:
            lines = [f"{visit.name}: {reason}" for visit, reason in failures.items()]
            raise UserError(self.env._("The customer could not be written to. %s", "\n".join(lines)))

    def _page_token(self):
        """Return the token of the customer's page, made on first use; nobody chooses it."""
        self.ensure_one()
        # sudo: cs.return.visit - the token is told to the customer only
        visit_sudo = self.sudo()
        if not visit_sudo.access_token:
            visit_sudo._cs_as_server().write({"access_token": secrets.token_urlsafe(32)})
        return visit_sudo.access_token

    def _page_url(self):
        """Return the address of the customer's page with its token, for a mail."""
        self.ensure_one()
        return f"{self.get_base_url()}/my/visits/{self.id}?access_token={self._page_token()}"

    def _zone(self):
        """Return the pytz zone the customer lives in."""
        self.ensure_one()
        return self.partner_id.with_company(self.company_id)._cs_zone()

    def _appointment_text(self):
        """Return the appointment in the customer's time, with the name of the zone."""
        self.ensure_one()
        zone = self._zone().zone
        moment = format_datetime(self.env, self.appointment_start, tz=zone, dt_format="short")
        return f"{moment} ({zone.replace('_', ' ')})"

    # ------------------------------------------------------------------
    # Portal: ``self`` is superuser's, that it is the customer was checked
    # ------------------------------------------------------------------

    @api.model
    def _portal_domain(self, user):
        """Return the domain of the visits a portal user may see: told to him, or to his company where it says so."""
        told = Domain("link_until", "!=", False) | Domain("appointment_state", "!=", False)
        own = Domain("partner_id", "=", user.partner_id.id)
        # sudo: res.partner - what the people of a company see is set in its file
        company_sudo = user.sudo().commercial_partner_id
        if company_sudo.cs_portal_scope == "company":
            own |= Domain("commercial_partner_id", "=", company_sudo.id)
        return told & own & Domain("state", "!=", "cancelled")

    def _is_for(self, user, access_token):
        """Return whether ``user`` is the customer, or brings the token of this very visit."""
        self.ensure_one()
        token = self.sudo().access_token
        if access_token and token and consteq(token.encode(), access_token.encode()):
            return True
        return user._is_portal() and bool(self.sudo().filtered_domain(self._portal_domain(user)))

    def _portal_rows(self, own=None):
        """Return what customers are shown of their visits, as dicts; ``own``: the person who may answer, or all.

        ``visit_id``, ``number``, ``title``, ``company``, ``person`` (who is asked), ``link`` (address or False),
        ``link_state``, ``until`` and ``start`` (naive UTC or False), ``appointment`` (state or False), ``when`` (text),
        ``may_answer`` (the appointment waits for him), ``may_propose``.
        """
        now = fields.Datetime.now()
        rows = []
        self.link_input_ids.fetch(["survey_id", "access_token"])
        for visit in self:
            open_now = visit.state in OPEN and visit.appointment_state
            ahead = bool(visit.appointment_start) and visit.appointment_start > now
            answerable = visit._is_link_open() and own in (None, visit.partner_id)
            rows.append(
                {
                    "visit_id": visit.id,
                    "number": visit.name,
                    "title": visit.purpose_id.survey_id.title if visit.link_until else False,
                    "company": visit.company_id.name,
                    "person": visit.partner_id.name,
                    "link": visit._link_path() if answerable else False,
                    "link_state": visit.link_state,
                    "until": visit.link_until,
                    "zone": visit._zone().zone,
                    "start": visit.appointment_start if visit.appointment_state else False,
                    "appointment": visit.appointment_state if open_now else False,
                    "when": visit._appointment_text() if open_now and visit.appointment_start else "",
                    "may_answer": open_now == "proposed" and ahead,
                    "may_propose": bool(open_now),
                }
            )
        return rows

    def _accept_on_portal(self, seen):
        """The customer accepts the appointment he was shown (``seen``: its start as text, UTC).

        Raises UserError when it is another one by now, was answered, or is past.
        """
        self.ensure_one()
        self._ensure_appointment_open()
        if self.appointment_state != "proposed" or fields.Datetime.to_string(self.appointment_start) != seen:
            raise UserError(self.env._("The appointment has changed meanwhile. Please look at it again."))
        if self.appointment_start <= fields.Datetime.now():
            raise UserError(self.env._("This appointment is past. Please propose another one."))
        system = self.with_user(SUPERUSER_ID)
        system._agree()
        system._tell_visitors(
            lambda visit: visit.env._("%s: the customer accepts the appointment.", visit.display_name)
        )

    def _propose_on_portal(self, text):
        """The customer proposes another time: ``text`` as ``YYYY-MM-DDTHH:MM`` in his own time zone.

        Raises UserError for what is no time, or does not lie ahead.
        """
        self.ensure_one()
        self._ensure_appointment_open()
        try:
            local = datetime.fromisoformat((text or "")[:16])
            start = self._zone().localize(local).astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            raise UserError(self.env._("Please choose day and time.")) from None
        if start <= fields.Datetime.now():
            raise UserError(self.env._("Please choose a time that lies ahead."))
        length = self.appointment_end - self.appointment_start if self.appointment_end else None
        system = self.with_user(SUPERUSER_ID)
        if system.state == "agreed":
            system._go_to("planned")
        system._cs_as_server().write(
            {
                "appointment_start": start,
                "appointment_end": start + length if length else False,
                "appointment_state": "wanted",
            }
        )
        system._tell_visitors(
            lambda visit: visit.env._(
                "%(visit)s: the customer proposes %(when)s.", visit=visit.display_name, when=visit._appointment_text()
            )
        )

    def _ensure_appointment_open(self):
        if self.state not in OPEN or not self.appointment_state:
            raise UserError(self.env._("There is no appointment to answer any more."))

    def _tell_visitors(self, note_of):
        """Give who visits (else who leads) one to-do in place of an earlier one. ``self`` is superuser's."""
        self.activity_ids.filtered("automated").unlink()
        self._alarm(TODO, {visit: visit.user_id or visit._reviewers() for visit in self}, note_of)
