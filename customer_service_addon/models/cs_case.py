from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .cs_case_stage import OPEN_MEANINGS


class CsCase(models.Model):
    """What a customer brings, from first contact to his confirmation: the register of calls and visits.

    The customer follows the case on the portal; the company's own work happens in files under it.
    Other concerns of the model live beside this file: ``cs_case_number`` (I-02), ``cs_case_flow``
    (stages), ``cs_case_owner`` (I-03, H-02), ``cs_case_mail``, ``cs_case_recognition``,
    ``cs_case_merge``, ``cs_case_promise`` (I-05), ``cs_case_hold`` and ``cs_case_portal``.
    """

    _name = "cs.case"
    _description = "Customer Service Case"
    _inherit = ["cs.guard.mixin", "portal.mixin", "rating.mixin", "mail.activity.mixin"]
    _order = "priority desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"
    _primary_email = "email_from"

    _cs_server_fields = frozenset(
        {
            "name",
            "access_token",
            "intake_key",
            "registered_at",
            "first_contact_id",
            "pending_user_id",
            "assign_reason",
            "acknowledged_at",
            "accepted_at",
            "first_answered_at",
            "last_answer_at",
            "last_customer_at",
            "solved_at",
            "first_solved_at",
            "closed_at",
            "cancelled_at",
            "confirmed_at",
            "reopened_at",
            "reopen_count",
            "merged_into_id",
            "origin_id",
            "origin_kind",
            "ack_state",
            "ack_reason",
            "owner_notice",
            "closing_notice",
            "customer_since",
            "silence_notice_at",
            "next_promise_at",
            "promise_note",
            "verdict_at",
            "praise_noted_id",
            "incident_at",
            "import_id",
            "anonymised_at",
            "branch_case_ids",
            "branch_company_id",
            "branch_number",
            "branch_state",
            "branch_passed_at",
            "branch_answered_at",
            "branch_result",
            "group_case_id",
            "group_company_id",
            "group_number",
            "reported_at",
        }
    )

    # Identity
    name = fields.Char("Number", required=True, readonly=True, copy=False, index="trigram", default="/")
    subject = fields.Char(required=True, index="trigram")
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    active = fields.Boolean(default=True, copy=False)
    color = fields.Integer(copy=False)
    type_id = fields.Many2one(
        "cs.case.type",
        required=True,
        tracking=True,
        check_company=True,
        default=lambda self: self._default_type(self.env.company.id),
    )
    kind = fields.Selection(related="type_id.kind")
    stage_id = fields.Many2one(
        "cs.case.stage",
        required=True,
        index=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
        group_expand="_read_group_stage_ids",
    )
    meaning = fields.Selection(related="stage_id.meaning", store=True)
    category_id = fields.Many2one("cs.category", index="btree_not_null", tracking=True, check_company=True)
    channel_id = fields.Many2one("cs.channel", ondelete="restrict")
    is_visit = fields.Boolean(related="channel_id.is_visit")
    is_important = fields.Boolean("Important", tracking=True)
    is_urgent = fields.Boolean("Urgent", tracking=True)
    priority = fields.Selection(
        [("0", "Normal"), ("1", "Important"), ("2", "Urgent"), ("3", "Important and Urgent")],
        compute="_compute_priority",
        store=True,
        copy=False,
        help="Importance and urgency together (I-04): what is both comes first.",
    )

    # Who
    team_id = fields.Many2one("cs.team", index=True, tracking=True, check_company=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", "Owner", index=True, copy=False, tracking=True, domain=[("share", "=", False)]
    )
    department_id = fields.Many2one("hr.department", index="btree_not_null", tracking=True, check_company=True)
    first_contact_id = fields.Many2one("res.users", readonly=True, copy=False)
    pending_user_id = fields.Many2one(
        "res.users", "To Be Accepted By", readonly=True, copy=False, index="btree_not_null"
    )
    assign_reason = fields.Char("Why This Person", readonly=True, copy=False)

    # Customer
    partner_id = fields.Many2one("res.partner", "Customer", index="btree_not_null", tracking=True, check_company=True)
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, string="Customer Entity"
    )
    partner_name = fields.Char("Caller")
    phone = fields.Char()
    email_from = fields.Char("Email")
    email_normalized = fields.Char(compute="_compute_email_normalized", store=True, index="btree_not_null")

    # About what
    product_id = fields.Many2one("product.product", index="btree_not_null", check_company=True)
    object_ref = fields.Char("Object", help="Serial number, licence plate, unit, room … (I-04)")
    order_ref = fields.Char("Order or Project", help="The customer's or our own order, contract or project number.")
    phase = fields.Selection(
        [
            ("inspection", "Inspection"),
            ("handover", "Delivery"),
            ("warranty", "Warranty"),
            ("after_warranty", "After Warranty"),
        ],
    )
    ask_object = fields.Boolean(related="type_id.ask_object")
    ask_phase = fields.Boolean(related="type_id.ask_phase")
    expectation = fields.Text("What the Customer Expects")
    requested_date = fields.Date("Wanted By")
    description = fields.Html(sanitize_style=True, strip_classes=True)

    # Result
    resolution = fields.Text("Result", help="What was done and answered. It is printed on the case sheet.")
    verdict = fields.Selection(
        [("adopted", "Adopted"), ("partly", "Partly Adopted"), ("rejected", "Not Adopted")],
        tracking=True,
        help="What became of a suggestion (I-07).",
    )
    verdict_reason = fields.Text("Reason of the Decision")
    praised_employee_id = fields.Many2one(
        "hr.employee", index="btree_not_null", check_company=True, help="Noted in the file (H-04)."
    )
    confirmation = fields.Selection(
        [
            ("portal", "On the Portal"),
            ("phone", "By Phone"),
            ("mail", "By Mail"),
            ("person", "In Person"),
            ("silence", "By Silence"),
            ("none", "Not Obtained"),
        ],
        copy=False,
        tracking=True,
        help="How the customer confirmed the result (I-05). Needed before the case is closed.",
    )
    cancel_reason = fields.Char(copy=False)
    unfinished_reason = fields.Char(
        "Why Not Finished", copy=False, help="Printed in the weekly register while the case is open (I-08)."
    )

    # Incident (I-11) and visit (I-10)
    is_incident = fields.Boolean("Incident on the Premises", tracking=True)
    incident_place = fields.Char()
    incident_report = fields.Text(help="What happened, who was taken aside, witnesses, what was done (I-11).")
    reception_class_id = fields.Many2one("cs.reception.class", index="btree_not_null", check_company=True)
    host_id = fields.Many2one("hr.employee", index="btree_not_null", check_company=True)
    visitor_count = fields.Integer("Number of Visitors", default=1)
    visit_start = fields.Datetime("Arrival")
    visit_end = fields.Datetime("Departure")
    visit_needs = fields.Text("Meals and Lodging")
    visit_minutes = fields.Html("Minutes", sanitize_style=True)

    # Milestones: UTC, written by the server only
    received_at = fields.Datetime(
        required=True,
        copy=False,
        index=True,
        default=fields.Datetime.now,
        help="When the customer reached us. Every deadline counts from here.",
    )
    registered_at = fields.Datetime(readonly=True, copy=False, required=True, default=fields.Datetime.now)
    acknowledged_at = fields.Datetime(readonly=True, copy=False)
    accepted_at = fields.Datetime(readonly=True, copy=False)
    first_answered_at = fields.Datetime(readonly=True, copy=False)
    last_answer_at = fields.Datetime(readonly=True, copy=False)
    last_customer_at = fields.Datetime("Customer's Last Message", readonly=True, copy=False)
    solved_at = fields.Datetime(readonly=True, copy=False)
    first_solved_at = fields.Datetime(readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    reopened_at = fields.Datetime(readonly=True, copy=False)
    reopen_count = fields.Integer(readonly=True, copy=False, aggregator="sum")

    # The list and the board of open work are read in this order at any volume.
    # Every index is written with every case: there is none on what picks out no small part of the register (company,
    # type, channel, meaning).
    _order_idx = models.Index("(priority DESC, id DESC)")
    _solved_idx = models.Index("(id) WHERE meaning = 'solved'")
    _open_order_idx = models.Index("(priority DESC, id DESC) WHERE meaning IN ('new', 'open', 'waiting')")
    _name_company_uniq = models.Constraint("UNIQUE(company_id, name)", "This case number is already in use.")

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for case in self:
            number = self.env._("New Case") if case.name == "/" else case.name
            case.display_name = f"{number} {case.subject}" if case.subject else number

    @api.depends("is_important", "is_urgent")
    def _compute_priority(self):
        for case in self:
            case.priority = str(2 * bool(case.is_urgent) + bool(case.is_important))

    @api.model
    def _search_display_name(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS or not isinstance(value, str):
            return NotImplemented if operator not in ("=", "ilike") else super()._search_display_name(operator, value)
        return Domain("name", operator, value) | Domain("subject", operator, value)

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        team_id = self.env.context.get("default_team_id")
        if not team_id:
            return stages.search([])
        return stages.search(["|", ("team_ids", "=", False), ("team_ids", "in", team_id)])

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Register cases in one batch: number, team, owner and history come with a constant number of queries.

        Raises AccessError when a client sends a number or another server field (I-02).
        """
        plain = self._cs_without_forged_defaults()
        if not self._cs_is_server():
            for vals in vals_list:
                self._cs_refuse_server_fields(vals)
            self._ensure_may_start(vals_list)
        vals_list = [dict(vals) for vals in vals_list]
        plain._complete_intake(vals_list)
        intake = plain._cs_as_server().with_context(cs_intake=True, mail_create_nosubscribe=True)
        cases = super(CsCase, intake).create(vals_list)
        cases.with_env(plain.env)._after_intake()
        return cases.with_env(plain.env)

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_may_write(vals)
        moved = self._ensure_can_move(vals) if "stage_id" in vals else {}
        result = super().write(vals)
        if moved:
            self._after_move(moved)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A registered case keeps its number for good. Cancel the case or archive it instead (I-02).")
        )

    def _complete_intake(self, vals_list):
        """Fill in what the intake leaves open; each step is one batch and may be extended by its room."""
        self._complete_frame(vals_list)
        self._complete_customer(vals_list)
        self._complete_team(vals_list)
        self._complete_owner(vals_list)
        self._complete_number(vals_list)

    def _after_intake(self):
        """What follows the registration of ``self`` (a batch): followers, history, promises, acknowledgement."""
        self._subscribe_at_intake()
        self._record_first_owner()
        self._promise_first_answer()
        self._queue_acknowledgement()

    def _complete_frame(self, vals_list):
        """Company, type, channel, stage and the registration time. ``received_at`` may lie in the past."""
        now = fields.Datetime.now()
        default_types = {}
        defaults = self.default_get(["company_id", "type_id", "channel_id", "team_id", "received_at"])
        for vals in vals_list:
            for name in ("company_id", "type_id", "channel_id", "team_id"):
                if not vals.get(name):
                    vals[name] = defaults.get(name)
            vals["company_id"] = vals["company_id"] or self.env.company.id
            vals["received_at"] = vals.get("received_at") or defaults.get("received_at") or now
            vals.setdefault("registered_at", now)
            if not vals["type_id"]:
                company_id = vals["company_id"]
                vals["type_id"] = default_types.setdefault(company_id, False) or self._default_type(company_id).id
                default_types[company_id] = vals["type_id"]
            vals["subject"] = vals.get("subject") or self._subject_from(vals)

    def _subject_from(self, vals):
        """A case always has a subject, even when a mail comes without one."""
        return vals.get("partner_name") or vals.get("object_ref") or self.env._("(no subject)")

    @api.model
    def _default_type(self, company_id):
        # sudo: cs.case.type - types are no secret, and who opens a case on the portal cannot read them
        types_sudo = self.env["cs.case.type"].sudo()
        return types_sudo.search([("company_id", "in", (False, company_id))], limit=1).sudo(False)

    def _ensure_may_write(self, vals):
        """Guards of client writes that depend on the record; every room adds its own."""
        if "received_at" in vals:
            self._ensure_may_back_date(vals["received_at"])
        if "company_id" in vals and any(case.company_id.id != vals["company_id"] for case in self):
            raise UserError(self.env._("A numbered case stays in its company. Cancel it and register it again there."))

    @api.model
    def _open_domain(self):
        return Domain("meaning", "in", OPEN_MEANINGS)
