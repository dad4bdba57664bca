"""What a picture shows, as data: a changed attribute is a broken prompt."""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Thing:
    """One object: where it stands, in hundredths of the picture, and how high it is."""

    kind: str
    colour: str
    x: float
    y: float
    size: float
    accent: str = ""
    count: int = 1
    facing: int = 1
    turn: float = 0


@dataclass(frozen=True)
class Scene:
    """A place, its light, the things in it, and the style it is drawn in."""

    style: str
    place: str
    light: str
    things: tuple[Thing, ...]
    flaw: str = ""
    seed: int = 0

    def again(self) -> "Scene":
        """Return another picture of the same: mirrored, smaller, elsewhere."""
        things = tuple(
            replace(thing, x=100 - thing.x, size=thing.size * 0.9, facing=-thing.facing)
            for thing in self.things
        )
        return replace(self, things=things, seed=self.seed + 1)

    def recoloured(self, kind: str, colour: str) -> "Scene":
        """Return the scene with every object of that kind in another colour."""
        return self._with(kind, lambda thing: replace(thing, colour=colour))

    def accented(self, kind: str, accent: str) -> "Scene":
        """Return the scene with the second colour of those objects changed."""
        return self._with(kind, lambda thing: replace(thing, accent=accent))

    def counted(self, kind: str, count: int) -> "Scene":
        """Return the scene with another number of parts on those objects."""
        return self._with(kind, lambda thing: replace(thing, count=count))

    def replaced(self, kind: str, other: str) -> "Scene":
        """Return the scene with another kind of object in the same places."""
        return self._with(kind, lambda thing: replace(thing, kind=other))

    def without(self, kind: str) -> "Scene":
        """Return the scene with no object of that kind."""
        kept = tuple(thing for thing in self.things if thing.kind != kind)
        return replace(self, things=kept)

    def first(self, kind: str, count: int) -> "Scene":
        """Return the scene with only the first few objects of that kind."""
        spare = [thing for thing in self.things if thing.kind == kind][count:]
        kept = tuple(thing for thing in self.things if thing not in spare)
        return replace(self, things=kept)

    def restyled(self, style: str) -> "Scene":
        """Return the scene drawn in another style."""
        return replace(self, style=style)

    def relit(self, light: str) -> "Scene":
        """Return the scene at another hour."""
        return replace(self, light=light)

    def spoiled(self, flaw: str) -> "Scene":
        """Return the scene as an uglier picture."""
        return replace(self, flaw=flaw)

    def _with(self, kind: str, change: Callable[[Thing], Thing]) -> "Scene":
        things = tuple(change(thing) if thing.kind == kind else thing for thing in self.things)
        return replace(self, things=things)
