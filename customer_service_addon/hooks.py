from odoo.tools import SQL


def post_init_hook(env):
    """Give every existing company its case sequence, so that the first intake writes nothing but the case."""
    for company in env["res.company"].search([]):
        company._cs_sequence()


def uninstall_hook(env):
    """Prepare a clean removal over data: the tables go anyway, but not in the order their links ask for.

    Only links between our own tables are dropped; no row is deleted here. Invoices, partners, messages to
    other documents and everything else of Odoo stay as they are. The case sequences go with the register.
    """
    env["ir.sequence"].search([("code", "=", "cs.case")]).unlink()
    # A company that demo data brought has journals, users and more by now: it stays.
    env["ir.model.data"].search([("module", "=", "customer_service_addon"), ("model", "=", "res.company")]).unlink()
    tables = tuple(
        model._table
        for name, model in env.registry.items()
        if name.startswith("cs.") and not model._abstract and model._auto
    )
    links = env.execute_query(
        SQL(
            """
            SELECT source.relname, link.conname
              FROM pg_constraint link
              JOIN pg_class source ON source.oid = link.conrelid
              JOIN pg_class target ON target.oid = link.confrelid
             WHERE link.contype = 'f' AND source.relname IN %s AND target.relname IN %s
            """,
            tables,
            tables,
        )
    )
    for table, constraint in links:
        env.cr.execute(SQL("ALTER TABLE %s DROP CONSTRAINT %s", SQL.identifier(table), SQL.identifier(constraint)))
