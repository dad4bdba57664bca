"""Where a record's images are: on the web, in the store, or in the folder that came with the file."""

import os
import re
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from diptych.core.errors import InvalidError
from diptych.datasets.fields.image import LONGEST_ADDRESS, stored_address, web_address
from diptych.imports.problems import RowError
from diptych.records.media import StoredImage

_scheme = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Pictures whose outcome is remembered: pairs of one prompt, which share pictures, stand together in a file.
_REMEMBERED = 10_000


def stored_key(value: Any) -> str | None:
    """Return the key of the stored image whose address a value is."""
    found = stored_address.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


class ImageFolder:
    """The folder of images that came with a file; each picture is stored once, several at a time.

    ``store`` takes a file and returns what was stored, or raises ``InvalidError``.
    """

    def __init__(self, root: Path, store: Callable[[Path], StoredImage]) -> None:
        if not root.is_dir():
            raise InvalidError(f"{root} is not a folder.")
        self._root = root.resolve()
        self._store = store
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="images")
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
            raise InvalidError("the path leads out of the folder of images")
        try:
            found = (self._root / relative).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            raise InvalidError("there is no such file in the folder of images") from None
        if not found.is_relative_to(self._root):
            raise InvalidError("the path leads out of the folder of images")
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

    def resolve(self, column: str, value: Any, pictures: list[dict[str, Any]]) -> str:
        """Return the address, and add what is known of a stored picture to ``pictures``.

        Raises ``RowError`` for what is neither an address nor a picture in the folder.
        """
        if not isinstance(value, str) or not value.strip():
            raise RowError(column, "is empty" if value in (None, "") else "is not an address")
        if web_address.fullmatch(value) and len(value) <= LONGEST_ADDRESS:
            return value
        if key := stored_key(value):
            pictures.append({"column": column, "key": key})
            return value
        return self._from_folder(column, value, pictures)

    def announce(self, value: Any) -> None:
        """Let the folder begin with a picture that is needed soon."""
        if self._folder is not None and isinstance(value, str) and not _scheme.match(value):
            self._folder.announce(value)

    def _from_folder(self, column: str, value: str, pictures: list[dict[str, Any]]) -> str:
        if _scheme.match(value):
            raise RowError(column, _explain_address(value))
        if self._folder is None:
            raise RowError(column, "is the path of a file, but no images came with this one (--images)")
        try:
            image = self._folder.get(value)
        except InvalidError as error:
            raise RowError.from_invalid(column, error) from None
        pictures.append({"column": column, **asdict(image)})
        return image.address


def _explain_address(value: str) -> str:
    if len(value) > LONGEST_ADDRESS:
        return f"the address is longer than {LONGEST_ADDRESS:,} characters"
    if value.lower().startswith(("http:", "https:")):
        return "the address needs a host, and no spaces"
    return "an address has to begin with https:// or http://"
