"""The account that the server runs as, and starting programs under it."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from diptych.core.postgres.errors import PostgresError
from diptych.core.postgres.layout import Layout, program

# The caller's environment (PGOPTIONS, TZ, LC_ALL …) must not change what the server does or prints.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}


@dataclass(frozen=True)
class Account:
    """The account that the server runs as, and how to start programs under it."""

    name: str
    uid: int
    gid: int
    prefix: tuple[str, ...] = ()
    drops_privileges: bool = False

    def start(
        self, command: Sequence[str], *, output: IO[bytes] | int, keep: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        """Start ``command`` detached from the terminal, with only the descriptors ``keep``."""
        return subprocess.Popen(  # noqa: S603 - a program of the wheel, without a shell
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=keep,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
            user=self.uid if self.drops_privileges else None,
            group=self.gid if self.drops_privileges else None,
            extra_groups=[] if self.drops_privileges else None,
        )

    def run(self, command: Sequence[str], *, seconds: float) -> tuple[int, str]:
        """Run ``command`` and return its exit status and output.

        Raises ``PostgresError`` if it has not ended after ``seconds``.
        """
        with self.start(command, output=subprocess.PIPE) as process:
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise PostgresError(f"{command[0]} has not ended after {seconds:.0f} seconds.") from error
        return process.returncode, output.decode(errors="replace").strip()

    def give(self, path: Path) -> None:
        """Give a file that root has just created to this account."""
        if os.geteuid() == 0 and path.lstat().st_uid == 0:
            os.lchown(path, self.uid, self.gid)


def find_account(layout: Layout) -> Account:
    """Return the current account; for root, which PostgreSQL refuses, the folder's owner or ``nobody``.

    Creates the server's folder. Raises ``PostgresError`` if the folder belongs to another account, or if the
    account cannot reach both the folder and the programs.
    """
    owner = _server_owner(layout)
    account = Account(owner.pw_name, owner.pw_uid, owner.pw_gid)
    layout.root.mkdir(parents=True, exist_ok=True)
    layout.home.mkdir(mode=0o700, exist_ok=True)
    account.give(layout.home)
    _refuse_a_strangers_folder(layout.home, account)
    return account if os.geteuid() else _unprivileged(account, layout)


def name_of_root() -> str:
    """Return the name of account 0."""
    return pwd.getpwuid(0).pw_name


def _server_owner(layout: Layout) -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return _named(os.geteuid())
    if layout.home.exists() and (uid := layout.home.lstat().st_uid) != 0:
        return _named(uid)
    return _owner_with_a_name(layout.root) or pwd.getpwnam("nobody")


def _owner_with_a_name(folder: Path) -> pwd.struct_passwd | None:
    """Return the owner if it is an ordinary account; mounted folders often have an unknown owner."""
    if not folder.exists() or (uid := folder.stat().st_uid) == 0:
        return None
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _named(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError as error:
        raise PostgresError(
            f"The account {uid} has no name on this machine, and PostgreSQL needs one: "
            "run as an account listed in /etc/passwd, or set DIPTYCH_DATABASE_URL."
        ) from error


def _refuse_a_strangers_folder(home: Path, account: Account) -> None:
    uid = home.stat().st_uid
    if uid != account.uid:
        raise PostgresError(
            f"{home} belongs to another account ({uid}) than {account.name}: run the command as its owner "
            "or as root, or choose another folder with DIPTYCH_DATA_DIR."
        )


def _unprivileged(account: Account, layout: Layout) -> Account:
    postgres = program("postgres")
    trial = ["sh", "-c", 'cd "$1" && exec "$2" --version', "sh", str(layout.home), postgres]
    reason = ""
    for candidate in _ways_down(account):
        try:
            status, reason = candidate.run(trial, seconds=30)
        except (OSError, subprocess.SubprocessError) as error:
            status, reason = 1, str(error)
        if status == 0:
            return candidate
    raise PostgresError(
        f"PostgreSQL does not run as root, and the account {account.name} cannot reach {layout.home} or "
        f"{postgres} ({reason}). Install setpriv (util-linux), or choose a data directory that "
        f"{account.name} can reach with DIPTYCH_DATA_DIR, or run as an ordinary user."
    )


def _ways_down(account: Account) -> Iterator[Account]:
    """Yield the account without privileges, then with the capability to pass closed folders."""
    yield replace(account, drops_privileges=True)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return
    for capability in ("dac_read_search", "dac_override"):
        prefix = (
            setpriv,
            f"--reuid={account.uid}",
            f"--regid={account.gid}",
            "--clear-groups",
            f"--inh-caps=+{capability}",
            f"--ambient-caps=+{capability}",
            # Without this, access(2), which PostgreSQL calls for its own program, ignores the capability.
            "--securebits=+no_setuid_fixup",
            "--",
        )
        yield replace(account, prefix=prefix)
