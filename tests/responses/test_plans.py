"""How the database finds the responses of an annotator who has answered a lot, in this dataset or another."""

import re

import pytest
from sqlalchemy import text

from diptych.core.db import raw
from diptych.imports.batch import upsert_records
from diptych.imports.given import GivenRecord, GivenResponse
from diptych.models import AnnotatorProgress, Response, ResponseStatus
from diptych.responses.service import save_response
from tests import factories
from tests.web.statements import recorded

SIZE = 5_000
SUBMITTED = ResponseStatus.SUBMITTED
_FILL = text("""
WITH records AS (
    INSERT INTO records (dataset_id, id, external_id, fields, metadata, position, min_submitted)
    SELECT :dataset_id, gen_random_uuid(), n, '{}', '{}', n, 1 FROM generate_series(1, :size) n
    RETURNING dataset_id, id
)
INSERT INTO responses (dataset_id, record_id, user_id, id, "values", status)
SELECT dataset_id, id, :user_id, gen_random_uuid(), '{}', 'submitted' FROM records
""")


@pytest.fixture
def veteran(database):
    """An annotator with many responses in one dataset, given after the database last counted the tables."""
    with database.transaction() as session:
        for _ in range(50):
            dataset, user = factories.dataset(session), factories.user(session)
            record = factories.record(session, dataset)
            answer = {"values": {}, "status": "submitted"}
            session.add(Response(dataset_id=dataset.id, record_id=record.id, user_id=user.id, **answer))
    with database.alone() as connection:
        connection.execute(text("ANALYZE"))
    with database.transaction() as session:
        dataset, person = factories.dataset(session), factories.user(session)
        session.execute(_FILL, {"dataset_id": dataset.id, "user_id": person.id, "size": SIZE})
        session.add(AnnotatorProgress(dataset_id=dataset.id, user_id=person.id, submitted=SIZE))
    return person, dataset


def test_saving_an_answer_reads_the_responses_of_its_record_only(database, veteran):
    person, dataset = veteran
    with database.transaction() as session:
        record = factories.record(session, dataset)
        with recorded() as statements:
            values = {"preference": {"value": "image_1"}}
            save_response(session, dataset, record.id, person, values=values, status=SUBMITTED)
        scans = response_scans(session, statements)
    assert scans
    assert all("record_id =" in scan for scan in scans), scans


def test_importing_answers_reads_the_responses_of_their_records_only(database, veteran):
    person, _ = veteran
    with database.transaction() as session:
        dataset = factories.dataset(session)
        answer = GivenResponse(
            user_id=person.id, status=SUBMITTED, values={"preference": {"value": "image_1"}}
        )
        given = [
            GivenRecord(fields=factories.images(f"a cat, number {n}"), external_id=str(n), responses=[answer])
            for n in range(300)
        ]
        with recorded() as statements:
            upsert_records(session, dataset, given, actor=person)
        scans = response_scans(session, statements)
    assert scans
    assert all("record_id =" in scan for scan in scans), scans


def response_scans(session, statements):
    """Return the conditions with which the statements look into the index of ``responses``."""
    found = []
    with raw(session.connection()).cursor() as cursor:
        for statement, values in statements:
            query = re.sub(r"^\s*CREATE TEMPORARY TABLE .* AS\n", "", statement)
            if re.search(r"\bFROM responses\b|\bresponses r\b", query):
                cursor.execute(f"EXPLAIN (FORMAT JSON) {query}", values)
                found += [
                    node.get("Index Cond", node["Node Type"])
                    for node in nodes(cursor.fetchone()[0][0]["Plan"])
                    if node.get("Relation Name") == "responses" and "Scan" in node["Node Type"]
                ]
    return found


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)
