from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.cs_handover import ACTIVITY


class CsHandoverWizard(models.TransientModel):
    """Hand cases over to a person, to a team (its rule picks the person) or to a department (its manager)."""

    _name = "cs.handover.wizard"
    _description = "Hand Over Cases"

    case_ids = fields.Many2many("cs.case", required=True, string="Cases")
    target = fields.Selection(
        [("user", "A Person"), ("team", "A Team"), ("department", "A Department")], required=True, default="user"
    )
    user_id = fields.Many2one("res.users", "Person", domain=[("share", "=", False)])
    team_id = fields.Many2one("cs.team")
    department_id = fields.Many2one("hr.department")
    note = fields.Char(help="What the new owner needs to know.")

    @api.onchange("target")
    def _onchange_target(self):
        self.update({name: False for name in ("user_id", "team_id", "department_id") if name != f"{self.target}_id"})

    def action_confirm(self):
        """Ask the target to accept; the giver stays the owner until then (I-03)."""
        self.ensure_one()
        self.case_ids.check_access("write")
        rows = [self._row(case, user) for case, user in self._targets()]
        # sudo: cs.case - the giver may write it, checked above
        for row in rows:
            case_sudo = self.env["cs.case"].browse(row["case_id"]).sudo()._cs_as_server()
            case_sudo.write({"pending_user_id": row["to_user_id"]})
        self.env["cs.handover"]._record(rows)
        users = {row["case_id"]: self.env["res.users"].browse(row["to_user_id"]) for row in rows}
        recipients = {case: users[case.id] for case in self.case_ids}
        note = self.note or ""
        self.case_ids._alarm(ACTIVITY, recipients, lambda case: note or case.env._("Please accept the case."))

    def _targets(self):
        """Return ``[(case, user)]``; raises UserError where there is nobody to hand over to."""
        unfinished = self.case_ids.filtered(lambda case: case.meaning in ("new", "open", "waiting"))
        if not unfinished or unfinished != self.case_ids:
            raise UserError(self.env._("Only unfinished cases can be handed over."))
        if self.target == "team" and self.team_id:
            chosen = self.team_id._assign([case._demand() for case in self.case_ids])
            users = [user for user, _reason, _turns in chosen]
        elif self.target == "department":
            manager = self.department_id.sudo().manager_id.user_id
            users = [manager] * len(self.case_ids)
        else:
            users = [self.user_id] * len(self.case_ids)
        pairs = list(zip(self.case_ids, users, strict=True))
        for case, user in pairs:
            if not user or not user.active:
                raise UserError(
                    self.env._("There is nobody to hand over to. Choose a person, or name a manager with a user.")
                )
            if not user.has_group("customer_service_addon.group_cs_agent"):
                raise UserError(
                    self.env._(
                        "%(name)s is no customer service agent and could not work on the case. Choose somebody else, "
                        "or forward a question to the department.",
                        name=user.name,
                    )
                )
            if user == case.user_id:
                raise UserError(self.env._("%(case)s belongs to %(name)s already.", case=case.name, name=user.name))
        return pairs

    def _row(self, case, user):
        now = fields.Datetime.now()
        team = self.team_id if self.target == "team" else case.team_id
        return {
            "case_id": case.id,
            "kind": "hand_over",
            "from_user_id": case.user_id.id or self.env.uid,
            "from_team_id": case.team_id.id,
            "to_user_id": user.id,
            "to_team_id": self.team_id.id if self.target == "team" else False,
            "to_department_id": self.department_id.id if self.target == "department" else False,
            "requested_at": now,
            "remind_at": team and team._cs_after_working_hours(now, team.handover_hours),
            "state": "pending",
            "note": self.note,
        }


class CsHandoverDecline(models.TransientModel):
    _name = "cs.handover.decline"
    _description = "Decline a Hand-over"

    handover_ids = fields.Many2many("cs.handover", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Decline with the reason; the giver keeps the case."""
        self.handover_ids._decline(self.reason)
