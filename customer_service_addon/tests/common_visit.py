from odoo.fields import Command
from odoo.tests import new_test_user

from .test_rework import CsReworkCommon

GROUP = "customer_service_addon.group_cs_%s"
MARKS = (
    ("Very satisfied", "very"),
    ("Fairly satisfied", "fairly"),
    ("Basically satisfied", "basically"),
    ("Not satisfied", "not"),
    ("Not applicable", "na"),
)


class CsVisitCommon(CsReworkCommon):
    """Monday 1 June 2026, 10:00 in Shanghai. A caller who served nobody, a script of two items, why, NPS and wishes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.caller = new_test_user(cls.env, login="cs_caller", groups=GROUP % "agent", name="Caller Cao")
        cls.team.member_ids = [Command.create({"user_id": cls.caller.id})]
        cls.env["cs.visit.plan"].search([]).active = False
        cls.script = cls.env["survey.survey"].create(
            {
                "title": "After a repair",
                "access_mode": "token",
                "questions_layout": "one_page",
                "cs_wording": "Good morning {{customer}}, this is {{caller}}.",
            }
        )
        cls.item_work = cls.make_item("How satisfied are you with the work?", cls.workshop)
        cls.item_manner = cls.make_item("How satisfied are you with our manner?", cls.department)
        cls.why = cls.make_question(
            "What was not right?",
            "text_box",
            triggering_answer_ids=[Command.set(cls.choice(cls.item_work, "not").ids)],
        )
        cls.nps = cls.make_question("Would you recommend us?", "scale", cs_measure="nps")
        cls.purpose = cls.env["cs.visit.purpose"].create(
            {"name": "After a Repair", "survey_id": cls.script.id, "level_id": cls.level.id}
        )

    @classmethod
    def make_question(cls, title, question_type, **values):
        return cls.env["survey.question"].create(
            {
                "survey_id": cls.script.id,
                "title": title,
                "question_type": question_type,
                "sequence": 10 * (len(cls.script.question_and_page_ids) + 1),
                **values,
            }
        )

    @classmethod
    def make_item(cls, title, department, **values):
        """Add an item of satisfaction to the script; not satisfied is ``department``'s."""
        return cls.make_question(
            title,
            "simple_choice",
            cs_measure="satisfaction",
            cs_department_id=department.id,
            suggested_answer_ids=[
                Command.create({"value": value, "cs_score": score, "sequence": number})
                for number, (value, score) in enumerate(MARKS)
            ],
            **values,
        )

    @staticmethod
    def choice(question, score):
        """Return the choice of ``question`` that counts as ``score``."""
        return question.suggested_answer_ids.filtered(lambda choice: choice.cs_score == score)

    @classmethod
    def answers(cls, work="very", manner="very", **others):
        """Return raw answers as the script screen sends them: marks of the two items, others by name."""
        raw = {}
        for question, score in ((cls.item_work, work), (cls.item_manner, manner)):
            if score:
                raw[question.id] = ([cls.choice(question, score).id], None)
        for name, answer in others.items():
            raw[getattr(cls, name).id] = (answer, None)
        return raw

    def plan_visit(self, user=None, source=None, **values):
        """Plan one visit as the system does, about ``source`` if given, and return it as ``user`` sees it."""
        visits = self.env["cs.return.visit"]
        values = {
            "partner_id": self.customer.id,
            "purpose_id": self.purpose.id,
            "team_id": self.team.id,
            "user_id": self.caller.id,
            **(visits._source_values(source) if source else {}),
            **values,
        }
        return visits.sudo()._cs_as_server().create([values]).with_env(self.env(user=user or self.caller))
