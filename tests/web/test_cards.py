"""The cards that the annotation page fetches ahead."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from diptych.core import clock
from diptych.models import Assignment, Response, ResponseStatus, Role, User
from diptych.responses.service import save_response
from tests import factories
from tests.web.statements import counted

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def cats(database):
    """A dataset without records, and another one whose records must never show."""
    with database.transaction() as session:
        noise = factories.dataset(session, "dogs")
        factories.record(session, noise, fields=factories.images("a dog"))
        return factories.dataset(session, "cats")


@pytest.fixture
def records(database, cats):
    """Twelve records, in the order in which people meet them."""
    with database.transaction() as session:
        return [
            factories.record(session, cats, f"secret-{number}", metadata={"model_1": "secret-model"})
            for number in range(12)
        ]


@pytest.fixture
def ada(log_in):
    return log_in("ada")


def post(client, **claim):
    return client.post("/datasets/cats/cards", json=claim)


def ask(client, limit=3, known=(), **more):
    reply = post(client, limit=limit, known=[str(id_) for id_ in known], **more)
    assert reply.status_code == 200, reply.text
    return reply.json()


def ids(reply):
    return [uuid.UUID(card["record"]) for card in reply["cards"]]


def heading(reply):
    assert reply["cards"] == []
    return re.search(r"<h2>(.*?)</h2>", reply["empty_state"])[1]


def wait(reply):
    return int(re.search(r'data-retry-after="(\d+)"', reply["empty_state"])[1])


def leases(database, username="ada"):
    with database.transaction() as session:
        rows = session.scalars(select(Assignment).join(User).where(User.username == username))
        return {lease.record_id: lease for lease in rows}


def submit(database, dataset, record, person, status=ResponseStatus.SUBMITTED):
    with database.transaction() as session:
        if isinstance(person, str):
            person = session.scalars(select(User).where(User.username == person)).one()
        values = {"preference": {"value": "image_1"}}
        save_response(session, dataset, record.id, person, values=values, status=status)


def test_the_next_records_come_as_cards_and_are_held_for_the_person(ada, records, database):
    reply = ask(ada)
    assert list(reply) == ["cards", "empty_state", "held", "own", "completed", "revision"]
    assert ids(reply) == [record.id for record in records[:3]]
    assert (reply["empty_state"], reply["completed"]) == (None, 0)
    assert set(leases(database)) == set(ids(reply))


def test_a_page_of_0_1_0_learns_that_it_is_one_and_reloads(ada, records):
    claim = {"window_id": str(uuid.uuid4()), "limit": 3, "open": 1, "known": []}
    assert post(ada, **claim).status_code == 422


def test_a_card_is_the_form_of_its_record_as_this_person_sees_it(ada, records, database):
    cards = ask(ada, 10)["cards"] + ask(ada, 10, known=[record.id for record in records[:3]])["cards"]
    held = leases(database)
    for card in cards:
        record = next(one for one in records if str(one.id) == card["record"])
        pair, order = record.fields["images"], held[record.id].shown_order
        html = card["html"]
        assert html.lstrip().startswith("<form")
        assert html.count("<form") == html.count("</form>") == 1
        assert f'data-record="{record.id}"' in html
        assert f'name="record" value="{record.id}"' in html
        assert 'data-status=""' in html
        assert 'data-revision="0"' in html
        assert f'name="shown_order" value="{order[0]},{order[1]}"' in html
        sources = re.findall(r'<img[^>]*src="([^"]+)"', html)
        assert sources == [pair[f"image_{number}"] for number in order]
        assert ' id="' not in html
        assert "secret" not in html


def test_cards_show_both_orders_of_sides(ada, records, database):
    ask(ada, 10)
    ask(ada, 10, known=leases(database))
    assert {tuple(lease.shown_order) for lease in leases(database).values()} == {(1, 2), (2, 1)}


def test_what_a_record_says_is_text_on_its_card(ada, cats, database):
    with database.transaction() as session:
        fields = factories.images(f'{EVIL}"{{{{ 7 * 7 }}}}')
        fields["images"]["image_1"] = 'https://x.org/"onerror="alert(1)'
        factories.record(session, cats, fields=fields)
    (card,) = ask(ada)["cards"]
    assert EVIL not in card["html"]
    assert '"onerror=' not in card["html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;{{ 7 * 7 }}" in card["html"]


def test_a_suggestion_is_marked_and_neither_whose_it_is_nor_how_sure_is_told(ada, cats, database):
    with database.transaction() as session:
        for score in (0.25, 0.75):
            factories.suggestion(session, factories.record(session, cats), "preference", "image_1", score)
    cards = str(ask(ada)["cards"])
    assert cards.count("Suggested") == 2
    for hidden in ("0.25", "0.75", "secret-model"):
        assert hidden not in cards


def test_known_records_do_not_come_again(ada, records):
    first = ids(ask(ada))
    assert ids(ask(ada)) == first
    assert ids(ask(ada, known=first[:1])) == [*first[1:], records[3].id]
    assert ids(ask(ada, 2, known=[uuid.uuid4(), *first])) == [records[3].id, records[4].id]


def test_who_wants_no_cards_keeps_the_leases_and_is_shown_no_screen(ada, records, database):
    held = ids(ask(ada))
    with database.transaction() as session:
        session.execute(update(Assignment).values(expires_at=clock.now() + timedelta(seconds=1)))
    reply = ask(ada, 0, known=held)
    assert (reply["cards"], reply["empty_state"]) == ([], None)
    lasting = leases(database)
    assert set(lasting) == set(held)
    with database.transaction() as session:
        soon = session.scalar(select(clock.now())) + timedelta(seconds=60)
    assert all(lease.expires_at > soon for lease in lasting.values())


def test_at_the_end_few_cards_come_at_once(ada, records, database, cats):
    held = ids(ask(ada, 10))
    assert len(held) == 3
    for record in records[:3]:
        submit(database, cats, record, "ada")
    held = ids(ask(ada, 10))
    assert len(held) == 2
    for count, more in ((1, 1), (2, 0), (3, 0)):
        reply = ask(ada, 10, known=held, open_count=count)
        assert (len(reply["cards"]), reply["empty_state"]) == (more, None)


def test_when_all_is_done_the_screen_says_so(ada, cats, database):
    with database.transaction() as session:
        record = factories.record(session, cats)
    submit(database, cats, record, "ada")
    reply = ask(ada)
    assert heading(reply) == "All done"
    assert 'href="/datasets/cats/annotate?queue=submitted"' in reply["empty_state"]
    assert reply["completed"] == 1
    assert "data-retry-after" not in reply["empty_state"]


def test_who_has_seen_everything_is_told_that_others_have_not(ada, database):
    with database.transaction() as session:
        cats = factories.dataset(session, "cats", min_submitted=2)
        record = factories.record(session, cats)
    submit(database, cats, record, "ada")
    assert heading(ask(ada)) == "You have seen every pair"


def test_when_others_have_the_last_records_the_page_may_look_again(ada, log_in, cats, database):
    with database.transaction() as session:
        factories.record(session, cats)
    assert len(ask(log_in("ben"))["cards"]) == 1
    reply = ask(ada)
    assert heading(reply) == "The last pairs are taken"
    assert 0 < wait(reply) <= 30


def test_when_another_tab_has_the_last_record_the_page_may_look_again(ada, cats, database):
    with database.transaction() as session:
        factories.record(session, cats)
    reply = ask(ada, known=ids(ask(ada)))
    assert heading(reply) == "The last pairs are taken"
    assert wait(reply) == 30


def test_when_the_rest_needs_others_there_is_nothing_for_this_person(ada, database):
    with database.transaction() as session:
        cats = factories.dataset(session, "cats", min_submitted=2)
        mine, done = (factories.record(session, cats) for _ in range(2))
        people = [factories.user(session) for _ in range(2)]
    submit(database, cats, mine, "ada", ResponseStatus.DRAFT)
    for person in people:
        submit(database, cats, done, person)
    reply = ask(ada)
    assert heading(reply) == "Nothing for you right now"
    assert "Finish your drafts (1)" in reply["empty_state"]


@pytest.mark.parametrize(("role", "link"), [(Role.ANNOTATOR, "/"), (Role.ADMIN, "/datasets/cats/imports")])
def test_without_records_the_screen_says_what_comes_first(log_in, cats, role, link):
    reply = ask(log_in("ada", role=role))
    assert heading(reply) == "No records yet"
    assert f'href="{link}"' in reply["empty_state"]


def test_the_screen_says_what_the_person_did(ada, cats, database):
    with database.transaction() as session:
        record = factories.record(session, cats)
        person = session.scalars(select(User).where(User.username == "ada")).one()
        save_response(
            session,
            cats,
            record.id,
            person,
            values={},
            status=ResponseStatus.DISCARDED,
            duration_ms=65_000,
        )
        session.execute(update(Response).values(inserted_at=clock.now() - timedelta(days=1)))
    text = " ".join(re.sub("<[^>]*>", " ", ask(ada)["empty_state"]).split())
    assert "answered 0 time spent 1 min 5 s day in a row 1" in text


def test_what_was_answered_meanwhile_does_not_come_again(ada, records, database, cats):
    held = ids(ask(ada, 2))
    submit(database, cats, records[0], "ada")
    assert ids(ask(ada, 2)) == [*held[1:], records[2].id]


def test_who_is_not_logged_in_is_led_to_the_login_page(anonymous, records):
    reply = post(anonymous, limit=1)
    assert (reply.status_code, reply.headers["Location"]) == (303, "/login")


def test_a_page_of_somebody_else_gets_no_cards(ada, records, database):
    assert post(ada, limit=1, user_id=str(uuid.uuid4())).status_code == 409
    assert leases(database) == {}
    with database.transaction() as session:
        me = session.scalars(select(User.id).where(User.username == "ada")).one()
    assert post(ada, limit=1, user_id=str(me)).status_code == 200


@pytest.mark.parametrize(
    "claim",
    [
        {},
        {"limit": -1},
        {"limit": 11},
        {"limit": "many"},
        {"limit": 1, "open_count": -1},
        {"limit": 1, "known": ["x"]},
        {"limit": 1, "known": [str(uuid.UUID(int=number)) for number in range(501)]},
    ],
)
def test_a_wish_that_does_not_fit_is_refused(ada, records, database, claim):
    assert post(ada, **claim).status_code == 422
    assert leases(database) == {}


def test_ten_cards_and_500_known_records_may_be_asked_for(ada, records):
    known = [uuid.UUID(int=number) for number in range(500)]
    assert len(ask(ada, 10, known)["cards"]) == 3


def test_a_draft_has_no_cards(ada, log_in, cats, database):
    with database.transaction() as session:
        session.merge(cats).status = "draft"
    assert post(log_in("adam", role=Role.ADMIN), limit=1).status_code == 409
    # An annotator is not told that there is one.
    assert post(ada, limit=1).status_code == 404


def test_more_cards_take_no_more_statements(app, log_in, database):
    with database.transaction() as session:
        cats = factories.dataset(session, "cats")
        for _ in range(60):
            factories.suggestion(session, factories.record(session, cats), "preference", "image_1", 0.5)
    log_in("eve").get("/datasets/cats/annotate")
    taken = {}
    for limit in (1, 10):
        client = log_in(f"person-{limit}")
        with counted(app) as statements:
            assert len(ask(client, limit)["cards"]) == limit
        taken[limit] = len(statements)
    assert taken[1] == taken[10] <= 13


def test_each_window_has_cards_of_its_own(ada, records):
    first, second = (str(uuid.uuid4()) for _ in range(2))
    reply = ask(ada, window_id=first)
    assert sorted(reply["held"]) == sorted(str(id_) for id_ in ids(reply))
    assert set(ids(reply)).isdisjoint(ids(ask(ada, window_id=second)))
    assert ids(ask(ada, window_id=first)) == ids(reply)


def test_a_window_that_is_left_gives_its_cards_back(ada, log_in, records):
    left = uuid.uuid4()
    held = ids(ask(ada, window_id=str(left)))
    address = f"/datasets/cats/cards?window_id={left}"
    assert log_in("ben").delete(address).status_code == 204
    assert set(ids(ask(ada, window_id=str(uuid.uuid4())))).isdisjoint(held)
    assert ada.delete(address).status_code == 204
    assert set(held) <= set(ids(ask(ada, limit=10, window_id=str(uuid.uuid4()))))


def test_a_page_that_knows_of_no_windows_is_served_as_before(ada, records):
    assert ids(ask(ada)) == ids(ask(ada))


def test_a_page_learns_whether_the_answer_that_it_shows_is_the_one_that_is_stored(
    ada, records, database, cats
):
    record = records[0].id
    assert ask(ada)["revision"] is None
    assert ask(ada, record_id=str(record))["revision"] == 0
    submit(database, cats, records[0], "ada")
    submit(database, cats, records[0], "ada", ResponseStatus.DISCARDED)
    assert ask(ada, record_id=str(record))["revision"] == 2
