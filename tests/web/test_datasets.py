import re

import pytest

from diptych.datasets import settings
from diptych.datasets.service import create_dataset
from diptych.exports.contents import ExportContent
from diptych.exports.formats import list_formats
from diptych.models import Field, Question, Role
from diptych.users.queries import get_workspace
from tests import factories

OPTIONS = [{"value": "yes", "text": "Yes <b>"}, {"value": "no", "text": "No"}]


@pytest.fixture
def draft(database):
    with database.transaction() as session:
        dataset = create_dataset(session, get_workspace(session, "default"), name="sketch")
        settings.add(session, dataset, Field(name="text", required=True, settings={"type": "text"}))
        for name, given in {
            "label": {"type": "label_selection", "options": OPTIONS},
            "stars": {"type": "rating", "options": [{"value": 1}, {"value": 2}, {"value": 3}]},
            "why": {"type": "text"},
            "order": {"type": "ranking", "options": OPTIONS},
            "where": {"type": "span", "field": "text", "options": OPTIONS},
        }.items():
            settings.add(session, dataset, Question(name=name, title=f"{name}?", settings=given))
        factories.record(session, dataset, fields={"text": "a cat"})
        return dataset


def test_a_draft_is_for_admins_only(log_in, draft, database):
    with database.transaction() as session:
        factories.dataset(session, "cats")
    assert "sketch" not in log_in("anna").get("/").text
    seen = log_in("adam", role=Role.ADMIN).get("/").text
    assert "sketch" in seen
    assert "Not published yet" in seen


def test_nobody_is_sent_to_annotate_a_draft(log_in, draft):
    admin = log_in("adam", role=Role.ADMIN)
    page = admin.get("/datasets/sketch").text
    assert "Annotators cannot see a draft" in page
    assert "/datasets/sketch/assignments" not in page
    answer = admin.post("/datasets/sketch/assignments")
    assert answer.status_code == 409
    assert "is still a draft" in answer.text


def test_every_type_of_question_is_shown(log_in, draft):
    page = log_in("adam", role=Role.ADMIN).get("/datasets/sketch").text
    for title in ("label?", "stars?", "why?", "order?", "where?"):
        assert title in page
    assert "1 · 2 · 3" in page
    assert "Yes &lt;b&gt;" in page
    assert page.count("<kbd>") == 2


def test_every_format_is_offered_under_its_name(log_in, draft):
    page = log_in("adam", role=Role.ADMIN).get("/datasets/sketch").text
    for content in ExportContent:
        form = page.partition(f'name="content" value="{content}"')[2].partition("</form>")[0]
        offered = re.findall(r'<option value="([^"]+)">([^<]+)</option>', form)
        assert [value for value, _ in offered] == list_formats(content)
        assert all(value != title for value, title in offered)
        assert ('name="with_vectors"' in form) == (content == ExportContent.RECORDS)
