"""The demonstration as files: pictures and a CSV, ready to import."""

import csv
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path

from demo.draw.pairs import DemoPair, pairs
from demo.draw.pictures import draw
from demo.draw.scene import Scene

# Pillow draws and encodes outside the interpreter's lock about half of the time, so a
# third thread only waits.
WORKERS = 2
COLUMNS = (
    "id",
    "prompt",
    "image_1",
    "image_2",
    "model_1",
    "model_2",
    "evolution",
    "category",
    "sub_category",
)


def write(folder: Path) -> None:
    """Draw every pair anew: the folder's pairs.csv, and its images/ with nothing else in it.

    The CSV is UTF-8 and names each picture by its path relative to the folder. The
    same version of Pillow writes the same bytes every time.
    """
    shutil.rmtree(folder / "images", ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    with ThreadPoolExecutor(WORKERS) as pool:
        rows = list(pool.map(partial(_row, folder), pairs()))
    with (folder / "pairs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _row(folder: Path, pair: DemoPair) -> dict[str, str]:
    return {
        "id": pair.id,
        "prompt": pair.prompt,
        "image_1": _image(folder, f"{pair.id}/1", pair.image_1),
        "image_2": _image(folder, f"{pair.id}/2", pair.image_2),
        **pair.metadata,
    }


def _image(folder: Path, key: str, scene: Scene) -> str:
    # The name must not reveal the model or the flaw.
    name = f"images/{sha256(key.encode()).hexdigest()[:16]}.webp"
    # Without loss, the files would be four times as large, for a difference that nobody sees.
    draw(scene).save(folder / name, "WEBP", quality=90)
    return name
