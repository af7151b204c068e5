"""Many rows of one table in one statement. Table and column names come from our own code only.

The rows travel as one JSON text and PostgreSQL gives every value the type of its column: several times faster than a
statement with thousands of parameters, both to write and to read.
"""

import json

from odoo.tools import SQL


def insert_rows(env, table, columns, rows):
    """Insert ``rows`` (tuples in the order of ``columns``) and return their ids in the same order."""
    if not rows:
        return []
    inserted = env.execute_query(SQL("%s RETURNING id", _insert(table, columns, rows)))
    return [row[0] for row in inserted]


def insert_pairs(env, table, columns, pairs):
    """Insert ``pairs`` into a relation table, which has no ids."""
    if pairs:
        env.execute_query(SQL("%s RETURNING 1", _insert(table, columns, pairs)))


def update_rows(env, table, columns, values):
    """Write ``{id: tuple in the order of columns}`` to ``table``."""
    if not values:
        return
    rows = [(row_id, *row) for row_id, row in values.items()]
    assignments = [SQL("%s = v.%s", SQL.identifier(column), SQL.identifier(column)) for column in columns]
    env.execute_query(
        SQL(
            "UPDATE %s t SET %s FROM %s v WHERE t.id = v.id RETURNING 1",
            SQL.identifier(table),
            SQL(", ").join(assignments),
            _recordset(table, ("id", *columns), rows),
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


def _insert(table, columns, rows):
    names = SQL(", ").join(map(SQL.identifier, columns))
    return SQL(
        "INSERT INTO %s (%s) SELECT %s FROM %s v", SQL.identifier(table), names, names, _recordset(table, columns, rows)
    )


def _recordset(table, columns, rows):
    """Return the rows as a table of the same column types; moments become text by :func:`str`."""
    filled = [{column: value for column, value in zip(columns, row, strict=True) if value is not None} for row in rows]
    text = json.dumps(filled, default=str, ensure_ascii=False)
    return SQL("json_populate_recordset(NULL::%s, %s)", SQL.identifier(table), text)
