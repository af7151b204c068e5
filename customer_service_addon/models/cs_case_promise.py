from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..services.sql_rows import insert_records
from .cs_case_flow import FINISHED
from .cs_case_stage import OPEN_MEANINGS


class CsCase(models.Model):
    _inherit = "cs.case"

    next_promise_at = fields.Datetime("Next Promise", readonly=True, copy=False, index="btree_not_null")
    promise_note = fields.Char("Why No Date", readonly=True, copy=False)
    promise_ids = fields.One2many("cs.promise", "case_id", "Promises")

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_promise(self):
        """Open the form in which a date told to the customer is recorded or renewed."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise a Date"),
            "res_model": "cs.promise.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids},
        }

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _promise(self, due_at, origin, text=""):
        """Record that the customers of ``self`` were told to hear from us by ``due_at`` (naive UTC) (I-05).

        ``origin`` says how they were told (acknowledgement, form, portal, mail, phone, person). Open promises are
        renewed by the new one, those already past are missed. Returns the new ``cs.promise`` rows, readable as the
        caller. Raises UserError when ``due_at`` is not in the future. The caller has checked write access.
        """
        now = fields.Datetime.now()
        if not due_at or due_at <= now:
            raise UserError(self.env._("A date promised to the customer lies in the future. Choose a later one."))
        earlier_sudo = self._open_promises_sudo()
        promises_sudo = self._create_promises({case: due_at for case in self}, origin, text)
        late_sudo = earlier_sudo.filtered(lambda promise: promise.due_at < now)
        late_sudo._settle("missed", missed_at=now)
        by_case = {promise.case_id: promise for promise in promises_sudo}
        for promise in earlier_sudo - late_sudo:
            promise._settle("renewed", renewed_by_id=by_case[promise.case_id].id)
        self._resolve_promise_alarms()
        self._refresh_next_promise()
        self.filtered("promise_note")._cs_as_server().write({"promise_note": False})
        return promises_sudo.with_env(self.env)

    def _create_promises(self, due_by_case, origin, text=None):
        """Create one row per ``{case: due_at}``; without ``text`` each says what its type announces next."""
        now = fields.Datetime.now()
        # sudo: cs.promise - nobody writes promises but this model, see the docstring of cs.promise
        promises_sudo = insert_records(
            self.env["cs.promise"].sudo(),
            [
                {
                    "case_id": case.id,
                    "company_id": case.company_id.id,
                    "team_id": case.team_id.id,
                    "user_id": case.user_id.id,
                    "due_at": due_at,
                    "made_at": now,
                    "made_by_id": False if self.env.user.share else self.env.uid,
                    "origin": origin,
                    "text": case.type_id.next_step if text is None else text,
                    "state": "open",
                }
                for case, due_at in due_by_case.items()
            ],
        )
        self.invalidate_recordset(["promise_ids"], flush=False)
        promises_sudo._wake_up_at(min(due_by_case.values(), default=None))
        return promises_sudo

    def _promise_first_answer(self):
        """Promise the first answer in the time of the case's type; reopened cases get a new date (I-05).

        Where the calendar has no such working day no date is promised and ``promise_note`` says why: an intake
        never fails for it.
        """
        # sudo: cs.case - the customer who opens a case can read neither its team nor its calendar
        cases_sudo = self.sudo().filtered(
            lambda case: case.type_id.promise_delay and case.meaning in OPEN_MEANINGS and case.active
        )
        due_by_case = {}
        for case, due_at in cases_sudo._first_answer_dates().items():
            if due_at:
                due_by_case[case] = due_at
            else:
                case._cs_as_server().write({"promise_note": case._why_no_date()})
        cases_sudo._create_promises(due_by_case, "acknowledgement")
        promised_sudo = cases_sudo.browse().union(*due_by_case)
        for due_at, cases in promised_sudo.grouped(due_by_case.get).items():
            cases._cs_as_server().write({"next_promise_at": due_at, "promise_note": False})

    def _first_answer_dates(self):
        """Return ``{case: due_at or None}`` by the delay of the types, counted from reception or reopening.

        Nobody can be promised a date in the past: what was received too long ago counts from now.
        """
        now = fields.Datetime.now()
        dates = self._dates_after({case: case.reopened_at or case.received_at for case in self})
        past = self.filtered(lambda case: dates[case] and dates[case] <= now)
        return dates | past._dates_after(dict.fromkeys(past, now))

    def _dates_after(self, starts):
        """Return ``{case: start plus the delay of its type, or None}`` for ``{case: start}``, all naive UTC."""
        hours = self.filtered(lambda case: case.type_id.promise_unit == "h")
        dates = {case: starts[case] + timedelta(hours=case.type_id.promise_delay) for case in hours}
        days = self - hours
        return dates | days._working_day_ends({case: (starts[case], case.type_id.promise_delay) for case in days})

    def _next_answer_date(self):
        """Return the date (naive UTC) that the delay of the type gives from now, or False without one."""
        self.ensure_one()
        # sudo: cs.case - the calendar behind it is no secret
        case_sudo = self.sudo()
        return case_sudo._dates_after({case_sudo: fields.Datetime.now()})[case_sudo] or False

    def _working_day_ends(self, requests):
        """Return ``{case: end of the N-th working day or None}`` for ``{case: (start, N)}``.

        All naive UTC; one computation per calendar for the whole batch.
        """
        ends = {}
        for (calendar, company), cases in self.grouped(
            lambda case: (case._working_calendar(), case.company_id)
        ).items():
            if not calendar:
                ends.update(dict.fromkeys(cases))
                continue
            wanted = [requests[case] for case in cases]
            ends.update(zip(cases, calendar._cs_working_day_ends(company, wanted), strict=True))
        return ends

    def _working_calendar(self):
        self.ensure_one()
        return self.team_id._cs_calendar() if self.team_id else self.company_id.resource_calendar_id

    def _why_no_date(self):
        calendar = self._working_calendar()
        if not calendar:
            return self.env._("No date was promised: neither the team nor the company has working hours.")
        return self.env._(
            "No date was promised: “%(calendar)s” has no working day that could be promised.", calendar=calendar.name
        )

    def _open_promises_sudo(self):
        # sudo: cs.promise - settling the promises of a case is part of answering or finishing it
        return self.env["cs.promise"].sudo().search([("case_id", "in", self.ids), ("state", "=", "open")])

    def _answer_promises(self):
        """The customers of ``self`` heard from us now: open promises are kept, those past their date missed.

        No alarm for the latter: what it would ask for has just been done.
        """
        now = fields.Datetime.now()
        promises_sudo = self._open_promises_sudo()
        late_sudo = promises_sudo.filtered(lambda promise: promise.due_at < now)
        late_sudo._settle("missed", missed_at=now)
        (promises_sudo - late_sudo)._settle("kept", kept_at=now)
        self._resolve_promise_alarms()
        promises_sudo.case_id.with_env(self.env)._refresh_next_promise()

    def _resolve_promise_alarms(self):
        """Once the customer has heard from us there is nothing left to be alarmed about."""
        # sudo: mail.activity - the alarm of the team leader is over as well
        self.sudo().activity_feedback(["customer_service_addon.mail_activity_type_cs_promise"])

    def _refresh_next_promise(self):
        # sudo: cs.promise, cs.case - a column that follows the rows just settled
        groups = (
            self.env["cs.promise"]
            .sudo()
            ._read_group([("case_id", "in", self.ids), ("state", "=", "open")], ["case_id"], ["due_at:min"])
        )
        earliest = {case.id: due_at for case, due_at in groups}
        for due_at, cases in self.sudo().grouped(lambda case: earliest.get(case.id, False)).items():
            cases.filtered(lambda case, due=due_at: case.next_promise_at != due)._cs_as_server().write(
                {"next_promise_at": due_at}
            )

    def _after_answer(self, message):
        result = super()._after_answer(message)
        self._answer_promises()
        return result

    def _after_move(self, former):
        result = super()._after_move(former)
        moved = self.browse(former)
        moved.filtered(lambda case: case.meaning in ("solved", "closed"))._answer_promises()
        cancelled = moved.filtered(lambda case: case.meaning == "cancelled")
        cancelled._open_promises_sudo()._settle("cancelled")
        cancelled._refresh_next_promise()
        moved.filtered(lambda case: case.meaning == "open" and former[case.id] in FINISHED)._promise_first_answer()
        return result
