"""Turn the rows of an import file into values of cases, collecting everything that is wrong with them."""

import pytz

from odoo import fields
from odoo.tools import plaintext2html

from ..models.cs_case_stage import OPEN_MEANINGS
from ..services.case_file import DATE_COLUMNS, parse_moment

TEXTS = {
    "number": "name",
    "subject": "subject",
    "customer_name": "partner_name",
    "email": "email_from",
    "phone": "phone",
    "object": "object_ref",
    "order": "order_ref",
    "resolution": "resolution",
}


class CaseRows:
    """Check of a whole file: ``values`` (one dict per row) and ``errors`` (``[(line, message)]``)."""

    def __init__(self, team, rows):
        """``team``: takes the rows that name none. ``rows``: what ``read_case_rows`` returned."""
        self.env = team.env
        self.team = team
        self.company = team.company_id
        self.now = fields.Datetime.now()
        self.zones = {}
        self.errors = []
        self.values = []
        self._load(rows)
        for line, row in rows:
            self.values.append(self._row_values(line, row))
        self._check_numbers(rows)

    # ------------------------------------------------------------------
    # What rows may name
    # ------------------------------------------------------------------

    def _load(self, rows):
        shared = [("company_id", "in", (False, self.company.id))]
        self.types = self._by_name("cs.case.type", shared)
        self.teams = self._by_name("cs.team", [("company_id", "=", self.company.id)])
        self.channels = self._by_name("cs.channel", [], code="code")
        self.stages = self._stages_by_name()
        self.hold_reason = self.env["cs.hold.reason"].search(shared, limit=1)
        self.default_type = self.env["cs.case"]._default_type(self.company.id)
        logins = {row["owner"] for _line, row in rows if row.get("owner")}
        users = self.env["res.users"].search([("login", "in", list(logins)), ("share", "=", False)])
        agent = "customer_service_addon.group_cs_agent"
        # sudo: res.users - whether a colleague can own a case of this company
        self.owners = {
            user.login: user for user in users if user.has_group(agent) and self.company in user.sudo().company_ids
        }
        confirmation = self.env["cs.case"]._fields["confirmation"]
        self.confirmations = {}
        for value, label in confirmation._description_selection(self.env):
            self.confirmations.update({value: value, label.casefold(): value})

    def _by_name(self, model, domain, code=None):
        """Return ``{name in any installed language, or code: record}``; the first one keeps a name."""
        found = {}
        for lang, _label in self.env["res.lang"].get_installed():
            for record in self.env[model].with_context(lang=lang).search(domain):
                found.setdefault(record.name.casefold(), record.with_env(self.env))
                if code and record[code]:
                    found.setdefault(record[code].casefold(), record.with_env(self.env))
        return found

    def _stages_by_name(self):
        """Return ``{name or meaning: [stages]}``: teams may have stages of the same name."""
        found = {}
        for lang, _label in self.env["res.lang"].get_installed():
            for stage in self.env["cs.case.stage"].with_context(lang=lang).search([]):
                for key in (stage.name.casefold(), stage.meaning):
                    stages = found.setdefault(key, [])
                    if stage.id not in [known.id for known in stages]:
                        stages.append(stage.with_env(self.env))
        return found

    # ------------------------------------------------------------------
    # One row
    # ------------------------------------------------------------------

    def _row_values(self, line, row):
        team = self._named(line, row, "team", self.teams, self.team)
        case_type = self._named(line, row, "type", self.types, self.default_type)
        channel = self._named(line, row, "channel", self.channels, None)
        values = {name: self._text(row.get(column)) for column, name in TEXTS.items()}
        values.update(
            company_id=self.company.id,
            team_id=team and team.id,
            type_id=case_type and case_type.id,
            channel_id=channel and channel.id,
            user_id=self._owner(line, row),
            description=plaintext2html(self._text(row["description"])) if row.get("description") else False,
        )
        if team and not self._may_import_into(team):
            self._refuse(line, self.env._("you do not lead the team “%(team)s”", team=team.name))
        moments = self._moments(line, row, team or self.team)
        if team and moments:
            values.update(self._state(line, row, team, case_type, moments))
        return values

    @staticmethod
    def _text(value):
        return str(value) if value else False

    def _refuse(self, line, message):
        self.errors.append((line, message))

    def _named(self, line, row, column, known, default):
        name = self._text(row.get(column))
        if not name:
            return default
        if name.casefold() not in known:
            self._refuse(line, self.env._("%(column)s “%(name)s” is not known", column=column, name=name))
        return known.get(name.casefold())

    def _owner(self, line, row):
        login = self._text(row.get("owner"))
        if login and login not in self.owners:
            self._refuse(line, self.env._("owner “%(login)s” is no agent of this company", login=login))
        return self.owners[login].id if login in self.owners else False

    def _may_import_into(self, team):
        user = self.env.user
        manager = self.env.su or user.has_group("customer_service_addon.group_cs_manager")
        return manager or user in team.user_id | team.member_ids.user_id

    def _moments(self, line, row, team):
        """Return ``{column: naive UTC or None}``, or None when one of them is wrong."""
        if team not in self.zones:
            self.zones[team] = pytz.timezone(team._cs_tz())
        known = len(self.errors)
        moments = {}
        for column in DATE_COLUMNS:
            try:
                local = parse_moment(row.get(column))
            except ValueError:
                self._refuse(
                    line,
                    self.env._(
                        "%(column)s “%(value)s” is no date; write 2026-03-31 14:05", column=column, value=row[column]
                    ),
                )
                continue
            moments[column] = local and self.zones[team].localize(local).astimezone(pytz.utc).replace(tzinfo=None)
        if len(self.errors) == known:
            self._check_order(line, moments)
        return moments if len(self.errors) == known else None

    def _check_order(self, line, moments):
        if not moments["received_at"]:
            self._refuse(line, self.env._("received_at is missing"))
        earlier = "received_at"
        for column in DATE_COLUMNS:
            if not moments[column]:
                continue
            if moments[column] > self.now:
                self._refuse(line, self.env._("%(column)s lies in the future", column=column))
            if moments[earlier] and moments[column] < moments[earlier]:
                self._refuse(line, self.env._("%(column)s is before %(earlier)s", column=column, earlier=earlier))
            earlier = column

    # ------------------------------------------------------------------
    # Stage and milestones
    # ------------------------------------------------------------------

    def _state(self, line, row, team, case_type, moments):
        """Return stage and milestones of a row; without a stage the dates say which one is meant."""
        stage = self._stage(line, row, team, moments)
        if not stage:
            return {}
        confirmation = self._confirmation(line, row, stage)
        self._check_stage_dates(line, stage, moments)
        solved, closed, answered = moments["solved_at"], moments["closed_at"], moments["answered_at"]
        values = {"stage_id": stage.id, "received_at": moments["received_at"]}
        if stage.meaning == "waiting":
            values["hold_reason_id"] = self.hold_reason.id
        elif stage.meaning == "cancelled":
            reason = self._text(row.get("resolution")) or self.env._("Cancelled before it was imported")
            values.update(cancelled_at=closed, cancel_reason=reason)
        elif stage.meaning in ("solved", "closed"):
            done = solved or closed
            values.update(solved_at=done, first_solved_at=done)
            if case_type and case_type.answer_required:
                answered = answered or done
        if stage.meaning == "closed":
            values.update(closed_at=closed, confirmed_at=closed, confirmation=confirmation or "none")
        return {**values, "first_answered_at": answered, "last_answer_at": answered, "acknowledged_at": answered}

    def _check_stage_dates(self, line, stage, moments):
        solved, closed = moments["solved_at"], moments["closed_at"]
        if stage.meaning in OPEN_MEANINGS and (solved or closed):
            self._refuse(line, self.env._("stage “%(stage)s” is open, but there is an end date", stage=stage.name))
        elif stage.meaning == "solved" and (closed or not solved):
            self._refuse(line, self.env._("stage “%(stage)s” needs solved_at and no closed_at", stage=stage.name))
        elif stage.meaning in ("closed", "cancelled") and not closed:
            self._refuse(line, self.env._("stage “%(stage)s” needs closed_at", stage=stage.name))
        elif stage.meaning == "waiting" and not self.hold_reason:
            self._refuse(line, self.env._("there is no hold reason a waiting case could have"))

    def _stage(self, line, row, team, moments):
        name = self._text(row.get("stage"))
        if not name:
            name = "closed" if moments["closed_at"] else "solved" if moments["solved_at"] else "new"
            name = "open" if name == "new" and moments["answered_at"] else name
        offered = [stage for stage in self.stages.get(name.casefold(), []) if stage._offered_to(team)]
        if not offered:
            self._refuse(
                line,
                self.env._("stage “%(stage)s” is not known in team “%(team)s”", stage=name, team=team.name),
            )
        return offered[0] if offered else None

    def _confirmation(self, line, row, stage):
        name = self._text(row.get("confirmation"))
        if not name:
            return False
        if name.casefold() not in self.confirmations:
            self._refuse(line, self.env._("confirmation “%(name)s” is not known", name=name))
        elif stage.meaning != "closed":
            self._refuse(line, self.env._("only a closed case has a confirmation"))
        return self.confirmations.get(name.casefold())

    # ------------------------------------------------------------------
    # Numbers
    # ------------------------------------------------------------------

    def _check_numbers(self, rows):
        """Every row has a number that neither the file nor the register has twice (I-02)."""
        numbers = [values["name"] for values in self.values]
        # sudo: cs.case - a number is taken whoever may see its case
        taken_sudo = (
            self.env["cs.case"]
            .sudo()
            .with_context(active_test=False)
            .search_fetch([("company_id", "=", self.company.id), ("name", "in", list(set(numbers)))], ["name"])
        )
        taken = set(taken_sudo.mapped("name"))
        first_line = {}
        for (line, _row), number in zip(rows, numbers, strict=True):
            if not number or number == "/":
                self._refuse(line, self.env._("number is missing"))
            elif number in first_line:
                self._refuse(
                    line,
                    self.env._(
                        "number %(number)s stands in line %(other)s already", number=number, other=first_line[number]
                    ),
                )
            elif number in taken:
                self._refuse(line, self.env._("number %(number)s is in the register already", number=number))
            first_line.setdefault(number, line)
        self.errors.sort(key=lambda error: error[0])
