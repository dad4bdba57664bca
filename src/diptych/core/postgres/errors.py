"""The error of the embedded server."""

from diptych.core.errors import DiptychError


class PostgresError(DiptychError):
    """The embedded server cannot run; the message says why, where, and what to do."""

    code = "embedded_postgres"
