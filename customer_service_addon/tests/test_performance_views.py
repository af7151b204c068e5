from lxml import etree

from odoo.tests import tagged, users

from .common import CsCommon

FEW, MANY = 10, 85


@tagged("post_install", "-at_install")
class TestPerformanceViews(CsCommon):
    """What the client asks for when a screen opens costs the same with ten cases and with many (Must show 5)."""

    # Measured: list 14, kanban 9, its progress bar 1, form 23 to 32, a new case of a known caller 19 to 21.
    BUDGETS = {"list": 18, "kanban": 12, "kanban groups": 2, "form": 34, "new": 24}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm_2 = cls.firm.copy(
            {"name": "Busy Customer Ltd", "email": "busy@customer.example", "phone": "+86 21 5555 0001"}
        )
        cls._register(FEW, cls.customer)
        cls._register(MANY, cls.firm_2)
        cls.env.flush_all()

    @classmethod
    def _register(cls, count, partner):
        values = [
            {
                "subject": f"Call {number}",
                "type_id": cls.type_inquiry.id,
                "channel_id": cls.channel_mail.id,
                "team_id": cls.team.id,
                "partner_id": partner.id,
                "phone": partner.phone,
                "email_from": partner.email,
            }
            for number in range(count)
        ]
        return cls.env["cs.case"].with_user(cls.agent).create(values)

    def _specification(self, view_type):
        """The fields the client asks for, read from the view as this user gets it."""
        view = self.env["cs.case"].get_views([(False, view_type)])
        return self._specification_of(etree.fromstring(view["views"][view_type]["arch"]), self.env["cs.case"])

    def _specification_of(self, node, model):
        specification = {}
        for child in node.xpath(".//field[not(ancestor::field)]"):
            field = model._fields[child.get("name")]
            if not field.relational:
                specification[field.name] = {}
                continue
            lines = child.find("list")
            inner = {"display_name": {}}
            if lines is not None:
                inner = self._specification_of(etree.fromstring(etree.tostring(lines)), self.env[field.comodel_name])
            specification[field.name] = {"fields": inner}
        return specification

    def _queries(self, call):
        """Queries of ``call`` on a warm registry and a cold record cache."""
        call()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        return self.env.cr.sql_log_count - before

    def _check(self, name, few, many):
        self.assertLessEqual(many, self.BUDGETS[name], f"{name}: {many} queries")
        self.assertLessEqual(many - few, 1, f"{name}: {few} queries for few cases, {many} for many")

    @users("cs_agent")
    def test_list_of_eighty(self):
        cases, fields = self.env["cs.case"], self._specification("list")
        few, many = (
            self._queries(lambda limit=limit: cases.web_search_read([], fields, limit=limit)) for limit in (FEW, 80)
        )
        self._check("list", few, many)

    @users("cs_agent")
    def test_kanban_by_stage(self):
        cases, fields = self.env["cs.case"], self._specification("kanban")
        few, many = (
            self._queries(
                lambda partner=partner: cases.web_read_group(
                    [("partner_id", "=", partner.id)],
                    ["stage_id"],
                    ["__count"],
                    auto_unfold=True,
                    unfold_read_specification=fields,
                    unfold_read_default_limit=80,
                )
            )
            for partner in (self.customer, self.firm_2)
        )
        self._check("kanban", few, many)

    @users("cs_agent")
    def test_kanban_progress_bar(self):
        cases = self.env["cs.case"]
        colors = {"planned": "success", "today": "warning", "overdue": "danger"}
        few, many = (
            self._queries(
                lambda partner=partner: cases.read_progress_bar(
                    [("partner_id", "=", partner.id)], "stage_id", {"field": "activity_state", "colors": colors}
                )
            )
            for partner in (self.customer, self.firm_2)
        )
        self._check("kanban groups", few, many)

    @users("cs_agent")
    def test_form_of_a_new_case_with_a_busy_customer(self):
        cases, fields = self.env["cs.case"], self._specification("form")

        def call_in(partner):
            return cases.onchange({"phone": partner.phone}, ["phone"], fields)

        few, many = (
            self._queries(lambda partner=partner: call_in(partner)) for partner in (self.customer, self.firm_2)
        )
        self._check("new", few, many)

    @users("cs_agent")
    def test_form_of_a_case_of_a_busy_customer(self):
        fields = self._specification("form")
        few, many = (
            self._queries(
                lambda partner=partner: (
                    self.env["cs.case"].search([("partner_id", "=", partner.id)], limit=1).web_read(fields)
                )
            )
            for partner in (self.customer, self.firm_2)
        )
        self._check("form", few, many)
