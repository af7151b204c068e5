from odoo import api, fields, models


class CsWorkdayException(models.Model):
    """A make-up day: a date on which a calendar works the hours of a given weekday.

    It replaces whatever the calendar says of that date: its own hours, holidays and other leaves.
    """

    _name = "cs.workday.exception"
    _description = "Make-up Day"
    _inherit = ["cs.working.time.mixin"]
    _order = "date desc, calendar_id"
    _cs_time_fields = frozenset({"calendar_id", "date", "weekday"})

    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company.resource_calendar_id,
    )
    company_id = fields.Many2one(related="calendar_id.company_id")
    date = fields.Date(required=True, index=True, help="The date at the place of the working hours.")
    weekday = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        "Works Like",
        required=True,
        help="On this date people work the hours of that weekday, holiday or not.",
    )
    name = fields.Char("Occasion")

    _calendar_date_unique = models.Constraint(
        "UNIQUE(calendar_id, date)", "These working hours have a make-up day on this date already."
    )

    @api.depends("date", "weekday")
    def _compute_display_name(self):
        labels = dict(self._fields["weekday"]._description_selection(self.env))
        for day in self:
            day.display_name = f"{fields.Date.to_string(day.date) or ''} {labels.get(day.weekday, '')}".strip()
