"""Resolves the names in a search; names that the searcher may not see are treated as unknown."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session

from diptych.core.errors import InvalidError
from diptych.core.storable import printable, shown
from diptych.datasets.queries import get_settings
from diptych.datasets.read_access import read_access
from diptych.models import Dataset, Field, MetadataProperty, Question, User, VectorSettings

# The properties of records and suggestions that can be searched; sources are for admins only.
_RECORD_PROPERTIES = ("id", "status", "inserted_at", "updated_at")
_SOURCES = ("score", "agent", "type")

_Setting = TypeVar("_Setting", Field, Question, MetadataProperty, VectorSettings)


@dataclass(frozen=True)
class Names:
    """The settings of a dataset by name, as far as the searcher may use them.

    ``responses_of`` is the user whose responses are searched; None means all users.
    """

    dataset: Dataset
    fields: dict[str, Field]
    questions: dict[str, Question]
    properties: dict[str, MetadataProperty]
    vectors: dict[str, VectorSettings]
    record_properties: Collection[str]
    suggestion_properties: Collection[str]
    responses_of: uuid.UUID | None

    def question(self, name: str) -> Question:
        """Return the question of a name, or raise ``InvalidError``."""
        return _get(self.questions, name, "question")

    def property(self, name: str) -> MetadataProperty:
        """Return the metadata property of a name, or raise ``InvalidError``."""
        return _get(self.properties, name, "metadata property")

    def field(self, name: str) -> Field:
        """Return the field of a name, or raise ``InvalidError``."""
        return _get(self.fields, name, "field")

    def vector(self, name: str) -> VectorSettings:
        """Return the vector of a name, or raise ``InvalidError``."""
        return _get(self.vectors, name, "vector")

    def record_property(self, name: str) -> str:
        """Return the name of a property of records, or raise ``InvalidError``."""
        return _check(self.record_properties, name, "record property")

    def suggestion_property(self, name: str) -> str:
        """Return the name of a property of suggestions, or raise ``InvalidError``."""
        return _check(self.suggestion_properties, name, "suggestion property")


def load_names(session: Session, dataset: Dataset, searcher: User, *, only_own: bool) -> Names:
    """Return the names of a dataset; ``only_own`` limits the search to the searcher's responses."""
    settings = get_settings(session, dataset)
    access = read_access(searcher)
    return Names(
        dataset=dataset,
        fields={field.name: field for field in settings.fields},
        questions={question.name: question for question in settings.questions},
        properties={item.name: item for item in access.properties(settings.metadata_properties)},
        vectors={vector.name: vector for vector in settings.vectors},
        record_properties=(*_RECORD_PROPERTIES, *(("external_id",) if access.external_ids else ())),
        suggestion_properties=("value", *(_SOURCES if access.suggestion_sources else ())),
        responses_of=searcher.id if only_own else access.responses_of,
    )


def _get(known: Mapping[str, _Setting], name: str, kind: str) -> _Setting:
    return known[_check(known, name, kind)]


def _check(known: Collection[str], name: str, kind: str) -> str:
    if name not in known:
        names = ", ".join(known) or "none"
        raise InvalidError(
            f"There is no {kind} {shown(name)}; the known names are: {names}.", name=printable(name)
        )
    return name
