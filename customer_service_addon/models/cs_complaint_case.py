from odoo import api, fields, models
from odoo.exceptions import UserError


class CsCaseType(models.Model):
    _inherit = "cs.case.type"

    opens_complaint = fields.Boolean("Opens a Complaint", help="A case of this type gets its complaint file at once.")
    level_id = fields.Many2one(
        "cs.level", "Level to Start With", check_company=True, index="btree_not_null", ondelete="restrict"
    )


class CsCase(models.Model):
    """The case and the complaints under it."""

    _inherit = "cs.case"

    complaint_ids = fields.One2many("cs.complaint", "case_id", "Complaints")
    complaint_count = fields.Integer(compute="_compute_complaint_count")
    can_complain = fields.Boolean(compute="_compute_can_complain")

    @api.depends("complaint_ids")
    def _compute_complaint_count(self):
        counts = dict(self.env["cs.complaint"]._read_group([("case_id", "in", self.ids)], ["case_id"], ["__count"]))
        for case in self:
            case.complaint_count = counts.get(case, 0)

    @api.depends("meaning", "complaint_ids.state")
    def _compute_can_complain(self):
        # sudo: cs.complaint - a file he may not see is one, too
        busy = self.sudo().complaint_ids.filtered(lambda file: file.state not in ("closed", "cancelled")).case_id
        for case in self:
            case.can_complain = case.meaning not in ("cancelled", "closed") and case.sudo() not in busy

    def write(self, vals):
        result = super().write(vals)
        if vals.get("type_id"):
            self._open_asked_complaints()
        return result

    def _after_intake(self):
        result = super()._after_intake()
        self._open_asked_complaints()
        return result

    def action_open_complaint(self):
        """Open a complaint under each case and show it. Raises UserError where one is open already."""
        self.check_access("write")
        for case in self:
            if not case.can_complain:
                raise UserError(
                    self.env._(
                        "%(case)s has an open complaint already, or is finished. Go on in the file there is.",
                        case=case.name,
                    )
                )
        return self._open_complaints()._cs_form_action()

    def action_view_complaints(self):
        """Open the complaints of the case."""
        return self.complaint_ids._cs_form_action()

    def _open_asked_complaints(self):
        """Open the files of cases whose type asks for one; each case gets it once (C-02)."""
        asked = self.filtered(lambda case: case.type_id.opens_complaint and case.meaning not in ("cancelled", "closed"))
        # sudo: cs.complaint - also files the user may not see count
        (asked - asked.sudo().complaint_ids.case_id.with_env(self.env))._open_complaints()

    def _open_complaints(self):
        """Open a file under each case of ``self`` (checked by the caller) and return them."""
        if not self:
            return self.env["cs.complaint"]
        # sudo: cs.complaint - opening the file is part of what the caller may do with the case
        files_sudo = self.env["cs.complaint"].sudo()._cs_as_server()
        counts = dict(files_sudo._read_group([("case_id", "in", self.ids)], ["case_id"], ["__count"]))
        now = fields.Datetime.now()
        # Nothing of a new file is tracked, and its follower is subscribed with all others of the batch.
        opened_sudo = files_sudo.with_context(tracking_disable=True).create(
            [
                {
                    "name": case._file_number("C", counts.get(case, 0) + 1),
                    "case_id": case.id,
                    "team_id": case.team_id.id,
                    "user_id": case.user_id.id,
                    "level_id": case.type_id.level_id.id,
                    "received_at": now if counts.get(case) or case.registered_at < now else case.received_at,
                }
                for case in self
            ]
        )
        opened_sudo = opened_sudo.with_env(files_sudo.env)
        opened_sudo._cs_subscribe_new({file: file.user_id.partner_id for file in opened_sudo})
        return opened_sudo.with_env(self.env)

    def _open_work(self):
        work = super()._open_work()
        # sudo: cs.complaint - an open file keeps the case open, whoever may read it
        for case, files in (
            self.sudo()
            .complaint_ids.filtered_domain(self.env["cs.complaint"]._open_domain())
            .grouped("case_id")
            .items()
        ):
            work[case.with_env(self.env)] += files.mapped("name")
        return work


class CsComplaint(models.Model):
    _name = "cs.complaint"
    _inherit = ["cs.complaint", "cs.batch.followers"]

    def _cs_form_action(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_complaint_action")
        if len(self) == 1:
            return action | {"view_mode": "form", "views": [(False, "form")], "res_id": self.id}
        return action | {"domain": [("id", "in", self.ids)], "context": {}}
