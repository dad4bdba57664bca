"""Stored images: checked, stripped of metadata, and stored once under the hash of their content."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TypeVar

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.core.budget import Budget
from diptych.core.errors import InvalidError, UnavailableError
from diptych.core.files import sync_folder
from diptych.datasets.read_access import visible_to
from diptych.models import Dataset, DatasetMedia, Media, User

# The largest picture file; known models write at most a tenth of this.
MAX_BYTES = 64 * 1024 * 1024
# The accepted and the stored formats. WebP and PNG are lossless; JPEG keeps its quantisation tables.
FORMATS = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WEBP", "GIF": "PNG", "AVIF": "WEBP"}
_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_CONTENT_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
# The only metadata that is needed to show a picture.
_KEPT_INFO = frozenset({"icc_profile", "transparency"})
_TURNED_QUALITY = 95
# Decoding and encoding take about 10 bytes a pixel; this bounds them to some 600 MB in a process.
_PIXELS_AT_ONCE = Budget(60_000_000)

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A stored image: its key, its type, its width and height in pixels, and its size in bytes."""

    key: str
    content_type: str
    width: int
    height: int
    size: int

    @property
    def address(self) -> str:
        """The path of the image on this server, which never changes and does not reveal its origin."""
        return f"/media/{_file_name(self.key, self.content_type)}"


def store_image(source: Path, media_dir: Path, *, max_megapixels: int) -> StoredImage:
    """Store an image file, unless the same bytes are already stored, and return the stored image.

    Only the pixels and the colour profile are kept: no camera, location, prompt, or data after the end.
    Raises ``InvalidError`` unless the file is one JPEG, PNG, WebP, GIF or AVIF picture within the limits.
    """
    content = _read(source)
    key = hashlib.sha256(content).hexdigest()
    with _open(content, max_megapixels) as image:
        content_type = _CONTENT_TYPES[FORMATS[str(image.format)]]
        target = _path(media_dir, key, content_type)
        if not target.exists():
            with _PIXELS_AT_ONCE.spend(image.width * image.height):
                encoded = _encode(image)
            _write(target, encoded)
    with Image.open(target) as stored:
        width, height = stored.size
    return StoredImage(key, content_type, width, height, target.stat().st_size)


def find_visible(session: Session, user: User, key: str) -> Media | None:
    """Return a stored image if a dataset that the user may see shows it."""
    shown = visible_to(user).join(DatasetMedia, DatasetMedia.dataset_id == Dataset.id)
    is_shown = shown.where(DatasetMedia.media_key == key).exists()
    return session.scalar(select(Media).where(Media.key == key, is_shown))


def path_of(media_dir: Path, media: Media) -> Path:
    """Return the path of a stored image's file."""
    return _path(media_dir, media.key, media.content_type)


def _path(media_dir: Path, key: str, content_type: str) -> Path:
    return media_dir / key[:2] / _file_name(key, content_type)


def _file_name(key: str, content_type: str) -> str:
    return f"{key}.{_EXTENSIONS[content_type]}"


def _read(source: Path) -> bytes:
    try:
        with source.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidError(f"the file cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise InvalidError(f"the file is larger than {MAX_BYTES // 1024**2} MB")
    return content


def _open(content: bytes, max_megapixels: int) -> Image.Image:
    """Open an image and check its limits from the header, before decoding needs memory."""
    image = _decode(partial(Image.open, BytesIO(content), formats=tuple(FORMATS)))
    width, height = image.size
    if width * height > max_megapixels * 1_000_000:
        raise InvalidError(
            f"the picture has {width} by {height} pixels; at most {max_megapixels} million are accepted"
        )
    if image.format not in FORMATS or getattr(image, "is_animated", False):
        raise InvalidError("the file contains more than one picture; animations are not accepted")
    return image


def _decode(step: Callable[[], _Result]) -> _Result:
    try:
        return step()
    except UnidentifiedImageError:
        raise InvalidError("the file is not a JPEG, PNG, WebP, GIF or AVIF picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidError("the picture has far too many pixels") from None
    except Exception:  # noqa: BLE001 - a decoder may fail in any way on a malicious file
        raise InvalidError("the picture is damaged and cannot be decoded") from None


def _encode(image: Image.Image) -> bytes:
    kind = FORMATS[str(image.format)]
    _decode(image.load)
    is_turned = _decode(image.getexif).get(ExifTags.Base.Orientation, 1) != 1
    upright = _decode(lambda: ImageOps.exif_transpose(image)) if is_turned else image
    upright.info = {key: value for key, value in image.info.items() if key in _KEPT_INFO}
    options = {
        "PNG": {},
        "WEBP": {"lossless": True, "quality": 0, "method": 1, "exact": True},
        "JPEG": {"quality": _TURNED_QUALITY} if is_turned else {"quality": "keep"},
    }[kind]
    output = BytesIO()
    _decode(
        partial(upright.save, output, kind, icc_profile=upright.info.get("icc_profile"), exif=b"", **options)
    )
    return output.getvalue()


def _write(target: Path, content: bytes) -> None:
    """Write a file so that it is complete or absent after a crash."""
    try:
        _write_durably(target, content)
    except OSError as error:
        message = f"The server cannot store an image: {error.strerror}."
        raise UnavailableError(message, retry_after=60) from None


def _write_durably(target: Path, content: bytes) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    sync_folder(target.parent)
