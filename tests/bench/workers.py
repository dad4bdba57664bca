"""Answers a second through one worker, two workers, and two servers on one database; and what each costs.

The clients, the servers and PostgreSQL share the cores of one machine: where it has two, a second worker
shows that nothing but the cores is in its way, and not twice the answers.
"""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from diptych.assignments.service import MOST_HELD
from diptych.core.db import Database
from tests.bench.crowd import CARDS, PEOPLE, Crowd, Load, fill
from tests.bench.figure import Figure
from tests.bench.processes import cpu_seconds, postmaster, serving

ROUNDS = 3
# So long do people answer in each round, at each of the three.
SECONDS = 2
CLAIMS, PAGES, KNOCKS = 4, 4, 40
RECORDS = 4 * ROUNDS * PEOPLE * MOST_HELD + PEOPLE * CARDS * CLAIMS
ANSWER = "an answer"
ONE, TWO, APART = "1 worker", "2 workers", "2 servers"


@dataclass(frozen=True)
class Metered:
    """Some requests, and for how many milliseconds one of them kept a core busy, here and there."""

    load: Load
    web: float
    postgres: float


def measure(database: Database, address: str, folder: Path) -> list[Figure]:
    crowd = Crowd(database, fill(database, folder, RECORDS))
    answers = defaultdict[str, list[Load]](list)
    metered = defaultdict[str, list[Metered]](list)
    log = {"DIPTYCH_LOG_FORMAT": "json"}
    with (
        serving(address, folder, **log) as (one, pid),
        serving(address, folder, workers=2, **log) as (two, _),
        serving(address, folder, **log) as (left, _),
        serving(address, folder, **log) as (right, _),
    ):
        pids = (pid, postmaster(database))
        nothing = crowd.knock([one], KNOCKS)
        metered["a page"].append(_meter(pids, lambda: crowd.open_page([one], PAGES)))
        metered[f"{CARDS} cards"].append(_meter(pids, lambda: crowd.claim([one], CLAIMS)))
        for number in range(1 + ROUNDS):
            for name, addresses in ((ONE, [one]), (TWO, [two]), (APART, [left, right])):
                crowd.lease(database)
                answered = _meter(pids, partial(crowd.submit, addresses, SECONDS))
                # The first round is for what a process learns once.
                if number:
                    answers[name].append(answered.load)
                if number and name == ONE:
                    metered[ANSWER].append(answered)
    return [*_rates(answers, nothing), *_costs(metered)]


def _meter(pids: Sequence[int], work: Callable[[], Load]) -> Metered:
    before = [cpu_seconds(pid) for pid in pids]
    load = work()
    spent = [cpu_seconds(pid) - start for pid, start in zip(pids, before, strict=True)]
    web, postgres = (1_000 * seconds / len(load.times) for seconds in spent)
    return Metered(load, web, postgres)


def _rates(answers: Mapping[str, Sequence[Load]], nothing: Load) -> Iterator[Figure]:
    limit, limit_is = nothing.rate, "GET /healthz"
    for name, loads in answers.items():
        rate = statistics.median(load.rate for load in loads)
        yield Figure(f"answers, {PEOPLE} people, {name}", rate, "a second", limit, limit_is)
        if name == ONE:
            limit, limit_is = rate, ONE
        for percent in (50, 99):
            time = statistics.median(load.percentile(percent) for load in loads)
            yield Figure(f"answers, {PEOPLE} people, {name}, p{percent}", time, "ms")


def _costs(metered: Mapping[str, Sequence[Metered]]) -> Iterator[Figure]:
    for what, some in metered.items():
        yield Figure(f"{what}: CPU of the web process", statistics.median(one.web for one in some), "ms")
        yield Figure(f"{what}: CPU of PostgreSQL", statistics.median(one.postgres for one in some), "ms")
