from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CsHoldReason(models.Model):
    """Why a case waits. Whom it waits for decides what ends the waiting; the reason also sets its limits."""

    _name = "cs.hold.reason"
    _description = "Hold Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    waits_for = fields.Selection(
        [
            ("customer", "The Customer"),
            ("parts", "Parts or Goods"),
            ("third_party", "A Third Party"),
            ("internal", "Our Own Company"),
        ],
        required=True,
        default="third_party",
        help="What waits for the customer goes on by itself when he writes.",
    )
    stops_clock = fields.Boolean(
        "Stops the Clocks",
        default=True,
        help="The deadlines of the case stand still while it waits for this. What our own company is to blame for "
        "should not stop them. A change counts for holds that begin afterwards.",
    )
    max_hours = fields.Float(
        "Longest Pause (Working Hours)",
        help="A longer pause needs a supervisor; without an end it ends when these hours are used up. 0: no limit.",
    )
    total_hours = fields.Float(
        "All Pauses of a Case (Working Hours)",
        help="All pauses of one case for this reason together; more needs a supervisor. 0: no limit.",
    )
    reminder_days = fields.Integer(
        "Remind the Customer Every (Working Days)",
        help="Until he replies or the time is over. 0: no reminder. Only where the case waits for the customer.",
    )
    at_end = fields.Selection(
        [
            ("remind", "Remind the Owner"),
            ("resume", "Go On with the Case"),
            ("close", "Close After a Notice to the Customer"),
        ],
        "When the Time Is Over",
        required=True,
        default="remind",
        help="Remind: the case goes on waiting until its owner acts; where the pause is limited the team leader is "
        "reminded too. Go on: the case is open again and its owner told. Close: the customer is told and the case is "
        "closed unless he replies; what stands in the way leaves it open and its owner is reminded.",
    )
    close_notice_days = fields.Integer(
        "Announce the Closing Before (Working Days)",
        default=2,
        help="The customer is told so long before the case is closed.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")

    _limits_positive = models.Constraint(
        "CHECK(max_hours >= 0 AND total_hours >= 0 AND reminder_days >= 0 AND close_notice_days >= 0)",
        "Hours and days cannot be negative.",
    )

    @api.constrains("waits_for", "reminder_days", "at_end")
    def _check_customer_is_waited_for(self):
        for reason in self:
            if reason.waits_for != "customer" and (reason.reminder_days or reason.at_end == "close"):
                raise ValidationError(
                    self.env._(
                        "%(reason)s: only where a case waits for the customer is he reminded, or the case closed "
                        "because he is silent. Let it wait for the customer, or take the reminder and the closing out.",
                        reason=reason.name,
                    )
                )

    @api.constrains("at_end", "close_notice_days")
    def _check_closing_is_announced(self):
        for reason in self:
            if reason.at_end == "close" and not reason.close_notice_days:
                raise ValidationError(
                    self.env._(
                        "%(reason)s: a case is not closed without notice. Announce it at least one working day before.",
                        reason=reason.name,
                    )
                )

    @api.constrains("max_hours", "total_hours")
    def _check_pause_within_total(self):
        for reason in self:
            if reason.total_hours and reason.max_hours > reason.total_hours:
                raise ValidationError(
                    self.env._(
                        "%(reason)s: one pause of %(max)s working hours does not fit into the %(total)s that all "
                        "pauses may have together.",
                        reason=reason.name,
                        max=f"{reason.max_hours:g}",
                        total=f"{reason.total_hours:g}",
                    )
                )

    @api.onchange("waits_for")
    def _onchange_waits_for(self):
        if self.waits_for != "customer":
            self.reminder_days = 0
            self.at_end = "remind" if self.at_end == "close" else self.at_end

    def _is_limited(self):
        """Return whether a pause, or all pauses of a case together, may only have so many working hours."""
        self.ensure_one()
        return bool(self.max_hours or self.total_hours)

    def _limit_text(self):
        """Return the limits of the reason as a sentence for the user, or an empty string."""
        self.ensure_one()
        parts = []
        if self.max_hours:
            parts.append(self.env._("At most %(hours)s working hours at a time.", hours=f"{self.max_hours:g}"))
        if self.total_hours:
            parts.append(
                self.env._("At most %(hours)s working hours in all for one case.", hours=f"{self.total_hours:g}")
            )
        if parts:
            parts.append(self.env._("Longer needs a supervisor."))
        return " ".join(parts)
