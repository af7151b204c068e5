import ast
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..services.working_time import add_working_seconds


class CsTeam(models.Model):
    """A customer-service team or site office (服务处): its people, address, calendar and rules."""

    _name = "cs.team"
    _description = "Customer Service Team"
    _inherit = ["mail.alias.mixin", "mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users", "Team Leader", domain=[("share", "=", False)], index="btree_not_null", tracking=True
    )
    member_ids = fields.One2many("cs.team.member", "team_id", "Members")
    department_id = fields.Many2one("hr.department", check_company=True, index="btree_not_null")
    is_site_office = fields.Boolean("Site Office", help="Reports its register weekly (I-08).")
    vendor_id = fields.Many2one(
        "res.partner",
        "Repairs Are Paid To",
        index="btree_not_null",
        help="The company that the repair team belongs to and that bills its work (R-07). Empty: own employees.",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        check_company=True,
        index="btree_not_null",
        help="Promises, reminders and closing count on it. Empty: the company's working hours.",
    )

    assignment_method = fields.Selection(
        [
            ("manual", "By the team leader"),
            ("turn", "In turn"),
            ("load", "Fewest open cases"),
            ("category", "By category, then fewest open cases"),
        ],
        default="turn",
        required=True,
        tracking=True,
    )
    own_agent_first = fields.Boolean(
        "Customer's Own Agent First", default=True, help="A returning customer meets the same person again (H-02)."
    )
    giveback_limit = fields.Integer(
        "Missed Turns Given Back", default=3, help="An absent member gets at most so many turns back (H-02)."
    )

    handover_hours = fields.Float(
        "Remind of Hand-over After (Working Hours)", default=4.0, help="0: no reminder of hand-overs not accepted."
    )
    forward_hours = fields.Float(
        "Departments Answer Within (Working Hours)", default=8.0, help="0: a forwarded question has no date (I-06)."
    )
    silence_days = fields.Integer(
        "Close After Silence (Working Days)", default=0, help="0: solved cases are never closed by themselves."
    )
    silence_notice_days = fields.Integer(
        "Announce It Before (Working Days)", default=2, help="The customer is told so long before the closing."
    )
    register_user_ids = fields.Many2many(
        "res.users", string="Weekly Register To", domain=[("share", "=", False)], help="Besides the team leader (I-08)."
    )

    register_ask_weekday = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        "Ask for Missing Reasons On",
        default="4",
        help="On this day owners are asked why their cases are not finished, for the weekly register (I-08).",
    )
    register_asked_week = fields.Date("Reasons Asked in the Week From", readonly=True, copy=False)

    _silence_positive = models.Constraint(
        "CHECK(silence_days >= 0 AND silence_notice_days >= 0 AND handover_hours >= 0 AND forward_hours >= 0"
        " AND giveback_limit >= 0)",
        "Days, hours and turns cannot be negative.",
    )

    @api.constrains("silence_days", "silence_notice_days")
    def _check_silence_notice(self):
        for team in self:
            if team.silence_days and not 0 < team.silence_notice_days < team.silence_days:
                raise ValidationError(
                    self.env._(
                        "%(team)s: the closing must be announced before it happens. Announce it at least one and less "
                        "than %(days)s working days before.",
                        team=team.name,
                        days=team.silence_days,
                    )
                )

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("cs.case")
        if self.id:
            values["alias_defaults"] = defaults = ast.literal_eval(self.alias_defaults or "{}")
            defaults.update(team_id=self.id, company_id=self.company_id.id)
        return values

    def _cs_after_working_hours(self, start, hours):
        """Return the moment (naive UTC) ``hours`` working hours after ``start``, or False without working time."""
        self.ensure_one()
        calendar = self._cs_calendar()
        if not hours or not calendar:
            return False
        horizon = start + timedelta(days=31 + 7 * hours)
        spans = calendar._cs_work_spans(self.company_id, start, horizon)
        return add_working_seconds(spans, start, hours * 3600) or False

    def _cs_calendar(self):
        """Return the calendar the team's working time runs on: its own, else the company's."""
        self.ensure_one()
        return self.resource_calendar_id or self.company_id.resource_calendar_id
