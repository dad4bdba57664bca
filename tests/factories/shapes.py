"""Settings of fields and of questions: one of each type, for datasets of any shape."""

from typing import Any


def options(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "text": f"Option {value}", "description": None} for value in values]


def custom(template: str, *, advanced: bool = False) -> dict[str, Any]:
    return {"type": "custom", "template": template, "advanced_mode": advanced}


TEXT = {"type": "text", "use_markdown": False}
MARKDOWN = {"type": "text", "use_markdown": True}
IMAGE = {"type": "image"}
CHAT = {"type": "chat", "use_markdown": True}
LABEL = {"type": "label_selection", "visible_options": None, "options": options("good", "bad")}
SIDE = {"type": "label_selection", "visible_options": None, "options": options("image_1", "image_2")}
LABELS = {
    "type": "multi_label_selection",
    "visible_options": None,
    "options_order": "natural",
    "options": options("hands", "text"),
}
RATING = {"type": "rating", "options": [{"value": number} for number in range(1, 6)]}
RANKING = {"type": "ranking", "options": options("image_1", "image_2")}
SPAN = {
    "type": "span",
    "field": "text",
    "visible_options": None,
    "allow_overlapping": False,
    "options": options("name"),
}
