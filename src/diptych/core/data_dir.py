"""Which data directory this is: hosts that share one database may each have their own."""

import os
from contextlib import suppress

from diptych.core.db import new_id
from diptych.core.settings import Settings

_NAME = "id"


def data_dir_id(settings: Settings) -> str:
    """Return the id of the data directory, which is made with the directory at the first call."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path = settings.data_dir / _NAME
    if not path.exists():
        # Of several processes that begin at once, the first one names the directory.
        mine = path.with_name(f"{_NAME}.{os.getpid()}")
        mine.write_text(f"{new_id()}\n", "ascii")
        with suppress(FileExistsError):
            path.hardlink_to(mine)
        mine.unlink()
    return path.read_text("ascii").strip()
