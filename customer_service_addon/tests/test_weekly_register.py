from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from ..services.register_week import CaseTimes, week_bounds, week_of, week_of_case
from .common import GROUP
from .test_report import PrintCommon, pdf_text

# Monday 9 March 2026 00:30 in Shanghai; in London it is still Sunday of the week before.
MONDAY_IN_SHANGHAI = "2026-03-08 16:30:00"
LAST_WEEK = date(2026, 3, 2)


@tagged("post_install", "-at_install")
class TestRegisterWeek(TransactionCase):
    def test_weeks_follow_the_time_zone(self):
        moment = datetime.fromisoformat(MONDAY_IN_SHANGHAI)
        self.assertEqual(week_of(moment, "Asia/Shanghai"), date(2026, 3, 9))
        self.assertEqual(week_of(moment, "UTC"), date(2026, 3, 2))
        self.assertEqual(
            week_bounds(date(2026, 3, 9), "Asia/Shanghai"), (datetime(2026, 3, 8, 16), datetime(2026, 3, 15, 16))
        )
        start, end = week_bounds(date(2026, 3, 23), "Europe/Berlin")
        self.assertEqual(end - start, timedelta(hours=167), "the night of the clock change is an hour shorter")

    def test_every_history_adds_up(self):
        """open_start + in + reopened - out = open_end, whatever happened when."""
        start, end = datetime(2026, 3, 2), datetime(2026, 3, 9)
        before, inside, inside_later, after = (start - timedelta(days=3), start, end - timedelta(seconds=1), end)
        moments = (before, inside, inside_later, after, None)
        for received in moments[:-1]:
            for finished in moments:
                for first_solved in moments:
                    for reopened in moments:
                        figures = week_of_case(CaseTimes(received, finished, first_solved, reopened), start, end)
                        came = len(figures & {"open_start", "in", "reopened"})
                        with self.subTest(received=received, finished=finished, reopened=reopened):
                            self.assertLessEqual(came, 1)
                            self.assertEqual(came - ("out" in figures), int("open_end" in figures))

    def test_what_a_case_counts_in(self):
        start, end = datetime(2026, 3, 2), datetime(2026, 3, 9)
        before, inside, after = datetime(2026, 3, 1), datetime(2026, 3, 4), datetime(2026, 3, 10)
        for times, expected in (
            (CaseTimes(before, None, None, None), {"open_start", "open_end"}),
            (CaseTimes(before, inside, inside, None), {"open_start", "out"}),
            (CaseTimes(inside, inside, inside, None), {"in", "out"}),
            (CaseTimes(start, None, None, None), {"in", "open_end"}),
            (CaseTimes(end, None, None, None), set()),
            (CaseTimes(before, before, before, None), set()),
            (CaseTimes(before, after, after, None), {"open_start", "open_end"}),
            (CaseTimes(before, None, before, inside), {"reopened", "open_end"}),
            (CaseTimes(before, inside, before, inside), {"reopened", "out"}),
            (CaseTimes(before, None, inside, after), {"open_start", "out"}),
        ):
            with self.subTest(times=times):
                self.assertEqual(week_of_case(times, start, end), expected)


@tagged("post_install", "-at_install")
class TestWeeklyRegister(PrintCommon):
    """The weekly register of teams and site offices (I-08)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        calendar = cls.company.resource_calendar_id.copy({"tz": "UTC", "company_id": cls.company.id})
        cls.other_team.resource_calendar_id = calendar
        cls.boss = new_test_user(cls.env, login="cs_boss", groups="base.group_user", email="boss@firm.example")
        cls.team.register_user_ids = cls.boss
        cls.env.cr.execute("UPDATE cs_team SET create_date = '2026-01-01'")
        cls.env.invalidate_all()
        cls.registers = cls.env["cs.weekly.register"]

    @classmethod
    def _case(cls, received, finished=None, team=None, **vals):
        """A case with a history; times are naive UTC texts."""
        user = cls.agent if team in (None, cls.team) else cls.other_agent
        case = cls.make_case(user, received_at=received, team_id=(team or cls.team).id, **vals)
        if finished:
            server = case.sudo()._cs_as_server()
            server.write({"first_answered_at": finished})
            server.write({"stage_id": cls.stage("solved").id})
            server.write({"solved_at": finished, "first_solved_at": finished})
        return case

    def _build(self, now=MONDAY_IN_SHANGHAI, teams=None):
        with freeze_time(now):
            return self.registers._build_last_week(teams or self.team)

    def _run_job(self, now=MONDAY_IN_SHANGHAI):
        with self.enter_registry_test_mode(), freeze_time(now):
            self.env.ref("customer_service_addon.ir_cron_cs_weekly_register").method_direct_trigger()
        self.env.invalidate_all()

    def _mails(self):
        return self.env["mail.mail"].search([("model", "=", "cs.weekly.register")])

    def test_figures_over_the_borders_of_the_week(self):
        self._case("2026-02-20 02:00:00")
        self._case("2026-02-20 02:00:00", finished="2026-03-01 15:59:00")  # last minute of the week before
        self._case("2026-02-20 02:00:00", finished="2026-03-01 16:00:00")  # first minute of Monday in Shanghai
        self._case("2026-03-01 16:00:00")
        self._case("2026-03-08 15:59:00", type_id=self.type_praise.id)
        self._case("2026-03-08 16:00:00")  # already next week
        self._case("2026-03-04 02:00:00", finished="2026-03-05 02:00:00")
        register = self._build()
        self.assertRecordValues(
            register,
            [
                {
                    "team_id": self.team.id,
                    "week_start": LAST_WEEK,
                    "week_end": date(2026, 3, 8),
                    "open_start_count": 2,
                    "in_count": 3,
                    "reopened_count": 0,
                    "out_count": 2,
                    "open_end_count": 3,
                }
            ],
        )
        by_type = {line["type_id"]: line for line in register.snapshot["types"]}
        self.assertEqual(by_type[self.type_praise.id]["in"], 1)
        self.assertEqual(by_type[self.type_inquiry.id]["out"], 2)

    def test_each_team_has_its_own_monday(self):
        """3.9: weeks end in the team's zone; in London Sunday goes on while Shanghai has Monday."""
        self._case("2026-03-08 17:00:00", team=self.other_team)
        registers = self._build(teams=self.team | self.other_team)
        weeks = {register.team_id: register.week_start for register in registers}
        self.assertEqual(weeks, {self.team: LAST_WEEK, self.other_team: date(2026, 2, 23)})
        later = self._build("2026-03-09 00:10:00", teams=self.team | self.other_team)
        self.assertEqual((later.team_id, later.week_start, later.in_count), (self.other_team, LAST_WEEK, 1))

    def test_unfinished_cases_by_name_with_reason_and_late_promise(self):
        case = self._case("2026-03-03 02:00:00", subject="Windscreen", partner_name="陈伟")
        case.with_user(self.agent).unfinished_reason = "等待配件"
        silent = self._case("2026-03-03 02:00:00", subject="Mirror")
        for each, due_at, state in (
            (case, "2026-03-01 15:59:00", "missed"),  # last minute of the week before
            (case, "2026-03-08 15:59:00", "missed"),
            (silent, "2026-03-06 02:00:00", "kept"),
            (silent, "2026-03-08 16:00:00", "open"),
        ):
            values = {"case_id": each.id, "team_id": self.team.id, "origin": "phone", "made_at": "2026-02-28 02:00:00"}
            self.env["cs.promise"].create({**values, "due_at": due_at, "state": state})
        register = self._build()
        self.assertEqual((register.no_reason_count, register.late_promise_count), (1, 1))
        self.assertEqual(register.with_user(self.agent).unfinished_case_ids, case | silent)
        self.assertNotIn("陈伟", str(register.snapshot), "no personal data in the snapshot")
        html = self.print_html("weekly_register", register)
        for expected in ("Windscreen", "等待配件", "(late)", "Mirror", "no reason given", "陈伟", "<rect"):
            with self.subTest(expected=expected):
                self.assertIn(expected, html)

    def test_register_as_pdf(self):
        self._case("2026-03-03 02:00:00", subject="刹车异响")
        register = self._build()
        text = pdf_text(self.print_pdf("weekly_register", register))
        for expected in ("WeeklyRegister", "Hotline", "刹车异响", "Asia/Shanghai", "Inquiry", "noreasongiven"):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)

    def test_past_weeks_stay_as_they_were(self):
        case = self._case("2026-03-03 02:00:00")
        register = self._build()
        case.sudo()._cs_as_server().write({"stage_id": self.stage("cancelled").id, "cancel_reason": "Twice"})
        self.assertEqual(register.open_end_count, 1)
        later = self._build("2026-03-16 02:00:00")
        self.assertEqual((later.open_start_count, later.week_start), (1, date(2026, 3, 9)))
        self.assertEqual(register._trend(), {register: register})
        self.assertEqual(later._trend(), {later: register | later})

    def test_job_builds_and_mails_once(self):
        self._case("2026-03-03 02:00:00")
        self.supervisor.email = "sue@firm.example"
        self._run_job()
        register = self.registers.search([("team_id", "=", self.team.id)])
        self.assertEqual(register.week_start, LAST_WEEK)
        mail = self._mails().filtered(lambda mail: mail.res_id == register.id)
        self.assertEqual(mail.recipient_ids, self.supervisor.partner_id | self.boss.partner_id)
        self.assertEqual(mail.attachment_ids, register.attachment_id)
        self.assertIn("Hotline", mail.subject)
        self.assertIn("Received: 1", mail.body_html.replace("<t>", "").replace("</t>", ""))
        self.assertEqual(register.sent_partner_ids, mail.recipient_ids)
        self.assertTrue(register.sent_at)
        count = len(self._mails())
        self._run_job("2026-03-08 17:30:00")
        self.assertEqual(len(self._mails()), count)
        self.assertEqual(self.registers.search([("team_id", "=", self.team.id)]), register)

    def test_failed_print_is_tried_again_and_stops_nobody_else(self):
        original, broken = type(self.registers)._print_and_send, self.team

        def print_and_send(register, send):
            if register.team_id == broken:
                raise UserError(self.env._("No printer"))
            return original(register, send)

        with (
            patch.object(type(self.registers), "_print_and_send", print_and_send),
            self.assertLogs("odoo.addons.customer_service_addon.models.cs_weekly_register_build", "ERROR"),
        ):
            self._run_job("2026-03-09 02:00:00")
        registers = self.registers.search([("week_start", "=", LAST_WEEK)])
        self.assertEqual(registers.team_id, self.team | self.other_team)
        self.assertEqual(registers.filtered("attachment_id").team_id, self.other_team)
        self._run_job("2026-03-09 03:00:00")
        self.assertEqual(registers.filtered("attachment_id"), registers)

    def test_new_team_has_no_register_of_the_time_before(self):
        team = self.env["cs.team"].create({"name": "Brand new"})
        self.env.cr.execute("UPDATE cs_team SET create_date = '2026-03-08 16:10:00' WHERE id = %s", [team.id])
        self.env.invalidate_all()
        self.assertFalse(self._build(teams=team))

    def test_supervisor_builds_and_counts_again(self):
        case = self._case("2026-03-03 02:00:00")
        with freeze_time(MONDAY_IN_SHANGHAI):
            self.registers.with_user(self.supervisor).action_build_last_week()
        register = self.registers.search([("week_start", "=", LAST_WEEK)])
        self.assertEqual(register.team_id, self.team, "only the team he leads")
        self.assertEqual(register.no_reason_count, 1)
        case.with_user(self.agent).unfinished_reason = "Waits for parts"
        register.with_user(self.supervisor).action_rebuild()
        self.assertEqual(register.no_reason_count, 0)
        register.with_user(self.supervisor).action_send()
        self.assertTrue(register.sent_at)
        self.assertEqual(register.attachment_id.res_id, register.id)

    def test_sending_needs_somebody_to_send_to(self):
        self.team.write({"user_id": False, "register_user_ids": [Command.clear()]})
        register = self._build()
        with self.assertRaisesRegex(UserError, "neither a leader nor recipients"):
            register.with_user(self.manager).action_send()

    def test_rights(self):
        register = self._build()
        self.assertTrue(register.with_user(self.agent).read(["in_count"]))
        self.assertTrue(register.with_user(self.manager).read(["in_count"]))
        for user in (self.other_agent, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                register.with_user(user).read(["in_count"])
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.print_html("weekly_register", register, user)
        for user in (self.agent, self.supervisor, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                register.with_user(user).write({"in_count": 99})
        with self.assertRaises(AccessError):
            register.with_user(self.agent).action_rebuild()
        with self.assertRaises(AccessError):
            self.registers.with_user(self.agent).action_build_last_week()
        stranger = new_test_user(self.env, login="cs_sup_2", groups=GROUP % "supervisor")
        self.team.sudo().register_user_ids |= stranger
        self.assertTrue(register.with_user(stranger).read(["in_count"]))
        with self.assertRaises(AccessError):
            register.with_user(stranger).action_send()

    def test_owners_are_asked_for_missing_reasons_once(self):
        self.team.write({"is_site_office": True, "register_ask_weekday": "4"})
        silent = self._case("2026-03-03 02:00:00")
        told = self._case("2026-03-03 02:00:00", unfinished_reason="Waits for parts")
        self._case("2026-03-03 02:00:00", team=self.other_team)
        activities = self.env["mail.activity"].search([]).browse()
        kind = self.env.ref("customer_service_addon.mail_activity_type_cs_unfinished")

        def asked():
            return activities.search([("activity_type_id", "=", kind.id)])

        with freeze_time("2026-03-05 10:00:00"):
            self.registers._ask_for_reasons()
            self.assertFalse(asked(), "Thursday")
        with freeze_time("2026-03-05 16:30:00"):  # Friday in Shanghai
            self.registers._ask_for_reasons()
            self.assertEqual((asked().res_id, asked().user_id), (silent.id, self.agent))
            late = self._case("2026-03-05 16:31:00")
            self.registers._ask_for_reasons()
            self.assertEqual(len(asked()), 1, "once a week")
        silent.with_user(self.agent).unfinished_reason = "The garage is closed"
        self.assertFalse(asked(), "the answer ends the question")
        with freeze_time("2026-03-12 17:00:00"):
            self.registers._ask_for_reasons()
        self.assertEqual(asked().res_id, late.id)
        self.assertNotIn(told.id, asked().mapped("res_id"))

    def test_queries_do_not_grow_with_teams(self):
        teams = self.env["cs.team"].create([{"name": f"Office {number}"} for number in range(12)])
        self.env.cr.execute("UPDATE cs_team SET create_date = '2026-01-01'")
        for team in teams:
            self._case("2026-03-03 02:00:00", team=team)

        def queries(some, now):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            built = self._build(now, teams=some)
            self.env.flush_all()
            self.assertEqual(len(built), len(some))
            return self.env.cr.sql_log_count - before

        queries(teams[:2], "2026-03-09 02:00:00")
        few = queries(teams[:2], "2026-03-16 02:00:00")
        many = queries(teams[2:], "2026-03-16 02:00:00")
        self.assertLessEqual(many - few, 2, f"2 teams: {few} queries, 10 teams: {many}")
