from odoo import models
from odoo.fields import Command


class CsCase(models.Model):
    _inherit = "cs.case"

    def _message_auto_subscribe(self, updated_values, followers_existing_policy="skip"):
        # At intake the owners of a whole batch are subscribed at once, see _subscribe_at_intake.
        if self.env.context.get("cs_intake"):
            return True
        return super()._message_auto_subscribe(updated_values, followers_existing_policy)

    def _intake_followers(self):
        """Return ``{case: partners}``: who follows each new case, the person who registered it among them."""
        creator = self.env["res.partner"] if self.env.user.share else self.env.user.partner_id.filtered("active")
        return {case: case.user_id.partner_id | creator for case in self}

    def _subscribe_at_intake(self):
        """Subscribe the followers of new cases with a constant number of queries."""
        wanted = self._intake_followers()
        everyone = self.env["res.partner"].union(*wanted.values())
        customers = everyone.filtered("partner_share")
        default, _internal, external = self.env["mail.message.subtype"].default_subtypes(self._name)
        rows = [
            {
                "res_model": self._name,
                "res_id": case.id,
                "partner_id": partner.id,
                "subtype_ids": [Command.set((external if partner in customers else default).ids)],
            }
            for case, partners in wanted.items()
            for partner in partners
        ]
        # sudo: mail.followers - nobody but the system writes followers; owner and customer belong to the case
        self.env["mail.followers"].sudo().create(rows)
