"""Why people skip what they skip."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from diptych.core.errors import InvalidError
from diptych.models import Response, ResponseEvent, ResponseStatus
from diptych.responses import queries
from diptych.responses.service import save_response
from tests import factories
from tests.web.statements import plan_nodes, recorded

SUBMITTED, DRAFT, DISCARDED = ResponseStatus.SUBMITTED, ResponseStatus.DRAFT, ResponseStatus.DISCARDED
PREFERENCE = {"preference": {"value": "image_1"}}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noise(session, person):
    """A skip in another dataset, which no list may have."""
    other = factories.dataset(session)
    skip(session, other, factories.record(session, other), person, "Noise")


def skip(session, dataset, record, person, reason, minutes=0):
    """Skip a record so many minutes before noon."""
    response = save_response(
        session, dataset, record.id, person, values={}, status=DISCARDED, skip_reason=reason
    )
    moment = NOON - timedelta(minutes=minutes)
    session.execute(update(Response).where(Response.id == response.id).values(updated_at=moment))
    return response


def test_a_reason_is_kept_with_what_is_discarded(session, dataset, record, person):
    assert skip(session, dataset, record, person, "  Same pictures ").skip_reason == "Same pictures"


@pytest.mark.parametrize("status", [SUBMITTED, DRAFT, DISCARDED])
def test_the_next_answer_takes_the_reason_away(session, dataset, record, person, status):
    skip(session, dataset, record, person, "Same pictures")
    changed = save_response(session, dataset, record.id, person, values=PREFERENCE, status=status)
    assert (changed.skip_reason, changed.revision) == (None, 2)


def test_another_reason_is_a_change_and_the_same_one_is_none(session, dataset, record, person):
    for reason in ("Same pictures", "Same pictures", "No picture"):
        response = skip(session, dataset, record, person, reason)
    assert (response.skip_reason, response.revision) == ("No picture", 2)
    assert session.scalar(select(func.count()).where(ResponseEvent.record_id == record.id)) == 2


@pytest.mark.parametrize("status", [SUBMITTED, DRAFT])
def test_what_is_not_discarded_has_no_reason(session, dataset, record, person, status):
    with pytest.raises(InvalidError, match=f"Only discarded responses have a skip reason.*{status.value}"):
        save_response(
            session, dataset, record.id, person, values=PREFERENCE, status=status, skip_reason="No picture"
        )
    assert queries.find_response(session, dataset, record.id, person) is None


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_an_empty_reason_is_none(session, dataset, record, person, reason):
    assert skip(session, dataset, record, person, reason).skip_reason is None
    changed = save_response(
        session, dataset, record.id, person, values=PREFERENCE, status=SUBMITTED, skip_reason=reason
    )
    assert changed.skip_reason is None


def test_the_newest_skips_come_first(session, dataset, person):
    ada, eve = factories.user(session, "ada"), factories.user(session, "eve")
    for number, (who, reason) in enumerate([(ada, "No picture"), (eve, "Odd: <b>"), (ada, None), (eve, "x")]):
        record = factories.record(session, dataset, f"cat-{number}")
        skip(session, dataset, record, who, reason, minutes=number)
    skips = queries.list_skips(session, dataset, limit=2)
    assert [(one.name, one.username, one.reason, one.at) for one in skips] == [
        ("cat-0", "ada", "No picture", NOON),
        ("cat-1", "eve", "Odd: <b>", NOON - timedelta(minutes=1)),
    ]
    assert len(queries.list_skips(session, dataset, limit=9)) == 3


def test_a_record_without_a_name_of_its_own_is_called_by_its_id(session, dataset, record, person):
    record.external_id = None
    skip(session, dataset, record, person, "No picture")
    (found,) = queries.list_skips(session, dataset, limit=9)
    assert (found.record_id, found.name) == (record.id, str(record.id))


def test_reasons_are_counted_without_their_details(session, dataset, person):
    for reason in ("Same", "No picture: left", "No picture: right: both", "No picture", None, "a:b"):
        skip(session, dataset, factories.record(session, dataset), person, reason)
    assert queries.count_skip_reasons(session, dataset) == [("No picture", 3), ("Same", 1), ("a:b", 1)]


def test_only_the_newest_skips_are_counted(session, dataset, person, monkeypatch):
    monkeypatch.setattr(queries, "MAX_COUNTED", 2)
    for minutes, reason in enumerate(["new", "new", "old"]):
        skip(session, dataset, factories.record(session, dataset), person, reason, minutes)
    assert queries.count_skip_reasons(session, dataset) == [("new", 2)]


def test_the_skips_are_read_from_their_own_index(session, dataset, record, person):
    skip(session, dataset, record, person, "No picture")
    session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"))
    with recorded() as statements:
        queries.list_skips(session, dataset, limit=20)
    ((statement, values),) = statements
    nodes = plan_nodes(session.connection(), statement, values)
    (scan,) = [node for node in nodes if node.get("Relation Name") == "responses"]
    assert (scan["Index Name"], scan["Scan Direction"]) == ("ix_responses_skipped", "Backward")
