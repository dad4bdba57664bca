"""What an image-preference dataset is made of: two pictures of one prompt, and five answers.

The names are those of the open-image-preferences campaign, so that its tools read our exports.
"""

from importlib import resources
from typing import Any

FIELD = "images"
QUESTION = "preference"
IMAGE_KEYS = ("image_1", "image_2")
PROMPT_KEY = "prompt"
MODELS = ("model_1", "model_2")
TERMS = (*MODELS, "evolution")
VECTOR = "prompt"
VECTOR_DIMENSIONS = 256

LABELS = {
    "image_1": "Image 1 is better",
    "image_2": "Image 2 is better",
    "both_good": "Both images are good",
    "both_bad": "Both images are bad",
    "toxic_content": "Toxic content ⚠️",
}

QUESTION_TITLE = "Which image is better, by prompt adherence and aesthetics?"


def guidelines() -> str:
    """Return the guidelines that a dataset has until somebody writes better ones, as Markdown."""
    return _read("guidelines.md")


def field_settings() -> dict[str, Any]:
    """Return the settings of the field; its template shows a record in tools that know custom fields."""
    return {"type": "custom", "template": _read("field.html"), "advanced_mode": False}


def question_settings() -> dict[str, Any]:
    """Return the settings of the question: the five labels in their order."""
    return {
        "type": "label_selection",
        "visible_options": len(LABELS),
        "options": [{"value": value, "text": text, "description": None} for value, text in LABELS.items()],
    }


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
