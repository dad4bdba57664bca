"""Exports over HTTP, from a real server."""

import socket
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from diptych.models import Role
from diptych.users.service import rotate_api_key
from tests import factories
from tests.browser.processes import serving
from tests.conftest import emptied
from tests.polling import wait_until

RECORDS = 20_000
TIMEOUT_S = 5


@pytest.fixture(scope="module")
def campaign(migrated_database, tmp_path_factory):
    """A server, and a dataset of some 40 MB that compression cannot make small, with the key of its owner."""
    database = migrated_database
    with emptied(database):
        with database.transaction() as session:
            key = rotate_api_key(session, factories.user(session, "olga", role=Role.OWNER))
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
        address = database.url.render_as_string(hide_password=False)
        with serving(address, tmp_path_factory.mktemp("data")) as server:
            yield database, server.address, key


@pytest.mark.parametrize("kind", ["json", "csv", "parquet"])
def test_a_client_that_goes_away_frees_its_connection(campaign, kind):
    database, address, key = campaign
    client = begin(address, key, f"/api/v1/datasets/cats/export?format={kind}")
    assert client.recv(12) == b"HTTP/1.1 200"
    received = 0
    while received < 1_000_000:
        received += len(client.recv(65_536))
    assert exporting(database) == 1
    client.close()
    wait_until(lambda: exporting(database) == 0, "the snapshot to end", seconds=TIMEOUT_S)


def begin(address, key, path):
    """Ask for a page, and return the connection with the answer still in it."""
    client = socket.create_connection((urlsplit(address).hostname, urlsplit(address).port), timeout=TIMEOUT_S)
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\nX-Argilla-Api-Key: {key}\r\n\r\n".encode())
    return client


def exporting(database):
    """Return how many connections hold a snapshot for an export."""
    with database.engine.connect() as connection:
        return connection.scalar(
            text("""
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
            """)
        )
