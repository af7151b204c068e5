"""Many rows of one table in one statement. Table and column names come from our own code only."""

from odoo.tools import SQL


def insert_rows(env, table, columns, rows):
    """Insert ``rows`` (tuples in the order of ``columns``) and return their ids in the same order."""
    if not rows:
        return []
    inserted = env.execute_query(
        SQL(
            "INSERT INTO %s (%s) VALUES %s RETURNING id",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(SQL("%s", tuple(row)) for row in rows),
        )
    )
    return [row[0] for row in inserted]


def insert_pairs(env, table, columns, pairs):
    """Insert ``pairs`` into a relation table, which has no ids."""
    if pairs:
        env.execute_query(
            SQL(
                "INSERT INTO %s (%s) VALUES %s RETURNING 1",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(SQL("%s", pair) for pair in pairs),
            )
        )


def update_rows(env, table, types, values):
    """Write ``{id: tuple}`` to ``table``.

    ``types`` is ``{column: name of its PostgreSQL type}`` in the order of the tuples.
    """
    if not values:
        return
    assignments = [
        SQL("%s = v.%s::%s", SQL.identifier(column), SQL.identifier(column), SQL.identifier(kind))
        for column, kind in types.items()
    ]
    env.execute_query(
        SQL(
            "UPDATE %s t SET %s FROM (VALUES %s) AS v (id, %s) WHERE t.id = v.id RETURNING 1",
            SQL.identifier(table),
            SQL(", ").join(assignments),
            SQL(", ").join(SQL("%s", (row_id, *row)) for row_id, row in values.items()),
            SQL(", ").join(map(SQL.identifier, types)),
        )
    )


def insert_records(model, rows):
    """Insert ``rows`` (dicts of column values with the same keys) into the table of ``model``; return the records.

    For history that nobody writes through the ORM: no default, constraint or computed column of it is looked at.
    """
    if not rows:
        return model.browse()
    now = model.env.cr.now().replace(microsecond=0)
    uid = model.env.uid
    logged = {"create_uid": uid, "create_date": now, "write_uid": uid, "write_date": now} if model._log_access else {}
    columns = (*rows[0], *logged)
    values = [(*(None if value is False else value for value in row.values()), *logged.values()) for row in rows]
    return model.browse(insert_rows(model.env, model._table, columns, values))
