import re

import pytest
from sqlalchemy import text

from diptych.exports.contents import ExportContent
from diptych.exports.formats import list_formats
from diptych.models import Response
from tests import factories
from tests.exports.conftest import add_records
from tests.web.statements import recorded


@pytest.fixture
def surprised(campaign):
    """A dataset with answers that has come since the database last counted; until then, all were small."""
    with campaign.database.transaction() as session:
        for _ in range(50):
            dataset, user = factories.dataset(session), factories.user(session)
            record = factories.record(session, dataset)
            answer = {"values": {}, "status": "submitted"}
            session.add(Response(dataset_id=dataset.id, record_id=record.id, user_id=user.id, **answer))
    with campaign.database.alone() as connection:
        connection.execute(text("ANALYZE"))
    add_records(campaign, 2_100)
    return campaign


def plan_of(campaign, kind, content):
    """Return the plan of the one statement that reads the rows of an export."""
    with recorded() as statements:
        campaign.export(kind, content=content)
    (copied,) = [
        statement
        for statement, _ in statements
        if "ORDER BY records.inserted_at" in statement and not re.search(r"LIMIT [%\d]", statement)
    ]
    with campaign.database.engine.begin() as connection:
        for way in ("enable_seqscan", "enable_bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL {way} = off")
        return "\n".join(connection.exec_driver_sql(f"EXPLAIN {copied.replace('%', '%%')}").scalars())


@pytest.mark.parametrize(
    ("content", "kind"), [(content, kind) for content in ExportContent for kind in list_formats(content)]
)
def test_answers_are_looked_up_by_their_record_however_many_there_are(surprised, content, kind):
    plan = plan_of(surprised, kind, content)
    assert "using pk_responses" in plan, plan
    assert "using ix_records_dataset_id_inserted_at_id" in plan, plan
    # What is sorted are the responses of one record after another, never all of them before the first.
    sorted_rows = re.findall(r"(?<!Incremental )Sort  \(.* rows=(\d+)", plan)
    assert all(int(rows) < 10 for rows in sorted_rows), plan
