from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.fields import Command, Domain
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)
DIMENSIONS = (
    ("cause", _lt("Same Cause")),
    ("product", _lt("Same Product")),
    ("object", _lt("Same Object")),
    ("department", _lt("Same Department")),
    ("recurrence", _lt("Recurrences")),
)


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_recurrence_days = fields.Integer(
        "Recurrence Within (Days)",
        default=90,
        help="A complaint of the same cause and the same product, object or department so many days after a plan was "
        "carried out opens its actions again. 0: never.",
    )

    _cs_recurrence_positive = models.Constraint("CHECK(cs_recurrence_days >= 0)", "Days cannot be negative.")


class CsComplaint(models.Model):
    """What comes up again shows that a plan did not help: it is counted, and its actions are opened again (C-03, C-08).

    A recurrence has the cause of the earlier complaint and its product, object or department.
    """

    _inherit = "cs.complaint"

    recurrence_ids = fields.Many2many(
        "cs.complaint",
        "cs_complaint_recurrence_rel",
        "complaint_id",
        "later_id",
        "Came Up Again",
        readonly=True,
        copy=False,
    )
    carried_out_at = fields.Datetime("Carried Out Before It Came Up Again", readonly=True, copy=False)
    recurrence_table = fields.Html("Before and Since", compute="_compute_recurrence_table", sanitize=False)

    def _compute_recurrence_table(self):
        """Show how many complaints came in within the days before the plan was carried out, and since."""
        for complaint in self:
            complaint.recurrence_table = complaint._recurrence_html(complaint._recurrence_counts())

    def _recurrence_counts(self):
        """Return ``{dimension: (before, since)}`` of complaints within the company's days around the execution.

        Counts give away no file, so that those the reader may not see are in them.
        """
        self.ensure_one()
        border = self.executed_at or self.carried_out_at or fields.Datetime.now()
        reach = timedelta(days=self.company_id.cs_recurrence_days)
        mine = self._recurrence_key()
        # sudo: cs.complaint - counted only
        others_sudo = self.sudo().search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("id", "!=", self._origin.id)
            & Domain("state", "!=", "cancelled")
            & Domain("received_at", ">", border - reach)
            & Domain("received_at", "<=", border + reach)
            & (
                Domain("cause_id", "in", self.cause_id.ids)
                | Domain("product_id", "in", self.product_id.ids)
                | Domain("department_id", "in", self.department_id.ids)
                | Domain("case_id.object_key", "in", [mine["object"]] if mine["object"] else [])
            )
        )
        counts = {code: [0, 0] for code, _label in DIMENSIONS}
        for other_sudo in others_sudo:
            theirs = other_sudo._recurrence_key()
            since = other_sudo.received_at > border
            same = {code for code, value in mine.items() if value and theirs[code] == value}
            for code in same | ({"recurrence"} if "cause" in same and len(same) > 1 else set()):
                counts[code][since] += 1
        return {code: tuple(pair) for code, pair in counts.items()}

    def _recurrence_key(self):
        """Return what two complaints are compared by."""
        self.ensure_one()
        # sudo: cs.case - the key of the object is compared only
        return {
            "cause": self.cause_id.id,
            "product": self.product_id.id,
            "object": self.sudo().case_id.object_key,
            "department": self.department_id.id,
        }

    def _recurrence_html(self, counts):
        """Return the counts as a small table with bars, so that before and since are compared at a glance."""
        translate = self.env._
        highest = max([1, *(number for pair in counts.values() for number in pair)])
        bar = Markup(
            '<td class="w-25"><div class="d-flex align-items-center gap-2">'
            '<div class="progress flex-grow-1" style="height: 8px"><div class="progress-bar %s" style="width: %s%%">'
            "</div></div><span>%s</span></div></td>"
        )
        rows = Markup().join(
            Markup("<tr><th>%s</th>%s%s</tr>")
            % (
                translate(label),
                bar % ("bg-secondary", 100 * counts[code][0] // highest, counts[code][0]),
                bar % ("bg-warning", 100 * counts[code][1] // highest, counts[code][1]),
            )
            for code, label in DIMENSIONS
        )
        head = Markup("<tr><th></th><th>%s</th><th>%s</th></tr>") % (
            self.env._("%s Days Before", self.company_id.cs_recurrence_days),
            self.env._("Since Carried Out"),
        )
        return Markup('<table class="table table-sm">%s%s</table>') % (head, rows)

    # ------------------------------------------------------------------
    # Opening again
    # ------------------------------------------------------------------

    def action_analyse(self):
        """With the cause it is known whether an earlier plan did not help."""
        result = super().action_analyse()
        self._open_recurring()
        return result

    def _open_recurring(self):
        """Open the actions of earlier plans whose trouble the complaints of ``self`` are again."""
        # sudo: cs.complaint - the earlier files may be out of the user's sight
        found_sudo = self.sudo()._recurring()
        for earlier_sudo, later_sudo in found_sudo.items():
            earlier_sudo._come_up_again(later_sudo)

    def _recurring(self):
        """Return ``{earlier complaint: complaints of self that are its trouble again}``."""
        companies = self.company_id.filtered("cs_recurrence_days")
        reach = max(companies.mapped("cs_recurrence_days"), default=0)
        caused = self.filtered(lambda complaint: complaint.cause_id and complaint.company_id in companies)
        if not caused:
            return {}
        earlier = self.search(
            Domain("company_id", "in", companies.ids)
            & Domain("cause_id", "in", caused.cause_id.ids)
            & Domain("state", "!=", "cancelled")
            & Domain("executed_at", ">=", min(caused.mapped("received_at")) - timedelta(days=reach))
            & Domain("executed_at", "<", max(caused.mapped("received_at")))
        )
        pairs = {}
        for other in earlier:
            later = caused.filtered(lambda complaint, other=other: complaint._recurs(other))
            if later - other.recurrence_ids:
                pairs[other] = later - other.recurrence_ids
        return pairs

    def _recurs(self, earlier):
        """Whether the complaint is the trouble of ``earlier`` again, within the days after its plan was carried out."""
        self.ensure_one()
        days = timedelta(days=self.company_id.cs_recurrence_days)
        mine, theirs = self._recurrence_key(), earlier._recurrence_key()
        alike = any(mine[code] and mine[code] == theirs[code] for code in ("product", "object", "department"))
        return (
            self != earlier
            and self.company_id == earlier.company_id
            and mine["cause"] == theirs["cause"]
            and alike
            and earlier.executed_at < self.received_at <= earlier.executed_at + days
        )

    def _come_up_again(self, later):
        """Open the corrective and preventive actions of the plan again and tell their owners; called in sudo.

        A file that is still open goes back to the execution; a closed one stays closed with its open actions.
        """
        links = [Command.link(complaint.id) for complaint in later]
        self._cs_as_server().write({"recurrence_ids": links, "carried_out_at": self.executed_at})
        done = self.plan_id.action_ids.filtered(lambda action: action.state == "done" and action.kind != "immediate")
        done._do_again()
        if done and self.state not in ("closed", "cancelled"):
            self._take_back("executed")
        self._tell(
            {self: self.user_id | done.user_id},
            lambda complaint: complaint.env._(
                "Came up again with %(later)s: the actions are open once more.", later=", ".join(later.mapped("name"))
            ),
        )


class CsComplaintAction(models.Model):
    _inherit = "cs.complaint.action"

    again_count = fields.Integer("Opened Again", readonly=True, copy=False, aggregator="sum")

    def _do_again(self):
        """Open done actions (sudo) once more; each gets as many days as it had the first time."""
        today = fields.Date.context_today(self)
        for action in self:
            span = max((action.due_on - action.create_date.date()).days, 1)
            action._cs_as_server().write(
                {
                    "state": "open",
                    "done_at": False,
                    "done_by_id": False,
                    "reminded_on": False,
                    "due_on": max(action.due_on, today + timedelta(days=span)),
                    "again_count": action.again_count + 1,
                }
            )

    def _ensure_may_begin(self):
        """What came up again is done at once, also when the file is closed."""
        return None if self.sudo().again_count else super()._ensure_may_begin()
