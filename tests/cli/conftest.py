import io
from dataclasses import dataclass

import pytest

from diptych.cli import app
from diptych.core.settings import get_settings


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def diptych(database, tmp_path, monkeypatch, capsys):
    """Run the command in this process, on the test database: ``diptych("users", "list")``."""
    monkeypatch.setenv("DIPTYCH_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("DIPTYCH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()

    def run(*arguments, stdin=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as end:
            app([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(end.value.code or 0, captured.out, captured.err)

    yield run
    get_settings.cache_clear()
