"""The engines by their names, and what has to be installed for each."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.engines import chromium, firefox, webkit
from tests.engines.engine import Engine


@dataclass(frozen=True)
class Launcher:
    """How an engine is started: ``packages`` are Debian's, ``needs`` what else there has to be."""

    binaries: Sequence[str]
    start: Callable[[str, Path], AbstractContextManager[Engine]]
    packages: str
    needs: Callable[[], object] = lambda: True

    def find(self) -> str | None:
        """Return the path of the program, if everything is installed."""
        found = [path for path in map(shutil.which, self.binaries) if path]
        return found[0] if found and self.needs() else None


LAUNCHERS = {
    "chromium": Launcher(chromium.BINARIES, chromium.chromium, "chromium"),
    "firefox": Launcher(firefox.BINARIES, firefox.firefox, "firefox-esr"),
    "webkit": Launcher(
        webkit.BINARIES,
        webkit.webkit,
        "webkit2gtk-driver xvfb",
        lambda: webkit.find_browser() and shutil.which("Xvfb"),
    ),
}


def launch(name: str, folder: Path) -> AbstractContextManager[Engine]:
    """Start an engine with a profile in an empty folder; ``LookupError`` says what to install."""
    launcher = LAUNCHERS[name]
    binary = launcher.find()
    if binary is None:
        raise LookupError(f"{name} is not installed: apt-get install {launcher.packages}")
    return launcher.start(binary, folder)
