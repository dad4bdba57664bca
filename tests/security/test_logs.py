"""What goes wrong is in the log, with the id of its request and without anything secret."""

import http.client
import json
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from diptych.core import log
from diptych.core.db import Database
from diptych.core.group_commit import GroupCommit
from diptych.core.security import CONTENT_SECURITY_POLICY
from diptych.jobs.kinds import JobKind
from diptych.jobs.service import enqueue
from diptych.jobs.worker import Worker
from diptych.models import Lane
from diptych.worker import run_worker
from tests.browser.ports import free_port
from tests.polling import wait_until
from tests.security.raising import FAILURES, FORM, HEADERS, SECRETS, TOKEN, create_app

FORMATS = ("console", "json")


@pytest.fixture(autouse=True)
def root_logger():
    """The app configures the logging of the process; give it back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(capture=False)


@pytest.fixture(params=FORMATS)
def client(request, settings):
    settings.log_format = request.param
    app = create_app(settings)
    with TestClient(app, headers=HEADERS, follow_redirects=False, raise_server_exceptions=False) as client:
        client.app = app
        yield client


def assert_told(log, answer, last_line):
    """The log has the error and the id of the request that the caller was told, and no secret."""
    __tracebackhide__ = True
    for secret in SECRETS:
        assert secret not in log
    request_id = answer.headers["X-Request-Id"]
    told = log.replace('\\"', '"')
    assert last_line in told
    assert any(request_id in line and "error" in line for line in log.splitlines())


@pytest.mark.parametrize("failure", FAILURES)
def test_an_error_is_told_without_what_it_was_about(client, capsys, failure):
    capsys.readouterr()
    answer = client.post(f"/raise/{failure}", data=FORM)
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Request-Id"] in answer.text
    assert_told(capsys.readouterr().err, answer, FAILURES[failure])


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("path", ["/raise/handler", "/api/v1/me/responses/bulk"])
def test_an_error_in_any_layer_gets_our_own_answer(client, capsys, monkeypatch, number, path):
    async def fail(_self, scope, _receive, _send):
        headers = dict(scope["headers"])
        raise RuntimeError(f"this layer fails with {len(headers)} headers")

    layers = [layer.cls for layer in client.app.user_middleware]
    assert len(layers) == 6
    monkeypatch.setattr(layers[number], "__call__", fail)
    capsys.readouterr()
    answer = client.post(path, data=FORM)
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    if path.startswith("/api/"):
        assert answer.json()["detail"]["code"] == "error"
    else:
        assert answer.headers["X-Request-Id"] in answer.text
    assert_told(capsys.readouterr().err, answer, "RuntimeError: this layer fails with")


def test_an_error_of_the_error_page_itself_gets_a_bare_page(client, capsys, monkeypatch):
    monkeypatch.setattr("diptych.web.errors.Error.template", classmethod(lambda _page: "none.html"))
    answer = client.get("/nowhere")
    assert answer.status_code == 500
    assert answer.text.startswith("<!DOCTYPE html>")
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert_told(capsys.readouterr().err, answer, "jinja2.exceptions.TemplateNotFound: 'none.html' not found")


def test_an_error_of_the_writer_of_answers_is_told_without_the_answers(client, capsys):
    def work(sent, **_options):
        yield from ()
        raise LookupError(f"{len(sent)} of them")

    client.app.state.response_writer = GroupCommit(
        client.app.state.database, work, part_of=lambda _: None, caller_of=lambda _: None
    )
    item = {"record_id": str(uuid.uuid4()), "status": "submitted", "values": {"text": {"value": SECRETS[-1]}}}
    capsys.readouterr()
    answer = client.post("/api/v1/me/responses/bulk", json={"items": [item]})
    assert answer.status_code == 500
    assert_told(capsys.readouterr().err, answer, "LookupError: 1 of them")


@pytest.mark.parametrize("log_format", FORMATS)
def test_an_error_of_a_job_is_told_in_our_format(database, settings, capsys, log_format):
    settings.log_format = log_format
    log.configure(settings)

    def fail(run):
        secret = f"postgresql://nobody:{TOKEN}@127.0.0.1:1/none"
        Database(secret).engine.connect()

    failing = JobKind("fail", Lane.SHORT, fail)
    with database.transaction() as session:
        enqueue(session, failing, {"answer": SECRETS[-1]})
    Worker(database, settings, [failing]).run_waiting()
    told = capsys.readouterr().err
    assert told.count("job interrupted") == 3
    assert "connection failed" in told
    assert TOKEN not in told
    assert SECRETS[-1] not in told


@pytest.mark.parametrize("log_format", FORMATS)
def test_an_error_of_the_worker_is_told_in_our_format(settings, capfd, log_format):
    settings.log_format = log_format
    address = f"postgresql://nobody:{TOKEN}@127.0.0.1:1/none"
    settings = settings.model_copy(update={"database_url": address})
    process = multiprocessing.get_context("spawn").Process(target=run_worker, args=(settings,))
    process.start()
    told = []

    def has_failed():
        told.append(capfd.readouterr().err)
        return "the worker cannot reach the database" in "".join(told)

    wait_until(has_failed, "the worker to miss the database", seconds=60)
    process.terminate()
    process.join(60)
    told = "".join([*told, capfd.readouterr().err])
    assert "Process SpawnProcess" not in told
    assert TOKEN not in told


@pytest.mark.parametrize("log_format", FORMATS)
def test_what_libraries_log_is_told_as_our_own_is(settings, capsys, log_format):
    settings.log_format = log_format
    create_app(settings)
    capsys.readouterr()
    secret = SECRETS[0]
    for number, logger in enumerate(("uvicorn.error", "sqlalchemy.pool", "asyncio", "py.warnings")):
        try:
            _ = number / 0
        except ZeroDivisionError:
            logging.getLogger(logger).exception("failed\nfuture: <Task exception=ValueError('%s')>", secret)
    logging.getLogger("psycopg").warning("ignored: %s", ValueError(f"no {secret}"))
    log = capsys.readouterr().err
    assert log.count("ZeroDivisionError: division by zero") == 4
    assert "ignored: ValueError: no [hidden]" in log
    assert secret not in log


def test_an_error_that_ends_a_thread_is_told(settings, capsys, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    settings.log_format = "json"
    create_app(settings)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["event"] == "a thread ended with an error"
    assert line["exception"].endswith("ZeroDivisionError: division by zero")


@pytest.fixture(params=FORMATS)
def server(request, migrated_database, database, tmp_path):
    """A real server process of the app that fails: its port, and the file that its log goes to."""
    port, log = free_port(), tmp_path / "server.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")} | {
        "DIPTYCH_DATABASE_URL": migrated_database.url.render_as_string(hide_password=False),
        "DIPTYCH_DATA_DIR": str(tmp_path),
        "DIPTYCH_LOG_FORMAT": request.param,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]),
    }
    run = f"import uvicorn; uvicorn.run('tests.security.raising:create_app', factory=True, port={port}, "
    run += "log_config=None, access_log=False, proxy_headers=False, ws='none')"
    with (
        log.open("w") as file,
        subprocess.Popen([sys.executable, "-c", run], env=environment, stderr=file) as process,
    ):
        try:
            wait_until_ready(port, process, log)
            yield port, log
        finally:
            process.terminate()
            process.wait(30)


def wait_until_ready(port, process, log):
    def is_ready():
        assert process.poll() is None, log.read_text()
        return ask(port, "GET", "/healthz")

    wait_until(is_ready, log.read_text, seconds=30, ignoring=OSError)


def ask(port, method, path, **options):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, **options)
    return connection.getresponse()


def test_a_stream_that_fails_is_broken_off_and_told_once(server):
    port, log = server
    answer = ask(port, "GET", "/raise/stream", headers=HEADERS)
    with pytest.raises(http.client.IncompleteRead) as broken:
        answer.read()
    assert broken.value.partial == b"half of a file"
    wait_until(lambda: "ZeroDivisionError" in log.read_text(), "the error in the log")
    assert_told(log.read_text(), answer, "ZeroDivisionError: division by zero")
    assert log.read_text().count("ZeroDivisionError: division by zero") == 1


def test_the_real_server_tells_an_error_without_what_it_was_about(server):
    port, log = server
    headers = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded", "Origin": "http://[bad"}
    assert ask(port, "POST", "/raise/handler", headers=headers, body="password=x&answer=y").status == 403
    del headers["Origin"]
    answer = ask(port, "POST", "/raise/handler", headers=headers, body="password=x&answer=y")
    assert answer.status == 500
    assert_told(log.read_text(), answer, "ZeroDivisionError: division by zero")
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    ask(
        port,
        "GET",
        f"/invitations/{TOKEN}?next={TOKEN}",
        headers=upgrade | {"Sec-WebSocket-Key": "x" * 22 + "=="},
    )
    assert TOKEN not in log.read_text()
