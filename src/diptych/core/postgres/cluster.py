"""The files of the database cluster: creating them, refusing broken ones, and access rules."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from diptych.core.files import sync_folder
from diptych.core.postgres.account import Account, name_of_root
from diptych.core.postgres.errors import PostgresError
from diptych.core.postgres.layout import MAJOR, Layout, program
from diptych.core.postgres.locks import LOCK_TIMEOUT

_TEMPORARY = {"overlay", "tmpfs", "ramfs", "aufs"}


def ensure_cluster(layout: Layout, account: Account, progress: Callable[[str], None]) -> None:
    """Create the cluster if there is none; raise ``PostgresError`` if the existing one cannot be used."""
    for abandoned in layout.home.glob("initdb-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    if os.path.lexists(layout.cluster):
        _refuse_a_broken_cluster(layout.cluster)
        return
    progress(f"creating the database in {layout.home}")
    _create(layout, account)


def warn_if_temporary(directory: Path, progress: Callable[[str], None]) -> None:
    """Warn if the file system of ``directory`` is lost with the container or at a reboot."""
    filesystem = _filesystem(directory)
    if filesystem in _TEMPORARY:
        progress(f"{directory} is on {filesystem}: the data is lost with the container or at a reboot")


def write_access_rules(cluster: Path, account: Account) -> None:
    """Let only the server's account and root connect through the socket; root could become it anyway."""
    (cluster / "pg_hba.conf").write_text(
        "# Written by Diptych at each start.\nlocal all diptych,postgres peer map=diptych\n"
    )
    lines = [
        f'diptych "{name}" {role}\n'
        for name in sorted({account.name, name_of_root()})
        for role in ("diptych", "postgres")
    ]
    (cluster / "pg_ident.conf").write_text("# Written by Diptych at each start.\n" + "".join(lines))


def _refuse_a_broken_cluster(cluster: Path) -> None:
    for name in ("PG_VERSION", "global/pg_control"):
        if not (cluster / name).is_file():
            raise PostgresError(
                f"{cluster} is not a complete PostgreSQL data directory: {name} is missing. Restore it from "
                "a backup, or move it away to start with an empty database. Nothing was changed."
            )
    version = (cluster / "PG_VERSION").read_text().strip()
    if version != MAJOR:
        raise PostgresError(
            f"{cluster} was written by PostgreSQL {version}, but this Diptych comes with PostgreSQL {MAJOR}. "
            "Export the data with the version of Diptych that wrote it, or set DIPTYCH_DATABASE_URL to a "
            f"PostgreSQL {version} of your own. Nothing was changed."
        )


def _create(layout: Layout, account: Account) -> None:
    """Run initdb in a temporary folder and rename the result, so that a killed run leaves no half cluster."""
    unfinished = Path(tempfile.mkdtemp(prefix="initdb-", dir=layout.home))
    account.give(unfinished)
    command = [
        program("initdb"),
        f"--pgdata={unfinished}",
        "--username=postgres",
        "--auth-local=peer",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        "--data-checksums",
    ]
    status, output = account.run(command, seconds=LOCK_TIMEOUT)
    if status != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise PostgresError(f"PostgreSQL could not create a database in {layout.home}:\n{output}")
    unfinished.rename(layout.cluster)
    sync_folder(layout.home)


def _filesystem(directory: Path) -> str | None:
    """Return the type of the file system of ``directory``, or None if the kernel does not tell."""
    mounts = Path("/proc/self/mountinfo")
    if not mounts.exists():
        return None
    device = directory.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts.read_text().splitlines():
        fields = line.split()
        if fields[2] == wanted:
            return fields[fields.index("-") + 1]
    return None
