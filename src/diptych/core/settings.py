"""The settings: environment variables that start with ``DIPTYCH_``."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each field is an environment variable: ``DIPTYCH_`` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="DIPTYCH_", env_ignore_empty=True)

    database_url: str | None = Field(
        None, description="A PostgreSQL 15+ with pgvector. Without it, an embedded server is started."
    )
    data_dir: Path = Field(
        Path("diptych-data"),
        description="Where the embedded server, stored images, uploads and automatic backups live.",
    )
    base_url: str | None = Field(
        None, description="The public address of the server, for links, such as https://example.org."
    )
    trusted_proxies: str = Field(
        "",
        description="Proxies whose X-Forwarded-* and X-Request-Id headers are trusted, separated by commas.",
    )
    pool_size: int = Field(
        16, ge=1, description="Database connections per web process, and how many requests use one at a time."
    )
    session_days: int = Field(14, ge=1, description="How long a login lasts.")
    invitation_hours: int = Field(72, ge=1, description="How long a one-time link lasts.")
    lease_seconds: int = Field(
        1200, ge=1, description="How long a record is reserved for the annotator who is looking at it."
    )
    max_upload_mb: int = Field(2048, ge=1, description="The largest file a page accepts.")
    max_batch_mb: int = Field(100, ge=1, description="The largest batch of records the API accepts.")
    max_image_megapixels: int = Field(50, ge=1, description="The largest picture an import accepts.")
    jobs: int = Field(1, ge=1, description="How many long jobs, such as imports, a worker does at a time.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The lowest level of messages that are logged."
    )
    log_format: Literal["console", "json"] = Field(
        "console", description="`console` for readable lines, `json` for one JSON object per line."
    )

    @property
    def media_dir(self) -> Path:
        """The folder of stored images."""
        return self.data_dir / "media"

    @property
    def uploads_dir(self) -> Path:
        """The folder of files that wait to be imported."""
        return self.data_dir / "uploads"


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once from the environment."""
    return Settings()
