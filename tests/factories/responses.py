"""Responses as rows, beside the service: none of them is validated, and no record counts them."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from diptych.models import AnnotatorProgress, Dataset, Record, Response, User

_INSERT = text("""
INSERT INTO responses (dataset_id, record_id, user_id, id, "values", status)
SELECT dataset_id, id, :user_id, gen_random_uuid(), '{"preference":{"value":"image_1"}}', 'submitted'
FROM records WHERE dataset_id = :dataset_id
""")


def response(session: Session, record: Record, user: User, **values: Any) -> Response:
    made = Response(
        dataset_id=record.dataset_id,
        record_id=record.id,
        user_id=user.id,
        values=values.pop("values", {}),
        status=values.pop("status", "submitted"),
        **values,
    )
    session.add(made)
    session.flush()
    return made


def responses(session: Session, dataset: Dataset, user: User) -> None:
    """Have a person prefer image 1 in every record of a dataset."""
    result = session.execute(_INSERT, {"dataset_id": dataset.id, "user_id": user.id})
    session.add(AnnotatorProgress(dataset_id=dataset.id, user_id=user.id, submitted=result.rowcount))
