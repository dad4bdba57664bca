"""Parses the text of a template into nodes, in one pass."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn

from diptych.core.errors import InvalidError

MAX_TEMPLATE = 200_000
MAX_DEPTH = 32

_BLOCKS = ("if", "unless", "each", "with")
_NAME = r"""(?:\[[^\]]*\]|[^\s!"#%&'()*+,./;<=>@\[\\\]^`{|}~]+)"""
_PATH = re.compile(rf"(?P<up>(?:\.\./)*)(?P<data>@?)(?P<names>\.\.|\.|(?:\./)?{_NAME}(?:[./]{_NAME})*)")
_SEGMENT = re.compile(_NAME)


@dataclass(frozen=True)
class Path:
    """A path to a value: ``up`` scopes outwards, then along the names; or from a variable such as @index."""

    up: int
    is_variable: bool
    names: Sequence[str]


@dataclass(frozen=True)
class Value:
    """A tag that is replaced with a value."""

    path: Path
    as_json: bool


@dataclass
class Block:
    """A block that shows ``inner`` or ``otherwise``; a chained block is the ``if`` of an ``{{else if}}``."""

    helper: str
    path: Path
    line: int
    is_chained: bool = False
    inner: list["Node"] = field(default_factory=list)
    otherwise: list["Node"] = field(default_factory=list)
    has_else: bool = False

    @property
    def end(self) -> list["Node"]:
        """The list for the next node."""
        return self.otherwise if self.has_else else self.inner


Node = str | Value | Block


def _fail(line: int, message: str) -> NoReturn:
    raise InvalidError(f"Line {line} of the template: {message}", line=line)


@lru_cache(maxsize=64)
def parse(template: str) -> list[Node]:
    """Return the nodes of a template, or raise ``InvalidError`` that names the invalid line."""
    if len(template) > MAX_TEMPLATE:
        raise InvalidError(f"A template may have {MAX_TEMPLATE:,} characters; this one has more.")
    root = Block("", Path(0, False, ()), 1)  # noqa: FBT003 - its path is never read
    stack = [root]
    for line, text, tag in _pieces(template):
        if text:
            stack[-1].end.append(text)
        if tag.startswith("#"):
            _open(stack, line, tag[1:].strip())
        elif tag.startswith("/"):
            _close(stack, line, tag[1:].strip())
        elif tag == "^" or tag.split()[:1] == ["else"]:
            _turn(stack, line, tag.removeprefix("^").removeprefix("else").strip())
        elif tag:
            stack[-1].end.append(_value(line, tag))
    if len(stack) > 1:
        _fail(stack[-1].line, f"{{{{#{stack[-1].helper}}}}} is never closed.")
    return root.inner


def _pieces(template: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the text before each tag, and the content of the tag; comments are empty tags."""
    position, line, trim = 0, 1, False
    while (start := template.find("{{", position)) >= 0:
        line += template.count("\n", position, start)
        before = template[position:start]
        is_long_comment = template.startswith(("!--", "~!--"), start + 2)
        end = template.find("--", start + 5) if is_long_comment else start
        end = template.find("}}", end) if end >= 0 else end
        if end < 0:
            _fail(line, "a {{ is never closed.")
        tag = template[start + 2 : end]
        yield line, _trimmed(before, left=trim, right=tag.startswith("~")), _inside(line, tag)
        trim = tag.endswith("~")
        position = end + (3 if tag.startswith("{") and template.startswith("}}}", end) else 2)
        line += tag.count("\n")
    yield line, _trimmed(template[position:], left=trim, right=False), ""


def _trimmed(text: str, *, left: bool, right: bool) -> str:
    text = text.lstrip() if left else text
    return text.rstrip() if right else text


def _inside(line: int, tag: str) -> str:
    text = tag.removeprefix("~").removesuffix("~").strip()
    if text.startswith("!"):
        return ""
    text = text.removeprefix("{").removesuffix("}").removeprefix("&").strip()
    return text or _fail(line, "{{ }} is empty.")


def _open(stack: list[Block], line: int, text: str, *, is_chained: bool = False) -> None:
    helper, _, rest = text.partition(" ")
    if helper not in _BLOCKS:
        _fail(line, f"there is no block {{{{#{helper}}}}}; use {', '.join(_BLOCKS)}.")
    if len(stack) > MAX_DEPTH:
        _fail(line, f"blocks may be nested {MAX_DEPTH} deep.")
    block = Block(helper, _path(line, rest.strip()), line, is_chained)
    stack[-1].end.append(block)
    stack.append(block)


def _turn(stack: list[Block], line: int, condition: str) -> None:
    if len(stack) == 1 or stack[-1].has_else:
        _fail(line, "this {{else}} belongs to no block.")
    stack[-1].has_else = True
    if condition:
        _open(stack, line, condition, is_chained=True)


def _close(stack: list[Block], line: int, helper: str) -> None:
    while len(stack) > 1 and stack[-1].is_chained:
        stack.pop()
    if len(stack) == 1 or stack[-1].helper != helper:
        _fail(line, f"{{{{/{helper}}}}} closes no block.")
    stack.pop()


def _value(line: int, text: str) -> Value:
    helper, _, rest = text.partition(" ")
    as_json = helper == "json" and bool(rest)
    return Value(_path(line, rest.strip() if as_json else text), as_json)


def _path(line: int, text: str) -> Path:
    found = _PATH.fullmatch(text)
    if found is None:
        _fail(
            line, f"{text!r} is not a path to a value, such as record.fields.name; the only helper is json."
        )
    names = [name.strip("[]") if name[0] == "[" else name for name in _SEGMENT.findall(found["names"])]
    names = names[1:] if names[:1] == ["this"] else names
    return Path(found["up"].count("../") + (found["names"] == ".."), bool(found["data"]), names)
