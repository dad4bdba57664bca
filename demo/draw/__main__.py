"""``python -m demo.draw``: drawing the demonstration anew, into the folder beside this program."""

from pathlib import Path

from demo.draw.files import write

write(Path(__file__).parents[1] / "image_preference")
