"""How far a dataset is, for the team, for each person and for oneself."""

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
    """Somebody who answered."""

    username: str


class TeamProgress(BaseModel):
    """Records in all, with and without the answers they need, and who answered, for those who may know."""

    total: int
    completed: int
    pending: int
    users: list[Person]


class Counts(BaseModel):
    """Responses of each status."""

    submitted: int = 0
    discarded: int = 0
    draft: int = 0


class PersonProgress(BaseModel):
    """A person's responses to completed records, and to those that wait for more."""

    username: str
    completed: Counts
    pending: Counts


class PeopleProgress(BaseModel):
    """Those who answered, by name: everybody, or the caller alone, if that is what they may know."""

    users: list[PersonProgress]


class OwnCounts(Counts):
    """One's own responses, and how many records one has not answered."""

    total: int
    pending: int


class Metrics(BaseModel):
    """One's own counts."""

    responses: OwnCounts


@router.get("/datasets/{dataset_id}/progress")
def get_progress(session: DbSession, caller: Caller, dataset: SeenDataset) -> TeamProgress:
    """Say how far the team is; annotators are not told who is in it."""
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
    """Say what each person has done; annotators are told of themselves."""
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
    """Say how far one is oneself; pending records include those that others completed."""
    total = team_progress(session, [dataset.id])[dataset.id].records
    own = personal_progress(session, caller, [dataset.id]).get(dataset.id)
    counts = {status.value: getattr(own, status.value, 0) for status in ResponseStatus}
    pending = max(0, total - sum(counts.values()))
    return Metrics(responses=OwnCounts(total=total, pending=pending, **counts))


def _counts(by_status: dict[ResponseStatus, int]) -> Counts:
    return Counts(**{status.value: count for status, count in by_status.items()})
