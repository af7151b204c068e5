from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

STATES = [("pending", "Set"), ("fired", "Fired"), ("void", "Not Needed"), ("failed", "Failed")]


class CsSlaAlarm(models.Model):
    """A moment at which somebody has to be told about a clock.

    ``share`` of the budget plus ``offset_s`` seconds say when, on the clock's own time: an alarm stands still while
    its clock does. Every clock has one alarm without a step at its deadline, which finds it missed. Rows are written
    in plain statements only.
    """

    _name = "cs.sla.alarm"
    _description = "SLA Alarm"
    _order = "due_at desc, id desc"
    _rec_name = "escalation_id"
    _inherit = ["cs.sla.sealed"]
    _log_access = False

    clock_id = fields.Many2one("cs.sla.clock", required=True, index=True, ondelete="restrict")
    escalation_id = fields.Many2one("cs.sla.escalation", "Step", index="btree_not_null", ondelete="restrict")
    share = fields.Float()
    offset_s = fields.Integer("Offset (Seconds)", aggregator=None)
    due_at = fields.Datetime("Due")
    state = fields.Selection(STATES, required=True, default="pending")
    fired_at = fields.Datetime("Fired")
    error = fields.Char("What Failed")
    acknowledged_at = fields.Datetime("Acknowledged")
    acknowledged_by_id = fields.Many2one("res.users", ondelete="restrict")
    notice_ids = fields.One2many("cs.sla.notice", "alarm_id", "Told")
    company_id = fields.Many2one(related="clock_id.company_id")
    record_name = fields.Char(related="clock_id.record_name")
    can_acknowledge = fields.Boolean(compute="_compute_can_acknowledge")

    # The job looks for what is due; nothing else is in this index.
    _due_idx = models.Index("(due_at, id) WHERE state = 'pending' AND due_at IS NOT NULL")
    _failed_idx = models.Index("(id) WHERE state = 'failed'")

    @api.depends("state", "acknowledged_at", "notice_ids.user_id", "clock_id.team_id.user_id")
    @api.depends_context("uid")
    def _compute_can_acknowledge(self):
        for alarm in self:
            alarm.can_acknowledge = (
                alarm.state in ("fired", "failed")
                and bool(alarm.escalation_id)
                and not alarm.acknowledged_at
                and alarm._may_acknowledge()
            )

    # ------------------------------------------------------------------
    # Acknowledging
    # ------------------------------------------------------------------

    def action_acknowledge(self):
        """Say that somebody takes care: the further steps of the clock do not fire any more.

        Raises AccessError for anybody who was neither told nor leads the team.
        """
        self.check_access("read")
        for alarm in self:
            if not alarm._may_acknowledge():
                raise AccessError(
                    self.env._(
                        "The alarm of %(record)s went to others. Who was told, or the team leader, acknowledges it.",
                        record=alarm.record_name,
                    )
                )
        self._acknowledge()

    def _may_acknowledge(self):
        self.ensure_one()
        # sudo: cs.sla.alarm - only compared with the user himself
        alarm_sudo = self.sudo()
        return (
            self.env.user in alarm_sudo.notice_ids.user_id
            or alarm_sudo.clock_id.team_id.user_id == self.env.user
            or self.env.user.has_group("customer_service_addon.group_cs_manager")
        )

    def _acknowledge(self, activities=None):
        """Stop the chains of the clocks of ``self``; every check is done. ``activities`` are being done already."""
        now = fields.Datetime.now()
        open_alarms = self.filtered(lambda alarm: not alarm.acknowledged_at)
        if not open_alarms:
            return
        clock_ids = tuple(open_alarms.clock_id.ids)
        self.env.execute_query(
            SQL(
                """
                UPDATE cs_sla_alarm SET acknowledged_at = %s, acknowledged_by_id = %s
                 WHERE id IN %s RETURNING 1
                """,
                now,
                self.env.uid,
                tuple(open_alarms.ids),
            )
        )
        self.env.execute_query(
            SQL(
                """
                UPDATE cs_sla_alarm SET state = 'void'
                 WHERE clock_id IN %s AND state = 'pending' AND escalation_id IS NOT NULL RETURNING 1
                """,
                clock_ids,
            )
        )
        self.env["cs.sla.engine"]._note_events(clock_ids, "acknowledged", now)
        # sudo: mail.activity - the to-dos of this alarm are over for all who were told
        others_sudo = open_alarms.sudo().notice_ids.activity_id.filtered("active")
        (others_sudo - activities if activities else others_sudo).unlink()
        self.env["cs.sla.alarm"].invalidate_model(flush=False)

    # ------------------------------------------------------------------
    # Job
    # ------------------------------------------------------------------

    @api.model
    def _wake_up_at(self, moment):
        """Have the job run at ``moment`` (naive UTC), unless its next regular run comes first."""
        if not moment:
            return
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id("customer_service_addon.ir_cron_cs_sla_alarm")
        # sudo: ir.cron - whoever starts a clock has it watched
        cron_sudo = self.env["ir.cron"].sudo().browse(cron_id)
        if moment < cron_sudo.nextcall:
            cron_sudo._trigger(at=moment)


class CsSlaNotice(models.Model):
    """Who was told of an alarm, by which to-do and with which message."""

    _name = "cs.sla.notice"
    _description = "SLA Alarm Notice"
    _order = "id"
    _rec_name = "user_id"

    alarm_id = fields.Many2one("cs.sla.alarm", required=True, readonly=True, index=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", "Told", required=True, readonly=True, index=True, ondelete="restrict")
    activity_id = fields.Many2one("mail.activity", "To-do", readonly=True, index="btree_not_null", ondelete="set null")
    mail_state = fields.Selection(
        [("none", "No Mail"), ("queued", "To Be Sent"), ("sent", "Sent")], default="none", required=True, readonly=True
    )
    told_at = fields.Datetime(required=True, readonly=True)

    _queued_idx = models.Index("(user_id, id) WHERE mail_state = 'queued'")
