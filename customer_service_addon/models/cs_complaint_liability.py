from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

PARTIES = [
    ("department", "Department"),
    ("employee", "Employee"),
    ("supplier", "Supplier"),
    ("other", "Nobody of These"),
]
PARTY_FIELDS = {"department": "department_id", "employee": "employee_id", "supplier": "partner_id"}


class CsComplaintLiability(models.Model):
    """Who answers for what went wrong: proposed by one, decided by another, and kept as it was decided (C-03, C-10)."""

    _name = "cs.complaint.liability"
    _description = "Liability for a Complaint"
    _inherit = ["cs.guard.mixin"]
    _order = "share desc, id"
    _rec_name = "party_name"

    complaint_id = fields.Many2one("cs.complaint", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, precompute=True)
    party = fields.Selection(PARTIES, "Answers for It", required=True, default="department")
    department_id = fields.Many2one("hr.department", index="btree_not_null", ondelete="restrict")
    employee_id = fields.Many2one("hr.employee", index="btree_not_null", ondelete="restrict")
    employee_user_id = fields.Many2one("res.users", compute="_compute_employee_user_id", store=True)
    partner_id = fields.Many2one("res.partner", "Supplier", index="btree_not_null", ondelete="restrict")
    party_name = fields.Char("Who", compute="_compute_party_name")
    share = fields.Float("Share (%)", default=100)
    ground = fields.Text(required=True)
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False, default=lambda self: self.env.user)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_at = fields.Datetime("Decided", readonly=True, copy=False)

    _cs_server_fields = frozenset({"proposed_by_id", "decided_by_id", "decided_at"})

    _share_range = models.Constraint(
        "CHECK(share > 0 AND share <= 100)", "A share lies above 0 and goes up to 100 percent."
    )

    @api.depends("employee_id")
    def _compute_employee_user_id(self):
        for row in self:
            # sudo: hr.employee - the user of the employee, whatever file the reader may open
            row.employee_user_id = row.employee_id.sudo().user_id

    @api.depends("party", "department_id", "employee_id", "partner_id")
    def _compute_party_name(self):
        labels = dict(self._fields["party"]._description_selection(self.env))
        for row in self:
            name = PARTY_FIELDS.get(row.party)
            row.party_name = row[name].display_name if name else labels.get(row.party)

    @api.constrains("party", "department_id", "employee_id", "partner_id")
    def _check_party(self):
        for row in self:
            name = PARTY_FIELDS.get(row.party)
            if name and not row[name]:
                raise ValidationError(
                    self.env._(
                        "%(complaint)s: say which %(party)s answers for it.",
                        complaint=row.complaint_id.name,
                        party=row._fields[name]._description_string(self.env),
                    )
                )

    @api.constrains("share", "complaint_id")
    def _check_shares(self):
        """The shares of a complaint never exceed the whole."""
        # sudo: cs.complaint.liability - the sum counts rows about the reader himself as well
        sums = self.sudo()._read_group([("complaint_id", "in", self.complaint_id.ids)], ["complaint_id"], ["share:sum"])
        for complaint, total in sums:
            if round(total, 2) > 100:
                raise ValidationError(
                    self.env._(
                        "%(complaint)s: the shares add up to %(total)s %%. Lower one of them.",
                        complaint=complaint.name,
                        total=round(total, 2),
                    )
                )

    def write(self, vals):
        if self._cs_is_server():
            return super().write(vals)
        self._ensure_undecided()
        result = super().write(vals)
        # Who changes a proposal has made it his own, so that he does not decide it.
        self._cs_as_server().write({"proposed_by_id": self.env.uid})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_undecided(self):
        self._ensure_undecided()

    def _ensure_undecided(self):
        decided = self.filtered("decided_at")
        if decided:
            raise UserError(
                self.env._("%(complaint)s: this was decided and is kept.", complaint=decided[0].complaint_id.name)
            )

    def action_decide(self):
        """Decide as proposed. Raises AccessError for whoever proposed it, is concerned, or neither leads nor heads."""
        self.check_access("write")
        self._ensure_undecided()
        user = self.env.user
        leads = user.has_group("customer_service_addon.group_cs_supervisor") or user.has_group(
            "customer_service_addon.group_cs_department_head"
        )
        for row in self:
            if not leads or user in (row.proposed_by_id | row.employee_user_id):
                raise AccessError(
                    self.env._(
                        "%(complaint)s: a supervisor or a head who neither proposed it nor is concerned decides.",
                        complaint=row.complaint_id.name,
                    )
                )
        self._cs_as_server().write({"decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()})


class CsComplaint(models.Model):
    _inherit = "cs.complaint"

    liability_ids = fields.One2many("cs.complaint.liability", "complaint_id", copy=False)
