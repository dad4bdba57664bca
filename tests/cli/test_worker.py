"""``diptych worker``: a worker without a server."""

import signal
import subprocess
import sys
from pathlib import Path

from diptych.core.db import new_id
from diptych.imports.jobs import create_import
from diptych.imports.uploads import store_upload
from diptych.jobs.queries import get_job, has_worker
from diptych.models import JobStatus, Role
from tests import factories
from tests.polling import wait_until

COMMAND = Path(sys.executable).parent / "diptych"
PAIRS = b"id,prompt,image_1,image_2\n1,a cat,https://a.example/1.webp,https://a.example/2.webp\n"


def test_a_worker_does_what_waits_until_it_is_told_to_stop(database, settings, tmp_path):
    with database.transaction() as session:
        dataset, admin = factories.dataset(session, "cats"), factories.user(session, role=Role.ADMIN)
    import_id, path = new_id(), tmp_path / "pairs.csv"
    path.write_bytes(PAIRS)
    with path.open("rb") as file:
        store_upload(settings, import_id, path.name, file, [])
    mapping = {name: name for name in ("id", "prompt", "image_1", "image_2")}
    with database.transaction() as session:
        created = create_import(
            session, settings, dataset, admin, import_id=import_id, name=path.name, mapping=mapping
        )
    environment = {
        "DIPTYCH_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "DIPTYCH_DATA_DIR": str(settings.data_dir),
    }
    process = subprocess.Popen([COMMAND, "worker"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: is_done(database, created.job_id), "the job to be done", seconds=30)
        with database.transaction() as session:
            assert has_worker(session, None)
    finally:
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=30)[1]
    assert process.returncode == 0
    assert "This worker does jobs until you press Ctrl-C." in told
    with database.transaction() as session:
        assert not has_worker(session, None)


def is_done(database, job_id):
    with database.transaction() as session:
        return get_job(session, job_id).status == JobStatus.FINISHED
