from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

# What belongs to the register of a case and goes with it; other rooms' rows are moved with their own history.
MOVED_ROWS = ("cs.promise", "cs.hold", "cs.forward")


class CsCase(models.Model):
    _inherit = "cs.case"

    merged_into_id = fields.Many2one("cs.case", readonly=True, copy=False, index="btree_not_null")
    merged_case_ids = fields.One2many("cs.case", "merged_into_id", "Merged Cases")
    origin_id = fields.Many2one("cs.case", "Earlier Case", readonly=True, copy=False, index="btree_not_null")
    origin_kind = fields.Selection(
        [("follow_up", "Follows Up"), ("mention", "Mentions"), ("duplicate", "Duplicate Of")],
        "Link",
        readonly=True,
        copy=False,
    )
    follow_up_ids = fields.One2many("cs.case", "origin_id", "Later Cases")

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_merge(self):
        """Open the dialog that merges the chosen cases into one of them."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge Cases"),
            "res_model": "cs.case.merge",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    def action_follow_up(self):
        """Register a new case that follows up this one and open it (C-08)."""
        self.ensure_one()
        self.check_access("write")
        follow_up = self._follow_up("follow_up", {})
        return {
            "type": "ir.actions.act_window",
            "res_model": "cs.case",
            "view_mode": "form",
            "res_id": follow_up.id,
        }

    # ------------------------------------------------------------------
    # Follow-up
    # ------------------------------------------------------------------

    def _follow_up(self, kind, vals):
        """Register a new case linked to this one and return it.

        ``kind``: "follow_up", "mention" or "duplicate". ``vals`` go before what is taken over: customer, object,
        type, category, team and subject. The caller has checked that the user may do this.
        """
        self.ensure_one()
        taken_over = {
            "subject": self.subject,
            "company_id": self.company_id.id,
            "type_id": self.type_id.id,
            "category_id": self.category_id.id,
            "team_id": self.team_id.id,
            "channel_id": self.channel_id.id,
            "partner_id": self.partner_id.id,
            "partner_name": self.partner_name,
            "phone": self.phone,
            "email_from": self.email_from,
            "product_id": self.product_id.id,
            "object_ref": self.object_ref,
            "order_ref": self.order_ref,
        }
        values = {**taken_over, **vals, "origin_id": self.id, "origin_kind": kind}
        return self._cs_as_server().create(values)._cs_as_client()

    # ------------------------------------------------------------------
    # Merge
    # ------------------------------------------------------------------

    def _merge_into(self, target, reason):
        """Merge the cases of ``self`` into ``target``: conversation, attachments, activities and rows go over.

        Supervisors only. Raises UserError unless all belong to one customer; nothing is moved then.
        """
        self._ensure_can_merge(target)
        # sudo: cs.case and everything on it - the supervisor was checked; parts belong to people of other teams
        sources_sudo, target_sudo = self.sudo(), target.sudo()
        sources_sudo._pending_rows()._settle("withdrawn")
        sources_sudo._move_conversation(target_sudo)
        sources_sudo._move_rows(target_sudo)
        sources_sudo._close_merged(target_sudo, reason)
        target_sudo._refresh_after_merge(sources_sudo)

    def _ensure_can_merge(self, target):
        if not self._is_supervisor():
            raise AccessError(self.env._("Only a supervisor can merge cases."))
        (self | target).check_access("write")
        if target in self or not self:
            raise UserError(self.env._("Choose at least one other case to merge."))
        if target.merged_into_id or any(case.merged_into_id for case in self):
            raise UserError(self.env._("A merged case cannot be merged again. Use the one it was merged into."))
        for case in self:
            if not case._is_same_caller(target):
                raise UserError(
                    self.env._(
                        "%(case)s and %(target)s do not belong to the same customer. Link them instead of merging: "
                        "otherwise one customer would read the other's messages.",
                        case=case.name,
                        target=target.name,
                    )
                )

    def _is_same_caller(self, other):
        """Whether both cases are of one commercial customer or, without customers, of one address or number."""
        self.ensure_one()
        if self.company_id != other.company_id:
            return False
        if self.commercial_partner_id or other.commercial_partner_id:
            return self.commercial_partner_id == other.commercial_partner_id
        same_email = self.email_normalized and self.email_normalized == other.email_normalized
        return bool(same_email or (self.phone_e164 and self.phone_e164 == other.phone_e164))

    def _move_conversation(self, target):
        """Move messages with their kinds, attachments, activities, followers and ratings.

        Core's own way turns notes into something else and leaves attachments behind, so the rows are moved as
        they are; Message-Ids stay, so that replies to old mails find the target.
        """
        self.env.flush_all()
        for table, model_column in (
            ("mail_message", "model"),
            ("ir_attachment", "res_model"),
            ("mail_activity", "res_model"),
            ("rating_rating", "res_model"),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET res_id = %s WHERE %s = 'cs.case' AND res_id IN %s",
                    SQL.identifier(table),
                    target.id,
                    SQL.identifier(model_column),
                    tuple(self.ids),
                )
            )
        target.message_subscribe(partner_ids=self.message_partner_ids.ids)
        self.message_follower_ids.unlink()
        self.env.invalidate_all()

    def _move_rows(self, target):
        server = self._cs_as_server().env
        for model in MOVED_ROWS:
            rows = server[model].search([("case_id", "in", self.ids)])
            if model == "cs.hold":
                rows.filtered(lambda hold: not hold.ended_at)._end("finished")
            rows.write({"case_id": target.id})

    def _close_merged(self, target, reason):
        stage = self._stage_for("cancelled", self.team_id[:1])
        self._cs_as_server().write(
            {
                "merged_into_id": target.id,
                "cancel_reason": self.env._("Merged into %(case)s: %(reason)s", case=target.name, reason=reason),
            }
        )
        for case in self:
            case._cs_as_server().write({"stage_id": stage.id})
        bodies = {
            case.id: self.env._("Merged into %(case)s: %(reason)s", case=target.name, reason=reason) for case in self
        }
        bodies[target.id] = self.env._(
            "Merged here: %(cases)s. %(reason)s", cases=", ".join(self.mapped("name")), reason=reason
        )
        (self | target)._message_log_batch(bodies=bodies)

    def _refresh_after_merge(self, sources):
        """The target was received when the first of them was, and is as urgent as the most urgent of them."""
        self._cs_as_server().write(
            {
                "received_at": min((self | sources).mapped("received_at")),
                "is_important": any((self | sources).mapped("is_important")),
                "is_urgent": any((self | sources).mapped("is_urgent")),
                "last_customer_at": max(filter(None, (self | sources).mapped("last_customer_at")), default=False),
            }
        )
        self._refresh_next_promise()

    def _ensure_may_write(self, vals):
        merged = self.filtered("merged_into_id")
        if merged and not self.env.su:
            raise UserError(
                self.env._(
                    "%(case)s was merged into %(target)s. Go on there.",
                    case=merged[0].name,
                    target=merged[0].merged_into_id.name,
                )
            )
        return super()._ensure_may_write(vals)

    def _link_duplicates(self, target):
        """Link the cases to ``target`` without merging them; nothing is shown across."""
        (self | target).check_access("write")
        self._cs_as_server().write({"origin_id": target.id, "origin_kind": "duplicate"})
