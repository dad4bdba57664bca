"""Every table, one file per subject, all importable from here."""

from diptych.models.base import Base
from diptych.models.dataset import (
    Dataset,
    DatasetCount,
    DatasetStatus,
    Field,
    Import,
    MetadataProperty,
    Question,
    RecordOrder,
    VectorSettings,
)
from diptych.models.image_failure import ImageFailure
from diptych.models.job import Job, JobStatus, Lane, Worker
from diptych.models.record import (
    DatasetMedia,
    Media,
    Record,
    RecordBlock,
    RecordStatus,
    Suggestion,
    SuggestionType,
    Vector,
)
from diptych.models.response import (
    AnnotatorProgress,
    Assignment,
    Response,
    ResponseEvent,
    ResponseStatus,
)
from diptych.models.user import (
    Invitation,
    KnownBrowser,
    LoginFailure,
    LoginSession,
    Role,
    User,
    Workspace,
    WorkspaceUser,
)

__all__ = [
    "AnnotatorProgress",
    "Assignment",
    "Base",
    "Dataset",
    "DatasetCount",
    "DatasetMedia",
    "DatasetStatus",
    "Field",
    "ImageFailure",
    "Import",
    "Invitation",
    "Job",
    "JobStatus",
    "KnownBrowser",
    "Lane",
    "LoginFailure",
    "LoginSession",
    "Media",
    "MetadataProperty",
    "Question",
    "Record",
    "RecordBlock",
    "RecordOrder",
    "RecordStatus",
    "Response",
    "ResponseEvent",
    "ResponseStatus",
    "Role",
    "Suggestion",
    "SuggestionType",
    "User",
    "Vector",
    "VectorSettings",
    "Worker",
    "Workspace",
    "WorkspaceUser",
]
