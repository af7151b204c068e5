import base64
import logging

import pytz
from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_amount, format_date, format_time, is_html_empty

_logger = logging.getLogger(__name__)

# Pixels of the two printed codes of a case number.
CODE_SIZES = {"QR": (240, 240), "Code128": (480, 80)}


class CsPrintMixin(models.AbstractModel):
    """Formatting shared by the printed forms.

    A form is data: rows of labelled values, tables of child rows and signature lines. What is empty
    is not printed, labels are those of the fields, moments are written in one named time zone.
    """

    _name = "cs.print.mixin"
    _description = "Printed Form"

    @api.model
    def _cs_code_image(self, symbology, value):
        """Return the code of ``value`` as data URI, or False when it cannot be drawn (the form then shows text)."""
        width, height = CODE_SIZES[symbology]
        try:
            image = self.env["ir.actions.report"].barcode(symbology, value, width=width, height=height, quiet=0)
        # Whatever the drawing library of this machine raises, the form itself must print.
        except Exception:
            _logger.warning("No %s code on the form of %s", symbology, value, exc_info=True)
            return False
        return f"data:image/png;base64,{base64.b64encode(image).decode()}"

    @api.model
    def _cs_label(self, record, name):
        """Return the label of a field in the language of ``record``."""
        return record._fields[name].get_description(record.env, ["string"])["string"]

    @api.model
    def _cs_value(self, record, name, tz):
        """Return the printed text of a field: moments in ``tz``, names of linked records whoever may read those."""
        value = record[name]
        field = record._fields[name]
        if field.type == "datetime":
            return self._cs_moment(record.env, value, tz)
        if field.type == "date":
            return format_date(record.env, value) if value else ""
        if field.type == "selection":
            return dict(field._description_selection(record.env)).get(value, "")
        if field.type == "many2one":
            # sudo: comodel - the name of what a readable record points to, as on the screen
            return value.sudo().display_name or ""
        if field.type == "many2many":
            return ", ".join(value.sudo().mapped("display_name"))
        if field.type == "float":
            return f"{round(value, 2):g}" if value else ""
        if field.type == "monetary":
            return format_amount(record.env, value, record[field.get_currency_field(record)]) if value else ""
        if field.type == "boolean":
            return record.env._("Yes") if value else ""
        if field.type == "html":
            return "" if is_html_empty(value) else value
        if field.type == "text":
            return self._cs_lines(value)
        return value or ""

    @api.model
    def _cs_lines(self, text):
        """Return plain text as safe HTML that keeps its line breaks."""
        return Markup("<br/>").join((text or "").splitlines())

    @api.model
    def _cs_moment(self, env, value, tz):
        """Return a naive UTC datetime as date and minute in the time zone named ``tz``."""
        if not value:
            return ""
        local = pytz.utc.localize(value).astimezone(pytz.timezone(tz))
        return f"{format_date(env, local.date())} {format_time(env, local.time(), time_format='short')}"

    @api.model
    def _cs_rows(self, record, names, tz, wide=()):
        """Return printed rows ``[[(label, value), …], …]``: two facts a row, each of ``wide`` on a row of its own.

        Empty facts are left out, so that a form has no empty boxes.
        """
        facts = [(self._cs_label(record, name), self._cs_value(record, name, tz)) for name in names]
        facts = [fact for fact in facts if fact[1]]
        rows = [facts[start : start + 2] for start in range(0, len(facts), 2)]
        for name in wide:
            value = self._cs_value(record, name, tz)
            if value:
                rows.append([(self._cs_label(record, name), value)])
        return rows

    @api.model
    def _cs_table(self, title, records, names, tz):
        """Return a printed table of child rows; a column that is empty in every row is left out."""
        columns = [[self._cs_value(record, name, tz) for record in records] for name in names]
        kept = [index for index, column in enumerate(columns) if any(column)]
        return {
            "title": title,
            "head": [self._cs_label(records, names[index]) for index in kept],
            "rows": [[columns[index][line] for index in kept] for line in range(len(records))],
        }
