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


def update_rows(env, table, types, values):
    """Write ``{id: tuple}`` to ``table``; ``types`` is ``{column: name of its PostgreSQL type}`` in the order of the tuples."""
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
