from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError


class CsCase(models.Model):
    _inherit = "cs.case"

    handover_ids = fields.One2many("cs.handover", "case_id", "Hand-overs")
    forward_ids = fields.One2many("cs.forward", "case_id", "Forwards")

    # The last owner of a returning customer is found at any volume.
    _customer_owner_idx = models.Index(
        "(commercial_partner_id, user_id, id DESC) WHERE commercial_partner_id IS NOT NULL"
    )
    _customer_latest_idx = models.Index("(commercial_partner_id, id DESC) WHERE commercial_partner_id IS NOT NULL")
    _owner_open_idx = models.Index("(user_id) WHERE meaning IN ('new', 'open', 'waiting')")

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

        Who takes a call owns it; what arrives by itself is assigned by the rule of its team. Who takes a call and
        names somebody else stays its first contact. Raises UserError for a named owner who could not see the case.
        """
        taken = self._taken_by_hand(vals_list)
        self._ensure_named_owners(vals_list)
        demands_by_team = defaultdict(list)
        for vals, by_hand in zip(vals_list, taken, strict=True):
            if vals.get("user_id"):
                vals.setdefault("assign_reason", self.env._("Chosen at registration"))
            elif by_hand:
                vals.update(user_id=self.env.uid, assign_reason=self.env._("Took the first contact"))
            elif vals.get("team_id"):
                demands_by_team[vals["team_id"]].append(vals)
            else:
                self._complete_owner_without_team(vals)
        self._assign_by_team(demands_by_team)
        for vals, by_hand in zip(vals_list, taken, strict=True):
            owner_id = vals.get("user_id")
            vals["first_contact_id"] = vals.get("first_contact_id") or (self.env.uid if by_hand else owner_id)
            vals["accepted_at"] = owner_id and vals["registered_at"]

    def _taken_by_hand(self, vals_list):
        """Return for each intake whether the current user is an agent taking it on a channel its taker owns."""
        # sudo: cs.channel - whoever registers a case, the channel says who owns it
        channels_sudo = self.env["cs.channel"].sudo().browse({v["channel_id"] for v in vals_list if v["channel_id"]})
        owned_by_taker = {channel.id for channel in channels_sudo if channel.taker_owns}
        companies = self.env["res.company"].browse({vals["company_id"] for vals in vals_list})
        served = {company.id for company in companies if self.env.user._cs_may_own(company)}
        return [vals["channel_id"] in owned_by_taker and vals["company_id"] in served for vals in vals_list]

    def _ensure_named_owners(self, vals_list):
        """Refuse owners named by a client who could not work on the case; history may name who has left."""
        if self.env.su:
            return
        named = {(vals["user_id"], vals["company_id"]) for vals in vals_list if vals.get("user_id")}
        for user_id, company_id in named:
            self._ensure_can_own(self.env["res.users"].browse(user_id), self.env["res.company"].browse(company_id))

    def _ensure_can_own(self, user, company):
        if user._cs_may_own(company):
            return
        raise UserError(
            self.env._(
                "%(name)s is no customer service agent of %(company)s and could not work on the case. Choose somebody "
                "else, or forward a question to the department.",
                # sudo: res.users, res.company - the names of what the client itself has chosen
                name=user.sudo().name,
                company=company.sudo().name,
            )
        )

    def _complete_owner_without_team(self, vals):
        company = self.env["res.company"].browse(vals["company_id"])
        if self.env.user._cs_may_own(company):
            vals.update(user_id=self.env.uid, assign_reason=self.env._("Registered it; there is no team"))

    def _assign_by_team(self, demands_by_team):
        partner_ids = {v.get("partner_id") for demands in demands_by_team.values() for v in demands}
        # sudo: res.partner - only the commercial entity of the customer is read
        partners_sudo = self.env["res.partner"].sudo().browse({pid for pid in partner_ids if pid})
        entities = {partner.id: partner.commercial_partner_id.id for partner in partners_sudo}
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
            for vals, (user, reason) in zip(demands, chosen, strict=True):
                vals.update(user_id=user.id, assign_reason=reason)

    def _record_first_owner(self):
        """Keep the first assignment as a row that nobody can change (I-03)."""
        self.env["cs.handover"]._record(
            [
                {
                    "case_id": case.id,
                    "kind": "first",
                    "from_user_id": case.first_contact_id.id if case.first_contact_id != case.user_id else False,
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

    def _demand(self):
        """Return what :meth:`CsTeam._assign` needs to know about the case."""
        self.ensure_one()
        return {"category_id": self.category_id.id, "commercial_partner_id": self.commercial_partner_id.id}

    def _mark_owned(self, reason):
        """Note why the cases have their present owner; the first owner ever accepts them at once (I-03)."""
        now = fields.Datetime.now()
        for owner, cases in self.grouped("user_id").items():
            cases_server = cases._cs_as_server()
            cases_server.write({"assign_reason": reason})
            if not owner:
                continue
            cases_server.filtered(lambda case: not case.accepted_at).write({"accepted_at": now})
            cases_server.filtered(lambda case: not case.first_contact_id).write({"first_contact_id": owner.id})
