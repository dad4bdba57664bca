"""The cells of text files, where everything is text, as the values they stand for."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from diptych.datasets.metadata import FloatSettings, IntegerSettings
from diptych.formats.spreadsheet import unguard
from diptych.imports.columns import is_export
from diptych.imports.problems import RowError
from diptych.imports.schema import Schema
from diptych.questions import find_type

_NUMBERS: dict[str, Callable[[str], int | float]] = {"integer": int, "float": float}


class CellDecoder:
    """Turns the cells of a row into the values of a record; an empty one is none.

    Exports of ours hold lists as JSON, and a quote before what a spreadsheet would take for a formula.
    """

    def __init__(self, columns: Sequence[str], schema: Schema) -> None:
        self._schema = schema
        self._images = schema.images_in(columns)
        self._optional = [name for name in columns if name not in (*self._images, "prompt", "id")]
        self._is_export = is_export(columns)
        self._converters = {name: found for name in columns if (found := self._converter(name))}

    def decode(self, cells: dict[str, Any]) -> dict[str, Any]:
        """Return the values of a row, or raise ``RowError``."""
        if self._is_export:
            return self._decode_export(cells)
        for name in self._optional:
            if not cells[name]:
                del cells[name]
        return self._convert(cells)

    def _decode_export(self, cells: Mapping[str, str]) -> dict[str, Any]:
        values = self._convert({name: unguard(cell) or None for name, cell in cells.items()})
        images = {key: values.pop(key) for key in (*self._images, *self._schema.prompt_columns)}
        # A record whose images are optional may have none.
        is_there = any(value is not None for value in images.values())
        return {**values, str(self._schema.images_field): images if is_there else None}

    def _convert(self, values: dict[str, Any]) -> dict[str, Any]:
        for name, convert in self._converters.items():
            if values.get(name) is not None:
                values[name] = convert(values[name])
        return values

    def _converter(self, name: str) -> Callable[[str], Any] | None:
        declared = self._schema.metadata_rules.properties.get(name)
        if isinstance(declared, IntegerSettings | FloatSettings):
            return partial(_parse_number, name, declared.type)
        if not self._is_export or name in (*self._images, "prompt"):
            return None
        if name in self._schema.vector_columns:
            return partial(_parse_cell, name, json.loads)
        if name in self._schema.question_columns:
            return self._converter_of_part(name, *self._schema.question_columns[name])
        return None

    def _converter_of_part(self, name: str, question: str, part: str) -> Callable[[str], Any] | None:
        if part == "suggestion.agent":
            return None
        if part != "suggestion":
            return partial(_parse_cell, name, json.loads)
        return partial(_parse_cell, name, find_type(self._schema.questions[question].settings).read_cell)


def _parse_number(name: str, kind: str, cell: str) -> int | float:
    try:
        return _NUMBERS[kind](cell)
    except ValueError:
        raise RowError(name, f"{cell!r} is not a number of type {kind}") from None


def _parse_cell(name: str, parse: Callable[[str], Any], cell: str) -> Any:
    try:
        return parse(cell)
    except (ValueError, RecursionError):
        raise RowError(name, "is not the JSON that an export has in this column") from None
