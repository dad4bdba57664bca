"""A generator of hostile requests: for every route what it takes, with one thing or some things broken."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

from fastapi.routing import iter_route_contexts

from tests.security.asgi import Sent

# In a path or a query, as bytes on the wire.
PIECES = [
    *(
        b"%00",
        b"a%00b",
        b"%ff",
        b"%c0%af",
        b"%ed%a0%80",
        b"%f5%80%80%80",
        b"\xff\xfe",
        b"\xc3\xa9",
        b"%",
        b"%zz",
    ),
    *(b"%2e%2e%2f%2e%2e%2fetc%2fpasswd", b"..%5c", b"%252500", b"%e2%80%ae", b"%f0%9f%98%80", b"%0d%0aX:1"),
    *(
        b"-1",
        b"1e999",
        b"NaN",
        b"9" * 30,
        b"-" + b"9" * 25,
        b"0x10",
        b"true",
        b"null",
        b"[]",
        b"{}",
        b"a" * 3_000,
    ),
    *(b"' OR 1=1--", b"%27%3B%20DROP", b"00000000-0000-0000-0000-000000000000", b"", b"%20", b"'\"<script>"),
]
# Where JSON has a value: texts of JSON, some of which are none.
VALUES = [
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1E400", "9" * 400 + ".5", "9" * 30, "-" + "9" * 30),
    *("9" * 5_000, "2147483648", "9223372036854775808", "-1", "0", "0.5", "true", "null", "[]", "{}", '""'),
    *('"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"', '"\\uffff"', '"\xff"', '"%00"', '"\\n"'),
    *(
        '"' + "x" * 5_000 + '"',
        "[" * 150 + "]" * 150,
        "[" * 5_000 + "]" * 5_000,
        '{"a":' * 120 + "1" + "}" * 120,
    ),
    *(
        '{"\\u0000":1}',
        '{"\\ud800":1}',
        '{"":{"":[]}}',
        '[{"value":NaN}]',
        '{"value":1e999}',
        '{"value":"\\u0000"}',
    ),
    *(
        '"__class__"',
        '"00000000-0000-0000-0000-000000000000"',
        '"1970-01-01T00:00:00"',
        '"(((("',
        '"a & | !"',
    ),
]
KINDS = [
    *(
        b"application/json",
        b"application/json; charset=utf-16",
        b"application/json; charset=utf-8",
        b"text/plain",
    ),
    *(
        b"application/x-www-form-urlencoded",
        b"application/x-www-form-urlencoded; charset=latin-1",
        b"",
        b"\xff\xff",
    ),
    *(
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=x; charset=\x00",
    ),
    *(
        b"multipart/form-data; boundary=x; charset=unicode_escape",
        b"multipart/form-data; boundary=x; charset=idna",
    ),
    *(b"multipart/form-data; boundary=x; charset=utf-7", b"multipart/form-data; boundary=x; charset=rot13"),
    *(
        b'multipart/form-data; boundary="\\',
        b"multipart/form-data; boundary=" + b"x" * 5_000,
        b";;=;",
        b"a/b;c*0=d",
    ),
    *(b"multipart/form-data; boundary=x; charset*=utf-16''x", b"application/json;charset=undefined"),
]
HEADERS = [
    *(
        (b"origin", value)
        for value in (b"http://[bad", b"http://]", b"null", b"", b"\xff", b"http://a:b:c", b"//[")
    ),
    *(
        (b"host", value)
        for value in (b"[bad", b"a:b:c", b"", b"\xff", b"x" * 3_000, b"a/b?c#d", b"a:99999999", b"@")
    ),
    *((b"content-length", value) for value in (b"-1", b"abc", b"9" * 30, b"", b"1e3", b"0")),
    *(
        (b"cookie", value)
        for value in (b"diptych_session=\x00", b"diptych_session=\xff\xfe", b"=;=;", b"a" * 9_000)
    ),
    *((b"cookie", value) for value in (b'diptych_session="\\', b"diptych_session=%00; diptych_session=x")),
    *(
        (b"authorization", value)
        for value in (b"Bearer", b"Bearer \xff", b"Basic =", b"\xff", b"Bearer " + b"x" * 9_000)
    ),
    *((b"x-argilla-api-key", value) for value in (b"\xff\xfe", b"\x00", b"x" * 9_000, b"%00")),
    *(
        (b"range", value)
        for value in (b"bytes=9-1", b"bytes=abc", b"bytes=99999999999-", b"bytes=0-0," * 500, b"\xff")
    ),
    *((b"if-none-match", value) for value in (b"\xff", b"*", b'"' * 500)),
    *(
        (b"if-range", b"\xff"),
        (b"if-modified-since", b"\xff"),
        (b"accept", b"\xff"),
        (b"sec-fetch-site", b"\xff"),
    ),
    *(
        (b"x-forwarded-for", b"\xff, [::1"),
        (b"x-forwarded-proto", b"gopher"),
        (b"x-request-id", b"\xff" * 20),
    ),
    *(
        (b"referer", b"http://[bad"),
        (b"transfer-encoding", b"\xff"),
        (b"expect", b"\xff"),
        (b"upgrade", b"websocket"),
    ),
]
FORM = {
    "username": "anna",
    "password": "wrong horse",
    "next": "/",
    "status": "submitted",
    "preference": "image_1",
    "shown_order": "2,1",
    "swapped": "true",
    "duration_ms": "10",
    "queue": "pending",
    "prompt": "prompt",
    "image_1": "image_1",
    "image_2": "image_2",
    "id": "id",
    "skip_bad_rows": "true",
    "file": "a,b",
}
QUERY = (
    "offset",
    "limit",
    "include",
    "ids",
    "format",
    "status",
    "with_vectors",
    "next",
    "queue",
    "record",
    "outcome",
)
QUERY += ("retry_after", "name", "x")


@dataclass(frozen=True)
class Route:
    """A method of a path."""

    method: str
    path: str
    is_there: bool = True

    @property
    def ends_something(self) -> bool:
        return self.method == "DELETE" or self.path in {"/account/api-key", "/logout"}

    @property
    def has_body(self) -> bool:
        return self.method not in {"GET", "HEAD", "TRACE"}


def routes(app) -> list[Route]:
    """Return every route with each of its methods, and two that it does not have."""
    found = []
    for context in iter_route_contexts(app.routes):
        path = context.path if context.methods else f"{context.path}/{{file}}"
        methods = context.methods or {"GET"}
        found += [Route(method, path) for method in methods]
        found += [Route(method, path, is_there=False) for method in ("HEAD", "TRACE")]
    # What takes away the credentials, or the things, that others need comes last.
    return sorted(set(found), key=lambda route: (route.ends_something, route.path, route.method))


class Generator:
    """Makes requests from a seed; ``world`` has a value that exists for each parameter of a path."""

    def __init__(self, app, world: Mapping[str, str], seed: int) -> None:
        self.random = Random(seed)
        self.world = world
        self.schema = app.openapi()

    def requests(self, route: Route, credentials: list[tuple[bytes, bytes]], count: int) -> Iterator[Sent]:
        """Yield so many hostile requests for a route."""
        for _ in range(count):
            broken = self.random.choice(["path", "query", "header", "body", "body", "kind"])
            headers = list(credentials)
            if broken == "header":
                headers.append(self.random.choice(HEADERS))
            kind, body = self._body(route, is_hostile=broken == "body")
            if broken == "kind":
                kind = self.random.choice(KINDS)
            yield Sent(
                route.method,
                self._target(route, broken),
                [*headers, (b"content-type", kind)] if route.has_body else headers,
                body if route.has_body else b"",
            )

    def _target(self, route: Route, broken: str) -> bytes:
        names = re.findall(r"{(\w+)(?::path)?}", route.path)
        hostile = self.random.choice(names) if names and broken == "path" else None
        path = b""
        for piece in re.split(r"({[^}]+})", route.path):
            name = piece.strip("{}").partition(":")[0]
            if not piece.startswith("{"):
                path += piece.encode()
            elif name == hostile:
                path += self.random.choice(PIECES)
            else:
                path += quote(self.world.get(name) or self._setting(route)).encode()
        if broken == "path" and not names:
            path += self.random.choice(PIECES)
        if broken != "query":
            return path
        pairs = [
            self.random.choice(QUERY).encode() + b"=" + self.random.choice(PIECES).replace(b"#", b"")
            for _ in range(self.random.randint(1, 3))
        ]
        return path + b"?" + b"&".join(pairs)

    def _setting(self, route: Route) -> str:
        subject = route.path.removeprefix("/api/v1/").partition("/")[0]
        return self.world.get(subject, self.world["record_id"])

    def _body(self, route: Route, *, is_hostile: bool) -> tuple[bytes, bytes]:
        schema = self._schema_of(route)
        if schema is None:
            return self._form(is_hostile=is_hostile)
        value = self._value(schema)
        if not is_hostile:
            return b"application/json", json.dumps(value).encode()
        places = list(_places(value))
        place = self.random.choice(places)
        marked = json.dumps(_replaced(value, place, "MARK"))
        return b"application/json", marked.replace('"MARK"', self.random.choice(VALUES)).encode("latin-1")

    def _schema_of(self, route: Route) -> dict[str, Any] | None:
        operation = self.schema["paths"].get(route.path, {}).get(route.method.lower(), {})
        content = operation.get("requestBody", {}).get("content", {})
        if route.path.endswith("/cards"):
            return {
                "type": "object",
                "properties": {"limit": {"type": "integer"}, "open_count": {"type": "integer"}},
            }
        return content.get("application/json", {}).get("schema")

    def _form(self, *, is_hostile: bool) -> tuple[bytes, bytes]:
        fields = {
            name: value.encode() for name, value in (FORM | {"record": self.world["record_id"]}).items()
        }
        if is_hostile:
            for _ in range(self.random.randint(1, 3)):
                fields[self.random.choice(list(fields))] = self.random.choice(PIECES)
        if self.random.random() < 0.5:
            pairs = b"&".join(name.encode() + b"=" + value for name, value in fields.items())
            return b"application/x-www-form-urlencoded", pairs
        parts = b"".join(
            b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            % (name.encode(), self._file_name(name, is_hostile=is_hostile), value)
            for name, value in fields.items()
        )
        return b"multipart/form-data; boundary=x", parts + (
            b"--x--\r\n" if self.random.random() < 0.9 else b""
        )

    def _file_name(self, name: str, *, is_hostile: bool) -> bytes:
        if name != "file":
            return b""
        names = [
            b"pairs.csv",
            b"\xff.csv",
            b"a\x00.csv",
            b"../../x.csv",
            b"\\",
            b"x" * 3_000 + b".csv",
            b".jsonl",
            b"",
        ]
        return b'; filename="%s"' % (self.random.choice(names) if is_hostile else names[0])

    def _value(self, schema: Mapping[str, Any], depth: int = 0) -> Any:
        """Return a value that roughly fits a schema."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._value(self.schema["components"]["schemas"][name], depth)
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return self._value(self.random.choice(choices), depth)
        if schema.get("type") == "object":
            return self._object(schema.get("properties", {}), depth)
        if schema.get("type") == "array":
            return [self._value(schema.get("items", {}), depth + 1)]
        return self._simple(schema)

    def _object(self, properties: Mapping[str, Any], depth: int) -> dict[str, Any]:
        if properties and depth <= 8:
            return {name: self._value(one, depth + 1) for name, one in properties.items()}
        return {self.random.choice(["preference", "images", "seed", "prompt"]): {"value": "image_1"}}

    def _simple(self, schema: Mapping[str, Any]) -> Any:
        if "enum" in schema or "const" in schema:
            return self.random.choice(schema.get("enum") or [schema["const"]])
        if schema.get("format") == "uuid":
            return self.random.choice([self.world[name] for name in ("record_id", "user_id", "dataset_id")])
        usual = {"integer": 1, "number": 0.5, "boolean": True, "null": None}
        return usual.get(schema.get("type", ""), "preference")


def _places(value: Any, place: tuple = ()) -> Iterator[tuple]:
    yield place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield from _places(one, (*place, key))


def _replaced(value: Any, place: tuple, new: Any) -> Any:
    if not place:
        return new
    copy = value.copy()
    copy[place[0]] = _replaced(value[place[0]], place[1:], new)
    return copy
