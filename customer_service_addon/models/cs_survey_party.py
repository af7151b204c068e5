from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

ROLES = [
    ("desk", "Customer Service"),
    ("engineering", "Engineering"),
    ("property", "Property Manager"),
    ("leader", "Team Leader"),
    ("contractor", "Contractor"),
    ("customer", "Customer"),
]
# Who is written to; colleagues are told by whoever invites them.
OUTSIDE = ("contractor", "customer")
NOTICE = "customer_service_addon.mail_template_cs_survey_notice"


class CsSurveyParty(models.Model):
    """One who has to be at a survey: present, absent although told in time, or not needed (R-01)."""

    _name = "cs.survey.party"
    _description = "Party of a Survey"
    _inherit = ["cs.guard.mixin", "cs.outside.mail", "hr.mixin"]
    _order = "id"

    survey_id = fields.Many2one("cs.site.survey", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="survey_id.company_id", store=True, precompute=True)
    state = fields.Selection(related="survey_id.state", string="Survey Status")
    role = fields.Selection(ROLES, "Attends As", required=True)
    partner_id = fields.Many2one("res.partner", "Contact", index="btree_not_null", ondelete="restrict")
    employee_id = fields.Many2one("hr.employee", index="btree_not_null", ondelete="restrict")
    presence = fields.Selection(
        [
            ("expected", "Expected"),
            ("present", "Present"),
            ("absent", "Absent After Notice"),
            ("not_needed", "Not Needed"),
        ],
        "Attendance",
        compute="_compute_presence",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="A contractor need not attend below the amount in the settings (R-01).",
    )
    notified_at = fields.Datetime("Told On", readonly=True, copy=False)
    signature_id = fields.Many2one("cs.signature", readonly=True, copy=False, ondelete="restrict")
    is_signed = fields.Boolean("Has Signed", compute="_compute_is_signed", help="And nothing was changed afterwards.")

    _cs_server_fields = frozenset({"notified_at", "signature_id"})

    @api.depends("role", "survey_id.estimate", "survey_id.rework_id.estimate_total")
    def _compute_presence(self):
        """A contractor follows the estimate until he was told or the survey was held; what somebody chose stays."""
        for party in self:
            open_still = party.survey_id.state == "planned" and not party.notified_at
            if party.role != "contractor" or not open_still or party.presence in ("present", "absent"):
                party.presence = party.presence or "expected"
            else:
                party.presence = "expected" if party.survey_id._needs_contractor() else "not_needed"

    @api.depends("role", "partner_id", "employee_id")
    def _compute_display_name(self):
        labels = dict(self._fields["role"]._description_selection(self.env))
        for party in self:
            party.display_name = party._person() or labels.get(party.role, "")

    @api.depends("signature_id.is_current")
    def _compute_is_signed(self):
        for party in self:
            # sudo: cs.signature - whether somebody signed is said to whoever reads the survey
            party.is_signed = bool(party.signature_id) and party.sudo().signature_id.is_current

    @api.constrains("presence", "notified_at")
    def _check_absence(self):
        for party in self.filtered(lambda party: party.presence == "absent"):
            planned_at = party.survey_id.planned_at
            if not party.notified_at or not planned_at or party.notified_at >= planned_at:
                raise ValidationError(
                    self.env._(
                        "%(party)s was not told before the appointment and cannot be absent after notice. Make a new "
                        "appointment and tell it, or record that the party is not needed.",
                        party=party.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        parties = super().create(vals_list)
        if not self._cs_is_server():
            parties._ensure_open()
            parties.survey_id._follow_signatures()
        return parties

    def write(self, vals):
        if self._cs_is_server():
            return super().write(vals)
        self._ensure_open()
        if vals.get("survey_id") and self.survey_id.ids != [vals["survey_id"]]:
            raise UserError(self.env._("A party stays with its survey. Add it to the other one."))
        result = super().write(vals)
        self.survey_id._follow_signatures()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_while_planned(self):
        self._ensure_open()
        for party in self:
            if party.signature_id:
                raise UserError(self.env._("%(party)s has signed and stays.", party=party.display_name))

    def unlink(self):
        surveys = self.survey_id
        result = super().unlink()
        surveys._follow_signatures()
        return result

    def _ensure_open(self):
        self.survey_id.check_access("write")
        for survey in self.survey_id:
            if survey.state == "cancelled":
                raise UserError(self.env._("%(survey)s is called off and stays as it is.", survey=survey.name))

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def action_notify(self):
        """Record that the parties were told the appointment; contractor and customer get a mail where one is known.

        Raises UserError without an appointment that lies ahead.
        """
        self._ensure_open()
        now = fields.Datetime.now()
        for survey in self.survey_id:
            if survey.state != "planned" or not survey.planned_at or survey.planned_at <= now:
                raise UserError(
                    self.env._("%(survey)s: enter an appointment that lies ahead first.", survey=survey.name)
                )
        self.filtered(lambda party: party.role in OUTSIDE and party.partner_id.email)._mail_outside(NOTICE)
        self._cs_as_server().write({"notified_at": now})

    def action_sign(self):
        """Open the dialog in which this party signs."""
        self.ensure_one()
        action = self.survey_id.action_sign()
        action["context"] |= {"default_role": self.role, "default_signer_name": self._person()}
        return action

    def _person(self):
        """Return the name of who attends, or an empty string."""
        self.ensure_one()
        # sudo: hr.employee, res.partner - the name stands on the form all of them sign
        return self.sudo().employee_id.name or self.sudo().partner_id.name or ""

    def _ensure_recorded(self, survey):
        """Raise UserError unless it is said of each party whether it came, and who is named came."""
        expected = self.filtered(lambda party: party.presence == "expected")
        if expected:
            raise UserError(
                self.env._(
                    "%(survey)s: say whether these were present: %(parties)s.",
                    survey=survey.name,
                    parties=", ".join(expected.mapped("display_name")),
                )
            )
        present = self.filtered(lambda party: party.presence == "present")
        nameless = present.filtered(lambda party: not party._person())
        if not present or nameless:
            raise UserError(self.env._("%(survey)s: name who was present.", survey=survey.name))
