"""Progress in a dataset: of the team, of each annotator, and of the caller."""

from pydantic import BaseModel

from diptych.api.auth import Caller, DbSession
from diptych.api.paths import SeenDataset
from diptych.core.edge import Router
from diptych.datasets.queries import list_annotators, personal_progress, team_progress
from diptych.datasets.read_access import read_access
from diptych.models import RecordStatus, ResponseStatus
from diptych.responses.queries import count_by_person

router = Router(tags=["progress"])


class Person(BaseModel):
    """An annotator with answers."""

    username: str


class TeamProgress(BaseModel):
    """The number of records, completed and pending ones, and the annotators if the caller may see them."""

    total: int
    completed: int
    pending: int
    users: list[Person]


class Counts(BaseModel):
    """The number of responses by status."""

    submitted: int = 0
    discarded: int = 0
    draft: int = 0


class PersonProgress(BaseModel):
    """An annotator's responses to completed and to pending records."""

    username: str
    completed: Counts
    pending: Counts


class PeopleProgress(BaseModel):
    """The annotators with answers, by name; only the caller if they may not see others."""

    users: list[PersonProgress]


class OwnCounts(Counts):
    """The caller's responses, and the number of records that they have not answered."""

    total: int
    pending: int


class Metrics(BaseModel):
    """The caller's counts."""

    responses: OwnCounts


@router.get("/datasets/{dataset_id}/progress")
def get_progress(session: DbSession, caller: Caller, dataset: SeenDataset) -> TeamProgress:
    """Return the progress of the team; annotators do not see who is in it."""
    team = team_progress(session, [dataset.id])[dataset.id]
    annotators = list_annotators(session, dataset) if read_access(caller).colleagues else ()
    people = [
        Person(username=user.username)
        for user, own in annotators
        if own.submitted or own.draft or own.discarded
    ]
    pending = team.records - team.completed
    return TeamProgress(total=team.records, completed=team.completed, pending=pending, users=people)


@router.get("/datasets/{dataset_id}/users/progress")
def get_people_progress(session: DbSession, caller: Caller, dataset: SeenDataset) -> PeopleProgress:
    """Return the progress of each annotator; annotators see only their own."""
    of = read_access(caller).responses_of
    found: dict[str, dict[RecordStatus, dict[ResponseStatus, int]]] = {}
    for username, of_record, of_response, count in count_by_person(session, dataset, of=of):
        found.setdefault(username, {}).setdefault(of_record, {})[of_response] = count
    people = [
        PersonProgress(
            username=username,
            completed=_counts(counts.get(RecordStatus.COMPLETED, {})),
            pending=_counts(counts.get(RecordStatus.PENDING, {})),
        )
        for username, counts in sorted(found.items())
    ]
    return PeopleProgress(users=people)


@router.get("/me/datasets/{dataset_id}/metrics")
def get_own_metrics(session: DbSession, dataset: SeenDataset, caller: Caller) -> Metrics:
    """Return the caller's progress; pending records include those that others completed."""
    total = team_progress(session, [dataset.id])[dataset.id].records
    own = personal_progress(session, caller, [dataset.id]).get(dataset.id)
    counts = {status.value: getattr(own, status.value, 0) for status in ResponseStatus}
    pending = max(0, total - sum(counts.values()))
    return Metrics(responses=OwnCounts(total=total, pending=pending, **counts))


def _counts(by_status: dict[ResponseStatus, int]) -> Counts:
    return Counts(**{status.value: count for status, count in by_status.items()})
