import json
import logging

import pytest
from fastapi.testclient import TestClient

from diptych.app import create_app
from diptych.core.settings import Settings
from tests.web.conftest import PASSWORD


@pytest.fixture(autouse=True)
def root_logger():
    """The app configures the logging of the process; give it back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level


def test_without_its_database_the_server_asks_to_come_back(tmp_path):
    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none", data_dir=tmp_path))
    with TestClient(app) as client:
        client.cookies.set("diptych_session", "x")
        assert client.get("/healthz").status_code == 200
        for path in ("/readyz", "/login", "/api/v1/me"):
            answer = client.get(path, headers={"X-Argilla-Api-Key": "x"})
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert "127.0.0.1" not in answer.text


def test_each_request_is_one_line_of_json_with_its_id_and_without_secrets(log_in, settings, capsys):
    log_in()
    settings.log_format, settings.trusted_proxies = "json", "testclient"
    with TestClient(create_app(settings), follow_redirects=False) as client:
        capsys.readouterr()
        answer = client.post(
            "/login", data={"username": "ada", "password": PASSWORD}, headers={"X-Request-Id": "trace-12345"}
        )
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = [line for line in lines if line["logger"] == "diptych.request" and line["method"] == "POST"]
    assert (line["path"], line["status"], line["request_id"]) == ("/login", answer.status_code, "trace-12345")
    assert PASSWORD not in json.dumps(lines)
    assert client.cookies["diptych_session"] not in json.dumps(lines)


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space 123", "line\nbreak-123"])
def test_a_request_id_that_does_not_fit_is_replaced(anonymous, given):
    headers = {"X-Request-Id": given.replace("\n", "%0a")}
    assert len(anonymous.get("/healthz", headers=headers).headers["X-Request-Id"]) == 32


def test_a_path_cannot_forge_a_line_of_the_log(anonymous, capsys):
    capsys.readouterr()
    anonymous.get("/x%0aforged%20line")
    assert not any(line.startswith("forged") for line in capsys.readouterr().err.splitlines())


def test_a_body_that_is_too_large_is_refused(anonymous):
    answer = anonymous.post("/login", data={"username": "a" * 2_000_000, "password": "b"})
    assert answer.status_code == 413
    assert "Content-Security-Policy" in answer.headers
