"""Images that did not load in a browser: kept for a few days for the admins of a dataset."""

import uuid
from collections.abc import Collection, Mapping

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from diptych.core.db import compact_json
from diptych.models import Dataset, ImageFailure, User

# A dataset keeps its newest failures, up to this number, for this number of days.
MAX_KEPT = 1_000
DAYS_KEPT = 7

# In the order of the keys, so that two pages of a user that report the same records cannot deadlock.
_UPSERT = text("""
INSERT INTO image_failures AS f (dataset_id, record_id, user_id, images)
SELECT r.dataset_id, r.id, :user_id, i.images
FROM json_to_recordset(CAST(:items AS json)) AS i (record_id uuid, images smallint[])
JOIN records r ON r.dataset_id = :dataset_id AND r.id = i.record_id
ORDER BY r.id
ON CONFLICT (dataset_id, record_id, user_id) DO UPDATE SET count = f.count + 1, last_at = now(),
    images = ARRAY(SELECT DISTINCT unnest(f.images || excluded.images) ORDER BY 1)
""")
_DELETE_OLD = text("""
WITH old AS (
    SELECT record_id, user_id FROM image_failures
    WHERE dataset_id = :dataset_id AND last_at < now() - make_interval(days => :days)
    FOR UPDATE SKIP LOCKED),
surplus AS (
    SELECT record_id, user_id FROM image_failures
    WHERE dataset_id = :dataset_id ORDER BY last_at DESC OFFSET :kept FOR UPDATE SKIP LOCKED)
DELETE FROM image_failures f USING (TABLE old UNION TABLE surplus) gone
WHERE f.dataset_id = :dataset_id AND f.record_id = gone.record_id AND f.user_id = gone.user_id
""")


def report_failures(
    session: Session, dataset: Dataset, user: User, images: Mapping[uuid.UUID, Collection[int]]
) -> None:
    """Store which images of which records, numbered from 1, did not load in a user's browser.

    Records that the dataset does not have, or no longer has, are left out.
    """
    items = [{"record_id": str(id_), "images": sorted(set(some))} for id_, some in images.items()]
    values = {"dataset_id": dataset.id, "user_id": user.id, "items": compact_json(items)}
    session.execute(_UPSERT, values)
    session.execute(_DELETE_OLD, {"dataset_id": dataset.id, "days": DAYS_KEPT, "kept": MAX_KEPT})


def dismiss_failures(session: Session, dataset: Dataset) -> None:
    """Delete the failures of a dataset; admins see later ones again."""
    session.execute(delete(ImageFailure).where(ImageFailure.dataset_id == dataset.id))
