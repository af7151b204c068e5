from collections import defaultdict

from odoo import fields, models

from ..services.visit_steps import SATISFIED, SCALE, worst

VISIT_OUTCOMES = [
    ("visit_satisfied", "Satisfied at the Return Visit"),
    ("visit_unsatisfied", "Not Satisfied at the Return Visit"),
]


class CsIncentivePoint(models.Model):
    """What customers say afterwards brings points, too."""

    _inherit = "cs.incentive.point"

    outcome = fields.Selection(selection_add=VISIT_OUTCOMES, ondelete=dict.fromkeys(dict(VISIT_OUTCOMES), "cascade"))


class CsIncentiveLine(models.Model):
    _inherit = "cs.incentive.line"

    visit_satisfied_count = fields.Integer(VISIT_OUTCOMES[0][1])
    visit_unsatisfied_count = fields.Integer(VISIT_OUTCOMES[1][1])


class CsIncentive(models.Model):
    """The opinions of the return visits beside those of the inspections (R-10)."""

    _inherit = "cs.incentive"

    def _opinions(self, orders):
        """One outcome per order and person asked afterwards: the worst mark of his last answers.

        What he wrote himself goes before what was recorded, whatever the index of satisfaction counts.
        """
        opinions = super()._opinions(orders)
        by_event = {f"{order._name},{order.id}": order for order in orders}
        # sudo: cs.visit.answer - the incentive counts every opinion, also of visits the supervisor does not see
        answers_sudo = self.env["cs.visit.answer"].sudo()
        domain = [("event", "in", list(by_event)), ("is_last", "=", True), ("measure", "=", "satisfaction")]
        marks = defaultdict(dict)
        # Recorded ones first, so that the customer's own replaces them item by item.
        for answer in answers_sudo.search(domain).sorted(lambda row: (row.source == "customer", row.id)):
            if answer.score in (*SCALE, "na"):
                marks[answer.event, answer.partner_id.id][answer.item] = answer.score
        for (event, _partner), scores in sorted(marks.items()):
            mark = worst(scores.values())
            if mark:
                opinions[by_event[event]].append("visit_satisfied" if mark in SATISFIED else "visit_unsatisfied")
        return opinions

    def _line_values(self, technician_id, total):
        counts = {f"{outcome}_count": total[outcome] for outcome, _label in VISIT_OUTCOMES}
        return super()._line_values(technician_id, total) | counts
