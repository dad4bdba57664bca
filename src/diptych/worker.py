"""The worker process: joins the kinds of jobs of all domains, as ``app`` joins their routes."""

import os
import signal

from diptych.core import log
from diptych.core.db import Database
from diptych.core.parent import end_with_parent
from diptych.core.settings import Settings
from diptych.imports import jobs as imports
from diptych.jobs.worker import Worker
from diptych.records.search import indexes

JOB_KINDS = (*imports.KINDS.values(), indexes.BUILD_INDEX, indexes.DROP_INDEXES)

# How far jobs step back for those who annotate on the same machine (see nice(2)).
_NICENESS = 10
# Connections for heartbeats and claims, beside those of each job.
_POOL_SIZE = 4


def run_worker(settings: Settings) -> None:
    """Do jobs until SIGINT or SIGTERM, or until the process that started this one ends."""
    assert settings.database_url is not None  # noqa: S101 - the command has set it
    os.nice(_NICENESS)
    log.configure(settings)
    database = Database(settings.database_url, pool_size=_POOL_SIZE + settings.jobs, name="diptych worker")
    worker = Worker(database, settings, JOB_KINDS)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: worker.stop())
    end_with_parent()
    try:
        worker.run()
    finally:
        database.dispose()
