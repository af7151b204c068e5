import re
from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CsCase(models.Model):
    _inherit = "cs.case"

    def _complete_number(self, vals_list):
        """Give every row of ``vals_list`` its number (I-02).

        Numbers come in blocks, one query per company and batch, from a PostgreSQL sequence: concurrent
        writers never wait for or meet each other. A rolled-back registration leaves a gap, which is
        allowed; a number is never used twice.
        """
        wanted = defaultdict(list)
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                wanted[vals["company_id"]].append(vals)
        for company in self.env["res.company"].browse(wanted):
            for vals, number in zip(wanted[company.id], company._cs_next_numbers(len(wanted[company.id])), strict=True):
                vals["name"] = number

    def _file_number(self, letter, index):
        """Number of a file under the case, e.g. ``CS-000123-F2`` for the second forward (I-02)."""
        self.ensure_one()
        return f"{self.name}-{letter}{index}"


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model
    def _cs_sequence_values(self, company):
        return {
            "name": self.env._("Customer service cases of %(company)s", company=company.name),
            "code": "cs.case",
            "prefix": "CS-",
            "padding": 6,
            "implementation": "standard",
            "company_id": company.id,
        }

    def _cs_sequence(self):
        """Return (sudo) the case sequence of the company, created on first use."""
        self.ensure_one()
        # sudo: ir.sequence - registering a case draws a number, whoever registers it
        sequence_sudo = self.env["ir.sequence"].sudo()
        found = sequence_sudo.search([("code", "=", "cs.case"), ("company_id", "=", self.id)], limit=1)
        if found:
            return found
        # Two who draw the very first number collide here; the second begins anew and finds the sequence.
        self.env.execute_query(
            SQL("UPDATE res_company SET write_date = write_date WHERE id = %s RETURNING id", self.id)
        )
        return sequence_sudo.create(self._cs_sequence_values(self.sudo()))

    def _cs_number_pattern(self):
        """Return the compiled pattern of this company's case numbers as they are given now."""
        sequence_sudo = self._cs_sequence()
        prefix, suffix = sequence_sudo._get_prefix_suffix()
        return re.compile(rf"{re.escape(prefix)}\d{{{sequence_sudo.padding},}}{re.escape(suffix)}", re.IGNORECASE)

    def _cs_next_numbers(self, count):
        """Draw ``count`` formatted case numbers (list of str) in one query."""
        sequence_sudo = self._cs_sequence()
        if sequence_sudo.use_date_range:
            raise UserError(
                self.env._(
                    "The case sequence of %(company)s uses date ranges, which would give a number twice. "
                    "Switch them off and put the year into the prefix.",
                    company=self.name,
                )
            )
        prefix, suffix = sequence_sudo._get_prefix_suffix()
        numbers = sequence_sudo._cs_draw(count)
        return [f"{prefix}{number:0{sequence_sudo.padding}d}{suffix}" for number in numbers]


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    def _cs_draw(self, count):
        """Return ``count`` raw numbers of this sequence; one query for either implementation."""
        self.ensure_one()
        if self.implementation == "standard":
            rows = self.env.execute_query(
                SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"ir_sequence_{self.id:03d}", count)
            )
            return [number for (number,) in rows]
        step = self.number_increment
        self.flush_recordset(["number_next"])
        [(following,)] = self.env.execute_query(
            SQL(
                "UPDATE ir_sequence SET number_next = number_next + %s WHERE id = %s RETURNING number_next",
                count * step,
                self.id,
            )
        )
        self.invalidate_recordset(["number_next"])
        return list(range(following - count * step, following, step))
