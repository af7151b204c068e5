from odoo import api, models, tools
from odoo.exceptions import AccessError

# Identity cannot travel over RPC: a client may send the key below with any value,
# but never this very object. That is why it may open the door for our own code.
_SERVER = object()


class CsGuardMixin(models.AbstractModel):
    """Keep the fields that prove something out of the hands of clients.

    A model lists them in ``_cs_server_fields``, each file that extends it lists its own. They are refused
    in ``create`` and ``write`` whoever asks (also through import, ``copy`` values and ``default_*`` context
    keys), unless the call comes from the model's own code through :meth:`_cs_as_server`.
    """

    _name = "cs.guard.mixin"
    _description = "Server-written Fields"

    _cs_server_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        if self._cs_is_server():
            return super().create(vals_list)
        for vals in vals_list:
            self._cs_refuse_server_fields(vals)
        return super(CsGuardMixin, self._cs_without_forged_defaults()).create(vals_list)

    def write(self, vals):
        if not self._cs_is_server():
            self._cs_refuse_server_fields(vals)
        return super().write(vals)

    def _check_company(self, fnames=None):
        """Like Odoo's, but each pair of company and linked records is compared once, however many records have it."""
        names = self._fields if fnames is None or "company_id" in fnames else fnames
        fields_to_check = [self._fields[name] for name in names]
        linked = [field for field in fields_to_check if field.relational and field.check_company]
        if len(self) < 2 or "company_id" not in self._fields or any(field.company_dependent for field in linked):
            return super()._check_company(fnames)
        # sudo: a link the user may not follow is compared all the same
        records_sudo = self.sudo()
        companies = [record.company_id.id for record in records_sudo]
        for field in linked:
            values = [record[field.name]._ids for record in records_sudo]
            examples = dict(zip(zip(companies, values, strict=True), self._ids, strict=True))
            super(CsGuardMixin, self.browse(examples.values()))._check_company([field.name])
        return None

    def _cs_as_server(self):
        """Return ``self`` allowed to write server fields; call it only after every check."""
        return self.with_context(_cs_server=_SERVER)

    def _cs_as_client(self):
        """Return ``self`` without that right, before foreign code is called with it."""
        return self.with_context(_cs_server=None) if self._cs_is_server() else self

    def _cs_is_server(self):
        return self.env.context.get("_cs_server") is _SERVER

    @api.model
    @tools.ormcache()
    def _cs_guarded_fields(self):
        """Return the server fields of the model, those of the files that extend it included."""
        listed = (vars(part).get("_cs_server_fields", ()) for part in type(self).__mro__)
        return frozenset().union(*listed)

    def _cs_refuse_server_fields(self, vals):
        refused = sorted(self._cs_guarded_fields().intersection(vals))
        if refused:
            labels = ", ".join(self._fields[name].string for name in refused)
            raise AccessError(
                self.env._(
                    "%(fields)s of %(model)s is written by the system only. Leave it out and use the buttons.",
                    fields=labels,
                    model=self._description,
                )
            )

    def _cs_without_forged_defaults(self):
        forged = {f"default_{name}" for name in self._cs_guarded_fields()}
        if not forged.intersection(self.env.context):
            return self
        kept = {key: value for key, value in self.env.context.items() if key not in forged}
        return self.with_context(kept)
