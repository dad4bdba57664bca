"""Random walks of an annotator through pages, windows and crashes; what is stored must be what was on screen.

python -m tests.engines.sequences --engine webkit --count 200 --seed 7 --windows 2 --host plain
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser.hands import list_miscounted
from tests.engines.annotator import Annotator
from tests.engines.engine import Engine, EngineError
from tests.engines.launch import LAUNCHERS, launch
from tests.engines.oracle import KEYS, Oracle
from tests.engines.site import HOSTS, Site, site
from tests.engines.walk import Action, Walk

_WEIGHTS = {
    "answer": 40,
    "undo": 8,
    "back": 20,
    "forward": 4,
    "reload": 4,
    "leave": 12,
    "duplicate": 5,
    "crash": 4,
    "restore": 3,
}
# Of so many answers, one comes before anybody can have looked.
_HASTY = 8


@dataclass(frozen=True)
class Plan:
    """A sequence before it happens: the same seed makes the same."""

    pairs: int
    actions: Sequence[Action]

    def __str__(self) -> str:
        return f"{self.pairs} pairs: {', '.join(map(str, self.actions))}"


@dataclass
class Outcome:
    """What came of a sequence."""

    plan: Plan
    faults: list[tuple[str, str]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return "\n    ".join([str(self.plan), *(f"{kind}: {what}" for kind, what in self.faults)])


def make_plan(seed: str, engine: Engine, windows: int) -> Plan:
    """Make up a sequence that an engine can walk through."""
    chance = random.Random(seed)
    able = {"crash": engine.can_crash, "restore": engine.can_restore, "duplicate": windows > 1}
    names = [name for name in _WEIGHTS if able.get(name, True)]
    weights = [_WEIGHTS[name] for name in names]
    chosen = chance.choices(names, weights, k=chance.randint(8, 15))
    return Plan(chance.randint(6, 20), [_make_action(name, chance, windows) for name in chosen])


def _make_action(name: str, chance: random.Random, windows: int) -> Action:
    window = chance.randrange(windows)
    if name != "answer":
        return Action(name, window)
    return Action(name, window, chance.choice(KEYS), chance.randrange(_HASTY) == 0)


def run(engine: Engine, site: Site, *, seed: str, windows: int, host: str) -> Outcome:
    """Walk through a sequence, and compare what is stored with what was on screen."""
    plan = make_plan(seed, engine, windows)
    user, dataset = site.add_annotator(), site.add_dataset(plan.pairs)
    origin = site.origin(host)
    # The windows of the annotator before are closed before there is another one.
    engine.start_over()
    engine.set_cookie(origin, "diptych_session", site.start_session(user))
    log = site.log()
    oracle = Oracle(site.database, dataset, user)
    annotator = Annotator(engine, origin, dataset.name, oracle)
    done: list[Action] = []
    try:
        walk = Walk(engine, annotator, windows)
        engine.errors()
        for action in plan.actions:
            done.append(action)
            walk.go(action)
        walk.finish()
    except EngineError as error:
        annotator.fault("stuck", f"after {done[-1] if done else 'nothing'}: {error}")
    faults = [
        *annotator.faults,
        *(("stored", difference) for difference in oracle.list_differences()),
        *(("events", difference) for difference in oracle.list_event_differences()),
        *(("miscounted", str(difference)) for difference in list_miscounted(site.database)),
        *(("console", error) for error in engine.errors()),
        *(("server", line) for line in log.problems()),
    ]
    return Outcome(plan, faults, annotator.seen)


def main() -> int:
    """Walk through many sequences, say what was wrong, and count it."""
    options = _read_options()
    faults: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    since = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="diptych-") as folder:
        data_dir, profile = Path(folder, "data"), Path(folder, "profile")
        data_dir.mkdir()
        profile.mkdir()
        with site(data_dir) as home, launch(options.engine, profile) as engine:
            for number in options.only or range(options.count):
                seed = f"{options.seed}:{number}"
                outcome = run(engine, home, seed=seed, windows=options.windows, host=options.host)
                kinds = {kind for kind, _ in outcome.faults}
                faults.update(kinds)
                seen.update(outcome.seen, sequences=1)
                seen.update(restored_runs=outcome.seen["comebacks"] > 0, faulty=bool(kinds))
                if kinds:
                    _say(f"{seed}: {outcome}")
    took = time.monotonic() - since
    _say(f"{options.engine}, {options.windows} windows, {options.host}: {took:.0f} s, {dict(seen)}")
    _say(f"Sequences by fault: {dict(faults.most_common()) or 'none'}")
    return 1 if faults else 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - to the person who runs the script


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.engines.sequences", description=__doc__)
    parser.add_argument("--engine", choices=LAUNCHERS, default="chromium")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--windows", type=int, choices=[1, 2], default=1)
    parser.add_argument("--host", choices=HOSTS, default="loopback")
    parser.add_argument("--only", type=int, action="append", help="the number of a sequence to walk again")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
