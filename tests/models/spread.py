"""How the tables spread over several nodes: what docs/scaling.md says to Citus, and what follows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from tests.web.statements import plan_nodes

_PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"
_CALL = re.compile(
    r"^SELECT (create_reference_table|create_distributed_table|citus_add_local_table_to_metadata)"
    r"\('(\w+)'(?:, '(\w+)')?(?:, colocate_with => '(\w+)')?\);$",
    re.MULTILINE,
)
# In the conditions of a plan: a column that is equal to a value, or to another table's column.
_TO_A_VALUE = re.compile(r"\b(\w+\.\w+) = (?:ANY \()?['$]")
_TO_A_COLUMN = re.compile(r"\b(\w+\.\w+) = (\w+\.\w+)\b")


@dataclass(frozen=True)
class Placement:
    """Where a table's rows are: ``column`` says on which node, together with those of the table ``beside``.

    Without a column, a reference table is whole on every node, and a local one on the coordinator.
    """

    is_local: bool
    column: str | None
    beside: str | None


def placements() -> Mapping[str, Placement]:
    """Return where each table is, in the order in which the page places them."""
    calls = _CALL.findall(_PAGE.read_text("utf-8"))
    return {
        table: Placement(function.startswith("citus"), column or None, beside or (table if column else None))
        for function, table, column, beside in calls
    }


def astray(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Return the distributed tables of which a statement reads more than the part that it names.

    The planner of PostgreSQL says so: each scan has to compare the table's distribution column with a value,
    or with that of another scan for which the same is true.
    """
    columns = {table: place.column for table, place in placements().items() if place.column}
    nodes = plan_nodes(connection, statement, parameters, options=", VERBOSE")
    conditions = [text for node in nodes for name, text in node.items() if name.endswith(("Cond", "Filter"))]
    named = _named(conditions)
    return [
        node["Relation Name"]
        for node in nodes
        if node.get("Relation Name") in columns
        and "Scan" in node["Node Type"]
        and f"{node['Alias']}.{columns[node['Relation Name']]}" not in named
    ]


def _named(conditions: Sequence[str]) -> set[str]:
    """Return the columns that are equal to a value, directly or through others."""
    named = {column for text in conditions for column in _TO_A_VALUE.findall(text)}
    pairs = [set(pair) for text in conditions for pair in _TO_A_COLUMN.findall(text)]
    while reached := [pair for pair in pairs if len(pair & named) == 1]:
        named.update(*reached)
    return named
