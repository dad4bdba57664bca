"""Which parts of records come along: ``include=responses&include=vectors:prompt``."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session

from diptych.api.record_json import View
from diptych.core.errors import InvalidError
from diptych.datasets.queries import list_settings
from diptych.models import Dataset, MetadataProperty, Role, User, VectorSettings

Include = Annotated[
    list[str],
    Query(description="`responses`, `suggestions`, `vectors`, or `vectors:` and names with commas."),
]
_VECTORS = "vectors"


def to_view(session: Session, dataset: Dataset, include: Sequence[str]) -> View:
    """Return what ``include`` asks for, or raise ``InvalidError`` for what there is not."""
    vectors = None
    for word in set(include) - {"responses", "suggestions"}:
        kind, colon, names = word.partition(":")
        if kind != _VECTORS:
            raise InvalidError(
                f"include: {word!r} is none of responses, suggestions, vectors.", field="include"
            )
        if vectors is not None:
            raise InvalidError("include: name vectors once, all of them or some.", field="include")
        declared = list_settings(session, dataset, VectorSettings)
        vectors = _named(declared, dict.fromkeys(names.split(","))) if colon else declared
    return View(responses="responses" in include, suggestions="suggestions" in include, vectors=vectors)


def view_of_all(session: Session, dataset: Dataset) -> View:
    """Return the view of everything that belongs to a record."""
    return View(responses=True, suggestions=True, vectors=list_settings(session, dataset, VectorSettings))


def view_for(session: Session, dataset: Dataset, caller: User, view: View, *, only_own: bool = False) -> View:
    """Return what of a view is the caller's to see; ``only_own`` leaves out others' responses for anybody.

    Annotators see their own responses only, and of the metadata the declared properties that are visible to
    them: what is not declared may say which model drew which picture. So may the agents of suggestions.
    """
    if caller.role != Role.ANNOTATOR:
        return replace(view, responses_of=caller.id if only_own else None)
    declared = list_settings(session, dataset, MetadataProperty)
    visible = frozenset(item.name for item in declared if item.visible_for_annotators)
    return replace(view, responses_of=caller.id, metadata_keys=visible, agents=False)


def _named(declared: Sequence[VectorSettings], names: Iterable[str]) -> list[VectorSettings]:
    by_name = {vector.name: vector for vector in declared}
    for name in names:
        if name not in by_name:
            known = ", ".join(by_name) or "none"
            raise InvalidError(f"include: there is no vector {name!r}; there is {known}.", field="include")
    return [by_name[name] for name in names]
