from odoo import fields, models
from odoo.exceptions import UserError

from ..services.makeup_days import read_makeup_days, weekday_names


class CsWorkdayImport(models.TransientModel):
    """Enter the make-up days of a year from a pasted list (managers). All lines or none."""

    _name = "cs.workday.import"
    _description = "Import Make-up Days"

    calendar_ids = fields.Many2many(
        "resource.calendar",
        string="Working Hours",
        required=True,
        domain="['|', ('company_id', '=', False), ('company_id', 'in', allowed_company_ids)]",
        default=lambda self: self.env.company.resource_calendar_id,
    )
    name = fields.Char("Occasion")
    lines = fields.Text("List", required=True)

    def action_import(self):
        """Set the make-up days of the list on every calendar chosen; dates that were set before are replaced."""
        self.ensure_one()
        days = self._read_days()
        makeup_days = self.env["cs.workday.exception"]
        makeup_days.search([("calendar_id", "in", self.calendar_ids.ids), ("date", "in", list(days))]).unlink()
        makeup_days.create(
            [
                {"calendar_id": calendar.id, "date": day, "weekday": str(weekday), "name": self.name}
                for calendar in self.calendar_ids
                for day, weekday in days.items()
            ]
        )
        return self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_workday_exception_action")

    def _read_days(self):
        """Return ``{date: weekday}`` of the list, or refuse it with every line that cannot be read."""
        labels = self.env["cs.workday.exception"]._fields["weekday"]._description_selection(self.env)
        names = weekday_names() | {label.lower(): int(value) for value, label in labels}
        days, problems = read_makeup_days(self.lines or "", names)
        if problems:
            reasons = self._reasons()
            raise UserError(
                "\n".join(
                    [
                        self.env._("Nothing was imported. Correct these lines:"),
                        *(
                            self.env._(
                                "Line %(number)s: “%(line)s” – %(reason)s",
                                number=number,
                                line=line,
                                reason=reasons[problem],
                            )
                            for number, line, problem in problems
                        ),
                    ]
                )
            )
        if not days or not self.calendar_ids:
            raise UserError(self.env._("Choose working hours and paste a list with a date and a weekday per line."))
        return days

    def _reasons(self):
        return {
            "line": self.env._("write a date and a weekday, such as 2026-02-14 Friday"),
            "date": self.env._("there is no such date"),
            "weekday": self.env._("write the weekday as a name or as a number, 1 for Monday to 7 for Sunday"),
            "twice": self.env._("this date stands in the list before"),
        }
