"""What a dataset expects of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from diptych.datasets.image_preference import FIELD, IMAGE_KEYS, PROMPT_KEY
from diptych.datasets.queries import get_settings
from diptych.models import Dataset, Field, MetadataProperty, Question, VectorSettings
from diptych.questions import QuestionSettings, parse_settings

PAIR_KEYS = (*IMAGE_KEYS, PROMPT_KEY)
# What a file may tell of a record, and only the server decides.
SERVER_KEYS = ("status", "_server_id")
_ANSWER_PARTS = ("responses", "responses.users", "responses.status")
_SUGGESTION_PARTS = ("suggestion", "suggestion.score", "suggestion.agent")
QUESTION_PARTS = (*_ANSWER_PARTS, *_SUGGESTION_PARTS)


@dataclass(frozen=True)
class Schema:
    """The settings of a dataset by their names."""

    fields: Mapping[str, Field]
    questions: Mapping[str, Question]
    properties: Mapping[str, MetadataProperty]
    vectors: Mapping[str, VectorSettings]
    allow_extra_metadata: bool

    @cached_property
    def pair_field(self) -> str | None:
        """The field that holds a prompt and two images, if the dataset has it."""
        field = self.fields.get(FIELD)
        return FIELD if field is not None and field.settings["type"] == "custom" else None

    @cached_property
    def question_columns(self) -> Mapping[str, tuple[str, str]]:
        """The columns of a flat export that hold answers and suggestions: name to question and part."""
        return {f"{name}.{part}": (name, part) for name in self.questions for part in QUESTION_PARTS}

    @cached_property
    def vector_columns(self) -> Mapping[str, str]:
        """The columns of a flat export that hold vectors; those whose name was taken have a longer one."""
        longer = {f"vector.{name}": name for name in self.vectors}
        return {**longer, **{name: name for name in self.vectors}}

    @cached_property
    def reserved(self) -> frozenset[str]:
        """Names that metadata cannot have: in an export they are columns of something else."""
        pair = PAIR_KEYS if self.pair_field else ()
        return frozenset(
            ["id", *SERVER_KEYS, *self.fields, *self.vector_columns, *self.question_columns, *pair]
        )

    @cached_property
    def value_rules(self) -> Mapping[str, QuestionSettings]:
        """What each question accepts as an answer."""
        return {name: parse_settings(question.settings) for name, question in self.questions.items()}

    @cached_property
    def required_questions(self) -> frozenset[str]:
        """The questions that a submitted answer has to cover."""
        return frozenset(name for name, question in self.questions.items() if question.required)


def load_schema(session: Session, dataset: Dataset) -> Schema:
    """Return what ``dataset`` expects."""
    settings = get_settings(session, dataset)

    def by_name(items: Any) -> dict[str, Any]:
        return {item.name: item for item in items}

    return Schema(
        fields=by_name(settings.fields),
        questions=by_name(settings.questions),
        properties=by_name(settings.metadata_properties),
        vectors=by_name(settings.vectors),
        allow_extra_metadata=dataset.allow_extra_metadata,
    )
