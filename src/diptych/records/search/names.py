"""What the names in a search stand for; a name that the searcher does not see is as unknown as any other."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session

from diptych.core.errors import InvalidError
from diptych.core.storable import printable, shown
from diptych.datasets.queries import get_settings
from diptych.models import Dataset, Field, MetadataProperty, Question, Role, User, VectorSettings

_Setting = TypeVar("_Setting", Field, Question, MetadataProperty, VectorSettings)


@dataclass(frozen=True)
class Names:
    """The settings of a dataset by name, as ``searcher`` may use them.

    ``responses_of`` is whose responses are meant, everybody's if it is None.
    """

    dataset: Dataset
    fields: dict[str, Field]
    questions: dict[str, Question]
    properties: dict[str, MetadataProperty]
    vectors: dict[str, VectorSettings]
    responses_of: uuid.UUID | None
    may_see_agents: bool

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


def load_names(session: Session, dataset: Dataset, searcher: User, *, only_own: bool) -> Names:
    """Return the names of a dataset; ``only_own`` means the searcher's responses only."""
    settings = get_settings(session, dataset)
    is_blind = searcher.role == Role.ANNOTATOR
    return Names(
        dataset=dataset,
        fields={field.name: field for field in settings.fields},
        questions={question.name: question for question in settings.questions},
        properties={
            item.name: item
            for item in settings.metadata_properties
            if item.visible_for_annotators or not is_blind
        },
        vectors={vector.name: vector for vector in settings.vectors},
        responses_of=searcher.id if only_own else None,
        may_see_agents=not is_blind,
    )


def _get(known: Mapping[str, _Setting], name: str, kind: str) -> _Setting:
    if name not in known:
        names = ", ".join(known) or "none"
        raise InvalidError(f"There is no {kind} {shown(name)}; there is {names}.", name=printable(name))
    return known[name]
