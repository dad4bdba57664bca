"""Answers per second with one worker, with two workers, and with two servers on one database.

The clients, the servers and PostgreSQL share the cores of one machine. With two cores, a second worker cannot
double the answers; it only shows that nothing else limits it.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from diptych.assignments.service import MAX_HELD
from diptych.core.db import Database
from tests.bench.crowd import PEOPLE, Crowd, Load, fill
from tests.bench.figure import Figure
from tests.bench.processes import serving

ROUNDS = 3
# The duration of each round for each of the three, in seconds.
SECONDS = 2
KNOCKS = 40
# Some are released unanswered; with fewer records, the last ones would be claimed in ones and twos.
RECORDS = 4 * ROUNDS * PEOPLE * MAX_HELD
ONE, TWO, APART = "1 worker", "2 workers", "2 servers"


def measure(database: Database, address: str, folder: Path) -> list[Figure]:
    crowd = Crowd(database, fill(database, folder, RECORDS))
    answers = defaultdict[str, list[Load]](list)
    with (
        serving(address, folder) as (one, _),
        serving(address, folder, workers=2) as (two, _),
        serving(address, folder) as (left, _),
        serving(address, folder) as (right, _),
    ):
        nothing = crowd.knock([one], KNOCKS)
        for number in range(1 + ROUNDS):
            for name, addresses in ((ONE, [one]), (TWO, [two]), (APART, [left, right])):
                crowd.lease(database)
                load = crowd.submit(addresses, SECONDS)
                # The first round warms up the processes.
                if number:
                    answers[name].append(load)
    return list(_figures(answers, nothing))


def _figures(answers: Mapping[str, Sequence[Load]], nothing: Load) -> Iterator[Figure]:
    limit, limit_is = nothing.rate, "GET /healthz"
    for name, loads in answers.items():
        what = f"answers of {PEOPLE} people, {name}"
        rate = statistics.median(load.rate for load in loads)
        yield Figure(what, rate, "a second", limit, limit_is)
        if name == ONE:
            limit, limit_is = rate, ONE
        for percent in (50, 99):
            time = statistics.median(load.percentile(percent) for load in loads)
            yield Figure(f"{what}, p{percent}", time, "ms")
