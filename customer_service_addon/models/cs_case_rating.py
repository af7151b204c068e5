from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from .cs_guard_mixin import _SERVER

WORST, BEST = 1, 5


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_rating_days = fields.Integer(
        "Customers Rate Within (Days)",
        default=7,
        help="So long after the closing a customer may rate his case, and change it. 0: cases are not rated.",
    )
    cs_rating_unhappy_to = fields.Integer(
        "Not Satisfied Up To (Stars)", default=2, help="So few stars take the case up again, once. 0: none does."
    )

    _cs_rating_figures = models.Constraint(
        "CHECK(cs_rating_days >= 0 AND cs_rating_unhappy_to BETWEEN 0 AND 4)",
        "Days cannot be negative, and not satisfied ends at 0 to 4 stars.",
    )

    @api.model
    def _cs_preset_settings(self):
        return super()._cs_preset_settings() | {"cs_rating_days", "cs_rating_unhappy_to"}


class RatingRating(models.Model):
    """Ratings of cases are written by our own pages only; Odoo lets every employee write and create them."""

    _inherit = "rating.rating"

    # Whoever knows the token may vote on Odoo's own page.
    access_token = fields.Char(groups="base.group_system")
    cs_closed_at = fields.Datetime("Closing That Is Rated", readonly=True, copy=False)
    cs_follow_up_id = fields.Many2one(
        "cs.case", "Case It Led To", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )

    _cs_closing_uniq = models.UniqueIndex(
        "(res_model, res_id, cs_closed_at) WHERE cs_closed_at IS NOT NULL", "This closing is rated already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        ours = self.env["ir.model"]._get_id("cs.case")
        if any(vals.get("res_model_id", ours) == ours for vals in vals_list):
            self._ensure_cs_server()
        return super().create(vals_list)

    def write(self, vals):
        # sudo: rating.rating - what kind of record is rated decides
        ours = self.env["ir.model"]._get_id("cs.case")
        if vals.get("res_model_id") == ours or any(rating.res_model_id.id == ours for rating in self.sudo()):
            self._ensure_cs_server()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_not_of_cases(self):
        if any(rating.res_model == "cs.case" for rating in self.sudo()):
            raise UserError(self.env._("Ratings of cases are proofs and are kept."))

    def _ensure_cs_server(self):
        if self.env.context.get("_cs_server") is not _SERVER:
            raise AccessError(self.env._("Cases are rated by their customers, on the page of the case."))


class CsCase(models.Model):
    """What the customer thinks of how his case was handled: 1 to 5 stars, once per closing."""

    _inherit = "cs.case"

    is_unhappy = fields.Boolean("Unhappy Customer", compute="_compute_is_unhappy", search="_search_is_unhappy")

    @api.depends("rating_last_value", "company_id.cs_rating_unhappy_to")
    def _compute_is_unhappy(self):
        for case in self:
            case.is_unhappy = WORST <= case.rating_last_value <= case.company_id.cs_rating_unhappy_to

    @api.model
    def _search_is_unhappy(self, operator, value):
        if operator != "in":
            return NotImplemented
        companies = self.env["res.company"].search([])
        rated = Domain("rating_last_value", ">=", WORST)
        return rated & Domain.OR(
            Domain("company_id", "in", group.ids) & Domain("rating_last_value", "<=", limit)
            for limit, group in companies.grouped("cs_rating_unhappy_to").items()
        )

    def action_view_ratings(self):
        """Open the ratings of the case with what the customer wrote."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ratings"),
            "res_model": "rating.rating",
            "view_mode": "list,form",
            "domain": [("res_model", "=", "cs.case"), ("res_id", "=", self.id), ("consumed", "=", True)],
            "context": {"create": False},
        }

    def rating_apply(self, rate, token=None, rating=None, feedback=None, subtype_xmlid=None, notify_delay_send=False):
        """Take a vote from Odoo's own page by the rules of ours; return the rating.

        Raises AccessError for whoever is not on a page that checked the token, for colleagues and for tokens of
        other records, UserError when the time to rate is over.
        """
        self.ensure_one()
        # sudo: rating.rating - its token stands for the right to rate, and is looked up only
        ratings_sudo = self.env["rating.rating"].sudo()
        rating_sudo = ratings_sudo.search([("access_token", "=", token)], limit=1) if token else rating
        rating_sudo = (rating_sudo or ratings_sudo).sudo()
        if not self.env.su or (rating_sudo.res_model, rating_sudo.res_id) != (self._name, self.id):
            raise AccessError(self.env._("Cases are rated by their customers, on the page of the case."))
        if rating_sudo != self._rating_of_closing():
            raise UserError(self.env._("The time to rate this request is over."))
        return self._rate(int(rate), feedback or "", rating_sudo.partner_id)

    # ------------------------------------------------------------------
    # Business: ``self`` is superuser's, that it is the customer was checked
    # ------------------------------------------------------------------

    def _rated_closing(self):
        """Return the closing (naive UTC) that is rated at present, or False.

        A case that his own rating took up again is still rated by the closing before.
        """
        self.ensure_one()
        if self.closed_at:
            return self.closed_at
        last = self.rating_ids.filtered("cs_closed_at").sorted("cs_closed_at")[-1:]
        return last.cs_closed_at if last.cs_follow_up_id == self else False

    def _rating_of_closing(self):
        """Return the rating of the present closing, empty when there is none."""
        self.ensure_one()
        closing = self._rated_closing()
        return self.rating_ids.filtered(lambda rating: closing and rating.cs_closed_at == closing)

    def _may_be_rated(self):
        """Whether the customer may rate the case now, or change what he said."""
        self.ensure_one()
        closing, days = self._rated_closing(), self.company_id.cs_rating_days
        return bool(closing and days) and fields.Datetime.now() <= closing + timedelta(days=days)

    def _portal_rating(self):
        """Return what the page shows: ``{"may_rate", "value" (0 to 5), "feedback", "until"}``, or False."""
        self.ensure_one()
        may_rate, rating = self._may_be_rated(), self._rating_of_closing()
        if not may_rate and not rating:
            return False
        until = self._rated_closing() + timedelta(days=self.company_id.cs_rating_days)
        return {"may_rate": may_rate, "value": int(rating.rating), "feedback": rating.feedback or "", "until": until}

    def _rate(self, value, feedback, partner):
        """Keep the rating of ``partner``: ``value`` 1 to 5, ``feedback`` plain text; return it.

        So few stars as the company says take the case up again or open one that follows it, once per closing.
        Raises AccessError for colleagues, UserError for another value or when the time is over.
        """
        self.ensure_one()
        if self.env.user._is_internal() and self.env.uid != SUPERUSER_ID:
            raise AccessError(self.env._("Only the customer rates how his request was handled."))
        if not self._may_be_rated():
            raise UserError(self.env._("The time to rate this request is over."))
        if not WORST <= value <= BEST:
            raise UserError(self.env._("Please choose 1 to 5 stars."))
        case = self.with_user(SUPERUSER_ID)
        rating = case._keep_rating(value, feedback.strip(), partner)
        case._note_rating(rating)
        if value <= case.company_id.cs_rating_unhappy_to and not rating.cs_follow_up_id:
            follow_up = case._reopen_by_customer(feedback)
            rating.write({"cs_follow_up_id": follow_up.id})
        return rating

    def _keep_rating(self, value, feedback, partner):
        rating = self._rating_of_closing().with_context(_cs_server=_SERVER)
        if not rating:
            rating = rating.create(
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": self.id,
                    "partner_id": (partner or self.partner_id).id,
                    "rated_partner_id": self._rating_get_operator().id,
                    "is_internal": False,
                    "cs_closed_at": self._rated_closing(),
                }
            )
            # The last value of a case is read from the database by the model of its ratings.
            rating.flush_recordset()
        rating.write({"rating": value, "feedback": feedback, "consumed": True})
        return rating

    def _note_rating(self, rating):
        """Note it for colleagues; it is no message to them, which would take the case up again."""
        stars = "★" * int(rating.rating) + "☆" * (BEST - int(rating.rating))
        self._message_log(body=plaintext2html("\n".join(filter(None, (stars, rating.feedback)))))
