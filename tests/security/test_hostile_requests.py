"""Nothing that a caller sends makes the server fail, and every refusal is in our own shape."""

import asyncio
import json

from tests.security.asgi import ask
from tests.security.hostile import Generator, routes

SEED = 20_261_122
CALLERS = ("anonymous", "annotator", "admin", "owner")
# Requests of each caller for a route: what has a body has more that can be broken.
WITH_BODY, WITHOUT_BODY = 6, 2


def make_requests(app, named, credentials, seed=SEED):
    generator = Generator(app, named, seed)
    return [
        (caller, sent)
        for route in routes(app)
        for caller in (CALLERS if route.is_there else CALLERS[-1:])
        for sent in generator.requests(
            route, credentials[caller], WITH_BODY if route.has_body else WITHOUT_BODY
        )
    ]


def ask_all(app, requests):
    async def run():
        return [(caller, sent, await ask(app, sent)) for caller, sent in requests]

    return asyncio.run(run())


def fault_of(sent, answer):
    """Return what is wrong with an answer, if anything."""
    if answer.error or answer.status >= 500 or not answer.is_complete:
        return f"{answer.status} {answer.error!r}"
    if answer.status < 400 or sent.method == "HEAD":
        return None
    if sent.target.startswith(b"/api/"):
        detail = json.loads(answer.body)["detail"]
        return None if set(detail) == {"code", "message", "params"} else f"another shape: {detail}"
    is_page = answer.body.lstrip().startswith(b"<!DOCTYPE html>") and b"</main>" in answer.body
    return None if is_page else f"no page: {answer.body[:100]!r}"


def test_no_hostile_request_makes_the_server_fail(app, named, credentials):
    requests = make_requests(app, named, credentials)
    assert len(requests) >= 500
    answers = ask_all(app, requests)
    faults = [(caller, sent, fault) for caller, sent, answer in answers if (fault := fault_of(sent, answer))]
    assert not faults, f"{len(faults)} of {len(requests)}, such as {faults[0]}"
    statuses = {answer.status for _, _, answer in answers}
    # They come as far as the handlers, too.
    assert {200, 401, 403, 404, 405, 415, 422} <= statuses
