"""A sequence of actions in the windows of an annotator, each of which is looked at after each action."""

from dataclasses import dataclass

from tests.engines.annotator import Annotator
from tests.engines.engine import Engine, EngineError
from tests.engines.sight import Sight

_SHARED_S = 2


@dataclass(frozen=True)
class Action:
    """Something that an annotator does in one of their windows."""

    name: str
    window: int
    key: str = ""
    is_hasty: bool = False

    def __str__(self) -> str:
        how = f" {self.key}{'!' if self.is_hasty else ''}" if self.key else ""
        return f"{self.name}{how} in {self.window}"


class Walk:
    """A sequence that happens: its windows are counted from 0."""

    def __init__(self, engine: Engine, annotator: Annotator, windows: int) -> None:
        self.engine = engine
        self.annotator = annotator
        self._at = 0
        self._shown: dict[int, str | None] = {}
        self._open(windows)

    def _open(self, count: int) -> None:
        self.windows = list(self.engine.windows())
        while len(self.windows) < count:
            self.windows.append(self.engine.new_window())
        for window in self.windows:
            self.engine.switch(window)
            self.engine.open(self.annotator.dataset_page)
            self.annotator.leave()

    def go(self, action: Action) -> None:
        """Do something, and look at what has become of the window, and whether another one shows the same."""
        self._to(action.window)
        if action.name == "answer":
            self.annotator.answer(action.key, hasty=action.is_hasty)
        else:
            getattr(self, action.name)()
        self._check_alone()

    def undo(self) -> None:
        """Go back to the pair before."""
        self.annotator.undo()

    def leave(self) -> None:
        """Go to the dataset's page, or come from there."""
        self.annotator.leave()

    def back(self) -> None:
        """Go back in the history, but not to before the sequence."""
        self.annotator.settle()
        self.engine.back()
        if self.annotator.look().address == "about:blank":
            self.engine.forward()

    def forward(self) -> None:
        """Go forward in the history."""
        self.annotator.settle()
        self.engine.forward()

    def reload(self) -> None:
        """Load the page again."""
        self.engine.reload()

    def duplicate(self) -> None:
        """Close the other windows, and open what this one shows in new ones."""
        address = self.annotator.look().address
        kept = self.windows[self._at]
        for place, window in enumerate(self.windows):
            if window == kept:
                continue
            self.engine.switch(window)
            self.engine.close_window()
            self.windows[place] = self.engine.new_window()
            self.engine.open(address)
        self._to(self._at)

    def crash(self) -> None:
        """Lose the process of the page."""
        self.engine.crash()

    def restore(self) -> None:
        """Lose the window, or the browser, and have it back."""
        before = self.windows
        self.engine.restore()
        after = list(self.engine.windows())
        kept = [window for window in before if window in after]
        new = [window for window in after if window not in kept]
        self.windows = [window if window in kept else new.pop() for window in before]

    def finish(self) -> None:
        """Wait until everything is sent and each window shows it."""
        for place in range(len(self.windows)):
            self._to(place)
            if not self.annotator.settle().is_desk:
                self.annotator.leave()
            self.annotator.settle()
            self.annotator.all_saved()
        for place in range(len(self.windows)):
            self._to(place)
            self.annotator.check_counts()
            self.annotator.check_shown()
            if len(self.windows) == 1 and self.annotator.oracle.shows_other_answer(self.annotator.look()):
                self.annotator.fault("other answer", self.annotator.look())
        self._is_alone()
        self._check_alone()

    def _to(self, place: int) -> None:
        self._at = place
        if len(self.windows) > 1:
            self.engine.switch(self.windows[place])

    def _check_alone(self) -> None:
        """See that no two windows show a pair that waits for its answer; they may need a moment to agree."""
        shown = self._shown[self._at] = _open_record(self.annotator.settle())
        if shown is None or list(self._shown.values()).count(shown) == 1:
            return
        here = self._at
        try:
            self.engine.poll(self._is_alone, "two windows with different pairs", timeout=_SHARED_S)
        except EngineError:
            self.annotator.fault("shown twice", shown)
        self._to(here)

    def _is_alone(self) -> bool:
        for place in range(len(self.windows)):
            self._to(place)
            self._shown[place] = _open_record(self.annotator.settle())
        shown = [record for record in self._shown.values() if record]
        return len(shown) == len(set(shown))


def _open_record(sight: Sight) -> str | None:
    """Return the record that waits for its answer here."""
    return None if sight.status else sight.record
