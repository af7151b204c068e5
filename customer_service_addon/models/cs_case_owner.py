from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CsCase(models.Model):
    _inherit = "cs.case"

    handover_ids = fields.One2many("cs.handover", "case_id", "Hand-overs")
    forward_ids = fields.One2many("cs.forward", "case_id", "Forwards")
    can_accept = fields.Boolean(compute="_compute_can_hand_over")
    can_hand_over = fields.Boolean(compute="_compute_can_hand_over")
    can_take = fields.Boolean(compute="_compute_can_hand_over")

    # The last owner of a returning customer is found at any volume.
    _customer_owner_idx = models.Index("(commercial_partner_id, id DESC) WHERE commercial_partner_id IS NOT NULL")
    _owner_open_idx = models.Index("(user_id) WHERE meaning IN ('new', 'open', 'waiting')")

    @api.depends("pending_user_id", "user_id", "meaning")
    @api.depends_context("uid")
    def _compute_can_hand_over(self):
        supervisor = self._is_supervisor()
        for case in self:
            unfinished = case.meaning in ("new", "open", "waiting")
            case.can_accept = bool(case.pending_user_id) and (case.pending_user_id == self.env.user or supervisor)
            case.can_hand_over = unfinished and not case.pending_user_id
            case.can_take = unfinished and case.user_id != self.env.user and (not case.user_id or supervisor)

    def write(self, vals):
        if self._cs_is_server() or not {"user_id", "team_id"}.intersection(vals):
            return super().write(vals)
        former = {case.id: (case.user_id.sudo(), case.team_id.sudo()) for case in self}
        self._ensure_may_reassign(vals)
        result = super().write(vals)
        self._after_reassign(former, vals)
        return result

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_hand_over(self):
        """Open the dialog that hands the cases to a person, a team or a department (I-03)."""
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand Over"),
            "res_model": "cs.handover.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    def action_forward(self):
        """Open the dialog that asks a department a question; the case stays with its owner (I-06)."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Forward to a Department"),
            "res_model": "cs.forward.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_accept_handover(self):
        """Accept the pending hand-overs of the cases: from now on they are the acceptor's."""
        self._pending_handovers().action_accept()

    def action_decline_handover(self):
        """Open the dialog that asks why the hand-over is declined."""
        return self._pending_handovers().action_decline()

    def action_withdraw_handover(self):
        """Take the pending hand-overs back."""
        self._pending_handovers().action_withdraw()

    def action_take(self):
        """Become the owner: anybody of a case without owner, supervisors of any case of their teams."""
        self.write({"user_id": self.env.uid})

    # ------------------------------------------------------------------
    # Intake
    # ------------------------------------------------------------------

    def _complete_team(self, vals_list):
        """The team of each intake: given, else the category's, the type's, else the company's first."""
        # sudo: cs.case.type, cs.category, cs.team - chosen for people (portal customers) who cannot read them
        types_sudo = self.env["cs.case.type"].sudo().browse({v["type_id"] for v in vals_list if v.get("type_id")})
        categories_sudo = (
            self.env["cs.category"].sudo().browse({v["category_id"] for v in vals_list if v.get("category_id")})
        )
        company_ids = list({vals["company_id"] for vals in vals_list})
        teams_sudo = self.env["cs.team"].sudo().search([("company_id", "in", company_ids)])
        first_team = {}
        for team in teams_sudo:
            first_team.setdefault(team.company_id.id, team.id)
        by_type = {case_type.id: case_type.team_id for case_type in types_sudo}
        by_category = {category.id: category.team_id for category in categories_sudo}
        for vals in vals_list:
            proposals = (by_category.get(vals.get("category_id")), by_type.get(vals.get("type_id")))
            fitting = [team.id for team in proposals if team and team.company_id.id == vals["company_id"]]
            vals["team_id"] = vals.get("team_id") or (fitting or [first_team.get(vals["company_id"])])[0]
            vals["stage_id"] = vals.get("stage_id") or self._stage_for("new", teams_sudo.browse(vals["team_id"])).id

    def _complete_owner(self, vals_list):
        """The owner and the first contact of each intake (I-03, H-02), with the reason why this person.

        Who takes a call owns it; what arrives by itself is assigned by the rule of its team.
        """
        channels = self.env["cs.channel"].sudo().browse({v["channel_id"] for v in vals_list if v.get("channel_id")})
        owned_by_taker = {channel.id for channel in channels if channel.taker_owns}
        internal = self.env.user._is_internal() and self.env.user._is_human()
        open_demands = defaultdict(list)
        for vals in vals_list:
            if vals.get("user_id"):
                vals.setdefault("assign_reason", self.env._("Chosen at registration"))
            elif internal and vals.get("channel_id", False) in owned_by_taker:
                vals.update(user_id=self.env.uid, assign_reason=self.env._("Took the first contact"))
            elif vals.get("team_id"):
                open_demands[vals["team_id"]].append(vals)
            elif internal:
                vals.update(user_id=self.env.uid, assign_reason=self.env._("Registered it; there is no team"))
        self._assign_by_team(open_demands)
        for vals in vals_list:
            vals["first_contact_id"] = vals.get("user_id")
            vals["accepted_at"] = vals.get("user_id") and vals["registered_at"]

    def _assign_by_team(self, demands_by_team):
        partner_ids = {v.get("partner_id") for demands in demands_by_team.values() for v in demands}
        # sudo: res.partner - only the commercial entity of the customer is read
        partners_sudo = self.env["res.partner"].sudo().browse({pid for pid in partner_ids if pid})
        entities = {partner.id: partner.commercial_partner_id.id for partner in partners_sudo}
        rows = []
        for team_id, demands in demands_by_team.items():
            team = self.env["cs.team"].browse(team_id)
            chosen = team._assign(
                [
                    {
                        "category_id": vals.get("category_id"),
                        "commercial_partner_id": entities.get(vals.get("partner_id"), False),
                    }
                    for vals in demands
                ]
            )
            for vals, (user, reason, turns) in zip(demands, chosen, strict=True):
                vals.update(user_id=user.id, assign_reason=reason)
                rows += [{"team_id": team_id, "user_id": user_id, "kind": kind} for user_id, kind in turns]
        # sudo: cs.turn - turns are kept by the system
        self.env["cs.turn"].sudo()._cs_as_server().create(rows)

    def _record_first_owner(self):
        """Keep the first assignment as a row that nobody can change (I-03)."""
        self.env["cs.handover"]._record(
            [
                {
                    "case_id": case.id,
                    "kind": "first",
                    "to_user_id": case.user_id.id,
                    "to_team_id": case.team_id.id,
                    "requested_at": case.registered_at,
                    "accepted_at": case.registered_at,
                    "state": "accepted",
                    "note": case.assign_reason,
                }
                for case in self
                if case.user_id
            ]
        )

    # ------------------------------------------------------------------
    # Reassignment
    # ------------------------------------------------------------------

    def _ensure_may_reassign(self, vals):
        """Owner and team change by hand-over; only supervisors of the teams concerned write them directly."""
        user = self.env.user
        if self.env.su or user.has_group("customer_service_addon.group_cs_manager"):
            return
        supervisor = user.has_group("customer_service_addon.group_cs_supervisor")
        new_team = self.env["cs.team"].browse(vals.get("team_id") or [])
        for case in self:
            same_team = "team_id" not in vals or new_team == case.team_id
            same_user = "user_id" not in vals or vals["user_id"] == case.user_id.id
            if same_team and (same_user or (not case.user_id and vals["user_id"] == user.id)):
                continue
            concerned = case.team_id | new_team
            if supervisor and (not concerned or user in concerned.user_id | concerned.member_ids.user_id):
                continue
            raise AccessError(
                self.env._(
                    "%(case)s changes hands by hand-over, so that it is recorded and accepted. Use “Hand Over” (I-03).",
                    case=case.name,
                )
            )

    def _after_reassign(self, former, vals):
        """Record direct reassignments; a case that changed its team without a new owner is assigned there."""
        # sudo: cs.case - the rights were checked before; afterwards the case may be out of the supervisor's sight
        for case_sudo in self.sudo():
            team_changed = case_sudo.team_id != former[case_sudo.id][1]
            if team_changed and "user_id" not in vals and case_sudo.team_id:
                [(user, reason, _turns)] = case_sudo.team_id._assign([case_sudo._demand()])
                case_sudo._cs_as_server().write({"user_id": user.id, "assign_reason": reason})
        changed_sudo = self.sudo().filtered(lambda case: (case.user_id, case.team_id) != former[case.id])
        changed_sudo._pending_rows()._settle("withdrawn")
        now = fields.Datetime.now()
        self.env["cs.handover"]._record(
            [
                {
                    "case_id": case.id,
                    "kind": "reassign",
                    "from_user_id": former[case.id][0].id,
                    "from_team_id": former[case.id][1].id,
                    "to_user_id": case.user_id.id,
                    "to_team_id": case.team_id.id,
                    "requested_at": now,
                    "accepted_at": now,
                    "state": "accepted",
                }
                for case in changed_sudo
            ]
        )

    def _demand(self):
        self.ensure_one()
        return {"category_id": self.category_id.id, "commercial_partner_id": self.commercial_partner_id.id}

    def _pending_rows(self):
        # sudo: cs.handover - rows are written by the system only; who may act is checked by the caller
        return self.env["cs.handover"].sudo().search([("case_id", "in", self.ids), ("state", "=", "pending")])

    def _pending_handovers(self):
        self.check_access("read")
        pending = self._pending_rows().sudo(False)
        if not pending:
            raise UserError(self.env._("No hand-over is waiting to be accepted."))
        return pending

    def _open_work(self):
        result = super()._open_work()
        for handover in self._pending_rows():
            result[handover.case_id.with_env(self.env)].append(
                self.env._("hand-over to %(name)s", name=handover.to_user_id.name)
            )
        # sudo: cs.forward - open questions count whoever asked them
        forwards_sudo = self.env["cs.forward"].sudo().search([("case_id", "in", self.ids), ("state", "=", "open")])
        for forward in forwards_sudo:
            result[forward.case_id.with_env(self.env)].append(
                self.env._("%(number)s to %(department)s", number=forward.name, department=forward.department_id.name)
            )
        return result
