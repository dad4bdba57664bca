"""Requests as bytes, given to the app as the server gives them: nothing on the way mends what is broken."""

from dataclasses import dataclass, field
from urllib.parse import unquote


@dataclass(frozen=True)
class Sent:
    """A request; ``target`` is its path and query as they stand in the first line."""

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    client: str = "testclient"


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_complete: bool = False
    error: Exception | None = None


def _scope(sent: Sent) -> dict:
    path, _, query = sent.target.partition(b"?")
    given = {name.lower() for name, _ in sent.headers}
    usual = [(b"host", b"testserver"), (b"content-length", str(len(sent.body)).encode())]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        # As uvicorn does it.
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [*(one for one in usual if one[0] not in given), *sent.headers],
        "client": (sent.client, 50_000),
        "server": ("testserver", 80),
        "state": {},
    }


async def ask(app, sent: Sent) -> Answer:
    """Return what the app answers; an error that it lets through is a part of it."""
    answer, has_body = Answer(), True

    async def receive():
        nonlocal has_body
        if has_body:
            has_body = False
            return {"type": "http.request", "body": sent.body, "more_body": False}
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")
            answer.is_complete = not message.get("more_body", False)

    try:
        await app(_scope(sent), receive, send)
    except Exception as error:  # noqa: BLE001 - the server would write it down
        answer.error = error
    return answer
