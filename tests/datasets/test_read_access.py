"""Which datasets a caller sees: the query for one caller and the one for many decide alike."""

import itertools

import pytest

from diptych.core.statements import fetch, run
from diptych.datasets.read_access import principals_of, visible_to
from diptych.models import DatasetStatus, Role, Workspace
from diptych.users.service import rotate_api_key
from tests import factories


@pytest.fixture
def datasets(session):
    """A published dataset and a draft, in each of two workspaces: ``(workspace, status)`` by id."""
    session.add(Workspace(name="elsewhere"))
    session.flush()
    found = {}
    for workspace, status in itertools.product(("default", "elsewhere"), DatasetStatus):
        dataset = factories.dataset(session, workspace=workspace)
        dataset.status = status
        found[dataset.id] = (workspace, status.value)
    session.flush()
    return found


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.ANNOTATOR, {("default", "ready")}),
        (Role.ADMIN, {("default", "ready"), ("default", "draft")}),
        (Role.OWNER, set(itertools.product(("default", "elsewhere"), ("ready", "draft")))),
    ],
)
def test_a_caller_sees_the_same_datasets_alone_and_among_many(session, datasets, role, seen):
    noise = factories.user(session, role=Role.OWNER)
    caller = factories.user(session, role=role)
    key, _ = rotate_api_key(session, caller), rotate_api_key(session, noise)
    assert {datasets[dataset.id] for dataset in session.scalars(visible_to(caller))} == seen
    query = principals_of(tokens=(), api_keys=[key], dataset_ids=list(datasets))
    (principal,) = run(session, fetch(query)).values()
    assert principal.user_id == caller.id
    assert {datasets[id_] for id_ in principal.dataset_ids} == seen
