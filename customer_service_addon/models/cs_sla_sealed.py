from odoo import api, models
from odoo.exceptions import AccessError


class CsSlaSealed(models.AbstractModel):
    """Rows that prove something: through the ORM nobody creates, changes or deletes them, the system included.

    The engine writes them in plain statements, see ``services/clock_row.py``.
    """

    _name = "cs.sla.sealed"
    _description = "Rows Kept by the System"
    _log_access = False

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise AccessError(self._refusal())

    def write(self, vals):  # pylint: disable=method-required-super
        raise AccessError(self._refusal())

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self._refusal())

    @api.model
    def _refusal(self):
        return self.env._("Clocks, their events and alarms are kept by the system. Nobody writes or deletes them.")
