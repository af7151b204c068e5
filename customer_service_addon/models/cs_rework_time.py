from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..services.rework_time import PARTY_OF_HOLD, charged_party, party_of, seconds_by_party
from .cs_rework import STATE_LABELS

TIME_PARTIES = [
    ("desk", "Customer Service"),
    ("survey", "Survey"),
    ("contractor", "Contractor"),
    ("technician", "Own Team"),
    ("parts", "Parts"),
    ("third", "Third Party"),
    ("customer", "Customer"),
]


class CsReworkStep(models.Model):
    """When an order came to a state and who had to act from then on: rows that stay, written by the order itself."""

    _name = "cs.rework.step"
    _description = "Step of a Repair Order"
    _inherit = ["cs.guard.mixin"]
    _order = "at, id"
    _rec_name = "state"

    rework_id = fields.Many2one("cs.rework", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True)
    state = fields.Selection(STATE_LABELS, required=True, readonly=True)
    party = fields.Selection(TIME_PARTIES, "Has to Act", readonly=True)
    contractor_id = fields.Many2one("res.partner", readonly=True, index="btree_not_null", ondelete="restrict")
    at = fields.Datetime("Since", required=True, readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        """Steps are noted by their order."""
        if not self._cs_is_server():
            raise AccessError(self.env._("The steps of an order are noted by the order itself."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._("The steps of an order are kept."))


class CsReworkTime(models.Model):
    """Working hours each party used of an order; a missed deadline is charged to the one that used the most.

    The rows are made again at each step of the order and every night while it is open.
    """

    _name = "cs.rework.time"
    _description = "Whose Time"
    _inherit = ["cs.guard.mixin"]
    _order = "rework_id desc, hours desc, id"
    _rec_name = "party"

    rework_id = fields.Many2one("cs.rework", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="rework_id.company_id", store=True, precompute=True)
    team_id = fields.Many2one(related="rework_id.team_id", store=True, precompute=True)
    contractor_id = fields.Many2one(
        "res.partner", readonly=True, index="btree_not_null", help="Who had the order last.", ondelete="restrict"
    )
    cost_class = fields.Selection(related="rework_id.cost_class", store=True, precompute=True)
    received_at = fields.Datetime(related="rework_id.received_at", store=True, precompute=True)
    party = fields.Selection(TIME_PARTIES, required=True, readonly=True)
    hours = fields.Float("Working Hours", readonly=True)
    share = fields.Float("Share (%)", readonly=True, aggregator="avg")
    charged = fields.Boolean(
        "Breach Charged", readonly=True, help="A deadline of the order was missed and this party used the most time."
    )
    breaches = fields.Integer(readonly=True, help="1 where the breach is charged to the party.")
    counted_until = fields.Datetime(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        """Rows are computed by their order."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Whose time it was is computed by the system."))
        return super().create(vals_list)


class CsRework(models.Model):
    """Whose time it was."""

    _inherit = "cs.rework"

    step_ids = fields.One2many("cs.rework.step", "rework_id", "Steps", readonly=True, copy=False)
    time_ids = fields.One2many("cs.rework.time", "rework_id", "Whose Time", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._note_steps(moment_field="received_at")
        return orders

    def write(self, vals):
        former = {order.id: order.state for order in self} if "state" in vals else {}
        result = super().write(vals)
        self.filtered(lambda order: order.id in former and former[order.id] != order.state)._note_steps()
        return result

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _note_steps(self, moment_field=None):
        """Write down who has to act from now on (or since ``moment_field``) and count the time until then."""
        if not self:
            return
        now = fields.Datetime.now()
        # sudo: cs.rework.step - written by the system at each move, whoever moves the order
        orders_sudo = self.sudo()
        self.env["cs.rework.step"].sudo()._cs_as_server().create(
            [
                {
                    "rework_id": order.id,
                    "state": order.state,
                    "party": party_of(order.state, order.executor),
                    "contractor_id": order.contractor_id.id if order.executor == "contractor" else False,
                    "at": order[moment_field] if moment_field else now,
                }
                for order in orders_sudo
            ]
        )
        orders_sudo._refresh_time()

    def _time_waits(self):
        """Return ``{order id: [(from, until or None, party)]}``: times of somebody else than the state says.

        Holds of the case count for whom they wait for. Other rooms add theirs, such as the survey.
        """
        # sudo: cs.hold - counted for whoever moves the order
        holds_sudo = (
            self.env["cs.hold"].sudo().search([("case_id", "in", self.sudo().case_id.ids)], order="started_at, id")
        )
        by_case = holds_sudo.grouped("case_id")
        return {
            order.id: [
                (hold.started_at, hold.ended_at or None, PARTY_OF_HOLD[hold.waits_for])
                for hold in by_case.get(order.case_id, [])
            ]
            for order in self.sudo()
        }

    def _refresh_time(self):
        """Count again how many working hours each party has used of the orders of ``self``."""
        orders_sudo = self.sudo()  # rows of the system
        now = fields.Datetime.now()
        waits = orders_sudo._time_waits()
        late = orders_sudo._with_missed_clock()
        steps = self.env["cs.rework.step"].sudo().search([("rework_id", "in", self.ids)]).grouped("rework_id")
        rows = []
        for order in orders_sudo:
            log = [(step.at, step.party or None) for step in steps.get(order, [])]
            totals = seconds_by_party(log, waits.get(order.id, []), now, order._elapsed_function(log, now))
            rows += order._time_rows(totals, order in late, now)
        times_sudo = self.env["cs.rework.time"].sudo()
        times_sudo.search([("rework_id", "in", self.ids)]).unlink()
        times_sudo._cs_as_server().create(rows)
        self.invalidate_recordset(["time_ids"])

    def _time_rows(self, totals, late, now):
        self.ensure_one()
        whole = sum(totals.values())
        charged = charged_party(totals) if late else None
        return [
            {
                "rework_id": self.id,
                "contractor_id": self.contractor_id.id if self.executor == "contractor" else False,
                "party": party,
                "hours": seconds / 3600,
                "share": 100 * seconds / whole,
                "charged": party == charged,
                "breaches": int(party == charged),
                "counted_until": now,
            }
            for party, seconds in totals.items()
            if seconds > 0
        ]

    def _elapsed_function(self, log, now):
        """Return how many seconds were worked until a moment, on the calendar of the order; none without one."""
        calendar = self._sla_calendar()
        if not calendar or not log:
            return lambda moment: 0
        first = min(moment for moment, _party in log)
        return calendar._cs_timeline(self.company_id, first, now + timedelta(days=1)).elapsed

    def _worked_hours(self, begin, end):
        """Return the working hours between ``begin`` and ``end`` (naive UTC) on the calendar of the order."""
        self.ensure_one()
        if not begin or not end or end <= begin:
            return 0.0
        elapsed = self._elapsed_function([(begin, None)], end)
        return (elapsed(end) - elapsed(begin)) / 3600

    def _with_missed_clock(self):
        """Return the orders of ``self`` that have missed a deadline."""
        # sudo: cs.sla.clock - only whether one was missed
        clocks_sudo = self.env["cs.sla.clock"].sudo()
        groups = clocks_sudo._read_group(
            [("res_model", "=", "cs.rework"), ("res_id", "in", self.ids), ("outcome", "=", "missed")], ["res_id"]
        )
        return self.browse([res_id for (res_id,) in groups])

    @api.model
    def _cron_time(self, batch=500):
        """Count the time of the open orders, so that the pictures of the morning are those of today."""
        cron = self.env["ir.cron"]
        domain = [("state", "not in", ("closed", "cancelled"))]
        last_id = 0
        cron._commit_progress(remaining=self.search_count(domain))
        while orders := self.search([*domain, ("id", ">", last_id)], order="id", limit=batch):
            last_id = orders[-1].id
            orders._refresh_time()
            if not cron._commit_progress(len(orders)):
                break
