"""The demonstration as files: pictures and a CSV, ready to import."""

import csv
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path

from diptych.cli.demo.pairs import DemoPair, pairs
from diptych.cli.demo.pictures import draw
from diptych.cli.demo.scene import Scene

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


def write(folder: Path) -> Path:
    """Draw every pair into the folder and return the path of its pairs.csv.

    The CSV is UTF-8 and names each picture by its path relative to the folder. The
    same version of Pillow writes the same bytes every time.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    table = folder / "pairs.csv"
    with ThreadPoolExecutor(WORKERS) as pool:
        rows = list(pool.map(partial(_row, folder), pairs()))
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return table


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
    draw(scene).save(folder / name, "WEBP", quality=88, method=0)
    return name
