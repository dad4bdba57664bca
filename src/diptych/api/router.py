"""The API below ``/api/v1``: Argilla's contract, and what is ours.

Batches of records are a router of their own: their bodies may be large, no other body may.
"""

from diptych.api import (
    datasets,
    exports,
    fields,
    info,
    me,
    metadata_properties,
    progress,
    questions,
    records,
    responses,
    search,
    token,
    users,
    vectors_settings,
    workspaces,
)
from diptych.api.errors import RESPONSES
from diptych.core.edge import Router

# What is asked for most comes first: routes are tried in turn.
_SUBJECTS = (
    datasets,
    records,
    responses,
    search,
    me,
    progress,
    users,
    workspaces,
    fields,
    questions,
    metadata_properties,
    vectors_settings,
    exports,
    token,
    info,
)

router = Router(prefix="/api/v1", responses=RESPONSES)
for module in _SUBJECTS:
    router.include_router(module.router)

batches = Router(prefix="/api/v1", responses=RESPONSES)
batches.include_router(records.batches)
