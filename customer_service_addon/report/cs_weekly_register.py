from odoo import api, fields, models
from odoo.tools import format_date

FIGURES = ("in_count", "out_count", "open_end_count")
COLORS = {"in_count": "#4a7ebb", "out_count": "#7fb27f", "open_end_count": "#d99a4e"}
# Pixels of the picture.
BAR, GAP, HEIGHT, BASE = 16, 22, 110, 20


class WeeklyRegisterPrint(models.AbstractModel):
    """The weekly register on paper (周报, I-08): figures, picture of the last weeks, types, unfinished by name."""

    _name = "report.customer_service_addon.report_cs_weekly_register"
    _inherit = "cs.print.mixin"
    _description = "Weekly Register"

    @api.model
    def _get_report_values(self, docids, data=None):
        registers = self.env["cs.weekly.register"].browse(docids).exists()
        registers.check_access("read")
        # sudo: cs.case - whoever may read a register reads the names of its unfinished cases
        cases_sudo = self.env["cs.case"].sudo().with_context(active_test=False)
        ids = {line["case_id"] for register in registers for line in register._unfinished()}
        cases = {case.id: case for case in cases_sudo.search([("id", "in", list(ids))])}
        trend = registers._trend()
        return {
            "doc_ids": docids,
            "docs": registers,
            "weeks": [self._cs_week(register, cases, trend[register]) for register in registers],
        }

    @api.model
    def _cs_week(self, register, cases, trend):
        return {
            "register": register,
            "period": f"{format_date(self.env, register.week_start)} – {format_date(self.env, register.week_end)}",
            "figures": [
                (self._cs_label(register, name), register[name])
                for name in ("open_start_count", "in_count", "reopened_count", "out_count", "open_end_count")
            ],
            "legend": [(self._cs_label(register, name), COLORS[name]) for name in FIGURES],
            "picture": self._cs_picture(trend),
            "types": self._cs_types(register),
            "unfinished": [
                self._cs_unfinished(line, cases[line["case_id"]], register.tz)
                for line in register._unfinished()
                if line["case_id"] in cases
            ],
        }

    @api.model
    def _cs_picture(self, trend):
        """Return the bars of the last weeks: rectangles, their values and the Monday under each group."""
        top = max([1, *(row[name] for row in trend for name in FIGURES)])
        bars, labels, x = [], [], 0
        for row in trend:
            labels.append({"x": x, "text": format_date(self.env, row.week_start)})
            for name in FIGURES:
                height = round((HEIGHT - BASE) * row[name] / top)
                bars.append({"x": x, "y": HEIGHT - height, "height": height, "value": row[name], "color": COLORS[name]})
                x += BAR
            x += GAP
        return {"bars": bars, "labels": labels, "bar": BAR, "width": x, "base": HEIGHT, "height": HEIGHT + BASE}

    @api.model
    def _cs_types(self, register):
        lines = (register.snapshot or {}).get("types", [])
        # sudo: cs.case.type - the name of a type that was counted
        types_sudo = self.env["cs.case.type"].sudo().with_context(active_test=False)
        names = {row.id: row.name for row in types_sudo.search([("id", "in", [line["type_id"] for line in lines])])}
        columns = ("open_start", "in", "reopened", "out", "open_end")
        return [
            (names.get(line["type_id"], self.env._("(deleted)")), [line.get(name, 0) for name in columns])
            for line in lines
        ]

    @api.model
    def _cs_unfinished(self, line, case, tz):
        case = case.with_env(case.env(context={**case.env.context, "lang": self.env.lang}))
        promised = fields.Datetime.to_datetime(line["promised_at"]) if line["promised_at"] else False
        return {
            "number": case.name,
            "received": self._cs_moment(self.env, case.received_at, tz),
            "customer": case.partner_name or case.partner_id.display_name or "",
            "subject": case.subject,
            # sudo: res.users - the owner of that week, by name
            "owner": self.env["res.users"].sudo().browse(line["user_id"]).exists().name or "",
            "promised": self._cs_moment(self.env, promised, tz),
            "late": line["late"],
            "reason": line["reason"],
        }
