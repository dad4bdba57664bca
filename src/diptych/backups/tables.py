"""Copies rows of whole tables out of the database and back, as text that every version of PostgreSQL reads.

The migrations create the tables. So a backup can be restored into another version of PostgreSQL, by any role
that may create tables, and in one transaction.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from graphlib import TopologicalSorter

from psycopg import sql
from sqlalchemy import Connection, text

from diptych.backups.manifest import Table
from diptych.core import migrations
from diptych.core.db import raw
from diptych.models import Base

# The size of a compressed chunk of rows, in bytes.
_CHUNK = 8 * 1024 * 1024
# Alembic's table, which the migrations write.
_VERSION_TABLE = "alembic_version"

# Columns that the database computes are not written.
_LIST_TABLES = text("""
SELECT c.relname, ARRAY(SELECT CAST(a.attname AS text) FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                          AND a.attgenerated = '' ORDER BY a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname <> :version_table
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
""")
_LIST_REFERENCES = text("""
SELECT child.relname, parent.relname FROM pg_constraint k
JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
WHERE k.contype = 'f' AND k.conrelid <> k.confrelid
""")

# Foreign keys come last, because they need the keys that they refer to.
_LIST_KEYS = text("""
SELECT c.relname AS "table", k.conname AS name, pg_get_constraintdef(k.oid) AS definition
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND k.contype IN ('f', 'p', 'u') AND c.relname = ANY(:tables)
ORDER BY k.contype = 'f', c.relname, k.conname
""")
_LIST_INDEXES = text("""
SELECT i.relname AS name, pg_get_indexdef(i.oid) AS definition
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relname = ANY(:tables)
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
ORDER BY i.relname
""")


def list_tables(connection: Connection) -> list[Table]:
    """Return the tables with their numbers of rows, each after the tables that it refers to.

    If the tables have this version's revision, tables of other programs in the same database are left out.
    """
    columns = _find_columns(connection)
    if migrations.current_revision(connection) == migrations.head():
        columns = {name: names for name, names in columns.items() if name in Base.metadata.tables}
    sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(columns, ()))
    for child, parent in connection.execute(_LIST_REFERENCES):
        if child in columns and parent in columns:
            sorter.add(child, parent)
    return [
        Table(name=name, columns=columns[name], rows=_count(connection, name))
        for name in sorter.static_order()
    ]


def copy_out(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield the rows of a table in chunks of whole rows."""
    chunk = bytearray()
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(*_names(table))
    with raw(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for data in copy:
            chunk += data
            if len(chunk) >= _CHUNK:
                yield bytes(chunk)
                chunk.clear()
    if chunk:
        yield bytes(chunk)


def copy_in(connection: Connection, table: Table, data: Iterable[bytes]) -> int:
    """Insert rows from ``copy_out`` and return their number."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(*_names(table))
    with raw(connection).cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in data:
                copy.write(piece)
        return int(cursor.rowcount)


def make_empty(connection: Connection, revision: str) -> None:
    """Drop the tables of any revision, and create the empty tables of the given revision."""
    if migrations.current_revision(connection) is not None:
        _truncate(connection)
        migrations.drop(connection)
    migrations.migrate(connection, revision)
    _truncate(connection)


@contextmanager
def filled_first(connection: Connection, tables: Collection[str]) -> Iterator[None]:
    """Create keys and indexes of tables only at the end of the block, which takes a third of the time."""
    keys = connection.execute(_LIST_KEYS, {"tables": list(tables)}).all()
    indexes = connection.execute(_LIST_INDEXES, {"tables": list(tables)}).all()
    execute = raw(connection).execute
    for key in reversed(keys):
        execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(*_identifiers(key.table, key.name)))
    for index in indexes:
        execute(sql.SQL("DROP INDEX {}").format(*_identifiers(index.name)))
    yield
    for index in indexes:
        execute(index.definition)
    for key in keys:
        add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(*_identifiers(key.table, key.name))
        execute(add + sql.SQL(key.definition))


def find_known(connection: Connection, tables: Iterable[Table]) -> dict[str, Table]:
    """Return the existing ones of the tables by name; tables of other programs may be missing."""
    columns = _find_columns(connection)
    return {table.name: table for table in tables if table.name in columns}


def _truncate(connection: Connection) -> None:
    names = _identifiers(*(name for name in _find_columns(connection) if name in Base.metadata.tables))
    if names:
        raw(connection).execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))


def _find_columns(connection: Connection) -> dict[str, list[str]]:
    rows = connection.execute(_LIST_TABLES, {"version_table": _VERSION_TABLE})
    return {name: list(columns) for name, columns in rows}


def _count(connection: Connection, name: str) -> int:
    statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
    return int(raw(connection).execute(statement).fetchone()[0])


def _identifiers(*names: str) -> list[sql.Identifier]:
    return [sql.Identifier(name) for name in names]


def _names(table: Table) -> tuple[sql.Composable, sql.Composable]:
    columns = sql.SQL(", ").join(sql.Identifier(column) for column in table.columns)
    return sql.Identifier(table.name), columns
