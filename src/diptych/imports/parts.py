"""The rows of a file in parts: the database is at work on one while the next is read."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from diptych.imports.staging import StagedRow

# A part ends with so many rows, or with so many characters in them.
MOST_ROWS = 5_000
MOST_CHARACTERS = 8_000_000


@contextmanager
def in_parts(work: Callable[[Sequence[StagedRow]], None]) -> Iterator[Callable[[StagedRow], None]]:
    """Yield the function that takes a row; ``work`` is done on the rows, part by part, in another thread.

    One part is worked on at a time, and all are done at the end of the block; an error of ``work`` is raised
    there or by the function. After an error no other part is begun.
    """
    part: list[StagedRow] = []
    characters = 0
    running: Future[None] | None = None

    def take(row: StagedRow) -> None:
        nonlocal characters
        part.append(row)
        characters += sum(len(cell) for cell in row if isinstance(cell, str))
        if len(part) == MOST_ROWS or characters > MOST_CHARACTERS:
            hand_over()

    def hand_over() -> None:
        nonlocal part, characters, running
        if running:
            running.result()
        running = executor.submit(work, part)
        part, characters = [], 0

    with ThreadPoolExecutor(1) as executor:
        yield take
        if part:
            hand_over()
        if running:
            running.result()
