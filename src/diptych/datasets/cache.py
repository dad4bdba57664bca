"""A cache for the settings of recently used datasets, because every page needs them."""

import uuid
from collections import OrderedDict
from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session

from diptych.datasets.queries import DatasetSettings, get_settings
from diptych.models import Dataset

MAX_KEPT = 256

_kept: OrderedDict[tuple[uuid.UUID, datetime], DatasetSettings] = OrderedDict()
_lock = Lock()


def get_cached_settings(session: Session, dataset: Dataset) -> DatasetSettings:
    """Return the settings of a dataset, read-only, because other threads may read them at the same time.

    Every change of settings, in any process, updates the ``updated_at`` of the dataset. So the cached
    settings are at least as new as the row ``dataset``.
    """
    key = (dataset.id, dataset.updated_at)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    settings = get_settings(session, dataset)
    for one in (*settings.fields, *settings.questions, *settings.metadata_properties, *settings.vectors):
        # The cached settings outlive the session.
        session.expunge(one)
    with _lock:
        _kept[key] = settings
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return settings
