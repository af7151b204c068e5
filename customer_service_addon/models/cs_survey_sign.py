from odoo import models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty


class CsSiteSurvey(models.Model):
    """Who signs a survey: all who were present, each once; the survey is finished when the last one has (R-01)."""

    _inherit = "cs.site.survey"

    def _ensure_may_sign(self, topic, role):
        result = super()._ensure_may_sign(topic, role)
        self._ensure_to_sign(self._parties_present().filtered(lambda party: party.role == role))
        return result

    def _ensure_to_sign(self, parties):
        """Raise UserError unless ``parties`` sign now: held, findings and trades written, one of them present."""
        self.ensure_one()
        if self.state not in ("held", "signed"):
            raise UserError(self.env._("%(survey)s: record first that it was held.", survey=self.name))
        if not parties:
            raise UserError(self.env._("Only who was present signs the survey."))
        missing = ["findings"] if is_html_empty(self.findings) else []
        missing += [] if self.trade_ids else ["trade_ids"]
        if missing:
            raise UserError(
                self.env._(
                    "%(survey)s: write down %(fields)s before somebody signs.",
                    survey=self.name,
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in missing),
                )
            )

    def _sign(self, topic, role, signer_name, how, image=False, partner=None, address=False):
        signature = super()._sign(topic, role, signer_name, how, image, partner, address)
        # sudo: cs.survey.party - the survey keeps which party a signature is of
        party_sudo = self.sudo()._party_to_sign(role, (signer_name or "").strip(), partner)
        party_sudo._cs_as_server().write({"signature_id": signature.id})
        self.sudo()._follow_signatures()
        return signature

    def _party_to_sign(self, role, signer_name, partner=None):
        """Return the party a signature is of: by ``partner`` or name, else the first of the role without one."""
        self.ensure_one()
        parties = self._parties_present().filtered(lambda party: party.role == role)
        if partner:
            company = partner.commercial_partner_id
            parties = parties.filtered(lambda party: party.partner_id.commercial_partner_id == company) or parties
        named = parties.filtered(lambda party: party._person() == signer_name)
        return (named or parties.filtered(lambda party: not party.is_signed) or parties)[:1]

    def _parties_present(self):
        self.ensure_one()
        return self.party_ids.filtered(lambda party: party.presence == "present")

    def _last_signatures_sudo(self, topic=None):
        """Several contractors may sign: the last signature of each party counts, not of each role."""
        # sudo: cs.signature - whether something was signed is said to whoever reads the survey
        return self.sudo().party_ids.signature_id

    def _follow_signatures(self):
        """Finish surveys that all who were present have signed; open those again that were changed afterwards."""
        held = self.filtered(lambda survey: survey.state in ("held", "signed"))
        held.invalidate_recordset(["signature_state"])
        held.party_ids.signature_id.invalidate_recordset(["is_current"])
        held.party_ids.invalidate_recordset(["is_signed"])
        for survey in held:
            present = survey._parties_present()
            done = bool(present) and all(present.mapped("is_signed"))
            if done != (survey.state == "signed"):
                survey._go_to("signed" if done else "held")

    # ------------------------------------------------------------------
    # From outside
    # ------------------------------------------------------------------

    def _sign_outside(self, parties, signer_name, address):
        """A customer or contractor signs on the portal; the caller has checked that he is of ``parties``.

        Raises UserError where nothing is to be signed by them.
        """
        self.ensure_one()
        to_sign = (parties & self._parties_present()).filtered(lambda party: not party.is_signed)
        self._ensure_to_sign(to_sign)
        party = to_sign[:1]
        return self._sign("survey", party.role, signer_name, "portal", partner=party.partner_id, address=address)

    def _portal_values(self):
        """Return what a party from outside signs: the joint form, without how to reach the customer."""
        self.ensure_one()
        # sudo: cs.site.survey, cs.rework - the caller checked that the reader was present
        survey_sudo = self.sudo()
        return {
            "survey_id": survey_sudo.id,
            "number": survey_sudo.name,
            "held_at": survey_sudo.held_at,
            "tz": survey_sudo.case_id._cs_tz(),
            "place": survey_sudo.place,
            "object": survey_sudo.object_ref,
            "trades": ", ".join(survey_sudo.trade_ids.mapped("name")),
            "findings": survey_sudo.findings,
            "photos": survey_sudo._picture_uris("photo_ids"),
            "estimate": survey_sudo.estimate,
            "currency": survey_sudo.currency_id,
            "probable": dict(survey_sudo._fields["probable_party"]._description_selection(self.env)).get(
                survey_sudo.probable_party
            ),
            "probable_name": survey_sudo.probable_partner_id.name,
        }

    def _parties_of(self, company, role):
        """Return the parties in ``role`` that belong to the commercial partner ``company``."""
        return self.party_ids.filtered(
            lambda party: party.role == role and party.partner_id.commercial_partner_id == company
        )


class CsCase(models.Model):
    _inherit = "cs.case"

    def _surveys_to_sign(self):
        """Return the surveys (sudo) the customer was present at and has not signed as they stand."""
        self.ensure_one()
        # sudo: cs.site.survey - the customer was there; the caller checked that he may read the case
        surveys_sudo = self.sudo().rework_ids.survey_ids.filtered(lambda survey: survey.state == "held")
        return surveys_sudo.filtered(
            lambda survey: any(party.role == "customer" and not party.is_signed for party in survey._parties_present())
        )

    def _sign_survey_on_portal(self, survey_id, signer_name, address):
        """The customer signs one of them; the caller has checked that it is he. Raises UserError for any other."""
        survey_sudo = self._surveys_to_sign().filtered(lambda survey: survey.id == survey_id)
        if not survey_sudo:
            raise UserError(self.env._("There is nothing to sign any more."))
        parties = survey_sudo.party_ids.filtered(lambda party: party.role == "customer")
        survey_sudo._sign_outside(parties, signer_name, address)
