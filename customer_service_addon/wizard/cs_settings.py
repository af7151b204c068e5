from odoo import api, fields, models
from odoo.exceptions import AccessError

COMPANY_FIELDS = (
    "cs_acceptance_hours",
    "cs_completion_signed",
    "cs_acknowledgements_per_day",
    "cs_call_centre_id",
    "cs_correction_minutes",
    "cs_coverage_warning_days",
    "cs_duplicate_days",
    "cs_repeat_days",
    "cs_cluster_count",
    "cs_cluster_days",
    "cs_import_rows",
    "cs_joint_months",
    "cs_ledger_export_rows",
    "cs_ledger_print_rows",
    "cs_plan_lead_days",
    "cs_portal_file_count",
    "cs_portal_file_megabytes",
    "cs_portal_file_types",
    "cs_portal_requests_per_day",
    "cs_recurrence_days",
    "cs_relations_manager_id",
    "cs_survey_contractor_from",
    "cs_contest_amount",
    "cs_contest_unit",
    "cs_visit_quiet_days",
    "cs_call_from",
    "cs_call_to",
    "cs_visit_claim_minutes",
    "cs_satisfaction_goal",
    "cs_index_own_only",
    "cs_rating_days",
    "cs_rating_unhappy_to",
    "resource_calendar_id",
)
SEQUENCE_FIELDS = {"number_prefix": "prefix", "number_padding": "padding"}


class CsSettings(models.TransientModel):
    """Settings of one company, for Customer Service managers who administer nothing else.

    Odoo's own settings page and companies are open to administrators only; this form shows and writes
    no more than the figures of the register.
    """

    _name = "cs.settings"
    _description = "Customer Service Settings"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    number_prefix = fields.Char(
        help="Stands before the number of every new case, e.g. “CS-” or “%(year)s-”. Cases keep their numbers.",
    )
    number_padding = fields.Integer("Digits", help="Shorter numbers are filled up with zeros.")
    cs_correction_minutes = fields.Integer(
        "Correct the Reception Time Within (Minutes)",
        help="Afterwards only a supervisor may change when a case was received.",
    )
    cs_ledger_print_rows = fields.Integer("Rows of a Printed Ledger", help="A longer ledger is refused, never cut.")
    cs_ledger_export_rows = fields.Integer(
        "Rows of an Exported Ledger", help="A longer spreadsheet is refused, never cut."
    )
    cs_import_rows = fields.Integer("Rows of One Import", help="A longer file is imported in parts.")
    cs_acknowledgements_per_day = fields.Integer(
        "Acknowledgements per Sender and Day",
        help="More cases of one mail address are registered, but not acknowledged. It ends mail loops.",
    )
    cs_duplicate_days = fields.Integer(
        "Look for Duplicates Within (Days)",
        help="While registering, open cases of the customer that are about the same are pointed out.",
    )
    cs_call_centre_id = fields.Many2one(
        "res.company",
        "Group Call Centre",
        help="The company that takes calls for this one, passes them on and hears what became of them (C-14).",
    )
    cs_relations_manager_id = fields.Many2one(
        "res.users",
        "Customer Relations Manager",
        domain=[("share", "=", False)],
        help="Told of every case the group passes on. Without one, the leader of the team is (C-14).",
    )
    cs_repeat_days = fields.Integer(
        "Complaint Is a Repeat Within (Days)",
        help="Earlier complaints of the same customer, object or cause within so many days are proposed (C-08).",
    )
    cs_recurrence_days = fields.Integer(
        "Recurrence Within (Days)",
        help="A complaint of the same cause and the same product, object or department so many days after a plan was "
        "carried out opens its actions again. 0: never.",
    )
    cs_cluster_count = fields.Integer(
        "Similar Complaints Make a Cluster From",
        help="So many complaints of the same cause, product and department are proposed as one joint action. 0: never.",
    )
    cs_cluster_days = fields.Integer("Cluster Within (Days)")
    cs_portal_requests_per_day = fields.Integer(
        "Portal Requests per Customer and Day", help="More are refused with a friendly message."
    )
    cs_portal_file_count = fields.Integer("Files per Request")
    cs_portal_file_megabytes = fields.Integer("Megabytes per File")
    cs_portal_file_types = fields.Char(
        "Kinds of Files",
        help="Media types customers may send, separated by commas. The content decides, not the name of the file.",
    )
    cs_acceptance_hours = fields.Float(
        "Contractors Accept Within (Working Hours)",
        help="Contractors whose rank says nothing else. 0: the order stays with them until they answer (R-04).",
    )
    cs_completion_signed = fields.Boolean(
        "Inspection Needs Signatures",
        help="A repair is accepted only when customer, customer service and team leader have signed (R-05).",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        help="Promises and reminders of teams without working hours of their own count on them.",
    )

    _padding_range = models.Constraint(
        "CHECK(number_padding BETWEEN 1 AND 12)", "A case number has between 1 and 12 digits."
    )
    _correction_positive = models.Constraint(
        "CHECK(cs_correction_minutes >= 0)", "The time to correct a reception time cannot be negative."
    )

    _ledger_rows_range = models.Constraint(
        "CHECK(cs_ledger_print_rows > 0 AND cs_ledger_export_rows BETWEEN 1 AND 1000000)",
        "A ledger has at least one row; a spreadsheet holds a million.",
    )

    _import_rows_positive = models.Constraint("CHECK(cs_import_rows > 0)", "An import has at least one row.")
    _intake_positive = models.Constraint(
        "CHECK(cs_acknowledgements_per_day >= 0 AND cs_duplicate_days >= 0 AND cs_repeat_days >= 0)",
        "Days and numbers cannot be negative.",
    )
    _cluster_positive = models.Constraint(
        "CHECK(cs_cluster_count >= 0 AND cs_cluster_days >= 0)", "The figures of a cluster cannot be negative."
    )
    _acceptance_positive = models.Constraint(
        "CHECK(cs_acceptance_hours >= 0)", "The hours a contractor has to answer cannot be negative."
    )
    _portal_positive = models.Constraint(
        "CHECK(cs_portal_requests_per_day >= 0 AND cs_portal_file_count >= 0 AND cs_portal_file_megabytes >= 0)",
        "Limits of the portal cannot be negative.",
    )

    @api.model
    def default_get(self, fields):
        """Return the figures of the current company that the form shows."""
        self._ensure_manager()
        values = super().default_get(fields)
        company = self.env.company
        sequence_sudo = company._cs_sequence()
        current = {name: company._fields[name].convert_to_write(company[name], company) for name in COMPANY_FIELDS}
        current.update({name: sequence_sudo[target] for name, target in SEQUENCE_FIELDS.items()})
        return values | {name: value for name, value in current.items() if name in fields}

    def action_save(self):
        """Write the figures to the company and its case sequence.

        Raises AccessError for anybody but a manager of that company, UserError for a prefix that is none.
        """
        self.ensure_one()
        self._ensure_manager()
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Switch to %(company)s to change its settings.", company=self.company_id.name))
        # sudo: res.company - a manager may write these figures of the own company and no other field
        company_sudo = self.company_id.sudo()
        company_sudo.write({name: self._fields[name].convert_to_write(self[name], self) for name in COMPANY_FIELDS})
        sequence_sudo = company_sudo._cs_sequence()
        sequence_sudo.write({target: self[name] for name, target in SEQUENCE_FIELDS.items()})
        sequence_sudo._get_prefix_suffix()
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _ensure_manager(self):
        if not self.env.su and not self.env.user.has_group("customer_service_addon.group_cs_manager"):
            raise AccessError(self.env._("Only Customer Service managers can change the settings."))
