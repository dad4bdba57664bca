"""Whatever others hold, and however long the database is silent: everybody gets a reply in time."""

import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select, text

from diptych.datasets.service import lock_records
from diptych.models import Record, Role
from tests import factories
from tests.chaos.annotators import answering, find_lost, hire, p99
from tests.chaos.imports import import_pairs
from tests.polling import wait_until

# How many replies are measured before anything happens, and while something is held.
SAMPLE = 500
# The deadlines of an answer, of any other request and of a probe, with what a busy machine adds.
ANSWER_WITHIN, REQUEST_WITHIN, PROBE_WITHIN = 6, 11, 5
# What a busy machine may make of a few milliseconds; what waits for others takes seconds.
MOMENT = 0.5
PEOPLE, RECORDS, ROWS = 10, 300, 20_000
SEED = 20_261


def go_on(journal, annotators, *, since):
    """Wait until every annotator has an answer acknowledged that was sent after a moment."""
    everybody = {one.user_id for one in annotators}

    def gone_on():
        replies = journal.of(annotators, begins=since)
        return {one.annotator.user_id for one in replies if one.status == 200 and one.began > since}

    wait_until(lambda: gone_on() == everybody, "everybody to go on", seconds=20)


def measure(journal, annotators, *, since=0.0):
    """Wait until annotators have had enough replies to compare, since a moment."""
    wait_until(lambda: len(journal.of(annotators, begins=since)) >= SAMPLE, "enough replies", seconds=60)


def turn_away(journal, annotators, *, since):
    """Wait until each annotator has been told to come back, after a moment."""
    everybody = {one.user_id for one in annotators}

    def told():
        replies = journal.of(annotators, begins=since)
        return {one.annotator.user_id for one in replies if one.status == 503}

    wait_until(lambda: told() == everybody, "everybody to be told", seconds=2 * ANSWER_WITHIN)


def assert_undisturbed(journal, annotators, begins, ends):
    """See that annotators hardly notice what goes on between two moments."""
    quiet = journal.of(annotators, ends=begins)
    during = journal.of(annotators, begins=begins, ends=ends)
    assert {one.status for one in during} == {200}
    assert p99(during) <= max(3 * p99(quiet), MOMENT)


@pytest.mark.parametrize(
    "held",
    [
        "SELECT FROM records WHERE id = :record FOR UPDATE",
        "SELECT FROM annotator_progress WHERE user_id = ANY(:users) FOR UPDATE",
        "SELECT FROM users WHERE id = ANY(:users) FOR UPDATE",
    ],
    ids=["record", "progress", "people"],
)
def test_what_a_few_need_is_held_and_nobody_else_waits(database, server, dataset, held):
    people = hire(database, dataset, people=PEOPLE + 3, records=RECORDS)
    stuck = [replace(one, records=people[0].records[:1]) for one in people[:3]]
    others = people[3:]
    with answering(server, [*stuck, *others], seed=SEED) as journal:
        measure(journal, others)
        with database.transaction() as session:
            users = [one.user_id for one in stuck]
            session.execute(text(held), {"record": stuck[0].records[0], "users": users})
            begins = time.perf_counter()
            turn_away(journal, stuck, since=begins)
            measure(journal, others, since=begins)
        ends = time.perf_counter()
        go_on(journal, people, since=ends)
    told = [one for one in journal.of(stuck, begins=begins) if one.status != 200]
    assert {(one.status, one.retry_after) for one in told} == {(503, 1)}
    assert max(one.seconds for one in told) < ANSWER_WITHIN
    assert_undisturbed(journal, others, begins, ends)
    assert find_lost(database, journal) == set()


def test_a_frozen_database_is_told_in_time_and_nothing_is_lost(database, server, dataset, frozen):
    annotators = hire(database, dataset, people=PEOPLE, records=RECORDS)
    with answering(server, annotators, seed=SEED) as journal:
        measure(journal, annotators)
        with frozen():
            begins = time.perf_counter()
            turn_away(journal, annotators, since=begins)
            turn_away(journal, annotators, since=time.perf_counter())
        ends = time.perf_counter()
        go_on(journal, annotators, since=ends)
    during = journal.of(annotators, begins=begins, ends=ends)
    assert {one.status for one in during} <= {200, 503}
    assert {one.annotator.user_id for one in during if one.status == 503} == {
        one.user_id for one in annotators
    }
    assert min(one.retry_after for one in during if one.status == 503) > 0
    assert max(one.seconds for one in during) < ANSWER_WITHIN
    assert find_lost(database, journal) == set()


def test_every_request_to_a_frozen_database_ends_and_the_server_recovers(
    database, server, dataset, frozen, process
):
    annotator, *_ = hire(database, dataset, people=1, records=2)
    path = f"/datasets/{dataset.name}"
    answer = {"record": str(annotator.records[0]), "choice": "image_1"}
    with httpx.Client(base_url=server, cookies={"diptych_session": annotator.token}, timeout=60) as client:
        requests = [
            lambda: client.get(path),
            lambda: client.get("/"),
            lambda: client.get("/api/v1/me"),
            lambda: client.post(f"{path}/assignments"),
            lambda: client.post(f"{path}/responses", data=answer),
            lambda: client.post("/login", data={"username": "ada", "password": "correct horse"}),
            lambda: client.post(
                f"/api/v1/records/{annotator.records[0]}/responses", json={"status": "discarded"}
            ),
        ]
        # Many more at once than the server has threads.
        with ThreadPoolExecutor(80) as threads, frozen():
            replies = [threads.submit(request) for request in requests for _ in range(11)]
            # Those that come first have been refused, and the others wait for what they had.
            wait(replies, REQUEST_WITHIN, FIRST_COMPLETED)
            probed = client.get("/readyz")
            assert (probed.status_code, probed.elapsed.total_seconds() < PROBE_WITHIN) == (503, True)
            assert client.get("/healthz").elapsed.total_seconds() < MOMENT
            for reply in [one.result() for one in replies]:
                assert reply.status_code == 503, reply.url
                assert int(reply.headers["Retry-After"]) > 0
                assert reply.elapsed.total_seconds() < REQUEST_WITHIN, reply.url
        process.wait()
        assert client.get("/api/v1/me").status_code == 200


def test_who_waits_for_a_held_record_by_any_way_gets_a_reply_in_time(database, server, dataset):
    annotator, *_ = hire(database, dataset, people=1, records=1)
    (record,) = annotator.records
    answer = {"record": str(record), "choice": "image_1"}
    with (
        httpx.Client(base_url=server, cookies={"diptych_session": annotator.token}, timeout=60) as client,
        database.transaction() as session,
        ThreadPoolExecutor(4) as threads,
    ):
        session.execute(select(Record.id).where(Record.id == record).with_for_update())
        requests = [
            lambda: client.post(f"/datasets/{dataset.name}/responses", data=answer),
            lambda: client.post(f"/api/v1/records/{record}/responses", json={"status": "discarded"}),
        ]
        for reply in [one.result() for one in [threads.submit(request) for request in requests]]:
            assert reply.status_code == 503, reply.text
            assert int(reply.headers["Retry-After"]) > 0
            assert reply.elapsed.total_seconds() < REQUEST_WITHIN


def test_a_batch_of_records_that_waits_for_an_import_is_told_to_come_back(database, server, dataset):
    with database.transaction() as session:
        cookies = factories.cookies(session, factories.user(session, role=Role.OWNER))
    batch = {"items": [{"external_id": "1", "fields": factories.images("a cat")}]}
    path = f"/api/v1/datasets/{dataset.id}/records/bulk"
    with httpx.Client(base_url=server, cookies=cookies, timeout=60) as client:
        with database.transaction() as session:
            lock_records(session, dataset)
            told = client.put(path, json=batch)
        assert told.status_code == 503
        assert int(told.headers["Retry-After"]) > 0
        assert "import" in told.json()["detail"]["message"]
        assert told.elapsed.total_seconds() < REQUEST_WITHIN
        assert client.put(path, json=batch).status_code == 200


@pytest.fixture
def far(database, other_dataset, data_dir):
    """Another dataset with many records, and people who answer those."""
    import_pairs(database, other_dataset, data_dir, "before", ROWS)
    with database.reading() as session:
        ids = session.scalars(select(Record.id).where(Record.dataset_id == other_dataset.id).limit(600)).all()
    people = hire(database, other_dataset, people=3, records=1)
    return [replace(one, records=ids[number::3]) for number, one in enumerate(people)]


def test_an_import_into_a_dataset_holds_up_nobody_at_another(
    database, server, dataset, other_dataset, far, data_dir
):
    near = hire(database, dataset, people=PEOPLE, records=RECORDS)
    with answering(server, [*near, *far], seed=SEED) as journal:
        measure(journal, near)
        begins = time.perf_counter()
        import_pairs(database, other_dataset, data_dir, "after", ROWS)
        ends = time.perf_counter()
        go_on(journal, [*near, *far], since=ends)
    assert_undisturbed(journal, near, begins, ends)
    assert {one.status for one in journal.of(far)} <= {200, 503}
    assert max(one.seconds for one in journal.of(far)) < ANSWER_WITHIN
    assert find_lost(database, journal) == set()


def test_the_deletion_of_a_dataset_holds_up_nobody_at_another(database, server, dataset, other_dataset, far):
    near = hire(database, dataset, people=PEOPLE, records=RECORDS)
    with database.transaction() as session:
        cookies = factories.cookies(session, factories.user(session, role=Role.OWNER))
    with answering(server, [*near, *far], seed=SEED) as journal:
        measure(journal, near)
        begins = time.perf_counter()
        path = f"{server}/api/v1/datasets/{other_dataset.id}"
        assert httpx.delete(path, cookies=cookies, timeout=60).status_code == 200
        ends = time.perf_counter()
        go_on(journal, near, since=ends)
    assert_undisturbed(journal, near, begins, ends)
    assert {one.status for one in journal.of(far)} <= {200, 404, 503}
    gone = {(record, one.user_id) for one in far for record in one.records}
    assert find_lost(database, journal) <= gone
