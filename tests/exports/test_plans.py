import pytest

from tests import factories
from tests.exports.conftest import add_records
from tests.web.statements import recorded


@pytest.fixture
def surprised(campaign):
    """A dataset with many answers, which the statistics do not know."""
    factories.outdate_statistics(campaign.database)
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
