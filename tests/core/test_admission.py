import asyncio

import pytest

from diptych.core import admission
from diptych.core.admission import Places
from diptych.core.errors import UnavailableError


def test_no_more_are_at_work_than_there_are_places():
    at_work, most = 0, 0

    async def work(places):
        nonlocal at_work, most
        async with places.take():
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0.001)
            at_work -= 1

    async def crowd():
        places = Places(3)
        await asyncio.gather(*(work(places) for _ in range(50)))

    asyncio.run(crowd())
    assert most == 3


def test_who_waits_too_long_is_told_to_come_back(monkeypatch):
    monkeypatch.setattr(admission, "PATIENCE", 0.01)

    async def wait():
        places = Places(1)
        async with places.take():
            with pytest.raises(UnavailableError) as refused:
                async with places.take():
                    pass
        async with places.take():
            return refused.value

    assert asyncio.run(wait()).headers == {"Retry-After": "1"}
