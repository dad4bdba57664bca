"""Files in, against a bare COPY of the same rows."""

import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from diptych.core.db import Database, compact_json, raw
from diptych.core.settings import Settings
from diptych.imports.service import import_file
from diptych.models import Dataset
from diptych.records.identity import record_ids
from tests import factories
from tests.bench.figure import Figure

ROWS = 100_000
PROMPT = "a red house on a green hill with a brown dog in front of it, at sunset, number"


def measure(database: Database, folder: Path) -> list[Figure]:
    path = _write_csv(folder / "pairs.csv")
    with database.transaction() as session:
        dataset, bare = factories.dataset(session), factories.dataset(session)
    settings = Settings(data_dir=folder)
    imported = _rate(lambda: import_file(database, dataset, path, settings=settings))
    copied_in = _rate(lambda: _copy_in(database, bare))
    return [Figure(f"import of {ROWS:,} CSV rows", imported, "rows/s", copied_in, "bare COPY in")]


def _rate(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return ROWS / (time.perf_counter() - started)


def _write_csv(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "prompt", "image_1", "image_2", "model_1", "model_2"])
        for number in range(ROWS):
            writer.writerow(
                [number, f"{PROMPT} {number}", _address(number, 1), _address(number, 2), "a", "b"]
            )
    return path


def _address(number: int, side: int) -> str:
    return f"https://images.example.org/{number:08}/{side}.webp"


def _records(dataset: Dataset) -> Iterator[tuple[object, ...]]:
    id_of = record_ids(dataset.id)
    for number in range(ROWS):
        pair = {
            "image_1": _address(number, 1),
            "image_2": _address(number, 2),
            "prompt": f"{PROMPT} {number}",
        }
        metadata = compact_json({"model_1": "a", "model_2": "b"})
        yield dataset.id, id_of(str(number)), str(number), compact_json({"images": pair}), metadata, number, 1


def _copy_in(database: Database, dataset: Dataset) -> None:
    rows = list(_records(dataset))
    columns = "dataset_id, id, external_id, fields, metadata, position, min_submitted"
    with (
        database.engine.begin() as connection,
        raw(connection).cursor() as cursor,
        cursor.copy(f"COPY records ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
