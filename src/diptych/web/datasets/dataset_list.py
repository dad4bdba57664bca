"""The list of datasets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse

from diptych.core.edge import Router
from diptych.core.templating import Page
from diptych.datasets import queries
from diptych.models import Dataset, DatasetStatus, Role
from diptych.web.auth import Person
from diptych.web.deps import DbSession

router = Router()

# A name that works unchanged in an address: without /, ?, # or %, and not a dot segment.
_PLAIN_NAME = re.compile(r"\w[\w .~-]*")


@dataclass(frozen=True)
class Row:
    """A dataset in the list; ``reference`` is its name or id in addresses."""

    name: str
    reference: str
    workspace: str
    team: queries.TeamProgress
    submitted: int
    is_draft: bool


@dataclass(kw_only=True)
class DatasetList(Page):
    """The datasets of the logged-in user."""

    rows: Sequence[Row]
    is_admin: bool


@router.get("/")
def dataset_list(request: Request, session: DbSession, person: Person) -> HTMLResponse:
    """Show the datasets that the user may see."""
    found = queries.list_datasets(session, person)
    ids = [dataset.id for dataset, _ in found]
    names = [dataset.name for dataset, _ in found]
    team = queries.team_progress(session, ids)
    mine = queries.personal_progress(session, person, ids)
    rows = [
        Row(
            name=dataset.name,
            reference=_reference(dataset, names),
            workspace=workspace.name,
            team=team[dataset.id],
            submitted=mine[dataset.id].submitted if dataset.id in mine else 0,
            is_draft=dataset.status == DatasetStatus.DRAFT,
        )
        for dataset, workspace in found
    ]
    return DatasetList(rows=rows, is_admin=person.role != Role.ANNOTATOR).render(request)


def _reference(dataset: Dataset, names: Sequence[str]) -> str:
    """Return the reference of a dataset in addresses: its name, or its id if the name is ambiguous."""
    is_clear = names.count(dataset.name) == 1 and _PLAIN_NAME.fullmatch(dataset.name)
    return dataset.name if is_clear else str(dataset.id)
