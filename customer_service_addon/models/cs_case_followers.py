from odoo import models

from ..services.sql_rows import insert_pairs, insert_rows


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
            (self._name, case.id, partner.id, partner in customers)
            for case, partners in wanted.items()
            for partner in partners
        ]
        # Plain statements: nobody follows a new case yet, and the ORM's way costs a third of a whole registration.
        ids = insert_rows(self.env, "mail_followers", ("res_model", "res_id", "partner_id"), [row[:3] for row in rows])
        insert_pairs(
            self.env,
            "mail_followers_mail_message_subtype_rel",
            ("mail_followers_id", "mail_message_subtype_id"),
            [
                (follower_id, subtype_id)
                for follower_id, (*_target, is_customer) in zip(ids, rows, strict=True)
                for subtype_id in (external if is_customer else default).ids
            ],
        )
        self.invalidate_recordset(["message_follower_ids", "message_partner_ids"], flush=False)
