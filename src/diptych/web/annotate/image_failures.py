"""Reports of images that do not load on the annotation page, and the notice for admins."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from diptych.core.edge import Router
from diptych.datasets.fields.image_set import MAX_IMAGES
from diptych.datasets.queries import get_visible_dataset
from diptych.models import Dataset
from diptych.records.image_failures import dismiss_failures, report_failures
from diptych.records.queries import FailedRecord, count_image_failures, list_image_failures
from diptych.web.auth import Admin, Person
from diptych.web.deps import DbSession, see_other

router = Router()

_MAX_ITEMS = 20
_MAX_SHOWN = 5

ImageNumber = Annotated[int, Field(ge=1, le=MAX_IMAGES)]


class FailedImages(BaseModel):
    """A record and the numbers of its images that did not load; 1 is ``image_1``, on whichever side."""

    record_id: uuid.UUID
    images: Annotated[list[ImageNumber], Field(min_length=1, max_length=MAX_IMAGES)]


class Report(BaseModel):
    """Records with images that a page could not show."""

    items: Annotated[list[FailedImages], Field(min_length=1, max_length=_MAX_ITEMS)]


@dataclass(frozen=True)
class ImageFailures:
    """The number of records with image failures, the number of affected users, and the newest records."""

    records: int
    people: int
    newest: Sequence[FailedRecord]


def make_image_failures(session: Session, dataset: Dataset) -> ImageFailures | None:
    """Return the image failures of a dataset in the last 24 hours, if any."""
    newest = list_image_failures(session, dataset, limit=_MAX_SHOWN)
    return ImageFailures(*count_image_failures(session, dataset), newest) if newest else None


@router.post("/datasets/{reference}/image-failures", status_code=204)
def report_image_failures(session: DbSession, person: Person, reference: str, report: Report) -> None:
    """Store which images the user's browser could not show."""
    dataset = get_visible_dataset(session, person, reference)
    images: dict[uuid.UUID, list[int]] = {}
    for item in report.items:
        images.setdefault(item.record_id, []).extend(item.images)
    report_failures(session, dataset, person, images)


@router.post("/datasets/{reference}/image-failures/dismissals")
def dismiss_image_failures(request: Request, session: DbSession, admin: Admin, reference: str) -> Response:
    """Delete the image failures so far, and return to the dataset."""
    dismiss_failures(session, get_visible_dataset(session, admin, reference))
    return see_other(request, "overview", reference=reference)
