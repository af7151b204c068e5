from odoo import models

# Programs that receive these headers answer no further (RFC 3834, Exchange).
GENERATED = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
REPLIED = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "auto_reply"}


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Report on the case what became of the procedure's own mails, before core may delete them."""
        notices = self.filtered(lambda mail: mail.model == "cs.case" and "Auto-Submitted" in (mail.headers or ""))
        notices._cs_report_outcome(failure_type and (failure_reason or failure_type))
        return super()._postprocess_sent_message(success_pids, success_emails, failure_reason, failure_type)

    def _cs_report_outcome(self, failure):
        """Keep on the cases that their mails left the house, or with ``failure`` (text) why not."""
        # sudo: cs.case - the mail queue may be run by anybody
        cases_sudo = self.env["cs.case"].sudo()
        acknowledgements = self.filtered(lambda mail: REPLIED["Auto-Submitted"] in mail.headers)
        acknowledged_sudo = cases_sudo.browse(acknowledgements.mapped("res_id")).exists()
        if not failure:
            acknowledged_sudo.filtered(lambda case: case.ack_state == "failed")._mark_acknowledged()
            return
        reasons = {mail.res_id: mail.failure_reason or failure for mail in self}
        for case in acknowledged_sudo:
            case._mark_not_acknowledged("failed", reasons[case.id])
        cases_sudo.browse(reasons).exists()._message_log_batch(
            bodies={
                case_id: self.env._("A mail to the customer could not be sent: %(reason)s", reason=reason)
                for case_id, reason in reasons.items()
            }
        )
