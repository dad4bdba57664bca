"""Two servers and one database: whatever one of them knows, the other one knows."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from sqlalchemy import select

from diptych.models import Response, Role
from diptych.users.authentication import MAX_WAIT
from diptych.users.login_limits import OWN
from tests import factories
from tests.browser.processes import WITH_WORKER, serving
from tests.polling import wait_until
from tests.users.logins import pass_time

PASSWORD = "correct horse"
PAIRS = "id,prompt,image_1,image_2\n1,a cat,https://a.example/1.webp,https://a.example/2.webp\n"


@pytest.fixture(scope="module")
def addresses(migrated_database, tmp_path_factory):
    """Two servers with a data directory that they share, as two hosts would."""
    url = migrated_database.url.render_as_string(hide_password=False)
    folder = tmp_path_factory.mktemp("data")
    with serving(url, folder, WITH_WORKER) as here, serving(url, folder) as there:
        yield here.address, there.address


@pytest.fixture
def visit(addresses, database):
    """Return a person's clients at both servers, with the session of one login: ``visit("ada")``."""
    with ExitStack() as clients:

        def visit(username, role=Role.ANNOTATOR):
            with database.transaction() as session:
                person = factories.user(session, username, role=role)
                cookies = factories.cookies(session, person)
            both = [httpx.Client(base_url=address, cookies=cookies, timeout=30) for address in addresses]
            return [clients.enter_context(client) for client in both]

        yield visit


def add_dataset(database, *, records, min_submitted=1):
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats", min_submitted=min_submitted)
        for _ in range(records):
            factories.record(session, dataset)
    return dataset


def claim(client):
    """Return the records that somebody is given, and how many are completed."""
    reply = client.post("/datasets/cats/cards", json={"limit": 3})
    assert reply.status_code == 200, reply.text
    return [card["record"] for card in reply.json()["cards"]], reply.json()["completed"]


def submit(client, record):
    item = {"record_id": record, "values": {"preference": {"value": "image_1"}}, "status": "submitted"}
    reply = client.post("/api/v1/me/responses/bulk", json={"items": [item]})
    assert reply.status_code == 200, reply.text
    assert reply.json()["items"][0]["error"] is None


def log_in(address, username, password):
    return httpx.post(f"{address}/login", data={"username": username, "password": password}, timeout=60)


def test_who_logs_in_at_one_server_is_known_at_the_other_until_they_log_out(addresses, database):
    here, there = addresses
    with database.transaction() as session:
        factories.user(session, "ada", password=PASSWORD)
    cookies = dict(log_in(here, "ada", PASSWORD).cookies)
    assert httpx.get(f"{there}/account", cookies=cookies, timeout=60).status_code == 200
    httpx.post(f"{there}/logout", cookies=cookies, timeout=60)
    assert httpx.get(f"{here}/account", cookies=cookies, timeout=60).headers["location"].startswith("/login")


def test_what_one_server_leases_the_other_gives_to_nobody_else(visit, database):
    add_dataset(database, records=1)
    ada_here, ada_there = visit("ada")
    _, ben_there = visit("ben")
    held, _ = claim(ada_here)
    assert len(held) == 1
    assert claim(ben_there) == ([], 0)
    assert claim(ada_there) == (held, 0)


def test_people_at_both_servers_give_no_record_an_answer_too_many(visit, database):
    dataset = add_dataset(database, records=30, min_submitted=2)
    people = [visit(f"ada-{number}") for number in range(6)]

    def work(clients):
        for turn in range(1_000):
            records, completed = claim(clients[turn % 2])
            if completed == 30:
                return
            for record in records:
                submit(clients[(turn + 1) % 2], record)

    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(work, people))
    with database.transaction() as session:
        mine = select(Response.record_id).where(Response.dataset_id == dataset.id)
        answers = Counter(session.scalars(mine))
    assert list(answers.values()) == [2] * 30


def test_wrong_passwords_are_counted_together(addresses, database):
    with database.transaction() as session:
        factories.user(session, "ada", password=PASSWORD)
    for number in range(OWN.most):
        # Each when its time has come, until the next one has to wait longer than a server lets it.
        pass_time(database, seconds=OWN.wait(number).total_seconds())
        assert log_in(addresses[number % 2], "ada", "a guess").status_code == 401
    replies = [log_in(address, "ada", PASSWORD) for address in addresses]
    assert [reply.status_code for reply in replies] == [429, 429]
    assert all(MAX_WAIT < int(reply.headers["retry-after"]) <= OWN.longest for reply in replies)


def test_an_import_is_watched_and_confirmed_at_either_server(visit, database):
    add_dataset(database, records=0)
    here, there = visit("ada", Role.ADMIN)
    uploaded = here.post("/datasets/cats/imports", files={"file": ("pairs.csv", PAIRS)})
    page = uploaded.headers["location"]
    assert "1 new records" in watch(there, page)
    assert there.post(f"{page}/run").status_code == 303
    assert here.post(f"{page}/run").status_code == 409
    assert "Imported" in watch(here, page)


def watch(client, page, seconds=60):
    """Return what a page shows of an import once it has ended."""

    def at_last():
        reply = client.get(page)
        return reply.text if "data-refresh" not in reply.text else None

    return wait_until(at_last, "the end of the import", seconds=seconds)
