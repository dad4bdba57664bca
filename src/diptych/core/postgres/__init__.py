"""The embedded server: a private PostgreSQL in the data directory, shared by all commands that use it."""

from diptych.core.postgres.errors import PostgresError
from diptych.core.postgres.layout import exists
from diptych.core.postgres.supervisor import running

__all__ = ["PostgresError", "exists", "running"]
