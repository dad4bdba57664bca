"""Each engine does what a test asks of it, and has what makes browsers differ."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.engines.engine import HOST, EngineError

PAGE = """<!doctype html><title>A page</title><link rel="icon" href="data:,">
<input><button>Count</button><a href="/second">On</a>
<script>
let clicks = 0;
document.querySelector("button").onclick = () => { document.title = `${++clicks} clicks`; };
addEventListener("keydown", ({ key, isTrusted }) => { window.pressed = `${key} ${isTrusted}`; });
addEventListener("pageshow", ({ persisted }) => { window.isPersisted = persisted; });
</script>"""


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        content = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *values):
        """Write no log."""


@pytest.fixture(scope="module")
def port():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def first(engine, port):
    """A window with a page in it."""
    engine.start_over()
    engine.open(f"http://127.0.0.1:{port}/first")
    yield engine
    engine.errors()


def path(engine):
    return engine.evaluate("return location.pathname")


def test_a_page_that_is_left_is_kept_for_back(first):
    first.evaluate("window.mark = 'kept'")
    first.click("a")
    first.wait_for("return location.pathname === '/second' && document.readyState === 'complete'")
    first.back()
    assert first.wait_for("return location.pathname === '/first' && [window.mark, window.isPersisted]") == [
        "kept",
        True,
    ]
    first.forward()
    first.wait_for("return location.pathname === '/second'")


def test_a_key_is_a_real_one(first):
    for key in ("1", "Backspace"):
        first.press(key)
        assert first.evaluate("return window.pressed") == f"{key} true"


def test_one_clicks_and_types(first):
    first.click("button")
    first.type("input", "words")
    assert first.evaluate("return [document.title, document.querySelector('input').value]") == [
        "1 clicks",
        "words",
    ]


def test_what_a_promise_resolves_with_is_returned(first):
    assert first.evaluate("return Promise.resolve([arguments[0], {one: 1}])", "given") == [
        "given",
        {"one": 1},
    ]
    with pytest.raises(EngineError):
        first.evaluate("throw new Error('no')")


@pytest.mark.parametrize("host", ["127.0.0.1", HOST])
def test_a_host_name_without_https_is_not_trusted(first, port, host):
    first.open(f"http://{host}:{port}/first")
    is_trusted = host != HOST
    assert first.evaluate("return [isSecureContext, 'locks' in navigator]") == [is_trusted, is_trusted]


def test_windows_are_opened_switched_and_closed(first, port):
    (one,) = first.windows()
    two = first.new_window()
    first.open(f"http://127.0.0.1:{port}/other")
    assert set(first.windows()) == {one, two}
    first.switch(one)
    assert path(first) == "/first"
    first.switch(two)
    first.close_window()
    assert path(first) == "/first"


def test_a_cookie_is_all_that_is_sent(first, port):
    origin = f"http://127.0.0.1:{port}"
    first.set_cookie(origin, "one", "1")
    first.set_cookie(origin, "two", "2")
    first.open(f"{origin}/first")
    assert "one" not in first.evaluate("return document.cookie")


def test_the_network_goes_and_comes_back(first):
    ask = "return fetch('/second?' + Math.random()).then(() => true, () => false)"
    with first.offline():
        assert first.evaluate(ask) is False
    assert first.evaluate(ask) is True


def test_an_error_in_a_page_is_found(first):
    assert first.errors() == []
    first.evaluate("setTimeout(() => { throw new Error('a slip'); })")
    (error,) = first.poll(first.errors, "an error")
    assert "a slip" in error


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)
def test_a_page_whose_process_is_killed_is_loaded_again(first):
    first.evaluate("window.mark = 'lost'")
    first.crash()
    assert first.evaluate("return [location.pathname, window.mark ?? null]") == ["/first", None]


@pytest.mark.parametrize("engine", ["chromium", "firefox"], indirect=True)
def test_windows_are_restored_with_their_history(first, port):
    first.open(f"http://127.0.0.1:{port}/second")
    first.evaluate("window.mark = 'lost'")
    first.restore()
    assert first.wait_for("return location.pathname === '/second' && [window.mark ?? null]") == [None]
    first.back()
    first.wait_for("return location.pathname === '/first'")
