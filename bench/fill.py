"""Multiply records the application made by copying their rows with all that hangs on them, in plain SQL.

The columns are read from the database, so that a new field needs no change here.
"""

from dataclasses import dataclass, field

import psycopg2
from psycopg2 import sql

# Copies lie a little further back each, so that orders and ranges over dates meet different values.
STEP = sql.SQL("interval '7 seconds'")


@dataclass(frozen=True)
class Table:
    """``links`` are columns that hold ids of tables further up, ``values`` SQL for columns that must stay unique.

    In ``values`` ``{id}`` stands for the new id. ``where`` restricts the copied rows.
    """

    name: str
    links: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    where: str = "TRUE"


def multiply(database, tables, root_ids, copies):
    """Add ``copies`` of the rows ``root_ids`` of the first of ``tables``, and of their children in the others."""
    if copies < 1:
        return
    with psycopg2.connect(dbname=database) as connection, connection.cursor() as cursor:
        _without_triggers(connection, cursor)
        copied = {}
        for table in tables:
            _copy(cursor, table, copied, root_ids, copies)
    connection.close()


def _without_triggers(connection, cursor):
    """Foreign keys hold anyway; a server that is not ours may refuse to leave their checks out."""
    try:
        cursor.execute("SET session_replication_role = replica")
    except psycopg2.errors.InsufficientPrivilege:
        connection.rollback()


def _copy(cursor, table, copied, root_ids, copies):
    """Copy the rows of one table and note in ``copied`` how ids of it become ids of the copies."""
    condition = _condition(table, copied)
    name = sql.Identifier(table.name)
    cursor.execute(sql.SQL("SELECT min(id), max(id) FROM {} WHERE {}").format(name, condition), {"roots": root_ids})
    lowest, highest = cursor.fetchone()
    if lowest is None:
        return
    cursor.execute(sql.SQL("SELECT max(id) FROM {}").format(name))
    base, span = cursor.fetchone()[0] + 1, highest - lowest + 1
    copied[table.name] = (lowest, highest, base, span)
    columns = _columns(cursor, table.name)
    cursor.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} s CROSS JOIN generate_series(1, %(copies)s) k WHERE {}").format(
            name,
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(_expression(table, copied, column, kind) for column, kind in columns.items()),
            name,
            condition,
        ),
        {"roots": root_ids, "copies": copies},
    )
    cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table.name, base + copies * span))


def _condition(table, copied):
    """Which rows are copied: the roots, or what hangs on rows copied before."""
    where = sql.SQL(table.where)
    if not table.links:
        return sql.SQL("id = ANY(%(roots)s) AND {}").format(where)
    column, parent = next(iter(table.links.items()))
    if parent not in copied:
        return sql.SQL("FALSE")
    lowest, highest, _base, _span = copied[parent]
    return sql.SQL("{} BETWEEN {} AND {} AND {}").format(
        sql.Identifier(column), sql.Literal(lowest), sql.Literal(highest), where
    )


def _columns(cursor, table):
    """Return ``{column: type}`` of what can be written."""
    cursor.execute(
        """
        SELECT column_name, data_type FROM information_schema.columns
         WHERE table_schema = current_schema AND table_name = %s AND is_generated = 'NEVER'
         ORDER BY ordinal_position
        """,
        (table,),
    )
    return dict(cursor.fetchall())


def _expression(table, copied, column, kind):
    new_id = _shifted(copied, table.name, "id")
    if column == "id":
        return new_id
    if column in table.values:
        return sql.SQL(table.values[column].replace("{id}", "({id})")).format(id=new_id)
    if table.links.get(column) in copied:
        return _shifted(copied, table.links[column], column)
    if kind.startswith("timestamp"):
        return sql.SQL("s.{} - k * {}").format(sql.Identifier(column), STEP)
    return sql.SQL("s.{}").format(sql.Identifier(column))


def _shifted(copied, table, column):
    lowest, _highest, base, span = copied[table]
    return sql.SQL("{} + (k - 1) * {} + s.{} - {}").format(
        sql.Literal(base), sql.Literal(span), sql.Identifier(column), sql.Literal(lowest)
    )


def analyze(database):
    """Tell the planner what the tables hold now."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
