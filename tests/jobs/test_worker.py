"""Jobs are done once, by the last worker that claimed them, however many workers come and go."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from diptych.core.errors import ConflictError, InvalidError
from diptych.jobs import claims
from diptych.jobs.claims import ClaimLostError, StopReason
from diptych.jobs.kinds import JobKind
from diptych.jobs.queries import count_ahead, get_job, has_worker
from diptych.jobs.run import JobFailedError, JobRun, Progress
from diptych.jobs.service import cancel, enqueue
from diptych.jobs.worker import Worker
from diptych.models import Job, JobStatus, Lane, Workspace
from tests import factories
from tests.polling import wait_until

PATIENCE = 30


class Bench:
    """A queue, and kinds of jobs that note what they do in the database."""

    def __init__(self, database, settings):
        self.database, self.settings = database, settings
        self.kind = JobKind("note", Lane.LONG, self._note)

    def _note(self, run):
        with run.database.transaction() as session:
            session.add(Workspace(name=run.job.payload["note"]))
            run.finish(session, {"noted": run.job.payload["note"]})

    def enqueue(self, note, kind=None, **options):
        with self.database.transaction() as session:
            return enqueue(session, kind or self.kind, {"note": note}, **options)

    def worker(self, *kinds, settings=None):
        return Worker(self.database, settings or self.settings, kinds or [self.kind])

    def claim(self, lane=Lane.LONG, worker="host:1", data_dir="here"):
        with self.database.transaction() as session:
            return claims.claim_next(session, lane, ["note"], worker=worker, data_dir=data_dir)

    def job(self, job_id):
        with self.database.transaction() as session:
            return get_job(session, job_id)

    def change(self, job_id, **values):
        with self.database.transaction() as session:
            session.execute(update(Job).where(Job.id == job_id).values(**values))

    def notes(self):
        with self.database.transaction() as session:
            names = session.scalars(select(Workspace.name).where(Workspace.name.startswith("note")))
            return sorted(names)


@pytest.fixture
def bench(database, settings):
    return Bench(database, settings)


def test_jobs_are_done_in_turn(bench):
    jobs = [bench.enqueue(f"note-{number}") for number in range(3)]
    bench.worker().run_waiting()
    assert bench.notes() == ["note-0", "note-1", "note-2"]
    done = [bench.job(job) for job in jobs]
    assert [job.status for job in done] == [JobStatus.FINISHED] * 3
    assert done[0].result == {"noted": "note-0"}
    assert done[0].finished_at <= done[1].started_at <= done[1].finished_at <= done[2].started_at


def test_several_workers_do_each_job_once(bench):
    for number in range(30):
        bench.enqueue(f"note-{number:02}")
    threads = [threading.Thread(target=bench.worker().run_waiting) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    # A second workspace of the same name would have failed its job.
    assert bench.notes() == [f"note-{number:02}" for number in range(30)]
    with bench.database.transaction() as session:
        assert set(session.scalars(select(Job.status))) == {JobStatus.FINISHED}


def test_people_take_turns(bench, database):
    with database.transaction() as session:
        ada, ben = factories.user(session, "ada"), factories.user(session, "ben")
    for number in range(3):
        bench.enqueue(f"note-ada-{number}", user=ada)
    bens = bench.enqueue("note-ben", user=ben)
    order = [bench.claim()[0].payload["note"] for _ in range(4)]
    assert order == ["note-ada-0", "note-ben", "note-ada-1", "note-ada-2"]
    with database.transaction() as session:
        assert count_ahead(session, get_job(session, bens)) == 3


def test_short_jobs_do_not_wait_for_long_ones(bench):
    bench.enqueue("note-long")
    bench.enqueue("note-short", JobKind("note", Lane.SHORT, bench.kind.do))
    assert bench.claim(Lane.SHORT)[0].payload == {"note": "note-short"}


def test_a_job_with_files_is_done_where_they_are(bench):
    bench.enqueue("note-there", data_dir="there")
    assert bench.claim(data_dir="here") is None
    assert bench.claim(data_dir="there")


def test_a_job_with_a_key_is_asked_for_once_at_a_time(bench):
    assert bench.enqueue("note-1", key="same")
    assert bench.enqueue("note-2", key="same") is None
    bench.worker().run_waiting()
    assert bench.enqueue("note-3", key="same")


def test_a_refusal_is_for_people_and_an_accident_for_the_log(bench):
    def refuse(run):
        raise JobFailedError("Nothing fits.", {"bad": 3})

    def stumble(run):
        raise LookupError("secret")

    kinds = [JobKind("refuse", Lane.LONG, refuse), JobKind("stumble", Lane.LONG, stumble)]
    refused, stumbled = (bench.enqueue("note", kind) for kind in kinds)
    bench.worker(*kinds).run_waiting()
    job = bench.job(refused)
    assert (job.status, job.error, job.result) == (JobStatus.FAILED, "Nothing fits.", {"bad": 3})
    job = bench.job(stumbled)
    assert job.status == JobStatus.FAILED
    assert "secret" not in job.error


def test_a_job_whose_connection_breaks_is_begun_again(bench):
    def break_once(run):
        with run.database.transaction() as session:
            session.add(Workspace(name=f"note-{run.claim.number}"))
            session.flush()
            if run.claim.number == 1:
                session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            run.finish(session)

    kind = JobKind("break", Lane.LONG, break_once)
    job = bench.enqueue("note", kind)
    bench.worker(kind).run_waiting()
    assert (bench.job(job).status, bench.job(job).interruptions) == (JobStatus.FINISHED, 1)
    assert bench.notes() == ["note-2"]


def test_nothing_half_done_is_left_of_a_job_that_fails(bench):
    def half(run):
        with run.database.transaction() as session:
            session.add(Workspace(name="note-half"))
            session.flush()
            raise InvalidError("No.")

    kind = JobKind("half", Lane.LONG, half)
    bench.enqueue("note", kind)
    bench.worker(kind).run_waiting()
    assert bench.notes() == []


def test_a_job_of_a_worker_that_vanished_is_taken_over(bench):
    job = bench.enqueue("note-1")
    assert bench.claim()[1].number == 1
    assert bench.claim() is None
    bench.change(job, heartbeat_at=func.now() - timedelta(seconds=31))
    taken, claim = bench.claim(worker="host:2")
    assert (taken.id, claim.number, taken.interruptions, taken.worker) == (job, 2, 1, "host:2")


def test_the_jobs_of_a_worker_that_is_known_to_have_ended_are_taken_over_at_once(bench, database):
    job = bench.enqueue("note-1")
    bench.claim(worker="host:1")
    with database.transaction() as session:
        claims.abandon(session, "host:2")
    assert bench.claim() is None
    with database.transaction() as session:
        claims.abandon(session, "host:1")
    assert bench.claim()[0].id == job


def test_a_job_that_ends_its_workers_is_given_up(bench):
    job = bench.enqueue("note-1")
    for _ in range(claims.MAX_INTERRUPTIONS):
        assert bench.claim()
        bench.change(job, heartbeat_at=None)
    assert bench.claim() is None
    assert bench.job(job).status == JobStatus.FAILED
    assert "3 times" in bench.job(job).error


def test_a_worker_that_lost_its_claim_writes_nothing(bench, database, settings):
    bench.enqueue("note-1")
    job, claim = bench.claim()
    stale = JobRun(job, claim, workers=database, settings=settings)
    bench.change(job.id, heartbeat_at=None)
    bench.worker().run_waiting()
    assert bench.notes() == ["note-1"]

    def write():
        with stale.database.transaction() as session:
            session.add(Workspace(name="note-stale"))
            stale.finish(session)

    with pytest.raises(ClaimLostError):
        write()
    assert bench.notes() == ["note-1"]
    with database.transaction() as session:
        assert claims.beat(session, claim, None) == StopReason.LOST
    stale.database.dispose()


def test_a_frozen_worker_holds_nobody_up(bench, database, settings):
    """Its transaction is ended from outside, with all locks, and it finds that out when it wakes up."""
    bench.enqueue("note-1")
    job, claim = bench.claim()
    frozen = JobRun(job, claim, workers=database, settings=settings)

    def sleep_and_wake_up():
        with frozen.database.transaction() as session:
            # The same name: the next worker waits for this transaction.
            session.add(Workspace(name="note-1"))
            session.flush()
            bench.change(job.id, heartbeat_at=None)
            bench.worker().run_waiting()
            assert bench.notes() == ["note-1"]
            session.execute(text("SELECT 1"))

    with pytest.raises(OperationalError, match="terminating connection"):
        sleep_and_wake_up()
    assert bench.job(job.id).status == JobStatus.FINISHED
    frozen.database.dispose()


def test_a_job_that_runs_can_be_canceled_in_the_middle_of_a_statement(bench, database):
    begun = threading.Event()

    def sleep(run):
        run.report(Progress("sleep", 1, 2))
        with run.database.transaction() as session:
            session.add(Workspace(name="note-asleep"))
            session.flush()
            begun.set()
            session.execute(text("SELECT pg_sleep(60)"))

    kind = JobKind("sleep", Lane.LONG, sleep)
    job = bench.enqueue("note", kind)
    worker = threading.Thread(target=bench.worker(kind).run_waiting)
    worker.start()
    assert begun.wait(PATIENCE)
    with database.transaction() as session:
        cancel(session, job)
    worker.join(PATIENCE)
    assert not worker.is_alive()
    assert bench.job(job).status == JobStatus.CANCELED
    assert bench.job(job).progress == {"step": "sleep", "done": 1, "total": 2, "bad": 0}
    assert bench.notes() == []
    with pytest.raises(ConflictError), database.transaction() as session:
        cancel(session, job)


def test_a_job_that_waits_can_be_canceled(bench, database):
    job = bench.enqueue("note-1")
    with database.transaction() as session:
        cancel(session, job)
    bench.worker().run_waiting()
    assert (bench.job(job).status, bench.notes()) == (JobStatus.CANCELED, [])


def test_a_worker_that_ends_leaves_its_job_to_the_next(bench):
    begun = threading.Event()

    def wait_once(run):
        if run.claim.number == 1:
            begun.set()
            with run.database.transaction() as session:
                session.execute(text("SELECT pg_sleep(60)"))
        bench.kind.do(run)

    kind = JobKind("wait", Lane.LONG, wait_once)
    job = bench.enqueue("note-1", kind)
    worker = bench.worker(kind)
    running = threading.Thread(target=worker.run)
    running.start()
    assert begun.wait(PATIENCE)
    worker.stop()
    running.join(PATIENCE)
    assert not running.is_alive()
    assert bench.job(job).status == JobStatus.QUEUED
    bench.worker(kind).run_waiting()
    assert bench.job(job).status == JobStatus.FINISHED
    # Ending in order is no interruption.
    assert bench.job(job).interruptions == 0
    assert bench.notes() == ["note-1"]


def test_a_worker_is_known_while_it_runs(bench, database):
    worker = bench.worker()
    running = threading.Thread(target=worker.run)
    running.start()
    job = bench.enqueue("note-1")
    wait_until(lambda: bench.job(job).status == JobStatus.FINISHED, "the job to be done")
    with database.transaction() as session:
        assert has_worker(session, None)
        assert not has_worker(session, "elsewhere")
    worker.stop()
    running.join(PATIENCE)
    with database.transaction() as session:
        assert not has_worker(session, None)


def test_only_so_many_long_jobs_run_at_once(bench, settings):
    together = threading.Barrier(2)

    def meet(run):
        together.wait(PATIENCE)

    kind = JobKind("meet", Lane.LONG, meet)
    jobs = [bench.enqueue(f"note-{number}", kind) for number in range(4)]
    # A pair meets only if two run at once, and the barrier breaks if a third one comes.
    worker = bench.worker(kind, settings=settings.model_copy(update={"jobs": 2}))
    running = threading.Thread(target=worker.run)
    running.start()
    wait_until(lambda: all(bench.job(job).finished_at for job in jobs), "the jobs to be done")
    worker.stop()
    running.join(PATIENCE)
    assert [bench.job(job).status for job in jobs] == [JobStatus.FINISHED] * 4
