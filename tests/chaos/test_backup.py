"""Fifty people answer while a backup is made and the doctor looks on: nothing that they gave is missing."""

import asyncio
import csv
import io
import json
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

import aiohttp
import httpx
import pytest
from sqlalchemy import select, text

from diptych.datasets.queries import get_dataset
from diptych.datasets.service import add_to_totals
from diptych.doctor.findings import Finding, Patient
from diptych.doctor.service import examine
from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.models import Response
from diptych.records import blocks
from diptych.users.sessions import start_session
from tests import factories
from tests.backups.conftest import AnnotatorState
from tests.browser.hands import import_pairs
from tests.browser.processes import serving
from tests.polling import wait_until

PEOPLE = 50
PAIRS = 120
MIN_SUBMITTED = 40
CARDS = 4
# Answers that are confirmed before the backup begins, and that come while it is made and after it.
BEFORE, AFTER = 300, 300
NOISE = text("""
INSERT INTO records (dataset_id, id, fields, metadata, position, min_submitted)
SELECT :dataset_id, gen_random_uuid(), '{}', json_build_object('n', repeat(md5(CAST(n AS text)), 99)), n, 1
FROM generate_series(1, 20000) n
""")
MISCOUNTS = (
    (
        "records ORDER BY dataset_id, id",
        "UPDATE records SET submitted_count = submitted_count + 1, lease_count = lease_count + 1",
    ),
    ("dataset_counts", "UPDATE dataset_counts SET records = records + 3, completed = completed + 2"),
    ("annotator_progress ORDER BY dataset_id, user_id", "UPDATE annotator_progress SET draft = draft + 1"),
    ("record_blocks", "UPDATE record_blocks SET records = records + 1"),
)
ANSWERS = [f"preference.responses{part}" for part in ("", ".users", ".status")]


@dataclass
class Journal:
    """What was sent and what was confirmed, by record and person."""

    sent: dict[tuple[str, str], str] = field(default_factory=dict)
    confirmed: dict[tuple[str, str], str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def wait(self, count: int, seconds: float = 60) -> None:
        wait_until(
            lambda: len(self.confirmed) >= count,
            lambda: f"{count} answers; {len(self.confirmed)} came, and {self.failures[:3]}",
            seconds=seconds,
        )


class Crowd:
    """People who claim and answer in a thread of their own until they are sent home."""

    def __init__(self, address: str, dataset: str, tokens: dict[str, str]) -> None:
        self.journal = Journal()
        self._address, self._dataset, self._tokens = address, dataset, tokens
        self._is_over = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over = True
        self._thread.join()

    async def _work(self) -> None:
        await asyncio.gather(*(self._annotate(*one) for one in self._tokens.items()))

    async def _annotate(self, user_id: str, token: str) -> None:
        choices = random.Random(user_id)
        headers = {"Cookie": f"diptych_session={token}"}
        async with aiohttp.ClientSession(self._address, headers=headers) as http:
            while not self._is_over:
                reply = await self._post(http, f"/datasets/{self._dataset}/cards", {"limit": CARDS})
                cards = [card["record"] for card in reply.get("cards", ())]
                if not cards:
                    return
                for record in cards:
                    await self._answer(http, user_id, record, choices.choice(("image_1", "image_2")))
                    # People take their time, and never the same.
                    await asyncio.sleep(choices.uniform(0, 0.05))

    async def _answer(self, http: aiohttp.ClientSession, user_id: str, record: str, value: str) -> None:
        item = {"record_id": record, "values": {"preference": {"value": value}}, "status": "submitted"}
        self.journal.sent[record, user_id] = value
        reply = await self._post(http, "/api/v1/me/responses/bulk", {"items": [item]})
        if reply and reply["items"][0]["error"] is None:
            self.journal.confirmed[record, user_id] = value

    async def _post(self, http: aiohttp.ClientSession, path: str, body: object) -> dict:
        async with http.post(path, json=body) as reply:
            content = await reply.text()
            if reply.status != 200:
                self.journal.failures.append(f"{reply.status} {content}")
                return {}
            return json.loads(content)


@dataclass(frozen=True)
class State:
    """What a place holds: answers by record and person, exports by format, and what the doctor finds."""

    place: AnnotatorState
    answers: dict[tuple[str, str], str]
    exports: dict[str, str]
    findings: list[Finding]


@dataclass(frozen=True)
class Drill:
    """A campaign at work and its backups: one made meanwhile, and one when everybody had gone home."""

    journal: Journal
    confirmed_before: dict[tuple[str, str], str]
    looks: list[dict]
    original: State
    meanwhile: State
    at_the_end: State
    token: str


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drill")
    place = AnnotatorState(folder / "data")
    place.data_dir.mkdir()
    with serving("", place.data_dir) as server, place.opened() as database:
        tokens = begin_campaign(database, place.data_dir)
        with Crowd(server.address, "cats", tokens) as crowd:
            crowd.journal.wait(BEFORE)
            confirmed = dict(crowd.journal.confirmed)
            backup = place.start("backup", folder / "meanwhile.diptych")
            looks = [look(place), look(place, "--recount")]
            assert backup.wait(60) == 0, backup.stderr.read()
            crowd.journal.wait(len(confirmed) + AFTER)
            miscount(database)
            looks.append(look(place, "--recount"))
            crowd.journal.wait(len(confirmed) + 2 * AFTER)
        outcome = place.run("backup", folder / "end.diptych")
        assert outcome.code == 0, outcome.err
    restored = [restore(folder, name) for name in ("meanwhile", "end")]
    states = [state_of(one) for one in (place, *restored)]
    return Drill(crowd.journal, confirmed, looks, *states, next(iter(tokens.values())))


def begin_campaign(database, data_dir):
    """Make a dataset and people, and return the tokens of their sessions by their ids."""
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats", min_submitted=MIN_SUBMITTED)
        people = [factories.user(session) for _ in range(PEOPLE)]
        tokens = {str(person.id): start_session(session, person, days=1) for person in people}
    import_pairs(database, dataset, data_dir, PAIRS)
    add_noise(database)
    return tokens


def add_noise(database):
    """Have records of another dataset, so that it takes a moment from one table to the next."""
    with database.transaction() as session:
        noise = factories.dataset(session, "noise")
        session.execute(NOISE, {"dataset_id": noise.id})
        blocks.rebuild(session, noise)
        add_to_totals(session, noise.id, records=20_000)


def miscount(database):
    """Make every kind of count wrong, in the order in which answers lock the rows."""
    for order, statement in MISCOUNTS:
        with database.transaction() as session:
            session.execute(text(f"SELECT FROM {order} FOR UPDATE"))
            session.execute(text(statement))


def look(place, *options):
    return json.loads(place.run("doctor", "--json", *options).out)["findings"]


def restore(folder, name):
    place = AnnotatorState(folder / name)
    outcome = place.run("restore", folder / f"{name}.diptych")
    assert outcome.code == 0, outcome.err
    return place


def state_of(place):
    with place.opened() as database:
        with database.transaction() as session:
            dataset, rows = get_dataset(session, "cats"), session.scalars(select(Response)).all()
        answers = {(str(row.record_id), str(row.user_id)): row.values["preference"]["value"] for row in rows}
        exports = {
            kind: b"".join(export(database, dataset, format=ExportFormat(kind))).decode()
            for kind in ("json", "csv", "argilla-json")
        }
        findings = list(examine(Patient(database, place.settings, is_deep=True), on_progress=lambda *_: None))
    return State(place, answers, exports, findings)


def test_people_were_at_work_before_the_backup_during_it_and_after(drill):
    assert drill.journal.failures == []
    counts = [len(drill.confirmed_before), len(drill.meanwhile.answers), len(drill.at_the_end.answers)]
    assert counts == sorted(set(counts))
    assert counts[0] >= BEFORE


def test_every_answer_that_was_confirmed_before_the_backup_began_is_in_it(drill):
    found = drill.meanwhile.answers
    assert {key: found.get(key) for key in drill.confirmed_before} == drill.confirmed_before
    assert found.items() <= drill.journal.sent.items()


def test_every_answer_that_was_confirmed_is_in_the_backup_of_the_end(drill):
    found = drill.at_the_end.answers
    assert {key: found.get(key) for key in drill.journal.confirmed} == drill.journal.confirmed


def test_the_doctor_finds_nothing_wrong_only_because_people_are_at_work(drill):
    assert [one for report in drill.looks[:2] for one in report if not one["is_note"]] == []


def test_counts_are_put_right_while_people_work(drill):
    checks = {one["check"] for one in drill.looks[2] if one["is_repaired"]}
    assert checks >= {"record counts", "dataset totals", "annotator progress", "record blocks"}
    assert [one for one in drill.original.findings if not one.is_note] == []


def test_everything_adds_up_in_what_is_restored(drill):
    for state in (drill.meanwhile, drill.at_the_end):
        assert [one for one in state.findings if not one.is_note] == []


def test_no_record_has_an_answer_too_many(drill):
    counts = Counter(record for record, _ in drill.original.answers)
    assert max(counts.values()) <= MIN_SUBMITTED


def test_an_export_of_what_is_restored_is_the_same_to_the_byte(drill):
    assert drill.at_the_end.exports == drill.original.exports


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_an_export_of_the_backup_of_meanwhile_has_the_answers_of_its_moment(drill, kind):
    answers = drill.meanwhile.answers
    expected = [restricted(row, answers) for row in rows_of(drill.original, kind)]
    assert [in_full(row) for row in rows_of(drill.meanwhile, kind)] == expected


def rows_of(state, kind):
    """Return the rows of an export, with lists where the cell of a table holds one."""
    if kind == "json":
        return json.loads(state.exports[kind])
    rows = csv.DictReader(io.StringIO(state.exports[kind], newline=""))
    return [
        {name: json.loads(cell) if name in ANSWERS and cell else cell for name, cell in row.items()}
        for row in rows
    ]


def restricted(row, answers):
    """Return a row of an export as it was when only these answers had been given."""
    lists = [row.get(name) or [] for name in ANSWERS]
    kept = [one for one in zip(*lists, strict=True) if (row["_server_id"], one[1]) in answers]
    columns = list(zip(*kept, strict=True)) if kept else [(), (), ()]
    status = "completed" if len(kept) >= MIN_SUBMITTED else "pending"
    lists_then = {name: list(column) for name, column in zip(ANSWERS, columns, strict=True)}
    return row | {"status": status} | lists_then


def in_full(row):
    return row | {name: row.get(name) or [] for name in ANSWERS}


def test_pictures_are_served_again_to_who_was_logged_in(drill):
    place = drill.meanwhile.place
    pictures = sorted((place.data_dir / "media").rglob("*.*"))
    assert len(pictures) == 2 * PAIRS
    with serving("", place.data_dir) as server:
        for path in pictures[:3]:
            cookies = {"diptych_session": drill.token}
            reply = httpx.get(f"{server.address}/media/{path.name}", cookies=cookies)
            assert (reply.status_code, reply.content) == (200, path.read_bytes())
        backup = place.data_dir.parent / "end.diptych"
        refused = place.run("restore", backup, "--replace", stdin="meanwhile\n")
        assert refused.code == 1
        assert "A server or another command is using the data" in refused.err
