from odoo import api, fields, models
from odoo.tools import SQL

from ..services.contact_keys import phone_e164, phone_tail


class ResPartner(models.Model):
    _inherit = "res.partner"

    cs_phone_e164 = fields.Char(
        "Phone (International)", compute="_compute_cs_phone_keys", store=True, compute_sudo=True, index="btree_not_null"
    )
    cs_phone_tail = fields.Char(
        "Phone (Last Digits)", compute="_compute_cs_phone_keys", store=True, compute_sudo=True, index="btree_not_null"
    )
    cs_case_count = fields.Integer(
        "Cases",
        compute="_compute_cs_case_count",
        groups="customer_service_addon.group_cs_agent,customer_service_addon.group_cs_department_head",
    )

    # Core finds partners by mail address with a scan of the whole table.
    _cs_email_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")

    @api.depends("phone", "country_id", "company_id")
    def _compute_cs_phone_keys(self):
        default = self.env.company.country_id.code
        for partner in self:
            country = partner.country_id.code or partner.company_id.country_id.code or default
            partner.cs_phone_e164 = phone_e164(partner.phone, country)
            partner.cs_phone_tail = phone_tail(partner.phone)

    def _compute_cs_case_count(self):
        """Count the cases the reader may see, of the whole company for a company."""
        groups = self.env["cs.case"]._read_group(
            [("commercial_partner_id", "in", self.commercial_partner_id.ids)], ["partner_id"], ["__count"]
        )
        counts = {partner.id: (partner.commercial_partner_id, count) for partner, count in groups}
        for partner in self:
            if partner == partner.commercial_partner_id:
                partner.cs_case_count = sum(count for entity, count in counts.values() if entity == partner)
            else:
                partner.cs_case_count = counts.get(partner.id, (None, 0))[1]

    def action_view_cs_cases(self):
        """Open the cases of the partner, of the whole company for a company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_service_addon.cs_case_action")
        return action | {
            "domain": [("partner_id", "child_of", self.id)],
            "context": {"default_partner_id": self.id},
        }

    def _auto_init(self):
        """Fill the keys of existing partners in one pass instead of the ORM's, which reads every one of them."""
        fresh = not self._cs_has_column("cs_phone_tail")
        if fresh:
            self.env.cr.execute(
                "ALTER TABLE res_partner ADD COLUMN cs_phone_tail varchar, ADD COLUMN cs_phone_e164 varchar"
            )
        result = super()._auto_init()
        if fresh:
            self._cs_fill_phone_keys()
        return result

    def _cs_has_column(self, name):
        self.env.cr.execute(
            SQL("SELECT 1 FROM information_schema.columns WHERE table_name = 'res_partner' AND column_name = %s", name)
        )
        return bool(self.env.cr.rowcount)

    def _cs_fill_phone_keys(self, batch=10000):
        """Compute the keys of all partners that have a phone number, ``batch`` rows per statement."""
        default = self.env.company.country_id.code
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id, partner.phone, country.code
                  FROM res_partner partner LEFT JOIN res_country country ON country.id = partner.country_id
                 WHERE partner.phone IS NOT NULL
                """
            )
        )
        keys = [
            (partner_id, phone_e164(phone, code or default) or None, phone_tail(phone) or None)
            for partner_id, phone, code in rows
        ]
        for start in range(0, len(keys), batch):
            part = keys[start : start + batch]
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE res_partner
                       SET cs_phone_e164 = keys.e164, cs_phone_tail = keys.tail
                      FROM unnest(%s, %s::varchar[], %s::varchar[]) AS keys(id, e164, tail)
                     WHERE res_partner.id = keys.id
                    """,
                    *(list(column) for column in zip(*part, strict=True)),
                )
            )
