"""Imports by the command, in a process of its own as an admin runs it."""

import os
import subprocess
from pathlib import Path

from diptych.core.db import Database
from diptych.models import Dataset
from tests.bench.imports import COMMAND


def import_pairs(database: Database, dataset: Dataset, folder: Path, model: str, rows: int) -> None:
    """Import many pairs; for another ``model`` than before, all of them change."""
    path = folder / f"{model}.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("id,prompt,image_1,image_2,model_1\n")
        for number in range(rows):
            images = [f"https://images.example.org/{number}/{side}.webp" for side in (1, 2)]
            file.write(f"pair-{number},a house on a hill {number},{images[0]},{images[1]},{model}\n")
    address = database.url.render_as_string(hide_password=False)
    subprocess.run(
        [COMMAND, "import", str(path), "--dataset", dataset.name],
        env=os.environ | {"DIPTYCH_DATABASE_URL": address, "DIPTYCH_DATA_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
