"""Made-up people, datasets and records: ``factories.dataset(session, name="cats")``."""

import itertools
import uuid
from typing import Any

from sqlalchemy.orm import Session

from diptych.datasets import service as datasets
from diptych.models import Dataset, Record, Role, User
from diptych.records import blocks
from diptych.records.identity import record_id
from diptych.users import service as users

_numbers = itertools.count(1)


def user(session: Session, username: str | None = None, role: Role = Role.ANNOTATOR, **values: Any) -> User:
    return users.create_user(session, username=username or f"person-{next(_numbers)}", role=role, **values)


def dataset(session: Session, name: str | None = None, **values: Any) -> Dataset:
    made = datasets.create_dataset_from_template(
        session, "image_preference", name=name or f"dataset-{next(_numbers)}", **values
    )
    # Tests use it after the session has ended.
    session.flush()
    session.refresh(made)
    return made


def record(session: Session, dataset: Dataset, external_id: str | None = None, **values: Any) -> Record:
    number = next(_numbers)
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
    datasets.add_to_totals(session, dataset.id, records=1)
    return made


def images(prompt: str) -> dict[str, Any]:
    name = uuid.uuid4().hex
    return {
        "images": {
            "image_1": f"https://images.example.org/{name}-1.webp",
            "image_2": f"https://images.example.org/{name}-2.webp",
            "prompt": prompt,
        }
    }
