"""How the database finds what a claim gives, however much a person has answered."""

import itertools
import re

import pytest

from diptych.assignments.service import claim
from diptych.core.db import raw
from tests import factories
from tests.web.statements import recorded

SIZE = 5_000


@pytest.fixture
def veteran(database):
    """An annotator who has answered all records but one, which the statistics do not know."""
    factories.outdate_statistics(database)
    with database.transaction() as session:
        person, dataset = factories.user(session), factories.dataset(session, min_submitted=2)
        factories.records(session, dataset, SIZE)
        factories.responses(session, dataset, person)
        factories.record(session, dataset)
    return person, dataset


@pytest.fixture
def plan(database, veteran):
    """How the database looks for records that a person may have."""
    person, dataset = veteran
    with database.transaction() as session, recorded() as statements:
        claim(session, dataset, person, limit=8, lease_seconds=60)
        session.rollback()
    return explain(database, *next(one for one in statements if "NOT EXISTS" in one[0]))


def scans(plan, table):
    """Return the lines of the scans of a table, each with the conditions below it."""
    found = [
        f"{line} {below}"
        for line, below in itertools.pairwise(plan)
        if "Scan" in line and re.search(rf" on {table}\b", line)
    ]
    assert found, plan
    return found


def test_answers_are_looked_up_by_their_record(plan):
    assert all("using pk_responses" in scan for scan in scans(plan, "responses")), plan
    assert all("(record_id = r.id)" in scan for scan in scans(plan, "responses")), plan


def test_records_are_read_in_the_index_of_those_that_are_open(plan):
    seen, picked, _counted = scans(plan, "records")
    assert "using ix_records_open" in seen
    assert "using ix_records_open" in picked


def explain(database, statement, values):
    """Return the plan of a statement for these values, which EXPLAIN knows."""
    with database.engine.connect() as connection, raw(connection).cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}", values)
        return [line for (line,) in cursor]
