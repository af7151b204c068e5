from odoo import models

from ..services.sql_rows import insert_pairs, insert_rows


class CsBatchFollowers(models.AbstractModel):
    """Followers of many new records in two statements; Odoo's way asks and writes for each of them."""

    _name = "cs.batch.followers"
    _description = "Followers in Batches"

    def _cs_subscribe_new(self, wanted):
        """Subscribe ``{record: partners}``; nobody follows these new records yet."""
        everyone = self.env["res.partner"].union(*wanted.values())
        customers = everyone.filtered("partner_share")
        default, _internal, external = self.env["mail.message.subtype"].default_subtypes(self._name)
        rows = [
            (self._name, record.id, partner.id, partner in customers)
            for record, partners in wanted.items()
            for partner in partners
        ]
        # The ORM's way costs a third of a whole registration.
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


class CsCase(models.Model):
    _name = "cs.case"
    _inherit = ["cs.case", "cs.batch.followers"]

    def _message_auto_subscribe(self, updated_values, followers_existing_policy="skip"):
        # At intake the owners of a whole batch are subscribed at once, see _subscribe_at_intake.
        if self.env.context.get("cs_intake"):
            return True
        return super()._message_auto_subscribe(updated_values, followers_existing_policy)

    def _intake_followers(self):
        """Return ``{case: partners}``: who follows each new case, the person who registered it among them."""
        creator = self.env.user.partner_id.filtered("active")
        if self.env.user.share or self.env.context.get("mail_create_nosubscribe"):
            creator = creator.browse()
        return {case: case.user_id.partner_id | creator for case in self}

    def _subscribe_at_intake(self):
        """Subscribe the followers of new cases with a constant number of queries."""
        self._cs_subscribe_new(self._intake_followers())
