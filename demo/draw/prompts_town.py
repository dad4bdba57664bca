"""Prompts for the town, signs and the table."""

from demo.draw.scene import Scene, Thing
from demo.draw.tasks import Task, both_bad, both_good, one_right

TOWN: tuple[Task, ...] = (
    one_right(
        "Someone in a teal raincoat under a yellow umbrella in a rainy street at dusk, "
        "street lamps mirrored by the wet ground, flat illustration",
        "City",
        Scene("flat", "street", "lamplight", (Thing("walker", "yellow", 48, 10, 50, "teal"),)),
        lambda scene: scene.recoloured("walker", "red"),
    ),
    one_right(
        "a pink neon sign of a cat on a dark brick wall",
        "Signs",
        Scene("neon", "bricks", "day", (Thing("cat", "pink", 50, 16, 66),)),
        lambda scene: scene.recoloured("cat", "blue"),
    ),
    one_right(
        "A neon sign of a steaming golden coffee cup on a dark brick wall, crisp glowing "
        "tubes, night atmosphere",
        "Signs",
        Scene("neon", "bricks", "day", (Thing("cup", "golden", 48, 24, 46),)),
        lambda scene: scene.spoiled("blurred"),
    ),
    both_bad(
        "a neon sign of a green bicycle with a basket of flowers",
        "Signs",
        Scene("neon", "bricks", "day", (Thing("bicycle", "green", 49, 28, 46, "pink"),)),
        lambda scene: scene.restyled("flat").recoloured("bicycle", "orange"),
        lambda scene: scene.recoloured("bicycle", "red").spoiled("melted"),
    ),
)
TABLE: tuple[Task, ...] = (
    one_right(
        "Three yellow flowers in a blue vase on a wooden table, morning light on the wall, loose watercolour",
        "Still life",
        Scene("watercolour", "table", "day", (Thing("vase", "blue", 50, 12, 58, "yellow", 3),)),
        lambda scene: scene.counted("vase", 7).accented("vase", "pink"),
    ),
    one_right(
        "a birthday cake with four candles, flat illustration",
        "Still life",
        Scene("flat", "table", "day", (Thing("cake", "pink", 50, 14, 54, count=4),)),
        lambda scene: scene.counted("cake", 2),
    ),
    one_right(
        "A black cat sitting on a wooden table beside a blue teapot, sunlight falling "
        "through a window, flat illustration",
        "Animals",
        Scene(
            "flat",
            "table",
            "day",
            (Thing("cat", "black", 32, 15, 54), Thing("teapot", "blue", 70, 10, 30)),
        ),
        lambda scene: scene.recoloured("cat", "white"),
    ),
    one_right(
        "a cat next to a pile of books, chalk on a blackboard",
        "Animals",
        Scene(
            "chalk",
            "table",
            "day",
            (Thing("books", "red", 70, 14, 34, count=4), Thing("cat", "yellow", 32, 12, 60)),
        ),
        lambda scene: scene.replaced("cat", "dog"),
    ),
    both_good(
        "five red apples in a blue bowl, watercolour",
        "Still life",
        Scene("watercolour", "table", "day", (Thing("fruit", "red", 50, 13, 58, "blue", 5),)),
    ),
)
