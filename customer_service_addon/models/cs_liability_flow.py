from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import is_html_empty

from ..services.liability_steps import are_whole, class_of, largest, may_go

TODO = "customer_service_addon.mail_activity_type_cs_liability"


class CsLiability(models.Model):
    """The way of a liability: proposed by one, decided by another, told to the contractors, final (R-01, R-02)."""

    _inherit = "cs.liability"

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_propose(self):
        """Ask for the decision. Raises UserError while ground or shares are not complete."""
        self._ensure_desk()
        self._ensure_complete()
        self._go_to("proposed")
        self._add_author()
        self._tell_deciders(lambda row: row.env._("%(liability)s waits for the decision.", liability=row.name))

    def action_decide(self):
        """Decide as it stands: contractors with a share are told and may contest; without one it is final.

        Raises AccessError for anybody but a supervisor who did not draw it up.
        """
        self._ensure_decides()
        self._ensure_complete()
        self._retire_notices()
        self._go_to("decided", decided_by_id=self.env.uid, decided_at=fields.Datetime.now(), end_reason=False)
        self._drop_todos()
        self._notify_contractors()
        self._settle()

    def action_send_back(self):
        """Open the dialog in which the proposal goes back with a reason."""
        return self._end_dialog("draft", self.env._("Send Back"))

    def action_confirm(self):
        """Open the dialog in which the decision stands although it was contested."""
        return self._end_dialog("final", self.env._("Confirm the Decision"))

    def action_void(self):
        """Open the dialog in which the liability is declared void."""
        return self._end_dialog("cancelled", self.env._("Declare Void"))

    def action_view_rework(self):
        """Open the order of the liability."""
        return self.rework_id._form_action()

    def action_view_form(self):
        """Open the liability."""
        return self._form_action()

    def _form_action(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_liability_action")
        if len(self) == 1:
            return action | {"view_mode": "form", "views": [(False, "form")], "res_id": self.id}
        return action | {"domain": [("id", "in", self.ids)], "context": {}}

    def _end_dialog(self, target, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "cs.liability.end",
            "view_mode": "form",
            "target": "new",
            "context": {"default_liability_id": self.id, "default_target": target},
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _send_back(self, reason):
        """What is proposed is examined again. Raises UserError without a reason."""
        self._ensure_supervisor()
        self._go_to("draft", end_reason=self._stated(reason))
        self._drop_todos()

    def _confirm(self, reason):
        """The decision stands although it was contested; final once no other contractor may still contest."""
        self._ensure_decides()
        for liability in self:
            if liability.state != "contested":
                raise UserError(self.env._("%(liability)s is not contested.", liability=liability.name))
        reason = self._stated(reason)
        contested = self.notice_ids.filtered(
            lambda row: row.is_current and row.answer == "contested" and not row.overruled_by_id
        )
        contested.sudo()._cs_as_server().write({"overruled_by_id": self.env.uid, "overruled_reason": reason})
        self._go_to("decided", end_reason=reason)
        self._drop_todos()
        self._settle()

    def _void(self, reason, replace=False):
        """Declare void; ``replace``: return a new one with the same shares, else an empty recordset.

        Decided ones are the supervisor's. Raises UserError without a reason.
        """
        self._ensure_desk()
        if any(liability.state not in ("draft", "proposed") for liability in self):
            self._ensure_supervisor()
        self._retire_notices()
        self._go_to("cancelled", end_reason=self._stated(reason))
        self._drop_todos()
        return self._replace() if replace else self.browse()

    def _replace(self):
        """Open a liability in the place of each void one, with its shares, ground and evidence."""
        replacements = self.browse()
        for old in self:
            new_sudo = old.rework_id._open_liabilities().sudo()
            new_sudo._cs_as_server().write(
                {
                    "replaces_id": old.id,
                    "survey_id": old.survey_id.id,
                    "ground": old.ground,
                    "told": old.told,
                    "evidence_ids": [Command.set(old.sudo().evidence_ids.ids)],
                    "share_ids": [
                        Command.create({"party": row.party, "partner_id": row.partner_id.id, "percent": row.percent})
                        for row in old.share_ids
                    ],
                }
            )
            replacements += new_sudo.with_env(self.env)
        return replacements

    def _settle(self):
        """Make those final that no contractor can contest any more."""
        open_rows = self.sudo().filtered(lambda row: row.state == "decided")
        done = open_rows.filtered(
            lambda row: all(notice.answer != "none" for notice in row.notice_ids if notice.is_current)
        )
        if done:
            done._finalize()

    def _finalize(self):
        """Final: frozen with its print; the class of the order follows. ``self`` is superuser's, checked by callers."""
        self._go_to("final", final_at=fields.Datetime.now())
        self._drop_todos()
        for liability in self:
            decider = liability.decided_by_id
            signature = liability._sign("decision", "decider", decider.name, "login", partner=decider.partner_id)
            # Evidence belongs to the signature now, which nobody writes.
            liability.evidence_ids.write({"res_model": "cs.signature", "res_id": signature.id})
            liability._class_follows()

    def _class_follows(self):
        """The order not yet dispatched gets the class of the largest share (R-02); a dispatched one is told."""
        self.ensure_one()
        share = self.share_ids[largest(self.share_ids.mapped("percent"))]
        order_sudo = self.rework_id.sudo()
        cost_class = class_of(share.party)
        if order_sudo.cost_class == cost_class and cost_class != "a":
            return
        if order_sudo.state != "draft":
            order_sudo._message_log(
                body=self.env._(
                    "%(liability)s is final. The class stays; the money follows the shares.", liability=self.name
                )
            )
            return
        values = {"cost_class": cost_class}
        if cost_class == "a" and not (order_sudo.executor == "contractor" and order_sudo.contractor_id):
            values["contractor_id"] = share.partner_id.id
        order_sudo._cs_as_server().write(values)

    def _go_to(self, state, **values):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for liability in self:
            if not may_go(liability.state, state):
                raise UserError(
                    self.env._(
                        "%(liability)s is in “%(old)s” and cannot go to “%(new)s”.",
                        liability=liability.name,
                        old=labels[liability.state],
                        new=labels[state],
                    )
                )
        # sudo: cs.liability - contractors on the portal and the job go this way too; the caller checked
        self.sudo()._cs_as_server().write({"state": state, **values})

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    def _ensure_may_sign(self, topic, role):
        raise UserError(self.env._("The decision is signed by the system when it becomes final."))

    def _ensure_desk(self):
        self.check_access("write")
        if not self.env["cs.rework"]._is_desk():
            raise AccessError(self.env._("Customer service examines who is liable."))

    def _ensure_supervisor(self):
        self.check_access("write")
        if not self.env["cs.case"]._is_supervisor():
            raise AccessError(self.env._("A supervisor decides who is liable."))

    def _ensure_decides(self):
        """Raise AccessError unless the user is a supervisor who has not drawn it up, whatever other rights he has."""
        self._ensure_supervisor()
        for liability in self:
            if self.env.user in liability.author_ids:
                raise AccessError(
                    self.env._(
                        "You drew up %(liability)s or changed it. Somebody else decides it.", liability=liability.name
                    )
                )

    def _ensure_complete(self):
        """Raise UserError unless ground and shares are there, the shares are 100 and contractors have a name."""
        for liability in self:
            shares = liability.share_ids
            if not shares or is_html_empty(liability.ground):
                raise UserError(
                    self.env._("%(liability)s: fill in the ground and the shares first.", liability=liability.name)
                )
            if not are_whole(shares.mapped("percent")):
                raise UserError(
                    self.env._(
                        "%(liability)s: the shares are %(total)s percent together. Make them 100.",
                        liability=liability.name,
                        total=f"{sum(shares.mapped('percent')):.2f}",
                    )
                )
            if any(share.party == "contractor" and not share.partner_id for share in shares):
                raise UserError(self.env._("%(liability)s: name the contractor.", liability=liability.name))
            parties = [(share.party, share.partner_id) for share in shares]
            if len(set(parties)) < len(parties):
                raise UserError(
                    self.env._(
                        "%(liability)s: a party stands there twice. Add its shares up.", liability=liability.name
                    )
                )

    def _stated(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Say why; those who look at it later want to know."))
        return reason.strip()

    # ------------------------------------------------------------------
    # To-dos
    # ------------------------------------------------------------------

    def _tell_deciders(self, note_of):
        """Give those who may decide a to-do: who leads the team, else the managers."""
        deciders = {
            row: (row.case_id._superiors() - row.author_ids)
            or (row.case_id._superiors(with_managers=True) - row.author_ids)
            for row in self
        }
        self._alarm(TODO, deciders, note_of)

    def _drop_todos(self):
        # sudo: mail.activity - what they asked for is done, whoever did it
        self.sudo().activity_unlink([TODO])
