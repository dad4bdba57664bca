"""A server that accepts every request and replies with canned bodies from a folder, at almost no cost.

``CANNED`` names the folder. Pages of records are ``page-LIMIT.json``, and after ``CANNED_RECORDS`` records
there is an empty one.
"""

import os
from pathlib import Path
from urllib.parse import parse_qs

FOLDER = Path(os.environ.get("CANNED", "."))
RECORDS = int(os.environ.get("CANNED_RECORDS", "0"))
BODIES = {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}
EMPTY = b'{"items":[],"total":0}'


async def app(scope, receive, send):
    while scope["type"] == "http":
        message = await receive()
        if not message.get("more_body"):
            break
    body = _body(scope["path"], parse_qs(scope["query_string"].decode()))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _body(path: str, query: dict[str, list[str]]) -> bytes:
    if path.endswith("/records"):
        is_there = int(query["offset"][0]) < RECORDS
        return BODIES[f"page-{query['limit'][0]}.json"] if is_there else EMPTY
    names = {"/me": "me.json", "/bulk": "bulk.json"}
    return BODIES[next((name for end, name in names.items() if path.endswith(end)), "dataset.json")]
