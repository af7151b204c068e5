from odoo import fields, models
from odoo.tools import SQL

from .cs_visit_answer import SOURCES
from .cs_visit_purpose import METHODS
from .survey_question import MEASURES, SCORES


class CsSatisfactionReport(models.Model):
    """One row per last answer of a person to an item about an event, with what it counts for (S-01, S-02).

    Index of satisfaction = answers at least "basically satisfied" ÷ answers collected × 100, as an average of ``rate``.
    Of each person, event and item exactly one row counts: the customer's own, unless he left the item empty and told a
    colleague; where the company counts own answers only, nothing but these. Everything that does not count stays to
    be seen in columns of its own: no answer, not applicable, what colleagues recorded, what customers wrote
    themselves, and both side by side. Days are those of the company's time zone, whoever looks.
    """

    _name = "cs.satisfaction.report"
    _description = "Satisfaction"
    _auto = False
    _rec_name = "item_name"
    _order = "answered_on desc, id desc"
    _depends = {
        "cs.visit.answer": [
            *("visit_id", "source", "event", "partner_id", "answered_at", "recorded_by_id", "item", "question_text"),
            *("answer_text", "comment", "measure", "score", "value", "nps", "department_id", "is_last", "case_id"),
        ],
        "cs.return.visit": [
            *("company_id", "commercial_partner_id", "class_id", "purpose_id", "plan_id", "method", "team_id"),
            *("user_id", "answered_by_id", "rework_id", "served_user_ids"),
        ],
        "resource.calendar": ["tz"],
        "res.partner": ["tz"],
        "res.company": ["resource_calendar_id", "cs_index_own_only"],
    }

    answer_id = fields.Many2one("cs.visit.answer", "Given Answer", readonly=True)
    visit_id = fields.Many2one("cs.return.visit", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    answered_at = fields.Datetime(readonly=True)
    answered_on = fields.Date(readonly=True, help="In the company's time zone.")
    department_id = fields.Many2one("hr.department", "Responsible Department", readonly=True)
    team_id = fields.Many2one("cs.team", readonly=True)
    user_id = fields.Many2one("res.users", "Visited By", readonly=True)
    served_user_id = fields.Many2one(
        "res.users", "Served By", readonly=True, help="Empty where nobody or several people served the customer."
    )
    purpose_id = fields.Many2one("cs.visit.purpose", "Purpose of the Visit", readonly=True)
    plan_id = fields.Many2one("cs.visit.plan", readonly=True)
    class_id = fields.Many2one("cs.partner.class", "Customer Class", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", "Customer Entity", readonly=True)
    partner_id = fields.Many2one("res.partner", "Who Answered", readonly=True)
    source = fields.Selection(SOURCES, "How Given", readonly=True)
    method = fields.Selection(METHODS, readonly=True)
    measure = fields.Selection(MEASURES, readonly=True)
    item = fields.Integer("Item Number", readonly=True, aggregator=None)
    item_name = fields.Char("Item", readonly=True, help="As the item was called when it was asked last.")
    question_text = fields.Char("Question", readonly=True)
    answer_text = fields.Text("Answer", readonly=True)
    comment = fields.Text(readonly=True)
    score = fields.Selection([*SCORES, ("none", "No Answer")], readonly=True)
    case_id = fields.Many2one("cs.case", "Case Opened", readonly=True)
    is_counted = fields.Boolean(
        "Counts in the Index", readonly=True, help="Goes before the other way the same was answered."
    )

    form = fields.Integer(
        "Forms Collected", readonly=True, aggregator="count_distinct", help="Visits with at least one counted answer."
    )
    collected = fields.Integer("Answers Collected", readonly=True, help="Counted answers on the scale.")
    satisfied = fields.Integer("At Least Basically Satisfied", readonly=True)
    very_count = fields.Integer("Very Satisfied", readonly=True)
    fairly_count = fields.Integer("Fairly Satisfied", readonly=True)
    basically_count = fields.Integer("Basically Satisfied", readonly=True)
    not_count = fields.Integer("Not Satisfied", readonly=True)
    not_applicable = fields.Integer(readonly=True)
    no_answer = fields.Integer(readonly=True)
    rate = fields.Float(
        "Index (%)",
        readonly=True,
        aggregator="avg",
        help="At least basically satisfied ÷ answers collected × 100 (S-02).",
    )
    own_collected = fields.Integer("Customers' Own Answers", readonly=True)
    own_rate = fields.Float("Index of Own Answers (%)", readonly=True, aggregator="avg")
    staff_collected = fields.Integer("Recorded Answers", readonly=True)
    staff_rate = fields.Float("Index of Recorded Answers (%)", readonly=True, aggregator="avg")
    both_collected = fields.Integer("Answered Both Ways", readonly=True)
    both_staff_rate = fields.Float("Both Ways: Recorded (%)", readonly=True, aggregator="avg")
    both_own_rate = fields.Float("Both Ways: Own (%)", readonly=True, aggregator="avg")
    optimism = fields.Float(
        "Desk Optimism",
        readonly=True,
        aggregator="avg",
        help="How many points the recorded index lies above the customers' own, of what was answered both ways.",
    )
    nps_collected = fields.Integer("NPS Answers", readonly=True)
    nps = fields.Float("NPS", readonly=True, aggregator="avg")
    ces_collected = fields.Integer("CES Answers", readonly=True)
    ces = fields.Float("CES", readonly=True, aggregator="avg")

    @property
    def _table_query(self):
        # Names of items and the people who served are worked out only where somebody asks for the column.
        return SQL(
            """
            SELECT a.id, a.id AS answer_id, a.visit_id, a.company_id, a.source, a.partner_id, a.measure, a.item,
                   a.question_text, a.answer_text, a.comment, a.score, a.case_id, a.department_id, a.answered_at,
                   v.commercial_partner_id, v.class_id, v.purpose_id, v.plan_id, v.method, v.team_id,
                   COALESCE(a.recorded_by_id, v.answered_by_id, v.user_id) AS user_id,
                   (SELECT min(s.res_users_id) FROM cs_return_visit_served_rel s
                     WHERE s.cs_return_visit_id = v.id HAVING count(*) = 1) AS served_user_id,
                   (a.answered_at AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(h.tz, p.tz, 'UTC'))::date AS answered_on,
                   t.item_name, x.is_counted,
                   %(figures)s
              FROM cs_visit_answer a
              JOIN cs_return_visit v ON v.id = a.visit_id
              JOIN res_company c ON c.id = a.company_id
              JOIN res_partner p ON p.id = c.partner_id
              LEFT JOIN resource_calendar h ON h.id = c.resource_calendar_id
              LEFT JOIN cs_visit_answer o ON o.event = a.event AND o.partner_id = a.partner_id AND o.item = a.item
                                         AND o.source <> a.source AND o.is_last
              LEFT JOIN (
                   SELECT DISTINCT ON (item) item, question_text AS item_name
                     FROM cs_visit_answer ORDER BY item, answered_at DESC, id DESC
              ) t ON t.item = a.item
             CROSS JOIN LATERAL (SELECT %(counted)s AS is_counted) x
             WHERE a.is_last AND a.measure IS NOT NULL
            """,
            counted=self._sql_counted(),
            figures=self._sql_figures(),
        )

    def _sql_counted(self):
        """Return the condition under which answer ``a`` counts, beside ``o``, the same answered the other way."""
        return SQL(
            """
            CASE WHEN c.cs_index_own_only THEN a.source = 'customer'
                 WHEN a.source = 'customer' THEN %(said)s OR o.id IS NULL
                 ELSE o.id IS NULL OR NOT %(other_said)s END
            """,
            said=self._sql_said(SQL("a")),
            other_said=self._sql_said(SQL("o")),
        )

    def _sql_said(self, alias):
        """Return the condition under which the answer ``alias`` says anything at all."""
        return SQL("(COALESCE(%(a)s.score, '') <> 'none' AND COALESCE(%(a)s.answer_text, '') <> '')", a=alias)

    def _sql_figures(self):
        scale = SQL("('very', 'fairly', 'basically', 'not')")
        on_scale = SQL("a.measure = 'satisfaction' AND a.score IN %s", scale)
        rate = SQL("CASE WHEN a.score = 'not' THEN 0.0 ELSE 100.0 END")
        other = SQL("CASE WHEN o.score = 'not' THEN 0.0 ELSE 100.0 END")
        both = SQL("%s AND a.source = 'staff' AND o.score IN %s", on_scale, scale)
        counted = SQL("x.is_counted AND a.measure = 'satisfaction'")
        said = self._sql_said(SQL("a"))
        ones = {
            "collected": SQL("x.is_counted AND %s", on_scale),
            "satisfied": SQL("%s AND a.score IN ('very', 'fairly', 'basically')", counted),
            **{f"{score}_count": SQL("%s AND a.score = %s", counted, score) for score in ("very", "fairly")},
            **{f"{score}_count": SQL("%s AND a.score = %s", counted, score) for score in ("basically", "not")},
            "not_applicable": SQL("%s AND a.score = 'na'", counted),
            "no_answer": SQL("%s AND a.score = 'none'", counted),
            "own_collected": SQL("%s AND a.source = 'customer'", on_scale),
            "staff_collected": SQL("%s AND a.source = 'staff'", on_scale),
            "both_collected": both,
            "nps_collected": SQL("x.is_counted AND a.measure = 'nps' AND %s", said),
            "ces_collected": SQL("x.is_counted AND a.measure = 'ces' AND %s", said),
        }
        averages = {
            "form": (ones["collected"], SQL("a.visit_id")),
            "rate": (ones["collected"], rate),
            "own_rate": (ones["own_collected"], rate),
            "staff_rate": (ones["staff_collected"], rate),
            "both_staff_rate": (both, rate),
            "both_own_rate": (both, other),
            "optimism": (both, SQL("%s - %s", rate, other)),
            "nps": (ones["nps_collected"], SQL("a.nps")),
            "ces": (ones["ces_collected"], SQL("a.value")),
        }
        columns = [
            SQL("CASE WHEN %s THEN 1 ELSE 0 END AS %s", test, SQL.identifier(name)) for name, test in ones.items()
        ]
        columns += [
            SQL("CASE WHEN %s THEN %s END AS %s", test, value, SQL.identifier(name))
            for name, (test, value) in averages.items()
        ]
        return SQL(", ").join(columns)

    def action_open_record(self):
        """Open the return visit of the row; for who may not see visits, the row itself."""
        self.ensure_one()
        if self.visit_id.has_access("read"):
            return self.visit_id._form_action()
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form"}
