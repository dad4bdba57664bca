"""An annotator at a browser, who looks before pressing a key and remembers what was on screen."""

import time
from collections import Counter
from collections.abc import Callable

from tests.engines.engine import Engine, EngineError
from tests.engines.oracle import Oracle
from tests.engines.sight import Press, Sight, last_press, look, waiting
from tests.polling import looks

# Longer than the time in which a new card takes no keys.
LOOK_S = 0.17
TIMEOUT_S = 15
# A key that is taken is taken within this time; one that the page ignores never is.
_TAKEN_S = 3
_IGNORED_S = 0.5
_SAVED_S = 10
_TO_DATASET = ".bar__name a"
_TO_PAIRS = "main form[action$='/assignments'] button"


class Annotator:
    """One annotator with one or more windows of one browser, at the pages of one dataset.

    ``faults`` are what was found to be wrong, a kind and what is known of it; ``seen`` counts what happened.
    """

    def __init__(self, engine: Engine, origin: str, name: str, oracle: Oracle) -> None:
        self.engine = engine
        self.oracle = oracle
        self.faults: list[tuple[str, str]] = []
        self.seen: Counter[str] = Counter()
        self.dataset_page = f"{origin}/datasets/{name}"
        self._comebacks: dict[str, int] = {}

    def fault(self, kind: str, what: object = "") -> None:
        """Note that something is wrong."""
        self.faults.append((kind, str(what)))

    def look(self) -> Sight:
        """Look at the current window as it is at the moment."""
        sight = self.engine.poll(lambda: look(self.engine), "a page")
        before = self._comebacks.get(sight.document, 0)
        self.seen["comebacks"] += sight.comebacks - before
        self._comebacks[sight.document] = sight.comebacks
        return sight

    def settle(self, seconds: float = 0) -> Sight:
        """Look until nothing more comes by itself, and then for so many seconds."""
        before, since = None, 0.0
        for _ in looks(TIMEOUT_S):
            sight = self.look()
            now = time.monotonic()
            shown = (sight.document, sight.comebacks, sight.record, sight.screen)
            if shown != before or not sight.is_settled:
                before, since = shown, now
            if sight.is_settled and now - since >= seconds:
                return sight
        message = f"The page is never ready: {sight}"
        raise EngineError(message)

    def answer(self, key: str, *, hasty: bool = False) -> None:
        """Press a key that answers the pair on screen, if there is one; again if the page ignores it.

        Only who is ``hasty``, and has not looked at the pair, may be ignored.
        """
        if not self.look().is_desk:
            self.leave()
        if self._press(key, seconds=0 if hasty else LOOK_S) or hasty:
            return
        if not self._press(key, seconds=LOOK_S):
            self.fault("dead key", f"{key}: {self.look()}")

    def _press(self, key: str, seconds: float) -> bool:
        """Press a key, see whether the page took it, and return whether it may have."""
        sight = self.settle(seconds) if seconds else self.look()
        if not (sight.record and sight.images):
            return True
        self.engine.press(key)
        press = self._await_fate(sight, key, _TAKEN_S if seconds else _IGNORED_S)
        if press is None:
            self.seen["unsure"] += 1
            self.oracle.take_perhaps(sight, key)
            return True
        if press.record is None or not press.chose(self.oracle.meaning(press, key)):
            self.seen["ignored"] += 1
            return False
        self._take(press, key)
        return True

    def _take(self, press: Press, key: str) -> None:
        if self.oracle.sides_disagree(press):
            self.fault("sides", press)
        if self.oracle.hides_answer(press):
            self.fault("overwritten", f"{press}, was {self.oracle.given[press.record].values}")
        self.seen["answers"] += 1
        self.oracle.take(press, key)

    def _await_fate(self, sight: Sight, key: str, patience: float) -> Press | None:
        """Wait until a key was taken, or long enough; nobody can say if the page is another one by then."""
        for _ in looks(patience):
            try:
                now, press = look(self.engine), last_press(self.engine)
            except EngineError:
                now = press = None
            if now and now.document != sight.document:
                return None
            if press and (press.record is None or (now and self._is_taken(press, now, key))):
                return press
        return press

    def _is_taken(self, press: Press, now: Sight, key: str) -> bool:
        """Say whether a card took a key: one that has this answer already can only go away."""
        value = self.oracle.meaning(press, key)
        had = press.showed_answer and press.chosen == [value]
        return now.record != press.record if had else press.chose(value)

    def undo(self) -> Sight:
        """Press Backspace and wait for the pair before, if there is one."""
        sight = self.settle(LOOK_S)
        if not sight.is_desk:
            return sight
        self.engine.press("Backspace")
        self._wait_for_change(sight)
        return self.settle()

    def _wait_for_change(self, sight: Sight) -> None:
        deadline = time.monotonic() + _IGNORED_S
        while time.monotonic() < deadline:
            now = self.look()
            if (now.document, now.record) != (sight.document, sight.record):
                return

    def leave(self) -> None:
        """Go to the dataset's page by its link, or to the annotation page by the button there."""
        sight = self.settle()
        if sight.is_desk:
            self._follow(sight, _TO_DATASET)
        elif sight.address == self.dataset_page:
            self._follow(sight, _TO_PAIRS)
        else:
            self.engine.open(self.address)

    @property
    def address(self) -> str:
        """The address of the annotation page."""
        return f"{self.dataset_page}/annotate"

    def _follow(self, sight: Sight, link: str) -> None:
        self.engine.click(link)
        self.engine.poll(lambda: self.look().document != sight.document, f"the page behind {link}")

    def waiting(self) -> int:
        """Return how many answers the browser has not sent."""
        return waiting(self.engine, str(self.oracle.user.id))

    def all_saved(self) -> None:
        """Wait until the server has every answer."""
        self._expect(lambda: self.waiting() == 0, "unsent", self.waiting)

    def check_counts(self) -> None:
        """Wait until the window shows the numbers that are stored."""
        self._expect(
            lambda: self.look().counts == self.oracle.counts(),
            "counters",
            lambda: f"{self.look().counts}, stored {self.oracle.counts()}",
        )

    def check_shown(self) -> None:
        """Wait until what is on screen looks answered, if it is."""
        self._expect(lambda: not self.oracle.hides_answer(self.settle()), "hidden answer", self.look)

    def _expect(self, is_so: Callable[[], bool], kind: str, explain: Callable[[], object]) -> None:
        """Wait until something is so, or note that it never was."""
        try:
            self.engine.poll(is_so, kind, timeout=_SAVED_S)
        except EngineError:
            self.fault(kind, explain())
