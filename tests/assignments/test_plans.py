"""How the database finds what a claim gives, however much a person has answered."""

import itertools
import re

import pytest
from sqlalchemy import text

from diptych.assignments.service import claim
from diptych.core.db import raw
from diptych.models import AnnotatorProgress, Response
from tests import factories
from tests.web.statements import recorded

SIZE = 5_000
_FILL = text("""
INSERT INTO records (dataset_id, id, external_id, fields, metadata, position, min_submitted)
SELECT :dataset_id, gen_random_uuid(), n, '{}', '{}', n, 2 FROM generate_series(1, :size) n
""")
_ANSWER = text("""
INSERT INTO responses (dataset_id, record_id, user_id, id, "values", status)
SELECT dataset_id, id, :user_id, gen_random_uuid(), '{}', 'submitted' FROM records
WHERE dataset_id = :dataset_id
""")


@pytest.fixture
def veteran(database):
    """Somebody who has answered a lot since the database last counted: all datasets were small then."""
    with database.transaction() as session:
        for _ in range(50):
            dataset, user = factories.dataset(session), factories.user(session)
            record = factories.record(session, dataset)
            session.add(
                Response(
                    dataset_id=dataset.id, record_id=record.id, user_id=user.id, values={}, status="submitted"
                )
            )
    with database.alone() as connection:
        connection.execute(text("ANALYZE"))
    with database.transaction() as session:
        person, dataset = factories.user(session), factories.dataset(session)
        session.execute(_FILL, {"dataset_id": dataset.id, "size": SIZE})
        factories.datasets.add_to_totals(session, dataset.id, records=SIZE)
        session.execute(_ANSWER, {"dataset_id": dataset.id, "user_id": person.id})
        session.add(AnnotatorProgress(dataset_id=dataset.id, user_id=person.id, submitted=SIZE - 1))
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
