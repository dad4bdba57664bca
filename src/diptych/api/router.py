"""The API below ``/api/v1``: Argilla's contract, and Diptych's own resources.

Batches of records have a separate router, because only their bodies may be large.
"""

from diptych.api import (
    datasets,
    exports,
    fields,
    info,
    jobs,
    me,
    metadata_properties,
    progress,
    questions,
    records,
    responses,
    token,
    users,
    vectors_settings,
    workspaces,
)
from diptych.api.errors import RESPONSES
from diptych.core.edge import Router

# Frequent routes come first, because routes are tried in order.
_SUBJECTS = (
    datasets,
    records.lists,
    records.single,
    responses.single,
    records.search,
    me,
    progress,
    users,
    workspaces,
    fields,
    questions,
    metadata_properties,
    vectors_settings,
    exports,
    jobs,
    token,
    info,
)

router = Router(prefix="/api/v1", responses=RESPONSES)
for module in _SUBJECTS:
    router.include_router(module.router)

batches = Router(prefix="/api/v1", responses=RESPONSES)
batches.include_router(records.bulk.router)
