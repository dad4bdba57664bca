"""Where a record's images are: on the web, in the store, or in the folder that came with the file."""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from diptych.core.errors import InvalidError
from diptych.datasets.fields.image import is_path, stored_address
from diptych.datasets.fields.image_set import PROMPT
from diptych.imports.problems import RowError
from diptych.imports.schema import Schema
from diptych.records.media import StoredImage

# Pictures whose outcome is remembered: pairs of one prompt, which share pictures, stand together in a file.
_REMEMBERED = 10_000
# Threads that decode and encode pictures, of each import.
_MAX_THREADS = 8


def stored_pictures(schema: Schema, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the keys of the stored images that a record refers to by their addresses, and where it does."""
    found = []
    for name, value in fields.items():
        for path, part in _images_in(schema, name, value):
            if isinstance(part, str) and (address := stored_address.fullmatch(part)):
                found.append({"column": ".".join(path), "key": address[1]})
    return found


def _images_in(schema: Schema, name: str, value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield what in a field may be an image, and the path to it."""
    kind = schema.kind_of(name)
    if kind == "image":
        yield (name,), value
    if kind == "custom":
        for key, part in value.items():
            if key != PROMPT or name != schema.images_field:
                yield (name, key), part


class ImageFolder:
    """The folder of images that came with a file; each picture is stored once, several at a time.

    ``store`` takes a file and returns what was stored, or raises ``InvalidError``.
    """

    def __init__(self, root: Path, store: Callable[[Path], StoredImage]) -> None:
        if not root.is_dir():
            raise InvalidError(f"{root} is not a folder.")
        self._root = root.resolve()
        self._store = store
        threads = min(os.cpu_count() or 1, _MAX_THREADS)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="images")
        self._outcomes: OrderedDict[str, Future[StoredImage | str]] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def announce(self, path: str) -> Future[StoredImage | str]:
        """Begin to store a picture that is needed soon; the outcome is the image, or what is wrong."""
        if path not in self._outcomes:
            self._outcomes[path] = self._pool.submit(self._try, path)
            if len(self._outcomes) > _REMEMBERED:
                self._outcomes.popitem(last=False)
        self._outcomes.move_to_end(path)
        return self._outcomes[path]

    def get(self, path: str) -> StoredImage:
        """Return the picture of a relative path once it is stored, or raise ``InvalidError``."""
        outcome = self.announce(path).result()
        if isinstance(outcome, str):
            raise InvalidError(outcome)
        return outcome

    def _try(self, path: str) -> StoredImage | str:
        # A remembered error would keep everything alive that was on the stack, the file's content with it.
        try:
            return self._store(self._find(path))
        except InvalidError as error:
            return error.message

    def _find(self, path: str) -> Path:
        relative = PurePosixPath(path)
        if relative.is_absolute() or ".." in relative.parts:
            raise InvalidError("the path leads out of the image folder")
        try:
            found = (self._root / relative).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            raise InvalidError("there is no such file in the image folder") from None
        if not found.is_relative_to(self._root):
            raise InvalidError("the path leads out of the image folder")
        if not found.is_file():
            raise InvalidError("this is not a file")
        return found


class ImageResolver:
    """Turns what a file says of an image into the address that its record stores."""

    def __init__(self, folder: ImageFolder | None) -> None:
        self._folder = folder

    @property
    def needs_time(self) -> bool:
        """Whether it is worth announcing pictures."""
        return self._folder is not None

    def resolve(self, column: str, value: Any, pictures: list[dict[str, Any]]) -> Any:
        """Return the address of a picture in the folder, which is added to ``pictures``; all else as it is.

        Raises ``RowError`` for a path that leads to no picture.
        """
        if self._folder is None or not isinstance(value, str) or not is_path(value):
            return value
        try:
            image = self._folder.get(value)
        except InvalidError as error:
            raise RowError.from_invalid(column, error) from None
        pictures.append({"column": column, **asdict(image)})
        return image.address

    def announce(self, value: Any) -> None:
        """Let the folder begin with a picture that is needed soon."""
        if self._folder is not None and isinstance(value, str) and is_path(value):
            self._folder.announce(value)
