from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext, is_html_empty

from ..models.cs_case_flow import FINISHED


class CsAnswerWizard(models.TransientModel):
    """Answer the customer, or record what he was told, and say how the case goes on (I-05, I-06, I-07)."""

    _name = "cs.answer.wizard"
    _description = "Answer the Customer"

    case_id = fields.Many2one("cs.case", required=True, readonly=True)
    company_id = fields.Many2one(related="case_id.company_id")
    kind = fields.Selection(related="case_id.kind")
    how = fields.Selection(
        [("mail", "By Email"), ("phone", "By Phone"), ("person", "In Person")],
        required=True,
        compute="_compute_how",
        store=True,
        precompute=True,
        readonly=False,
        help="An answer by mail is sent. What was said by phone or in person is recorded.",
    )
    answer_id = fields.Many2one(
        "cs.answer", "Reusable Answer", help="The best ones for this case come first; type words to search the texts."
    )
    subject = fields.Char(compute="_compute_subject", store=True, precompute=True, readonly=False)
    body = fields.Html(
        "Answer", compute="_compute_body", store=True, precompute=True, readonly=False, sanitize_style=True
    )
    decision = fields.Html(
        "Added to the Answer", compute="_compute_decision", help="The customer is always told what was decided (I-07)."
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments")
    verdict = fields.Selection(
        [("adopted", "Adopted"), ("partly", "Partly Adopted"), ("rejected", "Not Adopted")],
        compute="_compute_verdict",
        store=True,
        precompute=True,
        readonly=False,
    )
    verdict_reason = fields.Text(
        "Reason of the Decision", compute="_compute_verdict", store=True, precompute=True, readonly=False
    )
    then = fields.Selection(
        [("open", "Stays Open"), ("waiting", "Waits for the Customer"), ("solved", "Is Solved")],
        "The Case",
        required=True,
        default="solved",
    )
    hold_reason_id = fields.Many2one(
        "cs.hold.reason", "Waits For", compute="_compute_hold_reason", store=True, precompute=True, readonly=False
    )
    hold_until = fields.Datetime("Waits Until", help="You are reminded then.")
    next_promise_at = fields.Datetime(
        "Next Promise",
        compute="_compute_next_promise_at",
        store=True,
        precompute=True,
        readonly=False,
        help="What is not solved yet gets a new time: until then the customer hears from us again, whatever the "
        "progress (I-05).",
    )

    @api.depends("case_id")
    def _compute_how(self):
        for wizard in self:
            reachable = wizard.case_id.email_from or wizard.case_id.partner_id.email
            wizard.how = "mail" if reachable else "phone"

    @api.depends("case_id")
    def _compute_subject(self):
        for wizard in self:
            wizard.subject = wizard.case_id.display_name

    @api.depends("case_id")
    def _compute_verdict(self):
        for wizard in self:
            wizard.verdict = wizard.case_id.verdict
            wizard.verdict_reason = wizard.case_id.verdict_reason

    @api.depends("answer_id")
    def _compute_body(self):
        for wizard in self:
            wizard.body = wizard.answer_id._fill_for(wizard.case_id) if wizard.answer_id else wizard.body

    @api.depends("kind", "verdict", "verdict_reason", "body")
    def _compute_decision(self):
        for wizard in self:
            wizard.decision = wizard._decision_text()

    @api.depends("then")
    def _compute_hold_reason(self):
        for wizard in self:
            waiting = wizard.then == "waiting"
            wizard.hold_reason_id = waiting and self.env["cs.hold.reason"].search(
                Domain("waits_for", "=", "customer") & Domain("company_id", "in", (False, wizard.company_id.id)),
                limit=1,
            )

    @api.depends("case_id", "then")
    def _compute_next_promise_at(self):
        for wizard in self:
            case = wizard.case_id
            promised = wizard.then == "open" and case.type_id.promise_delay
            wizard.next_promise_at = case._next_answer_date() if promised else False

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_confirm(self):
        """Post the answer, then move the case on and record the next promise.

        Raises UserError, and changes nothing, when the answer is empty or the case cannot go on like that.
        """
        self.ensure_one()
        case = self.case_id
        case.check_access("write")
        self._ensure_complete()
        if case.kind == "suggestion" and self.verdict:
            case.write({"verdict": self.verdict, "verdict_reason": self.verdict_reason})
        case._post_answer(
            Markup(self.body or "") + Markup(self.decision or ""),
            how=self.how,
            subject=self.subject,
            attachment_ids=self._take_attachments().ids,
        )
        self.answer_id._count_use()
        self._move_on()

    def action_make_reusable(self):
        """Propose the text as it stands as a reusable answer and go on answering (I-06)."""
        self.ensure_one()
        self.case_id.check_access("read")
        if is_html_empty(self.body):
            raise UserError(self.env._("Write the answer first, then make it reusable."))
        self.answer_id = self.case_id._propose_reusable(self.body)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _decision_text(self):
        """Return what tells the customer what became of his suggestion (Markup, his language).

        Empty when there is nothing decided or the answer gives the reason already.
        """
        reason = (self.verdict_reason or "").strip()
        if self.kind != "suggestion" or not (self.verdict and reason) or reason in html2plaintext(self.body or ""):
            return Markup("")
        wizard = self.with_context(lang=self.case_id._customer_lang())
        labels = dict(wizard._fields["verdict"]._description_selection(wizard.env))
        told = wizard.env._("What became of your suggestion: %(verdict)s", verdict=labels[self.verdict])
        return Markup("<p>%s</p><p>%s</p>") % (told, reason)

    def _ensure_complete(self):
        if is_html_empty(self.body) and not self.decision:
            raise UserError(self.env._("The answer is empty. Write what the customer is told."))
        if self.then == "open" and self.case_id.type_id.promise_delay and not self.next_promise_at:
            raise UserError(
                self.env._(
                    "The case stays open, so the customer needs a new time. Say by when he hears from us again (I-05)."
                )
            )

    def _take_attachments(self):
        """Hand the files uploaded here over to the case; files of other records are attached as they are."""
        uploaded = self.attachment_ids.filtered(
            lambda attachment: attachment.res_model == self._name and attachment.create_uid == self.env.user
        )
        uploaded.write({"res_model": "cs.case", "res_id": self.case_id.id})
        return self.attachment_ids

    def _move_on(self):
        case = self.case_id
        if self.then == "waiting":
            case._hold(self.hold_reason_id, self.hold_until)
        elif case.meaning != self.then and not (self.then == "solved" and case.meaning in FINISHED):
            case._move_to(self.then)
        if self.how == "mail":
            # The answer he gets tells him; a closing mail at the same moment would only repeat it.
            case._queue_closing_notice(wanted=False)
        if self.next_promise_at:
            case._promise(self.next_promise_at, self.how)
