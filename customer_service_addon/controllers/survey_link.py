from copy import deepcopy

from odoo import http
from odoo.http import request

from odoo.addons.survey.controllers.main import Survey

# What survey's pages post beside the answers, and names a page or question.
PAGES = ("page_id", "question_id", "previous_page_id")


class VisitSurvey(Survey):
    """The questionnaire of a return visit on survey's own pages: once, in time, by the customer."""

    def _check_validity(self, survey_sudo, answer_sudo, answer_token, ensure_token=True, check_partner=True):
        """Colleagues do not answer for customers, whoever the customer is: they would rate themselves."""
        code = super()._check_validity(
            survey_sudo, answer_sudo, answer_token, ensure_token=ensure_token, check_partner=check_partner
        )
        if code is not True or not check_partner or not answer_sudo.cs_visit_id:
            return code
        user, visit_sudo = request.env.user, answer_sudo.cs_visit_id
        if user._is_internal() and (user in visit_sudo.served_user_ids or user == visit_sudo.user_id):
            return "answer_wrong_user"
        return code

    def _redirect_with_error(self, access_data, error_key):
        answer_sudo = access_data["answer_sudo"]
        if not answer_sudo.cs_visit_id or error_key not in ("answer_deadline", "answer_wrong_user"):
            return super()._redirect_with_error(access_data, error_key)
        values = {
            "survey": access_data["survey_sudo"],
            "company_sudo": answer_sudo.cs_visit_id.company_id,
            "is_done": answer_sudo.state == "done",
            "is_foreign": error_key == "answer_wrong_user",
        }
        return request.render("customer_service_addon.visit_link_over", values)

    @http.route()
    def survey_retry(self, survey_token, answer_token, **post):
        """One answer per visit: the link leads back to it."""
        survey_sudo, answer_sudo = self._fetch_from_access_token(survey_token, answer_token)
        if answer_sudo.cs_visit_id:
            return request.redirect(f"/survey/{survey_sudo.access_token}/{answer_sudo.access_token}")
        return super().survey_retry(survey_token, answer_token, **post)

    @http.route()
    def survey_submit(self, survey_token, answer_token, **post):
        """Answers to questions and with choices of another questionnaire change nothing."""
        _survey_sudo, answer_sudo = self._fetch_from_access_token(survey_token, answer_token)
        if answer_sudo.cs_visit_id and not self._belongs(answer_sudo, post):
            return {}, {"error": "unauthorized"}
        return super().survey_submit(survey_token, answer_token, **post)

    def _belongs(self, answer_sudo, post):
        """Return whether everything in ``post`` belongs to the questionnaire of this participation."""
        known = set(answer_sudo.survey_id.question_and_page_ids.ids)
        named = [post[name] for name in PAGES if post.get(name)]
        if any(not str(page).isdigit() or int(page) not in known for page in named):
            return False
        questions = {str(question.id): question for question in answer_sudo.predefined_question_ids}
        for key, value in post.items():
            if not key.isdigit():
                continue
            if key not in questions:
                return False
            answer, _comment = self._extract_comment_from_answers(questions[key], deepcopy(value))
            if not answer_sudo._cs_takes(questions[key], answer):
                return False
        return True
