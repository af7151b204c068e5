from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext

# What a finished step has settled stays as it is.
FROZEN_AFTER = {
    "triaged": {
        *("report_number", "report_date", "sample_ref", "test_item", "tester_ids", "reasons", "grounds"),
        *("late_reason", "report_file", "report_file_name"),
    },
    "opined": {
        *("records_reviewed", "instruments_reviewed", "process_reviewed", "participant_ids"),
        *("opinion", "needs_retest"),
    },
    "ruled": {"ruling_note"},
    "replied": {"replacement_number", "change_mark"},
}


class CsAppeal(models.Model):
    """An appeal against a test report (C-05): what is contested, what the review showed, what became of the report.

    It belongs to one complaint, whose steps it fills: the opinion is approved by the quality manager, the sample is
    tested again where needed (``cs.appeal.retest``), the report is confirmed or withdrawn.
    """

    _name = "cs.appeal"
    _description = "Appeal Against a Report"
    _inherit = ["cs.guard.mixin", "cs.approval.document", "hr.mixin"]
    _rec_name = "complaint_id"
    _order = "id desc"

    complaint_id = fields.Many2one("cs.complaint", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, precompute=True)

    # The appeal form
    report_number = fields.Char("Contested Report")
    report_date = fields.Date("Date of the Report")
    report_file = fields.Binary("Contested Report (PDF)", attachment=True)
    report_file_name = fields.Char("File Name")
    sample_ref = fields.Char("Sample")
    test_item = fields.Char("Tested For", help="The parameter or item whose result is contested.")
    tester_ids = fields.Many2many("hr.employee", string="Tested By", help="They do not test again.")
    reasons = fields.Text("Reasons of the Appeal")
    grounds = fields.Text(help="Papers, own measurements, other reports the appeal rests on.")
    is_late = fields.Boolean("Too Late", compute="_compute_is_late")
    late_reason = fields.Char("Accepted All the Same Because")

    # The review of the technical office
    records_reviewed = fields.Text("Raw Records")
    instruments_reviewed = fields.Text("Instruments")
    process_reviewed = fields.Text("Course of the Test")
    participant_ids = fields.Many2many(
        "hr.employee", "cs_appeal_participant_rel", "appeal_id", "employee_id", "Reviewed With"
    )
    opinion = fields.Html("First Opinion", sanitize=True)
    opinion_by_id = fields.Many2one("res.users", readonly=True)
    needs_retest = fields.Selection([("no", "Not Needed"), ("yes", "Test Again")], "Re-test")
    retest_ids = fields.One2many("cs.appeal.retest", "appeal_id", "Re-tests")

    # What became of the report
    ruling = fields.Selection([("confirmed", "Confirmed"), ("withdrawn", "Withdrawn")], readonly=True)
    ruling_note = fields.Html("Reason of the Outcome", sanitize=True)
    ruled_by_id = fields.Many2one("res.users", "Decided By", readonly=True)
    signatory_id = fields.Many2one("res.users", "Authorised Signatory", readonly=True)
    voided_at = fields.Datetime("Void Since", readonly=True)
    void_file = fields.Binary("Report Stamped Void", attachment=True, readonly=True)
    void_file_name = fields.Char(readonly=True)
    replacement_number = fields.Char("Replaced By", help="Number of the report that takes its place.")
    change_mark = fields.Char(help="The mark of change the new report bears.")

    # The customer's opinion on the outcome
    asked_at = fields.Datetime("Customer Asked", readonly=True)
    customer_opinion = fields.Selection(
        [("content", "Accepts the Outcome"), ("not", "Does Not Accept It")], "Customer's Opinion", readonly=True
    )
    customer_opinion_text = fields.Text("In His Words", readonly=True)
    customer_opinion_at = fields.Datetime("Said On", readonly=True)

    # Where the file stands, for the form
    next_step = fields.Selection(related="complaint_id.next_step", string="Next Step of the Complaint")
    triaged_at = fields.Datetime(related="complaint_id.triaged_at")
    opined_at = fields.Datetime(related="complaint_id.opined_at")
    ruled_at = fields.Datetime(related="complaint_id.ruled_at")
    replied_at = fields.Datetime(related="complaint_id.replied_at")
    waits_for = fields.Selection(
        [("opinion", "Quality Manager"), ("withdrawal", "Authorised Signatory of the Withdrawal")],
        compute="_compute_can",
    )
    can_ask_approval = fields.Boolean(compute="_compute_can")
    can_rule = fields.Boolean(compute="_compute_can")

    _cs_server_fields = frozenset(
        {
            *("complaint_id", "opinion_by_id", "ruling", "ruled_by_id", "signatory_id", "voided_at", "void_file"),
            *("void_file_name", "asked_at", "customer_opinion", "customer_opinion_text", "customer_opinion_at"),
            "approval_ids",
        }
    )

    _complaint_uniq = models.Constraint("UNIQUE(complaint_id)", "A complaint has one appeal only.")

    @api.depends("report_date", "complaint_id.received_at", "complaint_id.level_id")
    def _compute_is_late(self):
        """Too late is what comes after the days of the level, counted from the date of the report."""
        for appeal in self:
            # sudo: cs.level - levels are public within the company
            days = appeal.complaint_id.level_id.sudo().appeal_days
            received = fields.Datetime.context_timestamp(appeal, appeal.complaint_id.received_at).date()
            appeal.is_late = bool(days and appeal.report_date and received > appeal.report_date + timedelta(days=days))

    @api.depends("complaint_id.state", "ruling", "approval_ids.state")
    @api.depends_context("uid")
    def _compute_can(self):
        for appeal in self:
            complaint = appeal.complaint_id
            asked = [kind for kind in ("opinion", "withdrawal") if appeal._is_asked(kind)]
            appeal.waits_for = asked[0] if asked else False
            appeal.can_ask_approval = complaint._can_do("opined") and not asked
            appeal.can_rule = complaint._can_do("ruled") and not asked

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Appeals come with their complaint; clients create none."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Register a case of a type for appeals; the form comes with its file."))
        return super().create(vals_list)

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_may_write(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An appeal belongs to its file and is kept (C-12)."))

    def _ensure_may_write(self, vals):
        self.check_access("write")
        for appeal in self:
            complaint = appeal.complaint_id
            if complaint.state in ("closed", "cancelled"):
                raise UserError(
                    self.env._("%(complaint)s is finished. Reopen it before you change it.", complaint=complaint.name)
                )
            for code, names in FROZEN_AFTER.items():
                if complaint._is_done(code) and names.intersection(vals):
                    raise UserError(
                        self.env._(
                            "%(complaint)s: this was settled with the step “%(step)s”. Take the step back first.",
                            complaint=complaint.name,
                            step=complaint._step_label(code),
                        )
                    )
            self._ensure_not_asked(vals)

    def _ensure_not_asked(self, vals):
        """What lies with its approver is not changed under his hands; a change takes the question back."""
        for kind, code in (("opinion", "opined"), ("withdrawal", "ruled")):
            if FROZEN_AFTER[code].intersection(vals):
                self._approvals(kind)._take_back()

    # ------------------------------------------------------------------
    # Opinion
    # ------------------------------------------------------------------

    def action_ask_approval(self):
        """Have the quality manager approve the first opinion (C-05). Raises UserError while something is missing."""
        for appeal in self:
            complaint = appeal.complaint_id
            complaint._ensure_can_do("opined")
            appeal._ensure_filled("records_reviewed", "instruments_reviewed", "process_reviewed", "opinion")
            appeal._ensure_filled("needs_retest")
        self._cs_as_server().write({"opinion_by_id": self.env.uid})
        self._request_approval("opinion")

    def _is_asked(self, kind):
        return bool(self._approvals(kind).filtered(lambda approval: approval.state == "draft"))

    def _ensure_filled(self, *names):
        """Raise UserError naming the fields of ``names`` that say nothing yet."""
        self.ensure_one()
        empty = [name for name in names if not html2plaintext(str(self[name] or "")).strip()]
        if empty:
            raise UserError(
                self.env._(
                    "%(complaint)s: fill in %(fields)s first.",
                    complaint=self.complaint_id.name,
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in empty),
                )
            )

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------

    def _approval_values(self, kind):
        self.ensure_one()
        complaint = self.complaint_id
        names = {
            "opinion": self.env._("%(complaint)s first opinion", complaint=complaint.name),
            "withdrawal": self.env._(
                "%(complaint)s withdrawal of %(report)s", complaint=complaint.name, report=self.report_number or ""
            ),
        }
        authors = self.opinion_by_id | (self.ruled_by_id if kind == "withdrawal" else self.env["res.users"])
        return complaint._approval_frame(names[kind], authors)

    def _approval_names(self, kind):
        """Return the fields an approval of ``kind`` is about, in the order they are read."""
        if kind == "opinion":
            reviewed = ("records_reviewed", "instruments_reviewed", "process_reviewed")
            return ("report_number", "sample_ref", "reasons", "grounds", *reviewed, "opinion", "needs_retest")
        return ("report_number", "sample_ref", "opinion", "ruling_note")

    def _approval_content(self, kind):
        self.ensure_one()
        content = {name: self[name] or "" for name in self._approval_names(kind)}
        if kind == "withdrawal":
            content["results"] = [[row.code, row.result or ""] for row in self.retest_ids.sorted("id")]
        return content

    def _approval_text(self, kind):
        self.ensure_one()
        forms = self.env["cs.print.mixin"]
        rows = [
            (forms._cs_label(self, name), forms._cs_value(self, name, "UTC"))
            for name in self._approval_names(kind)
            if self[name]
        ]
        if kind == "withdrawal":
            rows += [(f"{row.code} · {row.employee_id.sudo().name}", row.result or "") for row in self.retest_ids]
        return Markup().join(Markup("<p><b>%s</b><br/>%s</p>") % row for row in rows)

    def _approval_decided(self, approval):
        """The quality manager or the authorised signatory has decided; called in sudo."""
        if approval.kind == "withdrawal":
            self._withdrawal_decided(approval)
        elif approval.state == "approved":
            self.complaint_id._cs_as_server().write({"needs_retest": self.needs_retest == "yes"})
            self.complaint_id._do("opined")
        else:
            self.complaint_id._tell(
                {self.complaint_id: self.opinion_by_id},
                lambda complaint: complaint.env._(
                    "The first opinion is not approved: %(reason)s", reason=approval.reason or ""
                ),
            )


class CsComplaint(models.Model):
    """The complaint an appeal belongs to."""

    _inherit = "cs.complaint"

    appeal_ids = fields.One2many("cs.appeal", "complaint_id", copy=False)
    needs_retest = fields.Boolean("Sample Is Tested Again", readonly=True, copy=False)
    opined_at = fields.Datetime("First Opinion Approved", readonly=True, copy=False)
    retested_at = fields.Datetime("Tested Again", readonly=True, copy=False)
    ruled_at = fields.Datetime("Report Confirmed or Withdrawn", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        complaints = super().create(vals_list)
        complaints._add_appeals()
        return complaints

    def write(self, vals):
        result = super().write(vals)
        if vals.get("level_id"):
            self._add_appeals()
        return result

    def action_triage(self):
        """An appeal is accepted with its form filled in, and in time or for a reason that is written down (C-05)."""
        # sudo: cs.appeal - the form of a file the user triages
        for appeal_sudo in self.sudo().appeal_ids:
            complaint_sudo = appeal_sudo.complaint_id
            if not complaint_sudo.level_id.needs_appeal or not complaint_sudo._runs_chain():
                continue
            appeal_sudo._ensure_filled("report_number", "report_date", "reasons")
            if appeal_sudo.is_late:
                appeal_sudo._ensure_filled("late_reason")
        return super().action_triage()

    def action_view_appeal(self):
        """Open the appeal form of the complaint."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cs.appeal",
            "res_id": self.appeal_ids[:1].id,
            "view_mode": "form",
        }

    def _add_appeals(self):
        """Give each complaint whose level is for appeals its form, filled in from the case."""
        # sudo: cs.level, cs.case, cs.appeal - the form comes with the file
        wanted_sudo = self.sudo().filtered(
            lambda complaint: complaint.level_id.needs_appeal and not complaint.appeal_ids
        )
        self.env["cs.appeal"].sudo()._cs_as_server().create(
            [
                {
                    "complaint_id": complaint.id,
                    "report_number": complaint.case_id.order_ref,
                    "sample_ref": complaint.case_id.object_ref,
                    "reasons": html2plaintext(complaint.case_id.description or "").strip(),
                }
                for complaint in wanted_sudo
            ]
        )

    def _level_flags(self):
        flags = super()._level_flags()
        return flags | {"needs_retest"} if self.needs_retest else flags
