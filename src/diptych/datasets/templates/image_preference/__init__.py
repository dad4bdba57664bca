"""What an image-preference dataset is made of: two pictures of one prompt, and five answers.

The names are those of the open-image-preferences campaign, so that its tools read our exports.
"""

from collections.abc import Iterator
from typing import Any

from diptych.datasets.fields.image_set import FIELD
from diptych.datasets.templates.base import DatasetTemplate
from diptych.models import Field, MetadataProperty, Question, VectorSettings

QUESTION = "preference"
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


class ImagePreferenceTemplate(DatasetTemplate):
    """A custom field with a prompt and two images, and a question with five labels."""

    def settings(self) -> Iterator[Field | Question | VectorSettings | MetadataProperty]:
        """Yield the field, the question, the vector of the prompt, and what is known of the images."""
        # The template of the field shows a record in tools that know custom fields.
        field = {"type": "custom", "template": self.read("field.html"), "advanced_mode": False}
        yield Field(name=FIELD, title="Images", required=True, settings=field)
        yield Question(name=QUESTION, title=QUESTION_TITLE, required=True, settings=question_settings())
        yield VectorSettings(name=VECTOR, title="Prompt", dimensions=VECTOR_DIMENSIONS)
        for name in TERMS:
            # Annotators must not see which model made a picture.
            is_visible = name not in MODELS
            yield MetadataProperty(name=name, settings={"type": "terms"}, visible_for_annotators=is_visible)


def question_settings() -> dict[str, Any]:
    """Return the settings of the question: the five labels in their order."""
    return {
        "type": "label_selection",
        "visible_options": len(LABELS),
        "options": [{"value": value, "text": text, "description": None} for value, text in LABELS.items()],
    }
