"""Which parts of records a reply includes: ``include=responses&include=vectors:prompt``."""

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session

from diptych.api.records.json import View
from diptych.core.errors import InvalidError
from diptych.datasets.cache import get_cached_settings
from diptych.datasets.queries import list_settings
from diptych.datasets.read_access import ReadAccess, read_access
from diptych.models import Dataset, User, VectorSettings

Include = Annotated[
    list[str],
    Query(description="`responses`, `suggestions`, `vectors`, or `vectors:` and names with commas."),
]
_VECTORS = "vectors"


def to_view(
    session: Session, dataset: Dataset, caller: User, include: Sequence[str], *, only_own: bool = False
) -> View:
    """Return the parts that ``include`` requests, limited to what the caller may see.

    ``only_own`` excludes others' responses for any caller. Raises ``InvalidError`` for unknown parts.
    """
    vectors = None
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
    access = read_access(caller)
    return View(
        responses="responses" in include,
        suggestions="suggestions" in include,
        vectors=vectors,
        responses_of=caller.id if only_own else access.responses_of,
        metadata_keys=_metadata_keys(session, dataset, access),
        external_ids=access.external_ids,
        suggestion_sources=access.suggestion_sources,
    )


def view_of_all(session: Session, dataset: Dataset, caller: User) -> View:
    """Return the view of all parts of a record that the caller may see."""
    return to_view(session, dataset, caller, ("responses", "suggestions", _VECTORS))


def _metadata_keys(session: Session, dataset: Dataset, access: ReadAccess) -> Collection[str] | None:
    if access.all_metadata:
        return None
    declared = get_cached_settings(session, dataset).metadata_properties
    return frozenset(item.name for item in access.properties(declared))


def _named(declared: Sequence[VectorSettings], names: Iterable[str]) -> list[VectorSettings]:
    by_name = {vector.name: vector for vector in declared}
    for name in names:
        if name not in by_name:
            known = ", ".join(by_name) or "none"
            raise InvalidError(
                f"include: there is no vector {name!r}; the dataset has {known}.", field="include"
            )
    return [by_name[name] for name in names]
