"""A small, strict subset of Handlebars for the templates of custom fields.

The language is that of https://handlebarsjs.com/guide/: paths, ``if``, ``unless``, ``each``, ``with``,
``else``, comments and ``~``, and Argilla's helper ``json``. Two things differ on purpose: ``{{{ }}}``
escapes like ``{{ }}``, and a malformed template is an error that names the line. A path reads keys of objects
and indexes of lists, never attributes. The limits below keep templates from blocking the server.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diptych.core.errors import InvalidError
from diptych.web.annotate.handlebars.parsing import Block, Node, Path, Value, parse

# A step is a piece of text, a value, an iteration of a loop or a segment of a path.
MAX_STEPS = 200_000
# In characters. A picture inside a record, as a ``data:`` URL, has up to five million.
MAX_OUTPUT = 12_000_000

_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}
)
# No list is so long that its indexes have more digits.
_INDEX = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class _Scope:
    """The value that paths start from, the outer scope, and the variables of the loop."""

    this: Any
    outer: "_Scope | None"
    variables: Mapping[str, Any]


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return the HTML of a template with ``values``, which are escaped.

    Raises ``InvalidError`` with a sentence for the template's author if it is malformed or exceeds a limit.
    """
    out = _Output()
    try:
        out.write(parse(template), _Scope(values, None, {"root": values}))
    except RecursionError:
        raise InvalidError("This record is nested too deeply for a template.") from None
    return "".join(out.parts)


class _Output:
    """Writes nodes, and counts steps and characters."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._steps = 0
        self._size = 0

    def write(self, nodes: Sequence[Node], scope: _Scope) -> None:
        for node in nodes:
            if isinstance(node, str):
                self._add(node)
            elif isinstance(node, Value):
                found = self._find(node.path, scope)
                self._add((_json(found) if node.as_json else _text(found)).translate(_ESCAPES))
            else:
                self._write_block(node, scope)

    def _write_block(self, block: Block, scope: _Scope) -> None:
        found = self._find(block.path, scope)
        if bool(_is_shown(found)) == (block.helper == "unless"):
            self.write(block.otherwise, scope)
        elif block.helper == "with":
            self.write(block.inner, _Scope(found, scope, scope.variables))
        elif block.helper == "each":
            self._write_each(block, found, scope)
        else:
            self.write(block.inner, scope)

    def _write_each(self, block: Block, found: Any, scope: _Scope) -> None:
        items = list(found.items() if isinstance(found, Mapping) else enumerate(_list(found)))
        if not items:
            self.write(block.otherwise, scope)
        for index, (key, item) in enumerate(items):
            self._count()
            loop = {"index": index, "key": key, "first": index == 0, "last": index == len(items) - 1}
            self.write(block.inner, _Scope(item, scope, {**scope.variables, **loop}))

    def _find(self, path: Path, scope: _Scope) -> Any:
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
    # As in Handlebars, an empty object is shown and an empty list is not.
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
