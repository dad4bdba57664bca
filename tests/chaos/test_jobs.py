"""Workers and servers are killed in the middle of imports: each import is done once, without a person."""

import multiprocessing
import os
import signal
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from diptych.core.db import new_id
from diptych.core.settings import Settings
from diptych.imports.jobs import create_import, start
from diptych.imports.queries import Task, get_import
from diptych.imports.uploads import store_upload
from diptych.models import DatasetMedia, Job, JobStatus, Record, Role, User
from diptych.worker import run_worker
from tests import factories
from tests.bench.processes import family
from tests.browser.processes import WITH_WORKER, Serving
from tests.polling import wait_until

ROWS, PICTURES = 20_000, 40
PATIENCE = 120


@pytest.fixture
def settings(migrated_database, data_dir):
    address = migrated_database.url.render_as_string(hide_password=False)
    return Settings(database_url=address, data_dir=data_dir)


@pytest.fixture
def uploaded(database, settings, dataset, tmp_path):
    """Return the id of the import of a large file with pictures."""
    with database.transaction() as session:
        admin = factories.user(session, role=Role.ADMIN)
    path, import_id = tmp_path / "pairs.csv", new_id()
    with path.open("w") as file:
        file.write("id,prompt,image_1,image_2\n")
        for number in range(ROWS):
            file.write(f"{number},a cat,{number % PICTURES}.png,https://a.example/{number}.png\n")
    for number in range(PICTURES):
        Image.new("RGB", (64, 64), (number, 0, 0)).save(tmp_path / f"{number}.png")
    pictures = [(f"{number}.png", (tmp_path / f"{number}.png").open("rb")) for number in range(PICTURES)]
    with path.open("rb") as file:
        store_upload(settings, import_id, path.name, file, pictures)
    with database.transaction() as session:
        names = ("id", "prompt", "image_1", "image_2")
        create_import(
            session,
            settings,
            dataset,
            admin,
            import_id=import_id,
            name=path.name,
            mapping={name: name for name in names},
        )
    return import_id


@pytest.fixture
def server(settings):
    """A server of two web processes, with a worker."""
    server = Serving(settings.database_url, settings.data_dir, (*WITH_WORKER, "--workers", "2"))
    server.start()
    server.wait()
    yield server
    server.kill()


def job_of(database, dataset, import_id):
    with database.transaction() as session:
        return get_import(session, dataset, import_id).job


def wait_for_the_end(database, dataset, import_id):
    def finished():
        job = job_of(database, dataset, import_id)
        assert job.status not in {JobStatus.FAILED, JobStatus.CANCELED}, job.error
        return job if job.status == JobStatus.FINISHED else None

    return wait_until(finished, "the job to be done", seconds=PATIENCE)


def wait_for_the_middle(database, dataset, import_id):
    """Return the process that does a job, once it has read a part of the file."""

    def reading():
        job = job_of(database, dataset, import_id)
        return job if job.status == JobStatus.STARTED and (job.progress or {}).get("done") else None

    job = wait_until(reading, "the job to be in its middle", seconds=PATIENCE)
    return int(job.worker.rpartition(":")[2])


def begin_import(database, settings, dataset, import_id):
    wait_for_the_end(database, dataset, import_id)
    with database.transaction() as session:
        user = session.get_one(User, get_import(session, dataset, import_id).import_.user_id)
        start(session, settings, dataset, user, import_id, Task.IMPORT)


def assert_imported_once(database, dataset):
    with database.transaction() as session:
        count, different = session.execute(
            select(func.count(), func.count(Record.external_id.distinct())).where(
                Record.dataset_id == dataset.id
            )
        ).one()
        shown = session.scalar(
            select(func.count()).select_from(DatasetMedia).where(DatasetMedia.dataset_id == dataset.id)
        )
    assert (count, different, shown) == (ROWS, ROWS, PICTURES)


def test_an_import_whose_worker_is_killed_is_taken_over(database, settings, dataset, uploaded, server):
    begin_import(database, settings, dataset, uploaded)
    os.kill(wait_for_the_middle(database, dataset, uploaded), signal.SIGKILL)
    assert wait_for_the_end(database, dataset, uploaded).interruptions == 1
    assert_imported_once(database, dataset)
    assert server.probe() == (200, 0)
    assert "the worker process ended" in server.log


def test_a_killed_server_leaves_nothing_behind_and_starts_again(
    database, settings, dataset, uploaded, server
):
    begin_import(database, settings, dataset, uploaded)
    wait_for_the_middle(database, dataset, uploaded)
    processes = family(server.pid)
    assert len(processes) >= 4
    server.kill()
    server.start()
    server.wait()
    wait_until(lambda: not any(map(is_alive, processes)), "the processes of the killed server to end")
    wait_for_the_end(database, dataset, uploaded)
    assert_imported_once(database, dataset)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_web_process_that_is_killed_is_replaced(server):
    def web_processes():
        return {pid for pid in family(server.pid)[1:] if b"spawn_main" in command_of(pid)}

    before = web_processes()
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: len(web_processes() - {victim}) == len(before), "another process", seconds=5)
    assert f"Child process [{victim}] died" in server.log or "the worker process ended" in server.log


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_frozen_worker_writes_nothing_when_it_wakes_up(database, settings, dataset, uploaded, server):
    begin_import(database, settings, dataset, uploaded)
    frozen = wait_for_the_middle(database, dataset, uploaded)
    os.kill(frozen, signal.SIGSTOP)
    try:
        with database.transaction() as session:
            # Half a minute later.
            session.execute(update(Job).where(Job.status == JobStatus.STARTED).values(heartbeat_at=None))
        with other_worker(settings):
            assert wait_for_the_end(database, dataset, uploaded).claim == 2
    finally:
        os.kill(frozen, signal.SIGCONT)
    wait_until(lambda: "job stopped" in server.log, "the worker to find out", seconds=30)
    assert_imported_once(database, dataset)
    assert job_of(database, dataset, uploaded).claim == 2


@contextmanager
def other_worker(settings):
    process = multiprocessing.get_context("spawn").Process(target=run_worker, args=(settings,))
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(30)
