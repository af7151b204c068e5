from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from ..services.register_week import week_bounds

REPORT = "customer_service_addon.cs_weekly_register_report"
TREND_WEEKS = 8


class CsWeeklyRegister(models.Model):
    """The register of one team or site office and one week (周报): in, out, unfinished and why (I-08).

    A row is a snapshot that can be opened again later. Weeks begin on Monday in the team's time zone. Clients
    only read it; it is built by its job and by supervisors. Personal data are not copied: names of customers
    are read from the cases when the register is shown.
    """

    _name = "cs.weekly.register"
    _description = "Weekly Register"
    _order = "week_start desc, team_id, id"

    team_id = fields.Many2one("cs.team", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="team_id.company_id", store=True, index=True)
    week_start = fields.Date("Week From", required=True, readonly=True)
    week_end = fields.Date("To", compute="_compute_week_end")
    tz = fields.Char("Time Zone", required=True, readonly=True)
    open_start_count = fields.Integer("Open at the Beginning", readonly=True)
    in_count = fields.Integer("Received", readonly=True)
    reopened_count = fields.Integer("Reopened", readonly=True)
    out_count = fields.Integer("Finished", readonly=True)
    open_end_count = fields.Integer("Unfinished", readonly=True)
    late_promise_count = fields.Integer(
        "Late Promises", readonly=True, help="Promised times of the week at which the customer heard nothing (I-05)."
    )
    no_reason_count = fields.Integer("Without Reason", readonly=True, help="Unfinished without saying why.")
    snapshot = fields.Json(readonly=True)
    unfinished_case_ids = fields.Many2many("cs.case", string="Unfinished Cases", compute="_compute_unfinished_case_ids")
    built_at = fields.Datetime(readonly=True)
    attachment_id = fields.Many2one("ir.attachment", "Printed File", readonly=True, copy=False)
    sent_at = fields.Datetime(readonly=True, copy=False)
    sent_partner_ids = fields.Many2many("res.partner", string="Sent To", readonly=True, copy=False)

    _one_per_week = models.UniqueIndex("(team_id, week_start)", "This team has its register of that week already.")
    _order_idx = models.Index("(week_start DESC, team_id, id)")
    _to_print_idx = models.Index("(id) WHERE attachment_id IS NULL")

    @api.depends("week_start")
    def _compute_week_end(self):
        for register in self:
            register.week_end = register.week_start and register.week_start + timedelta(days=6)

    @api.depends("team_id.name", "week_start", "week_end")
    def _compute_display_name(self):
        for register in self:
            register.display_name = f"{register.team_id.name} {register.week_start} – {register.week_end}"

    @api.depends("snapshot")
    @api.depends_context("uid")
    def _compute_unfinished_case_ids(self):
        """The unfinished cases among those the user may read."""
        ids = {line["case_id"] for register in self for line in register._unfinished()}
        readable = set(self.env["cs.case"].with_context(active_test=False).search([("id", "in", list(ids))]).ids)
        for register in self:
            register.unfinished_case_ids = [
                Command.set([line["case_id"] for line in register._unfinished() if line["case_id"] in readable])
            ]

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_build_last_week(self):
        """Build the missing registers of last week for the teams the user leads (all teams: managers).

        Raises AccessError for agents. Returns the action that shows the registers of last week.
        """
        self._ensure_supervisor()
        teams = self.env["cs.team"].search(self._led_teams_domain())
        self._build_last_week(teams)
        return self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_weekly_register_action")

    def action_rebuild(self):
        """Count again, for instance after reasons were added; the job renews the print and mails it only once."""
        self._ensure_may_supervise()
        self._rebuild()
        # sudo: cs.weekly.register - written by the system only, for the supervisor checked above
        self.sudo().write({"attachment_id": False})
        self.env.ref("customer_service_addon.ir_cron_cs_weekly_register").sudo()._trigger()

    def action_send(self):
        """Mail the registers to their teams' leaders and register recipients, again if they were mailed before."""
        self._ensure_may_supervise()
        for register in self:
            if not register._recipients():
                raise UserError(
                    self.env._(
                        "%(team)s has neither a leader nor recipients of its register with an e-mail address. "
                        "A manager adds them to the team.",
                        team=register.team_id.name,
                    )
                )
        for register in self.sudo():  # a print and a mail per register: a handful chosen by hand
            register._print_and_send(send=True)

    def action_print(self):
        """Return the action that prints the registers as they were counted."""
        self.check_access("read")
        return self.env.ref(REPORT).report_action(self, config=False)

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    @api.model
    def _ensure_supervisor(self):
        if not self.env["cs.case"]._is_supervisor():
            raise AccessError(self.env._("Only supervisors and managers build and send weekly registers."))

    @api.model
    def _led_teams_domain(self):
        if self.env.su or self.env.user.has_group("customer_service_addon.group_cs_manager"):
            return Domain.TRUE
        return Domain("user_id", "=", self.env.uid)

    def _ensure_may_supervise(self):
        """A supervisor handles the registers of the teams he leads, a manager those of all teams he may read."""
        self._ensure_supervisor()
        self.check_access("read")
        if self.team_id.filtered_domain(self._led_teams_domain()) != self.team_id:
            raise AccessError(self.env._("You handle the registers of the teams you lead. Ask a manager for others."))

    def _unfinished(self):
        self.ensure_one()
        return (self.snapshot or {}).get("unfinished", [])

    def _bounds(self):
        """Return the naive UTC moments [start, end) of the register's week."""
        self.ensure_one()
        return week_bounds(self.week_start, self.tz)

    def _recipients(self):
        """Return the partners the register is mailed to: the leader and the named users, if they have an address."""
        self.ensure_one()
        # sudo: res.users - whoever the manager named is addressed
        team_sudo = self.sudo().team_id
        users = (team_sudo.user_id | team_sudo.register_user_ids).filtered("active")
        return users.partner_id.filtered("email")

    def _lang(self):
        """Language of the mailed print: the leader's, else the company's."""
        self.ensure_one()
        # sudo: res.users - the language of the leader
        team_sudo = self.sudo().team_id
        return team_sudo.user_id.lang or team_sudo.company_id.partner_id.lang or self.env.lang or "en_US"

    def _print_and_send(self, send):
        """Keep the print of the register as attachment and, with ``send``, mail it (queued)."""
        self.ensure_one()
        reports = self.env["ir.actions.report"].with_context(lang=self._lang())
        content, ending = reports._render_qweb_pdf(REPORT, self.ids)
        name = f"{self.display_name}.{ending}"
        values = {"name": name, "raw": content, "res_model": self._name, "res_id": self.id}
        attachment = self.env["ir.attachment"].create(values)
        self.write({"attachment_id": attachment.id})
        recipients = self._recipients() if send else self.env["res.partner"]
        if not recipients:
            return
        self.env.ref("customer_service_addon.mail_template_cs_weekly_register").send_mail(
            self.id,
            email_values={
                "recipient_ids": [Command.set(recipients.ids)],
                "attachment_ids": [Command.link(attachment.id)],
            },
        )
        self.write({"sent_at": fields.Datetime.now(), "sent_partner_ids": [Command.set(recipients.ids)]})

    def _trend(self):
        """Return ``{register: the registers of its team over the last weeks, oldest first}`` in one query."""
        if not self:
            return {}
        first = min(self.mapped("week_start")) - timedelta(weeks=TREND_WEEKS - 1)
        domain = [("team_id", "in", self.team_id.ids), ("week_start", ">=", first)]
        rows = self.search(domain, order="week_start")
        return {
            register: rows.filtered(
                lambda row, register=register: (
                    row.team_id == register.team_id
                    and register.week_start - timedelta(weeks=TREND_WEEKS) < row.week_start <= register.week_start
                )
            )
            for register in self
        }
