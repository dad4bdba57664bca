"""Which parts of records a caller gets: those that ``include`` names, as far as the caller may see them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from fastapi import Query
from sqlalchemy.orm import Session

from diptych.core.errors import InvalidError
from diptych.datasets.cache import get_cached_settings
from diptych.datasets.queries import list_settings
from diptych.datasets.read_access import ReadAccess, read_access
from diptych.models import Dataset, User, VectorSettings

Include = Annotated[
    Sequence[str],
    Query(description="`responses`, `suggestions`, `vectors`, or `vectors:` and names with commas."),
]
_VECTORS = "vectors"


class Parts(NamedTuple):
    """What the JSON of a record contains; each combination has its own statements.

    ``only_own`` excludes the responses of other users, ``only_some_metadata`` the keys that the caller may
    not see. Without ``external_ids``, the record's id replaces the external id; without
    ``suggestion_sources``, suggestions have only values.
    """

    responses: bool
    suggestions: bool
    vectors: bool
    only_own: bool
    only_some_metadata: bool
    external_ids: bool
    suggestion_sources: bool


@dataclass(frozen=True)
class View:
    """What a caller gets of a dataset's records: the parts, and the values for the statements of ``json``."""

    parts: Parts
    values: Mapping[str, Any]


def to_view(
    session: Session, dataset: Dataset, caller: User, include: Sequence[str], *, only_own: bool = False
) -> View:
    """Return the parts that ``include`` requests, limited to what the caller may see.

    ``only_own`` excludes others' responses for any caller. Raises ``InvalidError`` for unknown parts.
    """
    access = read_access(caller)
    responses_of = caller.id if only_own else access.responses_of
    vectors = _vectors(session, dataset, include)
    parts = Parts(
        responses="responses" in include,
        suggestions="suggestions" in include,
        vectors=vectors is not None,
        only_own=responses_of is not None,
        only_some_metadata=not access.all_metadata,
        external_ids=access.external_ids,
        suggestion_sources=access.suggestion_sources,
    )
    values = {
        "dataset_id": dataset.id,
        "responses_of": responses_of,
        "keys": _metadata_keys(session, dataset, access),
        "vector_ids": [vector.id for vector in vectors or ()],
    }
    return View(parts, values)


def view_of_all(session: Session, dataset: Dataset, caller: User) -> View:
    """Return the view of all parts of a record that the caller may see."""
    return to_view(session, dataset, caller, ("responses", "suggestions", _VECTORS))


def _vectors(session: Session, dataset: Dataset, include: Collection[str]) -> Sequence[VectorSettings] | None:
    """Return the vectors that ``include`` requests, or None if it requests none."""
    vectors: Sequence[VectorSettings] | None = None
    for word in set(include) - {"responses", "suggestions"}:
        kind, colon, names = word.partition(":")
        if kind != _VECTORS:
            raise InvalidError(
                f"include: {word!r} is not one of responses, suggestions, vectors.", field="include"
            )
        if vectors is not None:
            raise InvalidError("include: name vectors only once, all of them or some.", field="include")
        declared = list_settings(session, dataset, VectorSettings)
        vectors = _named(declared, dict.fromkeys(names.split(","))) if colon else declared
    return vectors


def _named(declared: Sequence[VectorSettings], names: Iterable[str]) -> list[VectorSettings]:
    by_name = {vector.name: vector for vector in declared}
    for name in names:
        if name not in by_name:
            known = ", ".join(by_name) or "none"
            raise InvalidError(
                f"include: there is no vector {name!r}; the dataset has {known}.", field="include"
            )
    return [by_name[name] for name in names]


def _metadata_keys(session: Session, dataset: Dataset, access: ReadAccess) -> list[str]:
    """Return the keys of metadata that the caller may see, if they may not see all."""
    if access.all_metadata:
        return []
    declared = get_cached_settings(session, dataset).metadata_properties
    return [item.name for item in access.properties(declared)]
