"""An image, by its address."""

import re
from typing import Any, Literal

from diptych.core.errors import InvalidError
from diptych.core.storable import find_flaw, shown
from diptych.datasets.fields.base import FieldSettings

LONGEST_ADDRESS = 2_038
LONGEST_DATA = 5_000_000

web_address = re.compile(r"(?i:https?)://[^\s/?#@\\]+(?:[/?#]\S*)?")
stored_address = re.compile(r"/media/([0-9a-f]{64})\.(?:png|jpg|webp)")
_data_start = re.compile(
    r"data:image/(?:avif|gif|ico|x-icon|vnd\.microsoft\.icon|jpe?g|png|svg(?:\+xml)?|webp)[;,]"
)


class ImageFieldSettings(FieldSettings):
    """The address of an image on the web or in our store, or the image itself as a ``data:`` URL."""

    type: Literal["image"] = "image"

    def check_value(self, value: Any) -> None:
        """Accept an address, whether there is an image or not."""
        if not isinstance(value, str):
            raise InvalidError(f"An image field holds an address, not {shown(value)}.")
        if value.startswith("data:"):
            _check_data(value)
        elif not stored_address.fullmatch(value):
            _check_web_address(value)
        if flaw := find_flaw(value):
            raise InvalidError(f"The address {flaw}.")


def _check_data(value: str) -> None:
    if len(value) > LONGEST_DATA:
        raise InvalidError(f"The data: URL is longer than {LONGEST_DATA:,} characters.")
    if not _data_start.match(value):
        raise InvalidError("A data: URL holds an image: avif, gif, ico, jpeg, png, svg or webp.")


def _check_web_address(value: str) -> None:
    if len(value) > LONGEST_ADDRESS:
        raise InvalidError(f"The address is longer than {LONGEST_ADDRESS:,} characters.")
    if not web_address.fullmatch(value):
        raise InvalidError(
            f"The address {shown(value)} has to begin with https:// or http://, a host and no spaces."
        )
