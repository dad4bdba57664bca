"""Datasets of any shape, as the Argilla SDK makes them."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from diptych.models import Dataset, Field, Question, Record, Suggestion
from tests import factories


def dataset(
    session: Session, name: str, fields: dict[str, dict[str, Any]], questions: dict[str, dict[str, Any]]
) -> Dataset:
    """Make a dataset of these fields and questions; a question is required unless it says so."""
    made = factories.dataset(session, name)
    for table in (Field, Question):
        session.execute(delete(table).where(table.dataset_id == made.id))
    for field, settings in fields.items():
        session.add(
            Field(dataset_id=made.id, name=field, title=field.title(), required=False, settings=settings)
        )
        session.flush()
    for question, given in questions.items():
        settings = {key: value for key, value in given.items() if key != "required"}
        required = given.get("required", True)
        title = question.title()
        session.add(
            Question(dataset_id=made.id, name=question, title=title, required=required, settings=settings)
        )
        session.flush()
    return made


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


def options(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "text": f"Option {value}", "description": None} for value in values]


def custom(template: str, *, advanced: bool = False) -> dict[str, Any]:
    return {"type": "custom", "template": template, "advanced_mode": advanced}


TEXT = {"type": "text", "use_markdown": False}
MARKDOWN = {"type": "text", "use_markdown": True}
IMAGE = {"type": "image"}
CHAT = {"type": "chat", "use_markdown": True}
LABEL = {"type": "label_selection", "visible_options": None, "options": options("good", "bad")}
SIDE = {"type": "label_selection", "visible_options": None, "options": options("image_1", "image_2")}
LABELS = {
    "type": "multi_label_selection",
    "visible_options": None,
    "options_order": "natural",
    "options": options("hands", "text"),
}
RATING = {"type": "rating", "options": [{"value": number} for number in range(1, 6)]}
RANKING = {"type": "ranking", "options": options("image_1", "image_2")}
SPAN = {
    "type": "span",
    "field": "text",
    "visible_options": None,
    "allow_overlapping": False,
    "options": options("name"),
}
