"""What admins see of the records that people skipped with a reason."""

import re

import pytest

from diptych.models import ResponseStatus, Role, Workspace
from diptych.responses import queries
from diptych.responses.service import save_response
from tests import factories
from tests.web.statements import counted

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def cats(database):
    """A dataset without skips, and another one with one that must never show."""
    with database.transaction() as session:
        noise = factories.dataset(session, "dogs")
        skip(session, noise, "Noise")
        return factories.dataset(session, "cats")


def skip(session, dataset, reason, name=None, username=None):
    record = factories.record(session, dataset, name)
    person = factories.user(session, username)
    save_response(
        session, dataset, record.id, person, values={}, status=ResponseStatus.DISCARDED, skip_reason=reason
    )
    return record


def section(client):
    page = client.get("/datasets/cats").text
    found = re.search(r'<section[^>]*aria-labelledby="skips".*?</section>', page, re.DOTALL)
    return found and found[0]


def words(html):
    return " ".join(re.sub("<[^>]*>", " ", html).split())


@pytest.fixture
def admin(log_in):
    return log_in("adam", role=Role.ADMIN)


def test_without_skips_there_is_no_section(admin, cats, database):
    with database.transaction() as session:
        skip(session, cats, None)
    assert section(admin) is None


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
def test_a_skip_is_shown_with_who_when_and_the_way_to_the_record(log_in, cats, database, role):
    with database.transaction() as session:
        record = skip(session, cats, "No picture: left", "cat-1", "eve")
    shown = section(log_in("adam", role=role))
    assert re.fullmatch(
        r"Skipped with a reason No picture: left cat-1 eve · \d{4}-\d\d-\d\d \d\d:\d\d UTC", words(shown)
    )
    assert f'href="/datasets/cats/annotate?record={record.id}"' in shown


def test_the_way_leads_to_the_record(admin, cats, database):
    with database.transaction() as session:
        record = skip(session, cats, "No picture")
    (way,) = re.findall(r'href="([^"]*record=[^"]*)"', section(admin))
    page = admin.get(way)
    assert page.status_code == 200
    assert record.fields["images"]["prompt"] in page.text


def test_annotators_and_admins_elsewhere_see_nothing_of_it(log_in, cats, database):
    with database.transaction() as session:
        session.add(Workspace(name="elsewhere"))
        skip(session, cats, "No picture")
    page = log_in("ada").get("/datasets/cats")
    assert (page.status_code, "No picture" in page.text) == (200, False)
    page = log_in("mia", role=Role.ADMIN, workspace="elsewhere").get("/datasets/cats")
    assert (page.status_code, "No picture" in page.text) == (404, False)


def test_what_people_write_is_text(admin, cats, database):
    with database.transaction() as session:
        for _ in range(21):
            skip(session, cats, f'{EVIL}" {{{{ 7 * 7 }}}}')
    # Later than those, so that it is among the newest.
    with database.transaction() as session:
        skip(session, cats, EVIL, EVIL)
    shown = section(admin)
    assert EVIL not in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 20 + 1 + 2
    assert "{{ 7 * 7 }}" in shown


def test_the_newest_twenty_are_shown_and_all_are_counted_by_reason(admin, cats, database):
    for number in range(22):
        # Each at a time of its own.
        with database.transaction() as session:
            skip(session, cats, f"Same: {number}" if number % 2 else "No picture", f"cat-{number}")
    shown = words(section(admin))
    assert shown.startswith(
        "Skipped with a reason 22 in total, by reason: No picture 11 Same 11 The newest 20 Same: 21 cat-21"
    )
    assert re.findall(r"cat-\d+", shown) == [f"cat-{number}" for number in range(21, 1, -1)]
    assert "Other reasons" not in shown


def test_twenty_skips_need_no_counting(admin, cats, database):
    with database.transaction() as session:
        for _ in range(20):
            skip(session, cats, "No picture")
    shown = words(section(admin))
    assert "in all" not in shown
    assert shown.count("No picture") == 20


def test_rare_reasons_are_counted_together_and_not_without_end(admin, cats, database, monkeypatch):
    with database.transaction() as session:
        for reason in ("No picture", "Same", *range(20)):
            for _ in range(2 if isinstance(reason, str) else 1):
                skip(session, cats, f"{reason}")
    shown = words(section(admin))
    assert "24 in total, by reason: No picture 2 Same 2 0 1 1 1 10 1 Other reasons 17" in shown
    monkeypatch.setattr(queries, "MAX_COUNTED", 22)
    monkeypatch.setattr("diptych.web.datasets.skips.MAX_COUNTED", 22)
    shown = words(section(admin))
    assert "22 or more in total. The newest 22 by reason:" in shown


def test_more_skips_take_no_more_statements(app, admin, cats, database):
    admin.get("/datasets/cats")
    taken = []
    for more in (1, 19, 1, 9):
        with database.transaction() as session:
            for _ in range(more):
                skip(session, cats, "No picture")
        with counted(app) as statements:
            section(admin)
        taken.append(len(statements))
    assert taken[0] == taken[1] == taken[2] - 1 == taken[3] - 1
