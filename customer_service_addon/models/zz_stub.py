from pytz import timezone
from datetime import datetime
from odoo import models, fields, tools
from ..services.work_timeline import Timeline


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _cs_timeline(self, company, first, last):
        return self._zz(self.id, company.id, first.year, last.year)

    @tools.ormcache("calendar_id", "company_id", "first", "last")
    def _zz(self, calendar_id, company_id, first, last):
        cal = self.browse(calendar_id)
        company = self.env["res.company"].browse(company_id)
        spans = cal._cs_work_spans(company, datetime(first, 1, 1), datetime(last + 1, 1, 1))
        return Timeline(spans, timezone(cal.sudo().tz))

    def _cs_why_no_time(self, company):
        cal = self.sudo()
        if cal.schedule_type == "flexible":
            return "flexible"
        return "leave" if cal.attendance_ids else "empty"
