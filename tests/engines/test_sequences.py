"""A few random walks; ``python -m tests.engines.sequences`` walks many, in any engine, or one again."""

import pytest

from tests.engines.sequences import run

SEED = 0


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)
@pytest.mark.parametrize(("windows", "host"), [(1, "loopback"), (2, "loopback"), (2, "plain")])
@pytest.mark.parametrize("number", range(2))
def test_what_is_stored_is_what_was_on_screen(engine, site, windows, host, number):
    outcome = run(engine, site, seed=f"{SEED}:{number}", windows=windows, host=host)
    again = f"--seed {SEED} --only {number} --windows {windows} --host {host}"
    assert not outcome.faults, f"{again}\n{outcome}"
