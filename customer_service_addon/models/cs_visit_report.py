from odoo import fields, models
from odoo.tools import SQL

from .cs_return_visit import STATE_LABELS
from .cs_visit_purpose import METHODS


class CsVisitReport(models.Model):
    """One row per return visit that was not called off: asked, reached, in time, with what result (V-07, H-03).

    A visit counts as asked once it left the queue or its day has come. Reached is who answered, by telephone or by the
    link; whether in time say the clocks of the visit. Days are those of the company's time zone.
    """

    _name = "cs.visit.report"
    _description = "Visits by Employee"
    _auto = False
    _rec_name = "visit_id"
    _order = "due_on desc, id desc"
    _depends = {
        "cs.return.visit": [
            *("company_id", "state", "due_from", "answered_at", "answered_by_id", "user_id", "team_id", "purpose_id"),
            *("plan_id", "class_id", "commercial_partner_id", "method", "department_id", "is_control"),
            *("staff_result", "own_result"),
        ],
        "cs.visit.attempt": ["visit_id"],
        "cs.visit.answer": ["visit_id", "source", "answer_text"],
        "cs.sla.clock": ["res_model", "res_id", "milestone", "outcome"],
        "cs.case": ["visit_id"],
        "resource.calendar": ["tz"],
        "res.partner": ["tz"],
        "res.company": ["resource_calendar_id"],
    }

    visit_id = fields.Many2one("cs.return.visit", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    due_from = fields.Datetime(readonly=True)
    due_on = fields.Date(readonly=True, help="In the company's time zone.")
    answered_on = fields.Date("Visit Made On", readonly=True, help="In the company's time zone.")
    state = fields.Selection(STATE_LABELS, "Status", readonly=True)
    user_id = fields.Many2one("res.users", "Employee", readonly=True, help="Who asked the customer, or is to ask him.")
    team_id = fields.Many2one("cs.team", readonly=True)
    purpose_id = fields.Many2one("cs.visit.purpose", "Purpose of the Visit", readonly=True)
    plan_id = fields.Many2one("cs.visit.plan", readonly=True)
    class_id = fields.Many2one("cs.partner.class", "Customer Class", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", "Customer Entity", readonly=True)
    department_id = fields.Many2one("hr.department", "Served by Department", readonly=True)
    method = fields.Selection(METHODS, readonly=True)
    is_control = fields.Boolean("Control Visit", readonly=True)

    planned = fields.Integer("Number of Visits", readonly=True)
    asked = fields.Integer("Due or Done", readonly=True)
    reached = fields.Integer("Reached and Asked", readonly=True)
    unreachable = fields.Integer(readonly=True)
    declined = fields.Integer("Did Not Want to Be Asked", readonly=True)
    tries = fields.Integer(readonly=True)
    satisfied = fields.Integer(readonly=True, help="His own rating goes before what was recorded.")
    not_satisfied = fields.Integer(readonly=True)
    case_count = fields.Integer("Cases Opened", readonly=True)
    reached_rate = fields.Float(
        "Reached (%)", readonly=True, aggregator="avg", help="Reached ÷ due or done × 100: the rate of return visits."
    )
    in_time_rate = fields.Float(
        "In Time (%)", readonly=True, aggregator="avg", help="Of the visits with a deadline that is kept or missed."
    )
    report_rate = fields.Float(
        "Reports in Time (%)", readonly=True, aggregator="avg", help="Of the reports with a deadline kept or missed."
    )
    links_sent = fields.Integer("Questionnaires Sent", readonly=True)
    links_answered = fields.Integer("Questionnaires Answered", readonly=True)
    link_rate = fields.Float(
        "Questionnaires Answered (%)", readonly=True, aggregator="avg", help="Answered by the customer ÷ sent × 100."
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT v.id, v.id AS visit_id, v.company_id, v.state, v.team_id, v.purpose_id, v.plan_id, v.class_id,
                   v.commercial_partner_id, v.department_id, v.method, v.is_control, v.due_from,
                   COALESCE(v.answered_by_id, v.user_id) AS user_id,
                   (v.due_from AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(h.tz, p.tz, 'UTC'))::date AS due_on,
                   (v.answered_at AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(h.tz, p.tz, 'UTC'))::date AS answered_on,
                   1 AS planned, x.asked::int AS asked, x.reached::int AS reached,
                   (v.state = 'unreachable')::int AS unreachable, (v.state = 'declined')::int AS declined,
                   (SELECT count(*) FROM cs_visit_attempt t WHERE t.visit_id = v.id)::int AS tries,
                   (COALESCE(v.own_result, v.staff_result, 'not') <> 'not')::int AS satisfied,
                   (COALESCE(v.own_result, v.staff_result, '') = 'not')::int AS not_satisfied,
                   (SELECT count(*) FROM cs_case k WHERE k.visit_id = v.id)::int AS case_count,
                   CASE WHEN x.asked THEN 100.0 * x.reached::int END AS reached_rate,
                   %(in_time)s AS in_time_rate, %(report)s AS report_rate,
                   x.sent::int AS links_sent, (x.sent AND x.own)::int AS links_answered,
                   CASE WHEN x.sent THEN 100.0 * x.own::int END AS link_rate
              FROM cs_return_visit v
              JOIN res_company c ON c.id = v.company_id
              JOIN res_partner p ON p.id = c.partner_id
              LEFT JOIN resource_calendar h ON h.id = c.resource_calendar_id
             CROSS JOIN LATERAL (
                   SELECT v.answered_at IS NOT NULL AS reached, %(sent)s AS sent, %(own)s AS own,
                          v.state NOT IN ('planned', 'agreed') OR v.due_from <= %(now)s::timestamp AS asked
             ) x
             WHERE v.state <> 'cancelled'
            """,
            in_time=self._sql_kept("answered"),
            report=self._sql_kept("reported"),
            sent=self._sql_link_sent(),
            own=self._sql_link_answered(),
            now=fields.Datetime.now(),
        )

    def _sql_kept(self, code):
        """Return 100, 0 or NULL: whether the visit's clocks for a milestone were kept, none is judged yet."""
        return SQL(
            """(SELECT 100.0 * bool_and(k.outcome = 'met')::int FROM cs_sla_clock k
                 WHERE k.res_model = 'cs.return.visit' AND k.res_id = v.id AND k.current
                   AND k.milestone = %s AND k.outcome IN ('met', 'missed'))""",
            f"cs.return.visit/{code}",
        )

    def _sql_link_sent(self):
        """Return the condition under which the questionnaire of visit ``v`` was sent to the customer."""
        return SQL("v.link_sent_at IS NOT NULL")

    def _sql_link_answered(self):
        """Return the condition under which the customer of visit ``v`` answered himself."""
        return SQL(
            """EXISTS (SELECT 1 FROM cs_visit_answer a
                        WHERE a.visit_id = v.id AND a.source = 'customer' AND a.answer_text IS NOT NULL)"""
        )

    def action_open_record(self):
        """Open the return visit of the row."""
        self.ensure_one()
        return self.visit_id._form_action()
