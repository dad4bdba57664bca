"""One question of each type, and an answer to it: on the page, in a form, and as it is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator

from tests.factories import shapes

TEXT = "A red 🚀 and a blue house"


@dataclass(frozen=True)
class Sample:
    """``answer`` answers the question on the card, ``texts`` is what a form sends, ``value`` what is stored.

    The records have a text field ``text``, which holds ``TEXT``.
    """

    settings: dict[str, Any]
    value: Any
    texts: Sequence[str]
    answer: Callable[[Locator], None]


def _press(name: str) -> Callable[[Locator], None]:
    return lambda card: card.get_by_role("radio", name=name).click()


def _tick(card: Locator) -> None:
    card.get_by_label("Option text").click()


def _rank(card: Locator) -> None:
    for option in ("Option image_2", "Option image_1"):
        card.get_by_text(option).click()


def _write(card: Locator) -> None:
    card.get_by_role("textbox").fill("  Because…")


def _mark(card: Locator) -> None:
    text = card.get_by_role("textbox", name="Text to mark")
    text.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Enter"):
        text.press(key)


SAMPLES = {
    "label_selection": Sample(shapes.LABEL, "bad", ["bad"], _press("Option bad")),
    "multi_label_selection": Sample(shapes.LABELS, ["text"], ["text"], _tick),
    "rating": Sample(shapes.RATING, 4, ["4"], _press("4")),
    "ranking": Sample(
        shapes.RANKING,
        [{"value": "image_2", "rank": 1}, {"value": "image_1", "rank": 2}],
        ["2:image_1", "1:image_2"],
        _rank,
    ),
    "text": Sample(shapes.TEXT, "  Because…", ["  Because…"], _write),
    "span": Sample(shapes.SPAN, [{"label": "name", "start": 6, "end": 11}], ["name: 6-11", ""], _mark),
}
