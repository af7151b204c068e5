from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

SOLUTION_STATES = [
    ("waiting", "In Reserve"),
    ("offered", "Offered"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("dropped", "Not Needed"),
]


class CsComplaintSolution(models.Model):
    """One of several solutions a plan holds: the best is offered first, the next when the customer rejects it (C-03).

    All are approved with the plan, so that the next one is offered without a new round.
    """

    _name = "cs.complaint.solution"
    _description = "Solution in a Plan"
    _inherit = ["cs.guard.mixin"]
    _order = "plan_id, sequence, id"

    name = fields.Char("Solution", required=True, help="The customer reads it as the heading of the proposal.")
    plan_id = fields.Many2one("cs.complaint.plan", required=True, index=True, ondelete="restrict")
    complaint_id = fields.Many2one(related="plan_id.complaint_id", store=True, precompute=True, index=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    sequence = fields.Integer(default=10, help="The best solution stands first.")
    customer_text = fields.Html("Text for the Customer", sanitize=True)
    amount = fields.Monetary("Estimated Cost", help="In the currency of the company.")
    action_ids = fields.One2many("cs.complaint.action", "solution_id", "Actions")
    state = fields.Selection(SOLUTION_STATES, required=True, readonly=True, default="waiting", copy=False)
    answered_at = fields.Datetime("Customer's Answer On", readonly=True, copy=False)
    answer_reason = fields.Text("Reason of the Rejection", readonly=True, copy=False)

    _cs_server_fields = frozenset({"state", "answered_at", "answer_reason"})

    _amount_positive = models.Constraint("CHECK(amount >= 0)", "An estimated cost cannot be negative.")

    @api.model_create_multi
    def create(self, vals_list):
        solutions = super().create(vals_list)
        solutions.plan_id._ensure_takes_solutions()
        return solutions

    def write(self, vals):
        if not self._cs_is_server():
            self.plan_id._ensure_takes_solutions()
        result = super().write(vals)
        if "plan_id" in vals:
            self.plan_id._ensure_takes_solutions()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_draft(self):
        self.plan_id._ensure_takes_solutions()

    def _settle(self, state, reason=False):
        """Note what became of the solutions; the actions of those the customer does not take are dropped."""
        # sudo: cs.complaint.solution, cs.complaint.action - who speaks for the customer was checked with the plan
        solutions_sudo = self.sudo()._cs_as_server()
        solutions_sudo.write({"state": state, "answer_reason": reason, "answered_at": fields.Datetime.now()})
        if state != "accepted":
            solutions_sudo.action_ids.filtered(lambda action: action.state == "open").write({"state": "dropped"})

    def _carry_over(self, plan):
        """Copy the solutions into the draft ``plan`` (sudo) and return ``{solution: its copy}``."""
        return {solution: solution.sudo().copy({"plan_id": plan.id}) for solution in self}


class CsComplaintAction(models.Model):
    _inherit = "cs.complaint.action"

    solution_id = fields.Many2one(
        "cs.complaint.solution",
        index="btree_not_null",
        ondelete="restrict",
        help="Done only when the customer takes this solution. Empty: done in any case.",
    )

    @api.constrains("solution_id", "plan_id")
    def _check_solution(self):
        for action in self:
            if action.solution_id and action.solution_id.plan_id != action.plan_id:
                raise UserError(self.env._("“%(action)s”: the solution belongs to another plan.", action=action.name))


class CsComplaintPlan(models.Model):
    _inherit = "cs.complaint.plan"

    solution_ids = fields.One2many("cs.complaint.solution", "plan_id", "Solutions")
    several_solutions = fields.Boolean(related="complaint_id.level_id.several_solutions", related_sudo=True)
    offered_text = fields.Html("What the Customer Reads", compute="_compute_offered_text")

    @api.depends("customer_text", "solution_ids.state", "solution_ids.customer_text", "solution_ids.name")
    def _compute_offered_text(self):
        """The text of the plan, and of the solution that is offered to the customer or accepted by him."""
        for plan in self:
            shown = plan.solution_ids.filtered(lambda solution: solution.state in ("offered", "accepted"))[:1]
            parts = [] if is_html_empty(plan.customer_text) else [Markup(plan.customer_text)]
            if shown:
                parts += [Markup("<p><b>%s</b></p>") % shown.name, Markup(shown.customer_text or "")]
            plan.offered_text = Markup().join(parts)

    def _ensure_takes_solutions(self):
        for plan in self:
            if plan.state != "draft":
                raise UserError(
                    self.env._(
                        "%(plan)s was submitted and stays as it is. Draw up a new version instead.", plan=plan.name
                    )
                )
            if not plan.several_solutions:
                raise UserError(
                    self.env._(
                        "%(plan)s: the level of the complaint asks for one solution. Write it into the text for the "
                        "customer.",
                        plan=plan.name,
                    )
                )

    def _ensure_complete(self):
        result = super()._ensure_complete()
        silent = self.solution_ids.filtered(lambda solution: is_html_empty(solution.customer_text))
        if silent and "accepted" in self.complaint_id._needed_steps():
            raise UserError(
                self.env._(
                    "%(plan)s: write the text the customer reads for “%(solution)s”.",
                    plan=self.name,
                    solution=silent[0].name,
                )
            )
        return result

    def _tells_customer(self):
        return super()._tells_customer() or bool(self.solution_ids)

    # ------------------------------------------------------------------
    # Offering one after the other
    # ------------------------------------------------------------------

    def _become_approved(self):
        """The best solution is offered; where the customer is not asked it is the one that is done."""
        result = super()._become_approved()
        for plan in self.sudo():
            if "accepted" not in plan.complaint_id._needed_steps():
                plan._take_first()
        return result

    def _offer(self):
        for plan in self.sudo():
            if "offered" not in plan.solution_ids.mapped("state"):
                plan._best_first()[:1]._cs_as_server().write({"state": "offered"})
        return super()._offer()

    def _answer(self, accepted, how, reason=False):
        """Like for a plan of one solution; while another one is in reserve a rejection has it offered (C-03)."""
        self._ensure_can_be_answered(accepted, reason)
        if accepted:
            self._take_offered()
            return super()._answer(accepted, how, reason)
        going_on = self.filtered(lambda plan: plan.sudo()._in_reserve())
        for plan in self:
            plan.sudo()._offered()._settle("rejected", (reason or "").strip())
        going_on._offer_next(reason.strip())
        left = self - going_on
        return super(CsComplaintPlan, left)._answer(accepted, how, reason) if left else None

    def _best_first(self):
        """Return the solutions in the order they are offered in, also when one was just added or moved."""
        return self.solution_ids.sorted(lambda solution: (solution.sequence, solution.id))

    def _offered(self):
        return self.solution_ids.filtered(lambda solution: solution.state == "offered")

    def _in_reserve(self):
        return self._best_first().filtered(lambda solution: solution.state == "waiting")

    def _take_first(self):
        self._best_first()[1:]._settle("dropped")
        self._best_first()[:1]._settle("accepted")

    def _take_offered(self):
        for plan_sudo in self.sudo():
            plan_sudo._offered()._settle("accepted")
            plan_sudo._in_reserve()._settle("dropped")

    def _offer_next(self, reason):
        """Offer the next best solution of each plan and tell who follows the complaint."""
        for plan_sudo in self.sudo():
            following_sudo = plan_sudo._in_reserve()[:1]
            following_sudo._cs_as_server().write({"state": "offered"})
            plan_sudo._cs_as_server().write({"reminded_at": False})
            plan_sudo.complaint_id._tell(
                {plan_sudo.complaint_id: plan_sudo.complaint_id.user_id},
                lambda complaint, name=following_sudo.name: complaint.env._(
                    "The customer rejects the solution: %(reason)s Now “%(next)s” is offered.", reason=reason, next=name
                ),
            )
        self._offer()

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------

    def _approval_values(self, kind):
        """Tiers look at the dearest solution: any of them may be taken."""
        values = super()._approval_values(kind)
        return values | {"amount": max([self.amount, *self.solution_ids.mapped("amount")])}

    def _approval_content(self, kind):
        content = super()._approval_content(kind)
        if self.solution_ids:
            content["solutions"] = [
                [solution.name, solution.customer_text or "", solution.amount, sorted(solution.action_ids.ids)]
                for solution in self._best_first()
            ]
        return content

    def _approval_text(self, kind):
        text = super()._approval_text(kind)
        rows = [
            Markup("<li><b>%s</b> (%s)<div>%s</div></li>")
            % (solution.name, solution.amount, Markup(solution.customer_text or ""))
            for solution in self._best_first()
        ]
        return text + Markup("<ol>%s</ol>") % Markup().join(rows) if rows else text


class CsLevel(models.Model):
    _inherit = "cs.level"

    several_solutions = fields.Boolean(
        help="A plan may hold several solutions. The best is offered first, the next when the customer rejects it.",
    )
