import asyncio

import pytest

from diptych.core import admission
from diptych.core.admission import ConcurrencyLimit, FairConcurrencyLimit
from diptych.core.errors import UnavailableError

pytestmark = pytest.mark.usefixtures("long_patience")


def test_no_more_are_at_work_than_there_are_places():
    at_work, most = 0, 0

    async def work(places):
        nonlocal at_work, most
        async with places.take():
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0)
            at_work -= 1

    async def crowd():
        places = ConcurrencyLimit(3)
        await asyncio.gather(*(work(places) for _ in range(50)))

    asyncio.run(crowd())
    assert most == 3


def test_who_waits_too_long_is_told_to_come_back(monkeypatch):
    async def wait():
        places = ConcurrencyLimit(1)
        async with places.take():
            with monkeypatch.context() as patch:
                patch.setattr(admission, "ADMISSION_TIMEOUT", 0.01)
                with pytest.raises(UnavailableError) as refused:
                    async with places.take():
                        pass
        async with places.take():
            return refused.value

    assert asyncio.run(wait()).headers == {"Retry-After": "1"}


def test_who_sends_much_holds_up_only_their_own():
    order = []

    async def work(places, caller, **values):
        async with places.take(caller, **values):
            order.append(caller)
            await asyncio.sleep(0)

    async def crowd():
        places = FairConcurrencyLimit(1)
        flood = [work(places, "flood") for _ in range(40)]
        others = [work(places, caller) for caller in ("ada", "ben")]
        await asyncio.gather(*flood, *others, work(places, "known", is_known=True))

    asyncio.run(crowd())
    assert order[:5] == ["flood", "known", "flood", "ada", "ben"]
    assert len(order) == 43


def test_no_more_wait_for_one_caller_than_get_a_turn_in_time():
    async def crowd():
        places = FairConcurrencyLimit(1)

        async def work(caller):
            async with places.take(caller):
                await asyncio.sleep(0)

        return await asyncio.gather(*(work("flood") for _ in range(60)), work("ada"), return_exceptions=True)

    refused = [error for error in asyncio.run(crowd()) if error]
    assert len(refused) == 60 - 1 - admission.MAX_WAITING_PER_CALLER
    assert {error.headers["Retry-After"] for error in refused} == {"1"}


def test_a_place_is_free_again_after_those_who_gave_up(monkeypatch):
    async def crowd():
        places = FairConcurrencyLimit(1)
        async with places.take("first"):
            with monkeypatch.context() as patch:
                patch.setattr(admission, "ADMISSION_TIMEOUT", 0.01)
                with pytest.raises(UnavailableError):
                    async with places.take("late"):
                        pass
            gone = asyncio.create_task(places.take("gone").__aenter__())
            await asyncio.sleep(0)
            gone.cancel()
        for caller in ("late", "gone", "late"):
            async with places.take(caller):
                pass

    asyncio.run(crowd())


def test_a_turn_that_comes_as_its_request_ends_goes_to_the_next():
    async def crowd():
        places = FairConcurrencyLimit(1)
        first = places.take("first")
        await first.__aenter__()
        gone = asyncio.create_task(places.take("gone").__aenter__())
        late = asyncio.create_task(places.take("late").__aenter__())
        await asyncio.sleep(0)
        await first.__aexit__(None, None, None)
        gone.cancel()
        await late

    asyncio.run(crowd())
