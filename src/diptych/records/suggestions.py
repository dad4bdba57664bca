"""What models, and people, propose for the questions of a record."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.models import Record, Suggestion


def list_suggestions(session: Session, record: Record) -> dict[uuid.UUID, Suggestion]:
    """Return the suggestions for a record by the id of their question; there is one for each at the most."""
    rows = session.scalars(
        select(Suggestion).where(
            Suggestion.dataset_id == record.dataset_id, Suggestion.record_id == record.id
        )
    )
    return {row.question_id: row for row in rows}
