from fastapi.testclient import TestClient

from diptych import __version__
from diptych.app import create_app
from diptych.core.settings import Settings


def test_strangers_learn_which_contract_is_honoured_and_no_more(anonymous):
    assert anonymous.get("version").json() == {"version": "2.8.0"}
    assert anonymous.get("status").json() == {"version": "2.8.0", "database": True}
    assert "argilla" in anonymous.get("settings").json()
    for path in ("version", "status", "settings"):
        assert __version__ not in anonymous.get(path).text


def test_without_a_database_the_status_is_unavailable(tmp_path):
    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none", data_dir=tmp_path))
    with TestClient(app, base_url="http://testserver/api/v1/") as client:
        assert client.get("version").status_code == 200
        assert client.get("status").status_code == 503
