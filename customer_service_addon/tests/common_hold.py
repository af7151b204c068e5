from odoo.fields import Command

from .test_promise import CsPromiseCommon

OWNER_ALARM = "customer_service_addon.mail_activity_type_cs_hold"


class CsHoldCommon(CsPromiseCommon):
    """Monday 1 June 2026, 10:00 in Shanghai (02:00 UTC); the team works 9-18 on weekdays, that is 01:00-10:00 UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.for_customer = cls.env.ref("customer_service_addon.cs_hold_reason_customer")
        cls.for_parts = cls.env.ref("customer_service_addon.cs_hold_reason_parts")
        cls.for_customer.write({"max_hours": 0, "reminder_days": 0})

    def hold(self, cases, user=None, reason=None, **values):
        """Put ``cases`` on hold with the form as ``user`` (default: the first agent); return their open holds."""
        wizard = self.env["cs.hold.wizard"].with_user(user or self.agent)
        wizard.create(
            {"case_ids": [Command.set(cases.ids)], "reason_id": (reason or self.for_parts).id, **values}
        ).action_confirm()
        return self.open_hold(cases)

    def open_hold(self, cases):
        return cases.sudo().hold_ids.filtered(lambda hold: not hold.ended_at)

    def wait(self, moment):
        """It is ``moment`` (naive UTC); mails written before have left, and the job of the holds runs."""
        self.env["mail.mail"].sudo().search([("state", "=", "outgoing")]).state = "sent"
        self.at(moment)
        self.run_cron("ir_cron_cs_hold")

    def mails(self, case, subject):
        return (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "=", "cs.case"), ("res_id", "in", case.ids), ("subject", "ilike", subject)])
        )
