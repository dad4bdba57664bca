"""What a dataset expects of a file."""

import uuid
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import Any

from sqlalchemy.orm import Session

from diptych.datasets import columns
from diptych.datasets.fields import FieldRules, field_rules, holds_images
from diptych.datasets.fields.image_set import MAX_IMAGES, PROMPT, count_named_images, image_names
from diptych.datasets.metadata import MetadataRules
from diptych.datasets.queries import get_settings
from diptych.models import Dataset, Field, MetadataProperty, Question, VectorSettings
from diptych.responses.rules import ResponseRules


@dataclass(frozen=True)
class Schema:
    """The settings of a dataset by their names, and what a response has to be.

    A file may not contain responses of ``strangers``: see ``datasets.queries.list_strangers``.
    """

    fields: Mapping[str, Field]
    questions: Mapping[str, Question]
    properties: Mapping[str, MetadataProperty]
    vectors: Mapping[str, VectorSettings]
    allow_extra_metadata: bool
    response_rules: ResponseRules
    strangers: frozenset[uuid.UUID] = frozenset()

    @cached_property
    def images_field(self) -> str | None:
        """The field that holds the images of a prompt, if the dataset has it."""
        return next((name for name, field in self.fields.items() if holds_images(field)), None)

    @cached_property
    def image_columns(self) -> tuple[str, ...]:
        """The columns that a table needs for the images of a record."""
        return columns.image_columns(self.questions.values())

    @cached_property
    def prompt_columns(self) -> tuple[str, ...]:
        """The column of the prompt, or none if the prompt is a separate field."""
        return columns.prompt_columns(self.fields.values())

    @cached_property
    def flat_fields(self) -> frozenset[str]:
        """The fields by which a flat row is known: a table has a column for the prompt, too."""
        is_split = self.images_field is not None and not self.prompt_columns
        return frozenset(self.fields) - ({PROMPT} if is_split else set())

    def images_in(self, names: Container[str]) -> tuple[str, ...]:
        """Return the columns of a table that are images: where no answer names any, more than it needs."""
        if count_named_images(question.settings for question in self.questions.values()):
            return self.image_columns
        more = takewhile(names.__contains__, image_names(MAX_IMAGES)[len(self.image_columns) :])
        return (*self.image_columns, *more)

    def kind_of(self, field: str) -> str:
        """Return the type of a field."""
        return str(self.fields[field].settings["type"])

    @cached_property
    def question_columns(self) -> Mapping[str, tuple[str, str]]:
        """The columns of a flat export that hold answers and suggestions: name to question and part."""
        return columns.question_columns(self.questions)

    @cached_property
    def vector_columns(self) -> Mapping[str, str]:
        """The columns of a flat export that hold vectors; those whose name was taken have a longer one."""
        return columns.vector_columns(self.vectors)

    @cached_property
    def reserved(self) -> frozenset[str]:
        """Names that metadata cannot have: in an export they are columns of something else."""
        return columns.reserved_names(self.fields.values(), self.questions.values(), self.vectors.values())

    @cached_property
    def field_rules(self) -> FieldRules:
        """What each field of a record has to be."""
        return field_rules(self.fields.values(), self.questions.values())

    @cached_property
    def metadata_rules(self) -> MetadataRules:
        """What each piece of metadata has to be."""
        return MetadataRules(
            self.properties.values(), reserved=self.reserved, allow_extra=self.allow_extra_metadata
        )


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
        response_rules=ResponseRules(dataset, settings.questions),
    )
