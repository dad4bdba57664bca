"""Prompts for the sea, lakes and what swims in them."""

from demo.draw.scene import Scene, Thing
from demo.draw.tasks import Task, both_bad, one_right

SEA: tuple[Task, ...] = (
    one_right(
        "two white sailboats on a calm sea at dawn, watercolour",
        "Sea",
        Scene(
            "watercolour",
            "sea",
            "dawn",
            (Thing("boat", "white", 72, 30, 26, "red"), Thing("boat", "white", 34, 16, 48, "orange")),
        ),
        lambda scene: scene.first("boat", 1),
    ),
    one_right(
        "A red and white striped lighthouse on a rock, its beam over the sea, at night "
        "under a full moon and many stars, flat illustration",
        "Sea",
        Scene("flat", "sea", "night", (Thing("lighthouse", "red", 46, 16, 58),)),
        lambda scene: scene.relit("day"),
    ),
    one_right(
        "A blue whale and a little boat with white sails among rolling waves, layered paper cut-out",
        "Sea",
        Scene(
            "paper",
            "waves",
            "dawn",
            (Thing("boat", "white", 76, 38, 28, "red"), Thing("whale", "blue", 42, 10, 34)),
        ),
        lambda scene: scene.without("boat"),
    ),
    one_right(
        "a lighthouse on a rock in stormy weather, black ink sketch",
        "Sea",
        Scene("ink", "sea", "storm", (Thing("lighthouse", "red", 54, 14, 66),)),
        lambda scene: scene.restyled("flat"),
    ),
    both_bad(
        "Two yellow fish and one red fish above a coral reef, clear water with rays of "
        "light, flat illustration",
        "Sea",
        Scene(
            "flat",
            "under water",
            "day",
            (
                Thing("fish", "yellow", 30, 62, 18),
                Thing("fish", "yellow", 68, 52, 22),
                Thing("fish", "red", 40, 28, 26),
            ),
        ),
        lambda scene: scene.recoloured("fish", "blue"),
        lambda scene: scene.first("fish", 1).spoiled("blurred"),
    ),
    both_bad(
        "a purple fish with yellow stripes, pixel art",
        "Sea",
        Scene("pixels", "under water", "day", (Thing("fish", "purple", 52, 34, 40, "yellow"),)),
        lambda scene: scene.recoloured("fish", "orange"),
        lambda scene: scene.replaced("fish", "whale"),
    ),
    one_right(
        "Paper lanterns floating over a still lake at night, their warm light on the "
        "dark water, flat illustration",
        "Night",
        Scene(
            "flat",
            "lake",
            "night",
            (
                Thing("lantern", "orange", 18, 66, 10),
                Thing("lantern", "red", 84, 58, 9),
                Thing("lantern", "orange", 62, 74, 12),
                Thing("lantern", "yellow", 40, 48, 16),
                Thing("lantern", "orange", 70, 28, 24),
                Thing("lantern", "red", 22, 22, 20),
            ),
        ),
        lambda scene: scene.spoiled("clashing"),
    ),
)
