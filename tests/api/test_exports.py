"""Exports over HTTP, from a real server."""

import asyncio
import json
import socket
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from diptych.api import exports
from diptych.core.errors import UnavailableError
from diptych.models import Response, Role
from diptych.users.service import rotate_api_key
from tests import factories
from tests.browser.processes import SERVE, serving
from tests.conftest import emptied
from tests.polling import wait_until

RECORDS = 20_000
TIMEOUT_S = 5
BIG = "/api/v1/datasets/cats/export"


@pytest.fixture(scope="module")
def world(migrated_database):
    """A dataset of some 40 MB that compression cannot make small, and the keys of two owners."""
    database = migrated_database
    with emptied(database):
        with database.transaction() as session:
            keys = [
                rotate_api_key(session, factories.user(session, name, role=Role.OWNER))
                for name in ("olga", "otto")
            ]
            dataset = factories.dataset(session, "cats")
            session.execute(
                text("""
                INSERT INTO records (dataset_id, id, external_id, fields, metadata, position, min_submitted)
                SELECT :dataset, gen_random_uuid(), n,
                       json_build_object('images', json_build_object('prompt', noise)), '{}', n, 1
                FROM generate_series(1, :count) n, LATERAL (
                    SELECT string_agg(md5(n || ' ' || i), '') AS noise FROM generate_series(1, 60) i) prompt
                """),
                {"dataset": dataset.id, "count": RECORDS},
            )
        yield database, keys


@pytest.fixture(scope="module")
def server(world, tmp_path_factory):
    database, _ = world
    with serving(address_of(database), tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def campaign(world, server):
    """The database, the address of a server, and the key of an owner."""
    database, (key, _) = world
    return database, server.address, key


def address_of(database):
    return database.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("kind", ["json", "csv", "parquet"])
def test_a_client_that_goes_away_frees_its_connection(campaign, kind):
    database, address, key = campaign
    with begun(address, key, f"{BIG}?format={kind}") as client:
        assert client.recv(12) == b"HTTP/1.1 200"
        received = 0
        while received < 1_000_000:
            received += len(client.recv(65_536))
        assert exporting(database) == 1
    wait_for_the_end_of(database)


def test_a_download_is_of_records_unless_it_says_otherwise(campaign):
    _, address, key = campaign
    for query, name in (
        ("?format=json", "cats.json"),
        ("?content=records", "cats.json"),
        ("?content=responses&format=csv", "cats.responses.csv"),
    ):
        with begun(address, key, BIG + query) as client:
            head = client.recv(4_096)
            assert head.startswith(b"HTTP/1.1 200")
            assert f'filename="{name}"'.encode() in head


def test_a_combination_that_does_not_exist_is_refused(campaign):
    _, address, key = campaign
    status, _, body = fetched(address, key, f"{BIG}?content=responses&format=argilla-json")
    assert status == 422
    assert "use json, jsonl, csv or parquet" in json.loads(body)["detail"]["message"]


def test_an_error_before_the_first_byte_is_an_ordinary_response(campaign):
    database, address, key = campaign
    with database.engine.begin() as connection:
        # The settings of a dataset, which only the export reads.
        connection.execute(text("LOCK TABLE vectors_settings IN ACCESS EXCLUSIVE MODE"))
        status, head, body = fetched(address, key, BIG)
    assert status == 503
    assert b"retry-after:" in head.lower()
    assert json.loads(body)["detail"]["code"]


def test_an_error_after_the_first_byte_breaks_the_transfer(campaign):
    database, address, key = campaign
    with database.transaction() as session:
        dataset = factories.dataset(session, "broken")
        record = factories.record(session, dataset)
        owner = factories.user(session)
        answer = {"values": {"preference": {"value": 5}}, "status": "submitted"}
        session.add(Response(dataset_id=dataset.id, record_id=record.id, user_id=owner.id, **answer))
    status, _, body = fetched(address, key, "/api/v1/datasets/broken/export?format=parquet")
    assert status == 200
    assert b"PAR1" in body
    assert not body.endswith(b"0\r\n\r\n")


def test_a_person_has_a_share_of_the_downloads_and_leaves_the_rest_to_others(world, server):
    database, (olga, otto) = world
    with stalled(server.address, olga), stalled(server.address, olga):
        status, head, body = fetched(server.address, olga, BIG)
        assert (status, b"retry-after: 10" in head.lower()) == (429, True)
        assert "Wait until one ends" in body.decode()
        with stalled(server.address, otto), stalled(server.address, otto):
            assert exporting(database) == 4
            with database.transaction() as session:
                third = rotate_api_key(session, factories.user(session, role=Role.OWNER))
            status, head, body = fetched(server.address, third, BIG)
            assert (status, b"retry-after: 10" in head.lower()) == (503, True)
            assert "Please try again soon" in body.decode()
            # Everything else goes on.
            for _ in range(20):
                assert fetched(server.address, third, "/api/v1/me/datasets")[0] == 200
    wait_for_the_end_of(database)
    with stalled(server.address, olga):
        pass


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_a_client_that_stops_reading_does_not_keep_the_server_from_ending(world, tmp_path, workers):
    database, (key, _) = world
    wait_for_the_end_of(database)
    with serving(address_of(database), tmp_path, (*SERVE, *workers)) as running:
        with stalled(running.address, key):
            assert exporting(database) == 1
            running.stop(within_s=10)
        wait_for_the_end_of(database)


def test_a_client_that_pauses_for_good_is_given_up(monkeypatch):
    monkeypatch.setattr(exports, "READER_TIMEOUT", 0.05)
    is_closed = False

    def pieces():
        nonlocal is_closed
        try:
            yield b"second"
        finally:
            is_closed = True

    async def wait(*_message):
        await asyncio.Event().wait()

    rest = pieces()
    first = next(rest)
    with pytest.raises(UnavailableError, match="stopped reading"):
        asyncio.run(exports.Download(first, rest)({"type": "http"}, wait, wait))
    assert is_closed


@contextmanager
def begun(address, key, path):
    """Ask for a page, and yield the connection with the answer still in it."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    with socket.create_connection((host, port), timeout=TIMEOUT_S) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\nX-Argilla-Api-Key: {key}\r\n\r\n".encode())
        yield client


@contextmanager
def stalled(address, key):
    """Begin a download, and read no more of it than that it begins."""
    with begun(address, key, BIG) as client:
        assert client.recv(12) == b"HTTP/1.1 200"
        yield


def fetched(address, key, path):
    """Return the status, the head and the body of a page, as they were sent."""
    with begun(address, key, path) as client:
        client.settimeout(2 * TIMEOUT_S)
        content = b""
        while b"\r\n\r\n" not in content:
            content += client.recv(65_536)
        head, _, body = content.partition(b"\r\n\r\n")
        length = [line for line in head.lower().splitlines() if line.startswith(b"content-length:")]
        while not length or len(body) < int(length[0].split()[1]):
            more = client.recv(65_536)
            if not more:
                break
            body += more
    return int(head.split()[1]), head, body


def wait_for_the_end_of(database):
    """Return once no download has a connection."""
    wait_until(lambda: exporting(database) == 0, "the snapshot to end", seconds=TIMEOUT_S)


def exporting(database):
    """Return how many connections hold a snapshot for an export."""
    with database.engine.connect() as connection:
        return connection.scalar(
            text("""
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
            """)
        )
