import base64
from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, html2plaintext

from ..services.register_xlsx import ledger_xlsx
from ..services.working_time import utc_midnight

# Columns of the printed ledgers; a spreadsheet holds more.
CALLS = (
    "name",
    "received_at",
    "type_id",
    "partner_name",
    "phone",
    "partner_id",
    "object_ref",
    "subject",
    "user_id",
    "stage_id",
    "first_answered_at",
    "solved_at",
)
VISITS = (
    "name",
    "visit_start",
    "visit_end",
    "partner_name",
    "partner_id",
    "visitor_count",
    "reception_class_id",
    "host_id",
    "subject",
    "user_id",
    "stage_id",
)
COMPLAINTS = (
    "name",
    "received_at",
    "level_id",
    "customer_id",
    "subject",
    "category_id",
    "department_id",
    "user_id",
    "finding",
    "cause_id",
    "replied_at",
    "state",
    "closed_at",
)
PRINTED = {
    "calls": CALLS,
    "visits": VISITS,
    "all": (*CALLS[:2], "channel_id", *CALLS[2:]),
    "complaints": COMPLAINTS,
}
# Shares of the paper's width; the others take one.
WIDTHS = {"name": 1.05, "subject": 3, "partner_id": 1.7, "reception_class_id": 1.5, "received_at": 1.1}
DETAILS = (
    "channel_id",
    "team_id",
    "department_id",
    "category_id",
    "priority",
    "email_from",
    "product_id",
    "order_ref",
    "description",
    "expectation",
    "requested_date",
    "first_contact_id",
    "acknowledged_at",
    "next_promise_at",
    "unfinished_reason",
    "resolution",
    "closed_at",
    "cancelled_at",
    "cancel_reason",
)
COMPLAINT_DETAILS = (
    "case_id",
    "team_id",
    "product_id",
    "is_valid",
    "company_responsible",
    "scope",
    "triaged_at",
    "informed_at",
    "verified_at",
    "result",
    "occurrence_cause",
    "planned_at",
    "approved_at",
    "accepted_at",
    "executed_at",
    "effective_at",
    "effect_note",
    "cancelled_at",
    "cancel_reason",
)
GROUPS = {
    "cs.case": {"team": "team_id", "type": "type_id", "owner": "user_id", "customer": "commercial_partner_id"},
    "cs.complaint": {"team": "team_id", "type": "level_id", "owner": "user_id", "customer": "customer_id"},
}


class CsRegisterWizard(models.TransientModel):
    """Print or export a register: calls, visits (来电登记表, 来人登记表), complaints (客户投诉台账; I-01, C-03)."""

    _name = "cs.register.wizard"
    _description = "Register Ledger"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date_from = fields.Date("From", required=True, default=lambda self: self._default_today().replace(day=1))
    date_to = fields.Date("To", required=True, default=lambda self: self._default_today())
    team_ids = fields.Many2many("cs.team", string="Teams", help="Empty: all teams whose cases you may see.")
    kind = fields.Selection(
        [("all", "Calls and Visits"), ("calls", "Calls"), ("visits", "Visits"), ("complaints", "Complaints")],
        required=True,
        default=lambda self: self._default_kind(),
    )
    group_by = fields.Selection(
        [("team", "Team"), ("type", "Type or Level"), ("owner", "Owner"), ("customer", "Customer"), ("day", "Day")],
        "Grouped By",
    )
    case_ids = fields.Many2many(
        "cs.case", string="Selected Cases", default=lambda self: self._default_cases(), readonly=True
    )
    complaint_ids = fields.Many2many(
        "cs.complaint",
        string="Selected Complaints",
        default=lambda self: self._default_complaints(),
        readonly=True,
    )
    row_count = fields.Integer(compute="_compute_row_count")
    file = fields.Binary(readonly=True)
    filename = fields.Char(readonly=True)

    @api.model
    def _default_today(self):
        return datetime.now(pytz.timezone(self.env.company._cs_tz())).date()

    @api.model
    def _default_cases(self):
        if self.env.context.get("active_model") != "cs.case":
            return self.env["cs.case"]
        return self.env["cs.case"].browse(self.env.context.get("active_ids", [])).exists()

    @api.model
    def _default_complaints(self):
        if self.env.context.get("active_model") != "cs.complaint":
            return self.env["cs.complaint"]
        return self.env["cs.complaint"].browse(self.env.context.get("active_ids", [])).exists()

    @api.model
    def _default_kind(self):
        return "complaints" if self.env.context.get("active_model") == "cs.complaint" else "all"

    @api.depends("company_id", "date_from", "date_to", "team_ids", "kind", "case_ids", "complaint_ids")
    def _compute_row_count(self):
        for wizard in self:
            complete = wizard.date_from and wizard.date_to
            wizard.row_count = wizard._listed().search_count(wizard._domain()) if complete else 0

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for wizard in self:
            if wizard.date_from > wizard.date_to:
                raise ValidationError(self.env._("The period ends before it begins. Exchange the two dates."))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_print(self):
        """Return the action that prints the ledger as PDF; raises UserError above the company's row limit."""
        self.ensure_one()
        self._ensure_fits(self.company_id.cs_ledger_print_rows)
        return self.env.ref("customer_service_addon.cs_register_ledger_report").report_action(self, config=False)

    def action_export(self):
        """Return the download of the ledger as spreadsheet; raises UserError above the company's row limit."""
        self.ensure_one()
        self._ensure_fits(self.company_id.cs_ledger_export_rows)
        self.write({"filename": f"{self._title()}.xlsx", "file": base64.b64encode(self._xlsx())})
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/{self.filename}?download=true",
            "target": "download",
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _listed(self):
        """Return the model whose records stand in the ledger (empty recordset)."""
        return self.env["cs.complaint" if self.kind == "complaints" else "cs.case"]

    def _selected(self):
        return self.complaint_ids if self.kind == "complaints" else self.case_ids

    def _domain(self):
        """Records of the ledger: the selected ones, else those received in the company's days of the period."""
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id)
        if self.kind == "visits":
            domain &= Domain("channel_id.is_visit", "=", True)
        elif self.kind == "calls":
            domain &= Domain("channel_id", "=", False) | Domain("channel_id.is_visit", "=", False)
        if self._selected():
            return domain & Domain("id", "in", self._selected().ids)
        if self.team_ids:
            domain &= Domain("team_id", "in", self.team_ids.ids)
        start, end = self._period_utc()
        return domain & Domain("received_at", ">=", start) & Domain("received_at", "<", end)

    def _period_utc(self):
        """Return the naive UTC moments between which the period lies: [start, end)."""
        zone = pytz.timezone(self.company_id._cs_tz())
        return utc_midnight(self.date_from, zone), utc_midnight(self.date_to + timedelta(days=1), zone)

    def _ensure_fits(self, limit):
        """Never cut a ledger silently: refuse it and say how much too long it is."""
        count = self._listed().search_count(self._domain())
        if not count:
            raise UserError(self.env._("Nothing matches. Choose another period, other teams or another kind."))
        if count > limit:
            raise UserError(
                self.env._(
                    "The ledger would have %(count)s rows, %(limit)s are allowed. Choose a shorter period or fewer "
                    "teams, or have the limit raised in the settings.",
                    count=count,
                    limit=limit,
                )
            )

    def _records(self, names):
        """Return the records of the ledger in the order of their reception, sorted by group when grouped."""
        records = self._listed().search_fetch(self._domain(), names, order="received_at, id")
        if not self.group_by:
            return records
        if self.group_by == "day":
            return records.sorted(lambda record: self._local(record.received_at).date())
        return records.sorted(self._group_label)

    def _group_title(self, records):
        """Return the heading of the column of groups."""
        if self.group_by == "type":
            return self.env["cs.print.mixin"]._cs_label(records, GROUPS[records._name]["type"])
        return dict(self._fields["group_by"]._description_selection(self.env))[self.group_by]

    def _group_label(self, record):
        if self.group_by == "day":
            return format_date(self.env, self._local(record.received_at).date())
        # sudo: comodel - the name of what a readable record points to
        return record[GROUPS[record._name][self.group_by]].sudo().display_name or self.env._("(none)")

    def _local(self, moment):
        zone = pytz.timezone(self.company_id._cs_tz())
        return pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None) if moment else ""

    def _title(self):
        titles = {
            "calls": self.env._("Register of Calls"),
            "visits": self.env._("Register of Visitors"),
            "all": self.env._("Register of Calls and Visits"),
            "complaints": self.env._("Complaint Ledger"),
        }
        return titles[self.kind]

    def _subtitle(self, count):
        """Say what the ledger covers, how many cases it holds and in which time zone its hours are."""
        return self.env._(
            "%(what)s · %(company)s · %(count)s rows · times in %(tz)s",
            what=self._period_label(),
            company=self.company_id.name,
            count=count,
            tz=self.company_id._cs_tz(),
        )

    def _period_label(self):
        if self._selected():
            return self.env._("Selected rows")
        label = f"{format_date(self.env, self.date_from)} – {format_date(self.env, self.date_to)}"
        return f"{label} · {', '.join(self.team_ids.mapped('name'))}" if self.team_ids else label

    def _xlsx(self):
        details = COMPLAINT_DETAILS if self.kind == "complaints" else DETAILS
        names = [*PRINTED[self.kind], *(name for name in details if name not in PRINTED[self.kind])]
        records = self._records(names)
        prints = self.env["cs.print.mixin"]
        head = [self.env._("Running No."), *(prints._cs_label(records, name) for name in names)]
        rows = [
            [number, *(self._cell(record, name) for name in names)] for number, record in enumerate(records, start=1)
        ]
        if self.group_by:
            head.insert(1, self._group_title(records))
            for row, record in zip(rows, records, strict=True):
                row.insert(1, self._group_label(record))
        return ledger_xlsx(self._title(), self._subtitle(len(records)), head, rows)

    def _cell(self, record, name):
        """Return a typed spreadsheet value: moments and dates stay dates, rich text becomes plain."""
        field = record._fields[name]
        if field.type == "datetime":
            return self._local(record[name])
        if field.type in ("date", "integer"):
            return record[name] or ""
        if field.type == "html":
            return html2plaintext(record[name] or "").strip()
        if field.type == "text":
            return record[name] or ""
        return self.env["cs.print.mixin"]._cs_value(record, name, self.company_id._cs_tz())

    def _printed(self):
        """Return what the PDF prints: title, subtitle, head and groups ``[(label or "", rows)]``."""
        names = PRINTED[self.kind]
        records = self._records(names)
        prints, tz = self.env["cs.print.mixin"], self.company_id._cs_tz()
        shares = [WIDTHS.get(name, 1) for name in names]
        groups = []
        for number, record in enumerate(records, start=1):
            label = self._group_label(record) if self.group_by else ""
            if not groups or groups[-1][0] != label:
                groups.append((label, []))
            groups[-1][1].append([number, *(prints._cs_value(record, name, tz) for name in names)])
        return {
            "title": self._title(),
            "subtitle": self._subtitle(len(records)),
            "head": [self.env._("No."), *(prints._cs_label(records, name) for name in names)],
            "widths": [3, *(round(97 * share / sum(shares), 2) for share in shares)],
            "groups": groups,
        }
