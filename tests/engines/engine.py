"""What a test asks of a browser, whichever engine it has: pages, keys, windows, cookies."""

import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from tests.polling import wait_until

# Every browser resolves this name to this machine, and trusts no page from there: by such a name, and without
# https, most annotators reach the server of their team.
HOST = "diptych.test"
TIMEOUT_S = 20
_START_S = 60
# The body of a function that returns where to click.
MIDDLE = """
const element = document.querySelector(arguments[0]);
element.scrollIntoView({ block: "nearest" });
const box = element.getBoundingClientRect();
return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
"""

T = TypeVar("T")


class EngineError(Exception):
    """The browser did not do what it was asked to; a page that is on its way to another one cannot."""


class Engine(ABC):
    """A browser with one current window, which most methods are about."""

    name: ClassVar[str]
    can_crash: ClassVar[bool] = False
    can_restore: ClassVar[bool] = False

    @abstractmethod
    def open(self, address: str) -> None:
        """Go to an address, as a person who types it does."""

    @abstractmethod
    def evaluate(self, body: str, *arguments: Any) -> Any:
        """Run the body of a function in the page; return what it returns, or its promise resolves with."""

    @abstractmethod
    def press(self, key: str) -> None:
        """Press a key and let it go: ``"1"``, ``"Backspace"``."""

    @abstractmethod
    def click(self, selector: str) -> None:
        """Click the middle of an element."""

    @abstractmethod
    def type(self, selector: str, text: str) -> None:
        """Write into a field."""

    @abstractmethod
    def back(self) -> None:
        """Go back in the history of the window, if there is a way back."""

    @abstractmethod
    def forward(self) -> None:
        """Go forward in the history of the window, if there is a way forward."""

    @abstractmethod
    def reload(self) -> None:
        """Load the page again."""

    @abstractmethod
    def new_window(self) -> str:
        """Open an empty window, make it the current one and return what it is called."""

    @abstractmethod
    def windows(self) -> Sequence[str]:
        """Return what the windows are called."""

    @abstractmethod
    def switch(self, window: str) -> None:
        """Make a window the current one, and bring it to the front."""

    @abstractmethod
    def close_window(self) -> None:
        """Close the current window; another one is the current one then."""

    @abstractmethod
    def set_cookie(self, origin: str, name: str, value: str) -> None:
        """Have a cookie for all pages of an origin, and no other cookies."""

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Have no network in the current window."""
        self._set_offline(is_offline=True)
        try:
            yield
        finally:
            self._set_offline(is_offline=False)

    @abstractmethod
    def _set_offline(self, *, is_offline: bool) -> None:
        """Cut the network, or bring it back."""

    @abstractmethod
    def errors(self) -> list[str]:
        """Return what went wrong in pages since the browser was asked last."""

    def crash(self) -> None:
        """Kill the process that draws the page, and load the page again."""
        raise NotImplementedError

    def restore(self) -> None:
        """End the browser, or close the window, and have back what was open, with its history."""
        raise NotImplementedError

    def wait_for(self, condition: str, *arguments: Any, timeout: float = TIMEOUT_S) -> Any:
        """Wait until a function returns something true, given its body; return that."""
        return self.poll(lambda: self.evaluate(condition, *arguments), condition, timeout=timeout)

    def poll(self, look: Callable[[], T], what: str, *, timeout: float = TIMEOUT_S) -> T:
        """Look again and again until something true is seen, also from one page to the next; return that."""
        try:
            return wait_until(look, what, seconds=timeout, ignoring=EngineError)
        except AssertionError as error:
            message = f"{self.name} waited in vain {error}"
            raise EngineError(message) from error

    def start_over(self) -> None:
        """Have one window, which has no history."""
        before = self.windows()
        fresh = self.new_window()
        for window in before:
            self.switch(window)
            self.close_window()
        self.switch(fresh)


@contextmanager
def process(command: Sequence[str], log: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program, and end it with all its children, whatever happens."""
    with log.open("ab") as output:
        running = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | env,
            start_new_session=True,
        )
    try:
        yield running
    finally:
        end(running)


def end(running: subprocess.Popen[Any]) -> None:
    """End a process, and its children, which are in a group of their own."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(running.pid, sign)
            running.wait(5)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            break
    running.wait(5)


def lines_of(path: Path, count: int, running: subprocess.Popen[Any], log: Path) -> list[str]:
    """Wait for a file with so many lines, in which a program says where it listens."""

    def told() -> str:
        return f"{running.args} to start: {log.read_text('utf-8', 'replace')[-2000:]}"

    def lines() -> list[str] | None:
        if running.poll() is not None:
            raise EngineError(told())
        found = path.read_text("utf-8").splitlines() if path.exists() else []
        return found if len(found) >= count else None

    return wait_until(lines, told, seconds=_START_S)
