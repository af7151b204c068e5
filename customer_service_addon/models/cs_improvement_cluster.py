from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command, Domain

TODO = "customer_service_addon.mail_activity_type_cs_improvement"


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_cluster_count = fields.Integer(
        "Similar Complaints Make a Cluster From",
        default=3,
        help="So many complaints of the same cause, product and department are proposed as one joint action. 0: never.",
    )
    cs_cluster_days = fields.Integer("Cluster Within (Days)", default=30)

    _cs_cluster_positive = models.Constraint(
        "CHECK(cs_cluster_count >= 0 AND cs_cluster_days >= 0)", "The figures of a cluster cannot be negative."
    )


class CsComplaint(models.Model):
    _inherit = "cs.complaint"

    product_id = fields.Many2one(
        "product.product", "Product Concerned", index="btree_not_null", check_company=True, ondelete="restrict"
    )

    def action_propose_improvement(self):
        """Open a new proposal that begins with cause, product and department of the complaint (C-11)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cs.improvement",
            "view_mode": "form",
            "context": {
                "default_cause_id": self.cause_id.id,
                "default_product_id": self.product_id.id,
                "default_department_id": self.department_id.id,
                "default_complaint_ids": [Command.link(self.id)],
            },
        }


class CsImprovement(models.Model):
    """Similar complaints that pile up are proposed as one joint action (C-11)."""

    _inherit = "cs.improvement"

    @api.model
    def _cron_clusters(self):
        """Propose one joint action per cause, product and department of which too many complaints came in.

        Each company's figures decide how many within how many days; complaints that were refuted or called off do not
        count. Where a proposal of the same is open, the new complaints join it and nobody is told again.
        """
        companies = self.env["res.company"].search([("cs_cluster_count", ">", 0), ("cs_cluster_days", ">", 0)])
        proposals = self._open_proposals(companies)
        new = []
        for company in companies:
            for key, complaints in self._clusters(company).items():
                proposal = proposals.get((company, *key))
                if proposal and complaints - proposal.complaint_ids:
                    proposal.complaint_ids |= complaints
                elif not proposal:
                    new.append(self._cluster_values(company, *key, complaints))
        created = self._cs_as_server().create(new)
        created._tell_of_cluster()
        return created

    @api.model
    def _open_proposals(self, companies):
        found = self.search([("company_id", "in", companies.ids), ("state", "not in", ("proven", "declined"))])
        return {(p.company_id, p.cause_id, p.product_id, p.department_id): p for p in found}

    @api.model
    def _clusters(self, company):
        """Return ``{(cause, product, department): complaints}`` that reach the company's count."""
        since = fields.Datetime.now() - timedelta(days=company.cs_cluster_days)
        answered = self.search(
            [("company_id", "=", company.id), ("state", "in", ("proven", "declined")), ("is_cluster", "=", True)]
        )
        complaints = self.env["cs.complaint"].search(
            Domain("company_id", "=", company.id)
            & Domain("received_at", ">=", since)
            & Domain("cause_id", "!=", False)
            & Domain("state", "!=", "cancelled")
            & (Domain("finding", "=", False) | Domain("finding", "!=", "unjustified"))
            & Domain("id", "not in", answered.complaint_ids.ids)
        )
        groups = defaultdict(self.env["cs.complaint"].browse)
        for complaint in complaints:
            groups[complaint.cause_id, complaint.product_id, complaint.department_id] |= complaint
        return {key: found for key, found in groups.items() if len(found) >= company.cs_cluster_count}

    @api.model
    def _cluster_values(self, company, cause, product, department, complaints):
        owner = self._cluster_owner(department)
        # The text is data, so it is written in the language of who reads it first.
        company, cause, product, department = (
            record.with_context(lang=owner.lang or company.partner_id.lang)
            for record in (company, cause, product, department)
        )
        about = ", ".join(filter(None, (cause.display_name, product.display_name, department.display_name)))
        return {
            "name": company.env._(
                "%(count)s similar complaints in %(days)s days: %(about)s",
                count=len(complaints),
                days=company.cs_cluster_days,
                about=about,
            ),
            "company_id": company.id,
            "cause_id": cause.id,
            "product_id": product.id,
            "department_id": department.id,
            "complaint_ids": [Command.set(complaints.ids)],
            "is_cluster": True,
            "user_id": owner.id,
        }

    @api.model
    def _cluster_owner(self, department):
        """Return the user of the head of the department, or nobody."""
        return department.manager_id.user_id.filtered(lambda user: user.active and not user.share)

    def _tell_of_cluster(self):
        """The owner gets a to-do; where there is none, the managers of customer service in the company do."""
        managers = self.env.ref("customer_service_addon.group_cs_manager").all_user_ids.filtered(
            lambda user: user.active and not user.share
        )
        self._alarm(
            TODO,
            {
                proposal: proposal.user_id
                or managers.filtered(lambda user, company=proposal.company_id: company in user.company_ids)
                for proposal in self
            },
            lambda proposal: proposal.name,
        )
