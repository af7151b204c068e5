import re
from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from .cs_case_stage import OPEN_MEANINGS

# The counter of a sequence is a 4-byte integer: no sequence ever draws a higher number.
HIGHEST = 2**31 - 2


class CsCaseImportLog(models.Model):
    """Who imported which cases, from which file and when. Written by the import only and never changed."""

    _name = "cs.case.import.log"
    _description = "Import of Cases"
    _order = "id desc"
    _rec_name = "filename"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", "Imported By", required=True, readonly=True, index=True)
    imported_at = fields.Datetime(required=True, readonly=True)
    filename = fields.Char("File", required=True, readonly=True)
    row_count = fields.Integer("Cases", readonly=True)
    number_from = fields.Char("First Number", readonly=True)
    number_to = fields.Char("Last Number", readonly=True)

    def action_view_cases(self):
        """Open the imported cases that the user may see."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_case_action")
        return action | {"domain": [("import_id", "=", self.id)], "context": {}}


class CsCase(models.Model):
    """Cases that were registered elsewhere come with number, dates and stage; nobody is told of them."""

    _inherit = "cs.case"

    import_id = fields.Many2one(
        "cs.case.import.log", "Imported With", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )

    def _complete_owner(self, vals_list):
        """Imported cases keep their owner; only the open ones without get one, by the rule of their team."""
        imported = [vals for vals in vals_list if vals.get("import_id")]
        result = super()._complete_owner([vals for vals in vals_list if not vals.get("import_id")])
        stages = self.env["cs.case.stage"].browse({vals["stage_id"] for vals in imported})
        open_stages = set(stages.filtered(lambda stage: stage.meaning in OPEN_MEANINGS).ids)
        demands = defaultdict(list)
        for vals in imported:
            if vals.get("user_id"):
                vals["assign_reason"] = self.env._("Owner when imported")
            elif vals["stage_id"] in open_stages:
                demands[vals["team_id"]].append(vals)
        self._assign_by_team(demands)
        for vals in imported:
            vals["first_contact_id"] = vals.get("user_id")
            vals["accepted_at"] = vals.get("user_id") and vals["registered_at"]
        return result

    def _promise_first_answer(self):
        return super(CsCase, self - self._just_imported())._promise_first_answer()

    def _queue_acknowledgement(self):
        return super(CsCase, self - self._just_imported())._queue_acknowledgement()

    def _intake_followers(self):
        """Whoever imports cases does not follow them all."""
        followers = super()._intake_followers()
        for case in self._just_imported():
            if case.user_id != self.env.user:
                followers[case] -= self.env.user.partner_id
        return followers

    def _just_imported(self):
        """The cases that are being imported: a reopened one gets its promise like any other."""
        return self.filtered(lambda case: case.import_id and not case.reopened_at)


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_import_rows = fields.Integer("Rows of One Import", default=5000, help="A longer file is imported in parts.")

    def _cs_reserve_numbers(self, numbers):
        """Have the case sequence go on behind ``numbers`` (list of str), so that none is drawn again (I-02).

        Only numbers that look like the sequence's own count. Other registrations wait until the end of the
        transaction, so that none draws a reserved number meanwhile.
        """
        self.ensure_one()
        sequence_sudo = self._cs_sequence()
        prefix, suffix = sequence_sudo._get_prefix_suffix()
        pattern = re.compile(re.escape(prefix) + r"([0-9]+)" + re.escape(suffix))
        drawn = [int(match[1]) for match in map(pattern.fullmatch, numbers) if match]
        highest = max((number for number in drawn if number <= HIGHEST), default=0)
        if highest:
            sequence_sudo._cs_skip_to(highest)


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    def _cs_skip_to(self, number):
        """Draw nothing up to ``number`` any more; never goes back."""
        self.ensure_one()
        if self.implementation == "standard":
            # An ALTER locks the sequence: nobody draws between the comparison and the change.
            self.env.cr.execute(SQL("ALTER SEQUENCE %s CACHE 1", SQL.identifier(f"ir_sequence_{self.id:03d}")))
        else:
            self.lock_for_update()
        self.invalidate_recordset(["number_next", "number_next_actual"])
        if self.number_next_actual <= number:
            self.number_next_actual = number + 1
