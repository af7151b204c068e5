from odoo import fields, models
from odoo.exceptions import UserError

from .cs_liability_flow import TODO


class CsLiabilityNotice(models.Model):
    """What the contractor answers: on his page, or as customer service records it."""

    _inherit = "cs.liability.notice"

    def action_record_answer(self):
        """Open the dialog in which customer service records what the contractor said."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer of the Contractor"),
            "res_model": "cs.liability.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_notice_id": self.id},
        }

    def _is_late(self):
        """Return whether the time to contest is over."""
        self.ensure_one()
        over = bool(self.contest_until) and self.contest_until < fields.Datetime.now()
        return over or self.answer in ("silence", "accepted") or self.liability_id.state == "final"

    def _answer(self, answer, reason="", files=()):
        """Record the answer of the contractor, who was checked by the caller; ``files`` are (name, bytes).

        ``answer``: "accepted" or "contested". Raises UserError after the time, for a notice of an earlier decision,
        for a contest without reason and for files over the limits of the company.
        """
        self.ensure_one()
        if not self.is_current or self.answer != "none" or self.liability_id.state not in ("decided", "contested"):
            raise UserError(self.env._("There is nothing to answer any more."))
        if answer == "contested" and self._is_late():
            raise UserError(self.env._("The time to contest is over. Please write or call us."))
        self._keep_answer(answer, reason, files)
        if answer == "contested":
            self._contest()
        else:
            self.liability_id._settle()

    def _contest_late(self, reason, late_reason):
        """Contested after the time: only a supervisor admits it, and says why; return a liability in its place, if any.

        What is final already is void and examined again.
        """
        self.ensure_one()
        liability = self.liability_id
        liability._ensure_supervisor()
        if (
            not self.is_current
            or self.answer == "contested"
            or liability.state not in ("decided", "contested", "final")
        ):
            raise UserError(self.env._("There is nothing to answer any more."))
        late_reason = liability._stated(late_reason)
        self._keep_answer("contested", reason, ())
        # sudo: cs.liability.notice - written by the system; the supervisor was checked
        self.sudo()._cs_as_server().write({"late_reason": late_reason, "late_by_id": self.env.uid})
        if liability.state == "final":
            return liability._void(late_reason, replace=True)
        self._contest()
        return self.env["cs.liability"]

    def _keep_answer(self, answer, reason, files):
        if answer not in ("accepted", "contested"):
            raise UserError(self.env._("Say whether the contractor accepts or contests."))
        reason = (reason or "").strip()
        if answer == "contested" and not reason:
            raise UserError(self.env._("Please say why; the decision is looked at again because of it."))
        # sudo: cs.liability.notice, res.company, ir.attachment - the contractor has no rights on files of the house
        notice_sudo = self.sudo()
        notice_sudo.company_id._cs_check_files(list(files))
        papers_sudo = self.env["ir.attachment"].sudo()
        papers_sudo = papers_sudo.create(
            [{"name": name, "raw": raw, "res_model": self._name, "res_id": self.id} for name, raw in files]
        )
        notice_sudo._cs_as_server().write(
            {
                "answer": answer,
                "answered_at": fields.Datetime.now(),
                "answered_by_id": self.env.uid,
                "reason": reason,
                "paper_ids": papers_sudo.ids,
            }
        )

    def _contest(self):
        """The liability waits for the supervisor again."""
        # sudo: cs.liability - contesting is the contractor's right, who has none on the file
        liability_sudo = self.liability_id.sudo()
        if liability_sudo.state == "decided":
            liability_sudo._go_to("contested")
        liability_sudo._alarm(
            TODO,
            {liability_sudo: liability_sudo.case_id._superiors()},
            lambda row: row.env._(
                "%(contractor)s contests: %(reason)s", contractor=self.partner_id.name, reason=self.reason
            ),
        )

    def _portal_row(self):
        """Return what the list of notices shows."""
        self.ensure_one()
        return {
            "notice_id": self.id,
            "number": self.liability_id.name,
            "place": self.liability_id.rework_id.place,
            "percent": f"{self.percent:g}",
            "answer": self.answer,
            "until": self.contest_until,
        }

    def _portal_values(self):
        """Return all that a contractor sees of the matter: his own share and the place, no other party and no price."""
        self.ensure_one()
        # sudo: cs.liability, cs.rework, cs.site.survey - the caller checked that the notice is his
        notice_sudo = self.sudo()
        liability_sudo = notice_sudo.liability_id
        order_sudo, survey_sudo = liability_sudo.rework_id, liability_sudo.survey_id
        may_answer = (
            notice_sudo.is_current
            and notice_sudo.answer == "none"
            and liability_sudo.state
            in (
                "decided",
                "contested",
            )
        )
        return {
            "notice_id": notice_sudo.id,
            "number": liability_sudo.name,
            "order": order_sudo.name,
            "place": order_sudo.place,
            "object": order_sudo.object_ref,
            "trades": ", ".join(order_sudo.trade_ids.mapped("name")),
            "task": order_sudo.task,
            "findings": survey_sudo.findings,
            "photos": survey_sudo._picture_uris("photo_ids") if survey_sudo else [],
            "told": liability_sudo.told,
            "percent": f"{notice_sudo.percent:g}",
            "answer": notice_sudo.answer,
            "until": notice_sudo.contest_until,
            "tz": liability_sudo.case_id._cs_tz(),
            "overruled": notice_sudo.overruled_reason,
            "is_void": not notice_sudo.is_current or liability_sudo.state == "cancelled",
            "may_answer": may_answer,
            "may_contest": may_answer and not notice_sudo._is_late(),
        }


class CsLiability(models.Model):
    _inherit = "cs.liability"

    def _notify_contractors(self):
        """Write to each contractor with a share; every one gets a notice of his own."""
        rows = [
            {"liability_id": liability.id, "partner_id": share.partner_id.id, "percent": share.percent}
            for liability in self
            for share in liability.share_ids
            if share.party == "contractor"
        ]
        # sudo: cs.liability.notice - written by the system; the decision was checked
        self.env["cs.liability.notice"].sudo()._cs_as_server().create(rows)._send()

    def _retire_notices(self):
        """Notices of an earlier decision are no longer answered."""
        # sudo: cs.liability.notice - see above
        self.sudo().notice_ids.filtered("is_current")._cs_as_server().write({"is_current": False})
