"""A question of each type, answered without scripts; the answer leaves in a file, and comes back from it."""

import re

import pytest
from sqlalchemy import select

from diptych.core.settings import Settings
from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.imports.service import import_file
from diptych.models import Response, Suggestion
from diptych.questions import TYPES
from tests import factories
from tests.factories import shapes
from tests.questions.samples import SAMPLES, TEXT

FIELDS = {"text": shapes.TEXT, "images": shapes.custom("")}


@pytest.fixture
def ada(log_in):
    return log_in("ada")


@pytest.fixture
def respond(ada, database):
    """Answer a question on a record by its form, and return the dataset: ``respond(settings, texts)``."""

    def respond(settings, texts, suggested=None, expected=303):
        with database.transaction() as session:
            dataset = factories.dataset(session, "here", FIELDS, {"it": settings})
            record = factories.record(session, dataset, fields={"text": TEXT} | factories.images("a cat"))
            if suggested is not None:
                factories.suggestion(session, record, "it", suggested, 0.5)
        page = ada.get(ada.post("/datasets/here/assignments").headers["Location"]).text
        form = {
            name: re.search(rf'name="{name}" value="([^"]*)"', page)[1]
            for name in ("record", "shown_order", "revision")
        }
        name = re.search(r'name="(choice|answer\.it)"', page)[1]
        reply = ada.post("/datasets/here/responses", data=form | {name: list(texts)})
        assert reply.status_code == expected, reply.text
        return dataset

    return respond


@pytest.fixture
def stored(database):
    def stored(dataset):
        with database.transaction() as session:
            mine = select(Response.status, Response.values).where(Response.dataset_id == dataset.id)
            return [(status.value, values) for status, values in session.execute(mine)]

    return stored


@pytest.mark.parametrize("name", TYPES)
def test_a_form_answers_it(respond, stored, ada, name):
    sample = SAMPLES[name]
    dataset = respond(sample.settings, sample.texts)
    assert stored(dataset) == [("submitted", {"it": {"value": sample.value}})]
    page = ada.get("/datasets/here/annotate?queue=submitted")
    assert page.status_code == 200


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("kind", [ExportFormat.JSON, ExportFormat.CSV])
def test_what_leaves_in_a_file_comes_back_from_it(respond, stored, database, tmp_path, name, kind):
    sample = SAMPLES[name]
    here = respond(sample.settings, sample.texts, suggested=sample.value)
    with database.transaction() as session:
        there = factories.dataset(session, "there", FIELDS, {"it": sample.settings})
    path = tmp_path / f"here.{kind}"
    path.write_bytes(b"".join(export(database, here, format=kind)))
    report = import_file(database, there, path, settings=Settings(data_dir=tmp_path))
    assert (report.new, report.bad) == (1, 0)
    assert stored(there) == stored(here) == [("submitted", {"it": {"value": sample.value}})]
    with database.transaction() as session:
        assert list(session.scalars(select(Suggestion.value))) == [sample.value] * 2
