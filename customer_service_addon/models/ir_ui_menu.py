from odoo import api, models, tools


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    @api.model
    @tools.ormcache("frozenset(self.env.user._get_group_ids())", "debug")
    def _visible_menu_ids(self, debug=False):
        """Hide the menus of features that are off: the group of a feature is asked beside the groups of the roles.

        Odoo shows a menu to whoever has one of its groups; a feature says whether there is anything to show at all.
        """
        visible = set(super()._visible_menu_ids(debug))
        features = set(self.env["cs.feature"]._groups().ids)
        own = set(self.env.user._get_group_ids())
        # sudo: ir.ui.menu - the menus themselves decide who sees them
        menus_sudo = self.sudo().with_context({"ir.ui.menu.full_list": True})
        for menu in menus_sudo.search([("group_ids", "in", list(features)), ("id", "in", list(visible))]):
            groups = set(menu.group_ids.ids)
            roles = groups - features
            if not groups & features <= own or (roles and not roles & own):
                visible.discard(menu.id)
                menu._hide_empty_folders(visible)
        return frozenset(visible)

    def _hide_empty_folders(self, visible):
        """Take the folders above the menu out of ``visible`` (set of ids) when nothing else is shown in them."""
        folder = self.parent_id
        while folder and not folder.action and not visible.intersection(folder.child_id.ids):
            visible.discard(folder.id)
            folder = folder.parent_id
