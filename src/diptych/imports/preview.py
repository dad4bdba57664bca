"""A first look at a file: its columns, and its first rows as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diptych.core.db import compact_json
from diptych.imports.columns import is_export, propose_mapping
from diptych.imports.readers import FileFormat, OpenFile, Row, open_reader

ROWS = 10
_MAX_CELL_LENGTH = 200
# Rows that are bad before this many good ones were seen are left to the check.
_READ = 1_000


@dataclass(frozen=True)
class Preview:
    """What a file looks like; ``mapping`` gives, by our names, the columns that probably stand for them.

    A tabular file has one column for the prompt and each image, and so a mapping; others say what is what.
    """

    format: FileFormat
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    is_tabular: bool
    mapping: Mapping[str, str] = field(default_factory=dict)


def preview(path: Path, known: Sequence[str]) -> Preview:
    """Return the first look at a file, or raise ``InvalidError`` if it cannot be read at all.

    ``known`` are the columns of which the file may have some under other names.
    """
    with open_reader(path) as file:
        rows = _first_rows(file)
        columns = file.reader.columns
        if columns is None:
            columns = list(dict.fromkeys(name for row in rows for name in row.cells))
    is_tabular = not is_export(columns) and "fields" not in columns and not _has_objects(rows)
    return Preview(
        format=file.format,
        columns=columns,
        rows=[[_show(row.cells.get(name)) for name in columns] for row in rows],
        is_tabular=is_tabular,
        mapping=propose_mapping(columns, known) if is_tabular else {},
    )


def _first_rows(file: OpenFile) -> list[Row]:
    rows: list[Row] = []
    for number, item in enumerate(file.reader):
        if isinstance(item, Row):
            rows.append(item)
        if len(rows) == ROWS or number == _READ:
            break
    return rows


def _has_objects(rows: Sequence[Row]) -> bool:
    return any(isinstance(value, dict) for row in rows for value in row.cells.values())


def _show(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _as_json(value)
    return text if len(text) <= _MAX_CELL_LENGTH else f"{text[:_MAX_CELL_LENGTH]}…"


def _as_json(value: Any) -> str:
    try:
        return compact_json(value)
    except (ValueError, RecursionError):
        return "(cannot be shown)"
