"""What the buttons below a record mean: the images in their slots, whatever those are in the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Labels after these have no key of their own.
DIGIT_KEYS = 9


@dataclass(frozen=True)
class Choice:
    """A button, or a line of a form.

    ``key`` presses it, ``text`` names what is on screen, ``value`` is what is stored, ``rank`` the place that
    it was given, and ``hint`` says that it was suggested.
    """

    key: str
    value: str
    text: str
    description: str = ""
    is_chosen: bool = False
    rank: int | None = None
    hint: str | None = None


def option_values(settings: Mapping[str, Any]) -> list[str]:
    """Return the values of a question's options, as a form sends them."""
    return [str(option["value"]) for option in settings.get("options", ())]


def choices(
    settings: Mapping[str, Any],
    *,
    chosen: Mapping[str, int | None],
    hints: Mapping[str, str],
    shown_order: Sequence[int],
    has_keys: bool,
) -> list[Choice]:
    """Name the options after what is on screen, and give them the values of what is in the record.

    "Image 1 is better" is always the image in slot 1; its value names the one that ``shown_order`` has there.
    ``chosen`` has the values of the answer so far with their ranks, ``hints`` those that were suggested.
    """
    stands_for = {f"image_{slot}": f"image_{number}" for slot, number in enumerate(shown_order, start=1)}
    made = []
    for number, option in enumerate(settings.get("options", ()), start=1):
        value = stands_for.get(option["value"], str(option["value"]))
        # A rating's key is the number itself.
        text = option.get("text", value)
        key = number if "text" in option else int(option["value"])
        made.append(
            Choice(
                key=str(key) if has_keys and key <= DIGIT_KEYS else "",
                value=value,
                text=text,
                description=option.get("description") or "",
                is_chosen=value in chosen,
                rank=chosen.get(value),
                hint=hints.get(value),
            )
        )
    return made
