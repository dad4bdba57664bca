"""Prompts for landscapes, animals, the sky and space."""

from demo.draw.scene import Scene, Thing
from demo.draw.tasks import Task, both_bad, both_good, one_right

LAND: tuple[Task, ...] = (
    one_right(
        "A flat illustration of a red house on green hills with a brown dog sitting in "
        "front of it, at sunset, warm light and long soft clouds",
        "Landscape",
        Scene(
            "flat",
            "hills",
            "sunset",
            (Thing("house", "red", 36, 21, 38), Thing("dog", "brown", 67, 11, 26)),
        ),
        lambda scene: scene.recoloured("house", "yellow"),
    ),
    one_right(
        "An orange fox beside a red mushroom in a misty pine forest, layered paper "
        "cut-out with soft shadows between the sheets",
        "Animals",
        Scene(
            "paper",
            "forest",
            "dawn",
            (Thing("fox", "orange", 45, 10, 44), Thing("mushroom", "red", 77, 8, 20)),
        ),
        lambda scene: scene.without("fox"),
    ),
    one_right(
        "a bicycle with flowers in its basket next to a tree, ink sketch",
        "Objects",
        Scene(
            "ink",
            "hills",
            "day",
            (Thing("tree", "green", 76, 18, 60), Thing("bicycle", "red", 42, 9, 34, "pink")),
        ),
        lambda scene: scene.spoiled("melted"),
    ),
    both_good(
        "a white windmill behind a field of tulips, watercolour",
        "Landscape",
        Scene("watercolour", "tulips", "day", (Thing("windmill", "cream", 64, 31, 48, "red"),)),
    ),
    one_right(
        "A snowman with a green scarf in front of snowy pine trees while snow is "
        "falling, pixel art with a small palette",
        "Winter",
        Scene("pixels", "snow", "day", (Thing("snowman", "green", 48, 12, 56),)),
        lambda scene: scene.recoloured("snowman", "red"),
    ),
    both_good(
        "A small red house under thick snow between two pine trees on a winter night, "
        "cross-stitch embroidery",
        "Winter",
        Scene(
            "stitches",
            "snow",
            "night",
            (
                Thing("pine", "green", 14, 18, 46, "white"),
                Thing("snowed-in house", "red", 50, 15, 40),
                Thing("pine", "green", 87, 14, 52, "white"),
            ),
        ),
    ),
    both_bad(
        "three green cacti with pink flowers in a desert at noon, flat illustration",
        "Landscape",
        Scene(
            "flat",
            "desert",
            "day",
            (
                Thing("cactus", "green", 24, 18, 36),
                Thing("cactus", "green", 52, 9, 52),
                Thing("cactus", "green", 80, 16, 40),
            ),
        ),
        lambda scene: scene.first("cactus", 1).relit("night"),
        lambda scene: scene.replaced("cactus", "pine").spoiled("faded"),
    ),
    one_right(
        "A white rabbit under an apple tree on a hill under a full moon, paper cut-out in deep blue tones",
        "Animals",
        Scene(
            "paper",
            "hills",
            "night",
            (
                Thing("tree", "green", 74, 14, 62, "red"),
                Thing("rabbit", "white", 34, 9, 34),
            ),
        ),
        lambda scene: scene.spoiled("tilted"),
    ),
    one_right(
        "snowy mountains behind a blue lake with pine trees on the shore, watercolour",
        "Landscape",
        Scene(
            "watercolour",
            "mountains",
            "day",
            (
                Thing("pine", "green", 12, 10, 44),
                Thing("pine", "green", 25, 4, 54),
                Thing("pine", "green", 91, 6, 48),
            ),
        ),
        lambda scene: scene.spoiled("blocky"),
    ),
    one_right(
        "A friendly teal robot waving next to a tall sunflower in a green meadow, "
        "bright flat illustration for a children's book",
        "Figures",
        Scene(
            "flat",
            "hills",
            "day",
            (Thing("sunflower", "yellow", 76, 12, 52), Thing("robot", "teal", 38, 10, 50)),
        ),
        lambda scene: scene.without("sunflower"),
    ),
    one_right(
        "three red mushrooms in a forest, watercolour",
        "Nature",
        Scene(
            "watercolour",
            "forest",
            "day",
            (
                Thing("mushroom", "red", 26, 12, 30),
                Thing("mushroom", "red", 70, 12, 28),
                Thing("mushroom", "red", 48, 7, 46),
            ),
        ),
        lambda scene: scene.first("mushroom", 1).recoloured("mushroom", "brown"),
    ),
    one_right(
        "a blue bird with an orange breast on a twig, cross-stitch",
        "Animals",
        Scene("stitches", "hills", "day", (Thing("bird", "blue", 50, 30, 46, "orange"),)),
        lambda scene: scene.spoiled("noisy"),
    ),
)
SKY: tuple[Task, ...] = (
    one_right(
        "Three hot air balloons in different colours over snow-capped mountains and a "
        "lake at dawn, clean flat illustration",
        "Sky",
        Scene(
            "flat",
            "mountains",
            "dawn",
            (
                Thing("balloon", "teal", 58, 68, 20, "white"),
                Thing("balloon", "purple", 78, 44, 32, "pink"),
                Thing("balloon", "red", 28, 32, 50, "yellow"),
            ),
        ),
        lambda scene: scene.first("balloon", 2),
    ),
    both_good(
        "An owl with large golden eyes on a branch in a dark forest under a full moon, night illustration",
        "Animals",
        Scene("flat", "forest", "night", (Thing("owl", "brown", 46, 26, 46),)),
    ),
    one_right(
        "A white rocket with red fins flying past a purple planet with a ring, stars all around, pixel art",
        "Space",
        Scene(
            "pixels",
            "space",
            "day",
            (Thing("planet", "purple", 72, 56, 26, "golden"), Thing("rocket", "white", 26, 20, 54, turn=-24)),
        ),
        lambda scene: scene.restyled("flat"),
    ),
    both_good(
        "a rocket and a planet with a ring, chalk on a blackboard",
        "Space",
        Scene(
            "chalk",
            "space",
            "day",
            (Thing("planet", "yellow", 72, 58, 24, "blue"), Thing("rocket", "white", 26, 20, 56, turn=-24)),
        ),
    ),
    one_right(
        "two striped balloons above the clouds at sunset, paper cut-out",
        "Sky",
        Scene(
            "paper",
            "clouds",
            "sunset",
            (
                Thing("balloon", "blue", 70, 50, 32, "cream"),
                Thing("balloon", "red", 34, 28, 56, "cream"),
            ),
        ),
        lambda scene: scene.spoiled("faded"),
    ),
)
