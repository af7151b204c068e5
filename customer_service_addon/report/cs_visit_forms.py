from markupsafe import Markup

from odoo import api, models

from ..models.cs_visit_print import MOST_LINES

# Room to write by hand where a text is still missing, and a box to tick.
ROOM = Markup('<div style="height: 48px;"></div>')
BOX = "□"
BLANK_PAPERS = 3
# The share of the width that questions get, in %.
FIRST = 34


class VisitForm(models.AbstractModel):
    """Base of the papers of a return visit."""

    _name = "cs.visit.form"
    _inherit = "cs.case.form"
    _description = "Printed Return Visit"

    _cs_doc_model = "cs.return.visit"

    @api.model
    def _customer_facts(self, visit, tz):
        names = ("partner_id", "commercial_partner_id", "class_id", "phone", "email")
        return (visit.env._("Customer"), self._cs_rows(visit, names, tz))

    @api.model
    def _source_facts(self, visit, tz):
        names = ("case_id", "rework_id", "department_id", "served_user_ids")
        return (visit.env._("What the Customer Is Asked About"), self._cs_rows(visit, names, tz))

    @api.model
    def _answer_table(self, visit, tz):
        """Return the answers as given; of a visit nobody was asked at, the questions with room for them."""
        env, answers = visit.env, visit.answer_ids
        if not answers:
            return self._blank_table(visit)
        names = ["question_text", "answer_text", "score", "comment", "source"]
        if len(set(answers.mapped("answered_at"))) > 1:
            names.append("answered_at")
        table = self._cs_table(env._("Questions and Answers"), answers, names, tz)
        rest = len(table["head"]) - 1
        return table | {"long": True, "widths": [FIRST, *[(100 - FIRST) / (rest or 1)] * rest]}

    @api.model
    def _blank_table(self, visit):
        rows = []
        for block in visit.purpose_id._question_blocks():
            choices = block.get("choices") or block.get("figures") or []
            text = "  ".join(f"{BOX} {choice}" for choice in choices)
            rows += [[f"{row['number']}. {row['title']}", text] for row in block.get("rows") or [block]]
        head = [visit.env._("Question"), visit.env._("Answer")]
        title = visit.env._("Questions and Answers")
        return {"title": title, "head": head, "rows": rows, "long": True, "widths": [FIRST, 100 - FIRST]}

    @api.model
    def _try_table(self, visit, tz):
        names = ("tried_at", "user_id", "method", "result", "note", "next_at")
        return self._cs_table(visit.env._("Tries"), visit.attempt_ids, names, tz)

    @api.model
    def _case_table(self, title, cases, tz):
        return self._cs_table(title, cases, ("name", "subject", "received_at", "stage_id", "user_id"), tz)


class VisitRecord(models.AbstractModel):
    """Record of a return visit (客户回访记录表, V-03): who was asked what, what he said, when and by whom."""

    _name = "report.customer_service_addon.report_cs_visit_record"
    _inherit = "cs.visit.form"
    _description = "Printed Record of a Return Visit"

    @api.model
    def _cs_title(self, case):
        return case.env._("Return Visit Record")

    @api.model
    def _cs_sections(self, case, tz):
        env = case.env
        visit = ("purpose_id", "method", "why", "is_control", "plan_id", "user_id", "answered_at", "answered_by_id")
        result = ("state", "end_reason", "staff_result", "own_result")
        return [
            self._customer_facts(case, tz),
            (env._("Return Visit"), self._cs_rows(case, visit, tz)),
            self._source_facts(case, tz),
            (env._("Result"), self._cs_rows(case, result, tz)),
        ]

    @api.model
    def _cs_tables(self, case, tz, files):
        opened = self._case_table(case.env._("Cases Opened"), case.opened_case_ids, tz)
        return [self._answer_table(case, tz), self._try_table(case, tz), opened]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Visited By"), case.env._("Supervisor"), case.env._("Filed by")]


class VisitReport(models.AbstractModel):
    """Report on a return visit (客户回访报告表, V-04): course, result, assessment, and the supervisor's instruction."""

    _name = "report.customer_service_addon.report_cs_visit_report"
    _inherit = "cs.visit.form"
    _description = "Printed Report on a Return Visit"

    @api.model
    def _cs_title(self, case):
        return case.env._("Return Visit Report")

    @api.model
    def _cs_sections(self, case, tz):
        env = case.env
        visit = ("purpose_id", "method", "appointment_start", "answered_at", "user_id", "staff_result", "own_result")
        review = ("reviewed_at", "reviewed_by_id")
        return [
            self._customer_facts(case, tz),
            (env._("Return Visit"), self._cs_rows(case, visit, tz)),
            self._source_facts(case, tz),
            (
                env._("Report"),
                [
                    *self._texts(case, ("course", "result", "assessment", "development"), tz),
                    *self._cs_rows(case, ("reported_at", "reported_by_id"), tz),
                ],
            ),
            (env._("Review"), [*self._texts(case, ("instruction",), tz), *self._cs_rows(case, review, tz)]),
        ]

    @api.model
    def _texts(self, visit, names, tz):
        """Return long texts on rows of their own, with room to write where one is missing."""
        return [[(self._cs_label(visit, name), self._cs_value(visit, name, tz) or ROOM)] for name in names]

    @api.model
    def _cs_tables(self, case, tz, files):
        return [self._case_table(case.env._("Cases Opened"), case.opened_case_ids, tz)]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Reported by"), case.env._("Supervisor"), case.env._("Filed by")]


class VisitPack(models.AbstractModel):
    """What is taken along to a customer in one print (V-02): file sheet, history, contract, papers, questionnaire."""

    _name = "report.customer_service_addon.report_cs_visit_pack"
    _inherit = "cs.visit.form"
    _description = "Printed Papers of a Visit"

    @api.model
    def _cs_title(self, case):
        return case.env._("Papers to Take Along")

    @api.model
    def _cs_files(self, cases):
        """Return the history and the money of all visits of the print, each read once."""
        return {"history": cases._pack_history(), "money": cases._pack_money()}

    @api.model
    def _cs_form(self, case, files):
        form = super()._cs_form(case, files)
        money = case._pack_money_text(files["money"])
        if money:
            form["sections"].append((case.env._("Open Invoices"), [[(case.env._("Open"), money)]]))
        return form | {"blocks": case.purpose_id._question_blocks(), "script": self._script(case)}

    @api.model
    def _script(self, visit):
        """Return the words to begin with, filled in for this visit."""
        # sudo: survey, res.users - what is said first is meant for who calls, by his name
        visit_sudo = visit.sudo()
        words = {
            "customer": visit.partner_id.name,
            "caller": visit_sudo.user_id.name,
            "company": visit_sudo.company_id.name,
            "minutes": visit_sudo.purpose_id.announced_minutes,
        }
        text = visit_sudo.purpose_id.survey_id.cs_wording or ""
        for name, word in words.items():
            text = text.replace("{{%s}}" % name, str(word or "…"))
        return self._cs_lines(text)

    @api.model
    def _cs_sections(self, case, tz):
        env, partner = case.env, case.partner_id
        visit = ("purpose_id", "why", "method", "user_id", "appointment_start", "appointment_end", "due_from")
        file = ("contact_address", "vat", "lang", "cs_no_visits_reason")
        best = ""
        if partner.cs_call_to:
            best = " – ".join(self._clock(hours) for hours in (partner.cs_call_from, partner.cs_call_to))
        sheet = [*self._customer_facts(case, tz)[1], *self._cs_rows(partner, file, tz)]
        if best:
            sheet.append([(env._("Best Time to Call"), best)])
        return [
            (env._("Return Visit"), self._cs_rows(case, visit, tz)),
            (env._("Customer File"), sheet),
            self._source_facts(case, tz),
        ]

    @api.model
    def _clock(self, hours):
        return f"{int(hours):02d}:{round(hours % 1 * 60):02d}"

    @api.model
    def _cs_tables(self, case, tz, files):
        env, entity = case.env, case.commercial_partner_id
        found = {
            kind: (records.get(entity) or case.browse()).with_env(env) for kind, records in files["history"].items()
        }
        cases, visits = found["cases"], found["visits"] - case
        open_cases = cases.filtered(lambda row: row.meaning in ("new", "open", "waiting"))
        visit_names = ("name", "answered_at", "purpose_id", "user_id", "staff_result", "own_result", "state")
        case_names = ("name", "subject", "received_at", "stage_id")
        order_names = ("name", "object_ref", "trade_ids", "cost_class", "state", "closed_at")
        coverage_names = ("order_ref", "object_ref", "date_from", "date_to", "contractor_id", "fee", "state")
        return [
            self._papers(case, tz),
            self._case_table(env._("Open Cases"), open_cases, tz),
            self._newest(env._("Former Visits"), visits, visit_names, tz),
            self._newest(env._("Finished Cases"), cases - open_cases, case_names, tz),
            self._newest(env._("Repairs"), found["orders"], order_names, tz),
            self._newest(env._("Contracts and Free Service"), found["coverages"], coverage_names, tz),
        ]

    @api.model
    def _newest(self, title, records, names, tz):
        if len(records) > MOST_LINES:
            title = records.env._(
                "%(title)s (the newest %(shown)s of %(count)s)", title=title, shown=MOST_LINES, count=len(records)
            )
        return self._cs_table(title, records[:MOST_LINES], names, tz)

    @api.model
    def _papers(self, visit, tz):
        """Return the list of papers with boxes to tick, and lines for what comes to mind at the door."""
        env = visit.env
        rows = [
            [
                paper.name,
                self._cs_value(paper, "taken_at", tz) or BOX,
                self._cs_value(paper, "returned_at", tz) or BOX,
                paper.approved_by_id and self._cs_value(paper, "approved_by_id", tz) or "",
            ]
            for paper in visit.paper_ids
        ]
        rows += [["", BOX, BOX, ""] for _number in range(BLANK_PAPERS)]
        head = [env._("Paper"), env._("Taken Along"), env._("Returned"), env._("Left There, Approved By")]
        return {"title": env._("Papers"), "head": head, "rows": rows}

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Visitor"), case.env._("Customer"), case.env._("Supervisor")]


class VisitQuestionnaire(models.AbstractModel):
    """Blank questionnaire (顾客满意度调查表, S-01) of a visit, for the customer to fill in, in his language."""

    _name = "report.customer_service_addon.report_cs_visit_questionnaire"
    _inherit = "cs.visit.form"
    _description = "Printed Questionnaire of a Visit"

    @api.model
    def _cs_title(self, case):
        return case.env._("Customer Satisfaction Questionnaire")

    @api.model
    def _cs_lang(self, case):
        # sudo: res.partner - the language the customer reads
        return (case and case.sudo().partner_id.lang) or super()._cs_lang(case)

    @api.model
    def _cs_form(self, case, files):
        return super()._cs_form(case, files) | {"blocks": case.purpose_id._question_blocks()}

    @api.model
    def _cs_sections(self, case, tz):
        return [self._customer_facts(case, tz), (case.env._("Subject"), self._cs_rows(case, ("purpose_id",), tz))]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Customer")]


class PurposeQuestionnaire(models.AbstractModel):
    """Blank questionnaire of a purpose, to lie at counters: whoever fills it in writes who he is (S-01)."""

    _name = "report.customer_service_addon.report_cs_purpose_questionnaire"
    _inherit = "cs.case.form"
    _description = "Printed Questionnaire"

    _cs_doc_model = "cs.visit.purpose"

    @api.model
    def _cs_title(self, case):
        return case.env._("Customer Satisfaction Questionnaire")

    @api.model
    def _cs_code_image(self, symbology, value):
        # A purpose has a name instead of a number: there is nothing to scan.
        return False

    @api.model
    def _cs_form(self, case, files):
        return super()._cs_form(case, files) | {"blocks": case._question_blocks()}

    @api.model
    def _cs_sections(self, case, tz):
        env, empty = case.env, Markup("&#160;")
        rows = [
            [(env._("Name or Company"), empty), (env._("Phone or Email"), empty)],
            [(env._("Served By"), empty), (env._("Date"), empty)],
        ]
        return [(env._("About You (May Stay Empty)"), rows)]
