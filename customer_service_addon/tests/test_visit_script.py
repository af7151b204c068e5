from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common_visit import CsVisitCommon

DATA_QUERIES = 45


@tagged("post_install", "-at_install")
class TestVisitScript(CsVisitCommon):
    """V-03: the script of a purpose, answers into the record during the talk."""

    def raw(self, **answers):
        """Return answers as the screen sends them."""
        return {str(number): {"answer": answer} for number, (answer, _none) in self.answers(**answers).items()}

    def about_repair(self, **values):
        order = self.done_order()
        self.inspect(order, "accepted")
        return self.plan_visit(source=order, **values)

    # ------------------------------------------------------------------
    # What is shown
    # ------------------------------------------------------------------

    def test_the_customer_what_he_is_asked_about_and_his_history(self):
        former = self.plan_visit()
        former.save_answers(self.raw(work="fairly"), "former")
        self.purpose.announced_minutes = 3
        self.script.cs_closing = "Thank you, {{customer}}. {{company}} {{minutes}} {{other}}"
        self.item_work.write({"cs_wording": "{{customer}}, how was it?", "description": "<p>The whole job</p>"})
        visit = self.about_repair()
        visit._log_attempt("busy", note="Lunch")
        data = visit.call_data()
        self.assertEqual(
            (data["customer"]["name"], data["customer"]["entity"], data["customer"]["phone"]),
            ("Chen Wei", "Blue Fleet Ltd", "+86 138 0013 8000"),
        )
        self.assertEqual(data["customer"]["offset"], 480)
        self.assertEqual((data["tries"], data["try_limit"], data["history"]["tries"][0]["note"]), (1, 3, "Lunch"))
        about = data["about"]
        self.assertEqual((about["number"], about["object"]), (visit.rework_id.name, "Flat 1203"))
        self.assertEqual((about["served"], bool(about["done_at"])), (["Repairer 1"], True))
        self.assertEqual([row["result"] for row in data["history"]["visits"]], ["fairly"])
        self.assertEqual(len(data["history"]["open_cases"]) + len(data["history"]["cases"]), 1)
        script = data["script"]
        self.assertEqual(script["opening"], "Good morning Chen Wei, this is Caller Cao.")
        self.assertEqual(script["closing"], f"Thank you, Chen Wei. {self.company.name} 3 {{{{other}}}}")
        work, manner, why, nps = script["questions"]
        self.assertEqual((work["wording"], work["description"]), ("Chen Wei, how was it?", "The whole job"))
        self.assertEqual(
            [choice["score"] for choice in manner["choices"]], ["very", "fairly", "basically", "not", "na"]
        )
        self.assertEqual(
            why["triggers"], [{"choice": self.choice(self.item_work, "not").id, "question": self.item_work.id}]
        )
        self.assertEqual((nps["type"], nps["min"], nps["max"]), ("scale", 0, 10))

    def test_history_shows_what_the_reader_may_see(self):
        self.make_case(subject="Ours", team_id=self.team.id)
        self.make_case(user=self.other_agent, subject="Theirs", team_id=self.other_team.id, user_id=self.other_agent.id)
        history = self.plan_visit().call_data()["history"]
        self.assertEqual([case["subject"] for case in history["open_cases"]], ["Ours"])

    def test_what_is_shown_costs_the_same_for_a_long_script_and_history(self):
        visit = self.about_repair()
        few = self.count_queries(visit)
        for number in range(20):
            self.make_item(f"Item {number}", self.department)
            self.make_case(subject=f"Case {number}")
            self.plan_visit().save_answers(self.raw(), f"key {number}")
        self.assertLessEqual(self.count_queries(visit), few + 3)
        self.assertLessEqual(few, DATA_QUERIES)

    def count_queries(self, visit):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        visit.call_data()
        return self.env.cr.sql_log_count - before

    def test_a_visit_without_script_and_source_is_shown(self):
        self.purpose.survey_id = False
        data = self.plan_visit().call_data()
        self.assertEqual((data["about"], data["script"]["questions"]), (False, []))

    def test_tables_are_no_script(self):
        table = self.env["survey.survey"].create({"title": "Table", "access_mode": "token"})
        question = self.env["survey.question"].create(
            {"survey_id": table.id, "title": "Rows", "question_type": "matrix", "sequence": 1}
        )
        with self.assertRaisesRegex(ValidationError, "Rows.*table"):
            self.purpose.survey_id = table
        question.question_type = "text_box"
        self.purpose.survey_id = table
        with self.assertRaisesRegex(ValidationError, "Rows.*table"):
            question.question_type = "matrix"

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------

    def test_answers_come_into_the_record_with_the_try(self):
        visit = self.about_repair()
        outcome = visit.save_answers(self.raw(nps="9"), "first", note="In a hurry")
        self.assertEqual((outcome["state"], outcome["cases"]), ("closed", []))
        self.assertEqual((visit.staff_result, visit.answered_by_id), ("very", self.caller))
        attempt = visit.attempt_ids
        self.assertEqual((attempt.result, attempt.note, attempt.user_id), ("answered", "In a hurry", self.caller))

    def test_not_satisfied_names_what_it_opened(self):
        """V-05."""
        visit = self.about_repair()
        answers = self.raw(work="not", why="Still dripping")
        answers[str(self.item_work.id)]["comment"] = " Twice "
        outcome = visit.save_answers(answers, "first")
        case = visit.sudo().opened_case_ids
        self.assertEqual(outcome["cases"], [{"number": case.complaint_ids.name, "department": "Workshop"}])
        self.assertEqual(visit.answer_ids.filtered(lambda row: row.score == "not").comment, "Twice")

    def test_a_save_that_arrives_twice_is_one(self):
        visit = self.about_repair()
        first = visit.save_answers(self.raw(work="not"), "key")
        self.assertEqual(visit.save_answers(self.raw(work="not"), "key"), first)
        self.assertEqual(visit.save_answers({"x": "y"}, "key"), first, "The first one counts")
        self.assertEqual((len(visit.answer_ids), len(visit.attempt_ids)), (2, 1))
        self.assertEqual(len(visit.sudo().opened_case_ids), 1)
        with self.assertRaisesRegex(UserError, "Caller Cao recorded the answers already"):
            visit.save_answers(self.raw(), "another key")
        for key in (None, "", 5, "x" * 65):
            with self.assertRaises(UserError):
                visit.save_answers(self.raw(), key)
        with self.assertRaises(AccessError):
            self.plan_visit().write({"save_key": "forged"})

    def test_a_try_that_arrives_twice_is_one(self):
        visit = self.plan_visit()
        first = visit.log_try("no_answer", key="key")
        self.assertEqual(first["next_at"], "2026-06-01 04:00:00")
        self.assertEqual(visit.log_try("no_answer", key="key"), first)
        self.assertEqual(len(visit.attempt_ids), 1)
        visit.log_declined("No", key="other")
        visit.log_declined("No", key="other")
        self.assertEqual(visit.attempt_ids.mapped("result"), ["no_answer", "declined"])

    def test_whatever_else_is_sent_is_refused_and_changes_nothing(self):
        visit = self.plan_visit()
        work, nps, why = (str(question.id) for question in (self.item_work, self.nps, self.why))
        self.item_manner.constr_mandatory = True
        foreign = self.choice(self.item_manner, "very").id
        good = self.raw()
        for answers in (
            None,
            [],
            "x",
            {work: "very"},
            {work: {"answer": [[1]]}},
            {work: {"answer": "very"}},
            {work: {"answer": [foreign]}},
            {work: {"answer": self.item_work.suggested_answer_ids.ids[:2]}},
            {"0": {"answer": "x"}},
            {"x": {"answer": "x"}},
            {nps: {"answer": "11"}},
            {nps: {"answer": "1.5"}},
            {nps: {"answer": "nan"}},
            {nps: {"answer": "ten"}},
            {str(self.item_manner.id): {"answer": []}},
        ):
            with self.assertRaises(UserError, msg=str(answers)):
                visit.save_answers({**good, **answers} if isinstance(answers, dict) else answers, "key")
        self.assertEqual((visit.state, len(visit.answer_ids), len(visit.attempt_ids)), ("planned", 0, 0))
        visit.save_answers({**good, why: {"answer": "not asked", "comment": 5}}, "key")
        self.assertNotIn(self.why, visit.answer_ids.question_id)

    def test_zero_is_an_answer(self):
        """NPS 0 is the worst answer, not a missing one, as figure or as text."""
        for number, value in enumerate((0, "0")):
            visit = self.plan_visit()
            visit.save_answers({**self.raw(), str(self.nps.id): {"answer": value}}, f"key {number}")
            row = visit.answer_ids.filtered(lambda row: row.measure == "nps")
            self.assertEqual((row.answer_text, row.nps), ("0", -100))
        visit = self.plan_visit()
        visit._record_answers("staff", {self.nps.id: (0, None)}, user=self.caller)
        self.assertEqual(visit.answer_ids.filtered(lambda row: row.measure == "nps").nps, -100)

    def test_every_type_of_question(self):
        more = self.make_question(
            "What did you like?",
            "multiple_choice",
            suggested_answer_ids=[Command.create({"value": value}) for value in ("Speed", "Price")],
        )
        answers = {
            self.make_question("Your word", "char_box"): "Good",
            self.make_question("How many?", "numerical_box"): "2.5",
            self.make_question("Which day?", "date"): "2026-06-05",
            self.make_question("When?", "datetime"): "2026-06-05 02:00:00",
            more: more.suggested_answer_ids.ids,
        }
        visit = self.plan_visit()
        visit.save_answers({str(question.id): {"answer": answer} for question, answer in answers.items()}, "key")
        texts = {row.question_id: row.answer_text for row in visit.answer_ids if row.question_id in list(answers)}
        self.assertEqual(texts[more], "Speed, Price")
        self.assertEqual(len(texts), 5)

    def test_the_customer_who_calls_back_after_all(self):
        visit = self.plan_visit()
        visit.log_try("wrong")
        self.assertEqual(visit.state, "unreachable")
        self.assertEqual(visit.save_answers(self.raw(), "key")["state"], "closed")
        visit = self.plan_visit()
        visit.log_declined("No")
        with self.assertRaisesRegex(UserError, "is over"):
            visit.save_answers(self.raw(), "key")

    def test_the_report_is_still_to_come(self):
        self.purpose.needs_report = True
        visit = self.plan_visit()
        self.assertTrue(visit.save_answers(self.raw(), "key")["needs_report"])
        with self.assertRaises(UserError):
            visit.save_answers(self.raw(), "other")

    # ------------------------------------------------------------------
    # Tries
    # ------------------------------------------------------------------

    def test_a_call_back_at_the_moment_the_customer_names(self):
        visit = self.plan_visit()
        for again in (None, "", "soon", 5, "2026-05-01 02:00:00", "2026-06-03T11:00:00+08:00"):
            with self.assertRaises(UserError, msg=str(again)):
                visit.log_try("later", again_at=again)
        with self.assertRaises(UserError):
            visit.log_try("answered")
        self.assertFalse(visit.attempt_ids)
        visit.log_try("later", note="After lunch", again_at="2026-06-03T03:00:00.000Z")
        self.assertEqual((visit.next_at, visit.attempt_ids.note), (datetime(2026, 6, 3, 3), "After lunch"))

    def test_who_declines_says_why(self):
        visit = self.plan_visit()
        with self.assertRaises(UserError):
            visit.log_declined("  ")
        self.assertEqual(visit.log_declined("Too many calls", for_good=True)["state"], "declined")
        self.assertEqual((visit.attempt_ids.result, visit.attempt_ids.note), ("declined", "Too many calls"))
        self.assertTrue(visit.contacted_at)
        self.assertTrue(self.firm.cs_no_visits)

    def test_only_who_may_ask_records(self):
        visit = self.about_repair(user_id=False)
        visit.sudo()._cs_as_server().served_user_ids = self.agent_2
        for user in (self.employee_user, self.other_agent, self.agent_2, self.head):
            own = visit.with_user(user)
            with self.assertRaises(AccessError):
                own.save_answers(self.raw(), "key")
            with self.assertRaises(AccessError):
                own.log_try("no_answer")
            with self.assertRaises(AccessError):
                own.log_declined("No")
        self.assertFalse(visit.answer_ids)

    def test_a_failure_in_the_middle_leaves_no_half_record(self):
        visit = self.plan_visit()
        visits = self.registry["cs.return.visit"]
        failing = patch.object(visits, "_keep_try", side_effect=UserError("broken"))
        with failing, self.assertRaises(UserError), self.env.cr.savepoint():
            visit.save_answers(self.raw(work="not"), "key")
        visit.invalidate_recordset()
        self.assertEqual((visit.state, len(visit.answer_ids)), ("planned", 0))
        self.assertEqual(visit.save_answers(self.raw(work="not"), "key")["state"], "closed")
