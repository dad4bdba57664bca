"""What models, and people, propose for the questions of a record."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.models import Dataset, Record, Suggestion


def list_suggestions(
    session: Session, dataset: Dataset, records: Sequence[Record]
) -> Mapping[uuid.UUID, Mapping[uuid.UUID, Suggestion]]:
    """Return the suggestions for some records: by the id of the record, then by that of the question."""
    found: dict[uuid.UUID, dict[uuid.UUID, Suggestion]] = defaultdict(dict)
    ids = [record.id for record in records]
    statement = select(Suggestion).where(Suggestion.dataset_id == dataset.id, Suggestion.record_id.in_(ids))
    for row in session.scalars(statement):
        found[row.record_id][row.question_id] = row
    return found
