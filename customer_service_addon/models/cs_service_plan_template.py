from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import AccessError

KINDS = [("maintenance", "Maintenance"), ("visit", "Visit")]


class CsServicePlanTemplate(models.Model):
    """What is done in a year for a kind of customers (R-12, R-14); plans are generated from it and then their own."""

    _name = "cs.service.plan.template"
    _description = "Service Plan Template"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, default=lambda self: self.env.company
    )
    category_ids = fields.Many2many(
        "res.partner.category", string="Kinds of Customers", help="Tags of the customers a plan is generated for."
    )
    line_ids = fields.One2many("cs.service.plan.template.line", "template_id", "Services", copy=True)

    def action_generate(self):
        """Open the dialog that generates plans for the customers of the kind."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_service_plan_generate_action")
        return action | {"context": {"default_template_id": self.id}}

    def _customers(self):
        """Return the customers (commercial entities) of the template's kinds."""
        self.ensure_one()
        if not self.category_ids:
            return self.env["res.partner"]
        return (
            self.env["res.partner"].search([("category_id", "child_of", self.category_ids.ids)]).commercial_partner_id
        )

    def _generate(self, partners, date_from, date_to):
        """Create a draft plan for each of ``partners`` that has none of this template from that day; return them.

        One batch. Raises AccessError for whoever may not create plans.
        """
        self.ensure_one()
        plans = self.env["cs.service.plan"]
        plans.check_access("create")
        if not self.env.user.has_group("customer_service_addon.group_cs_supervisor") and not self.env.su:
            raise AccessError(self.env._("Supervisors generate service plans."))
        existing = plans.with_context(active_test=False).search(
            [
                *(
                    ("template_id", "=", self.id),
                    ("company_id", "=", self.company_id.id),
                    ("date_from", "=", date_from),
                ),
                ("partner_id", "in", partners.ids),
            ]
        )
        rows = [row for line in self.line_ids for row in line._row_values(date_from, date_to)]
        return (
            plans._cs_as_server()
            .create(
                [
                    {
                        "name": f"{self.name} {date_from.year}",
                        "company_id": self.company_id.id,
                        "template_id": self.id,
                        "partner_id": partner.id,
                        "date_from": date_from,
                        "date_to": date_to,
                        "row_ids": [fields.Command.create(dict(row)) for row in rows],
                    }
                    for partner in partners - existing.partner_id
                ]
            )
            .with_env(self.env)
        )


class CsServicePlanTemplateLine(models.Model):
    """A service of the template, once or every so many months."""

    _name = "cs.service.plan.template.line"
    _description = "Service of a Plan Template"
    _order = "template_id, sequence, id"
    _check_company_auto = True

    template_id = fields.Many2one("cs.service.plan.template", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="template_id.company_id", store=True, precompute=True)
    sequence = fields.Integer(default=10)
    name = fields.Char("Service", required=True, translate=True)
    kind = fields.Selection(
        KINDS,
        required=True,
        default="maintenance",
        help="Maintenance opens a case with a repair order, a visit a case.",
    )
    month = fields.Integer("First in Month", required=True, default=1, help="Month of the plan, 1 is its first.")
    day = fields.Integer("On Day", required=True, default=1, help="Day of the month.")
    interval = fields.Integer("Then Every (Months)", help="0: once only.")
    team_id = fields.Many2one("cs.team", index="btree_not_null", check_company=True, ondelete="restrict")
    trade_ids = fields.Many2many("cs.trade", string="Trades", check_company=True)
    task = fields.Html("What Is Done", sanitize=True)

    _months = models.Constraint(
        "CHECK(month BETWEEN 1 AND 120 AND interval BETWEEN 0 AND 120 AND day BETWEEN 1 AND 31)",
        "Months count from 1, days from 1 to 31, an interval is not negative.",
    )

    def _row_values(self, date_from, date_to):
        """Return the values of the plan rows between two dates; a day the month has not is its last."""
        self.ensure_one()
        values, month = [], self.month - 1
        while (day := date_from + relativedelta(months=month, day=self.day)) <= date_to:
            if day >= date_from:
                values.append(
                    {
                        "planned_on": day,
                        "name": self.name,
                        "kind": self.kind,
                        "team_id": self.team_id.id,
                        "trade_ids": [fields.Command.set(self.trade_ids.ids)],
                        "task": self.task,
                    }
                )
            if not self.interval:
                break
            month += self.interval
        return values
