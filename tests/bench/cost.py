"""The processor time of each kind of request, and how many cores ten thousand annotators require.

Times depend on the machine, but the processor times of requests add up.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image
from sqlalchemy import text

from diptych.core.db import Database
from diptych.core.settings import Settings
from diptych.models import Dataset, DatasetMedia, Media
from diptych.records.media import store_image
from tests.bench.crowd import CARDS, Crowd, Load, fill
from tests.bench.figure import Figure
from tests.bench.processes import cpu_seconds, postmaster, serving

SECONDS = 4
CLAIMS, PAGES, LOOKS = 4, 4, 8
RECORDS = 10_000
WEB, POSTGRES = "the web process", "PostgreSQL"
ANSWER, BATCH, PAGE, PICTURE = "an answer", f"{CARDS} cards", "opening the page", "a stored picture"
# Each of ten thousand annotators answers every five seconds, and opens the page once per hundred answers.
ANSWERS_A_SECOND, ANSWERS_A_PAGE = 10_000 / 5, 100


@dataclass(frozen=True)
class Cost:
    """The processor time of a request in ms, by process, and its write-ahead log in KB."""

    milliseconds: Mapping[str, float]
    log: float


def measure(database: Database, address: str, folder: Path) -> list[Figure]:
    dataset = fill(database, folder, RECORDS)
    picture = _picture(database, dataset, folder)
    crowd = Crowd(database, dataset)
    with serving(address, folder, DIPTYCH_LOG_FORMAT="json") as (url, pid):
        meter = _Meter(database, pid)
        # The first run warms up the process; the second one is measured.
        for _ in range(2):
            costs = {
                PAGE: meter.cost(lambda: crowd.open_page([url], PAGES)),
                PICTURE: meter.cost(lambda: crowd.look([url], picture, LOOKS)),
                BATCH: meter.cost(lambda: crowd.claim([url], CLAIMS)),
                ANSWER: meter.cost(lambda: crowd.submit([url], SECONDS)),
            }
    return list(_figures(costs))


class _Meter:
    def __init__(self, database: Database, pid: int) -> None:
        self._database = database
        self._pids = {WEB: pid, POSTGRES: postmaster(database)}

    def cost(self, work: Callable[[], Load]) -> Cost:
        before, log = self._seconds(), self._log()
        requests = len(work().times)
        after = self._seconds()
        spent = {name: 1_000 * (after[name] - before[name]) / requests for name in self._pids}
        return Cost(spent, (self._log() - log) / 1024 / requests)

    def _seconds(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self._pids.items()}

    def _log(self) -> float:
        with self._database.engine.connect() as connection:
            return float(connection.scalar(text("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")))


def _figures(costs: Mapping[str, Cost]) -> Iterator[Figure]:
    for name in (WEB, POSTGRES):
        each = {what: cost.milliseconds[name] for what, cost in costs.items()}
        for what, milliseconds in each.items():
            yield Figure(f"{what}: processor time of {name}", milliseconds, "ms")
        answered = each[ANSWER] + each[BATCH] / CARDS + each[PAGE] / ANSWERS_A_PAGE
        yield Figure(f"10,000 people: {name}", _cores(answered), "cores")
        yield Figure(f"10,000 people, their stored pictures: {name}", _cores(2 * each[PICTURE]), "cores")
    log = costs[ANSWER].log + costs[BATCH].log / CARDS
    yield Figure("an answer and its card: write-ahead log", log, "KB")


def _cores(milliseconds: float) -> float:
    return ANSWERS_A_SECOND * milliseconds / 1_000


def _picture(database: Database, dataset: Dataset, folder: Path) -> str:
    """Store a picture of about 200 KB for the dataset, and return its path."""
    source = folder / "noise.jpg"
    Image.effect_noise((512, 512), 64).save(source, quality=90)
    image = store_image(source, Settings(data_dir=folder).media_dir, max_megapixels=1)
    with database.transaction() as session:
        session.add(Media(**asdict(image)))
        session.flush()
        session.add(DatasetMedia(dataset_id=dataset.id, media_key=image.key))
    return image.address
