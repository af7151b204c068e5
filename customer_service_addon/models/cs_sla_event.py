from odoo import fields, models

from .cs_sla_target import UNITS

KINDS = [
    ("start", "Started"),
    ("pause", "Put on Hold"),
    ("resume", "Resumed"),
    ("missed", "Deadline Passed"),
    ("met", "Reached in Time"),
    ("late", "Reached Late"),
    ("cancelled", "Cancelled"),
    ("swapped", "Another Policy"),
    ("recomputed", "Recomputed"),
    ("corrected", "Date Corrected"),
    ("acknowledged", "Alarm Acknowledged"),
    ("rebuilt", "Rebuilt"),
    ("extended", "Extended"),
]


class CsSlaEvent(models.Model):
    """What happened to a clock, append-only: disputes about a deadline are settled from these rows.

    Each row repeats the figures of its clock at that moment. Nobody creates, changes or deletes rows through the ORM.
    """

    _name = "cs.sla.event"
    _description = "SLA Clock Event"
    _order = "id"
    _rec_name = "kind"
    _inherit = ["cs.sla.sealed"]
    _log_access = False

    clock_id = fields.Many2one("cs.sla.clock", required=True, index=True, ondelete="restrict")
    kind = fields.Selection(KINDS, "What", required=True)
    at = fields.Datetime("When", required=True)
    recorded_at = fields.Datetime(required=True)
    user_id = fields.Many2one("res.users", "By", ondelete="restrict")
    policy_version = fields.Integer()
    calendar_id = fields.Many2one("resource.calendar", "Working Hours", ondelete="restrict")
    amount = fields.Float("Within")
    unit = fields.Selection(UNITS)
    carried_s = fields.Integer("Used in Former Rounds (Seconds)", aggregator=None)
    budget_s = fields.Integer("Granted (Seconds)", aggregator=None)
    consumed_s = fields.Integer("Used (Seconds)", aggregator=None)
    deadline = fields.Datetime()
    reason_id = fields.Many2one("cs.hold.reason", "Hold Reason", ondelete="restrict")
    note = fields.Char()
