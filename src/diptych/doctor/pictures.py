"""Checks stored pictures: rows against files, and records against the pictures that they show."""

import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select, text

from diptych.doctor.findings import RECOUNT, DatasetRef, Finding, Patient, Tally
from diptych.models import Media
from diptych.records.media import path_of

_PAGE = 1_000
_FIRST = uuid.UUID(int=0)
# In seconds. The files of a running import have no rows yet.
_STRAY_AFTER = 86_400

# An address is a whole JSON string; inside a longer text it is not a picture.
_NOT_NOTED = text(r"""
WITH page AS (SELECT id, fields FROM records
              WHERE dataset_id = :dataset_id AND id > :after ORDER BY id LIMIT :limit),
shown AS (SELECT p.id, m[1] AS key
          FROM page p, regexp_matches(CAST(p.fields AS text), '"/media/([0-9a-f]{64})\.[a-z]+"', 'g') AS m),
wrong AS (SELECT DISTINCT s.id, s.key FROM shown s WHERE NOT EXISTS (
              SELECT FROM dataset_media WHERE dataset_id = :dataset_id AND media_key = s.key))
SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1), ARRAY(SELECT id FROM wrong ORDER BY id),
       ARRAY(SELECT key FROM wrong ORDER BY id)
""")
_NOTE = text("""
INSERT INTO dataset_media (dataset_id, media_key)
SELECT :dataset_id, key FROM media WHERE key = ANY(:keys) ORDER BY key
ON CONFLICT DO NOTHING RETURNING media_key
""")


def check_shown(patient: Patient, dataset: DatasetRef) -> Iterator[Finding]:
    """Look for stored pictures that annotators cannot see, because the dataset does not list them."""
    hidden, unknown = Tally(), Tally()
    last: uuid.UUID | None = _FIRST
    while last is not None:
        values = {"dataset_id": dataset.id, "after": last, "limit": _PAGE}
        with patient.database.reading() as session:
            last, records, keys = session.execute(_NOT_NOTED, values).one()
            stored = set(session.scalars(select(Media.key).where(Media.key.in_(keys))))
        hidden.add([record for record, key in zip(records, keys, strict=True) if key in stored])
        unknown.add([record for record, key in zip(records, keys, strict=True) if key not in stored])
        if patient.recounts and stored:
            with patient.database.transaction() as session:
                session.execute(_NOTE, {"dataset_id": dataset.id, "keys": list(stored)})
    if hidden.count:
        problem = f"records with stored pictures that annotators of this dataset cannot see: {hidden}"
        yield Finding("pictures", dataset.name, problem, RECOUNT, is_repaired=patient.recounts)
    if unknown.count:
        problem = f"records with pictures that are not stored on this server: {unknown}"
        yield Finding("pictures", dataset.name, problem, "import these records again, with their pictures")


def check_files(patient: Patient) -> Iterator[Finding]:
    """Compare the rows of stored pictures with their files; a deep check decodes each file."""
    folder = patient.settings.media_dir
    missing, changed, broken = Tally(), Tally(), Tally()
    for rows in _pages_of_media(patient):
        for media in rows:
            path = path_of(folder, media)
            if not path.is_file():
                missing.add([path.name])
            elif path.stat().st_size != media.size:
                changed.add([path.name])
            elif patient.is_deep and not _shows(path, media):
                broken.add([path.name])
    again = "restore them from a backup (its folder media), or import the files again"
    for tally, problem in (
        (missing, "pictures whose file is missing"),
        (changed, "pictures whose file has changed its size since it was stored"),
        (broken, "pictures whose file cannot be decoded"),
    ):
        if tally.count:
            yield Finding("picture files", str(folder), f"{problem}: {tally}", again)


def check_strays(patient: Patient) -> Iterator[Finding]:
    """Look for files that no row refers to, which a failed import may have left."""
    folder = patient.settings.media_dir
    strays = Tally()
    for part in sorted(folder.glob("??")):
        old = [path for path in sorted(part.iterdir()) if path.stat().st_mtime < time.time() - _STRAY_AFTER]
        with patient.database.reading() as session:
            keys = select(Media.key).where(Media.key.in_([path.stem for path in old]))
            known = set(session.scalars(keys))
        strays.add([path.name for path in old if path.stem not in known])
    if strays.count:
        problem = f"files that belong to no stored picture: {strays}"
        yield Finding(
            "picture files", str(folder), problem, "delete them if you need the disk space", is_note=True
        )


def _pages_of_media(patient: Patient) -> Iterator[Sequence[Media]]:
    after = ""
    while True:
        with patient.database.reading() as session:
            rows = session.scalars(
                select(Media).where(Media.key > after).order_by(Media.key).limit(_PAGE)
            ).all()
        if not rows:
            return
        yield rows
        after = rows[-1].key


def _shows(path: Path, media: Any) -> bool:
    try:
        with Image.open(path) as image:
            image.load()
            return image.size == (media.width, media.height)
    except Exception:  # noqa: BLE001 - a decoder may fail in any way on a damaged file
        return False
