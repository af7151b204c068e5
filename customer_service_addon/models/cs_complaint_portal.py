from odoo import models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)
# What a customer may know of the way of his complaint, in his words. The other steps are the house's own.
PLAIN_WORDS = {
    "taken": _lt("Somebody follows your complaint to its end"),
    "triaged": _lt("We know who has to deal with it"),
    "verified": _lt("We have checked what happened"),
    "retested": _lt("The sample has been tested again"),
    "ruled": _lt("We have decided about the report"),
    "analysed": _lt("We have found the cause"),
    "accepted": _lt("Our proposal is agreed"),
    "executed": _lt("What we proposed has been carried out"),
    "effective": _lt("We have checked that it works"),
    "replied": _lt("You have our answer"),
}


class CsCase(models.Model):
    _inherit = "cs.case"

    def _portal_complaint_steps(self):
        """Return what was done about the latest complaint: ``[{"label", "date" (naive UTC)}]``, oldest first.

        Only what the customer may know, in the language of the reader; nothing for a complaint that was called off.
        """
        self.ensure_one()
        complaint = self.complaint_ids.sorted("id")[-1:]
        if not complaint or complaint.state == "cancelled":
            return []
        translate = self.env._
        moments = complaint._sla_fields()
        done = [(complaint[moments[code]], label) for code, label in PLAIN_WORDS.items() if complaint[moments[code]]]
        return [{"label": translate(label), "date": moment} for moment, label in sorted(done, key=lambda row: row[0])]
