from markupsafe import Markup, escape

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_datetime
from odoo.tools.misc import get_lang

from ..services.placeholders import generalise

# What belongs to one customer and one case is taken out when an answer becomes reusable.
_PERSONAL = ("number", "customer", "company_of_customer", "phone", "email", "object", "owner")


class CsCase(models.Model):
    _inherit = "cs.case"

    def action_answer(self):
        """Open the form in which the customer is answered or an answer given by word of mouth is recorded."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer"),
            "res_model": "cs.answer.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_make_reusable(self):
        """Propose the last answer given as a reusable one, names and numbers taken out (I-06).

        Returns the action that shows the proposal. Raises UserError when nobody has answered yet.
        """
        self.ensure_one()
        self.check_access("read")
        message = self._last_answer_message()
        if not message:
            raise UserError(self.env._("%(case)s has no written answer that could be reused.", case=self.name))
        return self._propose_reusable(message.body)._form_action()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _last_answer_message(self):
        """Return the last message of ours that the customer may read, without the automatic ones."""
        return self.message_ids.filtered(
            lambda message: (
                message.message_type in ("comment", "email", "email_outgoing")
                and not message.is_internal
                and message.subtype_id
                and not message.subtype_id.internal
                and message.author_id.user_ids.filtered(lambda user: not user.share)
            )
        ).sorted("id")[-1:]

    def _propose_reusable(self, body):
        """Create a proposed ``cs.answer`` from ``body`` (HTML), placeholders in the place of this customer's data."""
        personal = {name: value for name, value in self._answer_values().items() if name in _PERSONAL and value}
        return self.env["cs.answer"].create(
            {
                "name": generalise(self.subject, personal),
                "body": Markup(generalise(str(body), {name: str(escape(value)) for name, value in personal.items()})),
                "type_ids": [Command.set(self.type_id.ids)],
                "category_ids": [Command.set(self.category_id.ids)],
                "company_id": self.company_id.id,
            }
        )

    def _answer_values(self):
        """Return ``{placeholder: plain text}`` of this case for the customer's language; see ``PLACEHOLDERS``."""
        self.ensure_one()
        # sudo: cs.case - owner, team and calendar are named to the customer even if the writer cannot read them
        case_sudo = self.sudo().with_context(lang=self._customer_lang())
        zone = case_sudo._working_calendar().tz or self.env.user.tz or "UTC"
        firm = case_sudo.commercial_partner_id
        verdict = dict(case_sudo._fields["verdict"]._description_selection(case_sudo.env)).get(case_sudo.verdict)
        return {
            "number": case_sudo.name,
            "subject": case_sudo.subject or "",
            "customer": case_sudo.partner_id.name or case_sudo.partner_name or "",
            "company_of_customer": firm.name if firm != case_sudo.partner_id and firm.name else "",
            "phone": case_sudo.phone or case_sudo.partner_id.phone or "",
            "email": case_sudo.email_from or case_sudo.partner_id.email or "",
            "object": case_sudo.object_ref or "",
            "owner": case_sudo.user_id.name or "",
            "team": case_sudo.team_id.name or "",
            "promise": format_datetime(
                case_sudo.env, case_sudo.next_promise_at, tz=zone, dt_format="short", lang_code=case_sudo.env.lang
            )
            if case_sudo.next_promise_at
            else "",
            "verdict": verdict or "",
            "reason": case_sudo.verdict_reason or "",
        }

    def _customer_lang(self):
        """Return the code of the language the customer reads."""
        self.ensure_one()
        case_sudo = self.sudo()
        return get_lang(self.env, case_sudo.partner_id.lang or case_sudo.company_id.partner_id.lang).code
