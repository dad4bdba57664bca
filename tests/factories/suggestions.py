"""Suggestions of a model."""

from typing import Any

from sqlalchemy.orm import Session

from diptych.models import Question, Record, Suggestion


def suggestion(session: Session, record: Record, question: str, value: Any, score: Any = None) -> None:
    """Let a model with a telling name suggest an answer."""
    asked = session.query(Question).filter_by(dataset_id=record.dataset_id, name=question).one()
    session.add(
        Suggestion(
            dataset_id=record.dataset_id,
            record_id=record.id,
            question_id=asked.id,
            value=value,
            score=score,
            agent="secret-model",
        )
    )
