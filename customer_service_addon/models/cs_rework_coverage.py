from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_date

from .cs_rework import COST_CLASSES

# What a change of the case may change about the period that holds.
_CASE_FIELDS = {"object_ref", "order_ref", "partner_id"}


class CsRework(models.Model):
    """The free service period proposes class and contractor of an order while it is not dispatched (R-12)."""

    _inherit = "cs.rework"

    coverage_id = fields.Many2one(
        "cs.coverage",
        "Free Service",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="customer_service_addon.group_cs_agent",
    )
    proposed_class = fields.Selection(COST_CLASSES, readonly=True, copy=False)
    proposed_contractor_id = fields.Many2one("res.partner", readonly=True, copy=False, ondelete="restrict")
    coverage_note = fields.Char(
        "Why This Class", compute="_compute_coverage_note", groups="customer_service_addon.group_cs_agent"
    )

    _cs_server_fields = frozenset({"coverage_id", "proposed_class", "proposed_contractor_id"})

    @api.depends("coverage_id", "proposed_class", "cost_class")
    def _compute_coverage_note(self):
        labels = dict(self._fields["cost_class"]._description_selection(self.env))
        for order in self:
            note = order._coverage_text()
            if note and order.cost_class and order.cost_class != order.proposed_class:
                note = order.env._(
                    "%(note)s Proposed was “%(class)s”; it was set otherwise.",
                    note=note,
                    **{"class": labels[order.proposed_class]},
                )
            order.coverage_note = note

    def _coverage_text(self):
        # sudo: cs.coverage - the sentence says why, whoever may open the period
        coverage_sudo = self.sudo().coverage_id
        if not coverage_sudo or not self.proposed_class:
            return False
        until = format_date(self.env, coverage_sudo.date_to)
        if self.proposed_class == "a":
            contractor = coverage_sudo.contractor_id.name
            return self.env._("Free until %(until)s, repaired by %(contractor)s.", until=until, contractor=contractor)
        if self.proposed_class == "b":
            return self.env._("Free until %(until)s, borne by the company.", until=until)
        return self.env._("The free service period ended on %(until)s.", until=until)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        # What goes on with another order keeps its class.
        orders.filtered(lambda order: not order.cost_class)._propose_coverage()
        return orders

    def write(self, vals):
        result = super().write(vals)
        if "trade_ids" in vals:
            self._propose_coverage()
        return result

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _propose_coverage(self):
        """Look the periods up for all drafts of ``self`` at once and propose class and contractor.

        What a person chose stays: a class or contractor is only replaced where it is the one proposed before.
        """
        # sudo: cs.rework, cs.case - the proposal follows from the facts, whoever changed them
        drafts_sudo = self.sudo().filtered(lambda order: order.state == "draft")
        results = self.env["cs.coverage"]._lookup([order._coverage_demand() for order in drafts_sudo])
        changes = defaultdict(drafts_sudo.browse)
        for order, (coverage, proposed) in zip(drafts_sudo, results, strict=True):
            changes[tuple(order._proposed_values(coverage, proposed).items())] |= order
        changes.pop((), None)
        for values, orders in changes.items():
            orders._cs_as_server().write(dict(values))

    def _coverage_demand(self):
        """Return what :meth:`CsCoverage._lookup` asks of the order (sudo); its day is when the customer called."""
        case = self.case_id
        return {
            "company": self.company_id.id,
            "partner": case.commercial_partner_id.id,
            "order_ref": case.order_ref,
            "object_ref": case.object_ref,
            "trades": self.trade_ids.ids,
            "day": fields.Datetime.context_timestamp(self.with_context(tz=case._cs_tz()), case.received_at).date(),
        }

    def _proposed_values(self, coverage, proposed):
        """Return what changes on the order (sudo) by the proposal."""
        before, class_before, contractor_before = self.coverage_id, self.proposed_class, self.proposed_contractor_id
        contractor = coverage.contractor_id if proposed == "a" else coverage.contractor_id.browse()
        if (coverage, proposed, contractor) == (before, class_before, contractor_before):
            return {}
        values = {
            "coverage_id": coverage.id,
            "proposed_class": proposed,
            "proposed_contractor_id": contractor.id,
        }
        if self.cost_class and self.cost_class != class_before:
            return values
        values["cost_class"] = proposed
        if self.contractor_id == contractor_before and contractor != contractor_before:
            values.update(executor="contractor" if contractor else "team", contractor_id=contractor.id)
        fee_before = before.fee if class_before == "c" else 0.0
        if self.currency_id.compare_amounts(self.agreed_amount, fee_before) == 0:
            # The agreed fee after the period; that the customer agrees to it this time is still to be recorded.
            values["agreed_amount"] = coverage.fee if proposed == "c" else 0.0
        return values


class CsCase(models.Model):
    _inherit = "cs.case"

    def write(self, vals):
        result = super().write(vals)
        if _CASE_FIELDS.intersection(vals):
            # sudo: cs.rework - the orders of the case follow its facts, whoever may read them
            self.sudo().rework_ids._propose_coverage()
        return result


class ResPartner(models.Model):
    _inherit = "res.partner"

    cs_coverage_count = fields.Integer(
        "Free Service Periods",
        compute="_compute_cs_coverage_count",
        groups="customer_service_addon.group_cs_agent",
    )

    def _compute_cs_coverage_count(self):
        """Count the periods of the company as a whole that are not over."""
        today = fields.Date.context_today(self)
        counts = dict(
            self.env["cs.coverage"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids), ("date_to", ">=", today)],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.cs_coverage_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_cs_coverages(self):
        """Open the free service periods of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_coverage_action")
        entity = self.commercial_partner_id
        return action | {
            "domain": [("partner_id", "=", entity.id)],
            "context": {"default_partner_id": entity.id},
        }
