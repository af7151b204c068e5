import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

TODO = "customer_service_addon.mail_activity_type_cs_retest"
# Letters and digits nobody mistakes for another, in print or by hand.
_SIGNS = "ABCDEFGHJKLMNPQRTUVWXY346789"
_CODE_LENGTH = 6
INSIDE = "customer_service_addon.group_cs_agent,customer_service_addon.group_cs_department_head"


class CsAppealRetest(models.Model):
    """One sample tested again under a blind code by somebody who does not know whose it is (C-05).

    The tester sees code, sample and task, nothing of the appeal and nothing of what the other one found.
    """

    _name = "cs.appeal.retest"
    _description = "Blind Re-test"
    _inherit = ["cs.guard.mixin", "cs.internal.thread", "cs.alarm.mixin"]
    _rec_name = "code"
    _order = "id"

    code = fields.Char("Blind Code", required=True, readonly=True, copy=False, default="/")
    appeal_id = fields.Many2one("cs.appeal", required=True, index=True, ondelete="restrict", groups=INSIDE)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    employee_id = fields.Many2one("hr.employee", "Tested Again By", required=True, index=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", compute="_compute_user_id", store=True, index="btree_not_null")
    sample = fields.Selection(
        [("original", "Original Sample"), ("new", "Sampled Again")], required=True, default="original", groups=INSIDE
    )
    resample_reason = fields.Char(
        "Why Sampled Again", groups=INSIDE, help="Sampling or transport of the first sample was at fault."
    )
    task = fields.Text("What to Test", required=True, help="Method and item, without the customer or the old result.")
    result = fields.Text(copy=False)
    state = fields.Selection([("open", "Open"), ("done", "Done")], required=True, readonly=True, default="open")
    done_at = fields.Datetime("Tested On", readonly=True, copy=False)
    done_by_id = fields.Many2one("res.users", "Entered By", readonly=True, copy=False)
    can_do = fields.Boolean(compute="_compute_can_do")

    _cs_server_fields = frozenset({"code", "company_id", "state", "done_at", "done_by_id"})

    _code_uniq = models.Constraint("UNIQUE(company_id, code)", "This code was drawn already. Save once more.")

    @api.depends("employee_id")
    def _compute_user_id(self):
        for row in self:
            # sudo: hr.employee - the user of the employee, whatever file the reader may open
            row.user_id = row.employee_id.sudo().user_id

    @api.depends("state", "user_id")
    @api.depends_context("uid")
    def _compute_can_do(self):
        for row in self:
            row.can_do = row.state == "open" and row._may_do()

    @api.constrains("sample", "resample_reason")
    def _check_resample(self):
        for row in self:
            if row.sample == "new" and not (row.resample_reason or "").strip():
                raise ValidationError(
                    self.env._("%(code)s: say why the first sample cannot be used (C-05).", code=row.code)
                )

    @api.constrains("employee_id", "appeal_id")
    def _check_tester(self):
        """Who tested, is complained about, wrote the opinion or follows the file does not test blindly."""
        # sudo: cs.appeal - people are compared, whatever of them the user may read
        for row in self.sudo():
            appeal = row.appeal_id
            complaint = appeal.complaint_id
            known = appeal.tester_ids | appeal.participant_ids | complaint.person_ids.employee_id
            users = appeal.opinion_by_id | complaint.user_id | complaint.department_line_ids.user_id
            if row.employee_id in known or (row.user_id and row.user_id in users):
                raise ValidationError(
                    self.env._(
                        "%(employee)s knows the sample or the file and cannot test it blindly. Choose somebody else "
                        "(C-05).",
                        employee=row.employee_id.name,
                    )
                )
            if row.employee_id in (appeal.retest_ids - row).employee_id:
                raise ValidationError(
                    self.env._(
                        "%(employee)s tests already. The second test is somebody else's (C-05).",
                        employee=row.employee_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Draw a code for each and tell the testers. Raises UserError before the opinion asks for a re-test."""
        if not self._cs_is_server():
            for vals in vals_list:
                self._cs_refuse_server_fields(vals)
        plain = self._cs_without_forged_defaults()
        usual = plain.default_get(["appeal_id"])
        vals_list = [usual | vals for vals in vals_list]
        appeals = self.env["cs.appeal"].browse(vals["appeal_id"] for vals in vals_list if vals.get("appeal_id"))
        for complaint in appeals.complaint_id:
            complaint._ensure_can_do("retested")
        companies = {appeal.id: appeal.company_id.id for appeal in appeals}
        rows = super(CsAppealRetest, plain._cs_as_server()).create(
            [
                {**vals, "code": self._draw_code(), "company_id": companies.get(vals.get("appeal_id"))}
                for vals in vals_list
            ]
        )
        rows = rows.with_env(self.env)
        rows._alarm(
            TODO,
            {row: row.user_id for row in rows},
            lambda row: row.env._("Sample %(code)s is to be tested.", code=row.code),
        )
        return rows

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_may_change(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_open(self):
        self._ensure_may_change({"task": True})

    @api.model
    def _draw_code(self):
        """Return a code that says nothing about sample, customer or order."""
        return "".join(secrets.choice(_SIGNS) for _sign in range(_CODE_LENGTH))

    def _ensure_may_change(self, vals):
        self.check_access("write")
        for row in self:
            if row.state != "open":
                raise UserError(self.env._("%(code)s is tested; the result stays as it is.", code=row.code))
            if "result" in vals and not row._may_do():
                raise AccessError(self.env._("The result of %(code)s is entered by its tester.", code=row.code))
            beyond = set(vals) - {"result", "message_follower_ids", "activity_ids", "message_ids"}
            if beyond and not row._is_inside():
                raise AccessError(self.env._("You enter the result; the rest of %(code)s is given.", code=row.code))

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    @api.model
    def _is_inside(self):
        return self.env.su or any(self.env.user.has_group(group) for group in INSIDE.split(","))

    def _may_do(self):
        """The tester himself; for one without a login whoever runs the appeal."""
        self.ensure_one()
        return self.env.user == self.user_id if self.user_id else self._is_inside()

    def action_done(self):
        """Hand the result in. With the last one the sample is tested again.

        Raises AccessError for anybody but the tester, UserError without a result.
        """
        self.check_access("write")
        for row in self:
            if row.state != "open":
                raise UserError(self.env._("%(code)s is tested; the result stays as it is.", code=row.code))
            if not row._may_do():
                raise AccessError(self.env._("The result of %(code)s is entered by its tester.", code=row.code))
            if not (row.result or "").strip():
                raise UserError(self.env._("%(code)s: write the result first.", code=row.code))
        # sudo: cs.appeal.retest, cs.complaint - who tested was checked; he has no right to the file
        rows_sudo = self.sudo()._cs_as_server()
        rows_sudo.write({"state": "done", "done_at": fields.Datetime.now(), "done_by_id": self.env.uid})
        rows_sudo.activity_ids.unlink()
        for appeal_sudo in rows_sudo.appeal_id:
            if appeal_sudo._is_tested_again() and appeal_sudo.complaint_id._can_do("retested"):
                appeal_sudo.complaint_id._do("retested")


class CsAppeal(models.Model):
    _inherit = "cs.appeal"

    can_retest = fields.Boolean(compute="_compute_can_retest")

    @api.depends("complaint_id.state", "complaint_id.needs_retest")
    @api.depends_context("uid")
    def _compute_can_retest(self):
        for appeal in self:
            appeal.can_retest = appeal.complaint_id._can_do("retested")

    def _is_tested_again(self):
        """Whether as many different people as the level asks for have tested, and none is still at it."""
        self.ensure_one()
        done = self.retest_ids.filtered(lambda row: row.state == "done")
        return done == self.retest_ids and len(done.employee_id) >= self.complaint_id.level_id.retest_people
