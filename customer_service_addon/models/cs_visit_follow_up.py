from markupsafe import Markup

from odoo import api, fields, models

CHANNEL = "customer_service_addon.cs_channel_return_visit"


class CsReturnVisit(models.Model):
    """What a customer is not satisfied with becomes a case, nothing retyped (V-05, S-03)."""

    _inherit = "cs.return.visit"

    def action_view_partner(self):
        """Open the customer's file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }

    def _follow_up_answers(self, answers_sudo):
        """Open or reopen cases for the items of ``answers_sudo`` (superuser) the customer is not satisfied with.

        Items with the same department, category and level go into one case. What was said twice, or recorded and then
        written by the customer himself, finds the case there is.
        """
        self.ensure_one()
        unhappy_sudo = answers_sudo.filtered(
            lambda row: row.score == "not" and row.question_id.cs_follow_up != "none" and not row.case_id
        )
        for key, rows_sudo in unhappy_sudo.grouped(self._follow_up_key).items():
            case_sudo = self.sudo().opened_case_ids.filtered(lambda case, key=key: case.visit_item == key)[:1]
            if case_sudo:
                case_sudo.message_post(body=self._answers_html(rows_sudo), subtype_xmlid="mail.mt_note")
            else:
                case_sudo = self._case_for(key, rows_sudo)
            rows_sudo._cs_as_server().write({"case_id": case_sudo.id})
        self._note_on_complaint(answers_sudo)

    @api.model
    def _follow_up_key(self, row_sudo):
        question_sudo = row_sudo.question_id
        if question_sudo.cs_follow_up == "reopen":
            return "reopen"
        ids = (question_sudo.cs_department_id.id, question_sudo.cs_category_id.id, question_sudo.cs_level_id.id)
        return "/".join(str(record_id or 0) for record_id in ids)

    def _case_for(self, key, rows_sudo):
        """Return the case (superuser) for unsatisfied items: the one asked about, taken up again, or a new one."""
        former_sudo = self.sudo().case_id
        if key == "reopen" and former_sudo and (former_sudo.meaning in ("new", "open", "waiting")):
            former_sudo.message_post(body=self._answers_html(rows_sudo), subtype_xmlid="mail.mt_note")
            return former_sudo
        if key == "reopen" and former_sudo and former_sudo._may_reopen():
            former_sudo._reopen_by_customer("")
            former_sudo.message_post(body=self._answers_html(rows_sudo), subtype_xmlid="mail.mt_note")
            return former_sudo
        return self._open_follow_up(key, rows_sudo)

    def _open_follow_up(self, key, rows_sudo):
        """Register a case with the answers, for a complaint with its level and department, and return it (sudo)."""
        # sudo: cs.case - the procedure registers it, on whoever's behalf the answer was recorded
        visit_sudo = self.sudo()
        question_sudo, purpose_sudo = rows_sudo[:1].question_id, visit_sudo.purpose_id
        source_sudo = visit_sudo.case_id
        category_sudo = question_sudo.cs_category_id
        values = {
            "company_id": visit_sudo.company_id.id,
            "type_id": purpose_sudo.case_type_id.id or self.env["cs.case"]._default_type(visit_sudo.company_id.id).id,
            "channel_id": self.env.ref(CHANNEL).id,
            "partner_id": visit_sudo.partner_id.id,
            "subject": self.env._("Not satisfied: %s", ", ".join(rows_sudo.mapped("question_text"))),
            "description": self._answers_html(rows_sudo),
            "category_id": category_sudo.id,
            "department_id": question_sudo.cs_department_id.id,
            "object_ref": source_sudo.object_ref,
            "order_ref": source_sudo.order_ref,
            "visit_id": visit_sudo.id,
            "visit_item": key,
        }
        if source_sudo:
            values |= {"origin_id": source_sudo.id, "origin_kind": "visit"}
        case_sudo = self.env["cs.case"].sudo()._cs_as_server().create(values)
        case_sudo = case_sudo.with_env(visit_sudo.env)
        self._classify_complaint(case_sudo, question_sudo, purpose_sudo)
        return case_sudo

    @api.model
    def _classify_complaint(self, case_sudo, question_sudo, purpose_sudo):
        """Give the complaint of a new case the level and the department the script names."""
        complaint_sudo = case_sudo.complaint_ids[:1]
        if not complaint_sudo:
            return
        level_sudo = question_sudo.cs_level_id or purpose_sudo.level_id
        if level_sudo:
            complaint_sudo.write({"level_id": level_sudo.id})
        department_sudo = question_sudo.cs_department_id or question_sudo.cs_category_id.department_id
        if department_sudo and department_sudo not in complaint_sudo.department_line_ids.department_id:
            self.env["cs.complaint.department"].sudo().create(
                {"complaint_id": complaint_sudo.id, "department_id": department_sudo.id, "is_leading": True}
            )

    def _answers_html(self, rows_sudo):
        """Return the answers as HTML for a case: question, mark, comment."""
        lines = Markup().join(
            Markup("<li>%s: <b>%s</b>%s</li>")
            % (row.question_text, row.answer_text or "", Markup("<br/>%s") % row.comment if row.comment else "")
            for row in rows_sudo
        )
        head = self.env._("Said at return visit %(visit)s:", visit=self.name)
        return Markup("<p>%s</p><ul>%s</ul>") % (head, lines)

    def _note_on_complaint(self, answers_sudo):
        """The complaint the customer was asked about has its return visit, with what he said."""
        complaint_sudo = self.sudo().complaint_id
        if (
            not complaint_sudo
            or not complaint_sudo._can_do("visited")
            or complaint_sudo.state in ("closed", "cancelled")
        ):
            return
        said = [f"{row.question_text}: {row.answer_text or ''} {row.comment or ''}".strip() for row in answers_sudo]
        complaint_sudo._cs_as_server().write({"visit_note": "\n".join([self.name, *said])})
        complaint_sudo._do("visited")


class CsCase(models.Model):
    """A case that came out of a return visit."""

    _inherit = "cs.case"

    visit_id = fields.Many2one(
        "cs.return.visit", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    visit_item = fields.Char(readonly=True, copy=False)
    visit_ids = fields.One2many("cs.return.visit", "case_id", "Return Visits")
    origin_kind = fields.Selection(selection_add=[("visit", "Came Out of the Return Visit About")])
    visit_count = fields.Integer("Number of Return Visits", compute="_compute_visit_count")

    _cs_server_fields = frozenset({"visit_id", "visit_item", "visit_ids"})
    # Saved twice, in two windows at once: the database keeps one case.
    _visit_item_uniq = models.UniqueIndex(
        "(visit_id, visit_item) WHERE visit_id IS NOT NULL", "This return visit has opened that case already."
    )

    @api.depends("visit_ids")
    def _compute_visit_count(self):
        # sudo: cs.return.visit - a count gives away no visit
        counts = dict(
            self.env["cs.return.visit"].sudo()._read_group([("case_id", "in", self.ids)], ["case_id"], ["__count"])
        )
        for case in self:
            case.visit_count = counts.get(case.sudo(), 0)

    def action_view_visits(self):
        """Open the return visits of the case."""
        return self.visit_ids._form_action()

    def action_view_visit(self):
        """Open the return visit the case came out of."""
        return self.visit_id._form_action()

    def action_plan_visit(self):
        """Open the dialog in which a return visit about the case is planned."""
        self.ensure_one()
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_visit_new_action")
        return action | {"context": {"default_case_id": self.id, "default_partner_id": self.partner_id.id}}
