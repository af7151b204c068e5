from datetime import timedelta

from babel.dates import format_skeleton

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils, format_date, get_lang

KINDS = ("month", "quarter", "year", "custom")
# What the page may be narrowed to, and where the choices come from.
FILTERS = {
    "department_id": "hr.department",
    "team_id": "cs.team",
    "purpose_id": "cs.visit.purpose",
    "class_id": "cs.partner.class",
}
MARKS = ("very_count", "fairly_count", "basically_count", "not_count")
# The moments that days are worked out from.
MOMENTS = {"answered_on": "answered_at", "due_on": "due_from"}
TREND_MONTHS = 12
# Rows and choices of a kind on the page; the lists behind it have all.
MOST = 12
CHOICES = 200
SUMS = ("collected", "satisfied", *MARKS, "not_applicable", "no_answer", "own_collected", "staff_collected")
SUMS += ("both_collected", "nps_collected", "ces_collected")
RATES = ("rate", "own_rate", "staff_rate", "both_own_rate", "both_staff_rate", "nps", "ces")
AGGREGATES = [*(f"{name}:sum" for name in SUMS), *(f"{name}:avg" for name in RATES), "form:count_distinct"]
RESPONSE = ("asked", "reached", "links_sent", "links_answered")


class CsSatisfactionReport(models.Model):
    """The page with pictures: index against the goal, trend, items, causes and response (S-02, S-03, P-04).

    Everything is counted with the reader's own rights, in a number of queries that does not grow with the data.
    """

    _inherit = "cs.satisfaction.report"

    @api.model
    def page_figures(self, filters=None):
        """Return the figures of the page as a dict of plain values.

        ``filters``: ``period`` (month, quarter, year, custom), ``date_from`` and ``date_to`` (ISO dates; of a month,
        quarter or year any day of it), and ids of department_id, team_id, purpose_id, class_id. Raises AccessError for
        whoever may not read the figures, UserError for a period that is none. Rates are in %, None without answers.
        """
        self.check_access("read")
        wanted = self._page_filters(filters or {})
        period, former = self._page_periods(wanted)
        narrow = [(name, "=", wanted[name]) for name in FILTERS if wanted[name]]
        domain = self._page_domain(narrow, *period)
        total, departments, items = self._page_breakdown(domain)
        return {
            "period": {
                "kind": wanted["period"],
                "date_from": fields.Date.to_string(period[0]),
                "date_to": fields.Date.to_string(period[1]),
                "label": self._page_label(wanted["period"], *period),
                "former": self._page_label(wanted["period"], *former),
                "before": fields.Date.to_string(former[0]),
                "after": fields.Date.to_string(period[1] + timedelta(1)),
            },
            "goal": self._page_goal(wanted),
            "now": total | self._page_response(narrow, *period),
            "former": self._page_total(self._page_domain(narrow, *former)) | self._page_response(narrow, *former),
            "departments": self._page_departments(departments),
            "trend": self._page_trend(narrow, period[1]),
            "items": items,
            "purposes": self._page_purposes(narrow, *period),
            "cases": self._page_cases(narrow, *period),
            "options": self._page_options(),
            "domain": domain,
            "own_only": self.env.company.sudo().cs_index_own_only,
            "can_send": self.env["cs.liaison.note"].has_access("create"),
        }

    # ------------------------------------------------------------------
    # What is wanted
    # ------------------------------------------------------------------

    @api.model
    def _page_filters(self, filters):
        """Return the checked filters with every key."""
        wanted = {"period": filters.get("period") or "month"}
        try:
            wanted |= {name: int(filters.get(name) or 0) for name in FILTERS}
            wanted |= {name: fields.Date.to_date(filters.get(name) or False) for name in ("date_from", "date_to")}
        except (TypeError, ValueError):
            raise UserError(self.env._("Choose the period and what to look at from the lists.")) from None
        if wanted["period"] not in KINDS:
            raise UserError(self.env._("Choose a month, a quarter, a year, or two days."))
        return wanted

    @api.model
    def _page_periods(self, wanted):
        """Return ``(first day, last day)`` of the period and of the one before it, which is as long."""
        today = fields.Date.context_today(self)
        start, kind = wanted["date_from"] or today, wanted["period"]
        if kind != "custom":
            start, end = date_utils.start_of(start, kind), date_utils.end_of(start, kind)
            return (start, end), self._page_former(start, end)
        end = wanted["date_to"] or today
        if end < start:
            raise UserError(self.env._("The period ends before it begins."))
        return (start, end), self._page_former(start, end)

    @api.model
    def _page_former(self, start, end):
        """Return the days of the period before: the former month, quarter or year, else as many days."""
        for kind in KINDS[:-1]:
            if (start, end) == (date_utils.start_of(start, kind), date_utils.end_of(start, kind)):
                return date_utils.start_of(start - timedelta(1), kind), start - timedelta(1)
        return start - (end - start) - timedelta(1), start - timedelta(1)

    @api.model
    def _page_label(self, kind, start, end):
        if kind == "year":
            return str(start.year)
        if kind == "quarter":
            return self.env._("Q%(quarter)s %(year)s", quarter=(start.month + 2) // 3, year=start.year)
        if kind == "month":
            return format_skeleton("yMMMM", start, locale=get_lang(self.env).code)
        return f"{format_date(self.env, start)} – {format_date(self.env, end)}"

    @api.model
    def _page_domain(self, narrow, start, end, name="answered_on"):
        """Return the domain of the days ``start`` to ``end``, plain values only.

        The moments around them, a day wider for any time zone, let the database find the rows by its index.
        """
        moment = MOMENTS[name]
        return [
            *narrow,
            (name, ">=", fields.Date.to_string(start)),
            (name, "<=", fields.Date.to_string(end)),
            (moment, ">=", fields.Date.to_string(start - timedelta(1))),
            (moment, "<=", f"{end + timedelta(1)} 23:59:59"),
        ]

    @api.model
    def _page_goal(self, wanted):
        department = self.env["hr.department"].browse(wanted["department_id"]).exists()
        return department._cs_goals(self.env.company).get(department) or self.env.company.sudo().cs_satisfaction_goal

    @api.model
    def _page_options(self):
        """Return ``{filter: [{id, name}]}`` of what the reader may choose from."""
        options = {}
        for name, model in FILTERS.items():
            records = self.env[model]
            if records.has_access("read"):
                records = records.search([], limit=CHOICES)
            options[name] = [{"id": record.id, "name": record.display_name} for record in records]
        return options

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------

    @api.model
    def _page_values(self, values):
        """Return one row of ``AGGREGATES`` as dict: numbers of answers, and rates rounded to a tenth or None."""
        sums, rates, forms = values[: len(SUMS)], values[len(SUMS) : -1], values[-1]
        return {
            **{name: value or 0 for name, value in zip(SUMS, sums, strict=True)},
            **{
                name: None if value is None or value is False else round(float(value), 1)
                for name, value in zip(RATES, rates, strict=True)
            },
            "forms": forms or 0,
        }

    @api.model
    def _page_total(self, domain):
        [values] = self._read_group(domain, [], AGGREGATES)
        return self._page_values(values)

    @api.model
    def _page_response(self, narrow, start, end):
        """Return how many were asked and answered among the visits that were due in the period."""
        domain = self._page_domain(narrow, start, end, "due_on")
        [values] = self.env["cs.visit.report"]._read_group(domain, [], [f"{name}:sum" for name in RESPONSE])
        return self._page_shares(values)

    @api.model
    def _page_shares(self, values):
        counts = {name: value or 0 for name, value in zip(RESPONSE, values, strict=True)}
        return counts | {
            "response": self._page_percent(counts["reached"], counts["asked"]),
            "link_response": self._page_percent(counts["links_answered"], counts["links_sent"]),
        }

    @api.model
    def _page_percent(self, part, whole):
        return round(100 * part / whole, 1) if whole else None

    @api.model
    def _page_departments(self, rows):
        """Return the figures of each department of ``rows`` (see ``_page_breakdown``), the lowest index first."""
        departments = self.env["hr.department"].union(*(row[0] for row in rows))
        goals = departments._cs_goals(self.env.company)
        general = self.env.company.sudo().cs_satisfaction_goal
        # sudo: hr.department - the name of what was counted
        names = {department.id: department.sudo().name for department in departments}
        shown = [
            {
                "id": department.id,
                "name": names.get(department.id) or self.env._("No department"),
                "goal": goals.get(department, general),
                **figures,
            }
            for department, figures in rows
        ]
        return sorted(shown, key=lambda row: (row["rate"] is None, row["rate"], row["name"]))

    @api.model
    def _page_trend(self, narrow, end):
        """Return the last months up to ``end``, one row each, with None where nothing was collected."""
        last = end.replace(day=1)
        months = [date_utils.subtract(last, months=back) for back in range(TREND_MONTHS - 1, -1, -1)]
        domain = self._page_domain(narrow, months[0], date_utils.end_of(last, "month"))
        rows = self._read_group(domain, ["answered_on:month"], ["rate:avg", "collected:sum"])
        found = {fields.Date.to_date(month): (rate, collected) for month, rate, collected in rows}
        figures = []
        for month in months:
            rate, collected = found.get(month, (None, 0))
            figures.append(
                {
                    "date_from": fields.Date.to_string(month),
                    "date_to": fields.Date.to_string(date_utils.end_of(month, "month")),
                    "label": format_date(self.env, month, date_format="yyyy-MM"),
                    "rate": round(float(rate), 1) if collected else None,
                    "collected": collected or 0,
                }
            )
        return figures

    @api.model
    def _page_breakdown(self, domain):
        """Return ``(total, [(department, figures)], items)`` of the answers of ``domain``, counted in one go.

        Of the items those with most who are not satisfied come first, in the words they were asked in last.
        """
        [[total], departments, items] = self._read_grouping_sets(
            domain, [[], ["department_id"], ["item"]], [*AGGREGATES, "id:max"]
        )
        # sudo: cs.visit.answer - the words of what was counted
        answers_sudo = self.env["cs.visit.answer"].sudo().browse([row[-1] for row in items])
        words = {answer_sudo.id: answer_sudo.question_text for answer_sudo in answers_sudo}
        rows = [self._page_values(row[1:-1]) | {"item": row[0], "name": words[row[-1]]} for row in items]
        rows = sorted(
            (row for row in rows if row["collected"]), key=lambda row: (-row["not_count"], row["rate"], row["item"])
        )
        kept = ("item", "name", *MARKS, "rate", "collected")
        return (
            self._page_values(total[:-1]),
            [(department, self._page_values(values[:-1])) for department, *values in departments],
            [{name: row[name] for name in kept} for row in rows[:MOST]],
        )

    @api.model
    def _page_purposes(self, narrow, start, end):
        """Return the response per purpose of the visits that were due in the period."""
        domain = self._page_domain(narrow, start, end, "due_on")
        rows = self.env["cs.visit.report"]._read_group(
            domain, ["purpose_id"], [f"{name}:sum" for name in RESPONSE], order="asked:sum DESC", limit=MOST
        )
        # sudo: cs.visit.purpose - the name of what was counted
        return [
            {"id": purpose.id, "name": purpose.sudo().name, **self._page_shares(values)} for purpose, *values in rows
        ]

    @api.model
    def _page_cases(self, narrow, start, end):
        """Return the unfinished cases that came out of the period's answers, and the causes found in all of them.

        Empty for who may not read visits or complaints.
        """
        if not all(self.env[name].has_access("read") for name in ("cs.case", "cs.return.visit", "cs.complaint")):
            return {"count": 0, "domain": False, "causes": []}
        rows = self._read_group(
            [*self._page_domain(narrow, start, end), ("case_id", "!=", False)], [], ["case_id:array_agg_distinct"]
        )
        cases = [("id", "in", rows[0][0] or [])]
        unfinished = [*cases, ("meaning", "in", ["new", "open", "waiting"])]
        causes = self.env["cs.complaint"]._read_group(
            [("case_id", "in", cases[0][2]), ("cause_id", "!=", False)],
            ["cause_id"],
            ["__count"],
            order="__count DESC",
            limit=MOST,
        )
        return {
            "count": self.env["cs.case"].search_count(unfinished),
            "domain": unfinished,
            "causes": [
                # sudo: cs.cause - the name of what was counted
                {"id": cause.id, "name": cause.sudo().display_name, "count": count, "domain": cases}
                for cause, count in causes
            ],
        }
