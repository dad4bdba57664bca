"""Adding, changing and deleting the settings of a dataset.

Fields and questions are fixed once a dataset is published; metadata properties and vectors are not.
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
# The maximum that pgvector can store; it can index 2,000.
MAX_DIMENSIONS = 16_000

_KINDS = {
    Field: "field",
    Question: "question",
    MetadataProperty: "metadata property",
    VectorSettings: "vector",
}
_PARSE = {Field: parse_field_settings, Question: parse_settings, MetadataProperty: parse_property_settings}


def add(session: Session, dataset: Dataset, setting: Setting) -> None:
    """Add a field, question, metadata property or vector to a dataset; its default title is its name.

    Raises ``ConflictError`` if the dataset has one of that name. Raises ``InvalidError`` for a field or
    question of a published dataset, for a name that another kind of setting has (an export would have two
    columns of that name), for invalid values, and for a question about a field that does not exist.
    """
    # The lock is needed because the name must be free in all four tables.
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
    """Change the named values: ``title``, ``description``, ``settings``, ``visible_for_annotators``.

    New settings are merged into the current ones. Raises ``InvalidError`` for values that cannot change.
    """
    changes = dict(changes)
    if changes.get("settings") is not None:
        parsed = _PARSE[type(setting)](setting.settings)  # type: ignore[union-attr]
        changes["settings"] = parsed.parse_change(changes["settings"]).model_dump(mode="json")
    for name, value in changes.items():
        # Only a description can be deleted.
        if value is not None or name == "description":
            setattr(setting, name, value)
    _check_texts(setting)
    setting.updated_at = dataset.updated_at = clock.now()
    session.flush()


def remove(session: Session, dataset: Dataset, setting: Setting) -> None:
    """Delete a setting with its values in records; fields and questions only of drafts."""
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
                f"The question {question.name!r} needs this field; delete the question first."
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
        raise InvalidError(f"The dataset is published, so its {kind}s can no longer be added or deleted.")


def _refuse_taken_name(session: Session, dataset: Dataset, setting: Setting) -> None:
    name = setting.name
    if name in {"id", *SERVER_COLUMNS}:
        raise InvalidError(f"Every export has a column named {name!r}; choose another name.", field="name")
    table: Any
    for table, kind in _KINDS.items():
        taken = select(table.id).where(table.dataset_id == dataset.id, table.name == name)
        if session.scalar(taken) is None:
            continue
        if isinstance(setting, table):
            raise ConflictError(f"The dataset already has a {kind} named {name!r}.", name=name)
        raise InvalidError(
            f"The dataset already has a {kind} named {name!r}; choose another name.", field="name"
        )


def _check_dimensions(vector: VectorSettings) -> None:
    if not 1 <= vector.dimensions <= MAX_DIMENSIONS:
        raise InvalidError(f"A vector needs 1 to {MAX_DIMENSIONS:,} dimensions.", field="dimensions")


def _check_texts(setting: Setting) -> None:
    if not 1 <= len(setting.name) <= NAME_LENGTH or not setting.name.isprintable():
        raise InvalidError(f"A name needs 1 to {NAME_LENGTH} visible characters.", field="name")
    if not 1 <= len(setting.title) <= TITLE_LENGTH or not is_storable_text(setting.title):
        raise InvalidError(f"A title needs 1 to {TITLE_LENGTH} characters.", field="title")
    description = getattr(setting, "description", None)
    if description is not None and not is_storable_text(description):
        raise InvalidError("The description contains characters that cannot be stored.", field="description")
