from odoo import fields, models


class CsCase(models.Model):
    _inherit = "cs.case"

    ack_state = fields.Selection(
        [("none", "None"), ("queued", "Queued"), ("sent", "Sent"), ("skipped", "Not Sent")],
        "Acknowledgement",
        default="none",
        readonly=True,
        copy=False,
    )

    def _queue_acknowledgement(self):
        """Have the acknowledgement of ``self`` sent by its own job, outside the registration (I-05)."""
