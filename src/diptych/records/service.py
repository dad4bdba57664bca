"""Deleting records and suggestions."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from diptych.datasets.service import add_to_totals, lock_records
from diptych.models import Dataset, Record, RecordStatus, Suggestion
from diptych.records import blocks

_TAKE_OUT_PROGRESS = text("""
UPDATE annotator_progress p SET submitted = p.submitted - gone.submitted, draft = p.draft - gone.draft,
    discarded = p.discarded - gone.discarded, updated_at = now()
FROM (SELECT user_id, count(*) FILTER (WHERE status = 'submitted') AS submitted,
             count(*) FILTER (WHERE status = 'draft') AS draft,
             count(*) FILTER (WHERE status = 'discarded') AS discarded
      FROM responses WHERE dataset_id = :dataset_id AND record_id = ANY(:ids) GROUP BY user_id) gone
WHERE p.dataset_id = :dataset_id AND p.user_id = gone.user_id
""")


def delete_records(session: Session, dataset: Dataset, ids: Sequence[uuid.UUID]) -> None:
    """Delete records of a dataset with everything that belongs to them; unknown ids are ignored."""
    lock_records(session, dataset)
    mine = (Record.dataset_id == dataset.id) & Record.id.in_(ids)
    locked = session.execute(
        select(Record.id, Record.status).where(mine).order_by(Record.id).with_for_update()
    )
    statuses = dict(locked.all())
    gone = list(statuses)
    session.execute(_TAKE_OUT_PROGRESS, {"dataset_id": dataset.id, "ids": gone})
    blocks.take_out(session, dataset, gone)
    session.execute(delete(Record).where(mine).execution_options(synchronize_session=False))
    completed = sum(status == RecordStatus.COMPLETED for status in statuses.values())
    add_to_totals(session, dataset.id, records=-len(statuses), completed=-completed)


def keep_suggestions(
    session: Session, dataset: Dataset, record: Record, *, of: Collection[uuid.UUID | None]
) -> None:
    """Delete a record's suggestions, except those ``of`` given questions.

    The caller holds ``lock_records``.
    """
    session.execute(
        delete(Suggestion)
        .where(
            Suggestion.dataset_id == dataset.id,
            Suggestion.record_id == record.id,
            Suggestion.question_id.not_in([id_ for id_ in of if id_ is not None]),
        )
        .execution_options(synchronize_session=False)
    )
