"""Handlebars, as far as the templates of custom fields use it: small, strict, and only ever reading.

The language is that of https://handlebarsjs.com/guide/: paths, ``if``, ``unless``, ``each``, ``with``,
``else``, comments and ``~``, and Argilla's helper ``json``. Two things differ on purpose: ``{{{ }}}``
escapes as ``{{ }}`` does, and what is malformed is an error that names the line. A path reads keys of
objects and places of lists, never attributes, and the limits below keep any template from holding up the
server.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

from diptych.core.errors import InvalidError

MAX_TEMPLATE = 200_000
MAX_DEPTH = 32
# One step is a piece of text, a value, a turn of a loop or a segment of a path.
MAX_STEPS = 200_000
# Characters. A picture inside a record, as a ``data:`` address, has up to five million.
MAX_OUTPUT = 12_000_000

_BLOCKS = ("if", "unless", "each", "with")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}
)
_NAME = r"""(?:\[[^\]]*\]|[^\s!"#%&'()*+,./;<=>@\[\\\]^`{|}~]+)"""
_PATH = re.compile(rf"(?P<up>(?:\.\./)*)(?P<data>@?)(?P<names>\.\.|\.|(?:\./)?{_NAME}(?:[./]{_NAME})*)")
_SEGMENT = re.compile(_NAME)
# No list is so long that its places have more digits.
_INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class _Path:
    """A way to a value: so many scopes up, from there along the names; or from a variable such as @index."""

    up: int
    is_variable: bool
    names: Sequence[str]


@dataclass(frozen=True)
class _Value:
    path: _Path
    as_json: bool


@dataclass
class _Block:
    """``inner`` is shown, or ``otherwise``; a chained block is the ``if`` of an ``{{else if}}``."""

    helper: str
    path: _Path
    line: int
    is_chained: bool = False
    inner: list["_Node"] = field(default_factory=list)
    otherwise: list["_Node"] = field(default_factory=list)
    has_else: bool = False

    @property
    def end(self) -> list["_Node"]:
        """Where the next node goes."""
        return self.otherwise if self.has_else else self.inner


_Node = str | _Value | _Block


@dataclass(frozen=True)
class _Scope:
    """What paths start from, the scope around it, and the variables of the loop."""

    this: Any
    outer: "_Scope | None"
    variables: Mapping[str, Any]


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return the HTML that a template makes of ``values``, in which every value is escaped.

    Raises ``InvalidError`` with a sentence for the template's author if it is malformed or makes too much.
    """
    out = _Output()
    try:
        out.write(_parse(template), _Scope(values, None, {"root": values}))
    except RecursionError:
        raise InvalidError("This record is nested too deeply for a template.") from None
    return "".join(out.parts)


def _fail(line: int, message: str) -> NoReturn:
    raise InvalidError(f"Line {line} of the template: {message}", line=line)


@lru_cache(maxsize=64)
def _parse(template: str) -> list[_Node]:
    if len(template) > MAX_TEMPLATE:
        raise InvalidError(f"A template may have {MAX_TEMPLATE:,} characters; this one has more.")
    root = _Block("", _Path(0, False, ()), 1)  # noqa: FBT003 - its path is never read
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
    """Yield the text before each tag and what stands in the tag, with its line; comments are empty tags."""
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


def _open(stack: list[_Block], line: int, text: str, *, is_chained: bool = False) -> None:
    helper, _, rest = text.partition(" ")
    if helper not in _BLOCKS:
        _fail(line, f"there is no block {{{{#{helper}}}}}; use {', '.join(_BLOCKS)}.")
    if len(stack) > MAX_DEPTH:
        _fail(line, f"blocks may be nested {MAX_DEPTH} deep.")
    block = _Block(helper, _path(line, rest.strip()), line, is_chained)
    stack[-1].end.append(block)
    stack.append(block)


def _turn(stack: list[_Block], line: int, condition: str) -> None:
    if len(stack) == 1 or stack[-1].has_else:
        _fail(line, "this {{else}} belongs to no block.")
    stack[-1].has_else = True
    if condition:
        _open(stack, line, condition, is_chained=True)


def _close(stack: list[_Block], line: int, helper: str) -> None:
    while len(stack) > 1 and stack[-1].is_chained:
        stack.pop()
    if len(stack) == 1 or stack[-1].helper != helper:
        _fail(line, f"{{{{/{helper}}}}} closes no block.")
    stack.pop()


def _value(line: int, text: str) -> _Value:
    helper, _, rest = text.partition(" ")
    as_json = helper == "json" and bool(rest)
    return _Value(_path(line, rest.strip() if as_json else text), as_json)


def _path(line: int, text: str) -> _Path:
    found = _PATH.fullmatch(text)
    if found is None:
        _fail(line, f"{text!r} is no path to a value, such as record.fields.name, and no helper but json.")
    names = [name.strip("[]") if name[0] == "[" else name for name in _SEGMENT.findall(found["names"])]
    names = names[1:] if names[:1] == ["this"] else names
    return _Path(found["up"].count("../") + (found["names"] == ".."), bool(found["data"]), names)


class _Output:
    """Writes nodes, and counts what it does."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._steps = 0
        self._size = 0

    def write(self, nodes: Sequence[_Node], scope: _Scope) -> None:
        for node in nodes:
            if isinstance(node, str):
                self._add(node)
            elif isinstance(node, _Value):
                found = self._find(node.path, scope)
                self._add((_json(found) if node.as_json else _text(found)).translate(_ESCAPES))
            else:
                self._write_block(node, scope)

    def _write_block(self, block: _Block, scope: _Scope) -> None:
        found = self._find(block.path, scope)
        if bool(_is_shown(found)) == (block.helper == "unless"):
            self.write(block.otherwise, scope)
        elif block.helper == "with":
            self.write(block.inner, _Scope(found, scope, scope.variables))
        elif block.helper == "each":
            self._write_each(block, found, scope)
        else:
            self.write(block.inner, scope)

    def _write_each(self, block: _Block, found: Any, scope: _Scope) -> None:
        items = list(found.items() if isinstance(found, Mapping) else enumerate(_list(found)))
        if not items:
            self.write(block.otherwise, scope)
        for index, (key, item) in enumerate(items):
            self._count()
            place = {"index": index, "key": key, "first": index == 0, "last": index == len(items) - 1}
            self.write(block.inner, _Scope(item, scope, {**scope.variables, **place}))

    def _find(self, path: _Path, scope: _Scope) -> Any:
        self._count(1 + path.up + len(path.names))
        start: _Scope | None = scope
        for _ in range(path.up):
            start = start.outer if start else None
        found = None if start is None else start.variables if path.is_variable else start.this
        for name in path.names:
            found = _child(found, name)
        return found

    def _add(self, text: str) -> None:
        self._count()
        self._size += len(text)
        if self._size > MAX_OUTPUT:
            raise InvalidError(f"The template makes more than {MAX_OUTPUT:,} characters of this record.")
        self.parts.append(text)

    def _count(self, steps: int = 1) -> None:
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise InvalidError(f"The template takes more than {MAX_STEPS:,} steps for this record.")


def _is_shown(value: Any) -> bool:
    # As in Handlebars, an empty object counts and an empty list does not.
    return isinstance(value, Mapping) or bool(value)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _child(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, list | str) and name == "length":
        return len(value)
    if isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
        return value[int(name)]
    return None


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
