import pytest
from sqlalchemy import text

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


@pytest.mark.parametrize("kind", ["json", "csv", "parquet", "argilla-json"])
def test_answers_are_looked_up_by_their_record_however_many_there_are(surprised, kind):
    with recorded() as statements:
        surprised.export(kind)
    copied = [
        statement for statement, _ in statements if "string_agg" in statement and "FROM records" in statement
    ]
    with surprised.database.engine.connect() as connection:
        plans = [
            "\n".join(connection.exec_driver_sql(f"EXPLAIN {copy.replace('%', '%%')}").scalars())
            for copy in copied
        ]
    assert plans
    assert all("using pk_responses" in plan for plan in plans), plans
