"""The formats of exports, one entry of ``FORMATS`` each."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from diptych.exports.csv_files import write_csv
from diptych.exports.json_files import write_json, write_json_lines, write_nested_json
from diptych.exports.parquet_files import write_parquet
from diptych.exports.selection import Piece, Selection
from diptych.models import Dataset

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class ExportFormat(StrEnum):
    """The name of a format; ``FORMATS`` has its details."""

    JSON = "json"
    JSONL = "jsonl"
    ARGILLA_JSON = "argilla-json"
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True)
class Format:
    """A format: its media type, the extension of its files, and its writer."""

    media_type: str
    extension: str
    write: Callable[[Session, Selection], Iterator[Piece]]


FORMATS: Mapping[ExportFormat, Format] = {
    ExportFormat.JSON: Format("application/json", "json", write_json),
    ExportFormat.JSONL: Format("application/x-ndjson", "jsonl", write_json_lines),
    ExportFormat.ARGILLA_JSON: Format("application/json", "argilla.json", write_nested_json),
    ExportFormat.CSV: Format("text/csv; charset=utf-8", "csv", write_csv),
    ExportFormat.PARQUET: Format("application/vnd.apache.parquet", "parquet", write_parquet),
}


def filename(dataset: Dataset, format: ExportFormat) -> str:  # noqa: A002 - the natural name
    """Return a file name that is safe in headers, shells and file systems, such as ``cats.json``."""
    stem = _UNSAFE.sub("-", dataset.name).strip("-.") or "dataset"
    return f"{stem}.{FORMATS[format].extension}"
