"""How two pictures are made from one prompt: both follow it, one fails, or both fail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from demo.draw.scene import Scene

Verdict = Literal["first", "both_good", "both_bad"]
Change = Callable[[Scene], Scene]


@dataclass(frozen=True)
class Task:
    """A prompt, the scene that it asks for, and the two pictures drawn of it."""

    prompt: str
    subject: str
    asked: Scene
    pictures: tuple[Scene, Scene]
    verdict: Verdict


def one_right(prompt: str, subject: str, asked: Scene, broken: Change) -> Task:
    """Return a task whose first picture is the better one."""
    pictures = asked, broken(asked).again()
    return Task(prompt, subject, asked, pictures, "first")


def both_good(prompt: str, subject: str, asked: Scene) -> Task:
    """Return a task with two right and equally pleasant pictures."""
    return Task(prompt, subject, asked, (asked, asked.again()), "both_good")


def both_bad(prompt: str, subject: str, asked: Scene, one: Change, other: Change) -> Task:
    """Return a task in which neither picture shows what was asked for."""
    pictures = one(asked), other(asked).again()
    return Task(prompt, subject, asked, pictures, "both_bad")
