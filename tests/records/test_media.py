import hashlib
import io
import os
import struct
import threading
import zlib
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageCms, ImageFilter, ImageSequence
from PIL.PngImagePlugin import PngInfo

from diptych.core.errors import DiptychError, InvalidError
from diptych.models import DatasetMedia, Media, Role, Workspace
from diptych.records import media
from diptych.records.media import find_visible, path_of, store_image
from tests import factories

SECRET = b"a secret prompt of model dev"


def picture(size=(40, 30), mode="RGB"):
    image = Image.effect_noise(size, 80).convert("RGB")
    image = Image.merge(
        "RGB", [image.getchannel(0), image.getchannel(1).rotate(90), image.getchannel(2).rotate(180)]
    )
    return image.convert(mode)


def exif(orientation=1):
    values = Image.Exif()
    values[ExifTags.Base.Orientation] = orientation
    values[ExifTags.Base.ImageDescription] = SECRET.decode()
    values.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    return values


def pixels(image):
    return image.convert("RGBA").tobytes()


@pytest.fixture
def store(tmp_path):
    """Save a picture, or bytes, as a file and store it; return what was stored and the file."""

    def store(source, *, megapixels=50, **options):
        path = tmp_path / "source"
        if isinstance(source, bytes):
            path.write_bytes(source)
        else:
            source.save(path, **options)
        stored = store_image(path, tmp_path / "media", max_megapixels=megapixels)
        extension = stored.address.rpartition(".")[2]
        return stored, tmp_path / "media" / stored.key[:2] / f"{stored.key}.{extension}"

    return store


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_a_png_keeps_every_pixel(store, mode):
    image = picture(mode="L").convert("I;16") if mode == "I;16" else picture(mode=mode)
    stored, path = store(image, format="PNG")
    assert (stored.content_type, stored.width, stored.height) == ("image/png", 40, 30)
    with Image.open(path) as result:
        assert result.mode == image.mode
        assert result.tobytes() == image.tobytes()


@pytest.mark.parametrize(("mode", "lossless"), [("RGB", True), ("RGBA", True), ("RGB", False)])
def test_a_webp_keeps_every_pixel(store, tmp_path, mode, lossless):
    stored, path = store(picture(mode=mode), format="WEBP", lossless=lossless)
    assert stored.content_type == "image/webp"
    with Image.open(tmp_path / "source") as source, Image.open(path) as result:
        assert pixels(result) == pixels(source)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_keeps_its_quality(store, tmp_path, mode):
    smooth = picture(size=(80, 60)).filter(ImageFilter.GaussianBlur(4)).convert(mode)
    stored, path = store(smooth, format="JPEG", quality=83)
    assert stored.content_type == "image/jpeg"
    with Image.open(tmp_path / "source") as source, Image.open(path) as result:
        assert result.quantization == source.quantization
        difference = [abs(a - b) for a, b in zip(pixels(result), pixels(source), strict=True)]
        assert sum(difference) / len(difference) < 1


def test_a_still_gif_becomes_a_png(store, tmp_path):
    image = picture(mode="P")
    image.info["transparency"] = 3
    stored, path = store(image, format="GIF")
    assert stored.content_type == "image/png"
    with Image.open(tmp_path / "source") as source, Image.open(path) as result:
        assert pixels(result) == pixels(source)


def test_an_avif_becomes_a_webp_of_the_same_pixels(store, tmp_path):
    stored, path = store(picture(), format="AVIF")
    assert stored.content_type == "image/webp"
    with Image.open(tmp_path / "source") as source, Image.open(path) as result:
        assert pixels(result) == pixels(source)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_nothing_but_the_picture_and_its_colours_is_kept(store, kind):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    text = PngInfo()
    text.add_text("parameters", SECRET.decode())
    options = {"PNG": {"pnginfo": text}, "JPEG": {"comment": SECRET}, "WEBP": {"xmp": SECRET}, "AVIF": {}}[
        kind
    ]
    buffer = io.BytesIO()
    picture().save(buffer, kind, exif=exif(), icc_profile=profile, **options)
    content = buffer.getvalue() + SECRET
    assert content.count(SECRET) >= 2
    _, path = store(content)
    assert SECRET not in path.read_bytes()
    with Image.open(path) as result:
        assert result.info.get("icc_profile") == profile
        assert dict(result.getexif()) == {}
        assert not {"xmp", "comment", "parameters", "exif"} & result.info.keys()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_lies_on_its_side_is_put_upright(store, kind):
    stored, path = store(picture(size=(40, 30)), format=kind, exif=exif(orientation=6))
    assert (stored.width, stored.height) == (30, 40)
    with Image.open(path) as result:
        assert result.size == (30, 40)


def test_the_key_is_the_hash_of_the_file(store, tmp_path):
    stored, path = store(picture(), format="PNG")
    assert stored.key == hashlib.sha256((tmp_path / "source").read_bytes()).hexdigest()
    assert stored.address == f"/media/{stored.key}.png"
    assert stored.size == path.stat().st_size


def test_the_same_file_is_written_once(store):
    image = picture()
    first, path = store(image, format="PNG")
    before = path.stat()
    assert store(image, format="PNG")[0] == first
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_stored_file_is_for_the_server_alone(store, tmp_path):
    _, path = store(picture(), format="PNG")
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def animation(kind):
    buffer = io.BytesIO()
    picture().save(buffer, kind, save_all=True, append_images=[picture(), picture()], duration=50)
    assert len(list(ImageSequence.Iterator(Image.open(buffer)))) == 3
    return buffer.getvalue()


def saved(kind):
    buffer = io.BytesIO()
    picture().save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a JPEG, PNG"),
        (b"<html><script>alert(1)</script></html>", "not a JPEG, PNG"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a JPEG, PNG"),
        (b"GIF89a/*" + b" " * 50 + b"*/=1;alert(1)", "damaged|not a JPEG|pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not a JPEG|damaged"),
        (saved("BMP"), "not a JPEG, PNG"),
        (saved("TIFF"), "not a JPEG, PNG"),
        (saved("PNG")[:-40], "damaged"),
        (saved("JPEG")[:-400], "damaged"),
        (saved("WEBP")[:-100], "not a JPEG|damaged"),
        (png(30_000, 30_000), "pixels"),
        (png(10_000, 10_000), "pixels"),
        (png(8_000, 8_000), "8000 by 8000 pixels; at most 50 million"),
        (png(2**31 - 1, 2**31 - 1), "pixels"),
        (png(2**32 - 1, 2**32 - 1), "pixels|damaged|not a JPEG"),
        (png(0, 5), "damaged|not a JPEG"),
        (png(100, 100), "damaged"),
        (animation("GIF"), "more than one picture"),
        (animation("PNG"), "more than one picture"),
        (animation("WEBP"), "more than one picture"),
        (animation("AVIF"), "more than one picture"),
    ],
)
def test_what_is_not_one_whole_picture_is_refused(store, tmp_path, content, message):
    with pytest.raises(InvalidError, match=message):
        store(content)
    assert not (tmp_path / "media").exists()


def test_a_picture_with_too_many_pixels_costs_no_memory(store, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda _image: pytest.fail("the pixels were decoded"))
    with pytest.raises(InvalidError, match="at most 1 million"):
        store(png(1_001, 1_000), megapixels=1)


def test_a_file_that_is_too_large_is_not_read(store, monkeypatch):
    monkeypatch.setattr(media, "MAX_BYTES", 100)
    with pytest.raises(InvalidError, match="larger than"):
        store(picture(), format="PNG")


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    with pytest.raises(InvalidError, match="the file cannot be read: No such file"):
        store_image(tmp_path / "gone", tmp_path / "media", max_megapixels=50)


def test_a_store_without_room_is_an_error_of_the_server(store, monkeypatch, tmp_path):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiptychError, match="No space left on device") as error:
        store(picture(), format="PNG")
    assert error.value.status == 503
    assert not [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


def test_several_threads_store_the_same_picture(tmp_path):
    path = tmp_path / "source.png"
    picture(size=(400, 300)).save(path)
    results = []
    threads = [
        threading.Thread(
            target=lambda: results.append(store_image(path, tmp_path / "media", max_megapixels=1))
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert len(set(results)) == 1
    assert len([file for file in (tmp_path / "media").rglob("*") if file.is_file()]) == 1


@pytest.fixture
def shown(session):
    """An image that a dataset shows, another dataset's image, and one that nobody shows."""
    session.add(Workspace(name="elsewhere"))
    session.flush()
    for name, workspace in [("mine", "default"), ("theirs", "elsewhere")]:
        dataset = factories.dataset(session, name, workspace=workspace)
        session.add(Media(key=name * 4, content_type="image/png", width=1, height=1, size=1))
        session.flush()
        session.add(DatasetMedia(dataset_id=dataset.id, media_key=name * 4))
    session.add(Media(key="nobody", content_type="image/png", width=1, height=1, size=1))
    session.flush()


@pytest.mark.parametrize(
    ("role", "visible"),
    [(Role.ANNOTATOR, ["mine"]), (Role.ADMIN, ["mine"]), (Role.OWNER, ["mine", "theirs"])],
)
def test_a_person_sees_the_images_of_their_workspaces(session, shown, role, visible):
    person = factories.user(session, role=role)
    for name in ("mine", "theirs"):
        found = find_visible(session, person, name * 4)
        assert (found is not None) == (name in visible)
    assert find_visible(session, person, "nobody") is None
    assert find_visible(session, person, "unknown") is None


def test_the_file_of_an_image_follows_from_its_row():
    image = Media(key="abcd", content_type="image/jpeg")
    assert path_of(Path("/store"), image) == Path("/store/ab/abcd.jpg")
