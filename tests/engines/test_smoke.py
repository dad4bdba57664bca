"""An annotator's day in Firefox and in WebKit; the tests of ``tests/browser`` know Chromium only."""

import random

import pytest

from tests.browser.hands import list_miscounted
from tests.engines.annotator import LOOK_S, Annotator
from tests.engines.oracle import KEYS, Oracle
from tests.engines.site import HOSTS

PASSWORD = "correct horse"
ANSWERS = 25
PAIRS = 44

pytestmark = [
    pytest.mark.parametrize("engine", ["firefox", "webkit"], indirect=True),
    pytest.mark.parametrize("host", HOSTS),
]


@pytest.fixture
def anna(engine, site, host):
    """An annotator who has logged in through the page; all that she did is checked in the end."""
    user, dataset = site.add_annotator(password=PASSWORD), site.add_dataset(PAIRS)
    oracle = Oracle(site.database, dataset, user)
    anna = Annotator(engine, site.origin(host), dataset.name, oracle)
    engine.start_over()
    engine.set_cookie(site.origin(host), "diptych_session", "nobody")
    engine.errors()
    log = site.log()
    log_in(anna, user.username)
    yield anna
    anna.all_saved()
    assert anna.faults == []
    assert oracle.list_differences() == []
    assert oracle.list_event_differences() == []
    assert list_miscounted(site.database) == []
    assert engine.errors() == []
    assert log.problems() == []


def log_in(anna, username):
    anna.engine.open(anna.dataset_page)
    anna.engine.type("#username", username)
    anna.engine.type("#password", PASSWORD)
    anna.engine.click("form [type=submit]")
    anna.engine.wait_for("return !location.pathname.startsWith('/login')")
    anna.engine.open(anna.dataset_page)


def stored(anna):
    return {record: given.values[-1] for record, given in anna.oracle.given.items()}


def test_answers_are_stored_as_they_were_meant(anna):
    chance = random.Random(1)
    anna.leave()
    for number in range(ANSWERS):
        anna.answer(KEYS[number] if number < len(KEYS) else chance.choice(KEYS))
    assert len(stored(anna)) == ANSWERS
    anna.all_saved()
    anna.check_counts()

    shown = anna.undo()
    assert (shown.status, shown.chosen) == ("submitted", [stored(anna)[shown.record]])
    anna.answer("3")
    anna.undo()
    anna.answer("4")
    anna.engine.reload()
    assert anna.settle().status == ""
    anna.answer("1")
    assert len(stored(anna)) == ANSWERS + 1
    anna.check_counts()


def test_back_does_not_show_what_is_answered_as_if_it_were_not(anna):
    anna.leave()
    anna.answer("1")
    anna.leave()
    anna.leave()
    for key in "23":
        anna.answer(key)
    for _ in range(2):
        anna.settle()
        anna.engine.back()
    assert anna.settle().is_desk
    anna.answer("5")
    anna.leave()
    anna.engine.back()
    anna.answer("4")
    anna.check_shown()


def test_two_windows_never_show_the_same_pair(anna):
    anna.leave()
    # A page that comes back may have lost what it had.
    anna.leave()
    anna.engine.back()
    anna.settle(LOOK_S)
    windows = [*anna.engine.windows(), anna.engine.new_window()]
    anna.engine.open(anna.address)
    for number in range(12):
        shown = []
        for window in windows:
            anna.engine.switch(window)
            shown.append(anna.settle().record)
        assert len(set(shown)) == len(windows)
        anna.engine.switch(windows[number % 2])
        anna.answer(KEYS[number % len(KEYS)])
    assert len(stored(anna)) == 12
    anna.all_saved()


def test_what_is_answered_offline_is_sent_later(anna):
    anna.leave()
    anna.answer("1")
    anna.all_saved()
    with anna.engine.offline():
        for key in "23":
            anna.answer(key)
        assert anna.waiting() == 2
    anna.all_saved()
