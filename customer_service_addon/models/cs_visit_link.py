from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .cs_visit_answer import UNASKED

LINK_STATES = [
    ("none", "Not Sent"),
    ("queued", "Being Sent"),
    ("sent", "Sent"),
    ("failed", "Could Not Be Sent"),
    ("bounced", "Came Back"),
    ("answered", "Answered"),
    ("expired", "Expired"),
]


class CsReturnVisit(models.Model):
    """The questionnaire as a link that the customer answers himself: on Odoo's pages of surveys, once, in time.

    What he answers is recorded as his own (``source`` "customer"), whatever became of the visit meanwhile.
    """

    _inherit = "cs.return.visit"

    link_state = fields.Selection(
        LINK_STATES, "Questionnaire", required=True, readonly=True, default="none", copy=False, tracking=True
    )
    link_failure = fields.Char("Questionnaire: What Went Wrong", readonly=True, copy=False)
    link_sent_at = fields.Datetime("Questionnaire Sent On", readonly=True, copy=False)
    link_until = fields.Datetime("Questionnaire Open Until", readonly=True, copy=False)
    link_remind_at = fields.Datetime("Reminder Due", readonly=True, copy=False)
    link_reminded_at = fields.Datetime("Reminded On", readonly=True, copy=False)
    link_message_id = fields.Many2one(
        "mail.message",
        "Last Mail to the Customer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
    )
    link_input_ids = fields.One2many(
        "survey.user_input", "cs_visit_id", "Participation", readonly=True, copy=False, groups="base.group_system"
    )
    can_send_link = fields.Boolean(compute="_compute_can_send_link")

    _cs_server_fields = frozenset(
        {
            *("link_state", "link_failure", "link_sent_at", "link_until", "link_remind_at", "link_reminded_at"),
            *("link_message_id", "link_input_ids"),
        }
    )

    _link_queue_idx = models.Index("(id) WHERE link_state = 'queued'")
    _link_due_idx = models.Index("(id) WHERE method = 'email' AND link_state = 'none' AND state = 'planned'")
    _link_until_idx = models.Index("(link_until) WHERE link_state IN ('queued', 'sent')")
    _link_remind_idx = models.Index("(link_remind_at) WHERE link_state = 'sent'")
    _plan_link_idx = models.Index("(plan_id, link_state) WHERE link_state <> 'none'")

    @api.depends("state", "link_state", "purpose_id")
    @api.depends_context("uid")
    def _compute_can_send_link(self):
        desk = self._is_desk()
        for visit in self:
            # sudo: cs.visit.purpose - whether there is a script is no secret
            asks = visit.sudo().purpose_id.survey_id and visit.state in UNASKED
            visit.can_send_link = desk and asks and visit.link_state not in ("queued", "sent", "answered")

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_send_link(self):
        """Send the customers the questionnaire; a job writes the mails.

        Raises AccessError for all but agents, and UserError naming every visit that cannot be sent and why.
        """
        self._ensure_desk()
        reasons = [reason for visit in self if (reason := visit._why_not_now() or visit._why_no_link())]
        if reasons:
            raise UserError("\n".join(reasons))
        # sudo: cs.return.visit - the fields are the system's; who sends was checked
        visits_sudo = self.sudo()._cs_as_server()
        visits_sudo.write({"link_state": "queued", "link_failure": False, "link_message_id": False})
        self._wake_links_up()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _why_not_now(self):
        """Return why the questionnaire of one visit is not sent at present, or False."""
        self.ensure_one()
        if self.state not in UNASKED:
            return self.env._("%(visit)s: the customer was asked already, or is not asked any more.", visit=self.name)
        if self.link_state in ("queued", "sent"):
            return self.env._("%(visit)s: the customer has the questionnaire already.", visit=self.name)
        if self.link_state == "answered":
            return self.env._("%(visit)s: the customer has answered the questionnaire already.", visit=self.name)
        return False

    def _why_no_link(self):
        """Return why one visit cannot be asked by link at all, or False: no script, no address, not wanted."""
        self.ensure_one()
        # sudo: survey.survey, res.partner - what is missing is said to whoever may send
        visit_sudo = self.sudo()
        partner_sudo, script_sudo = visit_sudo.partner_id, visit_sudo.purpose_id.survey_id
        if not script_sudo:
            return self.env._(
                "%(visit)s: the purpose “%(purpose)s” has no script that could be sent.",
                visit=self.name,
                purpose=visit_sudo.purpose_id.name,
            )
        if not script_sudo.active or not script_sudo.question_ids or script_sudo.access_mode != "token":
            return self.env._(
                "%(visit)s: the script “%(script)s” is closed, has no questions, or is open to everybody.",
                visit=self.name,
                script=script_sudo.title,
            )
        if not partner_sudo.email_normalized:
            return self.env._(
                "%(visit)s: %(customer)s has no valid mail address. Enter one in his file.",
                visit=self.name,
                customer=partner_sudo.display_name,
            )
        if partner_sudo.cs_no_visits or partner_sudo.commercial_partner_id.cs_no_visits:
            return self.env._(
                "%(visit)s: %(customer)s does not want to be asked.",
                visit=self.name,
                customer=partner_sudo.display_name,
            )
        return False

    def _open_participations(self):
        """Give each visit its participation, with the time to answer from now on. ``self`` is superuser's.

        A participation there is already (sent before, expired, came back) goes on: there is one link per visit.
        """
        now = fields.Datetime.now()
        for purpose, visits in self.grouped("purpose_id").items():
            until = now + timedelta(days=purpose.link_days)
            visits._cs_as_server().write({"link_until": until})
            visits.link_input_ids.write({"deadline": until})
        fresh = self.filtered(lambda visit: not visit.link_input_ids)
        for script, visits in fresh.grouped(lambda visit: visit.purpose_id.survey_id).items():
            visits._create_participations(script)

    def _create_participations(self, script):
        """Create the participations of visits with one ``script``: what survey's own way does, for all at once."""
        inputs = (
            self.env["survey.user_input"]
            ._cs_as_server()
            .with_context(mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True)
        )
        languages = {language.code: language.id for language in self.env["res.lang"].search([])}
        values = []
        for visit in self:
            partner = visit.partner_id
            script._check_answer_creation(False, partner, partner.email, check_attempts=False)
            values.append(
                {
                    "survey_id": script.id,
                    "cs_visit_id": visit.id,
                    "partner_id": partner.id,
                    "email": partner.email,
                    "nickname": partner.name,
                    "deadline": visit.link_until,
                    "lang_id": languages.get(partner.lang),
                    # Attempts are counted per visit, not per customer: he may be asked again another time.
                    "invite_token": inputs._generate_invite_token() if script.is_attempts_limited else False,
                }
            )
        if script.questions_selection == "all":
            questions = [fields.Command.set(script._prepare_user_input_predefined_questions().ids)]
            values = [row | {"predefined_question_ids": questions} for row in values]
        inputs.create(values)

    def _mark_link_answered(self):
        """The customer has answered: nothing reminds him any more."""
        # sudo: cs.return.visit - the fields are the system's
        self.sudo()._cs_as_server().write({"link_state": "answered", "link_remind_at": False, "link_failure": False})

    def _link_path(self):
        """Return the address of the questionnaire without the host, or False while there is none."""
        self.ensure_one()
        # sudo: survey.user_input - the token is told to the customer only; the caller knows that it is him
        answer_sudo = self.sudo().link_input_ids[:1]
        return answer_sudo.get_start_url() if answer_sudo else False

    def _is_link_open(self):
        """Whether the customer may answer now."""
        self.ensure_one()
        return (
            self.link_state in ("queued", "sent", "failed", "bounced")
            and bool(self.link_until)
            and self.link_until > fields.Datetime.now()
        )

    def _expire_links(self):
        """The time to answer is over."""
        self._cs_as_server().write({"link_state": "expired", "link_remind_at": False})

    @api.model
    def _link_domains(self):
        """Return ``{step of the job: domain of visits that wait for it}``."""
        now = fields.Datetime.now()
        unasked = Domain("state", "in", UNASKED)
        by_hand = Domain("link_state", "=", "queued") & Domain("link_message_id", "=", False) & unasked
        due = Domain("method", "=", "email") & Domain("link_state", "=", "none") & Domain("state", "=", "planned")
        return {
            "_send_links": by_hand | (due & Domain("due_from", "<=", now)),
            "_remind": Domain("link_state", "=", "sent") & Domain("link_remind_at", "<=", now),
            "_expire_links": Domain("link_state", "in", ("queued", "sent")) & Domain("link_until", "<=", now),
        }


class CsVisitPlan(models.Model):
    """How far a campaign by mail has come."""

    _inherit = "cs.visit.plan"

    link_sent_count = fields.Integer("Questionnaires Sent", compute="_compute_link_counts")
    link_answered_count = fields.Integer("Questionnaires Answered", compute="_compute_link_counts")
    link_bounced_count = fields.Integer("Questionnaires Undelivered", compute="_compute_link_counts")
    link_expired_count = fields.Integer("Questionnaires Expired", compute="_compute_link_counts")
    link_waiting_count = fields.Integer("Questionnaires Waiting to Be Sent", compute="_compute_link_counts")
    link_progress = fields.Float("Questionnaires: Answered (%)", compute="_compute_link_counts")

    def _compute_link_counts(self):
        # sudo: cs.return.visit - counts give away no visit
        groups = (
            self.env["cs.return.visit"]
            .sudo()
            ._read_group(
                [("plan_id", "in", self.ids), ("link_state", "!=", "none")], ["plan_id", "link_state"], ["__count"]
            )
        )
        counts = {(plan.id, state): count for plan, state, count in groups}
        for plan in self:
            by_state = {state: counts.get((plan.id, state), 0) for state, _label in LINK_STATES}
            plan.link_answered_count = by_state["answered"]
            plan.link_expired_count = by_state["expired"]
            plan.link_bounced_count = by_state["bounced"] + by_state["failed"]
            plan.link_waiting_count = by_state["queued"]
            plan.link_sent_count = sum(by_state[state] for state in ("sent", "bounced", "answered", "expired"))
            plan.link_progress = 100.0 * by_state["answered"] / plan.link_sent_count if plan.link_sent_count else 0.0
