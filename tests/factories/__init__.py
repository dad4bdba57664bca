"""Made-up people, datasets, records and responses: ``factories.dataset(session, name="cats")``."""

from tests.factories.datasets import dataset
from tests.factories.records import images, record, records
from tests.factories.responses import response, responses
from tests.factories.statistics import outdate_statistics
from tests.factories.suggestions import suggestion
from tests.factories.users import cookies, user

__all__ = [
    "cookies",
    "dataset",
    "images",
    "outdate_statistics",
    "record",
    "records",
    "response",
    "responses",
    "suggestion",
    "user",
]
