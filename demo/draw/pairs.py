"""The demonstration's pairs, with sides and fictional models mixed fairly."""

import random
from dataclasses import dataclass, replace
from typing import Literal

from demo.draw.prompts_land import LAND, SKY
from demo.draw.prompts_sea import SEA
from demo.draw.prompts_town import TABLE, TOWN
from demo.draw.scene import Scene
from demo.draw.tasks import Task

Answer = Literal["image_1", "image_2", "both_good", "both_bad"]

# This seed shares the sides and the models out evenly.
SEED = 1774
STRONGER_WINS = 0.65
LONG_PROMPT = 75
CATEGORIES = {
    "chalk": "Chalk Drawing",
    "flat": "Illustration",
    "ink": "Ink Sketch",
    "neon": "Neon",
    "paper": "Paper Cut-out",
    "pixels": "Pixel Art",
    "stitches": "Cross-stitch",
    "watercolour": "Watercolour",
}


@dataclass(frozen=True)
class DemoPair:
    """One record of the demonstration; `draw` turns its scenes into pictures."""

    id: str
    prompt: str
    image_1: Scene
    image_2: Scene
    expected: Answer
    metadata: dict[str, str]


def pairs() -> list[DemoPair]:
    """Return every pair in the order of the file, the same on every call."""
    rng = random.Random(SEED)  # noqa: S311 - a fair order is no secret
    tasks = [*LAND, *SKY, *SEA, *TOWN, *TABLE]
    rng.shuffle(tasks)
    return [_pair(number, task, rng) for number, task in enumerate(tasks, start=1)]


def _pair(number: int, task: Task, rng: random.Random) -> DemoPair:
    first, second = (replace(scene, seed=scene.seed + number * 10) for scene in task.pictures)
    models = ("birch", "atlas") if rng.random() < STRONGER_WINS else ("atlas", "birch")
    is_reversed = rng.random() < 0.5  # noqa: PLR2004 - either side is as likely
    images = (second, first) if is_reversed else (first, second)
    evolution = "quality" if len(task.prompt) > LONG_PROMPT else "simplified"
    return DemoPair(
        id=f"{number:04d}-{evolution}",
        prompt=task.prompt,
        image_1=images[0],
        image_2=images[1],
        expected=_expected(task, is_reversed=is_reversed),
        metadata={
            "model_1": models[is_reversed],
            "model_2": models[not is_reversed],
            "evolution": evolution,
            "category": CATEGORIES[task.asked.style],
            "sub_category": task.subject,
        },
    )


def _expected(task: Task, *, is_reversed: bool) -> Answer:
    if task.verdict != "first":
        return task.verdict
    return "image_2" if is_reversed else "image_1"
