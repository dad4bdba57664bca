from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text

from diptych.models import Record, RecordBlock
from diptych.records import blocks
from tests import factories
from tests.web.statements import plan_nodes, recorded


@pytest.fixture
def dataset(session):
    noise = factories.dataset(session)
    factories.record(session, noise)
    return factories.dataset(session)


@pytest.fixture
def add(session, dataset):
    def add(count):
        since = blocks.next_moment(session, dataset)
        statement = text("""
            INSERT INTO records (dataset_id, id, fields, metadata, position, min_submitted, inserted_at)
            SELECT :dataset_id, gen_random_uuid(), '{}', '{}', 0, 1, :since + n * interval '1 microsecond'
            FROM generate_series(0, :count - 1) n
        """)
        session.execute(statement, {"dataset_id": dataset.id, "since": since, "count": count})
        blocks.append(session, dataset, since=since)

    return add


def ids(session, dataset):
    statement = select(Record.id).where(Record.dataset_id == dataset.id)
    return session.scalars(statement.order_by(Record.inserted_at, Record.id)).all()


@pytest.mark.parametrize("sizes", [[1], [999, 1, 1], [1_000, 1_000], [256] * 10, [3_500, 1, 700], [1, 2_500]])
def test_every_offset_is_found(session, dataset, add, sizes):
    for size in sizes:
        add(size)
    expected = ids(session, dataset)
    total = sum(sizes)
    for offset in {0, 1, 255, 999, 1_000, 1_001, 1_999, 2_000, total - 1, total, total + 5}:
        page = blocks.list_page(session, dataset, offset=offset, limit=7)
        assert page == (expected[offset : offset + 7], total)


def test_no_block_grows_so_large_that_a_page_walks_far(session, dataset, add):
    for _ in range(12):
        add(256)
    sizes = select(RecordBlock.records).where(RecordBlock.dataset_id == dataset.id)
    assert session.scalars(sizes.order_by(RecordBlock.starts_at)).all() == [500] * 6 + [72]


def test_offsets_are_right_after_records_were_taken_out(session, dataset, add):
    add(2_500)
    gone = ids(session, dataset)[900:1_200:2]
    blocks.take_out(session, dataset, gone)
    session.execute(delete(Record).where(Record.dataset_id == dataset.id, Record.id.in_(gone)))
    add(300)
    expected = ids(session, dataset)
    assert len(expected) == 2_650
    pages = [blocks.list_page(session, dataset, offset=offset, limit=53)[0] for offset in range(0, 2_650, 53)]
    assert [id_ for page in pages for id_ in page] == expected


def test_moments_only_go_forward(session, dataset):
    record = factories.record(session, dataset)
    ahead = record.inserted_at + timedelta(hours=1)
    factories.record(session, dataset, inserted_at=ahead)
    assert blocks.next_moment(session, dataset) == ahead + timedelta(microseconds=1)


def test_an_empty_dataset_has_an_empty_page(session):
    assert blocks.list_page(session, factories.dataset(session), offset=0, limit=10) == ([], 0)


def test_a_page_far_in_reads_no_more_than_a_block(session, dataset, add):
    add(4_000)
    session.execute(text("ANALYZE records"))
    with recorded() as statements:
        blocks.list_page(session, dataset, offset=3_900, limit=100)
    ((statement, values),) = statements
    nodes = plan_nodes(session.connection(), statement, values, options=", ANALYZE")
    read = [node for node in nodes if node.get("Relation Name") == "records"]
    assert [node["Index Name"] for node in read] == ["ix_records_dataset_id_inserted_at_id"]
    assert read[0]["Actual Rows"] <= 600
