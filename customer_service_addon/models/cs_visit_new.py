from collections import defaultdict

from odoo import api, fields, models

# The rank of customers who belong to no class.
UNRANKED = 1000


class CsReturnVisit(models.Model):
    """What new visits get from their case, customer and purpose."""

    _inherit = "cs.return.visit"

    def _complete_new(self, vals_list):
        """Fill in what new visits get from their case, customer and purpose: number, class, method, first try."""
        now = fields.Datetime.now()
        default_company = self.env.company.id
        for vals in vals_list:
            vals.setdefault("company_id", default_company)
            vals["due_from"] = fields.Datetime.to_datetime(vals.get("due_from")) or now
            vals.setdefault("next_at", vals["due_from"])
            vals.setdefault("received_at", max(now, vals["due_from"]))
        self._complete_numbers(vals_list)
        # sudo: res.partner, cs.visit.purpose - the class and the usual way of asking, whoever plans the visit
        partners_sudo = self.env["res.partner"].sudo()
        purposes_sudo = self.env["cs.visit.purpose"].sudo()
        partners_sudo.browse({vals["partner_id"] for vals in vals_list if vals.get("partner_id")}).fetch(
            ["commercial_partner_id", "cs_class_id"]
        )
        for vals in vals_list:
            entity_sudo = partners_sudo.browse(vals.get("partner_id")).commercial_partner_id
            vals["class_id"] = entity_sudo.cs_class_id.id
            # Customers of no class come after those of the last one.
            vals["class_rank"] = entity_sudo.cs_class_id.sequence if entity_sudo.cs_class_id else UNRANKED
            vals.setdefault("method", purposes_sudo.browse(vals.get("purpose_id")).method or "phone")

    @api.model
    def _source_values(self, source):
        """Return what a visit takes over from what was done: the files, who served, the department, the team.

        ``source`` is one cs.rework, cs.complaint or cs.case. Read as superuser: who served is compared only.
        """
        # sudo: cs.rework, cs.complaint, cs.case - see above
        source_sudo = source.sudo()
        case_sudo = source_sudo if source._name == "cs.case" else source_sudo.case_id
        complaint_sudo = source_sudo if source._name == "cs.complaint" else case_sudo.complaint_ids[:1]
        served_sudo = source_sudo.user_id
        if source._name == "cs.rework":
            complaint_sudo = source_sudo.complaint_id
            served_sudo = source_sudo.technician_user_ids or source_sudo.user_id
        return {
            "case_id": case_sudo.id,
            "complaint_id": complaint_sudo.id,
            "rework_id": source_sudo.id if source._name == "cs.rework" else False,
            "department_id": (complaint_sudo.department_id or case_sudo.department_id).id,
            "team_id": case_sudo.team_id.id,
            "served_user_ids": [fields.Command.set(served_sudo.ids)],
        }

    def _complete_numbers(self, vals_list):
        """Number of the case with -V1, -V2 …; what stands alone draws one of its own (review 12)."""
        cases = self.env["cs.case"].sudo().browse({vals["case_id"] for vals in vals_list if vals.get("case_id")})
        # sudo: cs.return.visit - also visits the user may not see have taken a number
        counts = dict(self.sudo()._read_group([("case_id", "in", cases.ids)], ["case_id"], ["__count"]))
        alone = defaultdict(list)
        for vals in vals_list:
            if vals.get("case_id"):
                case = cases.browse(vals["case_id"])
                counts[case] = counts.get(case, 0) + 1
                vals["name"] = case._file_number("V", counts[case])
            else:
                alone[vals["company_id"]].append(vals)
        for company in self.env["res.company"].browse(alone):
            numbers = company._cs_visit_numbers(len(alone[company.id]))
            for vals, number in zip(alone[company.id], numbers, strict=True):
                vals["name"] = number
