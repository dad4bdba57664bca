"""The settings of the datasets that this process worked with last: pages need them with every request."""

import uuid
from collections import OrderedDict
from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session

from diptych.datasets.queries import DatasetSettings, get_settings
from diptych.models import Dataset

_MAX_KEPT = 256

_kept: OrderedDict[tuple[uuid.UUID, datetime], DatasetSettings] = OrderedDict()
_lock = Lock()


def get_cached_settings(session: Session, dataset: Dataset) -> DatasetSettings:
    """Return the settings of a dataset, which others may be reading at the same time: for looking only.

    Every change of them moves the ``updated_at`` of the dataset, in whichever process it is made, so they are
    as old as the row ``dataset`` at the most.
    """
    key = (dataset.id, dataset.updated_at)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    settings = get_settings(session, dataset)
    for one in (*settings.fields, *settings.questions, *settings.metadata_properties, *settings.vectors):
        # They outlive the session.
        session.expunge(one)
    with _lock:
        _kept[key] = settings
        while len(_kept) > _MAX_KEPT:
            _kept.popitem(last=False)
    return settings
