"""The rows of a file in parts: the database is at work on one while the next is read."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from diptych.imports.staging import StagedRow, characters_in

# A part ends with this number of rows, or of characters in them.
MAX_ROWS = 5_000
MAX_CHARACTERS = 8_000_000

Part = Sequence[StagedRow]


@contextmanager
def in_parts(
    send: Callable[[Part], None], work: Callable[[Part], None]
) -> Iterator[Callable[[StagedRow], None]]:
    """Yield the function that takes a row.

    Each part is sent by ``send`` once there is no work on others; ``work`` is what the database then does on
    it while the next rows are taken, and waited for in another thread. At the end of the block all is done;
    errors of ``work`` are raised there or by the function, and no other part is begun after one.
    """
    part: list[StagedRow] = []
    characters = 0
    running: Future[None] | None = None

    def take(row: StagedRow) -> None:
        nonlocal characters
        part.append(row)
        characters += characters_in(row)
        if len(part) == MAX_ROWS or characters > MAX_CHARACTERS:
            hand_over()

    def hand_over() -> None:
        nonlocal part, characters, running
        if running:
            running.result()
        send(part)
        running = executor.submit(work, part)
        part, characters = [], 0

    with ThreadPoolExecutor(1) as executor:
        yield take
        if part:
            hand_over()
        if running:
            running.result()
