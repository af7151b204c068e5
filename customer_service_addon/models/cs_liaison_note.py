from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .cs_satisfaction_page import MARKS

TODO = "customer_service_addon.mail_activity_type_cs_liaison_note"
REPORT = "customer_service_addon.cs_liaison_note_report"
# What a clerk has to read of a department's month; the count says how many there were.
MOST_UNHAPPY = 60


class CsLiaisonNote(models.Model):
    """Internal liaison note (内部联络单, S-03): a department's satisfaction of a period, kept as it was counted.

    It is counted with the rights of who draws it up. Answers whose visit or complaint hides somebody's file (C-07)
    count in the figures and are not quoted, since whoever receives the note reads it.
    """

    _name = "cs.liaison.note"
    _description = "Internal Liaison Note"
    _inherit = ["cs.guard.mixin", "cs.internal.thread", "cs.alarm.mixin"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char("Liaison Note", compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company, index=True
    )
    department_id = fields.Many2one(
        "hr.department", required=True, index=True, check_company=True, ondelete="restrict", string="Addressed To"
    )
    date_from = fields.Date("From", required=True, default=lambda self: self._default_month()[0])
    date_to = fields.Date("To", required=True, default=lambda self: self._default_month()[1])
    remark = fields.Text("What Is Asked of the Department", help="Measures, until when, and who answers for them.")
    goal = fields.Float("Goal (%)", readonly=True, copy=False, aggregator="avg")
    rate = fields.Float("Index (%)", readonly=True, copy=False, aggregator="avg")
    collected = fields.Integer("Answers Collected", readonly=True, copy=False)
    is_reached = fields.Boolean("Goal Reached", compute="_compute_is_reached", store=True)
    snapshot = fields.Json("Figures as Counted", readonly=True, copy=False)
    figures = fields.Html(compute="_compute_figures", sanitize=False)
    counted_at = fields.Datetime("Counted On", readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("sent", "Sent"), ("acknowledged", "Acknowledged")],
        "Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    receiver_id = fields.Many2one("res.users", readonly=True, copy=False, index="btree_not_null")
    sent_at = fields.Datetime("Sent On", readonly=True, copy=False)
    sent_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    acknowledged_at = fields.Datetime("Acknowledged On", readonly=True, copy=False)
    acknowledged_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    can_acknowledge = fields.Boolean(compute="_compute_can_acknowledge")

    _cs_server_fields = frozenset(
        {
            *("goal", "rate", "collected", "is_reached", "snapshot", "counted_at", "state", "receiver_id", "sent_at"),
            *("sent_by_id", "acknowledged_at", "acknowledged_by_id", "company_id"),
        }
    )

    _period = models.Constraint("CHECK(date_to >= date_from)", "The period ends before it begins.")

    @api.model
    def _default_month(self):
        """Return the first and the last day of the month that has ended."""
        last = fields.Date.context_today(self).replace(day=1) - timedelta(1)
        return last.replace(day=1), last

    @api.depends("department_id.name", "date_from", "date_to")
    def _compute_name(self):
        for note in self:
            days = [format_date(self.env, day) for day in (note.date_from, note.date_to) if day]
            # sudo: hr.department - the name of the department, for whoever may read the note
            note.name = " ".join(filter(None, (note.sudo().department_id.name, " – ".join(days))))

    @api.depends("name")
    def _compute_display_name(self):
        for note in self:
            note.display_name = note.name

    @api.depends("goal", "rate", "collected")
    def _compute_is_reached(self):
        for note in self:
            note.is_reached = bool(note.collected) and note.rate >= note.goal

    @api.depends("snapshot")
    @api.depends_context("lang")
    def _compute_figures(self):
        for note in self:
            note.figures = self.env["ir.qweb"]._render(
                "customer_service_addon.cs_liaison_note_figures", {"note": note, "tables": note._tables()}
            )

    @api.depends("state", "receiver_id")
    @api.depends_context("uid")
    def _compute_can_acknowledge(self):
        for note in self:
            note.can_acknowledge = note.state == "sent" and note._is_for_user()

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """A new note is counted at once."""
        notes = super().create(vals_list)
        notes._count()
        return notes

    def write(self, vals):
        """Another department or period is counted anew; what was sent stays as it is."""
        if not self._cs_is_server() and set(vals) - {"message_follower_ids", "activity_ids", "message_ids"}:
            self._ensure_draft()
        result = super().write(vals)
        if {"department_id", "date_from", "date_to"} & set(vals):
            self._count()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_draft(self):
        self._ensure_draft()

    def _ensure_draft(self):
        for note in self:
            if note.state != "draft":
                raise UserError(self.env._("The note “%s” was sent and stays as it is.", note.name))

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_count(self):
        """Count again, for instance after further answers came in."""
        self.check_access("write")
        self._ensure_draft()
        self._count()

    def action_send(self):
        """Send the notes to who answers for the departments. Raises UserError where nobody does, or nothing is said."""
        self.check_access("write")
        self._ensure_draft()
        receivers = {note: note.department_id._cs_handler() for note in self}
        for note, receiver in receivers.items():
            if not receiver:
                raise UserError(
                    self.env._(
                        "Nobody answers for %(department)s: name a manager or a handler in the department.",
                        department=note.department_id.name,
                    )
                )
            if not note.collected:
                raise UserError(
                    self.env._("The note “%s” has no answers to tell of. Choose another period.", note.name)
                )
        now = fields.Datetime.now()
        for note, receiver in receivers.items():
            note._cs_as_server().write(
                {"state": "sent", "sent_at": now, "sent_by_id": self.env.uid, "receiver_id": receiver.id}
            )
        self._alarm(
            TODO,
            receivers,
            lambda note: note.env._("Liaison note on satisfaction: %(note)s. Read and acknowledge it.", note=note.name),
        )

    def action_acknowledge(self):
        """The department has read it. Raises AccessError for whoever it was not sent to."""
        self.check_access("read")
        for note in self:
            if not note._is_for_user():
                raise AccessError(self.env._("The note “%s” was sent to somebody else.", note.name))
            if note.state != "sent":
                raise UserError(self.env._("The note “%s” waits for nobody.", note.name))
        # sudo: cs.liaison.note - whom it was sent to writes nothing else of it; that was checked
        notes_sudo = self.sudo()
        notes_sudo._cs_as_server().write(
            {
                "state": "acknowledged",
                "acknowledged_at": fields.Datetime.now(),
                "acknowledged_by_id": self.env.uid,
            }
        )
        notes_sudo.activity_ids.unlink()

    def action_print(self):
        """Return the action that prints the notes."""
        self.check_access("read")
        return self.env.ref(REPORT).report_action(self, config=False)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _is_for_user(self):
        self.ensure_one()
        # sudo: hr.department - only compared with the user himself
        manager_sudo = self.sudo().department_id.manager_id.user_id
        return self.env.user in (self.receiver_id | manager_sudo.with_env(self.env))

    def _count(self):
        """Keep what the department's answers of the period say, as the user may see them."""
        rows = self.env["cs.satisfaction.report"]
        for note in self:  # a note is drawn up by hand, one at a time
            scope = [("company_id", "=", note.company_id.id), ("department_id", "=", note.department_id.id)]
            domain = rows._page_domain(scope, note.date_from, note.date_to)
            total, _departments, items = rows._page_breakdown(domain)
            former = rows._page_total(rows._page_domain(scope, *rows._page_former(note.date_from, note.date_to)))
            note._cs_as_server().write(
                {
                    "goal": note.department_id._cs_goals(note.company_id)[note.department_id],
                    "rate": total["rate"] or 0.0,
                    "collected": total["collected"],
                    "counted_at": fields.Datetime.now(),
                    "snapshot": {
                        "total": total,
                        "former": former,
                        "items": items,
                        "unhappy": note._unhappy(domain),
                    },
                }
            )

    def _unhappy(self, domain):
        """Return what customers were not satisfied with, the latest first, files that hide somebody left out."""
        rows = self.env["cs.satisfaction.report"].search([*domain, ("not_count", "=", 1)], limit=MOST_UNHAPPY)
        # sudo: cs.visit.answer - whether somebody is shut out, and the number of the case that was opened
        quoted_sudo = rows.sudo().filtered(
            lambda row: not (row.visit_id.complaint_id | row.case_id.complaint_ids).shut_out_user_ids
        )
        return [
            {
                "day": fields.Date.to_string(row.answered_on),
                "item": row.question_text,
                "comment": row.comment or "",
                "case": row.case_id.name or "",
            }
            for row in quoted_sudo
        ]

    def _tables(self):
        """Return what is shown of the snapshot: ``{facts, items, unhappy}`` as text in the language at hand."""
        self.ensure_one()
        kept = self.snapshot or {}
        total, former = kept.get("total", {}), kept.get("former", {})
        return {
            "facts": self._fact_rows(total, former),
            "marks": [self.env["cs.print.mixin"]._cs_label(self.env["cs.satisfaction.report"], name) for name in MARKS],
            "items": [
                {
                    "name": item["name"],
                    "marks": [item[name] for name in MARKS],
                    "collected": item["collected"],
                    "rate": self._percent(item["rate"]),
                }
                for item in kept.get("items", [])
            ],
            "unhappy": [
                row | {"day": format_date(self.env, fields.Date.to_date(row["day"]))} for row in kept.get("unhappy", [])
            ],
        }

    def _fact_rows(self, total, former):
        label = self.env["cs.print.mixin"]._cs_label
        rows, rate, before = self.env["cs.satisfaction.report"], total.get("rate"), former.get("rate")
        change = self.env._("no answers") if before is None else self._percent(before)
        if rate is not None and before is not None and rate != before:
            change = f"{change} ({'▲' if rate > before else '▼'} {abs(rate - before):.1f})"
        return [
            (label(rows, "rate"), self._percent(rate)),
            (label(self, "goal"), self._percent(self.goal)),
            (label(rows, "collected"), str(total.get("collected", 0))),
            (self.env._("Former Period"), change),
            (label(rows, "not_count"), str(total.get("not_count", 0))),
            (label(rows, "not_applicable"), str(total.get("not_applicable", 0))),
            (label(rows, "own_rate"), self._percent(total.get("own_rate"), total.get("own_collected"))),
            (label(rows, "staff_rate"), self._percent(total.get("staff_rate"), total.get("staff_collected"))),
        ]

    def _percent(self, value, count=None):
        text = "–" if value is None else f"{value:.1f} %"
        return text if count is None else f"{text} (n = {count})"
