"""Records: one by one, or thousands at once."""

import json
import uuid
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from diptych.datasets.service import add_to_totals
from diptych.models import Dataset, Record
from diptych.records import blocks
from diptych.records.identity import record_id
from tests.factories.numbers import numbers

_INSERT = text("""
INSERT INTO records (dataset_id, id, external_id, fields, metadata, position, min_submitted, inserted_at)
SELECT :dataset_id, gen_random_uuid(), n, CAST(:fields AS json), CAST(:metadata AS json), n, :min_submitted,
       CAST(:since AS timestamptz) + n * interval '1 microsecond'
FROM generate_series(1, :count) n
""")


def record(session: Session, dataset: Dataset, external_id: str | None = None, **values: Any) -> Record:
    number = next(numbers)
    external_id = external_id or f"record-{number}"
    made = Record(
        dataset_id=dataset.id,
        id=record_id(dataset.id, external_id),
        external_id=external_id,
        fields=values.pop("fields", None) or images(f"a cat, number {number}"),
        metadata_=values.pop("metadata", {}),
        position=values.pop("position", number),
        min_submitted=values.pop("min_submitted", dataset.min_submitted),
        inserted_at=values.pop("inserted_at", None) or blocks.next_moment(session, dataset),
        **values,
    )
    session.add(made)
    session.flush()
    blocks.append(session, dataset, since=made.inserted_at)
    add_to_totals(session, dataset.id, records=1)
    return made


def records(
    session: Session,
    dataset: Dataset,
    count: int,
    fields: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
) -> None:
    """Add many records that are alike but for their external ids, 1, 2, 3, …: in this order everywhere."""
    since = blocks.next_moment(session, dataset)
    values = {
        "dataset_id": dataset.id,
        "fields": json.dumps(fields or {}),
        "metadata": json.dumps(metadata or {}),
        "min_submitted": dataset.min_submitted,
    }
    session.execute(_INSERT, values | {"since": since, "count": count})
    blocks.append(session, dataset, since=since)
    add_to_totals(session, dataset.id, records=count)


def images(prompt: str) -> dict[str, Any]:
    """Return the fields of a record with two images."""
    name = uuid.uuid4().hex
    return {
        "images": {
            "image_1": f"https://images.example.org/{name}-1.webp",
            "image_2": f"https://images.example.org/{name}-2.webp",
            "prompt": prompt,
        }
    }
