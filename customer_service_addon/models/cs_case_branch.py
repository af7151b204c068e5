from odoo import api, fields, models
from odoo.exceptions import UserError

from .cs_case_stage import OPEN_MEANINGS

ACTIVITY = "customer_service_addon.mail_activity_type_cs_branch"
# What the branch takes over as it stands; references go along only where the branch may use them.
_TAKEN_OVER = (
    "subject",
    "partner_name",
    "phone",
    "email_from",
    "object_ref",
    "order_ref",
    "phase",
    "expectation",
    "requested_date",
    "description",
    "is_important",
    "is_urgent",
)
_SHARED = ("partner_id", "product_id", "category_id")


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_call_centre_id = fields.Many2one(
        "res.company",
        "Group Call Centre",
        index="btree_not_null",
        help="The company that takes calls for this one, passes them on and hears what became of them (C-14).",
    )
    cs_relations_manager_id = fields.Many2one(
        "res.users",
        "Customer Relations Manager",
        help="Told of every case the group passes on. Without one, the leader of the team is (C-14).",
    )

    @api.constrains("cs_call_centre_id")
    def _check_call_centre(self):
        for company in self:
            if company.cs_call_centre_id == company:
                raise UserError(self.env._("%(company)s cannot be its own call centre.", company=company.name))

    @api.model
    def _cs_branches(self, company):
        """Return the companies (sudo) ``company`` takes calls for; their names are no secret of the group."""
        # sudo: res.company - agents of the group see no more of the branches than their names
        return self.sudo().search([("cs_call_centre_id", "=", company.id)])


class CsCase(models.Model):
    """Taken down by the group, handled by the branch, result back, return visit by the group (C-14).

    Each company keeps a case of its own: the customer's conversation stays with the group, the work with the branch.
    Neither side needs rights in the other's company.
    """

    _inherit = "cs.case"

    # At the group
    branch_case_ids = fields.One2many("cs.case", "group_case_id", "Cases at Branches", readonly=True)
    branch_company_id = fields.Many2one(
        "res.company", "Branch", readonly=True, copy=False, index="btree_not_null", tracking=True
    )
    branch_number = fields.Char("Number at the Branch", readonly=True, copy=False)
    branch_state = fields.Selection(
        [("passed", "With the Branch"), ("reported", "Result Reported"), ("returned", "Not Taken")],
        "Branch Progress",
        readonly=True,
        copy=False,
        tracking=True,
    )
    branch_passed_at = fields.Datetime("Passed On", readonly=True, copy=False)
    branch_answered_at = fields.Datetime("Answered by the Branch", readonly=True, copy=False)
    branch_result = fields.Text("Result of the Branch", readonly=True, copy=False)
    can_pass_on = fields.Boolean(compute="_compute_can_pass_on")

    # At the branch
    group_case_id = fields.Many2one("cs.case", "Case at the Group", readonly=True, copy=False, index="btree_not_null")
    group_company_id = fields.Many2one("res.company", "Taken Down By", readonly=True, copy=False)
    group_number = fields.Char("Number at the Group", readonly=True, copy=False)
    reported_at = fields.Datetime("Reported to the Group", readonly=True, copy=False)
    can_report = fields.Boolean(compute="_compute_can_report")

    @api.depends("meaning", "branch_state", "company_id", "group_case_id")
    def _compute_can_pass_on(self):
        centres = self.env["res.company"].sudo().search([("cs_call_centre_id", "in", self.company_id.ids)])
        for case in self:
            case.can_pass_on = (
                case.meaning in OPEN_MEANINGS
                and case.branch_state != "passed"
                and not case.group_case_id
                and case.company_id in centres.cs_call_centre_id
            )

    @api.depends("meaning", "group_case_id", "reported_at")
    def _compute_can_report(self):
        for case in self:
            case.can_report = bool(case.group_case_id) and case.meaning == "solved" and not case.reported_at

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_pass_on(self):
        """Open the dialog that passes the cases on to a branch company (C-14)."""
        self._ensure_can_pass_on()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pass On to a Branch"),
            "res_model": "cs.branch.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    def action_report_result(self):
        """Tell the group the result; its owner makes the return visit. Raises UserError without a result (C-14)."""
        self._ensure_can_report()
        self._cs_as_server().write({"reported_at": fields.Datetime.now()})
        self._give_back(
            "reported",
            lambda case: case.resolution,
            lambda case: case.env._("The branch has finished. Make the return visit."),
        )

    # ------------------------------------------------------------------
    # Passing on
    # ------------------------------------------------------------------

    def _pass_on(self, branch, note=""):
        """Register a case at the company ``branch`` for each of ``self`` and return them (sudo).

        ``note`` (plain text) is for the branch. The group's case stays with its owner and its clocks run on.
        """
        self._ensure_can_pass_on(branch)
        # sudo: cs.case - the group's agents have no rights at the branch; passing on was checked
        register_sudo = self.env["cs.case"].sudo().with_company(branch)._cs_as_server()
        passed_sudo = register_sudo.with_context(default_channel_id=False).create(
            [case._branch_values(branch) for case in self.sudo()]
        )
        now = fields.Datetime.now()
        for case_sudo in passed_sudo:
            case_sudo.group_case_id._cs_as_server().write(
                {
                    "branch_company_id": branch.id,
                    "branch_number": case_sudo.name,
                    "branch_state": "passed",
                    "branch_passed_at": now,
                    "branch_answered_at": False,
                    "branch_result": False,
                }
            )
        self.sudo()._leave_complaints_to(branch)
        self.sudo()._copy_papers({case_sudo.group_case_id.id: case_sudo.id for case_sudo in passed_sudo})
        passed_sudo._tell_branch(note)
        return passed_sudo

    def _branch_values(self, branch):
        """Return the values of the branch's case; what belongs to the group's company alone stays behind."""
        self.ensure_one()
        values = {name: self[name] for name in _TAKEN_OVER}
        for name in _SHARED:
            usable = not self[name].company_id or self[name].company_id == branch
            values[name] = self[name].id if usable else False
        own_type = self.type_id if not self.type_id.company_id else self._type_of_kind(branch)
        return values | {
            "company_id": branch.id,
            "type_id": own_type.id,
            "partner_name": self.partner_name or self.partner_id.name,
            "phone": self.phone or self.partner_id.phone,
            "email_from": self.email_from or self.partner_id.email,
            "group_case_id": self.id,
            "group_company_id": self.company_id.id,
            "group_number": self.name,
        }

    def _leave_complaints_to(self, branch):
        """Call off the files nobody has begun (sudo): the branch has one of its own."""
        untouched = self.complaint_ids.filtered(lambda file: file.state == "registered")
        if untouched:
            untouched._cancel(self.env._("Passed on to %(branch)s.", branch=branch.name))

    def _type_of_kind(self, branch):
        """Return the type of ``branch`` that means what this case's does."""
        return self.env["cs.case.type"].search(
            [("company_id", "in", (False, branch.id)), ("kind", "=", self.kind)], limit=1
        ) or self._default_type(branch.id)

    def _copy_papers(self, branch_of):
        """Copy what is attached to ``self`` (sudo) to the cases at the branch, ``{case id: its id there}``."""
        papers_sudo = self.env["ir.attachment"].search([("res_model", "=", "cs.case"), ("res_id", "in", self.ids)])
        self.env["ir.attachment"].create(
            [paper.copy_data({"res_id": branch_of[paper.res_id], "access_token": False})[0] for paper in papers_sudo]
        )

    def _tell_branch(self, note):
        """A to-do for the branch's customer relations manager, else the leader of the team (C-14). ``self``: sudo."""
        managers = {case: case.company_id.cs_relations_manager_id or case._superiors() for case in self}
        self._alarm(
            ACTIVITY,
            managers,
            lambda case: "\n".join(
                filter(None, (case.env._("Passed on by %(group)s.", group=case.group_company_id.name), note))
            ),
        )
        self._message_log_batch(
            {
                case.id: self.env._(
                    "Passed on by %(group)s as %(number)s. %(note)s",
                    group=case.group_company_id.name,
                    number=case.group_number,
                    note=note or "",
                )
                for case in self
            }
        )

    # ------------------------------------------------------------------
    # Giving back
    # ------------------------------------------------------------------

    def _give_back(self, state, result_of, message_of):
        """Write the branch's answer on the group's cases and tell their owners.

        ``self`` are cases at the branch. ``result_of`` and ``message_of`` are called with one (the latter in the
        language of the owner) and return plain text.
        """
        # sudo: cs.case - the branch has no rights at the group; reporting is what it owes
        for case_sudo in self.sudo():
            group_sudo = case_sudo.group_case_id
            if group_sudo.branch_state != "passed" or not case_sudo._is_present_at_branch():
                continue
            group_sudo._cs_as_server().write(
                {
                    "branch_state": state,
                    "branch_result": result_of(case_sudo),
                    "branch_answered_at": fields.Datetime.now(),
                }
            )
            people = group_sudo.user_id or group_sudo._superiors()
            group_sudo._alarm(
                ACTIVITY,
                {group_sudo: people},
                lambda case: "\n".join(filter(None, (message_of(case), case.branch_result))),
            )

    def _is_present_at_branch(self):
        """Whether the group's case lies with this one, not with a later one at this or another branch."""
        self.ensure_one()
        group = self.group_case_id
        return (group.branch_company_id, group.branch_number) == (self.company_id, self.name)

    def _mark_reached(self, meaning, now):
        result = super()._mark_reached(meaning, now)
        if meaning == "cancelled":
            self.filtered("group_case_id")._give_back(
                "returned",
                lambda case: case.cancel_reason,
                lambda case: case.env._("The branch has not taken the case."),
            )
        return result

    def _mark_reopened(self, now):
        """A case taken up again is reported again: its result may be another one (C-08)."""
        self.filtered("reported_at")._cs_as_server().write({"reported_at": False})
        for case_sudo in self.sudo().filtered("group_case_id"):
            if case_sudo._is_present_at_branch():
                case_sudo.group_case_id._cs_as_server().write({"branch_state": "passed", "branch_answered_at": False})
        return super()._mark_reopened(now)

    def _open_work(self):
        """The group's case waits for the branch."""
        work = super()._open_work()
        for case in self.filtered(lambda case: case.branch_state == "passed"):
            work[case].append(
                self.env._(
                    "%(number)s at %(branch)s", number=case.branch_number, branch=case.sudo().branch_company_id.name
                )
            )
        return work

    def _ensure_can_become_closed(self, vals):
        """The branch closes its case when the group knows the result (C-14)."""
        result = super()._ensure_can_become_closed(vals)
        for case in self:
            if case.group_case_id and not case.reported_at:
                raise UserError(self.env._("%(case)s: report the result to the group first (C-14).", case=case.name))
        return result

    # ------------------------------------------------------------------
    # What changes for a case of the branch
    # ------------------------------------------------------------------

    def _queue_acknowledgement(self):
        """The customer has the group's acknowledgement; the branch's owner is told as ever."""
        of_branch = self.filtered("group_case_id")
        of_branch.filtered("user_id")._queue_owner_notice()
        return super(CsCase, self - of_branch)._queue_acknowledgement()

    def _sla_is_left_out(self, code):
        return (code == "reported" and not self.group_case_id) or super()._sla_is_left_out(code)

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    def _ensure_can_pass_on(self, branch=None):
        self.check_access("write")
        for case in self:
            if not case.can_pass_on:
                raise UserError(
                    self.env._(
                        "%(case)s cannot be passed on: it is finished, with a branch already, or its company takes no "
                        "calls for others.",
                        case=case.name,
                    )
                )
            if branch and branch not in self.env["res.company"]._cs_branches(case.company_id):
                raise UserError(
                    self.env._(
                        "%(company)s takes no calls for %(branch)s. A manager of the branch names its call centre in "
                        "the settings.",
                        company=case.company_id.name,
                        branch=branch.name,
                    )
                )

    def _ensure_can_report(self):
        self.check_access("write")
        for case in self:
            if not case.can_report:
                raise UserError(
                    self.env._(
                        "%(case)s has nothing to report: it did not come from the group, is not solved, or was "
                        "reported.",
                        case=case.name,
                    )
                )
            if not (case.resolution or "").strip():
                raise UserError(
                    self.env._("%(case)s: write the result first; the group reads it (C-14).", case=case.name)
                )
