"""How the database finds the responses of an annotator who has answered a lot, in this dataset or another."""

import re

import pytest

from diptych.imports.batch import upsert_records
from diptych.imports.given import GivenRecord, GivenResponse
from diptych.models import ResponseStatus
from diptych.responses.service import save_response
from tests import factories
from tests.web.statements import plan_nodes, recorded

SIZE = 5_000
SUBMITTED = ResponseStatus.SUBMITTED


@pytest.fixture
def veteran(database):
    """An annotator with many responses in one dataset, which the statistics do not know."""
    factories.outdate_statistics(database)
    with database.transaction() as session:
        dataset, person = factories.dataset(session), factories.user(session)
        factories.records(session, dataset, SIZE)
        factories.responses(session, dataset, person)
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
    for statement, values in statements:
        query = re.sub(r"^\s*CREATE TEMPORARY TABLE .* AS\n", "", statement)
        if re.search(r"\bFROM responses\b|\bresponses r\b", query):
            found += [
                node.get("Index Cond", node["Node Type"])
                for node in plan_nodes(session.connection(), query, values)
                if node.get("Relation Name") == "responses" and "Scan" in node["Node Type"]
            ]
    return found
