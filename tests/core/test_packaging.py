"""What is packed, and that it is enough to run."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.browser.processes import serving
from tests.demo.visitor import pictures, visiting

ROOT = Path(__file__).parents[2]
DEMONSTRATIONS = [path for path in (ROOT / "demo").iterdir() if path.name != "draw"]
DATA = {
    file.relative_to(ROOT).as_posix()
    for folder in (ROOT / "templates", ROOT / "static", ROOT / "migrations", *DEMONSTRATIONS)
    for file in folder.rglob("*")
    if file.is_file() and "__pycache__" not in file.parts
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("packages")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(packages):
    return next(packages.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """A virtual environment with the wheel and what it depends on, and nothing else."""
    home = tmp_path_factory.mktemp("environment")
    context = venv.EnvBuilder(symlinks=True).ensure_directories(home)
    venv.create(home, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", context.env_exe, "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    site = next(home.glob("lib/*/site-packages"))
    [distribution] = metadata.distributions(path=[str(site)])
    for needed in dependencies(distribution):
        link(needed, site)
    return home


def dependencies(distribution):
    """Return the installed distributions that one needs, directly or through others."""
    found, waiting = {}, [(distribution, {""})]
    while waiting:
        needing, extras = waiting.pop()
        for wanted in map(Requirement, needing.requires or ()):
            if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in extras):
                continue
            key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
            if key not in found:
                found[key] = metadata.distribution(wanted.name)
                waiting.append((found[key], {"", *wanted.extras}))
    return found.values()


def link(distribution, site):
    """Put a distribution into an environment without copying it."""
    for name in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
        if not (site / name).exists():
            (site / name).symlink_to(distribution.locate_file(name))


def test_the_wheel_carries_the_data_and_not_the_program_that_draws_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    assert {f"diptych/{name}" for name in DATA} - packed == set()
    assert {Path(name).suffix for name in packed if name.startswith("diptych/demo/")} == {".csv", ".webp"}


def test_the_source_distribution_has_what_a_wheel_needs_and_not_the_program_that_draws(packages):
    with tarfile.open(next(packages.glob("*.tar.gz"))) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert DATA - packed == set()
    assert {Path(name).suffix for name in packed if name.startswith("demo/")} == {".csv", ".webp"}


def test_the_demo_runs_from_a_wheel_in_any_folder(environment, database, tmp_path):
    address = database.url.render_as_string(hide_password=False)
    command = (str(environment / "bin" / "diptych"), "demo")
    with (
        serving(address, tmp_path, command, folder=tmp_path) as server,
        visiting(server, "demo-anna") as annotator,
    ):
        assert len(set(pictures(annotator))) == 2
