from datetime import datetime

from odoo import fields, models
from odoo.fields import Command
from odoo.orm.model_classes import add_to_registry
from odoo.tests import tagged

from .common_sla import CsSlaCommon


class CsTestTicket(models.Model):
    """The smallest record with deadlines: a company, a beginning and two milestones."""

    _name = "cs.test.ticket"
    _description = "Test Ticket"
    _inherit = ["cs.sla.mixin"]
    _module = None
    _register = False
    _log_access = False

    _sla_milestones = (("seen", "Seen", "seen_at"), ("done", "Done", "done_at"))
    _sla_start_field = "begun_at"
    _sla_copied_fields = {"company_id": "company_id", "user_id": "user_id"}

    name = fields.Char()
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    user_id = fields.Many2one("res.users")
    begun_at = fields.Datetime(default=fields.Datetime.now)
    seen_at = fields.Datetime()
    done_at = fields.Datetime()


@tagged("post_install", "-at_install")
class TestSlaMixin(CsSlaCommon):
    """Another model takes the mixin, lists its milestones and is done."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mixin = cls.registry["cs.sla.mixin"]
        cls.addClassCleanup(cls._forget_model, list(mixin._inherit_children))
        add_to_registry(cls.registry, CsTestTicket)
        cls.registry._setup_models__(cls.env.cr, ["cs.test.ticket"])
        cls.registry.init_models(cls.env.cr, ["cs.test.ticket"], {"models_to_check": False}, False)
        cls.policy_of_tickets = cls.env["cs.sla.policy"].create(
            {
                "name": "Tickets",
                "model": "cs.test.ticket",
                "target_ids": [
                    Command.create(
                        {"name": "Seen", "to_milestone": "cs.test.ticket/seen", "amount": 30, "unit": "wmin"}
                    ),
                    Command.create(
                        {
                            "name": "Done",
                            "from_milestone": "cs.test.ticket/seen",
                            "to_milestone": "cs.test.ticket/done",
                            "amount": 1,
                            "unit": "wd",
                        }
                    ),
                ],
            }
        )

    @classmethod
    def _forget_model(cls, children):
        del cls.registry.models["cs.test.ticket"]
        cls.registry["cs.sla.mixin"]._inherit_children.clear()
        cls.registry["cs.sla.mixin"]._inherit_children.update(children)
        cls.registry._setup_models__(cls.env.cr, [])

    def _clock(self, ticket, code):
        return self.env["cs.sla.clock"].search(
            [
                ("res_model", "=", "cs.test.ticket"),
                ("res_id", "=", ticket.id),
                ("milestone", "=", f"cs.test.ticket/{code}"),
                ("current", "=", True),
            ]
        )

    def test_deadlines_states_and_rounds(self):
        ticket = self.env["cs.test.ticket"].create({"name": "Leak"})
        self.assertEqual(ticket.sla_deadline, datetime(2026, 6, 1, 2, 30))
        self.assertEqual((ticket.sla_state, ticket.sla_milestone), ("today", "cs.test.ticket/seen"))
        self.at("2026-06-01 03:00:00")
        ticket.invalidate_recordset(["sla_state"])
        self.assertEqual(ticket.sla_state, "late")
        self.assertEqual(ticket, ticket.search([("sla_state", "=", "late")]))
        ticket.seen_at = fields.Datetime.now()
        self.assertEqual(self._clock(ticket, "seen").outcome, "missed")
        self.assertEqual(ticket.sla_deadline, datetime(2026, 6, 2, 10))
        ticket.done_at = datetime(2026, 6, 1, 4)
        self.assertEqual(ticket.sla_run, "done")
        ticket._sla_restart("done")
        again = self._clock(ticket, "done")
        self.assertRecordValues(again, [{"round": 2, "run_state": "running", "deadline": datetime(2026, 6, 2, 10)}])
        self.assertFalse(ticket.done_at)

    def test_milestones_are_offered_by_model(self):
        labels = dict(self.env["cs.sla.target"]._selection_milestone())
        self.assertEqual(labels["cs.test.ticket/seen"], "Seen")
        self.assertEqual(labels["cs.case/answered"], "First Answer")
        with self.assertRaisesRegex(Exception, "milestones of the records"):
            self.policy_of_tickets.target_ids[0].to_milestone = "cs.case/answered"
