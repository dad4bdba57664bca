"""Adding, changing and taking away what a dataset asks for.

Fields and questions are fixed once a dataset is published; metadata properties and vectors may come and go.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import JSON, cast, delete, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.errors import ConflictError, InvalidError
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
from diptych.questions import SpanSettings, parse_settings
from diptych.questions.storable import is_storable_text

Setting = Field | Question | MetadataProperty | VectorSettings
_Setting = TypeVar("_Setting", Field, Question, MetadataProperty, VectorSettings)

NAME_LENGTH = 200
TITLE_LENGTH = 500
# What pgvector can store; it can index 2,000.
MOST_DIMENSIONS = 16_000

_KINDS = {
    Field: "field",
    Question: "question",
    MetadataProperty: "metadata property",
    VectorSettings: "vector",
}
_PARSE = {Field: parse_field_settings, Question: parse_settings, MetadataProperty: parse_property_settings}


def add_field(
    session: Session,
    dataset: Dataset,
    *,
    name: str,
    settings: Mapping[str, Any],
    title: str | None = None,
    description: str | None = None,
    required: bool = False,
) -> Field:
    """Add a field to a draft; errors as ``add_question``."""
    _refuse_published(dataset, "field")
    parsed = parse_field_settings(settings).model_dump(mode="json")
    field = Field(name=name, title=title or name, description=description, required=required, settings=parsed)
    return _add(session, dataset, field)


def add_question(
    session: Session,
    dataset: Dataset,
    *,
    name: str,
    settings: Mapping[str, Any],
    title: str | None = None,
    description: str | None = None,
    required: bool = False,
) -> Question:
    """Add a question to a draft.

    Raises ``ConflictError`` if the dataset has one of that name, and ``InvalidError`` if it is published, if
    something else has the name, which would be two columns of the same name in an export, if a value does
    not fit, or if there is no text field of the name whose spans it asks for.
    """
    _refuse_published(dataset, "question")
    parsed = parse_settings(settings)
    if isinstance(parsed, SpanSettings):
        _check_has_text(session, dataset, parsed.field)
    question = Question(
        name=name,
        title=title or name,
        description=description,
        required=required,
        settings=parsed.model_dump(mode="json"),
    )
    return _add(session, dataset, question)


def add_metadata_property(
    session: Session,
    dataset: Dataset,
    *,
    name: str,
    settings: Mapping[str, Any],
    title: str | None = None,
    visible_for_annotators: bool = True,
) -> MetadataProperty:
    """Declare a metadata key; errors as ``add_question``."""
    declared = MetadataProperty(
        name=name,
        title=title or name,
        settings=parse_property_settings(settings).model_dump(mode="json"),
        visible_for_annotators=visible_for_annotators,
    )
    return _add(session, dataset, declared)


def add_vectors(
    session: Session, dataset: Dataset, *, name: str, dimensions: int, title: str | None = None
) -> VectorSettings:
    """Declare an embedding of so many dimensions; errors as ``add_question``."""
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise InvalidError(f"A vector has 1 to {MOST_DIMENSIONS:,} dimensions.", field="dimensions")
    return _add(session, dataset, VectorSettings(name=name, title=title or name, dimensions=dimensions))


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
    if isinstance(setting, Field | Question):
        _refuse_published(dataset, _KINDS[type(setting)])
    if isinstance(setting, Field):
        _refuse_if_marked(session, dataset, setting)
    if isinstance(setting, Question):
        _forget_question(session, dataset, setting)
    if isinstance(setting, VectorSettings):
        session.execute(
            delete(Vector).where(Vector.dataset_id == dataset.id, Vector.vectors_settings_id == setting.id)
        )
    session.delete(setting)
    dataset.updated_at = clock.now()
    session.flush()


def _refuse_if_marked(session: Session, dataset: Dataset, field: Field) -> None:
    marks_it = select(Question.name).where(
        Question.dataset_id == dataset.id, Question.settings["field"].astext == field.name
    )
    name = session.scalar(marks_it.limit(1))
    if name is not None:
        raise InvalidError(f"The question {name!r} marks parts of this field; take it away first.")


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


def _add(session: Session, dataset: Dataset, setting: _Setting) -> _Setting:
    _check_texts(setting)
    # One at a time: the name must be free in all four tables.
    session.refresh(dataset, with_for_update=True)
    _refuse_taken_name(session, dataset, setting)
    setting.dataset_id = dataset.id
    dataset.updated_at = clock.now()
    session.add(setting)
    session.flush()
    return setting


def _refuse_published(dataset: Dataset, kind: str) -> None:
    if dataset.status == DatasetStatus.READY:
        raise InvalidError(f"The dataset is published, so its {kind}s cannot come or go any more.")


def _check_has_text(session: Session, dataset: Dataset, name: str) -> None:
    field = session.scalar(select(Field).where(Field.dataset_id == dataset.id, Field.name == name))
    if field is None or field.settings["type"] != "text":
        raise InvalidError(f"The dataset has no text field named {name!r} to mark spans in.", field="field")


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


def _check_texts(setting: Setting) -> None:
    if not 1 <= len(setting.name) <= NAME_LENGTH or not setting.name.isprintable():
        raise InvalidError(f"A name has 1 to {NAME_LENGTH} visible characters.", field="name")
    if not 1 <= len(setting.title) <= TITLE_LENGTH or not is_storable_text(setting.title):
        raise InvalidError(f"A title has 1 to {TITLE_LENGTH} characters.", field="title")
    description = getattr(setting, "description", None)
    if description is not None and not is_storable_text(description):
        raise InvalidError("The description holds characters that cannot be stored.", field="description")
