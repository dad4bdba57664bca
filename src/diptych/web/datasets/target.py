"""What an admin's form is about, for routes whose body is long."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from diptych.datasets.queries import get_visible_dataset
from diptych.models import Dataset, User
from diptych.web.auth import find_person, get_admin, get_person
from diptych.web.deps import AppDatabase


@dataclass(frozen=True)
class Target:
    """An admin, and a dataset that they may change."""

    person: User
    dataset: Dataset


def get_target(request: Request, database: AppDatabase, reference: str) -> Target:
    """Return the user and the dataset, in a transaction that ends before the body is read.

    Reading the body may take minutes, too long to hold a connection. Users who may not import are refused
    before they send a body.
    """
    with database.transaction() as session:
        person = get_admin(get_person(find_person(request, session)))
        return Target(person, get_visible_dataset(session, person, reference))


AdminTarget = Annotated[Target, Depends(get_target, scope="function")]
