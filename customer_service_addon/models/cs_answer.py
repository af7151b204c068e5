from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ..services.placeholders import fill, unknown_placeholders

# The fixed list: what an agent may write into a reusable answer. Keys are part of stored texts, never rename one.
PLACEHOLDERS = (
    "number",
    "subject",
    "customer",
    "company_of_customer",
    "phone",
    "email",
    "object",
    "owner",
    "team",
    "promise",
    "verdict",
    "reason",
)
# Weights of the order in which answers are offered; a word in the name outweighs a matching type.
_IN_NAME, _IN_KEYWORDS, _IN_BODY, _SAME_CATEGORY, _SAME_TYPE = 8, 6, 2, 4, 3
# So many of the most used fitting answers are compared.
_CANDIDATES = 300


class CsAnswer(models.Model):
    """A reusable answer (I-06, 话术/知识库), offered by type, category and text when a case is answered."""

    _name = "cs.answer"
    _description = "Reusable Answer"
    _inherit = ["cs.guard.mixin"]
    _order = "use_count desc, id desc"
    _rec_names_search = ["name", "keywords", "body"]
    _check_company_auto = True

    _cs_server_fields = frozenset({"state", "author_id", "approved_by_id", "use_count"})

    name = fields.Char(required=True, translate=True)
    body = fields.Html(
        "Text",
        required=True,
        translate=True,
        sanitize_style=True,
        help="May contain {{number}}, {{subject}}, {{customer}}, {{company_of_customer}}, {{phone}}, {{email}}, "
        "{{object}}, {{owner}}, {{team}}, {{promise}}, {{verdict}} and {{reason}}.",
    )
    keywords = fields.Char(translate=True, help="Other words under which the answer should be found.")
    type_ids = fields.Many2many("cs.case.type", string="Case Types", check_company=True, help="Empty: for all types.")
    category_ids = fields.Many2many(
        "cs.category", string="Categories", check_company=True, help="Empty: for all categories."
    )
    team_id = fields.Many2one(
        "cs.team", check_company=True, index="btree_not_null", help="Empty: offered to all teams."
    )
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company, help="Empty: for all companies."
    )
    active = fields.Boolean(default=True)
    state = fields.Selection([("proposed", "Proposed"), ("approved", "Approved")], default="proposed", readonly=True)
    author_id = fields.Many2one(
        "res.users", readonly=True, index="btree_not_null", default=lambda self: self.env.user, copy=False
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, index="btree_not_null", copy=False)
    use_count = fields.Integer("Used", readonly=True, copy=False)

    _offer_idx = models.Index("(use_count DESC, id DESC)")

    @api.constrains("name", "body")
    def _check_placeholders(self):
        for answer in self:
            unknown = unknown_placeholders(f"{answer.name} {answer.body}", PLACEHOLDERS)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "“%(answer)s” contains the unknown placeholder %(unknown)s. Use one of: %(known)s.",
                        answer=answer.name,
                        unknown=", ".join(unknown),
                        known=", ".join(f"{{{{{name}}}}}" for name in PLACEHOLDERS),
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Offer answers, best first, when the context names the case that is answered (``cs_answer_case_id``)."""
        case = self.env["cs.case"].browse(self.env.context.get("cs_answer_case_id") or ()).exists()
        if not case or operator != "ilike":
            return super().name_search(name, domain, operator, limit)
        case.check_access("read")
        return [(answer.id, answer.display_name) for answer in self._offer(case, name, limit, domain)]

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_approve(self):
        """Release proposed answers for everybody. Raises AccessError unless a supervisor does it."""
        self._ensure_supervisor()
        self.check_access("write")
        self._cs_as_server().write({"state": "approved", "approved_by_id": self.env.uid})

    def action_withdraw(self):
        """Take approved answers back to their author. Raises AccessError unless a supervisor does it."""
        self._ensure_supervisor()
        self.check_access("write")
        self._cs_as_server().write({"state": "proposed", "approved_by_id": False})

    def _form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reusable Answer"),
            "res_model": "cs.answer",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _ensure_supervisor(self):
        if not self.env.user.has_group("customer_service_addon.group_cs_supervisor"):
            raise AccessError(self.env._("Supervisors release reusable answers. Ask yours to look at it."))

    @api.model
    def _offer(self, case, text="", limit=10, domain=None):
        """Return the answers the user may use for ``case``, best first.

        Every word of ``text`` counts where it occurs in name, keywords or body (part of a word is enough, as
        Chinese has no spaces); without any word found an answer is not offered. Type and category of the case
        break the tie, then use.
        """
        words = (text or "").split()
        fitting = (
            Domain(domain or Domain.TRUE)
            & Domain("company_id", "in", (False, case.company_id.id))
            & Domain("team_id", "in", (False, case.team_id.id))
            & (Domain("type_ids", "=", False) | Domain("type_ids", "in", case.type_id.ids))
            & (Domain("category_ids", "=", False) | Domain("category_ids", "parent_of", case.category_id.ids))
        )
        if words:
            fitting &= Domain.OR(Domain(name, "ilike", word) for word in words for name in ("name", "keywords", "body"))
        answers = self.search(fitting, limit=_CANDIDATES)
        return answers.sorted(lambda answer: answer._score(case, words), reverse=True)[:limit]

    def _score(self, case, words):
        self.ensure_one()
        name, keywords = (self.name or "").lower(), (self.keywords or "").lower()
        body = (self.body or "").lower()
        score = _SAME_TYPE * (case.type_id in self.type_ids) + _SAME_CATEGORY * bool(
            case.category_id and self.category_ids
        )
        for word in map(str.lower, words):
            score += _IN_NAME * (word in name) + _IN_KEYWORDS * (word in keywords) + _IN_BODY * (word in body)
        return score, self.use_count, self.id

    def _fill_for(self, case):
        """Return the text for ``case`` as Markup, in the customer's language, placeholders filled in and escaped."""
        self.ensure_one()
        answer = self.with_context(lang=case._customer_lang())
        return Markup(fill(answer.body or "", {name: escape(value) for name, value in case._answer_values().items()}))

    def _count_use(self):
        """Count one more use; what is used often is offered first."""
        # sudo: cs.answer - using an answer changes its counter; its text stays the author's and the supervisors'
        for answer_sudo in self.sudo():
            answer_sudo._cs_as_server().write({"use_count": answer_sudo.use_count + 1})
