"""The embedded server: a private Postgres inside the data directory, shared by every command that uses it."""

from diptych.core.postgres.errors import PostgresError
from diptych.core.postgres.layout import exists
from diptych.core.postgres.supervisor import running

__all__ = ["PostgresError", "exists", "running"]
