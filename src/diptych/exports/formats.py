"""The formats of files: one entry of ``ExportFormat`` each."""

import re
from collections.abc import Callable, Collection, Iterator
from enum import StrEnum
from typing import Self

from sqlalchemy.orm import Session

from diptych.core.errors import InvalidError
from diptych.exports.contents import ExportContent
from diptych.exports.csv_files import write_csv
from diptych.exports.json_files import write_json, write_json_lines, write_nested_json
from diptych.exports.parquet_files import write_parquet
from diptych.exports.selection import Piece, Selection
from diptych.models import Dataset

Writer = Callable[[Session, Selection, ExportContent], Iterator[Piece]]

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_ALL = tuple(ExportContent)


class ExportFormat(StrEnum):
    """The name of a format, with its media type, the extension of its files, and its writer.

    A format writes all contents, unless its entry names those that it can write.
    """

    media_type: str
    extension: str
    write: Writer
    contents: Collection[ExportContent]

    JSON = "json", "application/json", "json", write_json
    JSONL = "jsonl", "application/x-ndjson", "jsonl", write_json_lines
    ARGILLA_JSON = (
        "argilla-json",
        "application/json",
        "argilla.json",
        write_nested_json,
        (ExportContent.RECORDS,),
    )
    CSV = "csv", "text/csv; charset=utf-8", "csv", write_csv
    PARQUET = "parquet", "application/vnd.apache.parquet", "parquet", write_parquet

    def __new__(
        cls,
        name: str,
        media_type: str,
        extension: str,
        write: Writer,
        contents: Collection[ExportContent] = _ALL,
    ) -> Self:
        """Return the entry: its name, with its attributes."""
        entry = str.__new__(cls, name)
        entry._value_ = name
        entry.media_type, entry.extension = media_type, extension
        entry.write, entry.contents = write, contents
        return entry


def list_formats(content: ExportContent) -> list[ExportFormat]:
    """Return the formats that can hold a content."""
    return [format_ for format_ in ExportFormat if content in format_.contents]


def check_combination(content: ExportContent, format_: ExportFormat, *, with_vectors: bool = False) -> None:
    """Raise ``InvalidError`` for a content that the format cannot hold, or that has no vectors."""
    if content not in format_.contents:
        raise InvalidError(
            f"The format {format_} is only for {_listed(format_.contents)}. "
            f"For {content}, use {_listed(list_formats(content))}.",
            field="format",
        )
    if with_vectors and not content.has_vectors:
        having = [one for one in ExportContent if one.has_vectors]
        raise InvalidError(
            f"The rows of {content} have no vectors. Leave vectors out, or export {_listed(having)}.",
            field="with_vectors",
        )


def filename(dataset: Dataset, content: ExportContent, format_: ExportFormat) -> str:
    """Return a file name that is safe in headers, shells and file systems, such as ``cats.json``.

    Contents other than records are named: ``cats.responses.json``.
    """
    stem = _UNSAFE.sub("-", dataset.name).strip("-.") or "dataset"
    name = stem if content == ExportContent.RECORDS else f"{stem}.{content}"
    return f"{name}.{format_.extension}"


def _listed(names: Collection[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
