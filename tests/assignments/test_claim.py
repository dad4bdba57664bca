import threading
import time
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from diptych.assignments import service
from diptych.assignments.leases import Window
from diptych.assignments.service import MAX_HELD, Outcome, claim, lookahead
from diptych.core import clock
from diptych.core.db import Database
from diptych.core.statements import fetch, run
from diptych.datasets.queries import TeamProgress
from diptych.models import Assignment, Record, Response, ResponseStatus
from diptych.records.queries import get_record
from diptych.responses.service import save_response
from tests import factories
from tests.factories import shapes

LEASE = 600


def take(session, dataset, person, limit=1, **options):
    return claim(session, dataset, person, limit=limit, lease_seconds=LEASE, **options)


def ids(claimed):
    return [assignment.record_id for assignment in claimed.leases]


def orders(claimed):
    return {lease.record_id: lease.shown_order for lease in claimed.leases}


def submit(session, dataset, record_id, person, value="image_1", status=ResponseStatus.SUBMITTED):
    values = {"preference": {"value": value}}
    return save_response(session, dataset, record_id, person, values=values, status=status)


@pytest.fixture
def noise(session):
    """Another dataset with open records, which nobody here may ever be given."""
    other = factories.dataset(session)
    return [factories.record(session, other, position=0) for _ in range(3)]


@pytest.fixture
def dataset(session, noise):
    return factories.dataset(session)


@pytest.fixture
def person(session):
    return factories.user(session)


def test_it_gives_the_records_in_their_order(session, dataset, person):
    later = factories.record(session, dataset, position=20)
    first = factories.record(session, dataset, position=10)
    assert ids(take(session, dataset, person, limit=5)) == [first.id, later.id]


def test_it_gives_the_leases_a_person_holds_before_new_ones(session, dataset, person):
    for _ in range(3):
        factories.record(session, dataset)
    held = ids(take(session, dataset, person))
    assert ids(take(session, dataset, person)) == held
    assert ids(take(session, dataset, person, limit=2))[:1] == held


def test_it_counts_each_lease_on_its_record(session, dataset, person):
    record = factories.record(session, dataset)
    take(session, dataset, person)
    session.refresh(record)
    assert (record.lease_count, record.is_open) == (1, False)


def test_it_gives_a_record_to_no_more_people_than_it_needs_answers(session, person):
    dataset = factories.dataset(session, min_submitted=2)
    factories.record(session, dataset)
    people = [factories.user(session) for _ in range(3)]
    outcomes = [take(session, dataset, one).outcome for one in people]
    assert outcomes == [Outcome.PAIRS, Outcome.PAIRS, Outcome.LEASED]


def test_it_never_gives_a_record_that_the_person_has_answered(session, person):
    dataset = factories.dataset(session, min_submitted=2)
    record = factories.record(session, dataset)
    submit(session, dataset, record.id, person)
    assert take(session, dataset, person).outcome == Outcome.DONE


def test_it_says_how_long_to_wait_when_others_hold_everything(session, dataset, person):
    factories.record(session, dataset)
    take(session, dataset, factories.user(session))
    claimed = take(session, dataset, person)
    assert claimed.outcome == Outcome.LEASED
    assert 0 < claimed.retry_after <= service.RETRY_AFTER


def test_it_says_done_when_every_record_has_its_answers(session, dataset, person):
    record = factories.record(session, dataset)
    submit(session, dataset, record.id, factories.user(session))
    assert take(session, dataset, person).outcome == Outcome.DONE


def test_it_says_nothing_when_the_rest_needs_other_people(session, person):
    dataset = factories.dataset(session, min_submitted=2)
    mine, done = factories.record(session, dataset), factories.record(session, dataset)
    submit(session, dataset, mine.id, person)
    for _ in range(2):
        submit(session, dataset, done.id, factories.user(session))
    assert take(session, dataset, person).outcome == Outcome.NOTHING


def test_it_says_nothing_for_a_dataset_without_records(session, dataset, person):
    assert take(session, dataset, person).outcome == Outcome.NOTHING


def test_it_gives_a_record_to_others_when_its_lease_has_ended(session, dataset, person):
    record = factories.record(session, dataset)
    take(session, dataset, factories.user(session))
    session.execute(update(Assignment).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert ids(take(session, dataset, person)) == [record.id]
    session.refresh(record)
    assert record.lease_count == 1


def test_it_comes_back_to_records_that_were_leased_when_it_passed_them(session, dataset, person):
    first, second = (factories.record(session, dataset) for _ in range(2))
    other = factories.user(session)
    take(session, dataset, other)
    assert ids(take(session, dataset, person)) == [second.id]
    submit(session, dataset, second.id, person)
    session.execute(update(Assignment).where(Assignment.user_id == other.id).values(expires_at=clock.now()))
    assert ids(take(session, dataset, person)) == [first.id]


def test_it_offers_a_discarded_record_to_others_but_not_to_the_one_who_discarded_it(session, dataset, person):
    record = factories.record(session, dataset)
    take(session, dataset, person)
    save_response(session, dataset, record.id, person, values={}, status=ResponseStatus.DISCARDED)
    assert take(session, dataset, person).outcome == Outcome.DONE
    assert ids(take(session, dataset, factories.user(session))) == [record.id]


def test_it_shuffles_the_sides_for_each_person_alike_each_time(session, dataset):
    records = [factories.record(session, dataset) for _ in range(40)]
    dataset.min_submitted = 2
    session.execute(update(Record).where(Record.dataset_id == dataset.id).values(min_submitted=2))
    first, second = factories.user(session), factories.user(session)
    sides = [orders(take(session, dataset, one, limit=40)) for one in (first, second)]
    assert len(sides[0]) == len(records)
    assert {tuple(order) for order in sides[0].values()} == {(1, 2), (2, 1)}
    assert 5 < sum(order == [2, 1] for order in sides[0].values()) < 35
    assert sides[0] != sides[1]
    session.execute(update(Assignment).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert orders(take(session, dataset, first, limit=40)) == sides[0]


def naming(*names):
    return {"best": {"type": "label_selection", "options": shapes.options(*names)}}


def test_it_shuffles_any_number_of_images_for_each_person(session):
    questions = naming("image_1", "image_2", "image_3", "image_4", "none")
    dataset = factories.dataset(session, "fours", {"images": shapes.custom("")}, questions)
    for _ in range(MAX_HELD):
        factories.record(session, dataset, min_submitted=2)
    first, second = (
        orders(take(session, dataset, factories.user(session), limit=MAX_HELD)) for _ in range(2)
    )
    assert all(sorted(order) == [1, 2, 3, 4] for order in first.values())
    for slot in range(4):
        numbers = [order[slot] for order in first.values()]
        assert all(numbers.count(number) > 1 for number in (1, 2, 3, 4))
    assert sum(first[record] == second[record] for record in first) < MAX_HELD / 2


def test_images_that_no_answer_names_have_no_order(session, person):
    dataset = factories.dataset(session, "stars", {"images": shapes.custom("")}, {"stars": shapes.RATING})
    factories.record(session, dataset)
    assert list(orders(take(session, dataset, person)).values()) == [None]


def test_it_leaves_the_sides_alone_where_the_dataset_says_so(session, person, noise):
    dataset = factories.dataset(session, shuffle_sides=False)
    for _ in range(20):
        factories.record(session, dataset)
    found = orders(take(session, dataset, person, limit=20))
    assert set(map(tuple, found.values())) == {(1, 2)}


def test_forty_people_at_once_give_200_records_exactly_three_answers_each(database):
    people_count, record_count, needed = 40, 200, 3
    with database.transaction() as session:
        dataset = factories.dataset(session, min_submitted=needed)
        for _ in range(record_count):
            factories.record(session, dataset)
        people = [factories.user(session) for _ in range(people_count)]
    crowd = Database(database.url.render_as_string(hide_password=False), pool_size=people_count)
    errors: list[BaseException] = []

    def work(person):
        try:
            while True:
                with crowd.transaction() as session:
                    claimed = take(session, dataset, person, limit=2)
                if claimed.outcome in {Outcome.DONE, Outcome.NOTHING}:
                    return
                if claimed.outcome == Outcome.LEASED:
                    # A person does not ask again at once, either.
                    time.sleep(0.01)
                for lease in claimed.leases[:1]:
                    with crowd.transaction() as session:
                        submit(session, dataset, lease.record_id, person)
        except BaseException as error:  # noqa: BLE001 - a thread's error has to reach the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    crowd.dispose()
    assert errors == []
    with database.transaction() as session:
        answers = Counter(session.scalars(select(Response.record_id)))
        assert Counter(answers.values()) == {needed: record_count}
        counted = session.execute(select(Record.submitted_count, Record.lease_count, Record.status)).all()
        assert set(counted) == {(needed, 0, "completed")}
        assert session.scalar(select(func.count()).select_from(Assignment)) == 0


def test_an_unknown_record_cannot_be_answered(session, dataset, person):
    with pytest.raises(Exception, match="no such record"):
        submit(session, dataset, uuid.uuid4(), person)


def test_a_claim_does_not_wait_for_the_answer_that_ends_a_lease(database):
    with database.transaction() as session:
        person, dataset = factories.user(session), factories.dataset(session)
        for _ in range(2):
            factories.record(session, dataset)
        (held,) = ids(take(session, dataset, person))
    with database.transaction() as answering:
        get_record(answering, dataset, held, lock=True)
        run(answering, fetch(service.leases_ended([(dataset.id, held, person.id)])))
        with database.transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            assert held not in ids(take(session, dataset, person))
        submit(answering, dataset, held, person)


def leases(session, person):
    """Return when each of a person's leases ends."""
    session.expire_all()
    rows = session.scalars(select(Assignment).where(Assignment.user_id == person.id))
    return {lease.record_id: lease.expires_at for lease in rows}


def test_known_records_are_not_given_again_and_new_ones_are_instead(session, dataset, person):
    records = [factories.record(session, dataset).id for _ in range(6)]
    held = ids(take(session, dataset, person, limit=3))
    claimed = take(session, dataset, person, limit=3, known={held[0], held[2]})
    assert ids(claimed) == [held[1], *records[3:5]]
    assert set(leases(session, person)) == set(records[:5])


def test_a_claim_renews_every_lease_whether_it_is_known_or_not(session, dataset, person):
    for _ in range(3):
        factories.record(session, dataset)
    held = ids(take(session, dataset, person, limit=3))
    now = session.scalar(select(clock.now()))
    for known, limit in ((held, 1), (held[:1], 1), (held, 0), ((), 0)):
        session.execute(update(Assignment).values(expires_at=now + timedelta(seconds=1)))
        take(session, dataset, person, limit=limit, known=known)
        assert set(leases(session, person).values()) == {now + timedelta(seconds=LEASE)}


def test_who_wants_nothing_is_given_nothing(session, dataset, person):
    factories.record(session, dataset)
    assert ids(take(session, dataset, person, limit=0)) == []
    assert leases(session, person) == {}


def test_a_known_record_is_not_taken_anew_when_its_lease_has_ended(session, dataset, person):
    first, second = (factories.record(session, dataset).id for _ in range(2))
    assert ids(take(session, dataset, person)) == [first]
    session.execute(update(Assignment).values(expires_at=clock.now() - timedelta(seconds=1)))
    take(session, dataset, factories.user(session), limit=0)
    assert leases(session, person) == {}
    assert ids(take(session, dataset, person, limit=2, known={first})) == [second]
    submit(session, dataset, second, person)
    assert take(session, dataset, person, known={first}).outcome == Outcome.NOTHING


def test_nobody_holds_more_than_so_many_records(session, dataset, person):
    for _ in range(MAX_HELD + 5):
        factories.record(session, dataset)
    held = ids(take(session, dataset, person, limit=MAX_HELD - 1))
    assert len(ids(take(session, dataset, person, limit=10, known=held))) == 1
    known = set(leases(session, person))
    assert len(known) == MAX_HELD
    claimed = take(session, dataset, person, limit=10, known=known)
    assert (claimed.outcome, ids(claimed)) == (Outcome.LEASED, [])
    assert len(ids(take(session, dataset, person, limit=10))) == 10
    submit(session, dataset, held[0], person)
    assert len(ids(take(session, dataset, person, limit=10, known=known))) == 1


def test_it_says_to_wait_when_all_that_is_left_is_on_another_screen_of_the_same_person(
    session, dataset, person
):
    record = factories.record(session, dataset)
    take(session, dataset, person)
    claimed = take(session, dataset, person, known={record.id})
    assert (claimed.outcome, claimed.retry_after) == (Outcome.LEASED, service.RETRY_AFTER)


def test_two_windows_of_one_person_never_have_the_same_record(session, dataset, person):
    for _ in range(6):
        factories.record(session, dataset)
    first, second = Window(uuid.uuid4()), Window(uuid.uuid4())
    held = ids(take(session, dataset, person, limit=2, window=first))
    others = ids(take(session, dataset, person, limit=2, window=second))
    assert set(held).isdisjoint(others)
    claimed = take(session, dataset, person, limit=2, window=first)
    assert (ids(claimed), set(claimed.held)) == (held, set(held))
    assert ids(take(session, dataset, person, limit=2, window=second)) == others


def test_a_window_takes_over_what_forms_and_former_windows_have(session, dataset, person):
    for _ in range(6):
        factories.record(session, dataset)
    before = Window(uuid.uuid4())
    held = ids(take(session, dataset, person, limit=2, window=before))
    by_form = ids(take(session, dataset, person, limit=2))
    assert set(held).isdisjoint(by_form)
    window = Window(uuid.uuid4(), former=[before.id])
    assert set(ids(take(session, dataset, person, limit=4, window=window))) == {*held, *by_form}
    assert ids(take(session, dataset, person, limit=4, window=Window(before.id))) not in (held, by_form)


def test_a_window_that_is_left_leaves_its_records_to_the_others(session, dataset, person):
    for _ in range(3):
        factories.record(session, dataset)
    left, other = Window(uuid.uuid4()), Window(uuid.uuid4())
    held = ids(take(session, dataset, person, limit=3, window=left))
    assert ids(take(session, dataset, person, limit=3, window=other)) == []
    service.release_window(session, dataset, factories.user(session), left.id)
    assert ids(take(session, dataset, person, limit=3, window=other)) == []
    service.release_window(session, dataset, person, left.id)
    assert ids(take(session, dataset, person, limit=3, window=other)) == held


def test_a_person_holds_no_more_records_in_many_windows_than_in_one(session, dataset, person):
    for _ in range(MAX_HELD + 5):
        factories.record(session, dataset)
    for _ in range(8):
        take(session, dataset, person, limit=10, window=Window(uuid.uuid4()))
    assert len(leases(session, person)) == MAX_HELD
    assert take(session, dataset, person, limit=10, window=Window(uuid.uuid4())).outcome == Outcome.LEASED


@pytest.mark.parametrize(
    ("wanted", "left", "expected"),
    [
        (8, 1000, 8),
        (8, 32, 8),
        (8, 31, 7),
        (5, 16, 4),
        (5, 11, 2),
        (5, 1, 2),
        (5, 0, 2),
        (1, 100, 1),
        (0, 100, 0),
        (0, 0, 0),
    ],
)
def test_few_records_are_held_ahead_at_the_end(wanted, left, expected):
    assert lookahead(TeamProgress(records=1000, completed=1000 - left), wanted) == expected
