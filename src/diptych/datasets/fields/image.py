"""An image, by its address."""

import re
from typing import Any, Literal

from diptych.core.storable import find_flaw
from diptych.datasets.fields.base import FieldSettings, MisfitError

MAX_ADDRESS_LENGTH = 2_038
MAX_DATA_LENGTH = 5_000_000
A_PATH = "names a picture file, but no pictures were uploaded"

stored_address = re.compile(r"/media/([0-9a-f]{64})\.(?:png|jpg|webp)")
_web_address = re.compile(r"(?i:https?)://[^\s/?#@\\]+(?:[/?#]\S*)?")
_scheme = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_data_start = re.compile(
    r"data:image/(?:avif|gif|ico|x-icon|vnd\.microsoft\.icon|jpe?g|png|svg(?:\+xml)?|webp)[;,]"
)


class ImageFieldSettings(FieldSettings):
    """The address of an image on the web or in our store, or the image itself as a ``data:`` URL."""

    type: Literal["image"] = "image"

    def check_value(self, value: Any) -> None:
        """Accept an address, whether there is an image or not."""
        check_address(value)


def check_address(value: Any, *path: str) -> None:
    """Raise ``MisfitError`` for the part at ``path`` unless its ``value`` is the address of an image."""
    if reason := _find_fault(value):
        raise MisfitError(reason, *path)


def is_path(value: str) -> bool:
    """Say whether a text can only be the path of a file: it is no address, here or elsewhere."""
    return bool(value.strip()) and not _scheme.match(value) and not stored_address.fullmatch(value)


def _find_fault(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return "is empty"
    if not isinstance(value, str):
        return "is not an address"
    find = _find_fault_of_data if value.startswith("data:") else _find_fault_of_address
    return find(value) or find_flaw(value)


def _find_fault_of_data(value: str) -> str | None:
    if len(value) > MAX_DATA_LENGTH:
        return f"is a data: URL that is longer than {MAX_DATA_LENGTH:,} characters"
    if not _data_start.match(value):
        return "is not an image: a data: URL contains an image of type avif, gif, ico, jpeg, png, svg or webp"
    return None


def _find_fault_of_address(value: str) -> str | None:
    if len(value) > MAX_ADDRESS_LENGTH:
        return f"is longer than {MAX_ADDRESS_LENGTH:,} characters"
    if _web_address.fullmatch(value) or stored_address.fullmatch(value):
        return None
    if is_path(value):
        return A_PATH
    return "is not a web address: it has to start with https:// or http:// and a host, and contain no spaces"
