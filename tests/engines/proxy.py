"""The way through which WebKit reaches a server: it knows no other to give this machine a name."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from tests.engines.engine import TIMEOUT_S

_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding"}


class Proxy(ThreadingHTTPServer):
    """Forwards to this machine, whatever the name, until it is told that it is offline."""

    daemon_threads = True
    is_offline = False

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of browsers that leave in the middle of a reply."""


class _Forwarding(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT_S

    def _forward(self) -> None:
        if self.server.is_offline:
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = urlsplit(self.path)
        path = f"{target.path}?{target.query}" if target.query else target.path
        server = HTTPConnection("127.0.0.1", target.port, timeout=TIMEOUT_S)
        try:
            server.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    server.putheader(name, value)
            server.endheaders(body or None)
            self._reply(server)
        finally:
            server.close()

    def _reply(self, server: HTTPConnection) -> None:
        reply = server.getresponse()
        content = reply.read()
        self.send_response_only(reply.status, reply.reason)
        for name, value in reply.getheaders():
            if name.lower() not in _HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        if reply.status not in {204, 304}:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _forward  # noqa: N815 - so the standard library calls them

    def log_message(self, *values: object) -> None:
        """Write no log: the server has one."""


@contextmanager
def proxy() -> Iterator[Proxy]:
    """Yield a proxy that works."""
    with Proxy(("127.0.0.1", 0), _Forwarding) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
