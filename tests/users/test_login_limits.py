"""Guessing is slow for whoever guesses, and for nobody else."""

import asyncio
import itertools
import time
from dataclasses import replace

import pytest
from sqlalchemy import event, func, select

from diptych.core import admission, clock
from diptych.core.admission import ConcurrencyLimit, FairConcurrencyLimit
from diptych.core.errors import TooManyRequestsError, UnauthorizedError, UnavailableError
from diptych.core.passwords import hash_token
from diptych.models import KnownBrowser, LoginFailure
from diptych.users import authentication, login_limits, service
from diptych.users.browsers import remember_browser
from tests import factories
from tests.polling import wait_until
from tests.users.logins import attempt, authenticator, log_in, pass_time

PASSWORD = "correct horse"
NETWORKS = [f"203.0.113.{number}" for number in range(1, 255)]


@pytest.fixture
def ada(database):
    with database.transaction() as session:
        return factories.user(session, "ada", password=PASSWORD)


@pytest.fixture
def guess(database):
    """Send a wrong password; return None if it was looked at, else after how many seconds it would be."""

    def guess(username="ada", address="10.0.0.1", **values):
        try:
            log_in(database, "wrong horse", username, address, **values)
        except TooManyRequestsError as error:
            return error.retry_after
        except UnauthorizedError:
            return None
        raise AssertionError

    return guess


@pytest.fixture
def attacked(ada, guess, no_patience):
    """Ada, whose password many networks have guessed at."""
    for address in NETWORKS[: login_limits.NAME.free]:
        assert guess(address=address) is None
    return ada


def known_browser(database, user):
    with database.transaction() as session:
        return remember_browser(session, user, None)


def test_five_guesses_are_free_and_each_further_one_waits_longer(database, ada, guess, no_patience):
    assert [guess() for _ in range(5)] == [None] * 5
    waits = []
    for _ in range(8):
        waits.append(guess())
        pass_time(database, seconds=waits[-1])
        assert guess() is None
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_guess_that_is_refused_is_not_counted(ada, guess, no_patience):
    assert [guess() for _ in range(50)] == [None] * 5 + [1] * 45


def test_the_right_password_gets_in_after_the_delay_also_from_the_attackers_network(
    database, ada, guess, no_patience
):
    wait = [guess() for _ in range(50)][-1]
    with pytest.raises(TooManyRequestsError, match="Please wait 1 second, then"):
        log_in(database, PASSWORD)
    pass_time(database, seconds=wait)
    assert log_in(database, PASSWORD).id == ada.id
    assert [guess() for _ in range(5)] == [None] * 5


def test_a_short_delay_is_waited_for_on_the_server(database, ada, guess, stopped_clock):
    for _ in range(5):
        guess()
    started = time.monotonic()
    assert log_in(database, PASSWORD).id == ada.id
    assert 1 <= time.monotonic() - started < 60


def test_a_delay_passes_by_itself(ada, guess, monkeypatch):
    monkeypatch.setattr(authentication, "MAX_WAIT", 0)
    assert [guess() for _ in range(5)] == [None] * 5
    deadline = time.monotonic() + 60
    while (wait := guess()) is not None:
        assert wait == 1
        assert time.monotonic() < deadline


def test_other_networks_and_other_names_do_not_notice(database, ada, guess, no_patience):
    for _ in range(50):
        guess()
    assert log_in(database, PASSWORD, address="10.0.0.2").id == ada.id
    assert guess("ben") is None


def test_failures_are_forgotten_one_after_the_other(database, ada, guess, no_patience):
    for _ in range(6):
        guess()
    pass_time(database, minutes=5.1)
    assert [guess(), guess()] == [None, 1]
    pass_time(database, hours=1)
    assert [guess() for _ in range(6)] == [None] * 5 + [1]


def test_many_networks_together_wait_from_their_first_guess_on(database, attacked, guess):
    assert guess(address=NETWORKS[100]) == 4
    assert guess(address=NETWORKS[0]) is None
    assert guess(address=NETWORKS[0]) == 16
    # The budget is the name's: others are free.
    assert guess("ben", address=NETWORKS[100]) is None
    pass_time(database, hours=2)
    assert guess(address=NETWORKS[100]) is None


def test_a_new_browser_elsewhere_gets_in_within_seconds_while_the_attack_lasts(
    database, attacked, long_patience, monkeypatch
):
    # A password that would wait longer than that is refused.
    monkeypatch.setattr(authentication, "MAX_WAIT", 5)

    async def run():
        door = authenticator(database)
        attackers = [attempt(door, "wrong", address=address) for address in NETWORKS[60:90]]
        started = time.monotonic()
        *failed, user = await asyncio.gather(
            *attackers, attempt(door, PASSWORD, address="192.0.2.1"), return_exceptions=True
        )
        return failed, user, time.monotonic() - started

    failed, user, seconds = asyncio.run(run())
    assert {type(error) for error in failed} == {UnauthorizedError}
    assert user.id == attacked.id
    assert 4 <= seconds < 60


def test_a_known_browser_gets_in_at_once_whatever_others_do(database, attacked, guess):
    browser = known_browser(database, attacked)
    for _ in range(20):
        guess(address="10.0.0.1")
    assert log_in(database, PASSWORD, browser=browser).id == attacked.id


def test_a_known_browser_is_slowed_down_by_its_own_guesses_only(database, ada, guess, no_patience):
    browser, other = known_browser(database, ada), known_browser(database, ada)
    assert [guess(browser=browser, address=address) for address in NETWORKS[:6]] == [None] * 5 + [1]
    assert log_in(database, PASSWORD, browser=other).id == ada.id
    assert log_in(database, PASSWORD, address=NETWORKS[0]).id == ada.id


def test_a_browser_is_known_for_those_only_who_logged_in_with_it(database, ada, guess, no_patience):
    with database.transaction() as session:
        ben = factories.user(session, "ben", password=PASSWORD)
    browser = known_browser(database, ada)
    for _ in range(6):
        guess("ben")
    with pytest.raises(TooManyRequestsError):
        log_in(database, PASSWORD, "ben", browser=browser)
    with database.transaction() as session:
        assert remember_browser(session, ben, browser) == browser
        assert remember_browser(session, ben, "chosen by the browser") != "chosen by the browser"
    for _ in range(6):
        guess()
    assert log_in(database, PASSWORD, "ben", browser=browser).id == ben.id
    assert log_in(database, PASSWORD, browser=browser).id == ada.id


def test_a_browser_is_not_known_for_ever_and_not_after_a_new_password(database, ada, guess, no_patience):
    expired, renounced = known_browser(database, ada), known_browser(database, ada)
    with database.transaction() as session:
        row = session.get(KnownBrowser, (hash_token(expired), ada.id))
        row.expires_at = clock.now()
    for _ in range(6):
        guess()
    with pytest.raises(TooManyRequestsError):
        log_in(database, PASSWORD, browser=expired)
    with database.transaction() as session:
        service.set_password(session, session.merge(ada), "another horse")
    with pytest.raises(TooManyRequestsError):
        log_in(database, "another horse", browser=renounced)
    known_browser(database, ada)
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(KnownBrowser)) == 1


def test_an_ipv6_network_counts_as_one_address(ada, guess, no_patience):
    waits = [guess(address=f"2001:db8:1:2::{number:x}") for number in range(6)]
    assert waits == [None] * 5 + [1]
    assert guess(address="2001:db8:1:3::1") is None
    assert [guess(address=address) for address in ["::ffff:10.0.0.9", "10.0.0.9"] * 3][-1] == 1


def test_guessing_many_names_from_one_network_is_slowed_down(database, ada, guess, no_patience):
    assert [guess(f"person-{number}") for number in range(102)] == [None] * 100 + [1] * 2
    assert guess("one more", address="10.0.0.2") is None
    pass_time(database, seconds=1)
    assert log_in(database, PASSWORD).id == ada.id


def test_an_ipv6_site_with_thousands_of_networks_is_slowed_down(guess, no_patience):
    networks = [f"2001:db8:1:{number:x}::1" for number in range(102)]
    waits = [guess(f"person-{number}", network) for number, network in enumerate(networks)]
    assert waits == [None] * 100 + [1] * 2


def test_right_passwords_do_not_slow_down_a_classroom(database, ada, no_patience):
    for _ in range(login_limits.NETWORK.free + 20):
        assert log_in(database, PASSWORD).id == ada.id


def test_guesses_at_once_and_at_two_servers_are_counted_like_guesses_in_a_row(
    database, ada, no_patience, long_patience
):
    async def run():
        doors = [authenticator(database), authenticator(database)]
        guesses = [attempt(doors[number % 2], f"guess {number}") for number in range(40)]
        return await asyncio.gather(*guesses, return_exceptions=True)

    kinds = [type(error) for error in asyncio.run(run())]
    assert (kinds.count(UnauthorizedError), kinds.count(TooManyRequestsError)) == (5, 35)


def test_requests_that_wait_hold_up_nobody_and_are_not_without_number(
    database, attacked, long_patience, monkeypatch
):
    monkeypatch.setattr(authentication, "MAX_WAITING", 20)
    # Nobody's turn comes before the test is over.
    monkeypatch.setattr(authentication, "MAX_WAIT", 3_600)
    monkeypatch.setattr(login_limits, "OWN", replace(login_limits.OWN, longest=3_600))
    monkeypatch.setattr(login_limits, "HELD_AGAINST_ALL", 15)
    with database.transaction() as session:
        ben = factories.user(session, "ben", password=PASSWORD)

    async def run():
        door = authenticator(database)
        attackers = [
            asyncio.create_task(attempt(door, "wrong", address=address)) for address in NETWORKS[100:200]
        ]
        await asyncio.sleep(0)
        # All of the attackers came first, so they have been counted when ben is in.
        user = await attempt(door, PASSWORD, "ben", "192.0.2.1")
        refused = [type(one.exception()) for one in attackers if one.done()]
        for one in attackers:
            one.cancel()
        await asyncio.wait(attackers)
        return user, refused

    user, refused = asyncio.run(run())
    assert user.id == ben.id
    assert set(refused) == {TooManyRequestsError}
    # Those that were being counted when the last place was taken wait as well.
    assert 20 <= 100 - len(refused) <= 24


def test_a_password_that_the_server_is_too_busy_to_look_at_is_not_held_against_anybody(
    database, ada, guess, no_patience, monkeypatch
):
    async def run():
        places = FairConcurrencyLimit(2)
        door = authenticator(database, password_limit=places)
        async with places.take("one"), places.take("other"):
            return [
                (await asyncio.gather(attempt(door, "wrong"), return_exceptions=True))[0] for _ in range(9)
            ]

    with monkeypatch.context() as patch:
        patch.setattr(admission, "ADMISSION_TIMEOUT", 0.05)
        assert {type(error) for error in asyncio.run(run())} == {UnavailableError}
    assert [guess() for _ in range(6)] == [None] * 5 + [1]


class BusyAtTurns(ConcurrencyLimit):
    """Has no place at certain turns, counted from one."""

    def __init__(self, *turns):
        super().__init__(4)
        self._turns, self._busy_at = itertools.count(1), turns

    def take(self):
        if next(self._turns) in self._busy_at:
            raise UnavailableError("The server is busy.", retry_after=1)
        return super().take()


def test_a_right_password_that_the_server_is_too_busy_for_is_not_held_against_anybody(
    database, ada, guess, no_patience
):
    for _ in range(9):
        # The first turn counts the password, the second lets the person in.
        door = authenticator(database, database_limit=BusyAtTurns(2))
        with pytest.raises(UnavailableError):
            asyncio.run(attempt(door, PASSWORD))
    assert [guess() for _ in range(6)] == [None] * 5 + [1]


def test_old_failures_are_deleted(database, ada, guess, no_patience):
    for number in range(20):
        guess(f"person-{number}", NETWORKS[number])
    pass_time(database, hours=2)
    log_in(database, PASSWORD)
    pass_time(database, seconds=1)
    log_in(database, PASSWORD)
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(LoginFailure)) <= 2


def test_names_that_look_the_same_have_no_tries_of_their_own(ada, guess, no_patience):
    assert [guess(name) for name in ("ada", "Ada", " ada", "ADA ", "\uff41da", "ada")] == [None] * 5 + [1]


@pytest.mark.parametrize("name", ["a\0", "a\ud800", "x" * 5000, ""])
def test_a_name_that_cannot_be_stored_is_slowed_down_like_any_other(guess, no_patience, name):
    assert [guess(name) for _ in range(6)] == [None] * 5 + [1]


@pytest.mark.parametrize("browser", [None, "made-up"])
def test_a_known_and_an_unknown_name_take_the_same_steps(database, ada, guess, no_patience, browser):
    steps = []

    def note(_connection, _cursor, statement, *_):
        steps[-1].append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    for name in ("ada", "nobody"):
        steps.append([])
        waits = [guess(name, browser=browser) for _ in range(6)]
        assert waits == [None] * 5 + [1]
    event.remove(database.engine, "before_cursor_execute", note)
    assert steps[0] == steps[1]
    assert len(steps[0]) > 5


def test_who_is_disabled_is_told_so_only_with_the_right_password(database, ada, guess):
    with database.transaction() as session:
        service.disable_user(session, session.merge(ada))
    assert guess() is None
    with pytest.raises(UnauthorizedError, match="This account is disabled"):
        log_in(database, PASSWORD)


def test_no_one_gets_in_by_a_password_that_was_changed_while_it_was_checked(database, ada, long_patience):
    def is_counted():
        with database.transaction() as session:
            return session.scalar(select(func.count()).select_from(LoginFailure)) > 0

    async def run():
        places = FairConcurrencyLimit(2)
        door = authenticator(database, password_limit=places)
        async with places.take("one"), places.take("other"):
            late = asyncio.create_task(attempt(door, PASSWORD))
            # The person was read by then.
            await asyncio.to_thread(wait_until, is_counted, "the try to be counted")
            with database.transaction() as session:
                service.set_password(session, session.merge(ada), "another horse")
        return await asyncio.gather(late, return_exceptions=True)

    (outcome,) = asyncio.run(run())
    assert isinstance(outcome, UnauthorizedError)
    assert "changed a moment ago" in outcome.message
