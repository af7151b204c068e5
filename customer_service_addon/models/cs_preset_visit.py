from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class CsPreset(models.Model):
    """Scripts in presets: questions name a scale instead of listing the same choices again and again.

    ``"scales"`` of the file maps names to choices (``value``, ``cs_score``). Beside its values a question says with
    ``"scale"`` which choices it has, and with ``"after"`` the questions (``#key``) whose answer "not satisfied" makes
    it to be asked.
    """

    _inherit = "cs.preset"

    def _create_record(self, entry, company, known):
        if entry["model"] != "survey.question":
            return super()._create_record(entry, company, known)
        question = super()._create_record(entry, company, known)
        if "scale" in entry:
            self._create_choices(question, entry["scale"], company, known)
        if "after" in entry:
            asked = question.browse([self._reference(key, known) for key in entry["after"]])
            unhappy = asked.suggested_answer_ids.filtered(lambda choice: choice.cs_score == "not")
            question.triggering_answer_ids = [Command.set(unhappy.ids)]
        return question

    def _create_choices(self, question, scale, company, known):
        choices = self._read_file().get("scales", {}).get(scale)
        if not choices:
            raise UserError(
                self.env._("The data file %(file)s has no scale “%(scale)s”.", file=self.filename, scale=scale)
            )
        for number, choice in enumerate(choices):
            values = {**choice, "question_id": "#question", "sequence": number}
            self._create_record(
                {"model": "survey.question.answer", "values": values}, company, {**known, "question": question}
            )
