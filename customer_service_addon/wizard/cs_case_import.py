import base64
import csv
import io

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..services.case_file import COLUMNS, CaseFileError, read_case_rows
from ..services.tabular import safe_cell
from .cs_case_import_check import CaseRows

SHOWN_ROWS = 10
SHOWN_ERRORS = 100
SHOWN_COLUMNS = ("number", "subject", "type", "stage", "customer_name", "received_at")


class CsCaseImport(models.TransientModel):
    """Import open and old cases with their numbers, dates and stages (supervisors). All rows or none."""

    _name = "cs.case.import"
    _description = "Import Cases"

    team_id = fields.Many2one(
        "cs.team",
        required=True,
        default=lambda self: self._default_team(),
        help="Takes the rows that name no team. Dates are in the time zone of the team.",
    )
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    row_count = fields.Integer("Cases in the File", compute="_compute_check")
    error_count = fields.Integer(compute="_compute_check")
    errors = fields.Text(compute="_compute_check")
    preview = fields.Html(compute="_compute_check", sanitize=False)
    template_file = fields.Binary(attachment=False, readonly=True)

    @api.model
    def _default_team(self):
        teams = self.env["cs.team"].search([("company_id", "=", self.env.company.id)])
        return teams.filtered(lambda team: team.user_id == self.env.user)[:1] or teams[:1]

    @api.depends("file", "team_id")
    def _compute_check(self):
        for wizard in self:
            rows, errors = [], []
            if wizard.file and wizard.team_id:
                rows, errors, _values = wizard._check()
            wizard.row_count = len(rows)
            wizard.error_count = len(errors)
            wizard.errors = wizard._error_text(errors)
            wizard.preview = wizard._preview_table(rows) if rows else False

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_template(self):
        """Return the download of an empty file with the columns and one example (CSV, UTF-8)."""
        self.ensure_one()
        self._ensure_supervisor()
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(COLUMNS)
        writer.writerow([safe_cell(self._example().get(column, "")) for column in COLUMNS])
        self.template_file = base64.b64encode(buffer.getvalue().encode("utf-8-sig"))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template_file/cases.csv?download=true",
            "target": "download",
        }

    def action_import(self):
        """Register all cases of the file and open them.

        AccessError for anybody but supervisors; UserError, and nothing is written, while a single row is wrong.
        """
        self.ensure_one()
        self._ensure_supervisor()
        if not self.file:
            raise UserError(self.env._("Choose the file with the cases first."))
        _rows, errors, values = self._check()
        if errors:
            raise UserError(
                self.env._("Nothing was imported. Correct the file first:\n%(errors)s", errors=self._error_text(errors))
            )
        return self._import(values).action_view_cases()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _ensure_supervisor(self):
        if not self.env["cs.case"]._is_supervisor():
            raise AccessError(self.env._("Only a supervisor can import cases."))

    def _check(self):
        """Return ``(rows, errors, values)`` of the uploaded file; ``errors`` are ``[(line or 0, message)]``."""
        self.ensure_one()
        # Uploaded bytes are base64; with bin_size the client would get their size instead.
        content = base64.b64decode(self.with_context(bin_size=False).file)
        limit = self.team_id.company_id.sudo().cs_import_rows
        try:
            rows = read_case_rows(content, limit)
        except CaseFileError as error:
            return [], [(0, self._file_error(error, limit))], []
        checked = CaseRows(self.team_id, rows)
        return rows, checked.errors, checked.values

    def _import(self, values):
        """Create the checked cases and the row that keeps who did it; return that row."""
        company = self.team_id.company_id
        numbers = [vals["name"] for vals in values]
        # sudo: cs.case.import.log - nobody writes it but the import
        log_sudo = (
            self.env["cs.case.import.log"]
            .sudo()
            .create(
                {
                    "company_id": company.id,
                    "user_id": self.env.uid,
                    "imported_at": fields.Datetime.now(),
                    "filename": self.filename or self.env._("(without name)"),
                    "row_count": len(values),
                    "number_from": min(numbers),
                    "number_to": max(numbers),
                }
            )
        )
        company._cs_reserve_numbers(numbers)
        rows = [{**vals, "import_id": log_sudo.id} for vals in values]
        self.env["cs.case"]._cs_as_server().create(rows)
        return log_sudo.sudo(False)

    def _file_error(self, error, limit):
        messages = {
            "unreadable": self.env._("The file cannot be read. Save it as CSV (UTF-8 or GBK) or as XLSX."),
            "empty": self.env._("The file has no rows. The first line names the columns, every other one is a case."),
            "columns": self.env._("These columns are unknown or there twice: %(names)s.", names=error.detail),
            "long": self.env._("The file has more than %(limit)s rows. Import it in parts.", limit=limit),
        }
        return messages[error.reason]

    def _error_text(self, errors):
        shown = [
            self.env._("Line %(line)s: %(message)s", line=line, message=message) if line else message
            for line, message in errors[:SHOWN_ERRORS]
        ]
        if len(errors) > SHOWN_ERRORS:
            shown.append(self.env._("… and %(count)s more.", count=len(errors) - SHOWN_ERRORS))
        return "\n".join(shown)

    def _preview_table(self, rows):
        head = Markup("").join(Markup("<th>%s</th>") % column for column in SHOWN_COLUMNS)
        body = Markup("").join(
            Markup("<tr>%s</tr>")
            % Markup("").join(Markup("<td>%s</td>") % row.get(column, "") for column in SHOWN_COLUMNS)
            for _line, row in rows[:SHOWN_ROWS]
        )
        return Markup('<table class="table table-sm"><thead><tr>%s</tr></thead><tbody>%s</tbody></table>') % (
            head,
            body,
        )

    def _example(self):
        return {
            "number": "CS-000123",
            "subject": self.env._("Brake noise"),
            "type": self.env["cs.case"]._default_type(self.team_id.company_id.id).name,
            "stage": "closed",
            "customer_name": self.env._("Chen Wei"),
            "email": "chen.wei@example.com",
            "phone": "+86 138 0013 8000",
            "team": self.team_id.name,
            "owner": self.env.user.login,
            "channel": "phone",
            "received_at": "2026-03-30 09:05",
            "answered_at": "2026-03-30 10:00",
            "solved_at": "2026-03-31 14:05",
            "closed_at": "2026-04-01 09:00",
            "confirmation": "phone",
        }
