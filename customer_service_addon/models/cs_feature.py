from odoo import api, models

GROUP = "customer_service_addon.group_cs_feature_%s"
# The parts of the product that can be switched off, and the records that show that somebody works with one.
FEATURES = {
    "complaint": ("cs.complaint",),
    "rework": ("cs.rework", "cs.service.plan", "cs.takeover", "cs.settlement"),
    "retention": ("cs.retention", "cs.imprest"),
    "visit": ("cs.return.visit", "cs.visit.plan"),
    "laboratory": ("cs.appeal",),
}


class CsFeature(models.AbstractModel):
    """Parts of the product as switches, so that a small company sees a small product.

    A feature is a group that all employees have or have not: menus, tabs and buttons carry it beside the groups of
    the roles. It decides what is shown, never what is allowed, and holds for all companies of the database.
    """

    _name = "cs.feature"
    _description = "Features"

    @api.model
    def _group(self, name):
        """Return (sudo) the group of the feature ``name``."""
        # sudo: res.groups - which features there are is no secret
        return self.env.ref(GROUP % name).sudo()

    @api.model
    def _groups(self):
        """Return (sudo) the groups of all features."""
        return self.env["res.groups"].sudo().union(*(self._group(name) for name in FEATURES))

    @api.model
    def _enabled(self):
        """Return the names (set) of the features that are on."""
        employees_sudo = self.env.ref("base.group_user").sudo()
        return {name for name in FEATURES if self._group(name) in employees_sudo.all_implied_ids}

    @api.model
    def _switch(self, wanted):
        """Have exactly the features ``wanted`` (set of names) on; returns whether that changed anything.

        The caller has checked that the user may do it.
        """
        before = self._enabled()
        # sudo: res.groups - a manager sets the features and no other group
        employees_sudo = self.env.ref("base.group_user").sudo()
        for name in wanted - before:
            employees_sudo._apply_group(self._group(name))
        for name in before - wanted:
            employees_sudo._remove_group(self._group(name))
        return before != wanted

    @api.model
    def _used(self):
        """Return the names (set) of the features that have records."""
        return {
            name
            for name, models_ in FEATURES.items()
            # sudo: records - only whether there is one is asked
            if any(
                self.env[model].sudo().with_context(active_test=False).search_count([], limit=1) for model in models_
            )
        }
