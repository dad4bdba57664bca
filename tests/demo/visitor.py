"""A visitor of the demonstration, who logs in as the command says."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.browser.processes import Serving


@contextmanager
def visiting(server: Serving, username: str) -> Iterator[httpx.Client]:
    """Yield a client that is logged in with the password that the command printed last."""
    password = [line.split()[3] for line in server.lines() if f" {username} " in line][-1]
    with httpx.Client(base_url=server.address, timeout=30) as client:
        answer = client.post("/login", data={"username": username, "password": password})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        yield client


def pictures(client: httpx.Client) -> list[bytes]:
    """Return the pictures of the next pair."""
    client.post("/datasets/demo/assignments")
    page = client.get("/datasets/demo/annotate")
    assert page.status_code == 200, page.text
    return [client.get(address).content for address in re.findall(r'src="(/media/[^"]+)"', page.text)]
