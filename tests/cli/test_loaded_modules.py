"""What a process does not need, it does not load: that is a second of its start, and memory for good."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("loaded", "unneeded"),
    [
        # A worker of the server first loads the command that it belongs to.
        ("diptych.cli, diptych.app", {"alembic", "typer", "uvicorn"}),
        ("diptych.cli, diptych.imports.jobs", {"alembic", "typer", "fastapi"}),
        ("diptych.cli.commands", {"fastapi"}),
    ],
)
def test_a_process_loads_nothing_that_only_others_need(loaded, unneeded):
    script = f"import sys, {loaded}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert unneeded & set(loaded.split()) == set()
