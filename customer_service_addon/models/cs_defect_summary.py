from datetime import date

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..services.working_time import utc_midnight

_lt = LazyTranslate(__name__)
# What the year's orders are counted by.
DIMENSIONS = {
    "trade_id": _lt("By Trade"),
    "cause_id": _lt("By Cause"),
    "category_id": _lt("By Category"),
    "product_id": _lt("By Product"),
    "project": _lt("By Project or Building"),
    "contractor_id": _lt("By Contractor"),
}


class CsDefectSummary(models.Model):
    """The common defects of a year (R-11), kept as they were counted, with what is concluded from them.

    Every order of the company or team that was registered in the year counts, called off ones left out.
    """

    _name = "cs.defect.summary"
    _description = "Common Defects of a Year"
    _inherit = ["cs.guard.mixin"]
    _order = "year desc, id desc"
    _check_company_auto = True

    name = fields.Char("Summary", compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True, ondelete="restrict"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    team_id = fields.Many2one(
        "cs.team", index="btree_not_null", check_company=True, ondelete="restrict", help="Empty: of all teams."
    )
    year = fields.Integer(required=True, aggregator=None, default=lambda self: fields.Date.context_today(self).year - 1)
    order_count = fields.Float("Orders", readonly=True, copy=False, digits=(16, 0))
    cost = fields.Monetary("Total Cost", readonly=True, copy=False)
    snapshot = fields.Json("Counts", readonly=True, copy=False)
    counted_at = fields.Datetime("Counted On", readonly=True, copy=False)
    conclusion = fields.Html("Conclusions", sanitize=True, help="What is done about it: design, material, contractors.")
    tables = fields.Html("Common Defects", compute="_compute_tables", sanitize=False)

    _cs_server_fields = frozenset({"order_count", "cost", "snapshot", "counted_at"})

    @api.depends("year", "team_id")
    def _compute_name(self):
        for summary in self:
            summary.name = " ".join(filter(None, (str(summary.year), summary.team_id.name)))

    @api.depends("name")
    def _compute_display_name(self):
        for summary in self:
            summary.display_name = summary.name

    @api.depends("snapshot")
    @api.depends_context("lang")
    def _compute_tables(self):
        for summary in self:
            summary.tables = self.env["ir.qweb"]._render(
                "customer_service_addon.cs_defect_summary_tables",
                {"tables": summary._tables(), "print": False},
            )

    @api.constrains("year")
    def _check_year(self):
        for summary in self:
            if not 2000 <= summary.year <= fields.Date.context_today(summary).year:
                raise ValidationError(self.env._("Choose a year from 2000 up to this one."))

    @api.model_create_multi
    def create(self, vals_list):
        """A new summary is counted at once."""
        summaries = super().create(vals_list)
        summaries._count()
        return summaries

    def write(self, vals):
        """Another year or team is counted anew; what was counted never stands under another name."""
        result = super().write(vals)
        if {"year", "team_id", "company_id"} & set(vals):
            self._count()
        return result

    def action_count(self):
        """Count again, for instance after causes were added."""
        self.check_access("write")
        self._count()

    def action_print(self):
        """Return the action that prints the summaries."""
        self.check_access("read")
        report = self.env.ref("customer_service_addon.cs_defect_summary_report")
        return report.report_action(self, config=False)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _domain(self):
        self.ensure_one()
        zone = pytz.timezone(self.company_id._cs_tz())
        domain = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("state", "!=", "cancelled")
            & Domain("received_at", ">=", utc_midnight(date(self.year, 1, 1), zone))
            & Domain("received_at", "<", utc_midnight(date(self.year + 1, 1, 1), zone))
        )
        return domain & Domain("team_id", "=", self.team_id.id) if self.team_id else domain

    def _count(self):
        # sudo: cs.defect.report - counts give away no file, so that the summary is the same for everybody
        rows_sudo = self.env["cs.defect.report"].sudo()
        for summary in self:  # a year's summary is built by hand, one at a time
            domain, figures = summary._domain(), ["order_count:sum", "cost:sum", "round:avg"]
            counts = {}
            for name in DIMENSIONS:
                groups = rows_sudo._read_group(domain, [name], figures)
                rows = [
                    [getattr(value, "id", value) or False, orders or 0.0, cost or 0.0, rounds or 0.0]
                    for value, orders, cost, rounds in groups
                ]
                counts[name] = sorted(rows, key=lambda row: (-row[1], -row[2], str(row[0])))
            ((orders, cost),) = rows_sudo._read_group(domain, [], figures[:2])
            summary._cs_as_server().write(
                {
                    "order_count": round(orders or 0.0),
                    "cost": cost or 0.0,
                    "snapshot": counts,
                    "counted_at": fields.Datetime.now(),
                }
            )

    def _tables(self):
        """Return ``[{title, rows: [{label, orders, share, cost, rounds, bar}]}]`` as text, in the language at hand."""
        self.ensure_one()
        translate, tables = self.env._, []
        for name, title in DIMENSIONS.items():
            rows = (self.snapshot or {}).get(name, [])
            if all(value is False for value, *_figures in rows):
                continue
            labels = self._labels(name, [value for value, *_figures in rows])
            highest = max([orders for _value, orders, *_figures in rows], default=1) or 1
            tables.append(
                {
                    "title": translate(title),
                    "rows": [
                        {
                            "label": labels.get(value) or self.env._("(none)"),
                            "orders": f"{orders:.1f}".removesuffix(".0"),
                            "share": f"{100 * orders / (self.order_count or 1):.1f} %",
                            "cost": self.currency_id.format(cost),
                            "rounds": f"{rounds:.2f}",
                            "bar": round(100 * orders / highest),
                        }
                        for value, orders, cost, rounds in rows
                    ],
                }
            )
        return tables

    def _labels(self, name, values):
        """Return ``{stored value: name}``; records that were deleted since keep their row."""
        field = self.env["cs.defect.report"]._fields[name]
        if field.type != "many2one":
            return {value: value for value in values}
        # sudo: comodel - the names of what was counted
        comodel_sudo = self.env[field.comodel_name].sudo().with_context(active_test=False)
        found = comodel_sudo.browse([value for value in values if value]).exists()
        names = {record.id: record.display_name for record in found}
        return {value: names.get(value) or (value and self.env._("(deleted)")) for value in values}
