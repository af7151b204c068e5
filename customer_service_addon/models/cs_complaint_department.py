from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)


class HrDepartment(models.Model):
    _inherit = "hr.department"

    cs_handler_id = fields.Many2one(
        "res.users", "Handles Complaints", domain=[("share", "=", False)], index="btree_not_null"
    )
    cs_stand_in_id = fields.Many2one("res.users", "Stand-in", domain=[("share", "=", False)], index="btree_not_null")

    def _cs_handler(self, without=None):
        """Return who answers complaints here (C-15): handler, stand-in, else the manager; never one of ``without``."""
        self.ensure_one()
        # sudo: hr.department - who is responsible is no secret, the private employee file is
        department_sudo = self.sudo()
        people = department_sudo.cs_handler_id | department_sudo.cs_stand_in_id | department_sudo.manager_id.user_id
        shut_out = without or people.browse()
        return next(
            (user.with_env(self.env) for user in people if user.active and not user.share and user not in shut_out),
            self.env["res.users"],
        )


class CsComplaintDepartment(models.Model):
    """A department that has to answer a complaint: it signs for it, and each one has deadlines of its own (C-03)."""

    _name = "cs.complaint.department"
    _description = "Department of a Complaint"
    _inherit = ["cs.guard.mixin", "cs.sla.mixin"]
    _order = "is_leading desc, id"
    _rec_name = "department_id"

    _sla_milestones = (("signed", _lt("Signed by Department"), "signed_at"),)
    _sla_start_field = "told_at"
    _sla_finished_field = "signed_at"
    _sla_copied_fields = {"company_id": "company_id", "user_id": "user_id", "department_id": "department_id"}

    complaint_id = fields.Many2one("cs.complaint", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, precompute=True)
    department_id = fields.Many2one("hr.department", required=True, index=True, ondelete="restrict")
    is_leading = fields.Boolean("Leads")
    user_id = fields.Many2one(
        "res.users",
        "Answers",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        domain=[("share", "=", False)],
    )
    told_at = fields.Datetime("Told", readonly=True, copy=False)
    signed_at = fields.Datetime("Signed", readonly=True, copy=False)
    signed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    can_sign = fields.Boolean(compute="_compute_can_sign")

    _cs_server_fields = frozenset({"told_at", "signed_at", "signed_by_id"})

    _department_uniq = models.Constraint(
        "UNIQUE(complaint_id, department_id)", "This department is named for the complaint already."
    )

    @api.depends("department_id", "complaint_id.shut_out_user_ids")
    def _compute_user_id(self):
        for line in self:
            # sudo: cs.complaint - whoever is shut out is not chosen, whoever may know who that is
            shut_out_sudo = line.complaint_id.sudo().shut_out_user_ids
            if line.department_id and (not line.user_id or line.user_id in shut_out_sudo):
                line.user_id = line.department_id._cs_handler(without=shut_out_sudo)

    @api.depends("told_at", "signed_at", "user_id", "department_id")
    @api.depends_context("uid")
    def _compute_can_sign(self):
        for line in self:
            line.can_sign = bool(line.told_at) and not line.signed_at and line._may_sign()

    @api.constrains("user_id")
    def _check_user(self):
        for line in self:
            # sudo: cs.complaint - who is shut out is compared only
            if line.user_id and line.user_id in line.complaint_id.sudo().shut_out_user_ids:
                raise ValidationError(
                    self.env._(
                        "%(complaint)s is about %(person)s, who cannot answer it. Choose somebody else (C-07).",
                        complaint=line.complaint_id.name,
                        person=line.user_id.name,
                    )
                )

    def _may_sign(self):
        self.ensure_one()
        # sudo: hr.department - only compared with the user himself
        department_sudo = self.department_id.sudo()
        return self.env.user in (self.user_id | department_sudo.manager_id.user_id | department_sudo.cs_stand_in_id)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._ensure_open()
        lines.filtered(lambda line: line.complaint_id.triaged_at)._tell()
        return lines

    def write(self, vals):
        if not self._cs_is_server() and {"complaint_id", "department_id"}.intersection(vals):
            self._ensure_unsigned()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unsigned(self):
        self._ensure_unsigned()
        if self.filtered("told_at"):
            raise UserError(self.env._("A department that was told stays in the file. Name another one beside it."))

    def _ensure_open(self):
        for line in self:
            if line.complaint_id.state in ("closed", "cancelled"):
                raise UserError(self.env._("%(file)s is finished.", file=line.complaint_id.name))

    def _ensure_unsigned(self):
        for line in self:
            if line.signed_at:
                raise UserError(
                    self.env._("%(department)s has signed and stays in the file.", department=line.department_id.name)
                )

    def action_sign(self):
        """Sign for the complaint (签收). Raises AccessError for anybody but handler, stand-in and manager."""
        self.check_access("read")
        for line in self:
            if not line.told_at or line.signed_at:
                raise UserError(self.env._("There is nothing to sign for %(name)s.", name=line.department_id.name))
            if not line._may_sign():
                raise AccessError(
                    self.env._(
                        "%(person)s or the manager of %(department)s signs for the complaint.",
                        person=line.user_id.name or self.env._("The handler"),
                        department=line.department_id.name,
                    )
                )
        # sudo: cs.complaint.department, cs.complaint - who signs was checked
        lines_sudo = self.sudo()._cs_as_server()
        lines_sudo.write({"signed_at": fields.Datetime.now(), "signed_by_id": self.env.uid})
        complaints_sudo = lines_sudo.complaint_id.filtered(
            lambda complaint: not complaint.signed_at and all(complaint.department_line_ids.mapped("signed_at"))
        )
        complaints_sudo._do("signed")
        lines_sudo.filtered(lambda line: "verified" not in line.complaint_id._needed_steps())._drop_todos()

    def _drop_todos(self):
        """What the departments were asked for is done."""
        # sudo: mail.activity - the question is over, whoever was asked
        for complaint_sudo, lines_sudo in self.sudo().grouped("complaint_id").items():
            complaint_sudo.activity_ids.filtered(
                lambda activity, lines=lines_sudo: (
                    activity.automated
                    and activity.user_id in lines.user_id
                    and activity.activity_type_id
                    == self.env.ref("customer_service_addon.mail_activity_type_cs_complaint")
                )
            ).unlink()

    def _tell(self):
        """Give the handlers their to-do and start their clocks; every check is the caller's."""
        untold = self.filtered(lambda line: not line.told_at)
        untold._cs_as_server().write({"told_at": fields.Datetime.now()})
        self.env["cs.complaint"]._tell(
            {
                complaint: lines.user_id
                for complaint, lines in untold.filtered("user_id").grouped("complaint_id").items()
            },
            lambda complaint: complaint.env._("Sign for the complaint and verify what happened."),
        )
