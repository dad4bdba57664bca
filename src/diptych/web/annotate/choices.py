"""What the buttons below a record mean: the images in their slots, whatever those are in the record."""

from collections.abc import Sequence


def value_on_screen(value: str, *, shown_order: Sequence[int]) -> str:
    """Return what is stored if a person chooses the option of this value.

    "Image 1 is better" is always the image in slot 1; what is stored names the image that is shown there.
    """
    stored = {f"image_{slot}": f"image_{number}" for slot, number in enumerate(shown_order, start=1)}
    return stored.get(value, value)
