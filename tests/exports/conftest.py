import json
from pathlib import Path

import pytest
from sqlalchemy import select, text

from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.models import Question, Record, Response, Suggestion, Vector, VectorSettings
from tests import factories

STATM = Path("/proc/self/statm")
PAGE = 4_096


class Campaign:
    """Fills a dataset and exports it: ``campaign.record("1")``, ``campaign.answer(record, user)``."""

    def __init__(self, database, dataset):
        self.database = database
        self.dataset = dataset

    def record(self, external_id=None, **values):
        with self.database.transaction() as session:
            return factories.record(session, self.dataset, external_id, **values)

    def user(self):
        with self.database.transaction() as session:
            return factories.user(session)

    def question(self, name):
        settings = {"type": "label_selection", "options": [{"value": "yes", "text": "Yes"}]}
        with self.database.transaction() as session:
            question = Question(
                dataset_id=self.dataset.id, name=name, title=name, required=False, settings=settings
            )
            session.add(question)
        return question

    def answer(self, record, user, value=None, status="submitted", question="preference", **columns):
        """Store an answer; without a value it has none, as a plain discard."""
        columns.setdefault("values", {} if value is None else {question: {"value": value}})
        self._add(record, Response, user_id=user.id, status=status, **columns)

    def suggest(self, record, value, score=None, agent=None, question="preference"):
        question_id = self._id_of(Question, question)
        self._add(record, Suggestion, question_id=question_id, value=value, score=score, agent=agent)

    def embed(self, record, value, name="prompt"):
        self._add(record, Vector, vectors_settings_id=self._id_of(VectorSettings, name), value=value)

    def export(self, format=ExportFormat.JSON, **options):  # noqa: A002 - as the function under test has it
        return b"".join(export(self.database, self.dataset, format=ExportFormat(format), **options))

    def rows(self, format=ExportFormat.JSON, **options):  # noqa: A002 - as above
        return json.loads(self.export(format, **options))

    def records(self):
        with self.database.transaction() as session:
            mine = select(Record).where(Record.dataset_id == self.dataset.id)
            return session.scalars(mine.order_by(Record.inserted_at)).all()

    def list(self, table, record):
        with self.database.transaction() as session:
            return session.scalars(
                select(table).filter_by(record_id=record.id, dataset_id=record.dataset_id)
            ).all()

    def _add(self, record, table, **columns):
        with self.database.transaction() as session:
            session.add(table(dataset_id=record.dataset_id, record_id=record.id, **columns))

    def _id_of(self, table, name):
        with self.database.transaction() as session:
            return session.scalar(select(table.id).filter_by(dataset_id=self.dataset.id, name=name))


@pytest.fixture
def make_campaign(database):
    def make(name):
        with database.transaction() as session:
            return Campaign(database, factories.dataset(session, name))

    return make


@pytest.fixture
def campaign(make_campaign) -> Campaign:
    """An empty dataset, and beside it another one with everything a record can have, under the same id."""
    noise = make_campaign("noise")
    record = noise.record("1", metadata={"noise": "yes"}, submitted_count=1)
    noise.answer(record, noise.user(), "both_bad")
    noise.suggest(record, "both_bad", 0.1, "noise")
    noise.embed(record, [9.0, 9.0])
    return make_campaign("cats")


def add_records(campaign, count, prompt="a cat"):
    """Add many records quickly, each with an answer."""
    user = campaign.user()
    with campaign.database.transaction() as session:
        fields = {"images": {"prompt": prompt}}
        factories.records(session, campaign.dataset, count, fields, metadata={"model_1": "dev"})
        factories.responses(session, campaign.dataset, user)
        # So that an export of the next moment knows how much has changed.
        session.execute(text("SELECT pg_stat_force_next_flush()"))


def resident():
    """Return the memory of this process, in bytes."""
    return int(STATM.read_text().split()[1]) * PAGE
