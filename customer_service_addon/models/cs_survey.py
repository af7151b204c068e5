from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools.mimetypes import guess_mimetype

from ..services.survey_steps import may_go
from .cs_liability import PARTIES

PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
# Once it was held nobody moves the appointment: what was told to whom is measured by it.
FROZEN_WHEN_HELD = {"planned_at"}


class CsSiteSurvey(models.Model):
    """On-site survey (现场勘察, R-01): who looked at what when, what was found, and who is probably liable.

    It belongs to a repair order; an order may have several. All who were present sign the joint form (现场勘察会签表).
    """

    _name = "cs.site.survey"
    _description = "On-site Survey"
    _inherit = ["cs.guard.mixin", "cs.signed.mixin", "cs.papers.mixin", "cs.internal.thread"]
    _order = "planned_at desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, copy=False, index="trigram")
    rework_id = fields.Many2one("cs.rework", required=True, readonly=True, index=True, ondelete="restrict")
    case_id = fields.Many2one(related="rework_id.case_id", store=True, precompute=True, index=True)
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    object_ref = fields.Char(related="case_id.object_ref", string="Object")
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("held", "To Be Signed"),
            ("signed", "Signed by All"),
            ("cancelled", "Called Off"),
        ],
        required=True,
        readonly=True,
        default="planned",
        copy=False,
        index=True,
        tracking=True,
    )
    planned_at = fields.Datetime("Appointment", index="btree_not_null", tracking=True)
    held_at = fields.Datetime("Held On", readonly=True, copy=False)
    cancel_reason = fields.Char("Called Off Because", readonly=True, copy=False)
    place = fields.Char(help="Building, floor, room: where the parties meet.")
    trade_ids = fields.Many2many("cs.trade", string="Trades")
    party_ids = fields.One2many("cs.survey.party", "survey_id", "Parties", copy=False)
    findings = fields.Html(sanitize=True)
    estimate = fields.Monetary("Estimated Cost", help="In the currency of the company, all trades together.")
    photo_ids = fields.Many2many("ir.attachment", "cs_site_survey_photo_rel", string="Photos", copy=False)
    probable_party = fields.Selection(PARTIES, "Probably Liable")
    probable_partner_id = fields.Many2one(
        "res.partner", "Namely", index="btree_not_null", check_company=True, ondelete="restrict"
    )

    can_hold = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")

    _cs_server_fields = frozenset({"name", "rework_id", "state", "held_at", "cancel_reason"})
    _paper_fields = ("photo_ids",)
    _signed_content = {
        "survey": (
            (
                *("name", "planned_at", "held_at", "place", "trade_ids", "findings", "estimate"),
                *("probable_party", "probable_partner_id"),
            ),
            {
                "party_ids": ("role", "partner_id", "employee_id", "presence", "notified_at"),
                "photo_ids": ("name", "checksum"),
            },
        )
    }
    _signed_papers = {"survey": "customer_service_addon.cs_site_survey_report"}

    _name_company_uniq = models.Constraint("UNIQUE(company_id, name)", "Two surveys cannot have the same number.")
    _estimate_positive = models.Constraint("CHECK(estimate >= 0)", "An estimate cannot be negative.")

    @api.depends("state")
    def _compute_can(self):
        for survey in self:
            survey.can_hold = may_go(survey.state, "held") and survey.state == "planned"
            survey.can_cancel = may_go(survey.state, "cancelled")

    @api.constrains("photo_ids")
    def _check_photos(self):
        # sudo: ir.attachment - who linked the files could read them; only their kind is looked at
        for photo_sudo in self.sudo().photo_ids:
            if guess_mimetype(photo_sudo.raw or b"") not in PICTURES:
                raise ValidationError(
                    self.env._("“%(name)s” is no picture. Photos are JPEG, PNG, GIF or WebP.", name=photo_sudo.name)
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Surveys are planned in their order."""
        if not self._cs_is_server():
            raise UserError(self.env._("Plan the survey in its repair order."))
        surveys = super().create(vals_list)
        surveys._adopt_papers()
        return surveys

    def write(self, vals):
        server = self._cs_is_server()
        if not server:
            self._ensure_may_write(vals)
        former = {survey: survey.planned_at for survey in self}
        result = super().write(vals)
        moved = self.filtered(lambda survey: survey.planned_at != former[survey])
        if moved:
            # What was told was another appointment.
            moved.party_ids._cs_as_server().write({"notified_at": False})
        if "photo_ids" in vals:
            self._adopt_papers()
        if not server:
            self._follow_signatures()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A survey is kept. Call it off with its reason instead."))

    def _ensure_may_write(self, vals):
        self.check_access("write")
        for survey in self:
            if survey.state == "cancelled" and set(vals) - {"message_follower_ids"}:
                raise UserError(self.env._("%(survey)s is called off and stays as it is.", survey=survey.name))
            if survey.state != "planned" and FROZEN_WHEN_HELD.intersection(vals):
                raise UserError(self.env._("%(survey)s has been held; its appointment stays.", survey=survey.name))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_notify(self):
        """Tell all who are expected the appointment; see :meth:`cs.survey.party.action_notify`."""
        self.party_ids.filtered(lambda party: party.presence == "expected" and not party.notified_at).action_notify()

    def action_hold(self):
        """Record that the survey took place. Raises UserError while it is not said of every party whether it came."""
        self.check_access("write")
        now = fields.Datetime.now()
        for survey in self:
            if not survey.planned_at or survey.planned_at > now:
                raise UserError(
                    self.env._(
                        "%(survey)s: its appointment is not over. Correct the appointment if it took place earlier.",
                        survey=survey.name,
                    )
                )
            survey.party_ids._ensure_recorded(survey)
        self._go_to("held", held_at=now)
        self.rework_id._mark_surveyed(now)

    def action_cancel(self):
        """Open the dialog for the reason; without one no survey is called off."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Call Off"),
            "res_model": "cs.survey.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_survey_ids": self.ids},
        }

    def action_view_rework(self):
        """Open the order of the survey."""
        return self.rework_id._form_action()

    def action_view_form(self):
        """Open the survey."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_site_survey_action")
        return action | {"view_mode": "form", "views": [(False, "form")], "res_id": self.id}

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _cancel(self, reason):
        """Call the surveys off. Raises UserError without a reason."""
        self.check_access("write")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why; those who look at it later want to know."))
        self._go_to("cancelled", cancel_reason=reason.strip())

    def _go_to(self, state, **values):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for survey in self:
            if not may_go(survey.state, state):
                raise UserError(
                    self.env._(
                        "%(survey)s is in “%(old)s” and cannot go to “%(new)s”.",
                        survey=survey.name,
                        old=labels[survey.state],
                        new=labels[state],
                    )
                )
        self._cs_as_server().write({"state": state, **values})

    def _expected_cost(self):
        """Return what the repair is estimated at, in the currency of the company; 0 while nobody has said."""
        self.ensure_one()
        return self.estimate or self.rework_id.estimate_total

    def _needs_contractor(self):
        """Return whether the contractor has to attend: not below the company's amount (R-01).

        An estimate that nobody has made yet lets nobody off.
        """
        self.ensure_one()
        cost = self._expected_cost()
        # sudo: res.company - the figure of the procedure, whoever asks
        limit = self.company_id.sudo().cs_survey_contractor_from
        return not cost or self.currency_id.compare_amounts(cost, limit) >= 0

    @api.model
    def _party_values(self, order):
        """Return the parties a survey of ``order`` begins with (R-01): all that the procedure names."""
        # sudo: cs.case, hr.employee - names of those who are invited, on a form of an order the user may write
        order_sudo = order.sudo()
        desk_sudo = order_sudo.user_id
        rows = [
            {
                "role": "desk",
                "employee_id": desk_sudo.employee_id.id,
                "partner_id": False if desk_sudo.employee_id else desk_sudo.partner_id.id,
            },
            {"role": "engineering"},
            {"role": "leader", "employee_id": order_sudo.technician_ids[:1].id},
            {"role": "customer", "partner_id": order_sudo.case_id.partner_id.id},
        ]
        if order_sudo.contractor_id:
            rows.insert(3, {"role": "contractor", "partner_id": order_sudo.contractor_id.id})
        return [Command.create(row) for row in rows]


class CsRework(models.Model):
    """The surveys of an order; when the first one was held is a milestone."""

    _inherit = "cs.rework"

    survey_ids = fields.One2many("cs.site.survey", "rework_id", "Surveys", copy=False)
    surveyed_at = fields.Datetime("Surveyed On", readonly=True, copy=False)

    def action_plan_survey(self):
        """Plan a survey under each order and show it. Raises UserError for finished orders."""
        self._ensure_desk()
        for order in self:
            if order.state in ("closed", "cancelled"):
                raise UserError(self.env._("%(order)s is finished and stays as it is.", order=order.name))
        counts = dict(
            self.env["cs.site.survey"].sudo()._read_group([("rework_id", "in", self.ids)], ["rework_id"], ["__count"])
        )
        # sudo: cs.site.survey - planning one is part of what the caller may do with the order
        surveys_sudo = self.env["cs.site.survey"].sudo()._cs_as_server()
        surveys = surveys_sudo.create(
            [
                {
                    "name": f"{order.name}-S{counts.get(order.sudo(), 0) + 1}",
                    "rework_id": order.id,
                    "place": order.place,
                    "trade_ids": [Command.set(order.trade_ids.ids)],
                    "party_ids": surveys_sudo._party_values(order),
                }
                for order in self
            ]
        ).with_env(self.env)
        if len(surveys) == 1:
            return surveys.action_view_form()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_site_survey_action")
        return action | {"domain": [("id", "in", surveys.ids)], "context": {}}

    def _mark_surveyed(self, moment):
        """Keep when the first survey was held."""
        # sudo: cs.rework - milestones are the system's; holding the survey was checked
        first_sudo = self.sudo().filtered(lambda order: not order.surveyed_at)
        first_sudo._cs_as_server().write({"surveyed_at": moment})
