"""One renderer for every scene: place, things, style, flaw."""

import random
from collections.abc import Callable

from PIL import Image

from demo.draw import (
    animals,
    buildings,
    crafts,
    creatures,
    figures,
    places,
    plants,
    rooms,
    skies,
    still_life,
    waters,
)
from demo.draw.canvas import SIDE, Canvas
from demo.draw.flaws import FLAWS
from demo.draw.palette import INK, LIGHTS
from demo.draw.pens import Brush, Nib, Pen, Scissors, Tube
from demo.draw.scene import Scene, Thing
from demo.draw.styles import BOARD, FINISHES, PAPER

PLACES: dict[str, Callable[[Canvas, random.Random], None]] = {
    "bricks": rooms.bricks,
    "clouds": skies.clouds,
    "desert": places.desert,
    "forest": places.forest,
    "hills": places.hills,
    "lake": waters.lake,
    "mountains": places.mountains,
    "sea": waters.sea,
    "snow": places.snow,
    "space": skies.space,
    "street": rooms.street,
    "table": rooms.table,
    "tulips": places.tulip_field,
    "under water": waters.under_water,
    "waves": waters.waves,
}
THINGS: dict[str, Callable[[Canvas, Thing], None]] = {
    "balloon": crafts.balloon,
    "bicycle": crafts.bicycle,
    "bird": creatures.bird,
    "boat": crafts.boat,
    "books": still_life.books,
    "cactus": plants.cactus,
    "cake": still_life.cake,
    "cat": animals.cat,
    "cup": still_life.cup,
    "dog": animals.dog,
    "fish": creatures.fish,
    "fox": animals.fox,
    "fruit": still_life.fruit,
    "house": buildings.house,
    "lantern": figures.lantern,
    "lighthouse": buildings.lighthouse,
    "mushroom": plants.mushroom,
    "owl": creatures.owl,
    "pine": plants.pine,
    "planet": figures.planet,
    "rabbit": animals.rabbit,
    "robot": figures.robot,
    "rocket": crafts.rocket,
    "snowed-in house": buildings.snowcapped,
    "snowman": figures.snowman,
    "sunflower": plants.sunflower,
    "teapot": still_life.teapot,
    "tree": plants.tree,
    "tulip": plants.tulip,
    "vase": still_life.vase,
    "walker": figures.walker,
    "whale": creatures.whale,
    "windmill": buildings.windmill,
}


def draw(scene: Scene) -> Image.Image:
    """Return the picture of a scene, 640 by 640 pixels, the same on every call."""
    sheet = Image.new("RGB", (SIDE, SIDE), PAPER)
    canvas = Canvas(_pen(scene.style, sheet), LIGHTS[scene.light])
    PLACES[scene.place](canvas, random.Random(scene.seed))  # noqa: S311 - clouds are no secrets
    for thing in scene.things:
        THINGS[thing.kind](canvas.at(thing), thing)
    image = FINISHES[scene.style](sheet, scene.seed)
    return FLAWS[scene.flaw](image, scene.seed) if scene.flaw else image


def _pen(style: str, sheet: Image.Image) -> Pen:
    match style:
        case "paper":
            return Scissors(sheet)
        case "ink":
            return Nib(sheet, PAPER, INK)
        case "chalk":
            return Nib(sheet, BOARD, None)
        case "neon":
            return Tube(sheet)
        case _:
            return Brush(sheet)
