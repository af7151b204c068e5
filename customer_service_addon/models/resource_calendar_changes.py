"""Whatever changes working time empties the cached timelines and has the clocks concerned computed again."""

from odoo import api, models

_CALENDAR_FIELDS = {"tz", "schedule_type", "two_weeks_calendar", "company_id"}
_LEAVE_FIELDS = {"calendar_id", "company_id", "resource_id", "date_from", "date_to", "time_type"}


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def write(self, vals):
        result = super().write(vals)
        # Hours, leaves and make-up days written through the calendar report themselves.
        if not _CALENDAR_FIELDS.isdisjoint(vals):
            self._cs_working_time_changed()
        return result

    def unlink(self):
        # sudo: resource.calendar.leaves - whose leave it is does not matter for the working time of all
        leaves_sudo = self.env["resource.calendar.leaves"].sudo().search([("calendar_id", "in", self.ids)])
        result = super().unlink()
        # The database keeps the leaves of a deleted calendar, from then on without one: for all of the company.
        leaves_sudo._cs_calendars()._cs_working_time_changed()
        return result

    def _cs_working_time_changed(self):
        """Forget the timelines known, and have the open clocks on these calendars computed again."""
        registry = self.env.registry
        registry.clear_cache()
        # Until the change is committed others still compute with, and remember, the former hours.
        self.env.cr.postcommit.add(registry.clear_cache)
        if self:
            self.env["cs.sla.recompute"]._queue_calendars(self)


class CsWorkingTimeMixin(models.AbstractModel):
    """Rows of a calendar that say when people work; ``_cs_time_fields`` are those that matter."""

    _name = "cs.working.time.mixin"
    _description = "Part of Working Hours"

    _cs_time_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows.calendar_id._cs_working_time_changed()
        return rows

    def write(self, vals):
        if self._cs_time_fields.isdisjoint(vals):
            return super().write(vals)
        before = self.calendar_id
        result = super().write(vals)
        (before | self.calendar_id)._cs_working_time_changed()
        return result

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        calendars._cs_working_time_changed()
        return result


class ResourceCalendarAttendance(models.Model):
    _name = "resource.calendar.attendance"
    _inherit = ["resource.calendar.attendance", "cs.working.time.mixin"]

    _cs_time_fields = frozenset(
        {"calendar_id", "dayofweek", "hour_from", "hour_to", "day_period", "week_type", "display_type"}
    )


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._cs_report(leaves._cs_calendars())
        return leaves

    def write(self, vals):
        if _LEAVE_FIELDS.isdisjoint(vals):
            return super().write(vals)
        before = self._cs_calendars()
        result = super().write(vals)
        self._cs_report(before | self._cs_calendars())
        return result

    def unlink(self):
        calendars = self._cs_calendars()
        result = super().unlink()
        self._cs_report(calendars)
        return result

    def _cs_report(self, calendars):
        if calendars:
            calendars._cs_working_time_changed()

    def _cs_calendars(self):
        """Return the calendars on which these leaves stop the work of all; none for the leave of one person."""
        # sudo: resource.calendar.leaves - whoever may change a leave moves the working time of all its calendars
        leaves_sudo = self.sudo().filtered(lambda leave: not leave.resource_id)
        calendars_sudo = leaves_sudo.calendar_id
        general_sudo = leaves_sudo.filtered(lambda leave: not leave.calendar_id)
        if general_sudo:
            companies = general_sudo.company_id
            everywhere = any(not leave.company_id for leave in general_sudo)
            # A calendar without company is used by all of them.
            domain = [] if everywhere else [("company_id", "in", [False, *companies.ids])]
            calendars_sudo |= calendars_sudo.with_context(active_test=False).search(domain)
        return calendars_sudo.sudo(self.env.su).with_context(self.env.context)
