"""Adding, changing and taking away what a dataset asks for.

Fields and questions are fixed once a dataset is published; metadata properties and vectors may come and go.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, cast, delete, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.db import take_time
from diptych.core.errors import ConflictError, InvalidError
from diptych.core.storable import is_storable_text
from diptych.datasets.columns import SERVER_COLUMNS
from diptych.datasets.fields import parse_field_settings
from diptych.datasets.metadata import parse_property_settings
from diptych.models import (
    Dataset,
    DatasetStatus,
    Field,
    MetadataProperty,
    Question,
    Response,
    Suggestion,
    Vector,
    VectorSettings,
)
from diptych.questions import parse_settings

Setting = Field | Question | MetadataProperty | VectorSettings

NAME_LENGTH = 200
TITLE_LENGTH = 500
# What pgvector can store; it can index 2,000.
MAX_DIMENSIONS = 16_000

_KINDS = {
    Field: "field",
    Question: "question",
    MetadataProperty: "metadata property",
    VectorSettings: "vector",
}
_PARSE = {Field: parse_field_settings, Question: parse_settings, MetadataProperty: parse_property_settings}


def add(session: Session, dataset: Dataset, setting: Setting) -> None:
    """Add a new field, question, metadata property or vector to a dataset; without a title it gets its name.

    Raises ``ConflictError`` if the dataset has one of that name, and ``InvalidError`` if it is published and
    this is a field or a question, if something else has the name, which would be two columns of the same name
    in an export, if a value does not fit, or if it is a
    question about a field that is not there.
    """
    # One at a time: the name must be free in all four tables.
    session.refresh(dataset, with_for_update=True)
    setting.title = setting.title or setting.name
    if isinstance(setting, Field | Question):
        _refuse_published(dataset, _KINDS[type(setting)])
        setting.required = bool(setting.required)
    if isinstance(setting, VectorSettings):
        _check_dimensions(setting)
    else:
        setting.settings = _PARSE[type(setting)](setting.settings).model_dump(mode="json")
    _check_texts(setting)
    _refuse_taken_name(session, dataset, setting)
    if isinstance(setting, Question):
        parse_settings(setting.settings).check_fields(_field_types(session, dataset))
    setting.dataset_id = dataset.id
    dataset.updated_at = clock.now()
    session.add(setting)
    session.flush()


def change(session: Session, dataset: Dataset, setting: Setting, changes: Mapping[str, Any]) -> None:
    """Change what ``changes`` names: ``title``, ``description``, ``settings``, ``visible_for_annotators``.

    Settings are merged over what is there. Raises ``InvalidError`` for what cannot change any more.
    """
    changes = dict(changes)
    if changes.get("settings") is not None:
        parsed = _PARSE[type(setting)](setting.settings)  # type: ignore[union-attr]
        changes["settings"] = parsed.parse_change(changes["settings"]).model_dump(mode="json")
    for name, value in changes.items():
        # Only a description may be taken away.
        if value is not None or name == "description":
            setattr(setting, name, value)
    _check_texts(setting)
    setting.updated_at = dataset.updated_at = clock.now()
    session.flush()


def remove(session: Session, dataset: Dataset, setting: Setting) -> None:
    """Take away a setting with what records hold for it; fields and questions of drafts only."""
    take_time(session)
    if isinstance(setting, Field | Question):
        _refuse_published(dataset, _KINDS[type(setting)])
    if isinstance(setting, Field):
        _refuse_if_needed(session, dataset, setting)
    if isinstance(setting, Question):
        _forget_question(session, dataset, setting)
    if isinstance(setting, VectorSettings):
        session.execute(
            delete(Vector).where(Vector.dataset_id == dataset.id, Vector.vectors_settings_id == setting.id)
        )
    session.delete(setting)
    dataset.updated_at = clock.now()
    session.flush()


def _refuse_if_needed(session: Session, dataset: Dataset, field: Field) -> None:
    types = _field_types(session, dataset)
    del types[field.name]
    for question in session.scalars(select(Question).where(Question.dataset_id == dataset.id)):
        try:
            parse_settings(question.settings).check_fields(types)
        except InvalidError:
            raise InvalidError(
                f"The question {question.name!r} needs this field; remove the question first."
            ) from None


def _field_types(session: Session, dataset: Dataset) -> dict[str, str]:
    fields = session.scalars(select(Field).where(Field.dataset_id == dataset.id))
    return {field.name: field.settings["type"] for field in fields}


def _forget_question(session: Session, dataset: Dataset, question: Question) -> None:
    session.execute(
        delete(Suggestion).where(Suggestion.dataset_id == dataset.id, Suggestion.question_id == question.id)
    )
    without_it = cast(cast(Response.values, JSONB).op("-")(question.name), JSON)
    session.execute(
        update(Response)
        .where(Response.dataset_id == dataset.id, cast(Response.values, JSONB).has_key(question.name))
        .values(values=without_it)
        .execution_options(synchronize_session=False)
    )


def _refuse_published(dataset: Dataset, kind: str) -> None:
    if dataset.status == DatasetStatus.READY:
        raise InvalidError(f"The dataset is published, so its {kind}s cannot come or go any more.")


def _refuse_taken_name(session: Session, dataset: Dataset, setting: Setting) -> None:
    name = setting.name
    if name in {"id", *SERVER_COLUMNS}:
        raise InvalidError(f"{name!r} is the name of a column of every export; use another.", field="name")
    table: Any
    for table, kind in _KINDS.items():
        taken = select(table.id).where(table.dataset_id == dataset.id, table.name == name)
        if session.scalar(taken) is None:
            continue
        if isinstance(setting, table):
            raise ConflictError(f"The dataset already has a {kind} named {name!r}.", name=name)
        raise InvalidError(f"The dataset already has a {kind} named {name!r}; use another.", field="name")


def _check_dimensions(vector: VectorSettings) -> None:
    if not 1 <= vector.dimensions <= MAX_DIMENSIONS:
        raise InvalidError(f"A vector has 1 to {MAX_DIMENSIONS:,} dimensions.", field="dimensions")


def _check_texts(setting: Setting) -> None:
    if not 1 <= len(setting.name) <= NAME_LENGTH or not setting.name.isprintable():
        raise InvalidError(f"A name has 1 to {NAME_LENGTH} visible characters.", field="name")
    if not 1 <= len(setting.title) <= TITLE_LENGTH or not is_storable_text(setting.title):
        raise InvalidError(f"A title has 1 to {TITLE_LENGTH} characters.", field="title")
    description = getattr(setting, "description", None)
    if description is not None and not is_storable_text(description):
        raise InvalidError("The description holds characters that cannot be stored.", field="description")
