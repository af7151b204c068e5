"""Deadlines of records that somebody must not see, because they are about him (C-07)."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..services.sql_rows import insert_pairs


class CsSlaClock(models.Model):
    _inherit = "cs.sla.clock"

    shut_out_user_ids = fields.Many2many("res.users", "cs_sla_clock_shut_out_rel", "clock_id", "user_id", "Shut Out")


class CsSlaMixin(models.AbstractModel):
    _inherit = "cs.sla.mixin"

    def _sla_shut_out(self):
        """Return ``{record id: ids of the users who must not see its clocks}``; records without any may be missing."""
        return {}


class CsSlaEngine(models.AbstractModel):
    _inherit = "cs.sla.engine"

    @api.model
    def _shut_out(self, records, clock_ids=None):
        """Hide the clocks of ``records`` (or of them only ``clock_ids``) from whom the records are about."""
        # sudo: the records themselves - who is shut out is no matter of who saves the record
        hidden = {record_id: ids for record_id, ids in records.sudo()._sla_shut_out().items() if ids}
        if clock_ids is None:
            self.env.execute_query(
                SQL(
                    """
                    DELETE FROM cs_sla_clock_shut_out_rel r USING cs_sla_clock c
                     WHERE c.id = r.clock_id AND c.res_model = %s AND c.res_id IN %s RETURNING 1
                    """,
                    records._name,
                    tuple(records.ids),
                )
            )
        if not hidden or clock_ids == []:
            return
        rows = self.env.execute_query(
            SQL(
                "SELECT id, res_id FROM cs_sla_clock WHERE res_model = %s AND res_id IN %s %s",
                records._name,
                tuple(hidden),
                SQL("AND id IN %s", tuple(clock_ids)) if clock_ids else SQL(),
            )
        )
        pairs = [(clock_id, user_id) for clock_id, res_id in rows for user_id in hidden[res_id]]
        insert_pairs(self.env, "cs_sla_clock_shut_out_rel", ("clock_id", "user_id"), pairs)
        self.env["cs.sla.clock"].invalidate_model(["shut_out_user_ids"], flush=False)

    @api.model
    def _shut_out_of(self, clock_ids):
        """Return ``{clock id: set of user ids}`` of those who are shut out of clocks."""
        hidden = {}
        if clock_ids:
            for clock_id, user_id in self.env.execute_query(
                SQL("SELECT clock_id, user_id FROM cs_sla_clock_shut_out_rel WHERE clock_id IN %s", tuple(clock_ids))
            ):
                hidden.setdefault(clock_id, set()).add(user_id)
        return hidden
