import json
from pathlib import Path

import pytest
from sqlalchemy import select

from diptych.core.settings import Settings
from diptych.imports import parts
from diptych.imports.service import import_file
from diptych.models import Record
from tests import factories

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Have files of a few rows come in several parts, as large ones do."""
    monkeypatch.setattr(parts, "MAX_ROWS", 3)


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def dataset(database):
    """A dataset, and beside it another one with a record whose id is ``1`` too."""
    with database.transaction() as session:
        factories.record(session, factories.dataset(session, "noise"), "1")
        return factories.dataset(session, "cats")


class Loader:
    """Imports a file, text or objects: ``load(source, name="x.json", skip_bad_rows=True)``."""

    def __init__(self, database, dataset, settings, folder):
        self.database, self.dataset, self.settings, self.folder = database, dataset, settings, folder
        self.problems = []

    def __call__(self, source, *, name="pairs.csv", into=None, **options):
        self.problems.clear()
        path = source if isinstance(source, Path) else self.write(source, name)
        return import_file(
            self.database,
            into or self.dataset,
            path,
            settings=self.settings,
            on_problem=self.problems.append,
            **options,
        )

    def write(self, source, name):
        path = self.folder / name
        if isinstance(source, list):
            lines = name.endswith("l")
            source = "\n".join(map(json.dumps, source)) if lines else json.dumps(source)
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return path

    @property
    def bad(self):
        return [(problem.line, problem.column) for problem in self.problems]

    def records(self, dataset=None):
        with self.database.transaction() as session:
            mine = Record.dataset_id == (dataset or self.dataset).id
            return session.scalars(select(Record).where(mine).order_by(Record.inserted_at)).all()


@pytest.fixture
def load(database, dataset, settings, tmp_path):
    return Loader(database, dataset, settings, tmp_path)
